/* What a user agent server looks at before it acts on a request, whatever its method (RFC
 * 3261 8.2): the method, the request URI, To, merged requests, required extensions, the body, in
 * this order. A registrar looks at the same and at the domain (RFC 3261 10.3). Pure. */
#ifndef CALLMANAGER_INSPECTION_H
#define CALLMANAGER_INSPECTION_H

#include "sip/sip_message.h"
#include "sip/sip_writer.h"

#include <sojourn/node_address.h>

struct sip_inspection {
    int status;        /* with which the request is refused; 0: it is acceptable */
    const char *why;   /* a sentence, or "" where the status says it all */
    bool body_ignored; /* its body cannot be understood and need not be (handling=optional) */
};

/* `merged`: another request with the same From tag, Call-ID and CSeq is being answered. Each
 * address of the node is a domain of its own. `shortest_session_s`: no shorter session
 * timer is taken. An ACK is always acceptable, and of a
 * CANCEL neither what it requires nor its body counts. */
struct sip_inspection sip_inspect(const struct sip_message *request, bool merged,
                                  const sj_node *node, uint32_t shortest_session_s);

/* "Allow: ...": every method that is served here. */
void sip_put_allow(struct sip_writer *writer);
/* "Accept: ...", "Accept-Encoding: ..." and "Accept-Language: ...": bodies that requests of that
 * method may have; `event`: value of Event, "" for none. */
void sip_put_accept(struct sip_writer *writer, enum sip_method method, struct sip_text event);

#endif
