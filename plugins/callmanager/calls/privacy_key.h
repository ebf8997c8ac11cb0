/* The key Privacy of Cisco's phones: its user lets the other phones of the line into the phone's
 * calls, or no more. It works while the phone's own setting is private, and until it registers
 * anew. */
#ifndef CALLMANAGER_PRIVACY_KEY_H
#define CALLMANAGER_PRIVACY_KEY_H

#include "calls/call.h"
#include "phones/registration_table.h"

/* The key, pressed in a call or without one (`leg` NULL): it is for all calls of the phone. 0, or
 * the status of the refusal, and why. */
int privacy_key_press(struct call_manager *manager, const struct registration *phone,
                      struct call_leg *leg, const char **why);

/* What the phone shows when it is refused. */
#define PRIVACY_FAILED_TEXT "Privacy is not set for this phone"

#endif
