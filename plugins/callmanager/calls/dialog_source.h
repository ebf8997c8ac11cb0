/* Whether a request within a dialog comes from where the dialog's party lives. Identifiers of a
 * call can be overheard; whoever knows them has no right yet to end it. */
#ifndef CALLMANAGER_DIALOG_SOURCE_H
#define CALLMANAGER_DIALOG_SOURCE_H

#include "calls/call.h"

/* A phone: the host that its messages come from or go to, or where it is registered now (ports may
 * change with a translator). Elsewhere it proves itself by its digest credentials. A trunk's peer:
 * that host, one that the peer has named in Contact or Record-Route, an address of the trunk, or of
 * the remote cluster. False: the request has been answered; an ACK is dropped. */
bool dialog_source_allows(struct call_leg *leg, const struct sip_message *request,
                          const struct sip_flow *flow);

#endif
