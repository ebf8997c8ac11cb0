/* Forward all of a directory number: set by phones, and by administrators with the request
 * forward_all.set. */
#ifndef CALLMANAGER_FORWARD_ALL_H
#define CALLMANAGER_FORWARD_ALL_H

#include "core/call_manager.h"
#include "phones/device.h"

/* Whether the number forwards all calls. `number` may be NULL. */
bool forward_all_is_set(const sj_directory_number *number);
/* Sets it for the line of a phone; `done` runs when it is durable, in `scope`. 0, or the SIP status
 * of a refusal with a sentence. */
int forward_all_set(struct call_manager *manager, sj_scope *scope, const struct device *device,
                    const struct device_line *line, const char *destination, sj_result_fn done,
                    void *user, char why[200]);
int forward_all_open(struct call_manager *manager, sj_error *error);

#endif
