/* Registers trunks. Sends through the transactions; reads trunks and SIP realms of the dial plan.
 */
#include "calls/trunk_registration.h"
#include "calls/trunk_credentials.h"
#include "sip/header_values.h"

#include <sojourn/base/hash.h>
#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

enum {
    AGAIN_FIRST_S = 30, /* after a failure; doubled each time */
    AGAIN_MOST_S = 300,
    SHORTEST_S = 10, /* between two refreshes, whatever the registrar grants */
    GRANTED_MOST_S = 86400,
};

struct trunk_registration {
    struct trunk_destination *destination;
    uint64_t configured; /* a hash of what it is made from */
    char user[130], domain[256];
    char contact[SIP_TAG]; /* user part of its Contact */
    char call_id[SIP_TAG], tag[SIP_TAG];
    uint32_t cseq;
    int64_t asked_s;
    bool raised;                 /* asked_s, for a 423, since it was last registered or failed */
    size_t address;              /* of the destination's, that is tried */
    sj_address asked, registrar; /* who was asked last; who has granted it last */
    size_t silent;               /* addresses that have not answered, one after the other */
    unsigned failures;
    sj_trunk_registration_state state;
    int64_t since_ms, until_ms; /* wall */
    char reason[300];
    struct wheel_timer timer;
    struct sip_transaction *transaction;
    struct digest_client *credentials;
    sj_scope *scope; /* of its metric */
    sj_metric *metric;
};

static void send_register(struct trunk_registration *registration, int64_t expires_s);

static struct call_manager *manager_of(const struct trunk_registration *registration) {
    return registration->destination->manager;
}

/* ---- what it has come to ---- */

static void publish(const struct trunk_registration *registration) {
    const struct trunk_destination *destination = registration->destination;
    const sj_sip_trunk_registration_changed event = {
        .trunk = destination->trunk,
        .address = destination->address,
        .port = destination->port,
        .user = registration->user,
        .registered = registration->state == SJ_TRUNK_REGISTRATION_STATE_REGISTERED,
        .reason = registration->reason,
    };
    sj_publish_sip_trunk_registration_changed(
        destination->manager->scope, destination->manager->trunk_destinations->registration_changed,
        &event);
}

static void note(struct trunk_registration *registration, sj_trunk_registration_state state,
                 const char *reason) {
    struct call_manager *manager = manager_of(registration);
    const struct trunk_destination *destination = registration->destination;
    const bool news = registration->state != state;
    (void)snprintf(registration->reason, sizeof registration->reason, "%s", reason);
    if (registration->metric != NULL) {
        sj_metric_set(manager->scope, registration->metric,
                      state == SJ_TRUNK_REGISTRATION_STATE_REGISTERED ? 1 : 0);
    }
    if (!news) {
        return;
    }
    registration->state = state;
    registration->since_ms = sj_wall_ms(manager->scope);
    if (state == SJ_TRUNK_REGISTRATION_STATE_REGISTERED) {
        sj_log_info(manager->scope, "trunk %s is registered as %s@%s with %s", destination->trunk,
                    registration->user, registration->domain, destination->address);
    } else {
        sj_log_warning(manager->scope, "trunk %s is not registered as %s@%s with %s: %s",
                       destination->trunk, registration->user, registration->domain,
                       destination->address, reason);
    }
    publish(registration);
}

/* ---- in its time ---- */

static void due(struct wheel_timer *timer) {
    struct trunk_registration *registration = SJ_OWNER(timer, struct trunk_registration, timer);
    send_register(registration, registration->asked_s);
}

static void later(struct trunk_registration *registration, int64_t seconds) {
    timer_wheel_start(&manager_of(registration)->slow.wheel, &registration->timer,
                      sj_monotonic_ms(manager_of(registration)->scope), (uint64_t)seconds * 1000,
                      due);
}

/* Tried again after a while that grows, and is another for each trunk, so that a registrar that
 * comes back is not overrun. `least_s`: what the registrar has asked for. */
static void failed(struct trunk_registration *registration, const char *reason, int64_t least_s) {
    const int64_t wait_s = call_manager_back_off_s(manager_of(registration), AGAIN_FIRST_S,
                                                   AGAIN_MOST_S, registration->failures++);
    registration->silent = 0;
    registration->raised = false;
    note(registration, SJ_TRUNK_REGISTRATION_STATE_FAILED, reason);
    later(registration, wait_s < least_s ? least_s : wait_s);
}

/* ---- answers ---- */

/* What the registrar grants: beside the contact of ours, else for all, else what was asked for. */
static int64_t granted_s(const struct trunk_registration *registration,
                         const struct sip_message *response) {
    struct sip_values contacts = sip_values_of(response, SIP_CONTACT);
    struct sip_name_address contact;
    struct sip_text value, expires;
    struct sip_uri uri;
    uint64_t seconds = (uint64_t)registration->asked_s;
    (void)sip_text_number(sip_message_header(response, SIP_EXPIRES), GRANTED_MOST_S, &seconds);
    while (sip_values_next(&contacts, &value)) {
        if (sip_name_address_parse(value, &contact) && sip_uri_parse(contact.uri, &uri) &&
            sip_text_is(uri.user, registration->contact) &&
            sip_param(contact.params, "expires", &expires)) {
            (void)sip_text_number(expires, GRANTED_MOST_S, &seconds);
        }
    }
    return seconds > GRANTED_MOST_S ? GRANTED_MOST_S : (int64_t)seconds;
}

static void accepted(struct trunk_registration *registration, const struct sip_message *response) {
    const int64_t expires_s = granted_s(registration, response);
    registration->failures = 0;
    registration->silent = 0;
    registration->raised = false;
    if (expires_s == 0) {
        failed(registration, "the registrar has taken the contact for no time", 0);
        return;
    }
    registration->until_ms = sj_wall_ms(manager_of(registration)->scope) + expires_s * 1000;
    registration->registrar = registration->asked;
    note(registration, SJ_TRUNK_REGISTRATION_STATE_REGISTERED, "");
    /* A fifth is left for a registrar that is slow, or does not answer at once. */
    later(registration, expires_s * 4 / 5 < SHORTEST_S ? SHORTEST_S : expires_s * 4 / 5);
}

static void refused(struct trunk_registration *registration, const struct sip_message *response) {
    char why[160];
    uint64_t least_s = 0;
    if (response->status == 423 &&
        sip_text_number(sip_message_header(response, SIP_MIN_EXPIRES), GRANTED_MOST_S, &least_s) &&
        (int64_t)least_s > registration->asked_s) {
        registration->asked_s = (int64_t)least_s;
        if (!registration->raised) { /* once: a registrar that raises it each time must wait */
            registration->raised = true;
            send_register(registration, registration->asked_s);
            return;
        }
    }
    least_s = 0;
    (void)sip_text_number(sip_text_token(sip_message_header(response, SIP_RETRY_AFTER)),
                          GRANTED_MOST_S, &least_s);
    if (response->status == 401 || response->status == 403 || response->status == 407) {
        least_s = least_s < AGAIN_MOST_S ? AGAIN_MOST_S : least_s; /* accounts can be locked */
    }
    (void)snprintf(why, sizeof why, "it answers REGISTER with %d %s", response->status,
                   sip_reason_phrase(response->status));
    failed(registration, why, (int64_t)least_s);
}

static void heard(void *user, struct sip_transaction *transaction,
                  const struct sip_message *response) {
    struct trunk_registration *registration = user;
    if (response->status < 200) {
        return;
    }
    sip_transaction_detach(transaction);
    registration->transaction = NULL;
    registration->cseq = response->cseq; /* higher than that sent first where it was challenged */
    if (response->status < 300) {
        accepted(registration, response);
    } else {
        refused(registration, response);
    }
}

/* Another address of the registrar is tried at once, and all of them once more after a while. */
static void silent(void *user, struct sip_transaction *transaction) {
    struct trunk_registration *registration = user;
    struct call_manager *manager = manager_of(registration);
    const char *failure = sip_transaction_failure(transaction);
    char why[300];
    (void)snprintf(why, sizeof why, "%s",
                   failure[0] != '\0' ? failure
                                      : sip_transport_silence(&manager->transport,
                                                              sip_transaction_flow(transaction)));
    sip_transaction_detach(transaction);
    registration->transaction = NULL;
    registration->address++;
    if (++registration->silent < registration->destination->count) {
        send_register(registration, registration->asked_s);
    } else {
        failed(registration, why, 0);
    }
}

static const struct sip_transaction_events events = {heard, silent, NULL};

/* ---- REGISTER ---- */

static void put_party(struct sip_writer *writer, const struct trunk_registration *registration) {
    sip_put(writer, "<sip:");
    sip_put_user(writer, registration->user);
    sip_put(writer, "@");
    sip_put_host(writer, registration->domain, 0);
    sip_put(writer, ">");
}

static void write_register(struct trunk_registration *registration, const struct sip_flow *flow,
                           int64_t expires_s, const char *branch, struct sip_writer *writer) {
    struct call_manager *manager = manager_of(registration);
    char uri[300];
    struct sip_writer uri_writer;
    sip_writer_init(&uri_writer, uri, sizeof uri - 1);
    sip_put(&uri_writer, "sip:");
    sip_put_host(&uri_writer, registration->domain, 0);
    uri[uri_writer.used] = '\0';
    sip_put(writer, "REGISTER ");
    sip_put(writer, uri);
    sip_put(writer, " SIP/2.0\r\n");
    sip_put_own_via(manager, writer, branch, flow);
    sip_put(writer, "Max-Forwards: 70\r\nFrom: ");
    put_party(writer, registration);
    sip_put(writer, ";tag=");
    sip_put(writer, registration->tag);
    sip_put(writer, "\r\nTo: ");
    put_party(writer, registration);
    sip_put(writer, "\r\nCall-ID: ");
    sip_put(writer, registration->call_id);
    sip_put(writer, "@");
    sip_put(writer, call_manager_address(manager, flow));
    sip_put(writer, "\r\nCSeq: ");
    sip_put_number(writer, ++registration->cseq);
    sip_put(writer, " REGISTER\r\nUser-Agent: Sojourn/" SOJOURN_VERSION "\r\n");
    sip_put_own_contact(manager, writer, registration->contact, flow);
    sip_put(writer, "Expires: ");
    sip_put_number(writer, (uint64_t)expires_s);
    sip_put(writer, "\r\n");
    trunk_credentials_put(manager, registration->credentials, "REGISTER", uri, writer);
    sip_put_body(writer, sip_text_of(""), sip_text_of(""));
}

/* `expires_s` 0: it is taken back, and nobody waits for the answer. */
static void send_register(struct trunk_registration *registration, int64_t expires_s) {
    const struct trunk_destination *destination = registration->destination;
    struct call_manager *manager = destination->manager;
    struct sip_writer writer = call_manager_writer(manager);
    char branch[32], token[SIP_TAG];
    if (destination->count == 0) {
        failed(registration,
               destination->unresolved[0] != '\0' ? destination->unresolved : "it has no address",
               0);
        return;
    }
    const struct sip_flow flow =
        sip_flow_to(destination->transport,
                    &destination->addresses[registration->address % destination->count].address);
    registration->asked = flow.remote;
    call_manager_token(manager, token);
    (void)snprintf(branch, sizeof branch, "z9hG4bK%s", token);
    write_register(registration, &flow, expires_s, branch, &writer);
    struct sip_transaction *transaction =
        writer.overflow
            ? NULL
            : sip_client_begin(&manager->transactions, SIP_REGISTER, branch, &flow, writer.data,
                               writer.used, expires_s == 0 ? NULL : &events, registration);
    if (expires_s == 0) {
        return;
    }
    registration->transaction = transaction;
    if (transaction == NULL) {
        failed(registration, "the REGISTER could not be sent", 0);
    }
}

/* ---- begin and end ---- */

static uint64_t hash_of(const sj_sip_trunk *trunk, const sj_sip_realm *account) {
    char text[900];
    (void)snprintf(text, sizeof text, "%s\n%s\n%lld\n%s", trunk->registration_user,
                   sj_or_empty(trunk->registration_domain),
                   (long long)trunk->registration_expires_s,
                   account == NULL ? "" : sj_or_empty(account->digest_credentials));
    return sj_hash_keyed_text(text);
}

/* The same for the same account over restarts, so that what the registrar still has leads here; and
 * nobody can guess it who does not know the account. */
static void choose_contact(struct trunk_registration *registration, const sj_sip_realm *account) {
    const struct trunk_destination *destination = registration->destination;
    char hash[DIGEST_HEX];
    if (account == NULL || sj_or_empty(account->digest_credentials)[0] == '\0') {
        call_manager_token(destination->manager, registration->contact);
        return;
    }
    digest_ha1(destination->manager->digest, DIGEST_SHA256, destination->trunk,
               destination->manager->address, account->digest_credentials, hash);
    (void)snprintf(registration->contact, sizeof registration->contact, "%.16s", hash);
}

static void open_metric(struct trunk_registration *registration) {
    const struct trunk_destination *destination = registration->destination;
    char name[512];
    registration->scope =
        sj_scope_open(destination->manager->scope, destination->trunk, NULL, NULL);
    if (registration->scope != NULL) {
        (void)snprintf(name, sizeof name,
                       "sojourn_ccm_trunk_registered{trunk=\"%s\",destination=\"%s:%d\"}",
                       destination->trunk, destination->address, destination->port);
        registration->metric = sj_metric_new(registration->scope, SJ_GAUGE, name,
                                             "Whether a trunk is registered with a destination");
    }
}

static void begin(struct trunk_destination *destination, const sj_sip_trunk *trunk,
                  const sj_sip_realm *account, uint64_t configured) {
    struct trunk_registration *registration = calloc(1, sizeof *registration);
    if (registration == NULL) {
        sj_log_error(destination->manager->scope, "trunk %s: no memory to register with %s",
                     destination->trunk, destination->address);
        return;
    }
    destination->registration = registration;
    registration->destination = destination;
    registration->configured = configured;
    registration->asked_s = trunk->registration_expires_s;
    registration->since_ms = sj_wall_ms(destination->manager->scope);
    registration->state = SJ_TRUNK_REGISTRATION_STATE_REGISTERING;
    (void)snprintf(registration->user, sizeof registration->user, "%s", trunk->registration_user);
    (void)snprintf(registration->domain, sizeof registration->domain, "%s",
                   sj_or_empty(trunk->registration_domain)[0] != '\0' ? trunk->registration_domain
                                                                      : destination->address);
    call_manager_token(destination->manager, registration->call_id);
    call_manager_token(destination->manager, registration->tag);
    choose_contact(registration, account);
    open_metric(registration);
    later(registration, 0);
}

void trunk_registration_end(struct trunk_destination *destination) {
    struct trunk_registration *registration = destination->registration;
    if (registration == NULL) {
        return;
    }
    destination->registration = NULL;
    timer_wheel_stop(&destination->manager->slow.wheel, &registration->timer);
    if (registration->transaction != NULL) {
        sip_transaction_detach(registration->transaction);
    }
    if (registration->state == SJ_TRUNK_REGISTRATION_STATE_REGISTERED && destination->count > 0) {
        send_register(registration, 0);
    }
    if (registration->scope != NULL && !destination->manager->stopping) {
        sj_scope_close(registration->scope);
    }
    digest_client_free(registration->credentials);
    free(registration);
}

void trunk_registration_again(struct trunk_destination *destination) {
    const struct call_manager *manager = destination->manager;
    const sj_sip_trunk *trunk = dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, destination->trunk);
    const bool wanted = trunk != NULL && destination->cluster_id[0] == '\0' &&
                        sj_or_empty(trunk->registration_user)[0] != '\0';
    const sj_sip_realm *account =
        wanted ? trunk_credentials_account(&manager->plan, trunk, NULL) : NULL;
    const uint64_t configured = wanted ? hash_of(trunk, account) : 0;
    if (destination->registration != NULL &&
        (!wanted || destination->registration->configured != configured)) {
        trunk_registration_end(destination);
    }
    if (wanted && destination->registration == NULL && destination->count > 0) {
        begin(destination, trunk, account, configured);
    }
}

void trunk_registrations_end(struct call_manager *manager) {
    for (struct trunk_destination *destination = trunk_destinations_first(manager, NULL);
         destination != NULL; destination = trunk_destinations_next(destination)) {
        trunk_registration_end(destination);
    }
}

/* ---- looking ---- */

const char *trunk_registration_of(struct call_manager *manager, struct sip_text from_tag,
                                  struct digest_client ***credentials) {
    for (struct trunk_destination *destination = trunk_destinations_first(manager, NULL);
         destination != NULL; destination = trunk_destinations_next(destination)) {
        if (destination->registration != NULL &&
            sip_text_is(from_tag, destination->registration->tag)) {
            *credentials = &destination->registration->credentials;
            return destination->trunk;
        }
    }
    return NULL;
}

bool trunk_registration_is_with(struct call_manager *manager, const char *trunk,
                                const sj_address *host) {
    for (const struct trunk_destination *destination = trunk_destinations_first(manager, trunk);
         destination != NULL && strcmp(destination->trunk, trunk) == 0;
         destination = trunk_destinations_next(destination)) {
        if (destination->registration != NULL &&
            sip_same_host(&destination->registration->registrar, host)) {
            return true;
        }
    }
    return false;
}

const char *trunk_registration_at(struct call_manager *manager, struct sip_text contact_user) {
    for (const struct trunk_destination *destination = trunk_destinations_first(manager, NULL);
         destination != NULL; destination = trunk_destinations_next(destination)) {
        if (destination->registration != NULL &&
            sip_text_is(contact_user, destination->registration->contact)) {
            return destination->trunk;
        }
    }
    return NULL;
}

void trunk_registration_fill(const struct trunk_destination *destination,
                             sj_sip_trunk_status_reply_trunk_destination *row) {
    const struct trunk_registration *registration = destination->registration;
    row->registration_reason = "";
    if (registration != NULL) {
        row->registration = registration->state;
        row->registration_since = registration->since_ms;
        row->registered_until = registration->state == SJ_TRUNK_REGISTRATION_STATE_REGISTERED
                                    ? registration->until_ms
                                    : 0;
        row->registration_reason = registration->reason;
    }
}
