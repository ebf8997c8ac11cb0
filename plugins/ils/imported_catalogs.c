/* Imported catalogs: a hub advertises what belongs to them, by their route strings. What belongs to
 * a catalog that was removed is removed here. */
#include "imported_catalogs.h"

#include <string.h>

#include <sojourn/base/hash.h>
#include <sojourn/base/map.h>

#include "resources/ils.h"

enum { ORPHANS_AT_ONCE = 500 };

/* A catalog of which this cluster advertises what belongs to it. */
struct catalog {
    sj_map_link link;
    const char *name, *route;
};

/* What is imported and belongs to no catalog any more. */
struct orphans {
    struct {
        const sj_resource_meta *meta;
        char key[ILS_KEY_MAX + 1];
    } items[ORPHANS_AT_ONCE];
    size_t count;
};

struct import {
    struct ils_pass *pass;
    bool hub;
    sj_map catalogs;
    struct orphans orphans;
};

static const struct catalog *catalog_of(struct import *import, const sj_resource_meta *meta,
                                        const char *key, const char *name) {
    SJ_MAP_EACH_OF(catalog, &import->catalogs, sj_hash_keyed_text(name), struct catalog, link) {
        if (strcmp(catalog->name, name) == 0) {
            return catalog;
        }
    }
    struct orphans *orphans = &import->orphans;
    if (orphans->count < ORPHANS_AT_ONCE) {
        orphans->items[orphans->count].meta = meta;
        (void)snprintf(orphans->items[orphans->count].key, sizeof orphans->items[0].key, "%s", key);
        orphans->count++;
    }
    return NULL;
}

static void state_imported(struct import *import, const struct catalog *catalog,
                           struct ils_fact *fact) {
    char record[ILS_RECORD_ROOM];
    (void)snprintf(record, sizeof record, "%.90s of the catalog %.50s", fact->key, catalog->name);
    fact->route = catalog->route;
    ils_state(import->pass, fact, record);
}

static void read_imported_uris(struct import *import, sj_scope *scope) {
    sj_list list = {0};
    (void)sj_imported_directory_uri_list(scope, NULL, &list, NULL);
    for (size_t i = 0; i < list.count; i++) {
        const sj_imported_directory_uri *one = sj_imported_directory_uri_at(&list, i);
        char text[ILS_KEY_MAX + 1];
        (void)snprintf(text, sizeof text, "%s@%s", one->user, one->host);
        const struct catalog *catalog =
            catalog_of(import, &sj_imported_directory_uri_meta, text, one->catalog);
        struct ils_fact fact = {.kind = ILS_DIRECTORY_URI,
                                .key = text,
                                .failover = one->pstn_failover[0] != '\0',
                                .number = one->pstn_failover};
        if (catalog != NULL && import->hub) {
            state_imported(import, catalog, &fact);
        }
    }
    sj_list_free(scope, &list);
}

static void read_imported_numbers(struct import *import, sj_scope *scope) {
    sj_list list = {0};
    (void)sj_imported_number_list(scope, NULL, &list, NULL);
    for (size_t i = 0; i < list.count; i++) {
        const sj_imported_number *one = sj_imported_number_at(&list, i);
        const struct catalog *catalog =
            catalog_of(import, &sj_imported_number_meta, one->number, one->catalog);
        struct ils_fact fact = {.kind =
                                    one->number[0] == '+' ? ILS_E164_NUMBER : ILS_ENTERPRISE_NUMBER,
                                .key = one->number,
                                .failover = one->pstn_failover[0] != '\0',
                                .number = one->pstn_failover};
        if (catalog != NULL && import->hub) {
            state_imported(import, catalog, &fact);
        }
    }
    sj_list_free(scope, &list);
}

static void read_imported_patterns(struct import *import, sj_scope *scope) {
    sj_list list = {0};
    (void)sj_imported_pattern_list(scope, NULL, &list, NULL);
    for (size_t i = 0; i < list.count; i++) {
        const sj_imported_pattern *one = sj_imported_pattern_at(&list, i);
        const struct catalog *catalog =
            catalog_of(import, &sj_imported_pattern_meta, one->pattern, one->catalog);
        struct ils_fact fact = ils_pattern_fact(one->pattern, one->pstn_failover, one->strip_digits,
                                                one->prepend_digits);
        if (catalog != NULL && import->hub) {
            state_imported(import, catalog, &fact);
        }
    }
    sj_list_free(scope, &list);
}

/* False: not all are known, so that what belongs to none cannot be told from the rest. */
static bool read_catalogs(struct import *import, sj_scope *scope) {
    struct ils_service *service = import->pass->service;
    sj_list list = {0};
    bool complete = sj_imported_catalog_list(scope, NULL, &list, NULL) == SJ_OK;
    for (size_t i = 0; i < list.count; i++) {
        const sj_imported_catalog *one = sj_imported_catalog_at(&list, i);
        struct catalog *catalog = sj_scope_alloc(service->records, sizeof *catalog);
        const char *name = sj_scope_strdup(service->records, one->name);
        const char *route = sj_scope_strdup(service->records, one->route_string);
        if (catalog == NULL || name == NULL || route == NULL) {
            ils_not_advertised(service, "no memory for an imported catalog");
            complete = false;
            continue;
        }
        catalog->name = name;
        catalog->route = route;
        sj_map_add(&import->catalogs, &catalog->link, sj_hash_keyed_text(name));
        if (!import->hub) {
            char sentence[ILS_RECORD_ROOM];
            (void)snprintf(sentence, sizeof sentence,
                           "the imported catalog %.50s: a hub that exchanges dial plans alone "
                           "advertises one",
                           name);
            ils_not_advertised(service, sentence);
        }
    }
    sj_list_free(scope, &list);
    return complete;
}

/* So many at a time: what remains is seen with the change that this is. */
static void remove_orphans(struct ils_service *service, const struct orphans *orphans) {
    sj_scope *scope = service->scope;
    sj_error error = {0};
    int status = sj_store_begin(scope, &error);
    if (status == SJ_OK) {
        for (size_t i = 0; i < orphans->count && status == SJ_OK; i++) {
            status = scope->host->store_delete(scope, orphans->items[i].meta, orphans->items[i].key,
                                               &error);
        }
        if (status == SJ_OK) {
            status = sj_store_commit(scope, NULL, NULL, &error);
        } else {
            sj_store_rollback(scope);
        }
    }
    if (status != SJ_OK) {
        sj_log_limited(scope, SJ_LOG_WARNING,
                       "what belongs to a catalog that was removed cannot be removed", "%s",
                       error.text);
    }
}

void ils_imported_read(struct ils_pass *pass, bool hub) {
    sj_scope *scope = pass->service->scope;
    struct import *import = sj_scope_alloc(pass->service->records, sizeof *import);
    if (import == NULL) {
        ils_not_advertised(pass->service, "no memory for the imported catalogs");
        return;
    }
    import->pass = pass;
    import->hub = hub;
    if (read_catalogs(import, scope)) {
        read_imported_uris(import, scope);
        read_imported_numbers(import, scope);
        read_imported_patterns(import, scope);
    }
    if (import->orphans.count > 0) {
        remove_orphans(pass->service, &import->orphans);
    }
    sj_map_clear(&import->catalogs);
}
