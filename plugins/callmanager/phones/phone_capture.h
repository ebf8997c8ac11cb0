/* Answers phone.capture: what is kept of one phone's messages and files, as packets for Wireshark.
 */
#ifndef CALLMANAGER_PHONE_CAPTURE_H
#define CALLMANAGER_PHONE_CAPTURE_H

#include "core/call_manager.h"

int phone_capture_open(struct call_manager *manager, sj_error *error);

/* Keeps that a phone has asked for a file: `answer` in words, found with so many bytes. */
void phone_capture_file(struct call_manager *manager, const char *device_name,
                        const sj_address *address, bool http, const char *name, bool found,
                        int64_t bytes, const char *answer);

#endif
