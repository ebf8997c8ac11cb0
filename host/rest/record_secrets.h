/* The secrets of records on their way into the store: plain texts become hashes, on the pool; what
 * was not given stays as it is stored. */
#ifndef HOST_REST_RECORD_SECRETS_H
#define HOST_REST_RECORD_SECRETS_H

#include <stdbool.h>

#include <sojourn/types.h>

#include "host/record/arena.h"

struct rest_secret {
    struct rest_secret *next;
    struct rest_hashing *hashing;
    const sj_field *field;
    const char **member;      /* plain before, the hash after */
    const char *stored;       /* what it was, "" when new */
    const char *user, *realm; /* of an HA1 */
};

/* One run over the secrets of one or many records. Lives in what owns it until `done` has been
 * called. */
struct rest_hashing {
    sj_scope *scope;
    struct sj_arena *arena;
    struct rest_secret *first;
    size_t pending;
    int status;
    void (*done)(void *user, int status); /* at once when there is nothing to do */
    void *user;
};

/* Marks each secret of a fresh record as not given, before JSON is read into it. */
void rest_secrets_mark(const sj_record_meta *meta, void *record);
/* Those not given take over what `stored` (a record, or NULL) has. */
void rest_secrets_keep(const sj_record_meta *meta, void *record, const void *stored);
/* Notes the plain secrets of a record whose members were marked. `stored` is copied. */
int rest_secrets_note(struct rest_hashing *hashing, const sj_record_meta *meta, void *record,
                      const void *stored);
void rest_hashing_run(struct rest_hashing *hashing);

#endif
