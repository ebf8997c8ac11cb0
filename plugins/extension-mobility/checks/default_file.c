/* Recognises the default configuration file of a TFTP service. */
#include "checks/default_file.h"

#include "resources/node.h"

enum { NAMED_ROOM = 300 };

bool em_default_file_is(const char *text) {
    return strstr(text, "<Default>") != NULL;
}

static bool names(const char *text, const char *address) {
    char named[NAMED_ROOM];
    em_print(named, sizeof named, ">%s<", address);
    return sj_given(address) && strstr(text, named) != NULL;
}

bool em_default_file_is_own(sj_scope *scope, const char *text) {
    sj_list nodes = {0};
    const sj_node *node = scope->host->node;
    bool ours = false;
    for (size_t i = 0; i < sj_node_address_count(node) && !ours; i++) {
        ours = names(text, sj_node_address(node, i));
    }
    if (sj_cluster_node_list(scope, NULL, &nodes, NULL) != SJ_OK) {
        return ours;
    }
    for (size_t i = 0; i < nodes.count && !ours; i++) {
        ours = names(text, sj_cluster_node_at(&nodes, i)->address);
    }
    sj_list_free(scope, &nodes);
    return ours;
}
