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

enum { JOINED_MAX = 8 }; /* calls that are put together with another one at once */

struct conference {
    struct call_manager *manager;
    unsigned id;
    char device[130]; /* whose key has begun it */
    unsigned numbers; /* given to parties */
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
    bool join; /* by the key Join */
    char device[130];
    struct sip_replaces kept; /* of the phone's dialogs */
    size_t count;
    struct sip_replaces others[JOINED_MAX];
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

/* The call's caller is in it, whose other party is the bridge. */
static void settle(struct conference *conference, struct call *call, unsigned number) {
    call->answered->bridge = media_bridge_keep(conference->bridge);
    call->conference = conference;
    call->conference_number = number;
    conference->parties++;
    (void)snprintf(call->called, sizeof call->called, "Conference");
    (void)snprintf(call->called_name, sizeof call->called_name, "Conference");
}

static void note_answered(struct call *call) {
    call->answered_ms = (int64_t)sj_monotonic_ms(call->manager->scope);
    call->answered_wall_ms = sj_wall_ms(call->manager->scope);
    call_watch(call);
}

/* Puts it into a call of its own; what it leaves behind is a leg without a dialog. False: no
 * memory, and it stays where it is. */
static bool bring(struct conference *conference, struct call_leg *party, unsigned number) {
    struct call *call = transfer_call_for(party, "Conference");
    if (call == NULL || !call_leg_stand_in(call)) {
        if (call != NULL) {
            call_free(call);
        }
        return false;
    }
    call_join_restore_drop(party->call);
    call_exchange(call->caller, party);
    settle(conference, call, number);
    note_answered(call);
    call_record_conference(call);
    call->restoring = call_join_begin(party, call->answered, NULL, joined, call);
    return true;
}

/* Both parties of the call have been brought elsewhere, or one has and the other is not wanted. */
static void leave_behind(struct call *call) {
    call_end(call, NULL, 200, "Put into a conference");
}

struct conference *conference_begin(struct call_manager *manager, struct media_bridge *bridge,
                                    const char *device_name) {
    struct conference *conference = calloc(1, sizeof *conference);
    if (conference == NULL) {
        media_bridge_release(bridge);
        return NULL;
    }
    conference->manager = manager;
    conference->bridge = bridge;
    conference->id = ++manager->conferences;
    (void)snprintf(conference->device, sizeof conference->device, "%s", device_name);
    return conference;
}

/* Who has not come is not waited for. */
static void check_parties(struct conference *conference, bool all) {
    if (!all) {
        sj_log_limited(conference->manager->scope, SJ_LOG_WARNING, "a conference lacks somebody",
                       "a party of a conference is lost: out of memory");
    }
    if (conference->parties == 0) {
        conference_free(conference);
    }
}

bool conference_take(struct conference *conference, struct call *call) {
    const bool all = bring(conference, call->caller, ++conference->numbers) &&
                     bring(conference, call->answered, ++conference->numbers);
    leave_behind(call);
    return all;
}

static void admitted(void *user, int status, struct call_leg *failed) {
    struct call *call = user;
    (void)failed;
    call->restoring = NULL;
    if (status != 200) {
        call_end(call, NULL, status, "The bridge does not take the caller");
        return;
    }
    note_answered(call);
    call_record_barged(call);
    call_record_publish(call, SJ_CALL_RECORD_STATE_OFFERED, NULL, 0);
    call_record_publish(call, SJ_CALL_RECORD_STATE_ANSWERED, NULL, 0);
    call_trace(call, "%s has come into the conference", call->calling);
}

bool conference_admit(struct conference *conference, struct call *call) {
    const struct message_body offer = {sip_text_of(call->offer_type),
                                       {call->offer, call->offer_length}};
    if (!call_leg_stand_in(call)) {
        return false;
    }
    settle(conference, call, ++conference->numbers);
    call->restoring = call_join_begin(call->caller, call->answered, &offer, admitted, call);
    return call->restoring != NULL;
}

/* The phone is brought last, so that its kept call is known by its dialog until then; numbers are
 * given as its user has called them. */
static void bring_all(struct conference *conference, struct call_leg *kept,
                      struct call_leg *const others[], size_t count) {
    struct call *first = kept->call;
    const bool fresh = first->conference == NULL;
    const unsigned before = conference->numbers + (fresh ? 2 : 0);
    bool all = true;
    for (size_t i = 0; i < count; i++) {
        struct call *other = others[i]->call;
        all = bring(conference, call_leg_other(others[i]), before + (unsigned)i + 1) && all;
        leave_behind(other);
    }
    if (fresh) {
        all = bring(conference, call_leg_other(kept), before - 1) &&
              bring(conference, kept, before) && all;
        leave_behind(first);
    }
    conference->numbers = before + (unsigned)count;
    check_parties(conference, all);
}

/* ---- the key ---- */

const char *conference_hindrance(const struct call_leg *leg) {
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
static void tell_done(struct call_manager *manager, const char *device,
                      const struct sip_replaces *kept, bool join) {
    const struct registration *phone = registration_find(manager->registrations, device);
    if (phone == NULL || !phone->cisco) {
        return;
    }
    remote_control_retrieve(manager, phone, kept);
    if (join) {
        remote_control_joined(manager, phone, kept);
    }
}

static void refuse(struct conference_request *wanted, const char *why) {
    struct call_manager *manager = wanted->manager;
    const struct registration *phone = registration_find(manager->registrations, wanted->device);
    (void)refusals_note(manager, REFUSED_FEATURE, &wanted->answer->flow,
                        "the softkey %s of %s is refused: %s", wanted->join ? "Join" : "Conference",
                        wanted->device, why);
    later_answer_give(wanted->answer, 603, why, "");
    if (phone != NULL && phone->cisco) {
        remote_control_show(manager, phone,
                            wanted->join ? JOIN_FAILED_TEXT : CONFERENCE_FAILED_TEXT,
                            sj_param_ccm_call_park_display_timer(manager->scope));
    }
}

/* The calls as they are by now; false: they are others, or change. */
static bool find_again(const struct conference_request *wanted, struct call_leg **kept,
                       struct call_leg *others[JOINED_MAX]) {
    *kept = call_leg_replaced(wanted->manager, &wanted->kept);
    bool all =
        *kept != NULL && conference_hindrance(*kept) == NULL && (*kept)->call->conference == NULL;
    for (size_t i = 0; i < wanted->count; i++) {
        others[i] = call_leg_replaced(wanted->manager, &wanted->others[i]);
        all = all && others[i] != NULL && conference_hindrance(others[i]) == NULL &&
              others[i]->call->conference == NULL;
    }
    return all;
}

static void opened(void *user, struct media_bridge *bridge, const char *why) {
    struct conference_request *wanted = user;
    struct call_manager *manager = wanted->manager;
    struct call_leg *kept, *others[JOINED_MAX] = {NULL};
    struct conference *conference;
    char text[300];
    (void)snprintf(text, sizeof text, "A conference needs a media service: %s", why);
    if (bridge == NULL) {
        refuse(wanted, text);
    } else if (!find_again(wanted, &kept, others)) {
        refuse(wanted, "The calls have changed meanwhile");
        media_bridge_release(bridge);
    } else if ((conference = conference_begin(manager, bridge, wanted->device)) == NULL) {
        refuse(wanted, "Out of memory");
    } else {
        later_answer_give(wanted->answer, 202, "", "");
        bring_all(conference, kept, others, wanted->count);
        tell_done(manager, wanted->device, &wanted->kept, wanted->join);
    }
    sj_scope_close(wanted->scope);
}

static void closed(void *user) {
    free(user);
}

/* Opens a bridge. False: no memory; the request has been answered. */
static bool begin(const struct call_leg *kept, struct call_leg *const others[], size_t count,
                  bool join, const struct sip_message *request, const struct sip_flow *flow) {
    struct call_manager *manager = kept->manager;
    struct conference_request *wanted = calloc(1, sizeof *wanted);
    if (wanted == NULL ||
        (wanted->scope = sj_scope_open(manager->scope, "conference", closed, wanted)) == NULL) {
        free(wanted);
        return false;
    }
    wanted->manager = manager;
    wanted->join = join;
    wanted->count = count;
    (void)snprintf(wanted->device, sizeof wanted->device, "%s", kept->device_name);
    call_leg_name(kept, &wanted->kept);
    for (size_t i = 0; i < count; i++) {
        call_leg_name(others[i], &wanted->others[i]);
    }
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

/* Puts a call of the phone together with others of its, now or once there is a bridge. */
static int put_together(struct call_leg *leg, struct call_leg *const others[], size_t count,
                        bool join, const struct sip_message *request, const struct sip_flow *flow,
                        const char **why) {
    *why = count == 0 ? "There is no second call for a conference" : conference_hindrance(leg);
    if (count == 0) {
        return 603;
    }
    for (size_t i = 0; *why == NULL && i < count; i++) {
        *why = conference_hindrance(others[i]);
    }
    if (*why != NULL) {
        return 491;
    }
    if (leg->call->conference != NULL) {
        struct sip_replaces kept;
        call_leg_name(leg, &kept);
        sip_answer_kept(leg->manager, request, flow, 202);
        bring_all(leg->call->conference, leg, others, count);
        tell_done(leg->manager, leg->device_name, &kept, join);
        return 0;
    }
    *why = "Out of memory";
    return begin(leg, others, count, join, request, flow) ? 0 : 503;
}

int conference_by_softkey(struct call_leg *leg, const struct sip_replaces *consulted,
                          const struct sip_message *request, const struct sip_flow *flow,
                          const char **why) {
    struct call_leg *other = find_consulted(leg, consulted);
    return put_together(leg, &other, other == NULL ? 0 : 1, false, request, flow, why);
}

/* ---- Join ---- */

static int choose(struct call_leg *leg, bool selected) {
    leg->selected = selected;
    return 0;
}

int conference_select(struct call_leg *leg, const char **why) {
    (void)why;
    return choose(leg, true);
}

int conference_unselect(struct call_leg *leg, const char **why) {
    (void)why;
    return choose(leg, false);
}

/* Of the calls that the phone has on the line those that have been selected, beside this one. */
static size_t find_selected(const struct call_leg *leg, struct call_leg *selected[JOINED_MAX]) {
    struct call_leg *other = NULL;
    size_t count = 0;
    while (leg->line_key != NULL && count < JOINED_MAX &&
           (other = call_leg_on_line(leg->manager, leg->line_key, other)) != NULL) {
        if (other != leg && other->call != NULL && other->selected &&
            other->call->conference == NULL && strcmp(other->device_name, leg->device_name) == 0) {
            selected[count++] = other;
        }
    }
    return count;
}

int conference_by_join(struct call_leg *leg, const struct sip_replaces *consulted,
                       const struct sip_message *request, const struct sip_flow *flow,
                       const char **why) {
    struct call_leg *others[JOINED_MAX] = {NULL};
    size_t count = find_selected(leg, others);
    leg->selected = false; /* the choice was for this time */
    for (size_t i = 0; i < count; i++) {
        others[i]->selected = false;
    }
    if (count == 0) {
        others[0] = find_consulted(leg, consulted);
        count = others[0] == NULL ? 0 : 1;
    }
    return put_together(leg, others, count, true, request, flow, why);
}

/* ---- who looks at it ---- */

unsigned conference_id(const struct conference *conference) {
    return conference->id;
}

bool conference_is_of(const struct conference *conference, const char *device_name) {
    return strcmp(conference->device, device_name) == 0;
}
