/* What a mail system says of a mailbox, and phones are told: application/simple-message-summary
 * (RFC 3842). Pure. */
#ifndef CALLMANAGER_MESSAGE_SUMMARY_H
#define CALLMANAGER_MESSAGE_SUMMARY_H

#include "sip/sip_writer.h"

#define MESSAGE_SUMMARY_TYPE "application/simple-message-summary"

struct message_summary {
    bool waiting;
    uint32_t new_messages, old_messages; /* of voice */
};

/* False: it does not say whether messages wait, or counts those of voice in a way that cannot be
 * read. What else it says is passed over. */
bool message_summary_read(struct sip_text document, struct message_summary *summary);
/* `account`: the number; `host`: of this node. */
void message_summary_put(struct sip_writer *out, const struct message_summary *summary,
                         const char *account, const char *host);

#endif
