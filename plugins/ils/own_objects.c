/* This cluster's directory URIs, alternate numbers and advertised patterns: what the records say is
 * stated, and what they do not say any more is withdrawn. */
#include "own_objects.h"

#include <string.h>

#include <sojourn/number_mask.h>

#include "imported_catalogs.h"
#include "resources/ils.h"

enum { SENTENCES_MOST = 100 };

/* Adds a sentence to a list in the scope of the records; the first SENTENCES_MOST are kept, which
 * is enough to begin with. */
static void add_sentence(struct ils_service *service, const char ***list, size_t *count,
                         const char *sentence) {
    if (*list == NULL) {
        *list = sj_scope_alloc(service->records, SENTENCES_MOST * sizeof **list);
    }
    const char *copy = sj_scope_strdup(service->records, sentence);
    if (*list != NULL && copy != NULL && *count < SENTENCES_MOST) {
        (*list)[(*count)++] = copy;
    }
}

void ils_not_advertised(struct ils_service *service, const char *sentence) {
    add_sentence(service, &service->not_advertised, &service->not_advertised_count, sentence);
}

/* What a record says. */
struct seen {
    sj_map_link link;
    char record[ILS_RECORD_ROOM]; /* which record */
};

static uint64_t key_of(enum ils_kind kind, const char *key) {
    return sj_hash_with(sj_hash_keyed_text(key), (uint64_t)kind);
}

/* Two records that make the same: the one that is read first counts, which is the first in the
 * order of their keys, whenever they were written. */
static void conflict(struct ils_pass *pass, const struct ils_fact *fact, const char *used,
                     const char *other) {
    struct ils_service *service = pass->service;
    char sentence[2 * ILS_RECORD_ROOM + ILS_KEY_MAX + 60];
    (void)snprintf(sentence, sizeof sentence, "%s: %s counts, and %s makes the same", fact->key,
                   used, other);
    add_sentence(service, &service->own_conflicts, &service->own_conflicts_count, sentence);
    ils_not_advertised(service, sentence);
}

void ils_state(struct ils_pass *pass, const struct ils_fact *said, const char *record) {
    struct ils_service *service = pass->service;
    char key[ILS_KEY_MAX + 1];
    sj_error error = {0};
    struct ils_fact fact = *said;
    int status = ils_canonical(said->kind, said->key, key, &error);
    fact.key = key;
    if (status == SJ_OK) {
        const sj_map_link *before = sj_map_first(&pass->seen, key_of(fact.kind, key));
        if (before != NULL) {
            conflict(pass, &fact, SJ_OWNER(before, struct seen, link)->record, record);
            return;
        }
        struct seen *seen = sj_scope_alloc(service->records, sizeof *seen);
        status = seen == NULL ? SJ_E_NO_MEMORY : ils_publish(service->core, &fact);
        if (status == SJ_OK) {
            (void)snprintf(seen->record, sizeof seen->record, "%s", record);
            sj_map_add(&pass->seen, &seen->link, key_of(fact.kind, key));
        }
    }
    if (status != SJ_OK) {
        char sentence[ILS_RECORD_ROOM + ILS_REASON_ROOM];
        (void)snprintf(sentence, sizeof sentence, "%s: %.300s", record,
                       error.text[0] != '\0' ? error.text : "no memory to advertise it");
        ils_not_advertised(service, sentence);
    }
}

static void read_uris(struct ils_pass *pass) {
    sj_scope *scope = pass->service->scope;
    sj_list list = {0};
    (void)sj_directory_uri_list(scope, NULL, &list, NULL);
    for (size_t i = 0; i < list.count; i++) {
        const sj_directory_uri *uri = sj_directory_uri_at(&list, i);
        char text[ILS_KEY_MAX + 1], record[ILS_RECORD_ROOM];
        (void)snprintf(text, sizeof text, "%s@%s", uri->user, uri->host);
        (void)snprintf(record, sizeof record, "the directory URI %.120s", text);
        if (uri->advertise_globally) {
            const struct ils_fact fact = {.kind = ILS_DIRECTORY_URI,
                                          .key = text,
                                          .failover = uri->pstn_failover[0] != '\0',
                                          .number = uri->pstn_failover,
                                          .route = ""};
            ils_state(pass, &fact, record);
        }
    }
    sj_list_free(scope, &list);
}

static void read_numbers(struct ils_pass *pass) {
    sj_scope *scope = pass->service->scope;
    sj_list list = {0};
    (void)sj_alternate_number_list(scope, NULL, &list, NULL);
    for (size_t i = 0; i < list.count; i++) {
        const sj_alternate_number *alternate = sj_alternate_number_at(&list, i);
        char number[2 * ILS_NUMBER_MAX], record[ILS_RECORD_ROOM];
        if (!alternate->advertise_globally) {
            continue;
        }
        (void)snprintf(record, sizeof record, "the alternate number %.50s@%.50s", alternate->mask,
                       alternate->directory_number);
        sj_number_mask(alternate->mask, alternate->directory_number, number, sizeof number);
        const struct ils_fact fact = {.kind = number[0] == '+' ? ILS_E164_NUMBER
                                                               : ILS_ENTERPRISE_NUMBER,
                                      .key = number,
                                      .failover = alternate->pstn_failover[0] != '\0',
                                      .number = alternate->pstn_failover,
                                      .route = ""};
        ils_state(pass, &fact, record);
    }
    sj_list_free(scope, &list);
}

struct ils_fact ils_pattern_fact(const char *pattern, sj_ils_pattern_failover failover,
                                 int64_t strip, const char *prepend) {
    const bool strips = failover == SJ_ILS_PATTERN_FAILOVER_STRIP_AND_PREPEND;
    return (struct ils_fact){.kind = pattern[0] == '+' ? ILS_E164_PATTERN : ILS_ENTERPRISE_PATTERN,
                             .key = pattern,
                             .failover =
                                 strips || failover == SJ_ILS_PATTERN_FAILOVER_PATTERN_AS_NUMBER,
                             .strip = strips ? (uint8_t)strip : 0,
                             .number = strips ? prepend : "",
                             .route = ""};
}

static void read_patterns(struct ils_pass *pass) {
    sj_scope *scope = pass->service->scope;
    sj_list list = {0};
    (void)sj_advertised_pattern_list(scope, NULL, &list, NULL);
    for (size_t i = 0; i < list.count; i++) {
        const sj_advertised_pattern *one = sj_advertised_pattern_at(&list, i);
        char record[ILS_RECORD_ROOM];
        (void)snprintf(record, sizeof record, "the advertised pattern %.50s", one->pattern);
        const struct ils_fact fact = ils_pattern_fact(one->pattern, one->pstn_failover,
                                                      one->strip_digits, one->prepend_digits);
        ils_state(pass, &fact, record);
    }
    sj_list_free(scope, &list);
}

/* Withdraws what was stated and is not said any more. */
static void withdraw_others(struct ils_pass *pass) {
    struct ils *core = pass->service->core;
    const struct ils_order *live = &core->self->catalog->live;
    const struct ils_object *object;
    uint64_t version = 0;
    while ((object = ils_order_at(live, ils_order_after(live, version))) != NULL) {
        version = object->version;
        const enum ils_kind kind = (enum ils_kind)object->kind;
        if (sj_map_first(&pass->seen, key_of(kind, object->text)) == NULL) {
            char key[ILS_KEY_MAX + 1];
            (void)snprintf(key, sizeof key, "%s", object->text);
            (void)ils_withdraw(core, kind, key);
        }
    }
}

void ils_own_objects_read(struct ils_service *service, bool advertised, bool hub) {
    struct ils_pass pass = {.service = service};
    if (advertised) {
        read_uris(&pass);
        read_numbers(&pass);
        read_patterns(&pass);
    }
    ils_imported_read(&pass, hub);
    withdraw_others(&pass);
    sj_map_clear(&pass.seen);
}
