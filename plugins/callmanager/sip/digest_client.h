/* What a client keeps of the challenges that its peer has put to it (RFC 3261 22.2, RFC 7616, RFC
 * 8760): the headers that answer them, for one request after the other. MD5 and SHA-256, with and
 * without qop=auth. Pure but for the hashes of sip/digest.h. */
#ifndef CALLMANAGER_DIGEST_CLIENT_H
#define CALLMANAGER_DIGEST_CLIENT_H

#include "sip/digest.h"
#include "sip/sip_message.h"
#include "sip/sip_writer.h"

enum { DIGEST_REALM = 128, DIGEST_USER = 130, CNONCE = 17 };

/* One challenge, and with what it is answered. */
struct digest_account {
    bool proxy; /* 407: Proxy-Authorization */
    enum digest_algorithm algorithm;
    bool qop;
    char realm[DIGEST_REALM], user[DIGEST_USER];
    char nonce[520], opaque[260];
    char ha1[DIGEST_HEX];
    uint32_t nc; /* answers that have been given to this nonce */
};

struct digest_client {
    struct digest_account accounts[2]; /* of the peer, and of a proxy before it */
    size_t count;
    char *invite; /* the lines of the last INVITE, which its ACK repeats; or NULL */
};

/* Finds the user and the HA1s for a realm; false: there are none. */
typedef bool digest_find_fn(void *user, const char *realm, char name[DIGEST_USER],
                            struct digest_secrets *secrets);

enum digest_heard {
    DIGEST_TO_BE_ANSWERED,
    DIGEST_NO_ACCOUNT, /* for this realm */
    DIGEST_REJECTED,   /* what was shown counts for nothing */
    DIGEST_UNREADABLE, /* no challenge that can be answered: the algorithm, or the qop */
};

/* Takes the challenges of a 401 or 407 to `request`, which bore the answers of this client when
 * `repeated`. Of a realm's challenges that with the stronger hash counts. `realm` (DIGEST_REALM
 * bytes) names the one that the outcome is about. */
enum digest_heard digest_client_hear(struct digest_client *client,
                                     const struct sip_message *response, bool repeated,
                                     digest_find_fn *find, void *user, char realm[DIGEST_REALM]);
/* Writes the header lines for a request; an ACK repeats those of its INVITE (RFC 3261 22.1).
 * `cnonce`: random. */
void digest_client_write(struct digest_client *client, struct digest *digest, const char *method,
                         const char *uri, const char cnonce[CNONCE], struct sip_writer *writer);
void digest_client_free(struct digest_client *client);

#endif
