/* Reads what a test expects as a person may have misspelt it. Pure. */
#include "expected_texts.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DIALLED "0123456789*#+ABCDabcd"

enum { NUMBER_ROOM = 80 };

/* It is what the call matches: then there is such a pattern, whatever it is. */
static bool is_matched(const sj_call_analyse_reply_unknown_pattern *unknown,
                       const sj_call_analyse_reply *reply) {
    return strcmp(unknown->pattern, sj_or_empty(reply->pattern)) == 0 &&
           (unknown->partition[0] == '\0' ||
            strcmp(unknown->partition, sj_or_empty(reply->partition)) == 0);
}

bool expected_pattern_exists(const char *field, const sj_expected_route *expected,
                             const sj_call_analyse_reply *reply, char *text, size_t room) {
    for (size_t i = 0; i < reply->unknown_patterns_count && sj_given(expected->pattern); i++) {
        const sj_call_analyse_reply_unknown_pattern *unknown = &reply->unknown_patterns[i];
        if (strcmp(unknown->pattern, expected->pattern) == 0 &&
            strcmp(unknown->partition, sj_or_empty(expected->partition)) == 0 &&
            !is_matched(unknown, reply)) {
            (void)snprintf(text, room, "%s.pattern: %s, neither in the plan nor in its changes",
                           field, unknown->text);
            return false;
        }
    }
    return true;
}

/* What is left of a number that was written for people, "(408) 555-1234"; "" of anything else. */
static void only_dialled(const char *number, char dialled[NUMBER_ROOM]) {
    size_t used = 0;
    for (const char *c = number; *c != '\0' && used + 1 < NUMBER_ROOM; c++) {
        if (strchr(DIALLED, *c) != NULL) {
            dialled[used++] = *c;
        }
    }
    dialled[number[strspn(number, DIALLED " -()./")] == '\0' ? used : 0] = '\0';
}

static bool is_number(const char *field, const char *number, size_t good, const char *kind,
                      char *text, size_t room) {
    char dialled[NUMBER_ROOM];
    if (number[good] == '\0') {
        return true;
    }
    only_dialled(number, dialled);
    (void)snprintf(text, room, "%s: expected %s of digits, *, #, + and A to D, got \"%s\"%s%s%s",
                   field, kind, number, dialled[0] != '\0' ? " (did you mean " : "", dialled,
                   dialled[0] != '\0' ? "?)" : "");
    return false;
}

/* `like`: what the test itself has of that kind. Where that is no number (a URI, an anonymous
 * caller), neither need be what comes of it; a blank it has in no case. */
static bool is_shown(const char *field, const char *name, const char *number, const char *like,
                     char *text, size_t room) {
    char place[60];
    const bool numbers = strspn(like, DIALLED) == strlen(like);
    const size_t good = numbers ? strspn(number, DIALLED) : strcspn(number, " \t\r\n");
    (void)snprintf(place, sizeof place, "%s.%s", field, name);
    return is_number(place, number, good, "a number", text, room);
}

/* It has a host or a scheme. */
static bool is_uri(const char *digits) {
    static const char *const schemes[] = {"sip:", "sips:", "tel:"};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (strncasecmp(digits, schemes[i], strlen(schemes[i])) == 0) {
            return true;
        }
    }
    return strchr(digits, '@') != NULL;
}

bool expected_digits_are(const sj_dna_test_test *test, char *text, size_t room) {
    const char *digits = sj_or_empty(test->digits);
    return is_uri(digits) ||
           is_number("digits", digits, strspn(digits, DIALLED), "a URI, or a number", text, room);
}

bool expected_numbers_are(const char *field, const sj_expected_route *expected,
                          const sj_dna_test_test *test, char *text, size_t room) {
    return is_shown(field, "called_number", sj_or_empty(expected->called_number), test->digits,
                    text, room) &&
           is_shown(field, "calling_number", sj_or_empty(expected->calling_number),
                    sj_or_empty(test->from.calling_number), text, room);
}
