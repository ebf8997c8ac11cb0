/* Headers that hold several values: written in one line with commas, or in a line for each, or
 * both, they mean the same (RFC 3261 7.3.1). Whoever reads such a header reads its values. Pure. */
#ifndef CALLMANAGER_HEADER_VALUES_H
#define CALLMANAGER_HEADER_VALUES_H

#include "sip/sip_message.h"

/* Where a walk through the values stands. */
struct sip_values {
    const struct sip_message *message;
    enum sip_header_name name;
    size_t next;          /* header line to be looked at */
    struct sip_text rest; /* of the line before */
};

/* Begins before the first value. */
struct sip_values sip_values_of(const struct sip_message *message, enum sip_header_name name);
/* The next value, in the order of the message, without blanks around it; empty ones are passed
 * over. A comma within quotes or angle brackets belongs to the value. False after the last one. */
bool sip_values_next(struct sip_values *values, struct sip_text *value);

/* How many values there are. */
size_t sip_values_count(const struct sip_message *message, enum sip_header_name name);
/* Whether one of the values is that token, in any case. */
bool sip_values_have(const struct sip_message *message, enum sip_header_name name,
                     const char *token);

/* Whether Accept takes documents of that type (RFC 3261 20.1, RFC 2616 14.1): the range that is
 * closest to the type says it, and one with q=0 takes none. True without Accept. */
bool sip_accepts(const struct sip_message *message, const char *type);

/* The tag in To or From; false when there is none. A request whose To has one is within a dialog.
 */
bool sip_tag(const struct sip_message *message, enum sip_header_name to_or_from,
             struct sip_text *tag);
bool sip_is_within_dialog(const struct sip_message *request);
/* Whether it is about that event package. */
bool sip_event_is(const struct sip_message *message, const char *package);

#endif
