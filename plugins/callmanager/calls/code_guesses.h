/* How often a caller may key in wrong codes: a code of four digits is found in no time by a machine
 * that dials. Counted for each phone, and of a trunk for each calling number. */
#ifndef CALLMANAGER_CODE_GUESSES_H
#define CALLMANAGER_CODE_GUESSES_H

#include "calls/call.h"

bool code_guesses_open(struct call_manager *manager);
void code_guesses_close(struct call_manager *manager);

/* What was keyed in behind the number has been judged (call->route). False: it does not count,
 * right or wrong, as there have been too many wrong ones. */
bool code_guesses_allow(const struct call *call);

#endif
