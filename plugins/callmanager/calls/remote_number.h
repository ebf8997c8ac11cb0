/* The number by which a phone shows who calls: as its *Calling Party Transformation CSS (Remote
 * Number)*, or its device pool's, makes it. Calls have it from here whatever way has led to the
 * phone, and so have those who ask what a call would do. */
#ifndef CALLMANAGER_REMOTE_NUMBER_H
#define CALLMANAGER_REMOTE_NUMBER_H

#include "calls/call.h"
#include "dial_plan/route_selection.h"

/* Fills `calling` and `calling_id` of a target that is a phone; "" when the number stays as the
 * call has it. `query`: who calls, when, and the course; its pattern does not count. False: out of
 * memory. */
bool remote_number_find(const struct call_manager *manager, const struct route_query *query,
                        struct call_target *target);

#endif
