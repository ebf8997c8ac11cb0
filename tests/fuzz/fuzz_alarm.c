/* Alarms as phones send them, in bodies and in Reason: what comes out is one printable line. */
#include "plugins/callmanager/phones/phone_alarm.h"

#include <stdlib.h>

static void check(const char *text) {
    for (; *text != '\0'; text++) {
        if (*text < ' ' || *text > '~') {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct phone_alarm alarm;
    char *copy = malloc(size + 1), text[ALARM_TEXT]; /* of its own, so that ends are seen */
    if (copy == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(copy, data, size);
    }
    phone_alarm_read((struct sip_text){copy, size}, &alarm);
    check(alarm.name);
    check(alarm.device_name);
    check(alarm.text);
    (void)phone_alarm_of_reason((struct sip_text){copy, size}, text);
    check(text);
    free(copy);
    return 0;
}
