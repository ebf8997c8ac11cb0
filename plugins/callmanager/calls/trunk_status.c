/* Whether trunks can be reached. Sends OPTIONS through the transactions. */
#include "calls/trunk_status.h"
#include "calls/options.h"
#include "calls/trunk.h"
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

static const sj_sip_profile *profile_of(const struct call_manager *manager, const char *trunk) {
    const sj_sip_trunk *record = dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, trunk);
    return record == NULL ? NULL
                          : dial_plan_get(&manager->plan, PLAN_SIP_PROFILE, record->sip_profile);
}

bool trunk_timers(const struct call_manager *manager, const char *trunk, struct sip_timers *timers,
                  bool invite) {
    const sj_sip_profile *profile = profile_of(manager, trunk);
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
    const sj_sip_profile *profile = profile_of(manager, trunk);
    return profile == NULL ? 0 : profile->timer_invite_expires_s;
}

/* Whether an answer to OPTIONS shows that the peer is out of service, as CUCM judges it. */
static bool is_out(int status) {
    return status == 408 || status == 503;
}

static bool wants_ping(const struct trunk_destination *of) {
    const sj_sip_profile *profile = profile_of(of->manager, of->trunk);
    return of->cluster_id[0] == '\0' && profile != NULL && profile->options_ping;
}

/* ---- what was observed ---- */

static sj_trunk_reach reach_of(const struct trunk_destination *of) {
    bool all_out = of->count > 0;
    for (size_t i = 0; i < of->count; i++) {
        if (of->addresses[i].reach == SJ_TRUNK_REACH_REACHABLE) {
            return SJ_TRUNK_REACH_REACHABLE;
        }
        all_out = all_out && of->addresses[i].reach == SJ_TRUNK_REACH_UNREACHABLE;
    }
    return all_out ? SJ_TRUNK_REACH_UNREACHABLE : SJ_TRUNK_REACH_UNKNOWN;
}

static void open_metrics(struct trunk_destination *of) {
    char name[512], at[16] = "";
    if (of->scope != NULL ||
        (of->scope = sj_scope_open(of->manager->scope, of->trunk, NULL, NULL)) == NULL) {
        return;
    }
    if (of->port != 0) {
        (void)snprintf(at, sizeof at, ":%d", of->port);
    }
    (void)snprintf(name, sizeof name,
                   "sojourn_ccm_trunk_reachable{trunk=\"%s\",destination=\"%s%s\"}", of->trunk,
                   of->address, at);
    of->reachable =
        sj_metric_new(of->scope, SJ_GAUGE, name,
                      "Whether a trunk's destination could be reached, as last observed");
    (void)snprintf(name, sizeof name,
                   "sojourn_ccm_trunk_failures_total{trunk=\"%s\",destination=\"%s%s\"}", of->trunk,
                   of->address, at);
    of->failures =
        sj_metric_new(of->scope, SJ_COUNTER, name,
                      "Calls and OPTIONS pings that did not reach a trunk's destination");
}

static void publish(const struct trunk_destination *of) {
    const sj_sip_trunk_changed event = {
        .trunk = of->trunk,
        .address = of->address,
        .port = of->port,
        .transport = of->transport,
        .reachable = of->reach == SJ_TRUNK_REACH_REACHABLE,
        .observed_by = of->by_call ? SJ_SIP_TRUNK_CHANGED_OBSERVED_BY_CALL
                                   : SJ_SIP_TRUNK_CHANGED_OBSERVED_BY_OPTIONS,
        .reason = of->reason,
    };
    sj_publish_sip_trunk_changed(of->manager->scope, of->manager->trunk_destinations->changed,
                                 &event);
}

static void log_failure(struct trunk_destination *of, const char *place, const char *failure,
                        bool news) {
    const uint64_t now = sj_monotonic_ms(of->manager->scope);
    if (news || (of->by_call && now - of->warned_ms >= WARN_AGAIN_MS)) {
        of->warned_ms = now;
        sj_log_warning(of->manager->scope, "trunk %s cannot be reached at %s over %s: %s",
                       of->trunk, place, sip_transport_text(of->transport), failure);
    } else {
        sj_log_debug(of->manager->scope, "trunk %s still cannot be reached at %s over %s: %s",
                     of->trunk, place, sip_transport_text(of->transport), failure);
    }
}

static void ping_later(struct trunk_destination *of);

static void observe(struct trunk_destination *of, const struct sip_flow *flow, const char *failure,
                    bool by_call) {
    const sj_trunk_reach before = of->reach;
    char address[SJ_ADDRESS_TEXT], place[SJ_ADDRESS_TEXT + 16];
    const int port = sj_address_format(&flow->remote, address, sizeof address);
    bool news = false;
    for (size_t i = 0; i < of->count; i++) {
        if (sj_address_equal(&of->addresses[i].address, &flow->remote)) {
            const sj_trunk_reach now =
                failure == NULL ? SJ_TRUNK_REACH_REACHABLE : SJ_TRUNK_REACH_UNREACHABLE;
            news = of->addresses[i].reach != now;
            of->addresses[i].reach = now;
        }
    }
    open_metrics(of);
    (void)snprintf(of->asked, sizeof of->asked, "%s:%d", address, port);
    (void)snprintf(place, sizeof place, "%s port %d", address, port);
    of->by_call = by_call;
    of->observed_ms = sj_wall_ms(of->manager->scope);
    of->reach = reach_of(of);
    if (failure != NULL) {
        (void)snprintf(of->reason, sizeof of->reason, "%s over %s: %s", place,
                       sip_transport_text(of->transport), failure);
        log_failure(of, place, failure, news);
        if (of->failures != NULL) {
            sj_metric_add(of->manager->scope, of->failures, 1);
        }
    }
    if (of->reach == SJ_TRUNK_REACH_REACHABLE) {
        of->reason[0] = '\0';
    }
    if (of->reachable != NULL && of->reach != SJ_TRUNK_REACH_UNKNOWN) {
        sj_metric_set(of->manager->scope, of->reachable,
                      of->reach == SJ_TRUNK_REACH_REACHABLE ? 1 : 0);
    }
    if (of->reach != before) {
        of->since_ms = of->observed_ms;
        if (wheel_timer_running(&of->ping) && wants_ping(of)) {
            ping_later(of);
        }
        if (of->reach == SJ_TRUNK_REACH_REACHABLE) {
            sj_log_info(of->manager->scope, "trunk %s is reached%s at %s over %s", of->trunk,
                        before == SJ_TRUNK_REACH_UNREACHABLE ? " again" : "", place,
                        sip_transport_text(of->transport));
        }
        if (of->reach != SJ_TRUNK_REACH_UNKNOWN) {
            publish(of);
        }
    }
}

void trunk_status_by_call(struct call_manager *manager, const char *trunk,
                          const struct sip_flow *flow, const char *failure) {
    struct trunk_destination *of = trunk_destination_of(manager, trunk, flow);
    if (of != NULL) {
        observe(of, flow, failure, true);
    }
}

void trunk_status_unresolved(struct trunk_destination *of) {
    const bool news = of->reach != SJ_TRUNK_REACH_UNREACHABLE;
    of->reach = SJ_TRUNK_REACH_UNREACHABLE;
    of->observed_ms = sj_wall_ms(of->manager->scope);
    of->by_call = false;
    of->asked[0] = '\0';
    (void)snprintf(of->reason, sizeof of->reason, "%s", of->unresolved);
    open_metrics(of);
    if (of->reachable != NULL) {
        sj_metric_set(of->manager->scope, of->reachable, 0);
    }
    if (news) {
        of->since_ms = of->observed_ms;
        publish(of);
    }
}

/* ---- OPTIONS ---- */

static void question_release(struct trunk_question *of);
static void question_heard(struct trunk_question *of);

static void probe_over(const struct trunk_probe *probe, const char *failure) {
    struct trunk_destination *of = trunk_destination_of(probe->manager, probe->trunk, &probe->flow);
    if (of != NULL) {
        observe(of, &probe->flow, failure, false);
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
static void ask_destination(struct trunk_destination *of, struct trunk_question *question) {
    const sj_sip_profile *profile = profile_of(of->manager, of->trunk);
    struct sip_timers timers = {500, 500, 6};
    if (profile != NULL) {
        timers.first_ms = timers.most_ms = (uint32_t)profile->options_ping_retry_timer_ms;
        timers.repeats = (unsigned)profile->options_ping_retry_count;
    }
    for (size_t i = 0; i < of->count; i++) {
        const struct sip_flow flow = {of->transport, of->addresses[i].address};
        struct trunk_probe *probe = calloc(1, sizeof *probe);
        struct call_target target;
        if (probe == NULL) {
            sj_log_error(of->manager->scope, "trunk %s: no memory to ask %s", of->trunk,
                         of->address);
            return;
        }
        probe->manager = of->manager;
        probe->question = question;
        probe->flow = flow;
        (void)snprintf(probe->trunk, sizeof probe->trunk, "%s", of->trunk);
        if (question != NULL) {
            question->pending++;
            question->references++;
        }
        if (!trunk_make_target(&target, of, &of->addresses[i].address, "") ||
            !options_send(of->manager, target.uri, &flow, sip_text_of(""), &timers, &probe_events,
                          probe)) {
            if (question != NULL) {
                question->pending--;
                question->references--;
            }
            free(probe);
        }
    }
}

static void ping(struct wheel_timer *timer) {
    struct trunk_destination *of = SJ_OWNER(timer, struct trunk_destination, ping);
    if (wants_ping(of)) {
        ping_later(of);
        ask_destination(of, NULL);
    }
}

static void ping_later(struct trunk_destination *of) {
    const sj_sip_profile *profile = profile_of(of->manager, of->trunk);
    const int64_t wait_s = of->reach == SJ_TRUNK_REACH_UNREACHABLE
                               ? profile->options_ping_out_of_service_interval_s
                               : profile->options_ping_interval_s;
    timer_wheel_start(&of->manager->slow.wheel, &of->ping, sj_monotonic_ms(of->manager->scope),
                      (uint64_t)wait_s * 1000, ping);
}

void trunk_status_begin(struct trunk_destination *of) {
    if (wants_ping(of)) {
        timer_wheel_start(&of->manager->slow.wheel, &of->ping, sj_monotonic_ms(of->manager->scope),
                          0, ping);
    }
}

void trunk_status_again(struct trunk_destination *of) {
    if (of->count > 0 && !wheel_timer_running(&of->ping)) {
        trunk_status_begin(of);
    }
}

/* ---- sip_trunk.status ---- */

typedef sj_sip_trunk_status_reply_trunk trunk_row;
typedef sj_sip_trunk_status_reply_trunk_destination destination_row;

static void fill_destination(const struct trunk_destination *of, destination_row *row) {
    row->address = of->address;
    row->port = of->port;
    row->transport = of->transport;
    row->state = of->reach;
    row->since = of->since_ms;
    row->observed_at = of->observed_ms;
    row->observed_by =
        of->observed_ms == 0 ? SJ_SIP_TRUNK_STATUS_REPLY_TRUNK_DESTINATION_OBSERVED_BY_NOTHING
        : of->by_call        ? SJ_SIP_TRUNK_STATUS_REPLY_TRUNK_DESTINATION_OBSERVED_BY_CALL
                             : SJ_SIP_TRUNK_STATUS_REPLY_TRUNK_DESTINATION_OBSERVED_BY_OPTIONS;
    row->asked = of->asked;
    row->reason = of->reason;
}

static void fill_trunk(struct call_manager *manager, const sj_sip_trunk *trunk, trunk_row *row,
                       destination_row *rows) {
    const struct trunk_destination *first = trunk_destinations_first(manager, trunk->name);
    const sj_sip_profile *profile = profile_of(manager, trunk->name);
    size_t reached = 0, out = 0;
    row->name = trunk->name;
    row->options_ping = profile != NULL && profile->options_ping &&
                        trunk->trunk_service_type == SJ_SIP_TRUNK_SERVICE_TYPE_NONE;
    row->reason = "";
    row->destinations = rows;
    for (const struct trunk_destination *at = first;
         at != NULL && strcmp(at->trunk, trunk->name) == 0; at = trunk_destinations_next(at)) {
        fill_destination(at, &rows[row->destinations_count++]);
        reached += at->reach == SJ_TRUNK_REACH_REACHABLE;
        out += at->reach == SJ_TRUNK_REACH_UNREACHABLE;
        if (at->reason[0] != '\0') {
            row->reason = at->reason;
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

static void reply(struct trunk_question *of, trunk_row *rows, destination_row *destinations) {
    struct call_manager *manager = of->manager;
    size_t count = 0, used = 0;
    const sj_list_link *at = NULL;
    const sj_sip_trunk *trunk;
    sj_sip_trunk_status_reply result;
    while ((trunk = dial_plan_walk(&manager->plan, PLAN_SIP_TRUNK, &at)) != NULL) {
        if (of->name[0] == '\0' || strcmp(of->name, trunk->name) == 0) {
            fill_trunk(manager, trunk, &rows[count], destinations + used);
            used += rows[count++].destinations_count;
        }
    }
    memset(&result, 0, sizeof result);
    result.trunks = rows;
    result.trunks_count = count;
    sj_reply_sip_trunk_status(manager->scope, of->question, &result);
}

static void answer(struct trunk_question *of) {
    struct call_manager *manager = of->manager;
    const size_t trunks = manager->plan.by_key[PLAN_SIP_TRUNK].count;
    size_t total = 0;
    sj_error error;
    of->answered = true;
    if (of->name[0] != '\0' && dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, of->name) == NULL) {
        (void)sj_error_field(&error, SJ_E_NOT_FOUND, "name", "there is no SIP trunk %s", of->name);
        sj_fail_error(manager->scope, of->question, &error);
        return;
    }
    for (const struct trunk_destination *at = trunk_destinations_first(manager, NULL); at != NULL;
         at = trunk_destinations_next(at)) {
        total++;
    }
    trunk_row *rows = calloc(trunks + 1, sizeof *rows);
    destination_row *destinations = calloc(total + 1, sizeof *destinations);
    if (rows == NULL || destinations == NULL) {
        sj_fail(manager->scope, of->question, SJ_E_NO_MEMORY, "out of memory");
    } else {
        reply(of, rows, destinations);
    }
    free(destinations);
    free(rows);
}

static void question_release(struct trunk_question *of) {
    if (--of->references == 0) {
        sj_list_remove(&of->link);
        free(of);
    }
}

static void question_heard(struct trunk_question *of) {
    if (--of->pending == 0 && !of->answered) {
        answer(of);
        sj_handle_close(of->manager->scope, of->timer);
        of->timer = NULL;
        question_release(of);
    }
}

static void waited_enough(void *user) {
    struct trunk_question *of = user;
    of->timer = NULL;
    answer(of);
    question_release(of);
}

static void on_status(void *user, sj_question *question, const sj_sip_trunk_status *request) {
    struct call_manager *manager = user;
    struct trunk_question *of = calloc(1, sizeof *of);
    if (of == NULL) {
        sj_fail(manager->scope, question, SJ_E_NO_MEMORY, "out of memory");
        return;
    }
    of->manager = manager;
    of->question = question;
    of->references = 1;
    sj_list_add_first(&manager->trunk_destinations->questions, &of->link);
    (void)snprintf(of->name, sizeof of->name, "%s", request->name);
    for (struct trunk_destination *at = trunk_destinations_first(manager, NULL);
         request->ask && at != NULL; at = trunk_destinations_next(at)) {
        if (of->name[0] == '\0' || strcmp(at->trunk, of->name) == 0) {
            ask_destination(at, of);
        }
    }
    of->timer = of->pending == 0
                    ? NULL
                    : sj_timer_start(manager->scope, ASKED_AT_MOST_MS, 0, waited_enough, of);
    if (of->timer == NULL) {
        answer(of);
        question_release(of);
    }
}

void trunk_status_free(struct call_manager *manager) {
    struct trunk_destinations *all = manager->trunk_destinations;
    SJ_LIST_EACH(question, &all->questions, struct trunk_question, link) {
        free(question);
    }
}

int trunk_status_open(struct call_manager *manager, sj_error *error) {
    struct trunk_destinations *all = manager->trunk_destinations;
    all->changed = sj_sip_trunk_changed_topic(manager->scope, error);
    return all->changed != NULL &&
                   sj_answer_sip_trunk_status(manager->scope, on_status, manager, error) != NULL
               ? SJ_OK
               : error->code;
}
