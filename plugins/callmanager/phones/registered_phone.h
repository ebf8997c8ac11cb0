/* Which registered phone a request outside of registration comes from, and whether it has shown
 * that it is that phone. */
#ifndef CALLMANAGER_REGISTERED_PHONE_H
#define CALLMANAGER_REGISTERED_PHONE_H

#include "core/call_manager.h"
#include "phones/registration_table.h"

/* The phone at that place. Several phones may share an address: then the number they call from
 * decides, and before that the Contact they registered. NULL: there is none. */
struct registration *registered_phone_by_number(struct call_manager *manager,
                                                const struct sip_message *request,
                                                const struct sip_flow *flow, const char *number);

/* The same, when it has shown that it is that phone. NULL: the request has been answered. */
struct registration *registered_phone_authorise(struct call_manager *manager,
                                                const struct sip_message *request,
                                                const struct sip_flow *flow);

#endif
