/* Finds the phone and its call, and hands over to the feature. */
#include "calls/softkeys.h"
#include "calls/call_back.h"
#include "calls/call_leg.h"
#include "calls/conference.h"
#include "calls/conference_list.h"
#include "calls/immediate_divert.h"
#include "calls/intercom.h"
#include "calls/malicious_call.h"
#include "calls/park.h"
#include "calls/privacy_key.h"
#include "core/refusals.h"
#include "parameters/call_manager.h"
#include "phones/hunt_login.h"
#include "phones/registered_phone.h"
#include "phones/remote_control.h"
#include "phones/softkey_event.h"

#include <strings.h>

struct softkey {
    const char *key;
    int (*press)(struct call_leg *leg, const char **why); /* 0, or the status of the refusal */
    /* The same of a key whose REFER begins a dialog. */
    int (*press_in_dialog)(struct call_leg *leg, const struct sip_message *request,
                           const char **why);
    /* The same of a key that is pressed in a call or without one (`leg` NULL). */
    int (*press_anywhere)(struct call_manager *manager, const struct registration *phone,
                          struct call_leg *leg, const char **why);
    /* Of a key that puts two calls together, and is answered later when that is 0. */
    int (*press_calls)(struct call_leg *leg, const struct sip_replaces *consulted,
                       const struct sip_message *request, const struct sip_flow *flow,
                       const char **why);
    /* Of a page that the phone shows. */
    int (*press_page)(struct call_manager *manager, const struct registration *phone,
                      const struct softkey_event *event, const char **why);
    /* Of a key that belongs to no call. */
    void (*press_phone)(struct call_manager *manager, const struct registration *phone);
    const char *failed; /* what the phone shows then; "" for what it makes of the status */
};

static const struct softkey softkeys[] = {
    {.key = "Park", .press = park_by_softkey, .failed = PARK_FAILED_TEXT},
    {.key = "ParkMonitor", .press_in_dialog = park_monitored, .failed = PARK_FAILED_TEXT},
    {.key = "iDivert", .press = immediate_divert, .failed = "iDivert is not possible"},
    {.key = "CallBack", .press_anywhere = call_back_press, .failed = "CallBack is not possible"},
    {.key = CALL_BACK_DIAL, .press_anywhere = call_back_dial, .failed = "CallBack is over"},
    {.key = CALL_BACK_CANCEL, .press_anywhere = call_back_cancel, .failed = "CallBack is over"},
    {.key = "Conference", .press_calls = conference_by_softkey, .failed = CONFERENCE_FAILED_TEXT},
    {.key = "Join", .press_calls = conference_by_join, .failed = JOIN_FAILED_TEXT},
    {.key = "Select", .press = conference_select, .failed = ""},
    {.key = "Unselect", .press = conference_unselect, .failed = ""},
    {.key = "ConfList", .press = conference_list_press, .failed = CONFERENCE_LIST_FAILED_TEXT},
    {.key = "ConfDetails", .press = conference_list_press, .failed = CONFERENCE_LIST_FAILED_TEXT},
    {.key = "RmLastConf", .press = conference_remove_last, .failed = CONFERENCE_REMOVE_FAILED_TEXT},
    {.key = CONFERENCE_PAGE,
     .press_page = conference_list_choose,
     .failed = CONFERENCE_LIST_FAILED_TEXT},
    {.key = "Privacy", .press_anywhere = privacy_key_press, .failed = PRIVACY_FAILED_TEXT},
    {.key = "HLog", .press_phone = hunt_login_toggle, .failed = ""},
    {.key = "MCID", .press = malicious_call, .failed = "MCID is not possible"},
};

/* Whether the key would change an intercom call, one way or the other. */
static bool changes_intercom(const struct call_manager *manager, const struct softkey *softkey,
                             const struct call_leg *leg, const struct softkey_event *event) {
    const struct call_leg *consulted =
        softkey->press_calls == NULL ? NULL : call_leg_replaced(manager, &event->consulted);
    return (leg != NULL && leg->call->intercom && softkey->press != malicious_call &&
            softkey->press_anywhere != privacy_key_press) ||
           (consulted != NULL && consulted->call->intercom);
}

static const struct softkey *find(const char *key) {
    for (size_t i = 0; i < sizeof softkeys / sizeof softkeys[0]; i++) {
        if (strcasecmp(softkeys[i].key, key) == 0) {
            return &softkeys[i];
        }
    }
    return NULL;
}

bool softkey_receive(struct call_manager *manager, const struct sip_message *request,
                     const struct sip_flow *flow) {
    struct softkey_event event;
    const char *why = "The phone has no such call";
    int status = 481;
    const struct softkey *softkey =
        softkey_event_read(sip_message_header(request, SIP_CONTENT_TYPE), request->body, &event)
            ? find(event.key)
            : NULL;
    if (softkey == NULL) {
        return false;
    }
    const struct registration *phone = registered_phone_authorise(manager, request, flow);
    if (phone == NULL) {
        return true; /* it has been answered */
    }
    if (softkey->press_phone != NULL) {
        sip_answer_kept(manager, request, flow, 202);
        softkey->press_phone(manager, phone);
        return true;
    }
    struct call_leg *leg = call_leg_replaced(manager, &event.dialog);
    if (leg != NULL && (leg->call == NULL || strcmp(leg->device_name, phone->device->name) != 0)) {
        leg = NULL;
    }
    if (changes_intercom(manager, softkey, leg, &event)) {
        status = 603;
        why = INTERCOM_STAYS;
    } else if (softkey->press_page != NULL) {
        status = softkey->press_page(manager, phone, &event, &why);
    } else if (softkey->press_anywhere != NULL) {
        status = softkey->press_anywhere(manager, phone, leg, &why);
    } else if (leg != NULL && softkey->press_calls != NULL) {
        status = softkey->press_calls(leg, &event.consulted, request, flow, &why);
        if (status == 0) {
            return true; /* it answers itself */
        }
    } else if (leg != NULL) {
        status = softkey->press != NULL ? softkey->press(leg, &why)
                                        : softkey->press_in_dialog(leg, request, &why);
    }
    if (status == 0) {
        sip_answer_kept(manager, request, flow, 202);
        return true;
    }
    (void)refusals_note(manager, REFUSED_FEATURE, flow, "the softkey %s of %s is refused: %s",
                        event.key, phone->device->name, why);
    sip_answer(manager, request, flow, status, why);
    if (softkey->failed[0] != '\0' && phone->cisco) {
        remote_control_show(manager, phone, softkey->failed,
                            sj_param_ccm_call_park_display_timer(manager->scope));
    }
    return true;
}
