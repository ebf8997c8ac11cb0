/* Looking up what was learned. */
#include "core/lookup.h"

#include <stdio.h>
#include <string.h>

/* Here: who looks up, and the rules. */
struct sieve {
    const struct ils_block *rules;
    size_t rules_count;
    const struct ils_catalog *except; /* own patterns are for the others; imported ones are not */
};

static const struct ils_owner *owner_of(const struct ils_object *object) {
    return object->catalog->owner;
}

bool ils_block_is_of_cluster(const struct ils_block *block) {
    return block->pattern[0] == '\0' && block->prefix[0] == '\0' && !block->enterprise &&
           !block->e164 && block->cluster_id[0] != '\0';
}

static bool blocks(const struct ils_block *block, const struct ils_object *object) {
    const enum ils_kind kind = (enum ils_kind)object->kind;
    const bool enterprise = kind == ILS_ENTERPRISE_NUMBER || kind == ILS_ENTERPRISE_PATTERN;
    const bool e164 = kind == ILS_E164_NUMBER || kind == ILS_E164_PATTERN;
    const char *key = object->text;
    if ((block->enterprise && !enterprise) || (block->e164 && !e164)) {
        return false;
    }
    return (block->pattern[0] == '\0' || strcmp(block->pattern, key) == 0) &&
           (block->prefix[0] == '\0' || strncmp(block->prefix, key, strlen(block->prefix)) == 0) &&
           (block->cluster_id[0] == '\0' ||
            strcmp(block->cluster_id, owner_of(object)->cluster_id) == 0);
}

static const struct ils_block *rule_on(const struct sieve *sieve, const struct ils_object *object,
                                       bool of_clusters_alone) {
    for (size_t i = 0; i < sieve->rules_count; i++) {
        const struct ils_block *rule = &sieve->rules[i];
        if (blocks(rule, object) && (!of_clusters_alone || ils_block_is_of_cluster(rule))) {
            return rule;
        }
    }
    return NULL;
}

/* ---- what counts, from the widest ---- */

static bool is_for_here(const struct ils_object *object, const void *user) {
    const struct sieve *sieve = user;
    return object->catalog != sieve->except || object->route_length > 0;
}

static bool is_trusted(const struct ils_object *object, const void *user) {
    return is_for_here(object, user) && !owner_of(object)->withdrawn;
}

static bool is_of_no_blocked_cluster(const struct ils_object *object, const void *user) {
    return is_trusted(object, user) && rule_on(user, object, true) == NULL;
}

static bool is_free(const struct ils_object *object, const void *user) {
    return is_trusted(object, user) && rule_on(user, object, false) == NULL;
}

typedef bool (*counts_fn)(const struct ils_object *object, const void *user);

static struct ils_choice choice_of(const struct sieve *sieve, counts_fn counts) {
    return (struct ils_choice){.precedence = ils_precedence, .counts = counts, .user = sieve};
}

/* Whom a rule blocks gives way to the next that states the same, and to nothing less close. */
static const struct ils_object *free_one(const struct ils *ils, const struct sieve *sieve,
                                         const struct ils_object *object) {
    const struct ils_choice choice = choice_of(sieve, is_free);
    const struct ils_object *other =
        ils_table_find(&ils->table, (enum ils_kind)object->kind, object->text, &choice, NULL);
    return other != NULL ? other : object;
}

const struct ils_object *ils_counting(const struct ils *ils, enum ils_kind kind, const char *key,
                                      const struct ils_block *rules, size_t rules_count,
                                      size_t *others) {
    const struct sieve sieve = {.rules = rules, .rules_count = rules_count};
    const struct ils_choice choice = choice_of(&sieve, is_of_no_blocked_cluster);
    const struct ils_object *object = ils_table_find(&ils->table, kind, key, &choice, others);
    return object != NULL ? free_one(ils, &sieve, object) : NULL;
}

/* The exact one, else the closest pattern. */
static const struct ils_object *closest(const struct ils *ils, const struct sieve *sieve,
                                        counts_fn counts, enum ils_kind kind, const char *key,
                                        size_t *others) {
    const struct ils_choice choice = choice_of(sieve, counts);
    const struct ils_object *object = ils_table_find(&ils->table, kind, key, &choice, others);
    if (object != NULL || kind == ILS_DIRECTORY_URI) {
        return object;
    }
    return ils_table_match(&ils->table,
                           kind == ILS_E164_NUMBER ? ILS_E164_PATTERN : ILS_ENTERPRISE_PATTERN, key,
                           &choice);
}

static void describe(const char *dialled, const struct sieve *sieve, struct ils_found *found) {
    const struct ils_object *object = found->object;
    found->owner = owner_of(object);
    found->route = object->route_length > 0 ? ils_object_route(object) : found->owner->route;
    found->failover = object->failover;
    if (object->failover) {
        const size_t length = strlen(dialled);
        const bool pattern = ils_kind_is_pattern((enum ils_kind)object->kind);
        const size_t strip = object->strip < length ? object->strip : length;
        (void)snprintf(found->number, sizeof found->number, "%s%s", ils_object_number(object),
                       pattern ? dialled + strip : "");
    }
    found->blocked = rule_on(sieve, object, false);
}

bool ils_lookup_any_case(const struct ils *ils, const char *dialled, const struct ils_block *rules,
                         size_t rules_count, struct ils_found *found) {
    static const counts_fn steps[] = {is_free, is_trusted};
    const struct sieve sieve = {.rules = rules, .rules_count = rules_count};
    char key[ILS_KEY_MAX + 1];
    const char *spelt = NULL;
    const bool uri = strchr(dialled, '@') != NULL &&
                     ils_canonical(ILS_DIRECTORY_URI, dialled, key, NULL) == SJ_OK;
    for (size_t i = 0; uri && spelt == NULL && i < sizeof steps / sizeof steps[0]; i++) {
        const struct ils_choice choice = choice_of(&sieve, steps[i]);
        spelt = ils_table_spelling(&ils->table, key, &choice);
    }
    return ils_lookup(ils, spelt != NULL ? spelt : dialled, rules, rules_count, found);
}

bool ils_lookup(const struct ils *ils, const char *dialled, const struct ils_block *rules,
                size_t rules_count, struct ils_found *found) {
    const bool uri = strchr(dialled, '@') != NULL, plus = dialled[0] == '+';
    const enum ils_kind kind = uri    ? ILS_DIRECTORY_URI
                               : plus ? ILS_E164_NUMBER
                                      : ILS_ENTERPRISE_NUMBER;
    const struct sieve sieve = {rules, rules_count, ils->self->catalog};
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
    found->object = closest(ils, &sieve, is_of_no_blocked_cluster, kind, key, &found->others);
    if (found->object != NULL) {
        found->object = free_one(ils, &sieve, found->object);
    } else if ((found->object = closest(ils, &sieve, is_trusted, kind, key, &found->others)) ==
               NULL) {
        const struct ils_object *gone = closest(ils, &sieve, is_for_here, kind, key, NULL);
        found->withdrawn = gone != NULL ? owner_of(gone) : NULL;
        return false;
    }
    describe(key, &sieve, found);
    return true;
}
