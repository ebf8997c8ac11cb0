/* Compiles and runs dial patterns. A pattern has at most 60 places, so the set of places reached
 * after some digits is one 64-bit word, and matching takes one step a digit however the pattern is
 * written. Pure: touches nothing but its arguments. */
#include "dial_plan/digit_pattern.h"

#include <string.h>

bool digits_are_number(const char *text) {
    return text[strspn(text, "0123456789*#+")] == '\0';
}

static const char symbols[] = "0123456789*#+ABCD";
static const uint32_t decimal_digits = 0x3ffu, plus = 1u << 12;

/* Bit number of 0-9 * # + A-D, or -1. */
static int digit_symbol(char digit) {
    const char *found =
        digit == '\0' ? NULL
                      : strchr(symbols, digit >= 'a' && digit <= 'd' ? digit - 'a' + 'A' : digit);
    return found == NULL ? -1 : (int)(found - symbols);
}

/* Reads "[^0-5*]" from its first bracket; returns the characters read, or 0 with a sentence. */
static size_t compile_set(const char *text, size_t at, uint32_t *set, sj_error *error) {
    size_t i = at + 1;
    bool negated = false;
    *set = 0;
    if (text[i] == '^') {
        negated = true;
        i++;
    }
    for (; text[i] != ']'; i++) {
        int first = digit_symbol(text[i]);
        if (first < 0) {
            sj_error_set(error, SJ_E_INVALID,
                         "dial pattern \"%s\": expected a digit or ] at character %zu, got %s",
                         text, i + 1, text[i] == '\0' ? "the end" : "something else");
            return 0;
        }
        *set |= 1u << first;
        if (text[i + 1] == '-') {
            int last = digit_symbol(text[i + 2]);
            if (first > 9 || last < first || last > 9) {
                sj_error_set(
                    error, SJ_E_INVALID,
                    "dial pattern \"%s\": expected a range of digits such as 2-9 at character %zu",
                    text, i + 1);
                return 0;
            }
            for (int symbol = first; symbol <= last; symbol++) {
                *set |= 1u << symbol;
            }
            i += 2;
        }
    }
    if (negated && *set != 0) { /* [^] is a slip: who means any digit writes X */
        *set = decimal_digits & ~*set;
    }
    if (*set == 0) {
        sj_error_set(error, SJ_E_INVALID, "dial pattern \"%s\": the set at character %zu is empty",
                     text, at + 1);
        return 0;
    }
    return i - at + 1;
}

static int add_element(const char *text, struct digit_pattern *pattern, uint32_t set, bool repeated,
                       sj_error *error) {
    struct digit_element *element = &pattern->elements[pattern->count];
    if (pattern->count >= DIGIT_PATTERN_ELEMENTS) {
        return sj_error_set(error, SJ_E_INVALID, "dial pattern \"%s\": longer than %d places", text,
                            DIGIT_PATTERN_ELEMENTS);
    }
    element->symbols = set & 0xfffffu;
    element->optional = 0;
    element->repeated = repeated;
    pattern->count++;
    return SJ_OK;
}

/* ? and + change the place before them. */
static int repeat_last(const char *text, size_t at, struct digit_pattern *pattern, bool optional,
                       sj_error *error) {
    struct digit_element *last;
    if (pattern->count == 0 || (pattern->has_dot && pattern->dot == pattern->count)) {
        return sj_error_set(error, SJ_E_INVALID,
                            "dial pattern \"%s\": expected a digit before \"%c\" at character %zu",
                            text, text[at], at + 1);
    }
    last = &pattern->elements[pattern->count - 1];
    last->repeated = 1;
    last->optional = optional && !last->optional;
    return SJ_OK;
}

static void count_literals(struct digit_pattern *pattern) {
    size_t i = 0;
    while (i < pattern->count && !pattern->elements[i].repeated && !pattern->elements[i].optional &&
           (pattern->elements[i].symbols & (pattern->elements[i].symbols - 1u)) == 0) {
        i++;
    }
    pattern->literals = (uint8_t)i;
}

int digit_pattern_compile(const char *text, struct digit_pattern *pattern, sj_error *error) {
    size_t i = 0;
    memset(pattern, 0, sizeof *pattern);
    while (text[i] != '\0') {
        const int symbol = digit_symbol(text[i]);
        uint32_t set = 0;
        size_t used = 1;
        int status = SJ_OK;
        if (text[i] == '.') {
            if (pattern->has_dot) {
                return sj_error_set(error, SJ_E_INVALID,
                                    "dial pattern \"%s\": a second . at character %zu", text,
                                    i + 1);
            }
            pattern->has_dot = true;
            pattern->dot = pattern->count;
        } else if (text[i] == 'X' || text[i] == 'x') {
            status = add_element(text, pattern, decimal_digits, false, error);
        } else if (text[i] == '!') {
            status = add_element(text, pattern, decimal_digits, true, error);
        } else if (text[i] == '?' || text[i] == '+') {
            status = repeat_last(text, i, pattern, text[i] == '?', error);
        } else if (text[i] == '\\') {
            if (text[i + 1] != '+') {
                return sj_error_set(error, SJ_E_INVALID,
                                    "dial pattern \"%s\": expected + after \\ at character %zu",
                                    text, i + 1);
            }
            used = 2;
            status = add_element(text, pattern, plus, false, error);
        } else if (text[i] == '[') {
            used = compile_set(text, i, &set, error);
            if (used == 0) {
                return SJ_E_INVALID;
            }
            status = add_element(text, pattern, set, false, error);
        } else if (symbol >= 0) {
            status = add_element(text, pattern, 1u << symbol, false, error);
        } else {
            return sj_error_set(
                error, SJ_E_INVALID,
                "dial pattern \"%s\": expected 0-9 * # A-D X ! ? \\+ [..] or . at character %zu",
                text, i + 1);
        }
        if (status != SJ_OK) {
            return status;
        }
        i += used;
    }
    if (pattern->count == 0) {
        return sj_error_set(error, SJ_E_INVALID, "dial pattern \"%s\": expected at least one digit",
                            text);
    }
    count_literals(pattern);
    return SJ_OK;
}

size_t digit_pattern_size(const struct digit_pattern *pattern) {
    return offsetof(struct digit_pattern, elements) + pattern->count * sizeof pattern->elements[0];
}

/* Adds the places that are reached without a digit. */
static uint64_t skip_optional(const struct digit_pattern *pattern, uint64_t places) {
    for (size_t i = 0; i < pattern->count; i++) {
        if ((places >> i & 1u) != 0 && pattern->elements[i].optional) {
            places |= UINT64_C(1) << (i + 1);
        }
    }
    return places;
}

/* The places reached from `places` by one symbol. Place i is "before element i". */
static uint64_t step(const struct digit_pattern *pattern, uint64_t places, int symbol) {
    uint64_t next = 0;
    for (size_t i = 0; i < pattern->count; i++) {
        if ((pattern->elements[i].symbols >> symbol & 1u) != 0) {
            if ((places >> i & 1u) != 0 ||
                (pattern->elements[i].repeated && (places >> (i + 1) & 1u) != 0)) {
                next |= UINT64_C(1) << (i + 1);
            }
        }
    }
    return skip_optional(pattern, next);
}

static uint64_t run(const struct digit_pattern *pattern, uint64_t places, const char *digits) {
    places = skip_optional(pattern, places);
    for (; *digits != '\0' && places != 0; digits++) {
        int symbol = digit_symbol(*digits);
        places = symbol < 0 ? 0 : step(pattern, places, symbol);
    }
    return places;
}

/* Where the separator fell: the longest head that fits before it with a tail that fits after it. */
static size_t locate_dot(const struct digit_pattern *pattern, const char *digits) {
    const uint64_t end = UINT64_C(1) << pattern->count;
    const uint64_t separator = UINT64_C(1) << pattern->dot;
    uint64_t places = skip_optional(pattern, 1);
    size_t found = 0;
    for (size_t i = 0;; i++) {
        if ((places & separator) != 0 && (run(pattern, separator, digits + i) & end) != 0) {
            found = i;
        }
        if (digits[i] == '\0') {
            return found;
        }
        places = step(pattern, places, digit_symbol(digits[i]));
    }
}

bool digit_pattern_match(const struct digit_pattern *pattern, const char *digits, size_t *pre_dot) {
    if ((run(pattern, 1, digits) >> pattern->count & 1u) == 0) {
        return false;
    }
    if (pre_dot != NULL) {
        *pre_dot = pattern->has_dot ? locate_dot(pattern, digits) : 0;
    }
    return true;
}

bool digit_pattern_could_match_longer(const struct digit_pattern *pattern, const char *digits) {
    const uint64_t places = run(pattern, 1, digits);
    const uint64_t end = UINT64_C(1) << pattern->count;
    return (places & (end - 1)) != 0 ||
           ((places & end) != 0 && pattern->elements[pattern->count - 1].repeated);
}

double digit_pattern_cardinality(const struct digit_pattern *pattern, size_t length) {
    double ways[DIGITS_MAX + 1] = {
        0}; /* of filling n places with the elements from the present one on */
    if (length > DIGITS_MAX) {
        return 0;
    }
    ways[0] = 1;
    for (size_t i = pattern->count; i-- > 0;) {
        const struct digit_element element = pattern->elements[i];
        const double choices = (double)__builtin_popcount(element.symbols);
        double repeated = 0; /* ways of n places that begin with at least one of this element */
        double below = 0;    /* ways[n - 1] of the elements after it */
        for (size_t n = 0; n <= length; n++) {
            const double after = ways[n];
            repeated = choices * (below + (element.repeated ? repeated : 0));
            ways[n] = repeated + (element.optional ? after : 0);
            below = after;
        }
    }
    return ways[length];
}

size_t digit_pattern_literals(const struct digit_pattern *pattern, char text[DIGITS_MAX]) {
    for (size_t i = 0; i < pattern->literals; i++) {
        text[i] = symbols[__builtin_ctz(pattern->elements[i].symbols)];
    }
    text[pattern->literals] = '\0';
    return pattern->literals;
}

/* The first symbol of a place that stands behind `symbol`, -1 for the first of all; -1: none. */
static int next_symbol(const struct digit_element *element, int symbol) {
    for (int i = symbol + 1; symbols[i] != '\0'; i++) {
        if ((element->symbols & (1u << i)) != 0) {
            return i;
        }
    }
    return -1;
}

bool digit_pattern_next(const struct digit_pattern *pattern, char number[DIGITS_MAX]) {
    size_t at = number[0] == '\0' ? 0 : pattern->count;
    if (pattern->count == 0) {
        return false;
    }
    while (at > 0) { /* the last place that can be counted up */
        const int symbol = next_symbol(&pattern->elements[at - 1], digit_symbol(number[at - 1]));
        if (symbol >= 0) {
            number[at - 1] = symbols[symbol];
            break;
        }
        at--;
    }
    if (at == 0 && number[0] != '\0') {
        return false;
    }
    for (; at < pattern->count; at++) {
        number[at] = symbols[next_symbol(&pattern->elements[at], -1)];
    }
    number[pattern->count] = '\0';
    return true;
}
