/* Checks the name of a requested file, and finds the device and the kind of file in it. */
#include "file_name.h"

#include <string.h>

/* Printable ASCII without backslash, components neither empty nor "." nor "..". */
static bool file_name_safe(const char *name) {
    size_t component = 0;
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
        if (*p < 0x20 || *p > 0x7e || *p == '\\') {
            return false;
        }
        component++;
    }
}

static bool ends_with(const char *text, const char *ending) {
    size_t length = strlen(text), tail = strlen(ending);
    return length > tail && strcmp(text + length - tail, ending) == 0;
}

/* The name of the device between the beginning and the ending of a file's name. */
static bool device_between(const char *name, const char *beginning, const char *ending,
                           char *device) {
    const size_t head = strlen(beginning), tail = strlen(ending), length = strlen(name);
    if (strncmp(name, beginning, head) != 0 || !ends_with(name + head, ending)) {
        return false;
    }
    memcpy(device, name + head, length - head - tail);
    device[length - head - tail] = '\0';
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
    if (ends_with(clean, ".sgn")) {
        return FILE_SIGNED;
    }
    if (ends_with(clean, ".tlv")) {
        return FILE_TRUST_LIST;
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
    return FILE_STATIC;
}
