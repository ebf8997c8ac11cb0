/* The headers of W3C Trace Context. Pure. */
#include "host/http/trace_context.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/hex.h>

bool sj_trace_context_id(const char *traceparent, char id[33]) {
    static const char hex[] = SJ_HEX_SMALL;
    const bool good = strlen(traceparent) == 55 && strspn(traceparent, hex) == 2 &&
                      strspn(traceparent + 3, hex) == 32 && strspn(traceparent + 36, hex) == 16 &&
                      strspn(traceparent + 53, hex) == 2 && traceparent[2] == '-' &&
                      traceparent[35] == '-' && traceparent[52] == '-';
    (void)snprintf(id, 33, "%.32s", good ? traceparent + 3 : "");
    return good;
}

int64_t sj_trace_context_order(const char *tracestate) {
    static const char key[] = "sojourn=";
    for (const char *at = tracestate; *at != '\0';) {
        at += strspn(at, " \t,");
        const size_t length = strcspn(at, ",");
        if (strncmp(at, key, sizeof key - 1) == 0) {
            const char *number = at + sizeof key - 1;
            const size_t digits = strspn(number, "0123456789");
            const size_t end = digits + strspn(number + digits, " \t");
            return digits > 0 && digits < 19 && (number[end] == ',' || number[end] == '\0')
                       ? strtoll(number, NULL, 10)
                       : 0;
        }
        at += length;
    }
    return 0;
}

const char *sj_trace_context_state(int64_t order, char text[SJ_TRACE_STATE_ROOM]) {
    (void)snprintf(text, SJ_TRACE_STATE_ROOM, "sojourn=%" PRId64, order);
    return text;
}
