/* What the log and the metrics hear of refusals. */
#include "core/refusals.h"

#include <sojourn/base/hash.h>

#include <stdio.h>

enum { MINUTE_MS = 60 * 1000, LINES_A_MINUTE = 20, SOURCES = 4096 };

static const char *const kind_names[REFUSAL_KINDS] = {
    "call",       "digest", "feature", "dialog",       "move",
    "connection", "phone",  "flood",   "subscription", "alarm"};

bool refusals_open(struct call_manager *manager) {
    for (int i = 0; i < REFUSAL_KINDS; i++) {
        char name[80];
        (void)snprintf(name, sizeof name, "sojourn_ccm_refusals_total{kind=\"%s\"}", kind_names[i]);
        manager->metric_refusals[i] =
            sj_metric_new(manager->scope, SJ_COUNTER, name, "Requests refused, by kind");
    }
    return rate_limit_init(&manager->refusal_lines, SOURCES, 1, MINUTE_MS) &&
           rate_limit_init(&manager->refusal_kinds, 16, LINES_A_MINUTE,
                           (double)MINUTE_MS / LINES_A_MINUTE);
}

void refusals_close(struct call_manager *manager) {
    rate_limit_free(&manager->refusal_lines);
    rate_limit_free(&manager->refusal_kinds);
}

uint64_t refusals_source(const struct sip_flow *flow) {
    return flow->remote.any.sa_family == AF_INET6 ? sj_hash_keyed(&flow->remote.v6.sin6_addr, 8)
                                                  : sj_hash_keyed(&flow->remote.v4.sin_addr, 4);
}

bool refusals_note(struct call_manager *manager, enum refusal_kind kind,
                   const struct sip_flow *flow, const char *format, ...) {
    const uint64_t source = refusals_source(flow), now = sj_monotonic_ms(manager->scope);
    char text[600], address[SJ_ADDRESS_TEXT], more[100] = "";
    uint32_t held = 0, others = 0;
    va_list arguments;
    sj_metric_add(manager->scope, manager->metric_refusals[kind], 1);
    if (!rate_limit_take(&manager->refusal_lines, sj_hash_with(source, kind), now, &held) ||
        !rate_limit_take(&manager->refusal_kinds, (uint64_t)kind + 1, now, &others)) {
        return false;
    }
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (held > 0 && others > 0) {
        (void)snprintf(more, sizeof more,
                       "; %u more from there and %u from others since the last line", held, others);
    } else if (held > 0 || others > 0) {
        (void)snprintf(more, sizeof more, "; %u more from %s since the last line", held + others,
                       held > 0 ? "there" : "others");
    }
    const int port = sj_address_format(&flow->remote, address, sizeof address);
    sj_log_warning(manager->scope, "%s (%s %s, port %d)%s", text,
                   sip_transport_text(flow->transport), address, port, more);
    return true;
}
