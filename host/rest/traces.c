/* The steps of a trace, as JSON. */
#include "host/rest/traces.h"

#include "host/record/formats.h"
#include "host/rest/internal.h"
#include "host/rest/reply.h"
#include "host/telemetry/trace.h"

static void add_step(void *user, const struct trace_step *step) {
    sj_text *json = user;
    char when[SJ_TIME_TEXT];
    sj_time_text(step->wall_ms, when);
    sj_text_printf(json,
                   "%s{\"time\":\"%s\",\"plugin\":", json->data[json->length - 1] == '[' ? "" : ",",
                   when);
    sj_text_json(json, step->who);
    sj_text_puts(json, ",\"text\":");
    sj_text_json(json, step->text);
    sj_text_char(json, '}');
}

void rest_trace(struct rest *rest, sj_http_request *request, const char *id) {
    sj_text json = {0};
    sj_error error;
    if (!sj_trace_id_valid(id)) {
        (void)sj_error_set(&error, SJ_E_INVALID,
                           "expected a trace id of 32 hexadecimal digits (0-9, a-f), not all of "
                           "them zeros, got \"%.60s\"",
                           id);
        rest_reply_error(request, &error);
        return;
    }
    sj_text_printf(&json, "{\"trace_id\":\"%s\",\"steps\":[", id);
    if (sj_trace_visit(rest->node, id, add_step, &json) == 0) {
        sj_text_clear(&json);
        (void)sj_error_set(&error, SJ_E_NOT_FOUND, "no step of the trace %s is held on this node",
                           id);
        rest_reply_error(request, &error);
        return;
    }
    sj_text_puts(&json, "]}");
    rest_reply_json(request, 200, &json);
}
