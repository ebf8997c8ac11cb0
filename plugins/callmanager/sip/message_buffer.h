/* The last SIP messages of a node, and what belongs to them: bounded in bytes, the oldest give way.
 * What there is much of (registrations, subscriptions, keep-alives, files) has a quarter of the
 * room of its own, so that it does not drive out calls. Pure. */
#ifndef CALLMANAGER_MESSAGE_BUFFER_H
#define CALLMANAGER_MESSAGE_BUFFER_H

#include "sip/sip_flow.h"
#include "sip/sip_text.h"

enum kept_kind {
    KEPT_MESSAGE, /* `data` is a SIP message */
    KEPT_STEP,    /* of a call: what the node has done or decided, in words */
    KEPT_LEG,     /* a dialog of a call; `data`: texts, each with a NUL */
    KEPT_NUMBER,  /* that a call has in call detail records; `data`: in digits */
    KEPT_FILE, /* a phone has asked for one; `data`: its name, its length in digits ("": it was not
                  found), the answer in words, each with a NUL */
};

enum { KEPT_OWNER_MAX = 128 };

struct kept {
    uint64_t serial; /* rises by one with each; given by the buffer */
    int64_t at_ms;   /* wall clock */
    enum kept_kind kind;
    bool frequent;   /* it is kept among what there is much of */
    bool received;   /* else sent; KEPT_LEG: it is the caller; KEPT_FILE: over HTTP, else TFTP */
    bool trunk;      /* KEPT_LEG: it is no phone */
    uint64_t dialog; /* message_buffer_key of the Call-ID; 0: none */
    uint64_t call;   /* the same of the call's id */
    sj_sip_transport transport;
    sj_address local, remote;
    uint32_t before_sent, before_received; /* bytes of messages that passed the connection before */
    struct sip_text owner;                 /* phone or trunk; empty: not known */
    struct sip_text data;
};

struct message_buffer;

/* NULL: no memory. That much and little more is used; pages not before they are written to. */
struct message_buffer *message_buffer_new(size_t bytes);
void message_buffer_free(struct message_buffer *buffer);

/* By which dialogs and calls are found. Never 0. */
uint64_t message_buffer_key(struct sip_text id);

/* Keeps a copy, the texts included; an owner that is longer than KEPT_OWNER_MAX is cut. Returns
 * where the copy of the data stands until the next one is added, to be changed there; NULL when it
 * is too long to be kept. */
char *message_buffer_add(struct message_buffer *buffer, const struct kept *kept);

/* Goes through it, the oldest first, as long as nothing is added. */
struct message_walk {
    const struct message_buffer *buffer;
    size_t at[2];
};
/* Begins with the oldest whose serial is `from` or higher. */
struct message_walk message_walk_from(const struct message_buffer *buffer, uint64_t from);
/* NULL at the end. */
const struct kept *message_walk_next(struct message_walk *walk);

/* When the last one was driven out of those that are frequent, or of the others; 0: none was. */
int64_t message_buffer_forgotten_ms(const struct message_buffer *buffer, bool frequent);

#endif
