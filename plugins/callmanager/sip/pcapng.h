/* Writes captures in the pcapng format, for Wireshark and its like: raw IP packets whose headers
 * are made up around what an application has sent and received. Pure. */
#ifndef CALLMANAGER_PCAPNG_H
#define CALLMANAGER_PCAPNG_H

#include <sojourn/base/text.h>
#include <sojourn/net.h>

enum pcapng_protocol { PCAPNG_UDP, PCAPNG_TCP };

struct pcapng_packet {
    int64_t at_ms; /* wall clock */
    enum pcapng_protocol protocol;
    sj_address from, to;
    uint32_t sequence, acknowledged; /* of TCP: bytes that went before, there and back */
    const void *data;
    size_t length;       /* more than one packet takes goes in several, of UDP it is cut */
    const char *comment; /* "": none */
};

/* The beginning of a file: what it is, and the one interface. */
void pcapng_begin(sj_text *out, const char *comment, const char *interface);
/* Both addresses must be of one family; false when they are not: nothing is written. */
bool pcapng_add(sj_text *out, const struct pcapng_packet *packet);

#endif
