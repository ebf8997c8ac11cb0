/* Finds the mailbox and has it kept; the call waits for that. */
#include "calls/message_waiting_number.h"
#include "calls/call_join.h"
#include "calls/call_leg.h"
#include "core/refusals.h"
#include "dial_plan/number_routing.h"
#include "phones/message_waiting.h"
#include "resources/voice_mail.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

enum { END_MS = 300 /* after the answer, once it is acknowledged */ };

#define NOT_SENT_ON "Calls are not sent to a message waiting number"

static const sj_message_waiting_number *number_of(const struct call_manager *manager,
                                                  const struct number_route *route) {
    char key[130];
    (void)snprintf(key, sizeof key, "%s%s%s", route->pattern,
                   route->partition[0] == '\0' ? "" : "@", route->partition);
    return dial_plan_get(&manager->plan, PLAN_MESSAGE_WAITING_NUMBER, key);
}

bool message_waiting_number_is_on(const struct call_manager *manager,
                                  const struct number_route *route) {
    const sj_message_waiting_number *number = number_of(manager, route);
    return number != NULL && number->message_waiting_indicator;
}

static bool is_believed(const struct call_manager *manager, const sj_sip_trunk *trunk) {
    const sj_sip_trunk_security_profile *security = dial_plan_get(
        &manager->plan, PLAN_SIP_TRUNK_SECURITY_PROFILE, trunk->sip_trunk_security_profile);
    return security != NULL && security->accept_unsolicited_notification;
}

bool message_waiting_number_refused(const struct call_manager *manager,
                                    const struct call_origin *origin, int *status,
                                    const char **why) {
    if (origin->forwarded) {
        *status = 603;
        *why = NOT_SENT_ON;
        return true;
    }
    *status = 403;
    *why = "The SIP Trunk Security Profile does not accept unsolicited notifications";
    return origin->trunk.trunk != NULL &&
           (origin->trunk.lease[0] != '\0' || !is_believed(manager, origin->trunk.trunk));
}

/* The directory number that the digits mean to a mail system; false: there is none. */
static bool reaches(struct call_manager *manager, const char *space, const char *pool,
                    const char *digits, char key[130]) {
    struct number_route *route = calloc(1, sizeof *route);
    struct calling_search_spaces spaces;
    calling_search_spaces_of_phone(space, "", &spaces);
    const struct number_caller caller = {.spaces = &spaces,
                                         .number = "",
                                         .external_mask = "",
                                         .device_pool = pool,
                                         .adjunct_css = "",
                                         .turn = manager->turn};
    const bool found = route != NULL &&
                       number_routing(&manager->plan, &caller, digits, route) == SJ_OK &&
                       route->outcome == NUMBER_PHONE;
    (void)snprintf(key, 130, "%s", found ? route->directory_number_key : "");
    free(route);
    return found;
}

static bool find_mailbox(const struct call *call, const sj_message_waiting_number *number,
                         char key[130], char why[200]) {
    struct call_manager *manager = call->manager;
    const struct call_leg *caller = call->caller;
    if (!caller->trunk) {
        (void)snprintf(key, 130, "%s", sj_or_empty(caller->line_key));
        (void)snprintf(why, 200, "The caller has no line");
        return key[0] != '\0';
    }
    const sj_sip_trunk *trunk = dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, caller->device_name);
    const size_t hops = call->history.count;
    const char *digits = hops > 0 ? call->history.hops[hops - 1].number : call->original_calling;
    const char *space = sj_given(number->calling_search_space) ? number->calling_search_space
                        : trunk == NULL                        ? ""
                                        : sj_or_empty(trunk->calling_search_space);
    (void)snprintf(why, 200, "The Calling Search Space %.50s reaches no directory number %.60s",
                   space, digits);
    return reaches(manager, space, call->device_pool, digits, key);
}

/* ---- keeping it ---- */

struct keeping {
    struct call_manager *manager;
    sj_scope *scope; /* its own */
    char call_id[SIP_TAG];
};

static struct call *find_call(const struct keeping *keeping) {
    SJ_LIST_EACH(call, &keeping->manager->calls, struct call, link) {
        if (strcmp(call->id, keeping->call_id) == 0) {
            return call;
        }
    }
    return NULL;
}

static void ends(struct wheel_timer *timer) {
    struct call *call = SJ_OWNER(timer, struct call, ring);
    if (call->caller->state == LEG_ANSWERED) { /* without an ACK its transaction ends it */
        timer_wheel_start(&call->manager->fast.wheel, timer, sj_monotonic_ms(call->manager->scope),
                          END_MS, ends);
    } else {
        call_end(call, NULL, 200, "The lamp has been switched");
    }
}

static void answer(struct call *call) {
    struct call_manager *manager = call->manager;
    const struct message_body offer = {sip_text_of(sj_or_empty(call->offer_type)),
                                       {call->offer, call->offer_length}};
    if (!call_leg_stand_in(call)) {
        call_end(call, NULL, 503, "Out of memory");
        return;
    }
    const struct message_body body = call_inactive_body(call->caller, &offer);
    call->answered_ms = (int64_t)sj_monotonic_ms(manager->scope);
    timer_wheel_stop(&manager->fast.wheel, &call->expiry);
    call_leg_answer(call->caller, 200, "", &body);
    timer_wheel_start(&manager->fast.wheel, &call->ring, sj_monotonic_ms(manager->scope), END_MS,
                      ends);
}

static void kept(void *user, int status, const sj_error *error) {
    struct keeping *keeping = user;
    struct call *call = find_call(keeping);
    if (status != SJ_OK) {
        sj_log_warning(keeping->manager->scope, "cannot save that messages wait: %s",
                       error == NULL ? "the store has failed" : error->text);
    }
    if (call != NULL && status == SJ_OK) {
        answer(call);
    } else if (call != NULL) {
        call_end(call, NULL, 500, "It cannot be saved whether messages wait");
    }
    sj_scope_close(keeping->scope);
}

static void keep(struct call *call, const char *key, bool waiting) {
    struct call_manager *manager = call->manager;
    const struct message_summary summary = {.waiting = waiting};
    sj_error error = {0};
    sj_scope *scope = sj_scope_open(manager->scope, "message waiting is being kept", NULL, NULL);
    struct keeping *keeping = scope == NULL ? NULL : sj_scope_alloc(scope, sizeof *keeping);
    if (keeping == NULL) {
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        call_end(call, NULL, 503, "Out of memory");
        return;
    }
    *keeping = (struct keeping){.manager = manager, .scope = scope};
    (void)snprintf(keeping->call_id, sizeof keeping->call_id, "%s", call->id);
    call_trace(call, "%s of %s switches the lamp of %s %s", call->dialled,
               call->caller->device_name, key, waiting ? "on" : "off");
    const int status = message_waiting_keep(scope, key, &summary, call->caller->device_name, kept,
                                            keeping, &error);
    if (status != SJ_OK) {
        kept(keeping, status, &error);
    }
}

void message_waiting_delivered(struct call *call, int status, const char *why) {
    struct call_manager *manager = call->manager;
    const sj_message_waiting_number *number = number_of(manager, call->route);
    char key[130], nobody[200];
    call->off_record = true;
    if (status == 0 && (call->transfer != NULL || !call_leg_unanswered(call->caller))) {
        status = 603;
        why = NOT_SENT_ON;
    } else if (status == 0 && number == NULL) {
        status = 404;
        why = "The message waiting number is no more";
    } else if (status == 0 && !find_mailbox(call, number, key, nobody)) {
        status = 404;
        why = nobody;
    }
    if (status != 0) {
        (void)refusals_note(manager, REFUSED_FEATURE, &call->caller->flow,
                            "a call of %s to the message waiting number %s is refused: %s",
                            call->caller->device_name, call->dialled, why);
        call_end(call, NULL, status, why);
        return;
    }
    keep(call, key, message_waiting_number_is_on(manager, call->route));
}
