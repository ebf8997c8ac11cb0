/* What goes with a call to another cluster, so that the bandwidth of all of its way is counted
 * there: its location, as parameters of Call-Info, as the field's trunks in the location Shadow
 * have them; and that it is an emergency call, as the namespace esnet of Resource-Priority
 * (RFC 7135). */
#ifndef CALLMANAGER_CONVEYED_LOCATION_H
#define CALLMANAGER_CONVEYED_LOCATION_H

#include "calls/call.h"

/* The place that came with a message, and the cluster that counts the call already, of which this
 * is another part ("" for none; may be NULL). False, and all is as it was: no place did that can be
 * used. */
bool conveyed_location_is_usable(const char *name); /* whether a call may bring it along */
bool conveyed_location_read(const struct sip_message *message, struct call_place *place,
                            char counted_by[52]);
/* The header line that says it. */
void conveyed_location_write(struct sip_writer *writer, const struct call_place *place,
                             const char *counted_by);

/* Whether an INVITE says that it is an emergency call. */
bool conveyed_emergency_read(const struct sip_message *request);
/* The header line that says it. */
void conveyed_emergency_write(struct sip_writer *writer);

#endif
