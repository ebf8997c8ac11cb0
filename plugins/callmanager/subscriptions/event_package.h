/* What an event package says to the subscriptions: what may be watched by whom, and what is told of
 * it. Each package stands in a file of its own; `event_packages` lists them. */
#ifndef CALLMANAGER_EVENT_PACKAGE_H
#define CALLMANAGER_EVENT_PACKAGE_H

#include "core/call_manager.h"
#include "phones/registration_table.h"

struct subscription;

/* What a watched key is of: a directory number and a phone may be named alike. */
enum watched_kind { WATCHED_NUMBER, WATCHED_PHONE, WATCHED_MAILBOX };

/* Whether a phone may watch what its SUBSCRIBE names. */
struct watch_verdict {
    int status;              /* 0: it may; else the SIP status of the refusal */
    char why[160];           /* of the refusal, a sentence */
    char key[130];           /* what is watched: "1002@Internal", or the name of the phone */
    char number[DIGITS_MAX]; /* the same as others call it: user part of URIs */
    char asked[DIGITS_MAX];  /* the same as the watcher calls it */
};

/* It may: `key` and `number` are those of the verdict. */
void watch_grant(struct watch_verdict *verdict, const char *key, const char *number);
/* It may not, with that SIP status, since ... */
void watch_refuse(struct watch_verdict *verdict, int status, const char *format, ...)
    SJ_PRINTF(3, 4);

struct event_package {
    const char *name; /* value of Event */
    enum watched_kind kind;
    const char *type;       /* of its documents */
    const char *other_type; /* another name of it, for those who accept that alone; or NULL */
    uint32_t longest_s;     /* granted at most, and when nothing is asked for */
    unsigned documents;     /* that make up the state: a NOTIFY for each */
    void (*judge)(struct call_manager *manager, struct registration *phone,
                  const struct sip_message *request, struct watch_verdict *verdict);
    /* Whether what is subscribed to may still be watched, and as which key: rights come and go. */
    void (*judge_again)(const struct subscription *subscription, struct device *device,
                        struct watch_verdict *verdict);
    /* Does what the body of a SUBSCRIBE asks for; true: the NOTIFY follows when that is done. May
     * be NULL. */
    bool (*act)(struct subscription *subscription, struct registration *phone,
                const struct sip_message *request);
    /* Writes the whole state as that watcher may see it. */
    void (*put)(struct subscription *subscription, unsigned document, struct sip_writer *body);
};

extern const struct event_package feature_events, dialog_events, presence_events, message_events;

#endif
