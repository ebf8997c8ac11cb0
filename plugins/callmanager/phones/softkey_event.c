/* Reads the elements by their names, wherever they stand. Pure. */
#include "phones/softkey_event.h"
#include "sip/multipart.h"

#define REQUEST_TYPE "application/x-cisco-remotecc-request+xml"

/* What stands between <name> and the next tag, from *rest on; *rest begins behind it. */
static bool take_element(struct sip_text *rest, const char *name, struct sip_text *text) {
    const size_t length = strlen(name);
    for (size_t i = 0; i + length + 2 <= rest->length; i++) {
        if (rest->at[i] == '<' && memcmp(rest->at + i + 1, name, length) == 0 &&
            rest->at[i + 1 + length] == '>') {
            const char *start = rest->at + i + length + 2;
            const size_t left = (size_t)(rest->at + rest->length - start);
            const char *end = memchr(start, '<', left);
            if (end == NULL) {
                return false;
            }
            *text = sip_text_trim((struct sip_text){start, (size_t)(end - start)});
            *rest = (struct sip_text){end, left - (size_t)(end - start)};
            return true;
        }
    }
    return false;
}

static bool take(struct sip_text *rest, const char *name, char *value, size_t room) {
    struct sip_text text;
    return take_element(rest, name, &text) && sip_text_copy(text, value, room);
}

static bool holds(struct sip_text text, const char *word) {
    const size_t length = strlen(word);
    for (size_t i = 0; i + length <= text.length; i++) {
        if (memcmp(text.at + i, word, length) == 0) {
            return true;
        }
    }
    return false;
}

/* Something chosen on the page with who is in a conference: the part that comes back is that. */
static bool read_conference_page(struct sip_text asked, struct sip_text chosen,
                                 struct softkey_event *event) {
    struct sip_text conference;
    uint64_t number;
    if (!take_element(&asked, "confid", &conference) ||
        !sip_text_number(conference, UINT32_MAX, &number) ||
        !sip_text_copy(sip_text_trim(chosen), event->choice, sizeof event->choice)) {
        return false;
    }
    event->conference = (unsigned)number;
    (void)sip_text_copy(sip_text_of(CONFERENCE_PAGE), event->key, sizeof event->key);
    return true;
}

/* A key of a page of ours. No public source shows the part that comes back, so that the word which
 * the page has given the key is looked for wherever it stands. */
static bool read_page_key(struct sip_text content_type, struct sip_text body, struct sip_text asked,
                          struct softkey_event *event) {
    static const char *const words[] = {CALL_BACK_DIAL, CALL_BACK_CANCEL};
    struct multipart_part page;
    struct sip_text application, rest = asked;
    if (!take_element(&rest, "applicationid", &application) ||
        !multipart_find(content_type, body, SOFTKEY_PAGE_TYPE, &page)) {
        return false;
    }
    if (sip_text_is(application, CONFERENCE_APPLICATION)) {
        return read_conference_page(asked, page.content, event);
    }
    if (!sip_text_is(application, SOFTKEY_APPLICATION)) {
        return false;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (holds(page.content, words[i])) {
            (void)sip_text_copy(sip_text_of(words[i]), event->key, sizeof event->key);
            return true;
        }
    }
    return false;
}

/* False: its texts cannot be read. */
static bool take_dialog(struct sip_text *rest, struct sip_replaces *dialog) {
    return take(rest, "callid", dialog->call_id, sizeof dialog->call_id) &&
           take(rest, "localtag", dialog->to_tag, sizeof dialog->to_tag) &&
           take(rest, "remotetag", dialog->from_tag, sizeof dialog->from_tag);
}

bool softkey_event_read(struct sip_text content_type, struct sip_text body,
                        struct softkey_event *event) {
    struct multipart_part part;
    struct sip_text rest = body, text;
    memset(event, 0, sizeof *event);
    if (multipart_find(content_type, body, REQUEST_TYPE, &part)) {
        rest = part.content;
    } else if (!media_type_is(content_type, REQUEST_TYPE)) {
        return false;
    }
    const struct sip_text asked = rest;
    if (!take(&rest, "softkeyevent", event->key, sizeof event->key)) {
        return read_page_key(content_type, body, asked, event);
    }
    if (event->key[0] == '\0') {
        return false;
    }
    if (!take_element(&rest, "dialogid", &text)) {
        return true;
    }
    if (!take_dialog(&rest, &event->dialog)) {
        return false;
    }
    if (take_element(&rest, "consultdialogid", &text) && !take_dialog(&rest, &event->consulted)) {
        memset(&event->consulted, 0, sizeof event->consulted); /* it names none */
    }
    return true;
}
