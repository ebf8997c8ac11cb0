/* What phones and calls tell those who watch them, passed on to the subscriptions. */
#ifndef CALLMANAGER_WATCHING_H
#define CALLMANAGER_WATCHING_H

#include "core/call_manager.h"

extern const struct watch watching;

#endif
