/* The addresses that a node listens on: the first, by which other clusters know it, and further
 * ones of either family. Pure. */
#ifndef SOJOURN_NODE_ADDRESS_H
#define SOJOURN_NODE_ADDRESS_H

#include "net.h"

#define SJ_NODE_ADDRESSES 8 /* at most */

static inline size_t sj_node_address_count(const sj_node *node) {
    const size_t needed =
        offsetof(struct sj_node, further_addresses_count) + sizeof node->further_addresses_count;
    return node->size < needed ? 1 : 1 + node->further_addresses_count;
}

/* By number, below sj_node_address_count. */
static inline const char *sj_node_address(const sj_node *node, size_t number) {
    return number == 0 ? node->address : node->further_addresses[number - 1];
}

/* The first one of AF_INET or AF_INET6; NULL: the node has none. */
static inline const char *sj_node_address_of(const sj_node *node, int family) {
    for (size_t i = 0; i < sj_node_address_count(node); i++) {
        if ((strchr(sj_node_address(node, i), ':') != NULL) == (family == AF_INET6)) {
            return sj_node_address(node, i);
        }
    }
    return NULL;
}

/* Whether `text` is one of them, however it is written. */
static inline bool sj_node_has_address(const sj_node *node, const char *text) {
    sj_address wanted, own;
    if (sj_address_parse(text, 0, &wanted) != SJ_OK) {
        return false;
    }
    for (size_t i = 0; i < sj_node_address_count(node); i++) {
        if (sj_address_parse(sj_node_address(node, i), 0, &own) == SJ_OK &&
            sj_address_equal(&wanted, &own)) {
            return true;
        }
    }
    return false;
}

#endif
