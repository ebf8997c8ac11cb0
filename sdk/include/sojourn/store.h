/* The store, reached through generated record functions (sj_phone_get, sj_phone_list, sj_phone_put,
 * sj_phone_delete).
 *
 * Reads are immediate and see all writes made before. Writes outside a transaction stand alone. A
 * transaction begins and ends within one callback; what it wrote is visible at once after
 * sj_store_commit, and `durable` runs later, when it will survive a power failure: answer the
 * outside world from there. Commits of many callbacks share one flush.
 *
 * Every write is checked against the declaration (types, ranges, formats, required fields,
 * uniqueness, references) and fails with the field named; a deletion fails with SJ_E_IN_USE, naming
 * who refers to the record. After a commit the event config.changed tells each record written. */
#ifndef SOJOURN_STORE_H
#define SOJOURN_STORE_H

#include "scope.h"

enum {
    SJ_PUT_ANY = 0,           /* insert or replace */
    SJ_PUT_NEW = 1u << 0,     /* SJ_E_EXISTS when there is one */
    SJ_PUT_REPLACE = 1u << 1, /* SJ_E_NOT_FOUND when there is none */
};

/* Which records: all those whose `field` equals `value` (NULL: all; "lines.directory_number": any
 * item of the list has that value; "services": of a list of plain values), in order of their key,
 * after `after_key` (NULL: from the start), at most `limit` (0: all). A count stops at `limit` too:
 * whether there is any is asked with 1. The first condition is the one whose index is used, so of
 * two it is the one that fewer records fit. */
struct sj_query {
    const char *field, *value;
    const char *field2, *value2; /* a second condition, or NULL */
    const char *after_key;
    size_t limit;
};

struct sj_list {
    void **records; /* each of the resource's struct */
    size_t count;
};

static inline int sj_store_begin(sj_scope *scope, sj_error *error) {
    return scope->host->store_begin(scope, error);
}

/* int sj_store_commit(sj_scope *scope, sj_result_fn durable, void *user, sj_error *error)
 * SJ_OK: committed and visible, `durable` (may be NULL) will run with SJ_OK, or with SJ_E_IO when
 * the disk failed. Otherwise nothing was written and no callback runs. Dropped when the scope
 * closes before. */
#define sj_store_commit(scope, durable, user, error)                                               \
    ((scope)->host->store_commit((scope), SJ_HERE, (durable), (user), (error)))

static inline void sj_store_rollback(sj_scope *scope) {
    scope->host->store_rollback(scope);
}

/* sj_handle *sj_on_removal(sj_scope *scope, const sj_resource_meta *meta, sj_removal_fn ask, void
 * *user, sj_error *error) ask(user, key, reason) runs before people remove a record of this
 * resource (REST interface, shell, apply). SJ_OK: it may go. SJ_E_IN_USE, with a part of a sentence
 * in `reason` ("alice is logged in on SEP..."): it is removed with force=true only, which does not
 * ask. It runs within that write: it reads the store, and neither writes nor closes anything. What
 * plugins remove themselves is not asked about. NULL: SJ_E_NO_MEMORY, SJ_E_STOPPING. Since ABI 1.1.
 */
#define sj_on_removal(scope, meta, ask, user, error)                                               \
    ((scope)->host->store_on_removal((scope), SJ_HERE, (meta), (ask), (user), (error)))

/* Frees a record got from *_get or *_from_json. NULL is allowed. A record is one allocation:
 * everything it points to goes too.
 */
static inline void sj_record_free(sj_scope *scope, void *record) {
    scope->host->record_free(record);
}

static inline void sj_list_free(sj_scope *scope, sj_list *list) {
    scope->host->list_free(list);
}

#endif
