/* Declared commands over HTTP: POST /api/v1/do/<words>, the body the request's fields. */
#include "host/rest/commands.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sojourn/base/nearest.h>

#include "host/bus/bus.h"
#include "host/http/server.h"
#include "host/record/json.h"
#include "host/record/record.h"
#include "host/rest/asker.h"
#include "host/rest/durable_reply.h"
#include "host/rest/idempotency.h"
#include "host/rest/internal.h"
#include "host/rest/query.h"
#include "host/rest/reply.h"

/* Whoever did it, and whatever was written for it: it is on the disk before the answer leaves. */
static void answered(void *user, int status, const sj_error *error, const char *json) {
    struct rest_durable *durable = user;
    sj_text body = {0};
    if (status == SJ_E_TIMEOUT) {
        sj_error late;
        (void)sj_error_set(&late, status,
                           "%.400s; it is not withdrawn: what was asked may still be done",
                           error->text);
        rest_durable_fail(durable, &late);
        return;
    }
    if (status != SJ_OK) {
        rest_durable_fail(durable, error);
        return;
    }
    sj_text_puts(&body, json);
    rest_durable_reply(durable, 200, &body, NULL);
}

static void unknown_command(struct rest *rest, sj_http_request *request, const char *words) {
    const sj_request_meta *meta;
    struct sj_nearest nearest;
    char hint[SJ_NEAREST_HINT];
    sj_error error;
    sj_nearest_begin(&nearest, words);
    for (size_t i = 0; (meta = sj_catalog_request_at(rest->catalog, i)) != NULL; i++) {
        if (meta->command[0] != '\0') {
            sj_nearest_offer(&nearest, meta->command);
        }
    }
    (void)sj_error_set(&error, SJ_E_NOT_FOUND, "there is no command \"%s\"%s", words,
                       sj_nearest_hint(&nearest, hint));
    rest_reply_error(request, &error);
}

static const char endless[] = "1e9999", endless_below[] = "-1e999";

static void remove_members(cJSON *object, const char *name) {
    cJSON *next;
    for (cJSON *member = object->child; member != NULL; member = next) {
        next = member->next;
        if (strcasecmp(member->string, name) == 0) {
            cJSON_Delete(cJSON_DetachItemViaPointer(object, member));
        }
    }
}

/* Numbers that no double holds are written as such, and not as null, which would be no value. */
static void keep_endless_numbers(cJSON *value) {
    for (cJSON *item = value->child; item != NULL; item = item->next) {
        if (cJSON_IsNumber(item) && !isfinite(item->valuedouble)) {
            item->valuestring = cJSON_malloc(sizeof endless);
            item->type = item->valuestring != NULL ? cJSON_Raw : item->type;
            if (item->valuestring != NULL) {
                memcpy(item->valuestring, item->valuedouble > 0 ? endless : endless_below,
                       sizeof endless);
            }
        }
        keep_endless_numbers(item);
    }
}

/* A text of a request that is declared read_only says who asks: the node fills it in, whatever the
 * client wrote there. Free with cJSON_free; NULL: none is declared, the body is no object, or out
 * of memory; then it is left to the bus to say so. */
static char *with_asker(sj_http_request *request, const sj_record_meta *meta, cJSON *body) {
    char name[REST_ASKER];
    bool filled = false;
    for (size_t i = 0; cJSON_IsObject(body) && i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        if ((field->flags & SJ_FIELD_READ_ONLY) != 0 && sj_type_is_text(field->type)) {
            remove_members(body, field->name);
            filled = cJSON_AddStringToObject(body, field->name, rest_asker(request, name)) != NULL;
        }
    }
    if (filled) {
        keep_endless_numbers(body);
    }
    return filled ? cJSON_PrintUnformatted(body) : NULL;
}

/* Logs who gives a command, with the words that say to what; long ones (the text of a policy),
 * secrets, and codes behind the # of what is dialled are left out. */
static void log_command(const struct rest *rest, sj_http_request *request,
                        const sj_request_meta *meta, const cJSON *body) {
    enum { LONGEST = 64 };
    sj_text what = {0};
    const char *word = meta->positional;
    sj_text_printf(&what, "command \"%s", meta->command);
    while (*word != '\0') {
        char name[64];
        const size_t length = strcspn(word, " ");
        (void)snprintf(name, sizeof name, "%.*s", (int)length, word);
        const sj_field *field = sj_record_field(meta->request, name);
        const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(body, name));
        if (text != NULL && strlen(text) <= LONGEST && field != NULL &&
            field->type != SJ_TYPE_SECRET) {
            const bool dialled = strcmp(field->format, "digits") == 0;
            const size_t shown = dialled ? strcspn(text, "#") : strlen(text);
            sj_text_printf(&what, " %.*s", (int)shown, text);
        }
        word += length;
        word += strspn(word, " ");
    }
    sj_text_puts(&what, "\" is given");
    rest_log_change(rest, request, what.data != NULL ? what.data : meta->command);
    sj_text_clear(&what);
}

/* What the service is asked, it is asked once for each Idempotency-Key; a body that it never sees
 * leaves the key unused. */
static void ask(struct rest *rest, sj_http_request *request, const sj_request_meta *meta,
                const char *json, struct rest_once *once) {
    struct rest_durable *durable = rest_durable_begin(rest, request);
    sj_error error;
    if (durable == NULL) {
        rest_once_forget(once);
    } else if (sj_bus_ask_json(rest->node, meta->name, json, answered, durable, &error) != SJ_OK) {
        rest_once_forget(once);
        rest_durable_fail(durable, &error);
    } else {
        rest_durable_remember(durable, once);
    }
}

void rest_do(struct rest *rest, sj_http_request *request, const char *path) {
    const sj_request_meta *meta;
    struct rest_once *once;
    char words[128];
    sj_error error;
    (void)snprintf(words, sizeof words, "%s", path);
    for (char *c = words; *c != '\0'; c++) {
        if (*c == '/') {
            *c = ' ';
        }
    }
    meta = sj_catalog_command(rest->catalog, words);
    if (meta == NULL) {
        unknown_command(rest, request, words);
        return;
    }
    const char *given = request->body_length > 0 ? request->body : "{}";
    cJSON *body = sj_json_parse(
        given, request->body_length > 0 ? request->body_length : strlen(given), &error);
    if (body == NULL) {
        rest_reply_error(request, &error);
        return;
    }
    if (!rest_once_begin(rest, request, &once)) {
        cJSON_Delete(body);
        return;
    }
    if ((meta->flags & SJ_REQUEST_TELLS) == 0) {
        log_command(rest, request, meta, body);
    }
    char *text = with_asker(request, meta->request, body);
    cJSON_Delete(body);
    ask(rest, request, meta, text != NULL ? text : given, once);
    cJSON_free(text);
}
