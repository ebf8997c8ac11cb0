/* The headers of W3C Trace Context between clusters: `traceparent` names the trace, `tracestate:
 * sojourn=N` how far its clock (host/telemetry/trace_clock.h) has come. Pure. */
#ifndef SJ_HOST_HTTP_TRACE_CONTEXT_H
#define SJ_HOST_HTTP_TRACE_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#define SJ_TRACE_STATE_ROOM 32

/* The trace id of "00-<32 hex>-<16 hex>-<2 hex>"; false, and an empty id, for anything else. */
bool sj_trace_context_id(const char *traceparent, char id[33]);
/* The number of the member `sojourn` among those of a tracestate; 0 when there is none. */
int64_t sj_trace_context_order(const char *tracestate);
/* The value of a tracestate that says `order`. */
const char *sj_trace_context_state(int64_t order, char text[SJ_TRACE_STATE_ROOM]);

#endif
