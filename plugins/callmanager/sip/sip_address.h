/* What stands inside headers: URIs, names with addresses, Via, parameters. Pure. */
#ifndef CALLMANAGER_SIP_ADDRESS_H
#define CALLMANAGER_SIP_ADDRESS_H

#include "sip/sip_text.h"

#include <sojourn/types.h>

struct sip_uri {
    struct sip_text scheme;  /* "sip" */
    struct sip_text user;    /* still escaped; empty when there is none */
    struct sip_text host;    /* without brackets */
    int port;                /* 0 when not given */
    struct sip_text params;  /* ";transport=tcp", or empty */
    struct sip_text headers; /* after "?", or empty */
};

/* Understands sip, sips and tel (the number becomes the user); others get only their scheme. False
 * when it is malformed. */
bool sip_uri_parse(struct sip_text text, struct sip_uri *uri);

/* Whether two URIs are the same by the rules of RFC 3261 19.1.4. Those of other schemes than sip
 * and sips are when they are letter by letter. */
bool sip_uri_equal(struct sip_text a, struct sip_text b);

/* One entry of From, To, Contact, Remote-Party-ID and the like. */
struct sip_name_address {
    struct sip_text display; /* without quotes, escapes still inside */
    struct sip_text uri;
    struct sip_text params; /* of the header, ";tag=..." */
    struct sip_text rest;   /* after a comma: further entries */
};

bool sip_name_address_parse(struct sip_text text, struct sip_name_address *result);

/* Finds a parameter in ";a=b;c": false when it is absent. `value` is empty when it has none; quotes
 * are taken off. */
bool sip_param(struct sip_text params, const char *name, struct sip_text *value);

struct sip_via {
    struct sip_text transport; /* "UDP" */
    struct sip_text host;
    int port; /* 0 when not given */
    struct sip_text branch;
    bool rport_wanted;    /* ;rport without value */
    struct sip_text text; /* this entry, whole */
    struct sip_text rest; /* after a comma: further entries */
};

bool sip_via_parse(struct sip_text text, struct sip_via *via);

/* Undoes %-escapes; false when the result has no room or holds a control character. */
bool sip_unescape(struct sip_text text, char *result, size_t room);

/* The number that a user part is (RFC 3966 5.1): without visual separators and without parameters
 * such as ";phone-context=", ";npdi;rn=", ";oli=" and ";tgrp=". False when what stands before these
 * is none of digits, * and #, perhaps after a plus sign, or has no room. */
bool sip_user_number(struct sip_text user, char *number, size_t room);
/* The user of a URI, escapes undone; where the URI is one of a number (tel, user=phone, a leading
 * plus sign, or parameters behind a number) that number. False when it has no room or holds a
 * control character. */
bool sip_uri_user(const struct sip_uri *uri, char *user, size_t room);

/* The same of the address in a header; "" when there is none or it has no room. */
void sip_address_user(struct sip_text value, char *user, size_t room);

/* A display name as people read it: escapes undone, control characters replaced. */
void sip_display_copy(struct sip_text display, char *result, size_t room);

/* The address a URI names, when it is one and not a host name. */
bool sip_uri_address(const struct sip_uri *uri, int default_port, sj_address *address);

#endif
