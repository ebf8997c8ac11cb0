/* Immediate Divert (softkey iDivert): a call that has come in goes to the voice mail of the line
 * where the key is pressed, while it rings, during the call, or on hold. */
#ifndef CALLMANAGER_IMMEDIATE_DIVERT_H
#define CALLMANAGER_IMMEDIATE_DIVERT_H

#include "calls/call.h"

/* 0, or the status with which the key is refused: *why says why. */
int immediate_divert(struct call_leg *leg, const char **why);

#endif
