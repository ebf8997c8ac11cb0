/* Imported catalogs: a hub advertises what belongs to them, by their route strings. What belongs to
 * a catalog that was removed is removed here. */
#include "imported_catalogs.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/base/hash.h>
#include <sojourn/base/map.h>

#include "resources/ils.h"

struct catalog {
    sj_map_link link;
    char name[51], route[ILS_ROUTE_MAX + 1];
};

static struct catalog *find(const struct ils_own_objects *own, const char *name) {
    SJ_MAP_EACH_OF(catalog, &own->catalogs, sj_hash_keyed_text(name), struct catalog, link) {
        if (strcmp(catalog->name, name) == 0) {
            return catalog;
        }
    }
    return NULL;
}

const char *ils_imported_route(const struct ils_own_objects *own, const char *name) {
    const struct catalog *catalog = find(own, name);
    return catalog == NULL ? NULL : catalog->route;
}

/* Notes a catalog as it is; false: that is how it was noted. */
static bool note(struct ils_service *service, const sj_imported_catalog *record) {
    struct catalog *catalog = find(&service->own, record->name);
    if (catalog != NULL && strcmp(catalog->route, record->route_string) == 0) {
        return false;
    }
    if (catalog == NULL && (catalog = calloc(1, sizeof *catalog)) == NULL) {
        sj_log_limited(service->scope, SJ_LOG_ERROR, "no memory to advertise an imported catalog",
                       "%s", record->name);
        return false;
    }
    (void)snprintf(catalog->route, sizeof catalog->route, "%s", record->route_string);
    if (catalog->name[0] == '\0') {
        (void)snprintf(catalog->name, sizeof catalog->name, "%s", record->name);
        sj_map_add(&service->own.catalogs, &catalog->link, sj_hash_keyed_text(catalog->name));
    }
    return true;
}

bool ils_imported_read(struct ils_service *service) {
    sj_list list = {0};
    sj_error error = {0};
    if (sj_imported_catalog_list(service->scope, NULL, &list, &error) != SJ_OK) {
        sj_log_limited(service->scope, SJ_LOG_WARNING, "the imported catalogs cannot be read", "%s",
                       error.text);
        return false;
    }
    for (size_t i = 0; i < list.count; i++) {
        (void)note(service, sj_imported_catalog_at(&list, i));
    }
    sj_list_free(service->scope, &list);
    return true;
}

bool ils_imported_look(struct ils_service *service, const char *name) {
    sj_imported_catalog *record = NULL;
    const int status = sj_imported_catalog_get(service->scope, name, &record, NULL);
    bool differs = false;
    if (status == SJ_OK) {
        differs = note(service, record);
    } else if (status == SJ_E_NOT_FOUND) {
        struct catalog *catalog = find(&service->own, name);
        if (catalog != NULL) {
            (void)sj_map_remove(&service->own.catalogs, &catalog->link);
            free(catalog);
        }
        differs = true;
    }
    sj_record_free(service->scope, record);
    return differs;
}

/* The store says so: what is not known for want of memory is not gone. */
static bool is_gone(struct ils_service *service, const char *name) {
    sj_imported_catalog *record = NULL;
    const bool gone =
        find(&service->own, name) == NULL &&
        sj_imported_catalog_get(service->scope, name, &record, NULL) == SJ_E_NOT_FOUND;
    sj_record_free(service->scope, record);
    return gone;
}

int ils_imported_remove_orphans(struct ils_service *service, enum ils_source source,
                                const sj_list *records, sj_error *error) {
    sj_scope *scope = service->scope;
    const char *before = NULL; /* the catalog of the record before: mostly it is the same */
    bool gone = false, begun = false;
    int status = SJ_OK;
    for (size_t i = 0; i < records->count && status == SJ_OK; i++) {
        char key[ILS_RECORD_KEY];
        struct ils_said said;
        ils_record_says(source, records->records[i], &said);
        gone = before != NULL && strcmp(before, said.catalog) == 0 ? gone
                                                                   : is_gone(service, said.catalog);
        before = said.catalog;
        if (!gone) {
            continue;
        }
        status = begun ? SJ_OK : sj_store_begin(scope, error);
        begun = begun || status == SJ_OK;
        if (status == SJ_OK) {
            ils_record_key(source, records->records[i], key);
            status = scope->host->store_delete(scope, ils_source_meta(source), key, error);
        }
    }
    if (begun && status == SJ_OK) {
        return sj_store_commit(scope, NULL, NULL, error);
    }
    if (begun) {
        sj_store_rollback(scope);
    }
    return status;
}

size_t ils_imported_sentences(struct ils_service *service, char (*sentences)[ILS_SENTENCE_ROOM],
                              size_t most) {
    const sj_query query = {.limit = most};
    sj_list list = {0};
    size_t count = 0;
    if (!service->own.hub) {
        (void)sj_imported_catalog_list(service->scope, &query, &list, NULL);
    }
    for (; count < list.count; count++) {
        (void)snprintf(sentences[count], ILS_SENTENCE_ROOM,
                       "the imported catalog %.50s: a hub that exchanges dial plans alone "
                       "advertises one",
                       sj_imported_catalog_at(&list, count)->name);
    }
    sj_list_free(service->scope, &list);
    return count;
}

void ils_imported_free(struct ils_own_objects *own) {
    struct catalog *catalog;
    while ((catalog = SJ_OWNER(sj_map_take_any(&own->catalogs), struct catalog, link)) != NULL) {
        free(catalog);
    }
    sj_map_clear(&own->catalogs);
}
