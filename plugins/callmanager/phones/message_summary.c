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

static uint32_t take_number(struct sip_text *text) {
    uint64_t number = 0;
    while (text->length > 0 && text->at[0] >= '0' && text->at[0] <= '9') {
        number = number < UINT32_MAX / 10 ? number * 10 + (uint64_t)(text->at[0] - '0') : number;
        text->at++;
        text->length--;
    }
    return (uint32_t)number;
}

/* "2/8 (0/2)": new and old ones; those of them that are urgent are not told on. */
static void read_counts(struct sip_text value, struct message_summary *summary) {
    summary->new_messages = take_number(&value);
    if (value.length > 0 && value.at[0] == '/') {
        value.at++;
        value.length--;
        summary->old_messages = take_number(&value);
    }
}

bool message_summary_read(struct sip_text document, struct message_summary *summary) {
    bool said = false;
    memset(summary, 0, sizeof *summary);
    while (document.length > 0) {
        const struct sip_text line = next_line(&document);
        struct sip_text value;
        if (value_of(line, "Messages-Waiting", &value)) {
            summary->waiting = sip_text_is_nocase(value, "yes");
            said = summary->waiting || sip_text_is_nocase(value, "no");
        } else if (value_of(line, "Voice-Message", &value)) {
            read_counts(value, summary);
        }
    }
    return said;
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
