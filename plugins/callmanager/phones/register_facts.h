/* What a REGISTER says, read once: in the dialects of Cisco's phones and of plain ones. Pure. */
#ifndef CALLMANAGER_REGISTER_FACTS_H
#define CALLMANAGER_REGISTER_FACTS_H

#include "sip/sip_address.h"
#include "sip/sip_message.h"

enum { REGISTER_CONTACTS_MAX = 8 };

/* One of its Contacts. */
struct register_contact {
    struct sip_name_address address;
    uint32_t expires_s; /* as asked for, an hour when it is not said; 0: it is to be removed */
    bool at_address;    /* its host is an address: */
    sj_address host;
};

struct register_facts {
    char device_name[130];   /* as the phone says, or "" */
    char user[130];          /* of the address of record */
    bool named;              /* the device name was given in a Cisco way */
    bool user_may_be_device; /* the user has the characters of a device name */
    bool star;               /* "*" with Expires: 0, all contacts are to be removed; or */
    size_t contact_count;    /* none: what is registered is asked for */
    bool keep_alive;         /* a Contact bears cisco-keep-alive */
    bool has_body;           /* and the body: */
    bool remote_control;     /* the phone speaks RemoteCC */
    struct sip_text call_id, user_agent;
    uint32_t cseq;
    uint32_t model_number;
    struct register_contact contacts[REGISTER_CONTACTS_MAX]; /* so many as are counted */
};

/* False when To, Contact, Expires or the device name cannot be read, or there are too many
 * Contacts. The texts point into the message. */
bool register_facts_read(const struct sip_message *message, struct register_facts *facts);
/* The first contact that is to be registered; NULL: there is none. */
const struct register_contact *register_facts_binding(const struct register_facts *facts);
/* How many are. */
size_t register_facts_bindings(const struct register_facts *facts);

#endif
