/* Each party of a conference has a call of its own, whose caller it is (conference.h). */
#include "calls/conference_list.h"
#include "calls/call_exchange.h"
#include "calls/call_leg.h"
#include "calls/conference.h"
#include "phones/remote_control.h"

#include <stdio.h>

enum { LISTED_MAX = 48 };

static const char no_conference[] = CONFERENCE_LIST_FAILED_TEXT,
                  not_its_own[] = "Only the phone that has begun a conference removes somebody";

/* ---- the page ---- */

static struct remote_member member_of(const struct call *party, const struct call_leg *looks) {
    struct remote_member member = {.number = party->conference_number};
    struct call_identity_texts texts;
    const struct call_identity identity = call_party_identity(party->caller, looks, &texts);
    const char *name = identity.withheld.name ? "" : identity.name;
    (void)snprintf(member.name, sizeof member.name, "%s",
                   name[0] != '\0'            ? name
                   : identity.withheld.number ? "Private"
                                              : identity.number);
    return member;
}

/* In the order in which they came. */
static size_t list(const struct call_leg *looks, struct remote_member members[LISTED_MAX]) {
    size_t count = 0;
    SJ_LIST_EACH(party, &looks->manager->calls, struct call, link) {
        if (party->conference != looks->call->conference || count == LISTED_MAX) {
            continue;
        }
        size_t at = count++;
        for (; at > 0 && members[at - 1].number > party->conference_number; at--) {
            members[at] = members[at - 1];
        }
        members[at] = member_of(party, looks);
    }
    return count;
}

static void show(const struct call_leg *leg, const struct registration *phone) {
    struct remote_member members[LISTED_MAX];
    const size_t count = list(leg, members);
    remote_control_list(leg->manager, phone, conference_id(leg->call->conference), members, count,
                        conference_is_of(leg->call->conference, leg->device_name));
}

/* ---- the keys ---- */

int conference_list_press(struct call_leg *leg, const char **why) {
    const struct registration *phone =
        registration_find(leg->manager->registrations, leg->device_name);
    if (leg->call->conference == NULL || phone == NULL) {
        *why = no_conference;
        return 603;
    }
    leg->call->conference_removes = false;
    show(leg, phone);
    return 0;
}

static void let_go(struct call *party) {
    call_trace(party, "%s is removed from the conference", party->calling);
    call_end(party, NULL, 200, "Removed from the conference");
}

int conference_remove_last(struct call_leg *leg, const char **why) {
    struct call *last = NULL;
    if (leg->call->conference == NULL ||
        !conference_is_of(leg->call->conference, leg->device_name)) {
        *why = leg->call->conference == NULL ? no_conference : not_its_own;
        return 603;
    }
    SJ_LIST_EACH(party, &leg->manager->calls, struct call, link) {
        if (party->conference == leg->call->conference && party != leg->call &&
            (last == NULL || party->conference_number > last->conference_number)) {
            last = party;
        }
    }
    if (last != NULL) {
        let_go(last);
    }
    return 0;
}

/* ---- what is chosen ---- */

/* The phone's call in that conference; NULL: it has left. */
static struct call_leg *leg_in(struct call_manager *manager, const struct registration *phone,
                               unsigned conference) {
    SJ_LIST_EACH(party, &manager->calls, struct call, link) {
        if (party->conference != NULL && conference_id(party->conference) == conference &&
            strcmp(party->caller->device_name, phone->device->name) == 0) {
            return party->caller;
        }
    }
    return NULL;
}

static void remove_number(const struct call_leg *leg, uint64_t number) {
    SJ_LIST_EACH(party, &leg->manager->calls, struct call, link) {
        if (party->conference == leg->call->conference && party != leg->call &&
            party->conference_number == number) {
            let_go(party);
            return;
        }
    }
}

int conference_list_choose(struct call_manager *manager, const struct registration *phone,
                           const struct softkey_event *event, const char **why) {
    struct call_leg *leg = leg_in(manager, phone, event->conference);
    const bool removes = strcmp(event->choice, CONFERENCE_REMOVE) == 0;
    uint64_t number;
    if (leg == NULL) {
        *why = no_conference;
        return 603;
    }
    if (removes && !conference_is_of(leg->call->conference, leg->device_name)) {
        *why = not_its_own;
        return 603;
    }
    if (removes) { /* who, comes next */
        leg->call->conference_removes = true;
        return 0;
    }
    if (leg->call->conference_removes &&
        sip_text_number(sip_text_of(event->choice), UINT32_MAX, &number)) {
        remove_number(leg, number);
    }
    leg->call->conference_removes = false;
    show(leg, phone);
    return 0;
}
