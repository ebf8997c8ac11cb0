/* Looks for somebody who answers bandwidth.renew, again and again while nobody does. */
#include "calls/bandwidth_lease.h"
#include "events/node.h"

enum {
    LOOK_MS = 1000,  /* for somebody who answers, while nobody does */
    SOON_MS = 100,   /* the same once a service has started, which may be the one, and */
    SOON_LOOKS = 50, /* reads what it has to know before it answers */
};

static void look(void *user);

static void look_again(struct admissions *owner, int64_t delay_ms) {
    sj_timer_again(owner->manager->scope, owner->timer, delay_ms);
}

void bandwidth_lease_lost(struct admissions *owner, const char *why) {
    sj_scope *scope = owner->manager->scope;
    const bool rejects = call_admission_rejects(owner->manager);
    if (owner->there) {
        look_again(owner, LOOK_MS);
    }
    if (owner->there || !owner->told) {
        sj_log(scope, owner->there || rejects ? SJ_LOG_WARNING : SJ_LOG_INFO,
               "no Location Bandwidth Manager answers, so that calls are %s: %s",
               rejects ? "refused, but for those to emergency services numbers"
                       : "made without being counted",
               why);
    }
    owner->told = true;
    owner->there = false;
    owner->counted = 0;
    SJ_LIST_EACH(reservation, &owner->all, struct reservation, link) {
        if (reservation_is_here(reservation)) {
            reservation->counted = reservation->changing = false;
        }
    }
}

/* The timer looks again by itself. */
static void nobody_renews(struct admissions *owner, const char *why) {
    bandwidth_lease_lost(owner, why);
    if (owner->soon > 0) {
        owner->soon--;
        look_again(owner, SOON_MS);
    }
}

/* All that stands is counted, whether it was or not; or what was not. */
static void count_standing(struct admissions *owner, bool all) {
    SJ_LIST_EACH(reservation, &owner->all, struct reservation, link) {
        if (reservation->leg != NULL && !reservation->reserving &&
            reservation_is_here(reservation) && (all || !reservation->counted)) {
            (void)reservation_ask(reservation, true);
        }
    }
}

static int64_t renewal_ms(int64_t lease_s) {
    const int64_t soon_ms = lease_s * 1000 / BANDWIDTH_RENEWALS;
    return soon_ms > LOOK_MS ? soon_ms : LOOK_MS;
}

static void renewed(void *user, int status, const sj_error *error,
                    const sj_bandwidth_renew_reply *reply) {
    struct admissions *owner = user;
    owner->renewing = false;
    if (status != SJ_OK) {
        nobody_renews(owner, error == NULL ? "out of memory" : error->text);
        return;
    }
    owner->soon = 0;
    if (!owner->there) {
        sj_log_info(owner->manager->scope,
                    "calls are admitted by the Location Bandwidth Manager from now on");
        owner->there = true;
        count_standing(owner, false);
    } else if (reply->calls < owner->expected) {
        sj_log_warning(owner->manager->scope,
                       "the Location Bandwidth Manager counts %lld of %lld calls: all are counted "
                       "anew",
                       (long long)reply->calls, (long long)owner->expected);
        count_standing(owner, true);
    }
    owner->renew_ms = renewal_ms(reply->lease_s);
    look_again(owner, owner->renew_ms);
}

/* A lease that has become shorter is renewed sooner. */
void bandwidth_lease_note(struct admissions *owner, int64_t lease_s) {
    if (lease_s > 0 && owner->there && renewal_ms(lease_s) < owner->renew_ms) {
        owner->renew_ms = renewal_ms(lease_s);
        look_again(owner, owner->renew_ms);
    }
}

static void look(void *user) {
    struct admissions *owner = user;
    const sj_bandwidth_renew request = {.owner = owner->manager->scope->host->node->name,
                                        .instance = owner->instance};
    sj_error error;
    if (owner->renewing || owner->manager->stopping) {
        return;
    }
    owner->expected = owner->counted;
    owner->renewing = true;
    if (sj_ask_bandwidth_renew(owner->manager->scope, &request, 0, renewed, owner, &error) !=
        SJ_OK) {
        owner->renewing = false;
        nobody_renews(owner, error.text);
    }
}

static void service_started(void *user, const sj_service_started *event) {
    struct admissions *owner = user;
    (void)event;
    owner->soon = SOON_LOOKS;
    look_again(owner, 0);
}

void bandwidth_lease_look(struct admissions *owner) {
    look_again(owner, 0);
}

int bandwidth_lease_open(struct admissions *owner, sj_error *error) {
    sj_scope *scope = owner->manager->scope;
    owner->timer = sj_timer_start(scope, 0, LOOK_MS, look, owner);
    return owner->timer == NULL ? sj_error_set(error, SJ_E_NO_MEMORY, "no memory for a timer")
           : sj_on_service_started(scope, service_started, owner, error) == NULL ? error->code
                                                                                 : SJ_OK;
}
