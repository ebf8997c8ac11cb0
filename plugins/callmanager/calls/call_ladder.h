/* Answers call.trace: the messages and the steps of one call, from the history of SIP messages; and
 * call.list: which calls there are. */
#ifndef CALLMANAGER_CALL_LADDER_H
#define CALLMANAGER_CALL_LADDER_H

#include "core/call_manager.h"

int call_ladder_open(struct call_manager *manager, sj_error *error);

#endif
