/* Checks dial patterns and masks (dial_pattern.h), one character after the other. */
#include "host/record/dial_pattern.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PLACES = 60 };

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define SYMBOLS DIGITS "*#+ABCDabcd"

/* Symbols and rising ranges of digits up to the bracket. Returns what follows it, or NULL. */
static const char *read_set(const char *at) {
    const bool negated = *at == '^';
    unsigned digits = 0, others = 0;
    for (at += negated ? 1 : 0; *at != ']'; at++) {
        const char *first = *at == '\0' ? NULL : strchr(SYMBOLS, *at);
        if (first == NULL) {
            return NULL;
        }
        if (at[1] != '-') {
            digits |= *at >= '0' && *at <= '9' ? 1u << (*at - '0') : 0;
            others |= *at >= '0' && *at <= '9' ? 0 : 1u;
            continue;
        }
        if (*at < '0' || *at > '9' || at[2] < *at || at[2] > '9') {
            return NULL;
        }
        for (char digit = *at; digit <= at[2]; digit++) {
            digits |= 1u << (digit - '0');
        }
        at += 2;
    }
    return (digits == 0 && others == 0) || (negated && digits == 0x3ffu) ? NULL : at + 1;
}

bool sj_dial_pattern_valid(const char *text) {
    size_t places = 0;
    bool separated = false, can_repeat = false;
    for (const char *at = text; *at != '\0';) {
        if (*at == '.') {
            if (separated) {
                return false;
            }
            separated = true;
            can_repeat = false;
            at++;
        } else if (*at == '?' || *at == '+') {
            if (!can_repeat) {
                return false;
            }
            at++;
        } else {
            const bool escaped = at[0] == '\\' && at[1] == '+';
            if (*at == '[') {
                at = read_set(at + 1);
                if (at == NULL) {
                    return false;
                }
            } else if (escaped || strchr(SYMBOLS "Xx!", *at) != NULL) {
                at += escaped ? 2 : 1;
            } else {
                return false;
            }
            can_repeat = true;
            places++;
        }
    }
    return places > 0 && places <= MOST_PLACES;
}

bool sj_advertised_pattern_valid(const char *text) {
    text += text[0] == '+' ? 1 : 0;
    const size_t places = strspn(text, DIGITS "*#Xx");
    return text[0] != '\0' && (text[places] == '\0' || strcmp(text + places, "!") == 0);
}

static bool is_domain(const char *text) {
    const size_t length = strlen(text);
    return length > 0 && strspn(text, LETTERS DIGITS ".-") == length &&
           strchr(".-", text[0]) == NULL && strchr(".-", text[length - 1]) == NULL &&
           strstr(text, "..") == NULL;
}

/* As those read it who compare it with an address: without leading zeros, for one. */
static bool is_ipv4(const char *text, size_t length) {
    char address[INET_ADDRSTRLEN];
    struct in_addr binary;
    if (length >= sizeof address) {
        return false;
    }
    memcpy(address, text, length);
    address[length] = '\0';
    return inet_pton(AF_INET, address, &binary) == 1;
}

/* An IPv4 address, and up to 32 bits of it. */
static bool is_network(const char *text, const char *slash) {
    const char *bits = slash + 1;
    const size_t digits = strspn(bits, DIGITS);
    return is_ipv4(text, (size_t)(slash - text)) && digits >= 1 && digits <= 2 &&
           bits[digits] == '\0' && strtoul(bits, NULL, 10) <= 32;
}

/* What is of digits and dots means to be an address. */
bool sj_domain_valid(const char *text) {
    const size_t length = strlen(text);
    return length > 0 && strspn(text, DIGITS ".") == length ? is_ipv4(text, length)
                                                            : is_domain(text);
}

bool sj_domain_pattern_valid(const char *text) {
    const char *slash = strchr(text, '/');
    if (slash != NULL) {
        return is_network(text, slash);
    }
    return strcmp(text, "*") == 0 ||
           (strncmp(text, "*.", 2) == 0 ? is_domain(text + 2) : sj_domain_valid(text));
}

bool sj_transformation_mask_valid(const char *text) {
    text += text[0] == '\\' && text[1] == '+' ? 2 : text[0] == '+' ? 1 : 0;
    return text[0] != '\0' && text[strspn(text, DIGITS "*#ABCDabcdXx")] == '\0';
}
