/* Phones without a record: where the node's Cisco Unified CM record and the service parameter say
 * so, a phone that registers and is not known gets a record of its own, made from the template
 * device, and the next free number. */
#ifndef CALLMANAGER_AUTO_REGISTRATION_H
#define CALLMANAGER_AUTO_REGISTRATION_H

#include "core/call_manager.h"

bool auto_registration_open(struct call_manager *manager);
void auto_registration_close(struct call_manager *manager);

/* An unknown phone of that name and model number registers. False: it gets no record, and `why`
 * says why not; otherwise the request goes to `again` once the record is on the disk. */
bool auto_registration_begin(struct call_manager *manager, const struct sip_message *request,
                             const struct sip_flow *flow, const char *device_name,
                             uint32_t model_number, sip_receive_fn *again, char why[160]);

#endif
