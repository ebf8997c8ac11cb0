/* Counts, limits and publishes wrong digest credentials. */
#include "phones/guess_limit.h"
#include "core/refusals.h"
#include "events/device.h"
#include "parameters/enterprise.h"

#include <sojourn/base/hash.h>

#include <stdio.h>

enum { SOURCES = 8192, CREDENTIALS = 8192, SOURCE_BURST = 20, SOURCE_INTERVAL_MS = 3000 };

bool guess_limit_open(struct call_manager *manager) {
    manager->metric_wrong_credentials =
        sj_metric_new(manager->scope, SJ_COUNTER, "sojourn_ccm_digest_failures_total",
                      "Wrong digest credentials");
    manager->metric_turned_away =
        sj_metric_new(manager->scope, SJ_COUNTER, "sojourn_ccm_digest_turned_away_total",
                      "Digest credentials not looked at, after too many wrong ones");
    return rate_limit_init(&manager->guesses_by_source, SOURCES, SOURCE_BURST,
                           SOURCE_INTERVAL_MS) &&
           rate_limit_init(&manager->guesses_by_credential, CREDENTIALS, 1, 1);
}

void guess_limit_close(struct call_manager *manager) {
    rate_limit_free(&manager->guesses_by_source);
    rate_limit_free(&manager->guesses_by_credential);
}

struct guess guess_of(struct sip_text user, const char *secret, const struct sip_flow *flow,
                      const struct registration *registered) {
    struct guess guess = {.source = refusals_source(flow)};
    guess.credential = sj_hash_keyed(user.at, user.length) ^ sj_hash_keyed_text(secret);
    guess.pair = guess.source ^ (guess.credential << 1 | guess.credential >> 63);
    guess.registered_there = registered != NULL && sip_flow_equal(&registered->flow, flow);
    guess.registered_host = registered != NULL && sip_flow_same_host(&registered->flow, flow);
    return guess;
}

/* False: credentials are never locked. */
static bool credential_limit(struct call_manager *manager) {
    const int64_t failed = sj_param_enterprise_credential_failed_logins(manager->scope);
    const int64_t minutes = sj_param_enterprise_credential_lockout_minutes(manager->scope);
    manager->guesses_by_credential.burst = (double)failed;
    manager->guesses_by_credential.per_ms = (double)failed / ((double)minutes * 60 * 1000);
    return failed > 0;
}

bool guess_limit_allows_source(struct call_manager *manager, const struct sip_flow *flow) {
    return rate_limit_allows(&manager->guesses_by_source, refusals_source(flow),
                             sj_monotonic_ms(manager->scope));
}

bool guess_limit_allows(struct call_manager *manager, const struct guess *guess) {
    const uint64_t now = sj_monotonic_ms(manager->scope);
    const struct rate_limit *sources = &manager->guesses_by_source,
                            *credentials = &manager->guesses_by_credential;
    const bool limited = credential_limit(manager);
    if (guess->registered_there) {
        return !limited || rate_limit_allows(credentials, guess->pair, now);
    }
    if (!rate_limit_allows(sources, guess->source, now)) {
        return false;
    }
    return !limited ||
           rate_limit_allows(credentials, guess->registered_host ? guess->pair : guess->credential,
                             now) ||
           rate_limit_is_clean(sources, guess->source, now);
}

void guess_limit_wrong(struct call_manager *manager, const struct guess *guess) {
    const uint64_t now = sj_monotonic_ms(manager->scope);
    (void)rate_limit_take(&manager->guesses_by_source, guess->source, now, NULL);
    if (credential_limit(manager)) {
        (void)rate_limit_take(&manager->guesses_by_credential, guess->pair, now, NULL);
        (void)rate_limit_take(&manager->guesses_by_credential, guess->credential, now, NULL);
    }
}

void guess_limit_note(struct call_manager *manager, const struct sip_message *request,
                      const struct sip_flow *flow, struct sip_text user, bool limited) {
    char name[130], address[SJ_ADDRESS_TEXT];
    sj_digest_failed event;
    (void)sip_text_copy(user, name, sizeof name);
    sj_metric_add(manager->scope,
                  limited ? manager->metric_turned_away : manager->metric_wrong_credentials, 1);
    if (!refusals_note(manager, REFUSED_DIGEST, flow, "%s: %s digest credentials of %s",
                       sip_method_text(request->method),
                       limited ? "too many wrong answers, not checking the" : "wrong", name)) {
        return;
    }
    memset(&event, 0, sizeof event);
    (void)sj_address_format(&flow->remote, address, sizeof address);
    event.user_id = name;
    event.address = address;
    event.method = sip_method_text(request->method);
    event.limited = limited;
    sj_publish_digest_failed(manager->scope, manager->digest_failed, &event);
}
