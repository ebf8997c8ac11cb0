/* The table of error codes. Pure. */
#include "reporting/error_codes.h"

#include <stddef.h>

#define ENTRY(symbol, number, login, logout, name, cause) {number, login, logout, name, cause},
#define ENTRY_(...) ENTRY(__VA_ARGS__)
static const struct em_code_entry entries[] = {EM_CODE_MAP(ENTRY_)};

static const struct em_code_entry *find(int number) {
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        if (entries[i].number == number) {
            return &entries[i];
        }
    }
    return NULL;
}

const struct em_code_entry *em_code_entry(int number) {
    const struct em_code_entry *entry = find(number);
    return entry != NULL ? entry : &entries[0];
}

bool em_code_known(int number) {
    return find(number) != NULL;
}

int em_code_shown(int number) {
    switch (number) {
    case EM_CONFIGURATION:
    case EM_CLUSTER_ID: return EM_AUTHENTICATION;
    case EM_NO_RESPONSE: return EM_NO_USER;
    default: return number;
    }
}
