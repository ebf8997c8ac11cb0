/* Reads a dial pattern place by place, and counts through what can stand there. Pure. */
#include "pattern_numbers.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const char symbols[] = "0123456789*#+ABCD";

enum { DECIMAL_DIGITS = 0x3ff, PLACES = PATTERN_NUMBER_ROOM - 1 };

/* What can stand at each place: a bit for each of the symbols. */
struct places {
    uint32_t sets[PLACES];
    size_t count, numbers;
};

/* -1: none */
static int symbol_of(char c) {
    const char *found =
        c == '\0' ? NULL : strchr(symbols, c >= 'a' && c <= 'd' ? c - 'a' + 'A' : c);
    return found == NULL ? -1 : (int)(found - symbols);
}

/* Reads "[^0-5*]"; the characters read, 0 when it is no set. */
static size_t read_set(const char *text, uint32_t *set) {
    const bool negated = text[1] == '^';
    const char *c = text + (negated ? 2 : 1);
    *set = 0;
    for (; *c != ']'; c++) {
        const int first = symbol_of(*c);
        const int last = first >= 0 && c[1] == '-' ? symbol_of(c[2]) : first;
        if (first < 0 || last < first) {
            return 0;
        }
        for (int symbol = first; symbol <= last; symbol++) {
            *set |= 1u << symbol;
        }
        c += c[1] == '-' ? 2 : 0;
    }
    *set = negated ? DECIMAL_DIGITS & ~*set : *set;
    return (size_t)(c - text) + 1;
}

/* Reads one place; the characters read, 0 when it can be repeated or left out, or is none. */
static size_t read_place(const char *text, uint32_t *set) {
    const int symbol = symbol_of(*text);
    if (*text == '[') {
        return read_set(text, set);
    }
    if (*text == '\\' && text[1] == '+') {
        *set = 1u << symbol_of('+');
        return 2;
    }
    *set = *text == 'X' || *text == 'x'  ? DECIMAL_DIGITS
           : symbol >= 0 && *text != '+' ? 1u << symbol
                                         : 0;
    return *set == 0 ? 0 : 1;
}

static size_t size_of(uint32_t set) {
    size_t size = 0;
    for (; set != 0; set &= set - 1) {
        size++;
    }
    return size;
}

static bool read_places(const char *pattern, struct places *places) {
    places->count = 0;
    places->numbers = 1;
    while (*pattern != '\0') {
        uint32_t set = 0;
        const bool separator = *pattern == '.';
        const size_t length = separator ? 1 : read_place(pattern, &set);
        if (length == 0 || (!separator && places->count == PLACES)) {
            return false;
        }
        if (!separator) {
            places->sets[places->count++] = set;
            places->numbers *= size_of(set);
        }
        if (places->numbers == 0 || places->numbers > PATTERN_NUMBERS_MAX) {
            return false;
        }
        pattern += length;
    }
    return places->count > 0;
}

/* The symbol of a set that comes after `index` others. */
static char nth_of(uint32_t set, size_t index) {
    for (; index > 0; index--) {
        set &= set - 1;
    }
    size_t symbol = 0;
    while ((set & 1u << symbol) == 0) {
        symbol++;
    }
    return symbols[symbol];
}

size_t pattern_numbers(const char *pattern,
                       char numbers[PATTERN_NUMBERS_MAX][PATTERN_NUMBER_ROOM]) {
    struct places places;
    if (!read_places(pattern, &places)) {
        return 0;
    }
    for (size_t i = 0; i < places.numbers; i++) {
        size_t rest = i; /* the last place changes first */
        for (size_t place = places.count; place-- > 0;) {
            const size_t size = size_of(places.sets[place]);
            numbers[i][place] = nth_of(places.sets[place], rest % size);
            rest /= size;
        }
        numbers[i][places.count] = '\0';
    }
    return places.numbers;
}
