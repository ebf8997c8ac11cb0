/* Replaces minutes by H:MM and ranges by words in a record that was received. */
#include "host/cli/readable.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "host/cli/catalogue.h"

enum { RANGE = 512 };

static bool is_minutes(const cJSON *field) {
    return strcmp(cli_text(field, "type"), "minutes") == 0;
}

static void number_text(const cJSON *number, bool minutes, char *out, size_t room) {
    const double value = number->valuedouble;
    if (minutes && value >= 0 && value < 1e15) {
        (void)snprintf(out, room, "%lld:%02lld", (long long)value / 60, (long long)value % 60);
    } else {
        (void)snprintf(out, room, "%.15g", value);
    }
}

static void make_minutes(cJSON *object, const char *name) {
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(object, name);
    char text[40];
    if (cJSON_IsNumber(number)) {
        number_text(number, true, text, sizeof text);
        (void)cJSON_ReplaceItemInObjectCaseSensitive(object, name, cJSON_CreateString(text));
    }
}

void cli_make_record_readable(const cJSON *resource, cJSON *record) {
    const cJSON *field;
    cJSON_ArrayForEach(field, cJSON_GetObjectItemCaseSensitive(resource, "fields")) {
        if (is_minutes(field)) {
            make_minutes(record, cli_text(field, "name"));
        }
    }
}

static void range_text(const cJSON *field, const cJSON *param, char out[RANGE]) {
    const cJSON *minimum = cJSON_GetObjectItemCaseSensitive(param, "minimum"),
                *maximum = cJSON_GetObjectItemCaseSensitive(param, "maximum"), *choice;
    const char *unit = is_minutes(field)                              ? "" /* HHH:MM */
                       : strcmp(cli_text(field, "type"), "text") == 0 ? "bytes"
                                                                      : cli_text(param, "unit");
    const char *gap = unit[0] != '\0' ? " " : "";
    char from[40] = "", to[40] = "";
    size_t at = 0;
    out[0] = '\0';
    cJSON_ArrayForEach(choice, cJSON_GetObjectItemCaseSensitive(param, "choices")) {
        int added =
            snprintf(out + at, RANGE - at, "%s%s", at > 0 ? " | " : "", choice->valuestring);
        at = added < 0 || (size_t)added >= RANGE - at ? RANGE - 1 : at + (size_t)added;
    }
    if (cJSON_IsNumber(minimum)) {
        number_text(minimum, is_minutes(field), from, sizeof from);
    }
    if (cJSON_IsNumber(maximum)) {
        number_text(maximum, is_minutes(field), to, sizeof to);
    }
    if (at == 0 && from[0] != '\0') {
        (void)snprintf(out, RANGE, to[0] != '\0' ? "%s to %s%s%s" : "from %s%s%s%s", from, to, gap,
                       unit);
    }
}

static const cJSON *field_of(const cJSON *catalogue, const cJSON *param) {
    const cJSON *one;
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(catalogue, "parameters")) {
        if (strcmp(cli_text(one, "symbol"), cli_text(param, "symbol")) == 0 &&
            strcmp(cli_text(one, "service"), cli_text(param, "service")) == 0) {
            return cJSON_GetObjectItemCaseSensitive(one, "field");
        }
    }
    return NULL;
}

void cli_make_param_readable(const cJSON *catalogue, cJSON *param) {
    const cJSON *field = field_of(catalogue, param);
    char range[RANGE];
    range_text(field, param, range);
    if (is_minutes(field)) {
        make_minutes(param, "value");
        make_minutes(param, "default");
    }
    cJSON_DeleteItemFromObjectCaseSensitive(param, "minimum");
    cJSON_DeleteItemFromObjectCaseSensitive(param, "maximum");
    cJSON_DeleteItemFromObjectCaseSensitive(param, "choices");
    if (range[0] != '\0') {
        (void)cJSON_AddItemToObject(param, "range", cJSON_CreateString(range));
    }
}
