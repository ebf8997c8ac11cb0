/* The host's function table. Every member of sj_host is set here, in the header's order. */
#include "host/node/host_table.h"

#include "host/bus/bus.h"
#include "host/core/scope.h"
#include "host/core/timers.h"
#include "host/http/client.h"
#include "host/http/server.h"
#include "host/net/resolver.h"
#include "host/net/stream.h"
#include "host/net/udp.h"
#include "host/params/params.h"
#include "host/policy/service.h"
#include "host/record/json.h"
#include "host/record/record.h"
#include "host/record/time_zones.h"
#include "host/secret/secret.h"
#include "host/store/store.h"
#include "host/telemetry/log.h"
#include "host/telemetry/log_limit.h"
#include "host/telemetry/metrics.h"
#include "host/telemetry/trace.h"
#include "host/tls/context.h"
#include "host/work/jobs.h"

void sj_table_fill(sj_host *table) {
    table->scope_open = sj_host_scope_open;
    table->scope_close = sj_host_scope_close;
    table->scope_alloc = sj_host_scope_alloc;
    table->scope_strdup = sj_host_scope_strdup;
    table->scope_hold = sj_host_scope_hold;
    table->handle_close = sj_host_handle_close;

    table->log = sj_host_log;
    table->log_enabled = sj_host_log_enabled;
    table->log_limited = sj_host_log_limited;
    table->trace_step = sj_host_trace_step;
    table->trace_steps = sj_host_trace_steps;
    table->trace_records = sj_host_trace_records;

    table->event_topic = sj_host_event_topic;
    table->event_publish = sj_host_event_publish;
    table->event_subscribe = sj_host_event_subscribe;
    table->request_ask = sj_host_request_ask;
    table->request_answer = sj_host_request_answer;
    table->question_reply = sj_host_question_reply;
    table->question_fail = sj_host_question_fail;

    table->clock_monotonic_ms = sj_host_clock_monotonic_ms;
    table->clock_wall_ms = sj_host_clock_wall_ms;
    table->timer_start = sj_host_timer_start;
    table->timer_again = sj_host_timer_again;
    table->job_run = sj_host_job_run;

    table->udp_open = sj_host_udp_open;
    table->udp_send = sj_host_udp_send;
    table->udp_local = sj_host_udp_local;
    table->udp_close = sj_host_udp_close;
    table->udp_on_undelivered = sj_host_udp_on_undelivered;
    table->stream_listen = sj_host_stream_listen;
    table->stream_connect = sj_host_stream_connect;
    table->stream_set = sj_host_stream_set;
    table->stream_write = sj_host_stream_write;
    table->stream_pending = sj_host_stream_pending;
    table->stream_peer = sj_host_stream_peer;
    table->stream_close = sj_host_stream_close;

    table->http_route = sj_host_http_route;
    table->http_listen = sj_host_http_listen;
    table->http_param = sj_host_http_param;
    table->http_header = sj_host_http_header;
    table->http_reply = sj_host_http_reply;
    table->http_fetch = sj_host_http_fetch;

    table->store_get = sj_host_store_get;
    table->store_list = sj_host_store_list;
    table->store_count = sj_host_store_count;
    table->store_put = sj_host_store_put;
    table->store_delete = sj_host_store_delete;
    table->store_begin = sj_host_store_begin;
    table->store_commit = sj_host_store_commit;
    table->store_rollback = sj_host_store_rollback;
    table->record_free = sj_host_record_free;
    table->list_free = sj_host_list_free;
    table->record_to_json = sj_host_record_to_json;
    table->record_from_json = sj_host_record_from_json;
    table->text_free = sj_host_text_free;

    table->param_integer = sj_host_param_integer;
    table->param_text = sj_host_param_text;
    table->policy_decide = sj_host_policy_decide;

    table->metric = sj_host_metric;
    table->metric_add = sj_host_metric_add;
    table->metric_set = sj_host_metric_set;

    table->secret_hash = sj_host_secret_hash;
    table->secret_verify = sj_host_secret_verify;
    table->secret_verify_for = sj_host_secret_verify_for;
    table->random_bytes = sj_host_random_bytes;

    table->identity_pem = sj_host_identity_pem;
    table->identities_prepare = sj_host_identities_prepare;

    table->dns_ask = sj_host_dns_ask;
    table->stream_connect_tls = sj_host_stream_connect_tls;
    table->stream_tls_peer = sj_host_stream_tls_peer;
    table->stream_tls_verify = sj_host_stream_tls_verify;
    table->stream_tls_channel = sj_host_stream_tls_channel;
    table->http_tls_channel = sj_host_http_tls_channel;
    table->time_zone_offset = sj_time_zone_offset_at;
    table->store_on_removal = sj_host_store_on_removal;
}
