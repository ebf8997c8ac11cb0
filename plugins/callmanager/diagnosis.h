/* Answers phone.diagnose: what is known of a phone, in one answer. */
#ifndef CALLMANAGER_DIAGNOSIS_H
#define CALLMANAGER_DIAGNOSIS_H

#include "core/call_manager.h"

int diagnosis_open(struct call_manager *manager, sj_error *error);

#endif
