/* Changes to a message as an operator's policy asks for them. What belongs to the transaction or
 * the dialog cannot be changed: the message would be another one, or nobody's. Pure. */
#ifndef CALLMANAGER_MESSAGE_EDIT_H
#define CALLMANAGER_MESSAGE_EDIT_H

#include "sip/sip_message.h"
#include "sip/sip_writer.h"

struct sip_edit_header {
    const char *name, *value;
};

struct sip_edits {
    const char *request_uri;   /* "" : as it is */
    const char *const *remove; /* names: all lines */
    size_t remove_count;
    const struct sip_edit_header *set; /* takes the place of the first line, the others go */
    size_t set_count;
    const struct sip_edit_header *add; /* behind the others */
    size_t add_count;
    const char *sdp; /* "": as it is */
};

/* One header of a message, its continuation lines included. */
struct sip_line {
    struct sip_text name;  /* as it stands there */
    struct sip_text value; /* trimmed; folds are still inside */
    struct sip_text whole; /* with the line's end */
};

/* The header at *at of the message; moves on. False at the end of the head. Begin with the offset
 * sip_lines_begin. */
size_t sip_lines_begin(const struct sip_message *message);
bool sip_lines_next(const struct sip_message *message, size_t *at, struct sip_line *line);
/* The long form of a header's name, where this is the compact one (RFC 3261 7.3.3). */
struct sip_text sip_long_name(struct sip_text name);

/* Whether a policy may neither see nor touch a header: credentials, and what says whose message it
 * is. */
bool sip_header_is_secret(struct sip_text name);

/* Writes the changed message. False with a sentence: it may not be changed so; nothing of it is to
 * be used. */
bool sip_message_edit(const struct sip_message *message, const struct sip_edits *edits,
                      struct sip_writer *writer, char *why, size_t room);

#endif
