/* Which numbers are intercom numbers: those of intercom partitions. Pure over the dial plan. */
#ifndef CALLMANAGER_INTERCOM_NUMBERS_H
#define CALLMANAGER_INTERCOM_NUMBERS_H

#include "dial_plan/dial_plan.h"

/* Whether a directory number ("7001@Intercom") is one. */
bool intercom_number(const struct dial_plan *plan, const char *key);

#endif
