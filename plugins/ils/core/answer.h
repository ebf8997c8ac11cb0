/* The answers of the hub that is joined: HTTP/1.1 as a node writes it, from somebody who may be
 * anybody. Pure. */
#ifndef ILS_ANSWER_H
#define ILS_ANSWER_H

#include <stddef.h>

enum { ANSWER_HEAD_MOST = 8192, ANSWER_BODY_MOST = 256 * 1024 };

enum ils_answer_state { ANSWER_PARTIAL, ANSWER_WHOLE, ANSWER_WRONG };

struct ils_answer {
    int status;       /* 100 to 599 */
    const char *body; /* within what was read, without a NUL at its end */
    size_t body_length;
};

/* Reads the bytes that have come so far. PARTIAL: it may yet become an answer. WHOLE: `answer` is
 * filled in. WRONG: a node of a cluster does not write this, or more than was asked for has come.
 */
enum ils_answer_state ils_answer_read(const char *bytes, size_t length, struct ils_answer *answer);

/* A text of others as a sentence may bear it: cut to the room, what is not printable ASCII as a
 * question mark. `room` is at least 1. */
void ils_answer_sentence(const char *text, size_t length, char *out, size_t room);

#endif
