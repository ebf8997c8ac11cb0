/* Causes of Q.850: in Reason headers, and by SIP status. Pure. */
#include "sip/release_cause.h"
#include "sip/header_values.h"
#include "sip/sip_address.h"

#include <stdio.h>

enum { Q850_MOST = 127 };

/* The cause of a value like "Q.850;cause=41"; 0: it is of another protocol. */
static int cause_by(struct sip_text value, const char *protocol, uint64_t most) {
    uint64_t number = 0;
    struct sip_text cause;
    size_t length = 0;
    while (length < value.length && value.at[length] != ';' && !sip_is_space(value.at[length])) {
        length++;
    }
    return sip_text_is_nocase((struct sip_text){value.at, length}, protocol) &&
                   sip_param((struct sip_text){value.at + length, value.length - length}, "cause",
                             &cause) &&
                   sip_text_number(cause, most, &number)
               ? (int)number
               : 0;
}

int release_cause_read(const struct sip_message *message) {
    struct sip_values values = sip_values_of(message, SIP_REASON);
    struct sip_text value;
    int found = 0;
    while (found == 0 && sip_values_next(&values, &value)) {
        found = cause_by(value, "Q.850", Q850_MOST);
        if (found == 0 && cause_by(value, "SIP", 699) == 200) {
            found = Q850_ANSWERED_ELSEWHERE;
        }
    }
    return found;
}

void release_cause_write(int cause, char line[RELEASE_CAUSE_LINE]) {
    if (cause == Q850_ANSWERED_ELSEWHERE) {
        (void)snprintf(line, RELEASE_CAUSE_LINE, "%s", REASON_ANSWERED_ELSEWHERE);
    } else {
        (void)snprintf(line, RELEASE_CAUSE_LINE, "Reason: Q.850;cause=%d\r\n", cause);
    }
    line[cause == 0 ? 0 : strlen(line)] = '\0';
}

int q850_of_status(int status) {
    static const struct {
        int status, cause;
    } known[] = {{400, 41},          {401, 21},  {402, 21},  {403, 21},  {404, 1},   {405, 63},
                 {406, 79},          {407, 21},  {408, 102}, {410, 22},  {413, 127}, {414, 127},
                 {415, 79},          {416, 127}, {420, 127}, {421, 127}, {423, 127}, {480, 18},
                 {481, 41},          {482, 25},  {483, 25},  {484, 28},  {485, 1},   {486, 17},
                 {487, Q850_NORMAL}, {488, 31},  {500, 41},  {501, 79},  {502, 38},  {503, 41},
                 {504, 102},         {505, 127}, {513, 127}, {600, 17},  {603, 21},  {604, 1},
                 {606, 31}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].status == status) {
            return known[i].cause;
        }
    }
    return 31;
}
