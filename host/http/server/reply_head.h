/* The head of a reply as text. Pure. */
#ifndef SJ_HOST_HTTP_SERVER_REPLY_HEAD_H
#define SJ_HOST_HTTP_SERVER_REPLY_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SJ_REPLY_HEAD_ROOM 512

struct reply_head {
    int status;
    const char *date;
    const char *content_type; /* NULL: none; longer than 200 bytes is cut */
    int64_t content_length;   /* -1: chunked, -2: neither (ends with the connection) */
    bool keep_alive, old;     /* old: to an HTTP/1.0 client */
    bool cached; /* what follows says itself how it may be kept; else nobody keeps it */
};

/* Writes status line and standard headers, without the empty line; returns the length, at most
 * SJ_REPLY_HEAD_ROOM. */
size_t sj_reply_head(char *to, const struct reply_head *head);

#endif
