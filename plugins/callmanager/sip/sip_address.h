/* What stands inside headers: URIs, names with addresses, Via, parameters. Pure. */
#ifndef CALLMANAGER_SIP_ADDRESS_H
#define CALLMANAGER_SIP_ADDRESS_H

#include "sip/sip_text.h"

#include <sojourn/types.h>

typedef struct sip_uri {
    sip_text scheme;  /* "sip" */
    sip_text user;    /* still escaped; empty when there is none */
    sip_text host;    /* without brackets */
    int port;         /* 0 when not given */
    sip_text params;  /* ";transport=tcp", or empty */
    sip_text headers; /* after "?", or empty */
} sip_uri;

/* Understands sip, sips and tel (the number becomes the user); others get only their scheme. False when it is malformed. */
bool sip_uri_parse(sip_text text, sip_uri *uri);

/* One entry of From, To, Contact, Remote-Party-ID and the like. */
typedef struct sip_name_address {
    sip_text display; /* without quotes, escapes still inside */
    sip_text uri;
    sip_text params; /* of the header, ";tag=..." */
    sip_text rest;   /* after a comma: further entries */
} sip_name_address;

bool sip_name_address_parse(sip_text text, sip_name_address *result);

/* Finds a parameter in ";a=b;c": false when it is absent. `value` is empty when it has none; quotes are taken off. */
bool sip_param(sip_text params, const char *name, sip_text *value);

typedef struct sip_via {
    sip_text transport; /* "UDP" */
    sip_text host;
    int port; /* 0 when not given */
    sip_text branch;
    bool rport_wanted; /* ;rport without value */
    sip_text text;     /* this entry, whole */
    sip_text rest;     /* after a comma: further entries */
} sip_via;

bool sip_via_parse(sip_text text, sip_via *via);

/* Undoes %-escapes; false when the result has no room or holds a control character. */
bool sip_unescape(sip_text text, char *result, size_t room);

/* The user of the address in a header, escapes undone; "" when there is none or it has no room. */
void sip_address_user(sip_text value, char *user, size_t room);

/* A display name as people read it: escapes undone, control characters replaced. */
void sip_display_copy(sip_text display, char *result, size_t room);

/* The address a URI names, when it is one and not a host name. */
bool sip_uri_address(const sip_uri *uri, int default_port, sj_address *address);

#endif
