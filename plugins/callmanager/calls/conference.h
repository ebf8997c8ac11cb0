/* Ad hoc conferences: the parties of two calls of a phone (softkey Conference), or of several
 * (Join), and the phone, are joined to a bridge of the media service. Each has a call of its own
 * then, whose other party is a leg that stands in for the bridge (as that of a parked call):
 * whoever hangs up leaves, and the others go on while there are two of them. */
#ifndef CALLMANAGER_CONFERENCE_H
#define CALLMANAGER_CONFERENCE_H

#include "calls/call.h"
#include "sip/refer.h"

/* The key, pressed in one call; `consulted` names the other one, or is empty: it is the phone's
 * only other call on the line. 0: it will be answered; else the status of the refusal, and why. */
int conference_by_softkey(struct call_leg *leg, const struct sip_replaces *consulted,
                          const struct sip_message *request, const struct sip_flow *flow,
                          const char **why);
/* The key Join, pressed in one call: it is put together with those of the same line that have been
 * selected, else with `consulted` as above. */
int conference_by_join(struct call_leg *leg, const struct sip_replaces *consulted,
                       const struct sip_message *request, const struct sip_flow *flow,
                       const char **why);
/* The keys Select and Unselect. */
int conference_select(struct call_leg *leg, const char **why);
int conference_unselect(struct call_leg *leg, const char **why);
/* Why that call cannot become one of a conference now; NULL: it can. */
const char *conference_hindrance(const struct call_leg *leg);
/* One of that phone on a bridge, which it takes. NULL: no memory. */
struct conference *conference_begin(struct call_manager *manager, struct media_bridge *bridge,
                                    const char *device_name);
/* Both parties of a call come, and their call ends. False: no memory for one of them. */
bool conference_take(struct conference *conference, struct call *call);
/* Has a call that is not answered, with an offer, answered by the bridge: its caller is the next to
 * come. False: no memory. */
bool conference_admit(struct conference *conference, struct call *call);
/* The call ends. */
void conference_forget(struct call *call);

unsigned conference_id(const struct conference *conference);
/* Whether it is that phone's: it began it. */
bool conference_is_of(const struct conference *conference, const char *device_name);

/* What the phone shows when there is none. */
#define CONFERENCE_FAILED_TEXT "Conference is not possible"

#endif
