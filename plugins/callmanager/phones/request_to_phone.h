/* Requests of the node's own to a registered phone, outside of any dialog: NOTIFY and REFER. Writes
 * text, sends nothing. */
#ifndef CALLMANAGER_REQUEST_TO_PHONE_H
#define CALLMANAGER_REQUEST_TO_PHONE_H

#include "core/call_manager.h"
#include "phones/registration_table.h"

/* From the request line to Contact; the caller adds its own headers and the body. */
void sip_put_request_to_phone(struct call_manager *manager, struct sip_writer *writer,
                              const char *method, const struct registration *registration,
                              const char *branch);

#endif
