/* Reads line by line, names in any case. */
#include "phones/message_summary.h"

/* Takes the next line off, without its end. */
static struct sip_text next_line(struct sip_text *rest) {
    struct sip_text line = {rest->at, 0};
    while (line.length < rest->length && line.at[line.length] != '\n') {
        line.length++;
    }
    const size_t taken = line.length + (line.length < rest->length ? 1 : 0);
    rest->at += taken;
    rest->length -= taken;
    return sip_text_trim(line);
}

/* The value behind "name:", or nothing. */
static bool value_of(struct sip_text line, const char *name, struct sip_text *value) {
    const size_t length = strlen(name);
    if (line.length < length || strncasecmp(line.at, name, length) != 0) {
        return false;
    }
    line.at += length;
    line.length -= length;
    line = sip_text_trim(line);
    if (line.length == 0 || line.at[0] != ':') {
        return false;
    }
    line.at++;
    line.length--;
    *value = sip_text_trim(line);
    return true;
}

/* Takes a count off; false when there is none, or it has no room in 32 bits: whoever counts so far
 * counts nothing that is there. */
static bool take_count(struct sip_text *text, uint32_t *count) {
    struct sip_text digits = {text->at, 0};
    uint64_t number;
    while (digits.length < text->length && text->at[digits.length] >= '0' &&
           text->at[digits.length] <= '9') {
        digits.length++;
    }
    if (!sip_text_number(digits, UINT32_MAX, &number)) {
        return false;
    }
    text->at += digits.length;
    text->length -= digits.length;
    *count = (uint32_t)number;
    return true;
}

/* "2/8 (0/2)" (RFC 3842 5.2): new and old ones, and those of them that are urgent, which are not
 * told on. Some systems say the new ones alone. */
static bool read_counts(struct sip_text value, struct message_summary *summary) {
    static const char *const before[] = {"", "/", "(", "/"};
    uint32_t urgent[2], *const counts[] = {&summary->new_messages, &summary->old_messages,
                                           &urgent[0], &urgent[1]};
    size_t i = 0;
    for (; i < 4 && (i == 0 || value.length > 0); i++) {
        const size_t length = strlen(before[i]);
        if (value.length < length || memcmp(value.at, before[i], length) != 0) {
            return false;
        }
        value.at += length;
        value.length -= length;
        value = sip_text_trim(value);
        if (!take_count(&value, counts[i])) {
            return false;
        }
        value = sip_text_trim(value);
    }
    return i < 4 ? i != 3 && value.length == 0 : sip_text_is(value, ")");
}

bool message_summary_read(struct sip_text document, struct message_summary *summary) {
    bool said = false, readable = true;
    memset(summary, 0, sizeof *summary);
    while (document.length > 0) {
        const struct sip_text line = next_line(&document);
        struct sip_text value;
        if (value_of(line, "Messages-Waiting", &value)) {
            summary->waiting = sip_text_is_nocase(value, "yes");
            said = summary->waiting || sip_text_is_nocase(value, "no");
        } else if (value_of(line, "Voice-Message", &value)) {
            readable = readable && read_counts(value, summary);
        }
    }
    return said && readable;
}

void message_summary_put(struct sip_writer *out, const struct message_summary *summary,
                         const char *account, const char *host) {
    sip_put(out, summary->waiting ? "Messages-Waiting: yes\r\n" : "Messages-Waiting: no\r\n");
    sip_put(out, "Message-Account: sip:");
    sip_put_user(out, account);
    sip_put(out, "@");
    sip_put_host(out, host, 0);
    sip_put(out, "\r\nVoice-Message: ");
    sip_put_number(out, summary->new_messages);
    sip_put(out, "/");
    sip_put_number(out, summary->old_messages);
    sip_put(out, " (0/0)\r\n");
}
