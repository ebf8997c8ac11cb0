/* The table of certificate types: file name of the exchange, and which certificates go into it. */
#include "certificate_types.h"

#include <stdio.h>
#include <string.h>

const struct certificate_type certificate_types[CERTIFICATE_TYPES] = {
    {"tomcat", {"tomcat", NULL}},
    {"tftp", {"CallManager", "TVS", NULL}},
    {"capf", {"CAPF", NULL}},
    {"itlrecovery", {"ITLRecovery", NULL}},
};

bool certificate_type_wanted(int wanted, size_t index) {
    return wanted == 0 || (size_t)wanted == index + 1;
}

int certificate_type_of_file(const char *file_name, bool bulk) {
    size_t length = strlen(file_name);
    for (int i = 0; i < CERTIFICATE_TYPES; i++) {
        char ending[64], bulk_ending[64];
        int plain = snprintf(ending, sizeof ending, "_%s.pkcs12", certificate_types[i].name);
        int joined =
            snprintf(bulk_ending, sizeof bulk_ending, "_bulk_%s.pkcs12", certificate_types[i].name);
        bool is_bulk = length > (size_t)joined &&
                       strcmp(file_name + length - (size_t)joined, bulk_ending) == 0;
        bool is_plain =
            length > (size_t)plain && strcmp(file_name + length - (size_t)plain, ending) == 0;
        if (bulk ? is_bulk : is_plain && !is_bulk) {
            return i;
        }
    }
    return -1;
}
