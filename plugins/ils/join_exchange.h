/* The exchange by which this cluster joins a hub. */
#ifndef ILS_JOIN_EXCHANGE_H
#define ILS_JOIN_EXCHANGE_H

#include "joining.h"

/* Whom to join, and by what. Texts are copied. */
struct ils_join_wish {
    const char *hub; /* name or address */
    int64_t https_port;
    sj_ils_join_method method;
    const char *password;    /* "": the key that is kept, or another method */
    const char *fingerprint; /* "": another method */
    const char *expected_id; /* by itself, without anybody's command: the cluster that it is; else
                                "" */
};

/* How it ended. Texts live for the call. */
struct ils_join_end {
    int code;     /* SJ_OK: the certificates of both are trusted by both */
    bool guessed; /* the hub got a proof and gave none: it may have tried one password on it */
    const char *text;
    const char *hub, *cluster_id; /* of SJ_OK, as the rest */
    int64_t https_port, imported;
};

typedef void (*ils_join_end_fn)(struct ils_service *service, void *user,
                                const struct ils_join_end *how);

/* `done` runs once, perhaps before this returns; not when `parent`, in which the exchange lives,
 * closes before. SJ_OK, or SJ_E_NO_MEMORY: `done` does not run. */
int ils_join_begin_exchange(struct ils_service *service, sj_scope *parent,
                            const struct ils_join_wish *wish, ils_join_end_fn done, void *user);

#endif
