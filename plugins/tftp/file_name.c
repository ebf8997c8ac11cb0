/* Checks the name of a requested file, and finds the device and the kind of file in it. */
#include "file_name.h"

#include <string.h>
#include <strings.h>

#include <sojourn/base/utf8.h>

/* UTF-8 without control characters. */
static bool is_printable(const char *name) {
    uint32_t point = 0;
    for (size_t length = 0; *name != '\0'; name += length) {
        length = sj_utf8_decode(name, SIZE_MAX, &point);
        if (length == 0 || sj_utf8_is_control(point)) {
            return false;
        }
    }
    return true;
}

/* Printable, without backslash, components neither empty nor "." nor "..". */
static bool file_name_safe(const char *name) {
    size_t component = 0;
    if (!is_printable(name)) {
        return false;
    }
    for (const char *p = name;; p++) {
        if (*p == '/' || *p == '\0') {
            const char *start = p - component;
            if (component == 0 || (component == 1 && start[0] == '.') ||
                (component == 2 && start[0] == '.' && start[1] == '.')) {
                return false;
            }
            if (*p == '\0') {
                return true;
            }
            component = 0;
            continue;
        }
        if (*p == '\\') {
            return false;
        }
        component++;
    }
}

static bool ends_with(const char *text, const char *ending) {
    size_t length = strlen(text), tail = strlen(ending);
    return length > tail && strcmp(text + length - tail, ending) == 0;
}

enum { PHONE_NAME = 15 };

/* SEP and a MAC address, in small letters or capitals, before anything but a further digit. */
static bool begins_with_phone(const char *name) {
    return strncasecmp(name, "SEP", 3) == 0 &&
           strspn(name + 3, "0123456789abcdefABCDEF") == PHONE_NAME - 3;
}

/* Such a name is made capitals. */
static void capitals_of_phone(char *device) {
    if (strlen(device) != PHONE_NAME || !begins_with_phone(device)) {
        return;
    }
    for (char *at = device; *at != '\0'; at++) {
        *at = (char)(*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
    }
}

/* The phone that a placed file is for: of CTLSEP<mac>.tlv, SEP<mac>.cnf.xml.sgn. */
static void phone_within(const char *name, char *device) {
    for (; *name != '\0'; name++) {
        if (begins_with_phone(name)) {
            memcpy(device, name, PHONE_NAME);
            device[PHONE_NAME] = '\0';
            capitals_of_phone(device);
            return;
        }
    }
}

/* The name of the device between the beginning and the ending of a file's name. */
static bool device_between(char *name, const char *beginning, const char *ending, char *device) {
    const size_t head = strlen(beginning), tail = strlen(ending), length = strlen(name);
    if (strncmp(name, beginning, head) != 0 || !ends_with(name + head, ending)) {
        return false;
    }
    memcpy(device, name + head, length - head - tail);
    device[length - head - tail] = '\0';
    capitals_of_phone(device);
    memcpy(name + head, device, length - head - tail);
    return true;
}

enum file_kind file_name_read(const char *name, size_t length, char *clean, char *device) {
    device[0] = '\0';
    clean[0] = '\0';
    if (length > 0 && name[0] == '/') {
        name++;
        length--;
    }
    if (length == 0 || length >= FILE_NAME_ROOM || memchr(name, '\0', length) != NULL) {
        return FILE_REFUSED;
    }
    memcpy(clean, name, length);
    clean[length] = '\0';
    if (!file_name_safe(clean)) {
        return FILE_REFUSED;
    }
    if (strcmp(clean, "XMLDefault.cnf.xml") == 0) {
        return FILE_DEFAULT;
    }
    if (strchr(clean, '/') == NULL && device_between(clean, "", ".cnf.xml", device)) {
        return FILE_DEVICE;
    }
    if (strchr(clean, '/') == NULL && device_between(clean, "DR", ".xml", device)) {
        return FILE_DIAL_TEMPLATE;
    }
    if (strncmp(clean, "SK", 2) == 0 && strchr(clean, '/') == NULL && ends_with(clean, ".xml")) {
        return FILE_SOFTKEYS;
    }
    phone_within(clean, device);
    return FILE_STATIC;
}
