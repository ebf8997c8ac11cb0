/* What a phone publishes of its user (application/pidf+xml): whether its activities hold Do Not
 * Disturb. Pure; no entity is expanded and nothing is fetched. */
#ifndef CALLMANAGER_PRESENCE_DOCUMENT_H
#define CALLMANAGER_PRESENCE_DOCUMENT_H

#include "sip/sip_text.h"

/* False when the text is no presence document. */
bool presence_document_read(struct sip_text document, bool *do_not_disturb);

#endif
