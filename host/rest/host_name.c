/* The host that a request names. */
#include "host/rest/host_name.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <sojourn/net.h>

static bool is_port(const char *text) {
    const size_t digits = strspn(text, "0123456789");
    return digits <= 5 && text[digits] == '\0';
}

bool sj_host_name_read(const char *header, char name[SJ_HOST_NAME_ROOM]) {
    const bool bracketed = header[0] == '[';
    const char *start = bracketed ? header + 1 : header;
    const size_t length = strcspn(start, bracketed ? "]" : ":");
    const char *after = start + length;
    if (length == 0 || length >= SJ_HOST_NAME_ROOM || (bracketed && *after++ != ']') ||
        (*after != '\0' && (*after != ':' || !is_port(after + 1)))) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)start[i];
        if (!isalnum(c) && strchr(bracketed ? ":." : "-._", c) == NULL) {
            return false;
        }
        name[i] = (char)tolower(c);
    }
    name[length] = '\0';
    if (length > 1 && name[length - 1] == '.') {
        name[length - 1] = '\0'; /* a name that says it is complete */
    }
    return true;
}

static bool same(const char *a, const char *b) {
    sj_address first, second;
    char texts[2][SJ_ADDRESS_TEXT];
    if (strcasecmp(a, b) == 0) {
        return true;
    }
    if (sj_address_parse(a, 0, &first) != SJ_OK || sj_address_parse(b, 0, &second) != SJ_OK) {
        return false;
    }
    (void)sj_address_format(&first, texts[0], sizeof texts[0]);
    (void)sj_address_format(&second, texts[1], sizeof texts[1]);
    return strcmp(texts[0], texts[1]) == 0;
}

bool sj_host_name_in(const char *name, const char *list) {
    while (list != NULL && *list != '\0') {
        char one[SJ_HOST_NAME_ROOM];
        const size_t length = strcspn(list, "; ");
        if (length > 0 && length < sizeof one) {
            (void)snprintf(one, sizeof one, "%.*s", (int)length, list);
            if (same(name, one)) {
                return true;
            }
        }
        list += length + (list[length] != '\0');
    }
    return false;
}
