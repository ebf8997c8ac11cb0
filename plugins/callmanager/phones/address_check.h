/* A phone without digest credentials proves nothing by its name. When a REGISTER from another
 * address would take over its registration, the address where it is registered is asked first
 * (OPTIONS): a phone that answers there has not moved. The REGISTER waits for that, two seconds at
 * most. */
#ifndef CALLMANAGER_ADDRESS_CHECK_H
#define CALLMANAGER_ADDRESS_CHECK_H

#include "core/call_manager.h"
#include "phones/registration_table.h"

/* Keeps the request and asks. The request goes to `moved` when nothing answers there; it is refused
 * when the phone does. Refused at once while an answer of the last minute counts, or when too many
 * are being asked. */
void address_check_begin(struct call_manager *manager, const struct sip_message *request,
                         const struct sip_flow *flow, struct registration *registered,
                         sip_receive_fn *moved);
/* Ends what is under way. */
void address_checks_free(struct call_manager *manager);

#endif
