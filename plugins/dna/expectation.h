/* Whether a call goes where it must, and not where it must not. Pure. */
#ifndef DNA_EXPECTATION_H
#define DNA_EXPECTATION_H

#include "events/analysis.h"
#include "parts/expected_route.h"

/* Nothing is expected. */
bool expectation_is_empty(const sj_expected_route *expected);
/* True when at one of the devices that are tried all is as `must` says, and at none as `must_not`
 * says; else `text` says what is different. A call that would be refused has the outcome refused,
 * and reaches none of its devices; `must_not` means where the plan leads all the same. */
bool expectation_judge(const sj_expected_route *must, const sj_expected_route *must_not,
                       const sj_call_analyse_reply *reply, char *text, size_t room);

#endif
