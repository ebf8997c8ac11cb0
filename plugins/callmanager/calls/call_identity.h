/* One identity of a party, with its directory URI and its number: as SIP headers carry it, and as a
 * trunk's peer is told it. A blended one is <sip:anna@example.com;x-cisco-number=4001>. Pure. */
#ifndef CALLMANAGER_CALL_IDENTITY_H
#define CALLMANAGER_CALL_IDENTITY_H

#include "dial_plan/dial_plan.h"
#include "sip/sip_message.h"
#include "sip/sip_writer.h"

enum { CALL_NAME = 64 };

/* What of a party is kept from the other one. */
struct call_withheld {
    bool number; /* and the URI */
    bool name;
};

struct call_identity {
    const char *name;   /* "" for none */
    const char *number; /* "" when nothing is known of the party */
    const char *uri;    /* "user@host"; "" for none */
    const char
        *callback; /* the number to call back, where that is not the one above; NULL: it is */
    struct call_withheld withheld;           /* From is anonymous; nobody is told the URI */
    bool asserted_identity, remote_party_id; /* in which headers it is told beside From, with what
                                                is to be withheld */
    bool verified;                           /* by this node, or by a far side that is trusted */
    sj_sip_trunk_calling_and_connected_party_info_format format;
};

/* What an INVITE asks to withhold of who calls: Privacy (RFC 3323, RFC 3325) with id, user or
 * header and an anonymous From both, a Remote-Party-ID what its privacy says: name, uri; or both.
 */
struct call_withheld call_identity_withheld(const struct sip_message *request);

/* Whether the Privacy of an INVITE insists (critical) on more than this node can do, as that where
 * media go is hidden (session): RFC 3323 section 5.3 has it refused with 500. */
bool call_identity_privacy_exceeds(const struct sip_message *request);

/* Who calls, of a trunk's INVITE: the asserted identity, as far as the trunk trusts it, before the
 * From. `verified`: the far side vouches for it. Of a blended one the
 * number is that of x-cisco-number; of a URI without, its user part stands for the number. `uri` is
 * "" when the host is no domain name, since nobody can call that back. */
void call_identity_read(const struct sip_message *request,
                        sj_sip_trunk_trust_received_identity trust, char number[DIGITS_MAX],
                        char name[CALL_NAME], char uri[DIRECTORY_URI], bool *verified);

/* The same of who sends a message, as far as that is asserted; `withheld`: it is to be kept from
 * users. False: nothing is asserted. */
bool call_identity_read_asserted(const struct sip_message *message,
                                 sj_sip_trunk_trust_received_identity trust,
                                 char number[DIGITS_MAX], char name[CALL_NAME],
                                 char uri[DIRECTORY_URI], struct call_withheld *withheld,
                                 bool *verified);

/* Whether a URI may be told beside a number that transformations have made of the original: not
 * when they have hidden it, as behind a switchboard's. */
bool call_identity_keeps_uri(const char *original, const char *number);

/* How a trunk that has parties told in that way is told one with that number: those who help (an
 * emergency call) get the number, if it is one. */
sj_sip_trunk_calling_and_connected_party_info_format
call_identity_format(sj_sip_trunk_calling_and_connected_party_info_format format, bool helps,
                     const char *number);
/* Whether the URI alone is told, and no number. */
bool call_identity_is_uri_alone(const struct call_identity *identity);

/* Name and URI of From, each anonymous when it is withheld. */
void call_identity_put_from(struct sip_writer *writer, const struct call_identity *identity,
                            const char *own_address);
/* P-Asserted-Identity and Remote-Party-ID, as far as it is told, of a "calling" or "called" party,
 * with Privacy when its number is withheld, without its name when that alone is; nothing when
 * nothing is known of it, or a withheld URI alone. */
void call_identity_put_headers(struct sip_writer *writer, const struct call_identity *identity,
                               const char *own_address, const char *party);
/* The user part of the party's Contact, allocated; NULL: no memory. */
char *call_identity_user(const struct call_identity *identity);

#endif
