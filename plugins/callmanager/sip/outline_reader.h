/* For those that read an outline: where they are in the message, and parts of its text. Pure. */
#ifndef CALLMANAGER_OUTLINE_READER_H
#define CALLMANAGER_OUTLINE_READER_H

#include "sip/sip_outline.h"

struct outline_reader {
    const char *message;
    size_t length, at; /* the next line begins there */
    bool hashes;       /* there may be a # in it, as itself or written otherwise */
    struct sip_outline *outline;
};

void outline_add_secret(struct outline_reader *reader, struct sip_text secret);

/* Finds the secrets of URIs, wherever they stand in the message: passwords, credentials that a URI
 * brings along. */
void outline_read_uris(struct outline_reader *reader);

/* Finds what of the dialled numbers of a line is secret. */
void outline_read_numbers(struct outline_reader *reader, struct sip_text line);

static inline struct sip_text text_from(struct sip_text text, size_t at) {
    at = at < text.length ? at : text.length;
    return (struct sip_text){text.at + at, text.length - at};
}

/* Where that character is, or the end of the text. */
static inline size_t text_find(struct sip_text text, char c) {
    const char *found = text.length == 0 ? NULL : memchr(text.at, c, text.length);
    return found == NULL ? text.length : (size_t)(found - text.at);
}

static inline bool text_begins(struct sip_text text, const char *with) {
    const size_t length = strlen(with);
    return text.length >= length && strncasecmp(text.at, with, length) == 0;
}

static inline struct sip_text text_behind_blanks(struct sip_text text) {
    size_t at = 0;
    while (at < text.length && (text.at[at] == ' ' || text.at[at] == '\t')) {
        at++;
    }
    return text_from(text, at);
}

/* Whether the text has one of those characters in each place. */
static inline bool text_consists(struct sip_text text, const char *of) {
    size_t at = 0;
    while (at < text.length && text.at[at] != '\0' && strchr(of, text.at[at]) != NULL) {
        at++;
    }
    return at == text.length;
}

#endif
