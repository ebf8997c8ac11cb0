/* The caller waits while a bridge is opened. */
#include "calls/conference_barge.h"
#include "calls/call_leg.h"
#include "calls/conference.h"
#include "calls/media_service.h"
#include "core/refusals.h"
#include "parameters/call_manager.h"
#include "phones/registration_table.h"
#include "phones/remote_control.h"

#include <stdio.h>
#include <stdlib.h>

struct barge_request {
    struct call_manager *manager;
    sj_scope *scope; /* its own */
    struct sip_replaces barger, joined;
};

/* Its phone shows why. */
static void refuse(struct call *call, int status, const char *why) {
    struct call_manager *manager = call->manager;
    const struct registration *phone =
        registration_find(manager->registrations, call->caller->device_name);
    (void)refusals_note(manager, REFUSED_FEATURE, &call->caller->flow,
                        "cBarge of %s is refused: %s", call->caller->device_name, why);
    call_end(call, NULL, status, why);
    if (phone != NULL && phone->cisco) {
        remote_control_show(manager, phone, why,
                            sj_param_ccm_call_park_display_timer(manager->scope));
    }
}

static void admit(struct conference *conference, struct call *call) {
    if (!conference_admit(conference, call)) {
        refuse(call, 503, "Out of memory");
    }
}

/* The call that waits; NULL: its caller has given it up. */
static struct call *waiting(const struct barge_request *wanted) {
    struct call_leg *caller = call_leg_find(wanted->manager, sip_text_of(wanted->barger.from_tag),
                                            sip_text_of(wanted->barger.call_id));
    return caller != NULL && caller->call != NULL && call_leg_unanswered(caller) ? caller->call
                                                                                 : NULL;
}

static void opened(void *user, struct media_bridge *bridge, const char *why) {
    struct barge_request *wanted = user;
    struct call *call = waiting(wanted);
    struct call_leg *joined = call_leg_replaced(wanted->manager, &wanted->joined);
    struct conference *conference;
    char text[300];
    (void)snprintf(text, sizeof text, "cBarge needs a conference bridge: %s", why);
    if (call == NULL) {
        media_bridge_release(bridge);
    } else if (bridge == NULL) {
        refuse(call, 603, text);
    } else if (joined == NULL || joined->call == NULL || joined->call->conference != NULL ||
               conference_hindrance(joined) != NULL) {
        media_bridge_release(bridge);
        refuse(call, 491, "The call has changed meanwhile");
    } else if ((conference = conference_begin(wanted->manager, bridge, joined->device_name)) ==
               NULL) {
        refuse(call, 503, "Out of memory");
    } else {
        (void)conference_take(conference, joined->call);
        admit(conference, call);
    }
    sj_scope_close(wanted->scope);
}

static void closed(void *user) {
    free(user);
}

void conference_barge(struct call *call, struct call_leg *joined) {
    struct call_manager *manager = call->manager;
    struct barge_request *wanted;
    if (call->offer_length == 0) {
        refuse(call, 488, "cBarge takes a call with an offer");
        return;
    }
    if (joined->call->conference != NULL) {
        admit(joined->call->conference, call);
        return;
    }
    wanted = calloc(1, sizeof *wanted);
    if (wanted == NULL ||
        (wanted->scope = sj_scope_open(manager->scope, "cBarge", closed, wanted)) == NULL) {
        free(wanted);
        refuse(call, 503, "Out of memory");
        return;
    }
    wanted->manager = manager;
    call_leg_name(call->caller, &wanted->barger);
    call_leg_name(joined, &wanted->joined);
    if (media_open(manager, SJ_MEDIA_OPEN_PURPOSE_CONFERENCE, joined->device_name,
                   joined->call->trace_id, opened, wanted) == NULL) {
        sj_scope_close(wanted->scope);
        refuse(call, 503, "Out of memory");
    }
}
