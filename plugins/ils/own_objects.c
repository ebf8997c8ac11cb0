/* Which records make what. Where several make the same the first by source and key counts,
 * whenever they were written. */
#include "own_objects.h"

#include <stdlib.h>
#include <string.h>

#include "imported_catalogs.h"
#include "resources/ils.h"

/* A record that says something, or would if it could. */
struct claim {
    sj_map_link by_key;
    sj_list_link refused;
    uint8_t source;
    char record[]; /* its key */
};

static uint64_t hash_of(enum ils_kind kind, const char *key) {
    return sj_hash_with(sj_hash_keyed_text(key), (uint64_t)kind);
}

static bool makes(const struct claim *claim, enum ils_kind kind, const char *key) {
    char made[ILS_KEY_MAX + 1];
    enum ils_kind made_kind;
    return ils_record_makes((enum ils_source)claim->source, claim->record, &made_kind, made,
                            NULL) == SJ_OK &&
           made_kind == kind && strcmp(made, key) == 0;
}

static struct claim *find_claim(const struct ils_own_objects *own, uint64_t hash,
                                enum ils_source source, const char *record_key) {
    SJ_MAP_EACH_OF(claim, &own->claims, hash, struct claim, by_key) {
        if (claim->source == source && strcmp(claim->record, record_key) == 0) {
            return claim;
        }
    }
    return NULL;
}

static struct claim *add_claim(struct ils_own_objects *own, uint64_t hash, enum ils_source source,
                               const char *record_key) {
    const size_t length = strlen(record_key);
    struct claim *claim = calloc(1, sizeof *claim + length + 1);
    if (claim != NULL) {
        claim->source = (uint8_t)source;
        memcpy(claim->record, record_key, length + 1);
        sj_map_add(&own->claims, &claim->by_key, hash);
    }
    return claim;
}

static void remove_claim(struct ils_own_objects *own, struct claim *claim) {
    (void)sj_map_remove(&own->claims, &claim->by_key);
    sj_list_remove(&claim->refused);
    free(claim);
}

static void refuse(struct ils_own_objects *own, struct claim *claim) {
    if (!sj_list_linked(&claim->refused)) {
        sj_list_add_last(&own->refused, &claim->refused);
    }
}

/* The one that counts of those that make this; NULL: none does. */
static struct claim *first_claim(const struct ils_own_objects *own, enum ils_kind kind,
                                 const char *key) {
    struct claim *first = NULL;
    SJ_MAP_EACH_OF(claim, &own->claims, hash_of(kind, key), struct claim, by_key) {
        if (makes(claim, kind, key) &&
            (first == NULL || claim->source < first->source ||
             (claim->source == first->source && strcmp(claim->record, first->record) < 0))) {
            first = claim;
        }
    }
    return first;
}

/* What a record says that is to be told; false: nothing is. */
static bool is_said(const struct ils_own_objects *own, enum ils_source source, const void *record,
                    struct ils_said *said) {
    if (record == NULL) {
        return false;
    }
    ils_record_says(source, record, said);
    if (!ils_source_is_imported(source)) {
        return own->advertised && said->advertised;
    }
    const char *route = ils_imported_route(own, said->catalog);
    said->fact.route = sj_or_empty(route);
    return own->hub && route != NULL;
}

static void publish(struct ils_service *service, struct claim *claim, struct ils_said *said,
                    enum ils_kind kind, const char *key) {
    said->fact.kind = kind;
    said->fact.key = key;
    if (ils_publish(service->core, &said->fact) != SJ_OK) {
        refuse(&service->own, claim);
    }
}

/* States what the record says that counts. `said` is what `here` says. */
static void settle(struct ils_service *service, enum ils_kind kind, const char *key,
                   const struct claim *here, struct ils_said *said) {
    struct ils_own_objects *own = &service->own;
    struct claim *first = first_claim(own, kind, key);
    SJ_MAP_EACH_OF(claim, &own->claims, hash_of(kind, key), struct claim, by_key) {
        if (claim == first) {
            sj_list_remove(&claim->refused);
        } else if (makes(claim, kind, key)) {
            refuse(own, claim);
        }
    }
    if (first == NULL) {
        (void)ils_withdraw(service->core, kind, key); /* unless it was not stated anyway */
    } else if (first == here) {
        publish(service, first, said, kind, key);
    } else {
        const enum ils_source source = (enum ils_source)first->source;
        void *record = NULL;
        struct ils_said other;
        if (service->scope->host->store_get(service->scope, ils_source_meta(source), first->record,
                                            &record, NULL) == SJ_OK &&
            is_said(own, source, record, &other)) {
            publish(service, first, &other, kind, key);
        } /* else it has changed as well, and is looked at itself */
        sj_record_free(service->scope, record);
    }
}

void ils_own_look(struct ils_service *service, enum ils_source source, const char *record_key,
                  const void *record) {
    struct ils_own_objects *own = &service->own;
    char key[ILS_KEY_MAX + 1];
    enum ils_kind kind;
    struct ils_said said;
    const bool is_right = ils_record_makes(source, record_key, &kind, key, NULL) == SJ_OK;
    const uint64_t hash = hash_of(kind, is_right ? key : record_key);
    struct claim *claim = find_claim(own, hash, source, record_key);
    if (!is_said(own, source, record, &said)) {
        if (claim == NULL) {
            return;
        }
        remove_claim(own, claim);
        claim = NULL;
    } else if (claim == NULL && (claim = add_claim(own, hash, source, record_key)) == NULL) {
        sj_log_limited(service->scope, SJ_LOG_ERROR, "out of memory: something is not advertised",
                       "%s", record_key);
        return;
    }
    if (is_right) {
        settle(service, kind, key, claim, &said);
    } else if (claim != NULL) {
        refuse(own, claim);
    }
}

bool ils_own_withdraw_others(struct ils_service *service, size_t most) {
    struct ils_own_objects *own = &service->own;
    const struct ils_order *live = &service->core->self->catalog->live;
    for (size_t i = 0; i < most; i++) {
        const struct ils_object *object = ils_order_at(live, ils_order_after(live, own->withdrawn));
        if (object == NULL) {
            return false;
        }
        const enum ils_kind kind = (enum ils_kind)object->kind;
        own->withdrawn = object->version;
        if (first_claim(own, kind, object->text) == NULL) {
            char key[ILS_KEY_MAX + 1];
            (void)snprintf(key, sizeof key, "%s", object->text);
            (void)ils_withdraw(service->core, kind, key);
        }
    }
    return true;
}

/* ---- what is not told ---- */

static void title_of(struct ils_service *service, const struct claim *claim,
                     char title[ILS_RECORD_ROOM]) {
    const enum ils_source source = (enum ils_source)claim->source;
    struct ils_said said = {.catalog = ""};
    void *record = NULL;
    if (ils_source_is_imported(source) &&
        service->scope->host->store_get(service->scope, ils_source_meta(source), claim->record,
                                        &record, NULL) == SJ_OK) {
        ils_record_says(source, record, &said);
    }
    ils_record_title(source, claim->record, said.catalog, title);
    sj_record_free(service->scope, record);
}

/* False: it is no conflict, and conflicts alone are wanted. */
static bool sentence_of(struct ils_service *service, const struct claim *claim, bool conflicts,
                        char sentence[ILS_SENTENCE_ROOM]) {
    char key[ILS_KEY_MAX + 1], title[ILS_RECORD_ROOM], used[ILS_RECORD_ROOM];
    enum ils_kind kind;
    sj_error error = {0};
    const bool is_right = ils_record_makes((enum ils_source)claim->source, claim->record, &kind,
                                           key, &error) == SJ_OK;
    const struct claim *first = is_right ? first_claim(&service->own, kind, key) : claim;
    if (conflicts && first == claim) {
        return false;
    }
    title_of(service, claim, title);
    if (first != claim) {
        title_of(service, first, used);
        (void)snprintf(sentence, ILS_SENTENCE_ROOM, "%s: %s counts, and %s makes the same", key,
                       used, title);
    } else {
        (void)snprintf(sentence, ILS_SENTENCE_ROOM, "%s: %.300s", title,
                       is_right ? "no memory to advertise it" : error.text);
    }
    return true;
}

size_t ils_own_sentences(struct ils_service *service, bool conflicts,
                         char (*sentences)[ILS_SENTENCE_ROOM], size_t most) {
    size_t count = conflicts ? 0 : ils_imported_sentences(service, sentences, most);
    SJ_LIST_EACH(claim, &service->own.refused, struct claim, refused) {
        if (count == most) {
            break;
        }
        count += sentence_of(service, claim, conflicts, sentences[count]);
    }
    return count;
}

void ils_own_free(struct ils_own_objects *own) {
    struct claim *claim;
    while ((claim = SJ_OWNER(sj_map_take_any(&own->claims), struct claim, by_key)) != NULL) {
        sj_list_remove(&claim->refused);
        free(claim);
    }
    sj_map_clear(&own->claims);
}
