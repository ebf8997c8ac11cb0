/* What the call manager notes of phones in their journal (phones/phone_journal.h), and what Cisco
 * Tftp tells of their files. */
#ifndef CALLMANAGER_OBSERVATIONS_H
#define CALLMANAGER_OBSERVATIONS_H

#include "core/call_manager.h"
#include "phones/phone_alarm.h"
#include "phones/registration_table.h"

/* A registration that is over, or has another place now; nobody reads it afterwards. */
void observe_registration_end(struct call_manager *manager, const struct registration *registration,
                              const char *reason);
/* A REGISTER of the phone that was refused. */
void observe_refusal(struct call_manager *manager, const char *device_name,
                     const struct sip_flow *flow, int status, const char *reason);
/* The Reason of a REGISTER that was accepted. */
void observe_register_reason(struct call_manager *manager, const char *device_name,
                             const struct sip_message *message);
/* An alarm that came by REFER from there; the phone need not be registered. */
void observe_alarm(struct call_manager *manager, const char *device_name,
                   const struct sip_flow *flow, const struct phone_alarm *alarm);

int observations_open(struct call_manager *manager, sj_error *error);
void observations_close(struct call_manager *manager);

#endif
