/* Looking up what was learned. */
#include "core/lookup.h"

#include <stdio.h>
#include <string.h>

static bool blocks(const struct ils_block *block, const struct ils_found *found) {
    const enum ils_kind kind = (enum ils_kind)found->object->kind;
    const bool enterprise = kind == ILS_ENTERPRISE_NUMBER || kind == ILS_ENTERPRISE_PATTERN;
    const bool e164 = kind == ILS_E164_NUMBER || kind == ILS_E164_PATTERN;
    const char *key = found->object->text;
    if ((block->enterprise && !enterprise) || (block->e164 && !e164)) {
        return false;
    }
    return (block->pattern[0] == '\0' || strcmp(block->pattern, key) == 0) &&
           (block->prefix[0] == '\0' || strncmp(block->prefix, key, strlen(block->prefix)) == 0) &&
           (block->cluster_id[0] == '\0' ||
            strcmp(block->cluster_id, found->owner->cluster_id) == 0);
}

static void describe(const char *dialled, const struct ils_block *rules, size_t rules_count,
                     struct ils_found *found) {
    const struct ils_object *object = found->object;
    found->owner = object->catalog->owner;
    found->route = object->route_length > 0 ? ils_object_route(object) : found->owner->route;
    found->failover = object->failover;
    if (object->failover) {
        const size_t length = strlen(dialled);
        const bool pattern = ils_kind_is_pattern((enum ils_kind)object->kind);
        const size_t strip = object->strip < length ? object->strip : length;
        (void)snprintf(found->number, sizeof found->number, "%s%s", ils_object_number(object),
                       pattern ? dialled + strip : "");
    }
    for (size_t i = 0; i < rules_count && found->blocked == NULL; i++) {
        found->blocked = blocks(&rules[i], found) ? &rules[i] : NULL;
    }
}

bool ils_lookup_any_case(const struct ils *ils, const char *dialled, const struct ils_block *rules,
                         size_t rules_count, struct ils_found *found) {
    char key[ILS_KEY_MAX + 1];
    const char *spelt = strchr(dialled, '@') != NULL &&
                                ils_canonical(ILS_DIRECTORY_URI, dialled, key, NULL) == SJ_OK
                            ? ils_table_spelling(&ils->table, key)
                            : NULL;
    return ils_lookup(ils, spelt != NULL ? spelt : dialled, rules, rules_count, found);
}

bool ils_lookup(const struct ils *ils, const char *dialled, const struct ils_block *rules,
                size_t rules_count, struct ils_found *found) {
    const bool uri = strchr(dialled, '@') != NULL, plus = dialled[0] == '+';
    const enum ils_kind kind = uri    ? ILS_DIRECTORY_URI
                               : plus ? ILS_E164_NUMBER
                                      : ILS_ENTERPRISE_NUMBER;
    char key[ILS_KEY_MAX + 1];
    memset(found, 0, sizeof *found);
    found->route = "";
    if (ils_canonical(kind, dialled, key, NULL) != SJ_OK) {
        return false;
    }
    const struct ils_object *own = ils_catalog_find(&ils->table, ils->self->catalog, kind, key);
    if (own != NULL && !own->removed && own->route_length == 0) { /* not of an imported catalog */
        found->own = true;
        found->object = own;
        found->owner = ils->self;
        return true;
    }
    found->object = ils_table_find(&ils->table, kind, key, ils_precedence, &found->others);
    if (found->object == NULL && !uri) {
        /* A cluster's own advertised patterns are for the others; those of its imported catalogs
         * are for itself, too. */
        found->object =
            ils_table_match(&ils->table, plus ? ILS_E164_PATTERN : ILS_ENTERPRISE_PATTERN, key,
                            ils_precedence, ils->self->catalog);
    }
    if (found->object == NULL) {
        return false;
    }
    describe(key, rules, rules_count, found);
    return true;
}
