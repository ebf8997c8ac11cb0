/* Automated alternate routing: a number of this cluster that there is no bandwidth for is called
 * through the public network. Only a want of bandwidth leads there, once a call; never a phone that
 * is not registered. */
#ifndef CALLMANAGER_CALL_ALTERNATE_H
#define CALLMANAGER_CALL_ALTERNATE_H

#include "calls/call_routing.h"

/* Notes what the caller's calls may reach then. */
void call_alternate_keep(struct call *call, const struct call_origin *origin);
/* The calling search space that these are reached through; "" when there is none. */
const char *call_alternate_css(const struct call_manager *manager, const char *device_pool,
                               const struct device *device);
/* The external phone number mask of the line of a registered phone with that number; "": none. */
const char *call_alternate_mask(const struct call_manager *manager, const char *key);
/* What is to be dialled to reach the number that way, of which `digits` were called; `phone_mask`
 * counts where the number has no mask of its own. False: it is not, or cannot be. */
bool call_alternate_dialled(const struct call_manager *manager, const char *phone_mask,
                            const sj_directory_number *number, const char *digits,
                            char dialled[DIGITS_MAX]);
/* The same for the call, once. */
bool call_alternate_number(const struct call *call, const sj_directory_number *number,
                           char dialled[DIGITS_MAX]);

#endif
