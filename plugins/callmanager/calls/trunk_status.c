/* Whether trunks can be reached. Sends OPTIONS through the transactions. */
#include "calls/trunk_status.h"
#include "calls/options.h"
#include "calls/sip_profiles.h"
#include "calls/trunk.h"
#include "calls/trunk_load.h"
#include "calls/trunk_registration.h"
#include "events/sip_trunk.h"

#include <stdio.h>
#include <stdlib.h>

enum { WARN_AGAIN_MS = 60 * 1000, ASKED_AT_MOST_MS = 5000 };

/* One sip_trunk.status that waits for what it has asked. */
struct trunk_question {
    sj_list_link link;
    struct call_manager *manager;
    sj_question *question;
    sj_handle *timer; /* NULL once it has fired */
    char name[130];
    unsigned pending;    /* answers that are waited for */
    unsigned references; /* probes under way, and whoever asks */
    bool answered;
};

/* One OPTIONS under way; the trunk may be removed meanwhile. */
struct trunk_probe {
    struct call_manager *manager;
    struct trunk_question *question; /* or NULL */
    char trunk[130];
    struct sip_flow flow;
};

bool trunk_timers(const struct call_manager *manager, const char *trunk, struct sip_timers *timers,
                  bool invite) {
    const sj_sip_profile *profile = sip_profile_of_trunk(manager, trunk);
    if (profile == NULL) {
        return false;
    }
    timers->first_ms = (uint32_t)profile->timer_t1_ms;
    timers->most_ms =
        (uint32_t)(profile->timer_t2_ms > profile->timer_t1_ms ? profile->timer_t2_ms
                                                               : profile->timer_t1_ms);
    timers->repeats = (unsigned)(invite ? profile->invite_retries : profile->non_invite_retries);
    return true;
}

int64_t trunk_invite_expires_s(const struct call_manager *manager, const char *trunk) {
    const sj_sip_profile *profile = sip_profile_of_trunk(manager, trunk);
    return profile == NULL ? 0 : profile->timer_invite_expires_s;
}

sj_sip_profile_rel1xx_options trunk_rel1xx(const struct call_manager *manager, const char *trunk) {
    const sj_sip_profile *profile = sip_profile_of_trunk(manager, trunk);
    return profile == NULL ? SJ_SIP_PROFILE_REL1XX_OPTIONS_DISABLED : profile->rel1xx_options;
}

bool trunk_needs_offer(const struct call_manager *manager, const char *trunk) {
    const sj_sip_profile *profile = sip_profile_of_trunk(manager, trunk);
    return profile != NULL &&
           profile->early_offer_support == SJ_SIP_PROFILE_EARLY_OFFER_SUPPORT_MANDATORY;
}

bool trunk_refreshes_by_invite(const struct call_manager *manager, const char *trunk) {
    const sj_sip_profile *profile = sip_profile_of_trunk(manager, trunk);
    return profile != NULL &&
           profile->session_refresh_method == SJ_SIP_PROFILE_SESSION_REFRESH_METHOD_INVITE;
}

bool trunk_sends_route_string(const struct call_manager *manager, const char *trunk) {
    const sj_sip_profile *profile = sip_profile_of_trunk(manager, trunk);
    return profile != NULL && profile->send_ils_learned_destination_route_string;
}

sj_sip_trunk_calling_and_connected_party_info_format
trunk_party_info_format(const struct call_manager *manager, const char *trunk) {
    const sj_sip_trunk *record = dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, trunk);
    return record == NULL ? SJ_SIP_TRUNK_CALLING_AND_CONNECTED_PARTY_INFO_FORMAT_DELIVER_DN_ONLY
                          : record->calling_and_connected_party_info_format;
}

/* Whether an answer to OPTIONS shows that the peer is out of service, as CUCM judges it. */
static bool is_out(int status) {
    return status == 408 || status == 503;
}

static bool wants_ping(const struct trunk_destination *destination) {
    const sj_sip_profile *profile = sip_profile_of_trunk(destination->manager, destination->trunk);
    return destination->cluster_id[0] == '\0' && profile != NULL && profile->options_ping;
}

/* ---- what was observed ---- */

static sj_trunk_reach reach_of(const struct trunk_destination *destination) {
    bool all_out = destination->count > 0;
    for (size_t i = 0; i < destination->count; i++) {
        if (destination->addresses[i].reach == SJ_TRUNK_REACH_REACHABLE) {
            return SJ_TRUNK_REACH_REACHABLE;
        }
        all_out = all_out && destination->addresses[i].reach == SJ_TRUNK_REACH_UNREACHABLE;
    }
    return all_out ? SJ_TRUNK_REACH_UNREACHABLE : SJ_TRUNK_REACH_UNKNOWN;
}

static void open_metrics(struct trunk_destination *destination) {
    char name[512], port_text[16] = "";
    if (destination->scope != NULL ||
        (destination->scope =
             sj_scope_open(destination->manager->scope, destination->trunk, NULL, NULL)) == NULL) {
        return;
    }
    if (destination->port != 0) {
        (void)snprintf(port_text, sizeof port_text, ":%d", destination->port);
    }
    (void)snprintf(name, sizeof name,
                   "sojourn_ccm_trunk_reachable{trunk=\"%s\",destination=\"%s%s\"}",
                   destination->trunk, destination->address, port_text);
    destination->reachable =
        sj_metric_new(destination->scope, SJ_GAUGE, name,
                      "Whether a trunk's destination could be reached, as last observed");
    (void)snprintf(name, sizeof name,
                   "sojourn_ccm_trunk_failures_total{trunk=\"%s\",destination=\"%s%s\"}",
                   destination->trunk, destination->address, port_text);
    destination->failures =
        sj_metric_new(destination->scope, SJ_COUNTER, name,
                      "Calls and OPTIONS pings that did not reach a trunk's destination");
}

static void publish(const struct trunk_destination *destination) {
    const sj_sip_trunk_changed event = {
        .trunk = destination->trunk,
        .address = destination->address,
        .port = destination->port,
        .transport = destination->transport,
        .reachable = destination->reach == SJ_TRUNK_REACH_REACHABLE,
        .observed_by = destination->by_call ? SJ_SIP_TRUNK_CHANGED_OBSERVED_BY_CALL
                                            : SJ_SIP_TRUNK_CHANGED_OBSERVED_BY_OPTIONS,
        .reason = destination->reason,
    };
    sj_publish_sip_trunk_changed(destination->manager->scope,
                                 destination->manager->trunk_destinations->changed, &event);
}

static void log_failure(struct trunk_destination *destination, const char *place,
                        const char *failure, bool news) {
    const uint64_t now = sj_monotonic_ms(destination->manager->scope);
    if (news || (destination->by_call && now - destination->warned_ms >= WARN_AGAIN_MS)) {
        destination->warned_ms = now;
        sj_log_warning(destination->manager->scope, "trunk %s cannot be reached at %s over %s: %s",
                       destination->trunk, place, sip_transport_text(destination->transport),
                       failure);
    } else {
        sj_log_debug(destination->manager->scope,
                     "trunk %s still cannot be reached at %s over %s: %s", destination->trunk,
                     place, sip_transport_text(destination->transport), failure);
    }
}

static void ping_later(struct trunk_destination *destination);

static void observe(struct trunk_destination *destination, const struct sip_flow *flow,
                    const char *failure, bool by_call) {
    const sj_trunk_reach before = destination->reach;
    char address[SJ_ADDRESS_TEXT], place[SJ_ADDRESS_TEXT + 16];
    const int port = sj_address_format(&flow->remote, address, sizeof address);
    bool news = false;
    for (size_t i = 0; i < destination->count; i++) {
        if (sj_address_equal(&destination->addresses[i].address, &flow->remote)) {
            const sj_trunk_reach now =
                failure == NULL ? SJ_TRUNK_REACH_REACHABLE : SJ_TRUNK_REACH_UNREACHABLE;
            news = destination->addresses[i].reach != now;
            destination->addresses[i].reach = now;
        }
    }
    open_metrics(destination);
    (void)snprintf(destination->asked, sizeof destination->asked, "%s:%d", address, port);
    (void)snprintf(place, sizeof place, "%s port %d", address, port);
    destination->by_call = by_call;
    destination->observed_ms = sj_wall_ms(destination->manager->scope);
    destination->reach = reach_of(destination);
    if (failure != NULL) {
        (void)snprintf(destination->reason, sizeof destination->reason, "%s over %s: %s", place,
                       sip_transport_text(destination->transport), failure);
        log_failure(destination, place, failure, news);
        if (destination->failures != NULL) {
            sj_metric_add(destination->manager->scope, destination->failures, 1);
        }
    }
    if (destination->reach == SJ_TRUNK_REACH_REACHABLE) {
        destination->reason[0] = '\0';
    }
    if (destination->reachable != NULL && destination->reach != SJ_TRUNK_REACH_UNKNOWN) {
        sj_metric_set(destination->manager->scope, destination->reachable,
                      destination->reach == SJ_TRUNK_REACH_REACHABLE ? 1 : 0);
    }
    if (destination->reach != before) {
        destination->since_ms = destination->observed_ms;
        if (wheel_timer_running(&destination->ping) && wants_ping(destination)) {
            ping_later(destination);
        }
        if (destination->reach == SJ_TRUNK_REACH_REACHABLE) {
            sj_log_info(destination->manager->scope, "trunk %s is reached%s at %s over %s",
                        destination->trunk, before == SJ_TRUNK_REACH_UNREACHABLE ? " again" : "",
                        place, sip_transport_text(destination->transport));
        }
        if (destination->reach != SJ_TRUNK_REACH_UNKNOWN) {
            publish(destination);
        }
    }
}

void trunk_status_by_call(struct call_manager *manager, const char *trunk,
                          const struct sip_flow *flow, const char *failure) {
    struct trunk_destination *destination = trunk_destination_of(manager, trunk, flow);
    if (destination != NULL) {
        observe(destination, flow, failure, true);
    }
}

void trunk_status_unresolved(struct trunk_destination *destination) {
    const bool news = destination->reach != SJ_TRUNK_REACH_UNREACHABLE;
    destination->reach = SJ_TRUNK_REACH_UNREACHABLE;
    destination->observed_ms = sj_wall_ms(destination->manager->scope);
    destination->by_call = false;
    destination->asked[0] = '\0';
    (void)snprintf(destination->reason, sizeof destination->reason, "%s", destination->unresolved);
    open_metrics(destination);
    if (destination->reachable != NULL) {
        sj_metric_set(destination->manager->scope, destination->reachable, 0);
    }
    if (news) {
        destination->since_ms = destination->observed_ms;
        publish(destination);
    }
}

/* ---- OPTIONS ---- */

static void question_release(struct trunk_question *query);
static void question_heard(struct trunk_question *query);

static void probe_over(const struct trunk_probe *probe, const char *failure) {
    struct trunk_destination *destination =
        trunk_destination_of(probe->manager, probe->trunk, &probe->flow);
    if (destination != NULL) {
        observe(destination, &probe->flow, failure, false);
    }
    if (probe->question != NULL) {
        question_heard(probe->question);
    }
}

static void probe_response(void *user, struct sip_transaction *transaction,
                           const struct sip_message *response) {
    char failure[160];
    (void)transaction;
    if (response->status >= 200) {
        (void)snprintf(failure, sizeof failure, "it answers OPTIONS with %d %s", response->status,
                       sip_reason_phrase(response->status));
        probe_over(user, is_out(response->status) ? failure : NULL);
    }
}

static void probe_timeout(void *user, struct sip_transaction *transaction) {
    const struct trunk_probe *probe = user;
    const char *failure = sip_transaction_failure(transaction);
    if (failure[0] == '\0') {
        failure = sip_transport_connected(&probe->manager->transport, &probe->flow)
                      ? "it does not answer OPTIONS"
                      : sip_transport_silence(&probe->manager->transport, &probe->flow);
    }
    probe_over(probe, failure);
}

static void probe_ended(void *user, struct sip_transaction *transaction) {
    struct trunk_probe *probe = user;
    (void)transaction;
    if (probe->question != NULL) {
        question_release(probe->question);
    }
    free(probe);
}

static const struct sip_transaction_events probe_events = {probe_response, probe_timeout,
                                                           probe_ended};

/* Asks all addresses of a destination. */
static void ask_destination(struct trunk_destination *destination,
                            struct trunk_question *question) {
    const sj_sip_profile *profile = sip_profile_of_trunk(destination->manager, destination->trunk);
    struct sip_timers timers = {500, 500, 6};
    if (profile != NULL) {
        timers.first_ms = timers.most_ms = (uint32_t)profile->options_ping_retry_timer_ms;
        timers.repeats = (unsigned)profile->options_ping_retry_count;
    }
    for (size_t i = 0; i < destination->count; i++) {
        const struct sip_flow flow =
            sip_flow_to(destination->transport, &destination->addresses[i].address);
        struct trunk_probe *probe = calloc(1, sizeof *probe);
        struct call_target target;
        if (probe == NULL) {
            sj_log_error(destination->manager->scope, "trunk %s: no memory to ask %s",
                         destination->trunk, destination->address);
            return;
        }
        probe->manager = destination->manager;
        probe->question = question;
        probe->flow = flow;
        (void)snprintf(probe->trunk, sizeof probe->trunk, "%s", destination->trunk);
        if (question != NULL) {
            question->pending++;
            question->references++;
        }
        if (!trunk_make_target(&target, destination, &destination->addresses[i].address, "") ||
            !options_send(destination->manager, target.uri, &flow, sip_text_of(""), &timers,
                          &probe_events, probe)) {
            if (question != NULL) {
                question->pending--;
                question->references--;
            }
            free(probe);
        }
    }
}

static void ping(struct wheel_timer *timer) {
    struct trunk_destination *destination = SJ_OWNER(timer, struct trunk_destination, ping);
    if (wants_ping(destination)) {
        ping_later(destination);
        ask_destination(destination, NULL);
    }
}

static void ping_later(struct trunk_destination *destination) {
    const sj_sip_profile *profile = sip_profile_of_trunk(destination->manager, destination->trunk);
    const int64_t wait_s = destination->reach == SJ_TRUNK_REACH_UNREACHABLE
                               ? profile->options_ping_out_of_service_interval_s
                               : profile->options_ping_interval_s;
    timer_wheel_start(&destination->manager->slow.wheel, &destination->ping,
                      sj_monotonic_ms(destination->manager->scope), (uint64_t)wait_s * 1000, ping);
}

void trunk_status_begin(struct trunk_destination *destination) {
    if (wants_ping(destination)) {
        timer_wheel_start(&destination->manager->slow.wheel, &destination->ping,
                          sj_monotonic_ms(destination->manager->scope), 0, ping);
    }
}

void trunk_status_again(struct trunk_destination *destination) {
    if (destination->count > 0 && !wheel_timer_running(&destination->ping)) {
        trunk_status_begin(destination);
    }
}

/* ---- sip_trunk.status ---- */

typedef sj_sip_trunk_status_reply_trunk trunk_row;
typedef sj_sip_trunk_status_reply_trunk_destination destination_row;

static void fill_destination(const struct trunk_destination *destination, destination_row *row) {
    row->address = destination->address;
    row->port = destination->port;
    row->transport = destination->transport;
    row->state = destination->reach;
    row->since = destination->since_ms;
    row->observed_at = destination->observed_ms;
    row->observed_by = destination->observed_ms == 0
                           ? SJ_SIP_TRUNK_STATUS_REPLY_TRUNK_DESTINATION_OBSERVED_BY_NOTHING
                       : destination->by_call
                           ? SJ_SIP_TRUNK_STATUS_REPLY_TRUNK_DESTINATION_OBSERVED_BY_CALL
                           : SJ_SIP_TRUNK_STATUS_REPLY_TRUNK_DESTINATION_OBSERVED_BY_OPTIONS;
    row->asked = destination->asked;
    row->reason = destination->reason;
    trunk_registration_fill(destination, row);
}

static void fill_trunk(struct call_manager *manager, const sj_sip_trunk *trunk, trunk_row *row,
                       destination_row *rows) {
    const struct trunk_destination *first = trunk_destinations_first(manager, trunk->name);
    const sj_sip_profile *profile = sip_profile_of_trunk(manager, trunk->name);
    size_t reached = 0, out = 0;
    row->name = trunk->name;
    row->options_ping = profile != NULL && profile->options_ping &&
                        trunk->trunk_service_type == SJ_SIP_TRUNK_SERVICE_TYPE_NONE;
    row->calls = (int64_t)trunk_load_calls(manager, trunk->name);
    row->maximum_calls = trunk->maximum_calls;
    row->reason = "";
    row->destinations = rows;
    for (const struct trunk_destination *destination = first;
         destination != NULL && strcmp(destination->trunk, trunk->name) == 0;
         destination = trunk_destinations_next(destination)) {
        fill_destination(destination, &rows[row->destinations_count++]);
        reached += destination->reach == SJ_TRUNK_REACH_REACHABLE;
        out += destination->reach == SJ_TRUNK_REACH_UNREACHABLE;
        if (destination->reason[0] != '\0') {
            row->reason = destination->reason;
        }
    }
    if (row->destinations_count == 0) {
        row->reason = trunk->trunk_service_type == SJ_SIP_TRUNK_SERVICE_TYPE_NONE
                          ? "it has no destination"
                          : "no node of a remote cluster for PSTN access is known, or PSTN access "
                            "is not active";
    } else if (reached + out == 0) {
        row->reason = "its destinations have not been tested yet";
    } else if (reached == row->destinations_count) {
        row->state = SJ_SIP_TRUNK_STATUS_REPLY_TRUNK_STATE_FULL_SERVICE;
    } else if (out == row->destinations_count) {
        row->state = SJ_SIP_TRUNK_STATUS_REPLY_TRUNK_STATE_NO_SERVICE;
    } else if (reached > 0) {
        row->state = SJ_SIP_TRUNK_STATUS_REPLY_TRUNK_STATE_PARTIAL_SERVICE;
    }
}

static void reply(struct trunk_question *query, trunk_row *rows, destination_row *destinations) {
    struct call_manager *manager = query->manager;
    size_t count = 0, used = 0;
    const sj_list_link *link = NULL;
    const sj_sip_trunk *trunk;
    sj_sip_trunk_status_reply result;
    while ((trunk = dial_plan_walk(&manager->plan, PLAN_SIP_TRUNK, &link)) != NULL) {
        if (query->name[0] == '\0' || strcmp(query->name, trunk->name) == 0) {
            fill_trunk(manager, trunk, &rows[count], destinations + used);
            used += rows[count++].destinations_count;
        }
    }
    memset(&result, 0, sizeof result);
    result.trunks = rows;
    result.trunks_count = count;
    sj_reply_sip_trunk_status(manager->scope, query->question, &result);
}

static void answer(struct trunk_question *query) {
    struct call_manager *manager = query->manager;
    const size_t trunks = manager->plan.by_key[PLAN_SIP_TRUNK].count;
    size_t total = 0;
    sj_error error;
    query->answered = true;
    if (query->name[0] != '\0' &&
        dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, query->name) == NULL) {
        (void)sj_error_field(&error, SJ_E_NOT_FOUND, "name", "there is no SIP trunk %s",
                             query->name);
        sj_fail_error(manager->scope, query->question, &error);
        return;
    }
    for (const struct trunk_destination *destination = trunk_destinations_first(manager, NULL);
         destination != NULL; destination = trunk_destinations_next(destination)) {
        total++;
    }
    trunk_row *rows = calloc(trunks + 1, sizeof *rows);
    destination_row *destinations = calloc(total + 1, sizeof *destinations);
    if (rows == NULL || destinations == NULL) {
        sj_fail(manager->scope, query->question, SJ_E_NO_MEMORY, "out of memory");
    } else {
        reply(query, rows, destinations);
    }
    free(destinations);
    free(rows);
}

static void question_release(struct trunk_question *query) {
    if (--query->references == 0) {
        sj_list_remove(&query->link);
        free(query);
    }
}

static void question_heard(struct trunk_question *query) {
    if (--query->pending == 0 && !query->answered) {
        answer(query);
        sj_handle_close(query->manager->scope, query->timer);
        query->timer = NULL;
        question_release(query);
    }
}

static void waited_enough(void *user) {
    struct trunk_question *query = user;
    query->timer = NULL;
    answer(query);
    question_release(query);
}

static void on_status(void *user, sj_question *question, const sj_sip_trunk_status *request) {
    struct call_manager *manager = user;
    struct trunk_question *query = calloc(1, sizeof *query);
    if (query == NULL) {
        sj_fail(manager->scope, question, SJ_E_NO_MEMORY, "out of memory");
        return;
    }
    query->manager = manager;
    query->question = question;
    query->references = 1;
    sj_list_add_first(&manager->trunk_destinations->questions, &query->link);
    (void)snprintf(query->name, sizeof query->name, "%s", request->name);
    for (struct trunk_destination *destination = trunk_destinations_first(manager, NULL);
         request->ask && destination != NULL; destination = trunk_destinations_next(destination)) {
        if (query->name[0] == '\0' || strcmp(destination->trunk, query->name) == 0) {
            ask_destination(destination, query);
        }
    }
    query->timer = query->pending == 0
                       ? NULL
                       : sj_timer_start(manager->scope, ASKED_AT_MOST_MS, 0, waited_enough, query);
    if (query->timer == NULL) {
        answer(query);
        question_release(query);
    }
}

void trunk_status_free(struct call_manager *manager) {
    struct trunk_destinations *destinations = manager->trunk_destinations;
    SJ_LIST_EACH(question, &destinations->questions, struct trunk_question, link) {
        free(question);
    }
}

int trunk_status_open(struct call_manager *manager, sj_error *error) {
    struct trunk_destinations *destinations = manager->trunk_destinations;
    destinations->changed = sj_sip_trunk_changed_topic(manager->scope, error);
    destinations->registration_changed =
        sj_sip_trunk_registration_changed_topic(manager->scope, error);
    return destinations->changed != NULL && destinations->registration_changed != NULL &&
                   sj_answer_sip_trunk_status(manager->scope, on_status, manager, error) != NULL
               ? SJ_OK
               : error->code;
}
