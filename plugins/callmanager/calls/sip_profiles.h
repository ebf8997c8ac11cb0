/* The SIP profile of who is at the other end of a dialog. */
#ifndef CALLMANAGER_SIP_PROFILES_H
#define CALLMANAGER_SIP_PROFILES_H

#include "core/call_manager.h"
#include "resources/sip_profile.h"

/* NULL: there is no such trunk, or its profile is gone. Valid until control returns to the loop. */
const sj_sip_profile *sip_profile_of_trunk(const struct call_manager *manager, const char *trunk);
/* The same of a phone; read from the store. NULL also of a visitor's phone, which is another
 * cluster's. */
const sj_sip_profile *sip_profile_of_phone(const struct call_manager *manager, const char *phone);

#endif
