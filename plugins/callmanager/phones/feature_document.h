/* What plain phones set and get with the event package as-feature-event, in the elements of
 * ECMA-323: Do Not Disturb and the forwarding of all calls. Pure. */
#ifndef CALLMANAGER_FEATURE_DOCUMENT_H
#define CALLMANAGER_FEATURE_DOCUMENT_H

#include "dial_plan/digit_pattern.h"
#include "sip/sip_writer.h"

enum feature_change_kind { FEATURE_UNKNOWN, FEATURE_DO_NOT_DISTURB, FEATURE_FORWARD_ALL };

struct feature_change {
    enum feature_change_kind kind;
    bool on;
    char destination[DIGITS_MAX]; /* FEATURE_FORWARD_ALL that is on */
};

#define FEATURE_TYPE "application/x-as-feature-event+xml"

/* SetDoNotDisturb or SetForwarding (forwardImmediate); anything else is unknown. */
struct feature_change feature_document_read(struct sip_text document);
/* DoNotDisturbEvent and ForwardingEvent. `destination` "": off. */
void feature_document_put_do_not_disturb(struct sip_writer *out, const char *number, bool on);
void feature_document_put_forward_all(struct sip_writer *out, const char *number,
                                      const char *destination);

#endif
