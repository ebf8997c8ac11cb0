/* Extensions that a request requires (RFC 3261, 20.32): supported are Replaces (RFC 3891),
 * session timers (RFC 4028), in INVITEs 100rel (RFC 3262), and what Cisco's phones ask for in their
 * REFERs. Pure. */
#ifndef CALLMANAGER_OPTION_TAGS_H
#define CALLMANAGER_OPTION_TAGS_H

#include "sip/sip_message.h"
#include "sip/sip_writer.h"

/* Whether Require names an extension that is not supported here. */
bool sip_requires_unsupported(const struct sip_message *request);
/* "Supported: ...", all that are. */
void sip_put_supported(struct sip_writer *writer);
/* "Unsupported: a, b", of those that Require names. */
void sip_put_unsupported(struct sip_writer *writer, const struct sip_message *request);

#endif
