/* Who is in which conference, and how a party comes there. */
#include "calls/conference.h"
#include "calls/call_exchange.h"
#include "calls/call_join.h"
#include "calls/call_leg.h"
#include "calls/call_record.h"
#include "calls/call_relay.h"
#include "calls/call_watch.h"
#include "calls/media_service.h"
#include "calls/transfer.h"
#include "core/later_answer.h"
#include "core/refusals.h"
#include "parameters/call_manager.h"
#include "phones/registration_table.h"
#include "phones/remote_control.h"

#include <sojourn/base/hash.h>

#include <stdio.h>
#include <stdlib.h>

struct conference {
    struct call_manager *manager;
    struct media_bridge *bridge;
    unsigned parties;
    struct call *last;        /* of them, when there is only one */
    struct wheel_timer alone; /* that is to end */
};

/* The bridge is being opened, and the phone waits for the answer. */
struct conference_request {
    struct call_manager *manager;
    sj_scope *scope; /* its own */
    struct later_answer *answer;
    char device[130];
    struct sip_replaces kept, consulted; /* the phone's two dialogs */
};

/* ---- a party leaves ---- */

static void conference_free(struct conference *conference) {
    timer_wheel_stop(&conference->manager->fast.wheel, &conference->alone);
    media_bridge_release(conference->bridge);
    free(conference);
}

static void alone(struct wheel_timer *timer) {
    struct conference *conference = SJ_OWNER(timer, struct conference, alone);
    call_end(conference->last, NULL, 200, "The conference is over");
}

void conference_forget(struct call *call) {
    struct conference *conference = call->conference;
    if (conference == NULL) {
        return;
    }
    call->conference = NULL;
    media_bridge_leave(conference->bridge, call->caller->local_tag);
    if (--conference->parties == 0) {
        conference_free(conference);
        return;
    }
    SJ_LIST_EACH(other, &call->manager->calls, struct call, link) {
        if (other->conference == conference) {
            conference->last = other;
        }
    }
    if (conference->parties == 1) { /* not from within what ends this call */
        timer_wheel_start(&conference->manager->fast.wheel, &conference->alone,
                          sj_monotonic_ms(conference->manager->scope), 0, alone);
    }
}

/* ---- a party comes ---- */

static void joined(void *user, int status, struct call_leg *failed) {
    struct call *call = user;
    call->restoring = NULL;
    if (status == 200) {
        call_trace(call, "%s is in the conference", call->calling);
    } else {
        call_end(call, status == 408 || status == 481 ? failed : NULL, status,
                 "The party does not come into the conference");
    }
}

/* Puts it into a call of its own; what it leaves behind is a leg without a dialog. False: no
 * memory, and it stays where it is. */
static bool bring(struct conference *conference, struct call_leg *party) {
    struct call_manager *manager = conference->manager;
    struct call *call = transfer_call_for(party, "Conference");
    if (call == NULL || !call_leg_stand_in(call)) {
        if (call != NULL) {
            call_free(call);
        }
        return false;
    }
    call->answered->bridge = media_bridge_keep(conference->bridge);
    call_join_restore_drop(party->call);
    call_exchange(call->caller, party);
    call->conference = conference;
    conference->parties++;
    call->answered_ms = (int64_t)sj_monotonic_ms(manager->scope);
    call->answered_wall_ms = sj_wall_ms(manager->scope);
    (void)snprintf(call->called, sizeof call->called, "Conference");
    (void)snprintf(call->called_name, sizeof call->called_name, "Conference");
    call_record_conference(call);
    call_watch(call);
    call->restoring = call_join_begin(party, call->answered, NULL, joined, call);
    return true;
}

/* Both parties of the call have been brought elsewhere, or one has and the other is not wanted. */
static void leave_behind(struct call *call) {
    call_end(call, NULL, 200, "Put into a conference");
}

/* The phone is brought last, so that its kept call is known by its dialog until then. */
static void bring_all(struct conference *conference, struct call_leg *kept,
                      struct call_leg *consulted) {
    struct call *first = kept->call, *second = consulted->call;
    const bool fresh = first->conference == NULL;
    bool all = bring(conference, call_leg_other(consulted));
    if (fresh) {
        all = bring(conference, call_leg_other(kept)) && bring(conference, kept) && all;
        leave_behind(first);
    }
    leave_behind(second);
    if (!all) {
        sj_log_limited(conference->manager->scope, SJ_LOG_WARNING, "a conference lacks somebody",
                       "a party of a conference is lost: out of memory");
    }
    if (conference->parties == 0) {
        conference_free(conference);
    }
}

/* ---- the key ---- */

static const char *hindrance(const struct call_leg *leg) {
    const struct call_leg *other = call_leg_other(leg);
    return other == NULL || leg->state != LEG_CONFIRMED || other->state != LEG_CONFIRMED
               ? "A call of the conference has not been answered"
           : other->stands_in && leg->call->conference == NULL ? "The call is parked"
           : leg->call->transfer != NULL || call_join_restores(leg->call) ||
                   call_relays_pending(leg->call)
               ? "Another change of the calls is under way"
               : NULL;
}

/* The only other call of the phone on the line; NULL: there is none, or several. */
static struct call_leg *only_other(const struct call_leg *leg) {
    struct call_leg *found = NULL;
    if (leg->line_key == NULL) {
        return NULL;
    }
    SJ_MAP_EACH_OF(other, &leg->manager->legs_by_line, sj_hash_keyed_text(leg->line_key),
                   struct call_leg, by_line) {
        if (other != leg && other->call != NULL && strcmp(other->line_key, leg->line_key) == 0 &&
            strcmp(other->device_name, leg->device_name) == 0) {
            if (found != NULL) {
                return NULL;
            }
            found = other;
        }
    }
    return found;
}

static struct call_leg *find_consulted(const struct call_leg *leg,
                                       const struct sip_replaces *consulted) {
    struct call_leg *other = consulted->call_id[0] == '\0'
                                 ? only_other(leg)
                                 : call_leg_replaced(leg->manager, consulted);
    return other == NULL || other->call == NULL || other->call == leg->call ||
                   strcmp(other->device_name, leg->device_name) != 0 ||
                   (call_leg_other(other) != NULL && call_leg_other(other)->stands_in)
               ? NULL
               : other;
}

/* The phone has put its kept call on hold to make the other one. */
static void retrieve(struct call_manager *manager, const char *device,
                     const struct sip_replaces *kept) {
    const struct registration *phone = registration_find(manager->registrations, device);
    if (phone != NULL && phone->cisco) {
        remote_control_retrieve(manager, phone, kept);
    }
}

static void refuse(struct conference_request *wanted, const char *why) {
    struct call_manager *manager = wanted->manager;
    const struct registration *phone = registration_find(manager->registrations, wanted->device);
    (void)refusals_note(manager, REFUSED_FEATURE, &wanted->answer->flow,
                        "the softkey Conference of %s is refused: %s", wanted->device, why);
    later_answer_give(wanted->answer, 603, why, "");
    if (phone != NULL && phone->cisco) {
        remote_control_show(manager, phone, CONFERENCE_FAILED_TEXT,
                            sj_param_ccm_call_park_display_timer(manager->scope));
    }
}

static void opened(void *user, struct media_bridge *bridge, const char *why) {
    struct conference_request *wanted = user;
    struct call_manager *manager = wanted->manager;
    struct call_leg *kept = call_leg_replaced(manager, &wanted->kept),
                    *consulted = call_leg_replaced(manager, &wanted->consulted);
    struct conference *conference = bridge == NULL ? NULL : calloc(1, sizeof *conference);
    char text[300];
    (void)snprintf(text, sizeof text, "A conference needs a media service: %s", why);
    if (conference == NULL) {
        refuse(wanted, text);
        media_bridge_release(bridge);
    } else if (kept == NULL || consulted == NULL || hindrance(kept) != NULL ||
               hindrance(consulted) != NULL) {
        refuse(wanted, "The calls have changed meanwhile");
        media_bridge_release(bridge);
        free(conference);
    } else {
        conference->manager = manager;
        conference->bridge = bridge;
        later_answer_give(wanted->answer, 202, "", "");
        bring_all(conference, kept, consulted);
        retrieve(manager, wanted->device, &wanted->kept);
    }
    sj_scope_close(wanted->scope);
}

static void closed(void *user) {
    free(user);
}

/* Opens a bridge. False: no memory; the request has been answered. */
static bool begin(const struct call_leg *kept, const struct call_leg *consulted,
                  const struct sip_message *request, const struct sip_flow *flow) {
    struct call_manager *manager = kept->manager;
    struct conference_request *wanted = calloc(1, sizeof *wanted);
    if (wanted == NULL ||
        (wanted->scope = sj_scope_open(manager->scope, "conference", closed, wanted)) == NULL) {
        free(wanted);
        return false;
    }
    wanted->manager = manager;
    (void)snprintf(wanted->device, sizeof wanted->device, "%s", kept->device_name);
    call_leg_name(kept, &wanted->kept);
    call_leg_name(consulted, &wanted->consulted);
    wanted->answer = later_answer_open(manager, request, flow, "conference");
    if (wanted->answer == NULL) {
        sj_scope_close(wanted->scope);
    } else if (media_open(manager, SJ_MEDIA_OPEN_PURPOSE_CONFERENCE, kept->device_name,
                          kept->call->trace_id, opened, wanted) == NULL) {
        refuse(wanted, "Out of memory");
        sj_scope_close(wanted->scope);
    }
    return true;
}

int conference_by_softkey(struct call_leg *leg, const struct sip_replaces *consulted,
                          const struct sip_message *request, const struct sip_flow *flow,
                          const char **why) {
    struct call_leg *other = find_consulted(leg, consulted);
    if (other == NULL) {
        *why = "There is no second call for a conference";
        return 603;
    }
    if ((*why = hindrance(leg)) != NULL || (*why = hindrance(other)) != NULL) {
        return 491;
    }
    if (leg->call->conference != NULL) {
        struct sip_replaces kept;
        call_leg_name(leg, &kept);
        sip_answer_kept(leg->manager, request, flow, 202);
        bring_all(leg->call->conference, leg, other);
        retrieve(leg->manager, leg->device_name, &kept);
        return 0;
    }
    *why = "Out of memory";
    return begin(leg, other, request, flow) ? 0 : 503;
}
