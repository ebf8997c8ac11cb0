/* Record-Route, as the values that it has: a proxy may write several in one line, another one a
 * line for each (RFC 3261 7.3.1). Pure. */
#ifndef CALLMANAGER_RECORD_ROUTE_H
#define CALLMANAGER_RECORD_ROUTE_H

#include "sip/sip_writer.h"

enum { SIP_RECORD_ROUTES_MAX = 64 };

struct sip_record_routes {
    struct sip_text values[SIP_RECORD_ROUTES_MAX]; /* "<sip:proxy;lr>", topmost first */
    size_t count;
};

/* False when a value cannot be read, or there are too many. */
bool sip_record_routes_read(const struct sip_message *message, struct sip_record_routes *routes);
/* Writes them as the Route lines of the dialog that the message makes (RFC 3261 12.1): as they
 * stand for whoever got the request, reversed for whoever sent it. False as above, or there is no
 * room. */
bool sip_record_routes_put(const struct sip_message *message, bool reversed,
                           struct sip_writer *writer);

#endif
