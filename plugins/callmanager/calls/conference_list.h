/* Who is in a conference: the key ConfList shows a Cisco phone a page with them, on which the phone
 * that has begun the conference may remove somebody, as RmLastConf does with whoever came last. */
#ifndef CALLMANAGER_CONFERENCE_LIST_H
#define CALLMANAGER_CONFERENCE_LIST_H

#include "calls/call.h"
#include "phones/registration_table.h"
#include "phones/softkey_event.h"

/* The keys, pressed in a call. 0, or the status of the refusal, and why. */
int conference_list_press(struct call_leg *leg, const char **why);
int conference_remove_last(struct call_leg *leg, const char **why);
/* Something has been chosen on the page: a key's word, or a party by its number. */
int conference_list_choose(struct call_manager *manager, const struct registration *phone,
                           const struct softkey_event *event, const char **why);

/* What the phone shows when it is refused. */
#define CONFERENCE_LIST_FAILED_TEXT "There is no conference"
#define CONFERENCE_REMOVE_FAILED_TEXT "Nobody can be removed"

#endif
