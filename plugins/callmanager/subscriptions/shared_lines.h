/* Remote in use: Cisco's phones are told what the other phones of their lines do, by NOTIFYs of the
 * event package dialog that they have not asked for. Lines that one registered phone alone has cost
 * nothing. */
#ifndef CALLMANAGER_SHARED_LINES_H
#define CALLMANAGER_SHARED_LINES_H

#include "core/call_manager.h"

/* A phone has come, with the lines that it has now: it and those that share them are told from now
 * on. */
void shared_lines_lay(struct call_manager *manager, const char *device_name);

#endif
