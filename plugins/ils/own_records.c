/* What directory URIs, alternate numbers, advertised patterns and imported objects say. */
#include "own_records.h"

#include <string.h>

#include <sojourn/number_mask.h>

#include "resources/ils.h"

static const struct {
    const sj_resource_meta *meta;
    const char *title;
} sources[ILS_SOURCES] = {
    [ILS_OWN_URI] = {&sj_directory_uri_meta, "the directory URI"},
    [ILS_OWN_NUMBER] = {&sj_alternate_number_meta, "the alternate number"},
    [ILS_OWN_PATTERN] = {&sj_advertised_pattern_meta, "the advertised pattern"},
    [ILS_IMPORTED_URI] = {&sj_imported_directory_uri_meta, ""},
    [ILS_IMPORTED_NUMBER] = {&sj_imported_number_meta, ""},
    [ILS_IMPORTED_PATTERN] = {&sj_imported_pattern_meta, ""},
};

const sj_resource_meta *ils_source_meta(enum ils_source source) {
    return sources[source].meta;
}

enum ils_source ils_source_of(const char *resource) {
    enum ils_source source = ILS_OWN_URI;
    while (source < ILS_SOURCES && strcmp(resource, sources[source].meta->record->name) != 0) {
        source++;
    }
    return source;
}

void ils_record_key(enum ils_source source, const void *record, char key[ILS_RECORD_KEY]) {
    const char *first = "", *second = NULL;
    switch (source) {
    case ILS_OWN_URI:
        first = ((const sj_directory_uri *)record)->user;
        second = ((const sj_directory_uri *)record)->host;
        break;
    case ILS_OWN_NUMBER:
        first = ((const sj_alternate_number *)record)->mask;
        second = ((const sj_alternate_number *)record)->directory_number;
        break;
    case ILS_OWN_PATTERN: first = ((const sj_advertised_pattern *)record)->pattern; break;
    case ILS_IMPORTED_URI:
        first = ((const sj_imported_directory_uri *)record)->user;
        second = ((const sj_imported_directory_uri *)record)->host;
        break;
    case ILS_IMPORTED_NUMBER: first = ((const sj_imported_number *)record)->number; break;
    case ILS_IMPORTED_PATTERN: first = ((const sj_imported_pattern *)record)->pattern; break;
    case ILS_SOURCES: break;
    }
    (void)snprintf(key, ILS_RECORD_KEY, "%s%s%s", first, second != NULL ? "@" : "",
                   sj_or_empty(second));
}

static void say_failover(struct ils_said *said, const char *number) {
    said->fact.failover = number[0] != '\0';
    said->fact.number = number;
}

static void say_pattern(struct ils_said *said, sj_ils_pattern_failover failover, int64_t strip,
                        const char *prepend) {
    const bool strips = failover == SJ_ILS_PATTERN_FAILOVER_STRIP_AND_PREPEND;
    said->fact.failover = strips || failover == SJ_ILS_PATTERN_FAILOVER_PATTERN_AS_NUMBER;
    said->fact.strip = strips ? (uint8_t)strip : 0;
    said->fact.number = strips ? prepend : "";
}

void ils_record_says(enum ils_source source, const void *record, struct ils_said *said) {
    *said = (struct ils_said){.advertised = true, .catalog = "", .fact.route = ""};
    switch (source) {
    case ILS_OWN_URI: {
        const sj_directory_uri *uri = record;
        said->advertised = uri->advertise_globally;
        say_failover(said, uri->pstn_failover);
        break;
    }
    case ILS_OWN_NUMBER: {
        const sj_alternate_number *alternate = record;
        said->advertised = alternate->advertise_globally;
        say_failover(said, alternate->pstn_failover);
        break;
    }
    case ILS_OWN_PATTERN: {
        const sj_advertised_pattern *one = record;
        say_pattern(said, one->pstn_failover, one->strip_digits, one->prepend_digits);
        break;
    }
    case ILS_IMPORTED_URI: {
        const sj_imported_directory_uri *uri = record;
        said->catalog = uri->catalog;
        say_failover(said, uri->pstn_failover);
        break;
    }
    case ILS_IMPORTED_NUMBER: {
        const sj_imported_number *number = record;
        said->catalog = number->catalog;
        say_failover(said, number->pstn_failover);
        break;
    }
    case ILS_IMPORTED_PATTERN: {
        const sj_imported_pattern *one = record;
        said->catalog = one->catalog;
        say_pattern(said, one->pstn_failover, one->strip_digits, one->prepend_digits);
        break;
    }
    case ILS_SOURCES: break;
    }
}

/* The number of an alternate number, whose key is mask and directory number. */
static void alternate_of(const char *record_key, char number[2 * ILS_RECORD_KEY]) {
    char mask[ILS_RECORD_KEY];
    const char *at = strrchr(record_key, '@');
    (void)snprintf(mask, sizeof mask, "%.*s", (int)(at - record_key), record_key);
    sj_number_mask(mask, at + 1, number, (size_t)2 * ILS_RECORD_KEY);
}

int ils_record_makes(enum ils_source source, const char *record_key, enum ils_kind *kind,
                     char key[ILS_KEY_MAX + 1], sj_error *error) {
    char number[2 * ILS_RECORD_KEY];
    const char *text = record_key;
    switch (source) {
    case ILS_OWN_URI:
    case ILS_IMPORTED_URI: *kind = ILS_DIRECTORY_URI; break;
    case ILS_OWN_NUMBER:
        alternate_of(record_key, number);
        text = number;
        *kind = number[0] == '+' ? ILS_E164_NUMBER : ILS_ENTERPRISE_NUMBER;
        break;
    case ILS_IMPORTED_NUMBER:
        *kind = text[0] == '+' ? ILS_E164_NUMBER : ILS_ENTERPRISE_NUMBER;
        break;
    default: *kind = text[0] == '+' ? ILS_E164_PATTERN : ILS_ENTERPRISE_PATTERN;
    }
    return ils_canonical(*kind, text, key, error);
}

void ils_record_title(enum ils_source source, const char *record_key, const char *catalog,
                      char title[ILS_RECORD_ROOM]) {
    if (ils_source_is_imported(source)) {
        (void)snprintf(title, ILS_RECORD_ROOM, "%.90s of the catalog %.50s", record_key, catalog);
    } else {
        (void)snprintf(title, ILS_RECORD_ROOM, "%s %.120s", sources[source].title, record_key);
    }
}
