/* What a REGISTER says, read once: in the dialects of Cisco's phones and of plain ones. Pure. */
#ifndef CALLMANAGER_REGISTER_FACTS_H
#define CALLMANAGER_REGISTER_FACTS_H

#include "sip/sip_address.h"
#include "sip/sip_message.h"

struct register_facts {
    char device_name[130];           /* as the phone says, or "" */
    char user[130];                  /* of the address of record */
    bool named;                      /* the device name was given in a Cisco way */
    bool user_may_be_device;         /* the user has the characters of a device name */
    bool has_contact;                /* a Contact with an address; */
    bool star;                       /* or "*", with Expires: 0 */
    bool keep_alive;                 /* the Contact bears cisco-keep-alive */
    bool has_body;                   /* and the body: */
    bool remote_control;             /* the phone speaks RemoteCC */
    struct sip_name_address contact; /* of has_contact */
    bool contact_at_address;         /* its host is an address: */
    sj_address contact_address;
    struct sip_text call_id, user_agent;
    uint32_t cseq;
    uint32_t expires_s; /* as asked for; an hour when it is not said */
    uint32_t model_number;
};

/* False when To, Contact, Expires or the device name cannot be read. The texts point into the
 * message. */
bool register_facts_read(const struct sip_message *message, struct register_facts *facts);

#endif
