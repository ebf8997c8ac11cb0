/* Greetings as text. Pure. */
#include "greeting.h"

#include <stdio.h>

bool greeting_make(const char *salutation, const char *name, char *out, size_t room) {
    if (name[0] == '\0') {
        return false;
    }
    const int length = snprintf(out, room, "%s, %s!", salutation, name);
    return length > 0 && (size_t)length < room;
}
