/* What hunts see of line groups and of their members: the same for calls and for those who ask what
 * a call would do. And where a call goes that no member has answered. */
#ifndef CALLMANAGER_HUNT_SOURCE_H
#define CALLMANAGER_HUNT_SOURCE_H

#include "calls/call_decision.h"
#include "dial_plan/hunt_walk.h"

struct hunt_view {
    struct call_manager *manager;
    const sj_hunt_list *list; /* NULL: it is not there, or not enabled */
    const char *caller_device;
    struct assumed_phones *assumed; /* the members' phones count as idle; NULL: as they are */
    struct course *course; /* where members are noted that are passed over; NULL for calls */
};

/* The list of that pilot as it is now. Both are valid until the plan changes. */
void hunt_view_of(struct hunt_view *view, const sj_hunt_pilot *pilot, struct hunt_source *source);
const sj_line_group *hunt_view_group(const struct hunt_view *view, size_t group);
enum hunt_member_state hunt_view_state(const struct hunt_view *view, const char *directory_number,
                                       struct number_reach *reach);

/* The phones that an attempt rings, in the call manager's target_scratch. */
size_t hunt_attempt_targets(const struct hunt_view *view, const struct hunt_attempt *attempt);

/* What becomes of a call for which the hunt has failed like that. `history`: who has sent it to the
 * pilot; `from_trunk`: it came in over one. */
struct forward_decision hunt_overflow(const struct dial_plan *plan, const sj_hunt_pilot *pilot,
                                      enum hunt_failure failure,
                                      const struct forward_history *history, bool external,
                                      bool from_trunk);
/* Why it has ended there, in words; and what it has done to go on, as in forward_reason_words. */
void hunt_failure_explain(enum hunt_failure failure, const char *pilot, const char *list,
                          sj_error *reason);
/* The pilot that sends a call on, as one hop of its way. */
void hunt_hop(const sj_hunt_pilot *pilot, const char *number, sj_forward_reason reason,
              struct forward_hop *hop);

#endif
