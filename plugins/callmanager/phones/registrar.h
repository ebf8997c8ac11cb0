/* The registrar: answers REGISTER. */
#ifndef CALLMANAGER_REGISTRAR_H
#define CALLMANAGER_REGISTRAR_H

#include "core/call_manager.h"

void registrar_receive(struct call_manager *manager, const struct sip_message *request,
                       const struct sip_flow *flow);

#endif
