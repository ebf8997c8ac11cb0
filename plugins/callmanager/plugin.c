/* Cisco CallManager: registrar and back-to-back user agent for phones and trunks. Here its parts
 * are put together. */
#include "calls/call.h"
#include "calls/call_admission.h"
#include "calls/call_back.h"
#include "calls/call_routing.h"
#include "calls/code_guesses.h"
#include "calls/ended_invite.h"
#include "calls/hunt_members.h"
#include "calls/keep_alive.h"
#include "calls/trunk.h"
#include "calls/trunk_credentials.h"
#include "calls/trunk_registration.h"
#include "calls/trunk_status.h"
#include "core/call_manager.h"
#include "core/refusals.h"
#include "diagnosis.h"
#include "dial_plan/dial_plan_changes.h"
#include "dial_plan/dial_plan_store.h"
#include "dial_plan/directory_uris.h"
#include "dispatch.h"
#include "events/call.h"
#include "events/device.h"
#include "events/hunt.h"
#include "events/node.h"
#include "phones/address_check.h"
#include "phones/auto_registration.h"
#include "phones/guess_limit.h"
#include "phones/message_history.h"
#include "phones/observations.h"
#include "phones/phone_capture.h"
#include "phones/publication.h"
#include "phones/registration_store.h"
#include "phones/registrations.h"
#include "phones/remote_control.h"
#include "requests.h"
#include "source_limit.h"
#include "subscriptions/mailboxes.h"
#include "subscriptions/message_events.h"
#include "subscriptions/subscription.h"
#include "subscriptions/watching.h"

#include <stdio.h>
#include <stdlib.h>

enum { FAST_TICK_MS = 20, SLOW_TICK_MS = 1000 };

static uint64_t now_ms(void *user) {
    const struct call_manager *manager = user;
    return sj_monotonic_ms(manager->scope);
}

static void send_message(void *user, const struct sip_flow *flow, const char *data, size_t length) {
    struct call_manager *manager = user;
    if (sip_transport_send(&manager->transport, flow, data, length) < 0 &&
        flow->transport != SJ_SIP_TRANSPORT_UDP) {
        sip_transactions_flow_lost(&manager->transactions, flow, manager->transport.failure);
    }
}

static bool admit(void *user, const struct sip_flow *flow) {
    return source_limit_allows(user, flow);
}

static void connection_limited(void *user, const struct sip_flow *flow, const char *why) {
    (void)refusals_note(user, REFUSED_CONNECTION, flow, "a connection is closed: %s", why);
}

static void connection_closed(void *user, const struct sip_flow *flow, const char *reason) {
    struct call_manager *manager = user;
    if (!manager->stopping) {
        sip_transactions_flow_lost(&manager->transactions, flow, reason);
        registrations_connection_closed(manager, flow);
    }
}

static void datagram_undelivered(void *user, const struct sip_flow *flow, const char *data,
                                 size_t length, const char *reason) {
    struct call_manager *manager = user;
    if (!manager->stopping) {
        (void)sip_transactions_undelivered(&manager->transactions, flow, data, length, reason);
    }
}

static bool is_proved(const struct call_manager *manager, const struct sip_flow *flow) {
    return registration_from(manager->registrations, flow, NULL) != NULL;
}

static void forward_all_of(const struct call_manager *manager, const char *key,
                           char destination[DIGITS_MAX]) {
    const sj_directory_number *number = dial_plan_directory_number(&manager->plan, key);
    (void)snprintf(destination, DIGITS_MAX, "%s",
                   number == NULL || number->forward_all_destination == NULL
                       ? ""
                       : number->forward_all_destination);
}

/* Phones show where their lines forward calls. */
static void directory_number_changed(struct call_manager *manager, const char *key) {
    char before[DIGITS_MAX], after[DIGITS_MAX];
    forward_all_of(manager, key, before);
    (void)dial_plan_refresh(&manager->plan, manager->scope, "directory_number", key);
    forward_all_of(manager, key, after);
    if (strcmp(before, after) != 0) {
        remote_control_notify_forward_all(manager, key);
    }
    if (dial_plan_directory_number(&manager->plan, key) == NULL) {
        manager->watch->number_removed(manager, key);
    } else {
        manager->watch->number_changed(manager, key);
    }
    mailboxes_number_changed(manager, key);
}

/* The user's directory URIs ring at the primary extension. */
static void user_changed(struct call_manager *manager, const char *user_id) {
    sj_error error;
    if (directory_uris_user_changed(&manager->plan, user_id, &error) != SJ_OK) {
        sj_log_warning(manager->scope, "directory URIs of %s: %s", user_id, error.text);
    }
}

static void on_config_changed(void *user, const sj_config_changed *event) {
    struct call_manager *manager = user;
    if (strcmp(event->resource, "certificate_authority") == 0 ||
        strcmp(event->resource, "trusted_certificate") == 0) {
        sip_transport_trust_changed(&manager->transport);
        return;
    }
    if (strcmp(event->resource, "directory_number") == 0) {
        directory_number_changed(manager, event->key);
        return;
    }
    if (strcmp(event->resource, "voice_mail_profile") == 0) {
        mailboxes_profiles_changed(manager);
        return;
    }
    if (strcmp(event->resource, "message_waiting") == 0) {
        message_events_changed(manager, event->key);
        return;
    }
    if (strcmp(event->resource, "end_user") == 0) {
        user_changed(manager, event->key);
        manager->watch->rights_changed(manager);
    }
    if (strcmp(event->resource, "presence_group") == 0) {
        manager->watch->rights_changed(manager);
    }
    if (strcmp(event->resource, "sip_profile") == 0) {
        manager->generation++; /* devices are made anew when they are next looked at */
    }
    if (strcmp(event->resource, "line_group") == 0) {
        hunting_groups_changed(manager);
    }
    if (dial_plan_refresh(&manager->plan, manager->scope, event->resource, event->key)) {
        trunk_destinations_changed(manager);
        manager->watch->rights_changed(manager);
        return;
    }
    if (strcmp(event->resource, "phone") == 0 &&
        event->action == SJ_CONFIG_CHANGED_ACTION_REMOVED) {
        manager->watch->phone_removed(manager, event->key);
    }
    if (strcmp(event->resource, "phone") == 0 || strcmp(event->resource, "live_device") == 0) {
        registrations_device_changed(manager, event->key);
    } else if (strcmp(event->resource, "phone_security_profile") == 0 ||
               strcmp(event->resource, "end_user") == 0 ||
               strcmp(event->resource, "phone_model") == 0 ||
               strcmp(event->resource, "common_phone_profile") == 0) {
        manager->generation++;
    }
}

static void on_parameter_changed(void *user, const sj_parameter_changed *event) {
    struct call_manager *manager = user;
    if (strcmp(event->symbol, "ccm_default_inter_presence_group_subscription") == 0) {
        manager->watch->rights_changed(manager);
    }
}

static int open_topics(struct call_manager *manager, sj_error *error) {
    sj_scope *scope = manager->scope;
    manager->device_registered = sj_device_registered_topic(scope, error);
    manager->device_unregistered = sj_device_unregistered_topic(scope, error);
    manager->call_started = sj_call_started_topic(scope, error);
    manager->call_answered = sj_call_answered_topic(scope, error);
    manager->call_forwarded = sj_call_forwarded_topic(scope, error);
    manager->call_ended = sj_call_ended_topic(scope, error);
    manager->call_held = sj_call_held_topic(scope, error);
    manager->call_transferred = sj_call_transferred_topic(scope, error);
    manager->call_transfer_failed = sj_call_transfer_failed_topic(scope, error);
    manager->call_parked = sj_call_parked_topic(scope, error);
    manager->call_picked_up = sj_call_picked_up_topic(scope, error);
    manager->call_malicious = sj_call_malicious_topic(scope, error);
    manager->call_back = sj_call_back_topic(scope, error);
    manager->call_park_retrieved = sj_call_park_retrieved_topic(scope, error);
    manager->call_park_reverted = sj_call_park_reverted_topic(scope, error);
    manager->call_hunted = sj_call_hunted_topic(scope, error);
    manager->call_hunt_exhausted = sj_call_hunt_exhausted_topic(scope, error);
    manager->hunt_login_changed = sj_device_hunt_login_changed_topic(scope, error);
    manager->call_recorded = sj_call_recorded_topic(scope, error);
    manager->call_statistics = sj_call_statistics_topic(scope, error);
    manager->do_not_disturb_changed = sj_device_do_not_disturb_changed_topic(scope, error);
    manager->digest_failed = sj_digest_failed_topic(scope, error);
    return manager->do_not_disturb_changed != NULL && manager->digest_failed != NULL &&
                   manager->device_registered != NULL && manager->device_unregistered != NULL &&
                   manager->call_started != NULL && manager->call_answered != NULL &&
                   manager->call_forwarded != NULL && manager->call_ended != NULL &&
                   manager->call_held != NULL && manager->call_transferred != NULL &&
                   manager->call_transfer_failed != NULL && manager->call_parked != NULL &&
                   manager->call_picked_up != NULL && manager->call_malicious != NULL &&
                   manager->call_back != NULL && manager->call_park_retrieved != NULL &&
                   manager->call_park_reverted != NULL && manager->call_hunted != NULL &&
                   manager->call_hunt_exhausted != NULL && manager->hunt_login_changed != NULL &&
                   manager->call_recorded != NULL && manager->call_statistics != NULL
               ? SJ_OK
               : error->code;
}

static void open_metrics(struct call_manager *manager) {
    sj_scope *scope = manager->scope;
    manager->metric_registrations =
        sj_metric_new(scope, SJ_GAUGE, "sojourn_ccm_registrations", "Phones registered now");
    manager->metric_bytes = sj_metric_new(scope, SJ_GAUGE, "sojourn_registration_bytes_per_contact",
                                          "Memory asked for per registered phone");
    manager->metric_calls =
        sj_metric_new(scope, SJ_COUNTER, "sojourn_ccm_calls_total", "Calls taken");
    manager->metric_active_calls =
        sj_metric_new(scope, SJ_GAUGE, "sojourn_ccm_active_calls", "Calls in progress");
    manager->metric_parked =
        sj_metric_new(scope, SJ_GAUGE, "sojourn_ccm_parked_calls", "Park numbers in use");
    manager->metric_hunted = sj_metric_new(scope, SJ_COUNTER, "sojourn_ccm_hunt_calls_total",
                                           "Calls that have reached a hunt pilot");
    manager->metric_hunt_exhausted =
        sj_metric_new(scope, SJ_COUNTER, "sojourn_ccm_hunts_exhausted_total",
                      "Of them, answered by no member of the hunt list");
    manager->metric_region_refusals =
        sj_metric_new(scope, SJ_COUNTER, "sojourn_ccm_region_refusals_total",
                      "Times media were refused for the limits of a region");
    manager->metric_forwarded = sj_metric_new(
        scope, SJ_COUNTER, "sojourn_ccm_forwarded_calls_total", "Calls sent on to another number");
    manager->metric_transfers = sj_metric_new(scope, SJ_COUNTER, "sojourn_ccm_transfers_total",
                                              "Parties put through to another party");
    manager->metric_pickups = sj_metric_new(scope, SJ_COUNTER, "sojourn_ccm_pickups_total",
                                            "Calls picked up where they did not ring");
    manager->metric_pstn_failovers =
        sj_metric_new(scope, SJ_COUNTER, "sojourn_ccm_pstn_failovers_total",
                      "Calls to other clusters that went over the PSTN as their way failed");
    manager->metric_challenges =
        sj_metric_new(scope, SJ_COUNTER, "sojourn_ccm_challenges_total", "Digest challenges sent");
    for (int method = 0; method < SIP_METHODS; method++) {
        char name[80];
        (void)snprintf(name, sizeof name, "sojourn_ccm_sip_requests_total{method=\"%s\"}",
                       sip_method_text((enum sip_method)method));
        manager->metric_requests[method] =
            sj_metric_new(scope, SJ_COUNTER, name, "SIP requests received");
    }
}

static int plugin_init(sj_scope *scope, void *state, sj_error *error) {
    struct call_manager *manager = state;
    const sj_node *node = scope->host->node;
    unsigned char secret[32];
    int status;
    manager->scope = scope;
    manager->address = node->address;
    manager->port = node->sip_port;
    manager->transport.node = node;
    wheel_driver_open(&manager->fast, scope, FAST_TICK_MS);
    wheel_driver_open(&manager->slow, scope, SLOW_TICK_MS);
    sip_transactions_init(&manager->transactions, &manager->fast.wheel, now_ms, send_message,
                          manager);
    manager->transactions.challenged = trunk_credentials_challenged;
    manager->transactions.takes_stream = trunk_takes_stream;
    manager->transactions.refuses_stream = trunk_refuses_stream;
    sj_random_bytes(scope, &manager->token_key, sizeof manager->token_key);
    sj_random_bytes(scope, secret, sizeof secret);
    manager->digest = digest_new(secret);
    manager->is_proved = is_proved;
    manager->registrations = calloc(1, sizeof *manager->registrations);
    manager->target_scratch = calloc(CALL_TARGETS_MAX, sizeof *manager->target_scratch);
    manager->hunting = hunting_open(manager);
    manager->call_backs = call_backs_open(manager);
    manager->nonces_used = calloc(NONCE_WINDOW, sizeof *manager->nonces_used);
    if (manager->hunting == NULL || manager->call_backs == NULL || manager->registrations == NULL ||
        manager->target_scratch == NULL || manager->nonces_used == NULL ||
        !guess_limit_open(manager) || !code_guesses_open(manager) || !source_limit_open(manager) ||
        !auto_registration_open(manager) || !refusals_open(manager)) {
        return sj_error_set(error, SJ_E_NO_MEMORY,
                            "no memory for the tables of registrations, calls and limits");
    }
    if (manager->digest == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY,
                            "the hash functions for digest authentication cannot be set up");
    }
    manager->registrations->owner = manager;
    manager->watch = &watching;
    open_metrics(manager);
    status = subscriptions_open(manager, error);
    if (status == SJ_OK) {
        status = open_topics(manager, error);
    }
    if (status == SJ_OK) {
        status = requests_open(manager, error);
    }
    if (status == SJ_OK) {
        status = observations_open(manager, error);
    }
    if (status == SJ_OK) {
        status = message_history_open(manager, error);
    }
    if (status == SJ_OK) {
        status = diagnosis_open(manager, error);
    }
    if (status == SJ_OK) {
        status = phone_capture_open(manager, error);
    }
    if (status == SJ_OK &&
        (sj_on_config_changed(scope, on_config_changed, manager, error) == NULL ||
         sj_on_parameter_changed(scope, on_parameter_changed, manager, error) == NULL)) {
        status = error->code;
    }
    return status;
}

static void identities_prepared(void *user, int status, const sj_error *error) {
    const struct call_manager *manager = user;
    if (status != SJ_OK && status != SJ_E_CANCELLED) {
        sj_log_error(manager->scope, "the certificates of this node are not complete: %s",
                     error->text);
    }
}

static int plugin_start(sj_scope *scope, void *state, sj_error *error) {
    struct call_manager *manager = state;
    int status = dial_plan_load(&manager->plan, scope, error);
    if (status != SJ_OK) {
        return status;
    }
    status = keep_alive_open(manager, error);
    if (status == SJ_OK) {
        status = call_admission_open(manager, error);
    }
    if (status == SJ_OK) {
        status = trunk_destinations_open(manager, error);
    }
    if (status == SJ_OK) {
        status = trunk_status_open(manager, error);
    }
    if (status == SJ_OK) {
        status = mailboxes_open(manager, error);
    }
    if (status != SJ_OK) {
        return status;
    }
    manager->transport.port = manager->port;
    manager->transport.tls_port = scope->host->node->sips_port;
    manager->transport.tls_call = trunk_tls_call;
    manager->transport.tls_judge = trunk_tls_judge;
    manager->transport.receive = dispatch_message;
    manager->transport.admit = admit;
    manager->transport.limited = connection_limited;
    manager->transport.closed = connection_closed;
    manager->transport.undelivered = datagram_undelivered;
    manager->transport.user = manager;
    /* The CallManager identity takes long to make: before the first phone comes. */
    (void)sj_identities_prepare(scope, identities_prepared, manager);
    status = sip_transport_open(&manager->transport, scope, error);
    if (status == SJ_OK) {
        registration_store_load(manager);
    }
    return status;
}

static void plugin_stop(sj_scope *scope, void *state) {
    struct call_manager *manager = state;
    (void)scope;
    manager->stopping = true;
    for (sj_list_link *first; (first = sj_list_first(&manager->calls)) != NULL;) {
        call_end(SJ_OWNER(first, struct call, link), NULL, 503,
                 "The call manager is being stopped");
    }
    trunk_registrations_end(manager);
    registration_store_flush(manager);
}

static void plugin_fini(void *state) {
    struct call_manager *manager = state;
    manager->stopping = true;
    call_free_all(manager);
    address_checks_free(manager);
    subscriptions_free(manager);
    mailboxes_free(manager);
    sip_transactions_free(&manager->transactions); /* and with them what waits for their end */
    publications_free(manager);
    sj_map_clear(&manager->legs);
    sj_map_clear(&manager->legs_by_line);
    sj_map_clear(&manager->trunk_loads);
    sj_map_clear(&manager->parks);
    if (manager->registrations != NULL) {
        registration_table_free(manager->registrations);
        free(manager->registrations);
    }
    observations_close(manager);
    message_history_close(manager);
    keep_alive_free(manager);
    call_admission_close(manager);
    trunk_destinations_free(manager);
    dial_plan_changes_forget(&manager->last_changes);
    hunting_free(manager->hunting);
    call_backs_free(manager->call_backs);
    dial_plan_free(&manager->plan);
    sip_transport_free(&manager->transport);
    digest_free(manager->digest);
    ended_invites_close(manager);
    free(manager->read_to);
    free(manager->target_scratch);
    free(manager->nonces_used);
    guess_limit_close(manager);
    code_guesses_close(manager);
    auto_registration_close(manager);
    source_limit_close(manager);
    refusals_close(manager);
}

SJ_PLUGIN("callmanager", "Cisco CallManager", SOJOURN_VERSION,
          "Registers phones over SIP and connects their calls.", "",
          "request:device.reset request:registration.lookup request:registrations.list "
          "request:route.test request:call.analyse "
          "request:call.list request:call.trace request:phone.capture "
          "request:phone.diagnose request:forward_all.set request:message_waiting.set "
          "request:message_waiting.status "
          "request:hunt_login.set request:hunt.status "
          "request:sip_trunk.status "
          "event:sip_trunk.changed "
          "event:sip_trunk.registration_changed "
          "event:device.registered "
          "event:device.unregistered event:call.started event:call.answered event:call.forwarded "
          "event:call.ended event:call.recorded event:call.statistics "
          "event:rsvp_agent.changed "
          "event:device.do_not_disturb_changed event:digest.failed",
          0, struct call_manager, NULL, plugin_init, plugin_start, plugin_stop, plugin_fini);
