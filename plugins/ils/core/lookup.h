/* What has been learned of a dialled URI or number: which cluster has it, by which route string it
 * is reached, and by which number over the PSTN. Pure. */
#ifndef ILS_LOOKUP_H
#define ILS_LOOKUP_H

#include "core/network.h"

/* A local rule: what is not routed to although it has been learned. Empty: any. */
struct ils_block {
    const char *pattern;    /* this very key */
    const char *prefix;     /* keys that begin so */
    const char *cluster_id; /* what this cluster states */
    bool enterprise, e164;  /* only numbers and patterns of this kind; both false: everything */
};

struct ils_found {
    const struct ils_object *object; /* NULL: nothing is known, or it is this cluster's own */
    const struct ils_owner *owner;
    bool own;                            /* this cluster states it: it is reached here */
    size_t others;                       /* further clusters that state the same */
    const char *route;                   /* of the catalog, or of its owner; "": none */
    bool failover;                       /* it has a way over the PSTN */
    char number[2 * ILS_NUMBER_MAX + 1]; /* to be dialled then */
    const struct ils_block *blocked;     /* the rule that forbids it; NULL: none */
    const struct ils_owner *withdrawn; /* nothing found: it is withdrawn and has it; NULL: nobody */
};

/* It names a cluster and nothing else: that one's statements are as if there were none. */
bool ils_block_is_of_cluster(const struct ils_block *block);
/* Of those that state this very key the one that counts here: withdrawn clusters are passed over,
 * and so is whom a rule blocks while there is another. `others`: further ones; NULL: not asked. */
const struct ils_object *ils_counting(const struct ils *ils, enum ils_kind kind, const char *key,
                                      const struct ils_block *blocks, size_t blocks_count,
                                      size_t *others);

/* Looks a URI up (it has an @), or a number: exact ones before patterns, +E.164 when it begins with
 * a +. False: nothing that counts is known of it. */
bool ils_lookup(const struct ils *ils, const char *dialled, const struct ils_block *blocks,
                size_t blocks_count, struct ils_found *found);
/* The same, where small and capital letters of a URI do not differ. */
bool ils_lookup_any_case(const struct ils *ils, const char *dialled, const struct ils_block *blocks,
                         size_t blocks_count, struct ils_found *found);

#endif
