/* An entry a URI, in a map by the number at which it rings, and when it is a user's in one by the
 * user. Which of a number's URIs is primary is judged when it is asked for: they are few. Pure. */
#include "dial_plan/directory_uris.h"

#include <sojourn/base/hash.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct uri_entry {
    sj_map_link by_number; /* when it rings at one */
    sj_map_link by_user;   /* when it is a user's */
    const sj_directory_uri *uri;
    char *extension; /* of the user; NULL: it is not a user's, or the user has none */
};

/* As calls have it: a directory number counts before a user. */
static bool is_of_user(const sj_directory_uri *uri) {
    return uri->directory_number[0] == '\0' && uri->end_user[0] != '\0';
}

/* NULL: it rings nowhere. */
static const char *number_of(const struct uri_entry *entry) {
    return is_of_user(entry->uri) ? entry->extension : entry->uri->directory_number;
}

static void add_by_number(struct dial_plan *plan, struct uri_entry *entry) {
    if (number_of(entry) != NULL) {
        sj_map_add(&plan->uris_by_number, &entry->by_number, sj_hash_keyed_text(number_of(entry)));
    }
}

static void remove_by_number(struct dial_plan *plan, struct uri_entry *entry) {
    if (number_of(entry) != NULL) {
        (void)sj_map_remove(&plan->uris_by_number, &entry->by_number);
    }
}

/* False: no memory. */
static bool learn_extension(const struct dial_plan *plan, struct uri_entry *entry) {
    char key[130];
    const bool has = dial_plan_extension_of(plan, entry->uri->end_user, key);
    entry->extension = has ? strdup(key) : NULL;
    return !has || entry->extension != NULL;
}

static int no_memory(const sj_directory_uri *uri, sj_error *error) {
    return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the directory URI %s@%s",
                        uri->user, uri->host);
}

static int add(struct dial_plan *plan, const sj_directory_uri *uri, sj_error *error) {
    if (uri->directory_number[0] == '\0' && uri->end_user[0] == '\0') {
        return SJ_OK; /* it rings nowhere */
    }
    struct uri_entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL) {
        return no_memory(uri, error);
    }
    entry->uri = uri;
    if (is_of_user(uri)) {
        if (!learn_extension(plan, entry)) {
            free(entry);
            return no_memory(uri, error);
        }
        sj_map_add(&plan->uris_by_user, &entry->by_user, sj_hash_keyed_text(uri->end_user));
    }
    add_by_number(plan, entry);
    return SJ_OK;
}

static struct uri_entry *find(const struct dial_plan *plan, const sj_directory_uri *uri) {
    if (is_of_user(uri)) {
        SJ_MAP_EACH_OF(entry, &plan->uris_by_user, sj_hash_keyed_text(uri->end_user),
                       struct uri_entry, by_user) {
            if (entry->uri == uri) {
                return entry;
            }
        }
        return NULL;
    }
    SJ_MAP_EACH_OF(entry, &plan->uris_by_number, sj_hash_keyed_text(uri->directory_number),
                   struct uri_entry, by_number) {
        if (entry->uri == uri) {
            return entry;
        }
    }
    return NULL;
}

static void forget(struct dial_plan *plan, const sj_directory_uri *uri) {
    struct uri_entry *entry = uri == NULL ? NULL : find(plan, uri);
    if (entry == NULL) {
        return;
    }
    remove_by_number(plan, entry);
    if (is_of_user(uri)) {
        (void)sj_map_remove(&plan->uris_by_user, &entry->by_user);
    }
    free(entry->extension);
    free(entry);
}

int directory_uris_put(struct dial_plan *plan, const char *key, sj_directory_uri *record,
                       sj_error *error) {
    forget(plan, dial_plan_get(plan, PLAN_DIRECTORY_URI, key));
    int status = dial_plan_put(plan, PLAN_DIRECTORY_URI, key, record, error);
    if (status == SJ_OK && record != NULL) {
        status = add(plan, record, error);
        if (status != SJ_OK) {
            (void)dial_plan_put(plan, PLAN_DIRECTORY_URI, key, NULL, NULL);
        }
    }
    return status;
}

sj_directory_uri *directory_uris_detach(struct dial_plan *plan, const char *key) {
    forget(plan, dial_plan_get(plan, PLAN_DIRECTORY_URI, key));
    return dial_plan_detach_record(plan, PLAN_DIRECTORY_URI, key);
}

void directory_uris_clear(struct dial_plan *plan) {
    const sj_list_link *link = NULL;
    const sj_directory_uri *uri;
    while ((uri = dial_plan_walk(plan, PLAN_DIRECTORY_URI, &link)) != NULL) {
        forget(plan, uri);
    }
    sj_map_clear(&plan->uris_by_number);
    sj_map_clear(&plan->uris_by_user);
}

int directory_uris_user_changed(struct dial_plan *plan, const char *user_id, sj_error *error) {
    int status = SJ_OK;
    SJ_MAP_EACH_OF(entry, &plan->uris_by_user, sj_hash_keyed_text(user_id), struct uri_entry,
                   by_user) {
        if (strcmp(entry->uri->end_user, user_id) != 0) {
            continue;
        }
        remove_by_number(plan, entry);
        free(entry->extension);
        if (!learn_extension(plan, entry)) {
            status = no_memory(entry->uri, error);
        }
        add_by_number(plan, entry);
    }
    return status;
}

static int compare(const sj_directory_uri *a, const sj_directory_uri *b) {
    if (is_of_user(a) != is_of_user(b)) {
        return is_of_user(a) ? -1 : 1;
    }
    const int users = strcmp(a->user, b->user);
    return users != 0 ? users : strcmp(a->host, b->host);
}

void directory_uris_primary(const struct dial_plan *plan, const char *number_key,
                            char uri[DIRECTORY_URI]) {
    const sj_directory_uri *best = NULL;
    SJ_MAP_EACH_OF(entry, &plan->uris_by_number, sj_hash_keyed_text(number_key), struct uri_entry,
                   by_number) {
        if (strcmp(number_of(entry), number_key) == 0 &&
            (best == NULL || compare(entry->uri, best) < 0)) {
            best = entry->uri;
        }
    }
    uri[0] = '\0';
    if (best != NULL) {
        (void)snprintf(uri, DIRECTORY_URI, "%s@%s", best->user, best->host);
    }
}
