/* Immediate Divert (softkey iDivert): a call that has come in goes to the voice mail of the line
 * where the key is pressed, while it rings, during the call, or on hold. */
#ifndef CALLMANAGER_IMMEDIATE_DIVERT_H
#define CALLMANAGER_IMMEDIATE_DIVERT_H

#include "calls/call.h"

/* Why the key is refused in every call of that line; NULL: it is not. */
const char *immediate_divert_hindrance(struct call_manager *manager, const char *line_key);
/* 0, or the status with which the key is refused: *why says why. */
int immediate_divert(struct call_leg *leg, const char **why);

#endif
