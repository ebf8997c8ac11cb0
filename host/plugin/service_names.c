/* Names of services as people write them. */
#include "host/plugin/service_names.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

static const char *next_letter(const char *at) {
    return at + strspn(at, " -_");
}

/* Where the name ends that the text begins with; NULL: it does not. */
static const char *behind_name(const char *text, const char *name) {
    for (name = next_letter(name); *name != '\0'; name = next_letter(name + 1)) {
        text = next_letter(text);
        if (tolower((unsigned char)*text) != tolower((unsigned char)*name)) {
            return NULL;
        }
        text++;
    }
    return text;
}

bool sj_service_is_named(const char *known, const char *name) {
    const char *end = behind_name(known, name);
    return end != NULL && *next_letter(end) == '\0';
}

bool sj_service_has_words(const char *title, const char *name) {
    for (const char *at = title; *at != '\0' && *next_letter(name) != '\0'; at++) {
        const char *end = at == title || at[-1] == ' ' ? behind_name(at, name) : NULL;
        if (end != NULL && (*end == ' ' || *end == '\0')) {
            return true;
        }
    }
    return false;
}
