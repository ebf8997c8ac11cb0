/* A REGISTER on its way through the registrar: the message, where it came from, what it says. */
#ifndef CALLMANAGER_REGISTER_REQUEST_H
#define CALLMANAGER_REGISTER_REQUEST_H

#include "phones/register_facts.h"
#include "sip/sip_flow.h"

struct register_request {
    const struct sip_message *message;
    const struct sip_flow *flow;
    struct register_facts facts;
    const char *device_name; /* of the phone, once it is found; before as it says, or "" */
};

#endif
