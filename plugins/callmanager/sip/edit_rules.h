/* What an operator's policy may ask of a message. What belongs to the transaction or the dialog
 * stays: the message would be another one, or nobody's. What is asked for must leave a message that
 * its receiver can read. Pure. */
#ifndef CALLMANAGER_EDIT_RULES_H
#define CALLMANAGER_EDIT_RULES_H

#include "sip/message_edit.h"

/* False with a sentence: it is not done. */
bool edit_rules_allow(const struct sip_message *message, const struct sip_edits *edits, char *why,
                      size_t room);
/* The same of the message as it has become. */
bool edit_rules_accept(const struct sip_message *before, const struct sip_edits *edits,
                       const struct sip_message *after, char *why, size_t room);

#endif
