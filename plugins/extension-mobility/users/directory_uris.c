/* The keys of the directory URIs in a map, which is read from the store once and kept. */
#include "users/directory_uris.h"

#include <stdlib.h>
#include <strings.h>

#include <sojourn/base/hash.h>

#include "em.h"
#include "events/node.h"
#include "parameters/enterprise.h"

enum { AT_ONCE = 1000, KEY_ROOM = 300 };

struct uri_entry {
    sj_map_link link;
    char key[];
};

static uint64_t hash_of(const char *key) {
    return sj_hash_keyed_nocase(key, strlen(key));
}

static struct uri_entry *find_key(const struct em_directory_uris *uris, const char *key) {
    SJ_MAP_EACH_OF(entry, &uris->by_uri, hash_of(key), struct uri_entry, link) {
        if (strcmp(entry->key, key) == 0) {
            return entry;
        }
    }
    return NULL;
}

static bool add(struct em_directory_uris *uris, const char *key) {
    if (find_key(uris, key) != NULL) {
        return true;
    }
    const size_t length = strlen(key) + 1;
    struct uri_entry *entry = calloc(1, sizeof *entry + length);
    if (entry != NULL) {
        memcpy(entry->key, key, length);
        sj_map_add(&uris->by_uri, &entry->link, hash_of(key));
    }
    return entry != NULL;
}

static void clear(struct em_directory_uris *uris) {
    sj_map_link *link;
    while ((link = sj_map_take_any(&uris->by_uri)) != NULL) {
        free(SJ_OWNER(link, struct uri_entry, link));
    }
    sj_map_clear(&uris->by_uri);
    uris->read = false;
}

static int add_page(struct em *em, char after[KEY_ROOM], bool *more, sj_error *error) {
    const sj_query query = {.after_key = after[0] != '\0' ? after : NULL, .limit = AT_ONCE};
    sj_list list = {0};
    int status = sj_directory_uri_list(em->scope, &query, &list, error);
    *more = list.count == AT_ONCE;
    for (size_t i = 0; i < list.count && status == SJ_OK; i++) {
        const sj_directory_uri *uri = sj_directory_uri_at(&list, i);
        em_print(after, KEY_ROOM, "%s@%s", uri->user, uri->host);
        if (!add(&em->directory_uris, after)) {
            status = sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the directory URIs");
        }
    }
    sj_list_free(em->scope, &list);
    return status;
}

static int read_all(struct em *em, sj_error *error) {
    char after[KEY_ROOM] = "";
    bool more = true;
    int status = SJ_OK;
    while (more && status == SJ_OK) {
        status = add_page(em, after, &more, error);
    }
    if (status != SJ_OK) {
        clear(&em->directory_uris);
    }
    em->directory_uris.read = status == SJ_OK;
    return status;
}

static void on_config(void *user, const sj_config_changed *event) {
    struct em *em = user;
    struct em_directory_uris *uris = &em->directory_uris;
    if (!uris->read || strcmp(event->resource, sj_directory_uri_meta.record->name) != 0) {
        return;
    }
    if (event->action != SJ_CONFIG_CHANGED_ACTION_REMOVED) {
        if (!add(uris, event->key)) {
            clear(uris); /* read anew when one is asked for */
        }
        return;
    }
    struct uri_entry *entry = find_key(uris, event->key);
    if (entry != NULL) {
        (void)sj_map_remove(&uris->by_uri, &entry->link);
        free(entry);
    }
}

int em_directory_uris_open(struct em *em, sj_error *error) {
    return sj_on_config_changed(em->scope, on_config, em, error) != NULL ? SJ_OK
           : error->code != SJ_OK                                        ? error->code
                                                                         : SJ_E_INTERNAL;
}

void em_directory_uris_start(struct em *em) {
    sj_error error = {0};
    if (read_all(em, &error) != SJ_OK) { /* tried again when one is asked for */
        sj_log_error(em->scope, "the directory URIs could not be read: %s", error.text);
    }
}

void em_directory_uris_close(struct em *em) {
    clear(&em->directory_uris);
}

int em_directory_uri_find(struct em *em, const char *text, sj_directory_uri **uri,
                          sj_error *error) {
    const bool any_case = sj_param_enterprise_uri_lookup_policy(em->scope) ==
                          SJ_ENTERPRISE_URI_LOOKUP_POLICY_CASE_INSENSITIVE;
    const size_t user_part = strcspn(text, "@");
    const char *best = NULL;
    bool these_letters = false;
    const int status = em->directory_uris.read ? SJ_OK : read_all(em, error);
    if (status != SJ_OK) {
        return status;
    }
    SJ_MAP_EACH_OF(entry, &em->directory_uris.by_uri, hash_of(text), struct uri_entry, link) {
        const bool same = strncmp(entry->key, text, user_part) == 0;
        if (strcasecmp(entry->key, text) == 0 && (same || any_case) &&
            (best == NULL || (same != these_letters ? same : strcmp(entry->key, best) < 0))) {
            best = entry->key;
            these_letters = same;
        }
    }
    return best == NULL ? SJ_E_NOT_FOUND : sj_directory_uri_get(em->scope, best, uri, error);
}
