/* Answers call.analyse: how a call would be decided, step by step. */
#ifndef CALLMANAGER_ANALYSIS_H
#define CALLMANAGER_ANALYSIS_H

#include "core/call_manager.h"

int analysis_open(struct call_manager *manager, sj_error *error);

#endif
