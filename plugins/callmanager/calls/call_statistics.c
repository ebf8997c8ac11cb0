/* Publishes the statistics of media. Whose they are is copied before the call is gone. */
#include "calls/call_statistics.h"
#include "calls/call_discretion.h"
#include "events/call.h"
#include "parameters/call_manager.h"
#include "sip/media_statistics.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

struct call_farewell {
    struct call_manager *manager;
    bool calling;
    char call_id[SIP_TAG], trace_id[33];
    char device_name[130], number[DIGITS_MAX], partition[130];
    bool hidden; /* the number is withheld */
};

static void fill(struct call_farewell *farewell, const struct call_leg *leg) {
    const struct call *call = leg->call;
    const char *at = strchr(sj_or_empty(leg->line_key), '@');
    const char *number =
        leg->caller ? call->original_calling[0] != '\0' ? call->original_calling : call->calling
        : call->route != NULL && !call->redirection.turned ? call->route->digits
                                                           : call->called; /* who has retrieved */
    farewell->manager = leg->manager;
    farewell->calling = leg->caller;
    (void)snprintf(farewell->call_id, sizeof farewell->call_id, "%s", call->id);
    (void)snprintf(farewell->trace_id, sizeof farewell->trace_id, "%s", call->trace_id);
    (void)snprintf(farewell->device_name, sizeof farewell->device_name, "%s",
                   sj_or_empty(leg->device_name));
    (void)snprintf(farewell->number, sizeof farewell->number, "%s", number);
    farewell->hidden = call_discretion_hides(call, leg->caller);
    (void)snprintf(farewell->partition, sizeof farewell->partition, "%s", at != NULL ? at + 1 : "");
}

static void publish(const struct call_farewell *farewell, const struct sip_message *message) {
    const struct call_manager *manager = farewell->manager;
    struct media_statistics statistics;
    if (!media_statistics_read(message, &statistics)) {
        return;
    }
    const sj_call_statistics event = {
        .call_id = farewell->call_id,
        .calling = farewell->calling,
        .device_name = farewell->device_name,
        .number = farewell->hidden ? CALL_WITHHELD : farewell->number,
        .withheld_number =
            farewell->hidden && call_discretion_records(manager) ? farewell->number : "",
        .partition = farewell->partition,
        .at_ms = sj_wall_ms(manager->scope),
        .packets_sent = statistics.packets_sent,
        .octets_sent = statistics.octets_sent,
        .packets_received = statistics.packets_received,
        .octets_received = statistics.octets_received,
        .packets_lost = statistics.packets_lost,
        .jitter_ms = statistics.jitter_ms,
        .latency_ms = statistics.latency_ms,
        .duration_s = statistics.duration_s,
        .metrics = statistics.metrics,
        .trace_id = farewell->trace_id};
    sj_publish_call_statistics(manager->scope, manager->call_statistics, &event);
}

static bool is_wanted(const struct call_leg *leg) {
    return leg->call != NULL && sj_param_ccm_call_diagnostics_enabled(leg->manager->scope);
}

void call_statistics_note(const struct call_leg *leg, const struct sip_message *request) {
    struct call_farewell farewell;
    if (is_wanted(leg)) {
        fill(&farewell, leg);
        publish(&farewell, request);
    }
}

struct call_farewell *call_statistics_await(const struct call_leg *leg) {
    struct call_farewell *farewell = is_wanted(leg) ? malloc(sizeof *farewell) : NULL;
    if (farewell != NULL) {
        fill(farewell, leg);
    }
    return farewell;
}

static void on_response(void *user, struct sip_transaction *transaction,
                        const struct sip_message *response) {
    (void)transaction;
    if (user != NULL && response->status >= 200 && response->status < 300) {
        publish(user, response);
    }
}

static void on_timeout(void *user, struct sip_transaction *transaction) {
    (void)user; /* it has said nothing */
    (void)transaction;
}

static void on_ended(void *user, struct sip_transaction *transaction) {
    (void)transaction;
    free(user);
}

const struct sip_transaction_events call_statistics_events = {on_response, on_timeout, on_ended};

void call_statistics_forget(struct call_farewell *farewell) {
    free(farewell);
}
