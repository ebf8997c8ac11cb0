/* This cluster's directory URIs, alternate numbers and advertised patterns: what the records say is
 * stated, and what they do not say any more is withdrawn. */
#include "own_objects.h"

#include <string.h>

#include "resources/ils.h"

enum { NOT_ADVERTISED_MOST = 100 };

static void not_advertised(struct ils_service *service, const char *sentence) {
    if (service->not_advertised == NULL) {
        service->not_advertised =
            sj_scope_alloc(service->records, NOT_ADVERTISED_MOST * sizeof *service->not_advertised);
    }
    const char *copy = sj_scope_strdup(service->records, sentence);
    if (service->not_advertised != NULL && copy != NULL &&
        service->not_advertised_count < NOT_ADVERTISED_MOST) {
        service->not_advertised[service->not_advertised_count++] = copy;
    }
}

/* The versions from which on everything has been looked at in this pass. */
struct pass {
    struct ils_service *service;
    sj_map seen; /* keys that the records say */
};

struct seen {
    sj_map_link link;
};

static uint64_t key_of(enum ils_kind kind, const char *key) {
    return sj_hash_with(sj_hash_keyed_text(key), (uint64_t)kind);
}

static void state(struct pass *pass, enum ils_kind kind, const char *text, bool failover,
                  uint8_t strip, const char *number) {
    struct ils_service *service = pass->service;
    char key[ILS_KEY_MAX + 1];
    sj_error error = {0};
    struct seen *seen = sj_scope_alloc(service->records, sizeof *seen);
    int status = ils_canonical(kind, text, key, &error);
    if (status == SJ_OK) {
        const struct ils_fact fact = {.kind = kind,
                                      .key = key,
                                      .failover = failover,
                                      .strip = strip,
                                      .number = number,
                                      .route = ""};
        status = seen == NULL ? SJ_E_NO_MEMORY : ils_publish(service->core, &fact);
    }
    if (status == SJ_OK) {
        sj_map_add(&pass->seen, &seen->link, key_of(kind, key));
    } else {
        not_advertised(service, error.text[0] != '\0' ? error.text : "no memory to advertise it");
    }
}

static void read_uris(struct pass *pass) {
    sj_scope *scope = pass->service->scope;
    sj_list list = {0};
    (void)sj_directory_uri_list(scope, NULL, &list, NULL);
    for (size_t i = 0; i < list.count; i++) {
        const sj_directory_uri *uri = sj_directory_uri_at(&list, i);
        char text[ILS_KEY_MAX + 1];
        (void)snprintf(text, sizeof text, "%s@%s", uri->user, uri->host);
        if (uri->advertise_globally) {
            state(pass, ILS_DIRECTORY_URI, text, uri->pstn_failover[0] != '\0', 0,
                  uri->pstn_failover);
        }
    }
    sj_list_free(scope, &list);
}

static void read_numbers(struct pass *pass) {
    sj_scope *scope = pass->service->scope;
    sj_list list = {0};
    (void)sj_alternate_number_list(scope, NULL, &list, NULL);
    for (size_t i = 0; i < list.count; i++) {
        const sj_alternate_number *alternate = sj_alternate_number_at(&list, i);
        char number[ILS_NUMBER_MAX + 1];
        if (!alternate->advertise_globally) {
            continue;
        }
        if (ils_mask_apply(alternate->mask, alternate->directory_number, number)) {
            state(pass, number[0] == '+' ? ILS_E164_NUMBER : ILS_ENTERPRISE_NUMBER, number,
                  alternate->pstn_failover[0] != '\0', 0, alternate->pstn_failover);
        } else {
            char sentence[240];
            (void)snprintf(
                sentence, sizeof sentence,
                "the alternate number %.60s@%.60s: expected a mask of digits and X, with "
                "a + in front for +E.164",
                alternate->mask, alternate->directory_number);
            not_advertised(pass->service, sentence);
        }
    }
    sj_list_free(scope, &list);
}

static void read_patterns(struct pass *pass) {
    sj_scope *scope = pass->service->scope;
    sj_list list = {0};
    (void)sj_advertised_pattern_list(scope, NULL, &list, NULL);
    for (size_t i = 0; i < list.count; i++) {
        const sj_advertised_pattern *one = sj_advertised_pattern_at(&list, i);
        const bool strips =
            one->pstn_failover == SJ_ADVERTISED_PATTERN_PSTN_FAILOVER_STRIP_AND_PREPEND;
        const bool failover =
            strips || one->pstn_failover == SJ_ADVERTISED_PATTERN_PSTN_FAILOVER_PATTERN_AS_NUMBER;
        state(pass, one->pattern[0] == '+' ? ILS_E164_PATTERN : ILS_ENTERPRISE_PATTERN,
              one->pattern, failover, strips ? (uint8_t)one->strip_digits : 0,
              strips ? one->prepend_digits : "");
    }
    sj_list_free(scope, &list);
}

/* Withdraws what was stated and is not said any more. What is withdrawn goes to the end of the
 * order: it is a tombstone there. */
static void withdraw_others(struct pass *pass) {
    struct ils *core = pass->service->core;
    const struct ils_catalog *catalog = core->self->catalog;
    const uint64_t last = catalog->version;
    uint64_t version = 0;
    for (;;) {
        const size_t at = ils_catalog_after(catalog, version);
        size_t next = at;
        while (next < catalog->used && catalog->order[next] == NULL) {
            next++;
        }
        if (next >= catalog->used || catalog->order[next]->version > last) {
            return;
        }
        const struct ils_object *object = catalog->order[next];
        version = object->version;
        const enum ils_kind kind = (enum ils_kind)object->kind;
        if (!object->removed && sj_map_first(&pass->seen, key_of(kind, object->text)) == NULL) {
            char key[ILS_KEY_MAX + 1];
            (void)snprintf(key, sizeof key, "%s", object->text);
            (void)ils_withdraw(core, kind, key);
        }
    }
}

void ils_own_objects_read(struct ils_service *service, bool advertised) {
    struct pass pass = {.service = service};
    if (advertised) {
        read_uris(&pass);
        read_numbers(&pass);
        read_patterns(&pass);
    }
    withdraw_others(&pass);
    sj_map_clear(&pass.seen);
}
