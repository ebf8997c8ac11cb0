/* Alarms of phones as text. They are documents of a few elements without nesting of names; a
 * phone's faults in them must not hide what they say, so that they are searched and not parsed. */
#include "phones/phone_alarm.h"

#include <stdio.h>

/* Where `what` begins; NULL: nowhere. */
static const char *find(struct sip_text text, const char *what) {
    const size_t length = strlen(what);
    for (size_t i = 0; i + length <= text.length; i++) {
        if (memcmp(text.at + i, what, length) == 0) {
            return text.at + i;
        }
    }
    return NULL;
}

/* What stands from there to the stop, or to the end. */
static struct sip_text until(const char *from, const char *end, char stop) {
    const char *at = memchr(from, stop, (size_t)(end - from));
    return (struct sip_text){from, (size_t)((at != NULL ? at : end) - from)};
}

/* Behind what is written, cut to the room, in printable characters. */
static void put(char *text, size_t room, struct sip_text added) {
    size_t used = strlen(text);
    for (size_t i = 0; i < added.length && used + 1 < room; i++) {
        const char c = added.at[i];
        text[used++] = (char)(c < ' ' || c > '~' ? ' ' : c);
    }
    text[used] = '\0';
}

static void put_word(char text[ALARM_TEXT], const char *word) {
    put(text, ALARM_TEXT, sip_text_of(word));
}

struct parameter {
    struct sip_text name, value;
};

/* The next of the elements <String name="NAME">VALUE</String>, whatever their names; `rest` goes
 * behind it. */
static bool next_parameter(struct sip_text *rest, struct parameter *parameter) {
    static const char key[] = " name=\"";
    const char *end = rest->at + rest->length, *at = find(*rest, key);
    if (at == NULL) {
        return false;
    }
    parameter->name = until(at + sizeof key - 1, end, '"');
    const char *open = parameter->name.at + parameter->name.length;
    const char *behind = open == end ? NULL : memchr(open, '>', (size_t)(end - open));
    parameter->value = behind == NULL ? (struct sip_text){end, 0} : until(behind + 1, end, '<');
    parameter->value = sip_text_trim(parameter->value);
    rest->at = parameter->value.at + parameter->value.length;
    rest->length = (size_t)(end - rest->at);
    return true;
}

static struct sip_text value_of(struct sip_text body, const char *name) {
    struct parameter parameter;
    while (next_parameter(&body, &parameter)) {
        if (sip_text_is(parameter.name, name)) {
            return parameter.value;
        }
    }
    return sip_text_of("");
}

/* "ITL 3F2A... of 10.1.1.1": signatures come in spaced digits. */
static void put_list(char text[ALARM_TEXT], struct sip_text body, const char *list,
                     const char *signature, const char *server) {
    const struct sip_text digits = value_of(body, signature), from = value_of(body, server);
    put_word(text, list);
    put_word(text, digits.length == 0 ? " none" : " ");
    for (size_t i = 0; i < digits.length; i++) {
        if (digits.at[i] != ' ') {
            put(text, ALARM_TEXT, (struct sip_text){digits.at + i, 1});
        }
    }
    put_word(text, from.length == 0 ? "" : " of ");
    put(text, ALARM_TEXT, from);
}

static void write_trust(char text[ALARM_TEXT], struct sip_text body) {
    const struct sip_text status = value_of(body, "StatusCode");
    put_list(text, body, "ITL", "ITL_Signature", "ITL_TFTP_Server");
    put_list(text, body, ", CTL", "CTL_Signature", "CTL_TFTP_Server");
    put_word(text, status.length == 0 ? "" : ", StatusCode ");
    put(text, ALARM_TEXT, status);
}

static void write_parameters(char text[ALARM_TEXT], const char *name, struct sip_text body) {
    struct parameter parameter;
    const char *separator = ": ";
    put_word(text, name[0] == '\0' ? "alarm" : name);
    while (next_parameter(&body, &parameter)) {
        if (parameter.value.length > 0 && !sip_text_is(parameter.name, "DeviceName")) {
            put_word(text, separator);
            put(text, ALARM_TEXT, parameter.name);
            put_word(text, "=");
            put(text, ALARM_TEXT, parameter.value);
            separator = ", ";
        }
    }
}

void phone_alarm_read(struct sip_text body, struct phone_alarm *alarm) {
    static const char key[] = "Name=\"";
    const char *at = find(body, key);
    memset(alarm, 0, sizeof *alarm);
    if (at != NULL) {
        put(alarm->name, sizeof alarm->name,
            until(at + sizeof key - 1, body.at + body.length, '"'));
    }
    put(alarm->device_name, sizeof alarm->device_name, value_of(body, "DeviceName"));
    alarm->trust = strcmp(alarm->name, "DeviceTLInfo") == 0;
    if (alarm->trust) {
        write_trust(alarm->text, body);
    } else {
        write_parameters(alarm->text, alarm->name, body);
    }
}

bool phone_alarm_of_reason(struct sip_text reason, char text[ALARM_TEXT]) {
    const char *at = find(reason, "cisco-alarm:");
    text[0] = '\0';
    if (at == NULL) {
        return false;
    }
    struct sip_text rest = until(at, reason.at + reason.length, '"');
    while (rest.length > 0) {
        struct sip_text word = until(rest.at, rest.at + rest.length, ' ');
        rest.at += word.length;
        rest.length -= word.length;
        if (word.length < 5 || memcmp(word.at, "Name=", 5) != 0) {
            put_word(text, text[0] == '\0' ? "" : " ");
            put(text, ALARM_TEXT, word);
        }
        while (rest.length > 0 && rest.at[0] == ' ') {
            rest.at++;
            rest.length--;
        }
    }
    return true;
}
