/* Lua's patterns over compiled items, with a budget of steps. Recursion is as deep as a pattern has
 * items. Pure. */
#include "host/policy/pattern.h"

#include <ctype.h>
#include <string.h>

#define NO_END ((size_t)-1)

/* Reads the pattern from left to right. */
struct reader {
    const char *text;
    size_t length, at;
    const char *fault;
};

static bool in_set(const uint8_t set[32], unsigned char c) {
    return (set[c >> 3] >> (c & 7) & 1) != 0;
}

static void add(uint8_t set[32], unsigned char c) {
    set[c >> 3] = (uint8_t)(set[c >> 3] | 1u << (c & 7));
}

static bool of_class(char class, int c) {
    switch (class) {
    case 'a': return isalpha(c) != 0;
    case 'c': return iscntrl(c) != 0;
    case 'd': return isdigit(c) != 0;
    case 'g': return isgraph(c) != 0;
    case 'l': return islower(c) != 0;
    case 'p': return ispunct(c) != 0;
    case 's': return isspace(c) != 0;
    case 'u': return isupper(c) != 0;
    case 'w': return isalnum(c) != 0;
    case 'x': return isxdigit(c) != 0;
    default: return false;
    }
}

/* %a, %A, %., ...: adds what stands after a percent sign. */
static void add_escaped(uint8_t set[32], char c) {
    char class = (char)tolower((unsigned char)c);
    if (strchr("acdglpsuwx", class) == NULL || class == '\0') {
        add(set, (unsigned char)c);
        return;
    }
    for (int i = 0; i < 256; i++) {
        if (of_class(class, i) == (class == c)) {
            add(set, (unsigned char)i);
        }
    }
}

static bool more(const struct reader *reader) {
    return reader->at < reader->length;
}

/* [...] with the reader after the bracket. */
static void read_bracket(struct reader *reader, uint8_t set[32]) {
    bool negated = more(reader) && reader->text[reader->at] == '^', first = true;
    reader->at += negated ? 1 : 0;
    for (;; first = false) {
        char c;
        if (!more(reader)) {
            reader->fault = "missing ']'";
            return;
        }
        c = reader->text[reader->at++];
        if (c == ']' && !first) {
            break;
        }
        if (c == '%') {
            if (!more(reader)) {
                reader->fault = "ends with '%'";
                return;
            }
            add_escaped(set, reader->text[reader->at++]);
        } else if (reader->at + 1 < reader->length && reader->text[reader->at] == '-' &&
                   reader->text[reader->at + 1] != ']') {
            for (int i = (unsigned char)c; i <= (unsigned char)reader->text[reader->at + 1]; i++) {
                add(set, (unsigned char)i);
            }
            reader->at += 2;
        } else {
            add(set, (unsigned char)c);
        }
    }
    for (int i = 0; negated && i < 32; i++) {
        set[i] = (uint8_t)~set[i];
    }
}

/* One of the escapes that are not a class: %b, %f, %1. True when it was one. */
static bool read_special(struct reader *reader, struct sj_pattern *pattern,
                         struct sj_pattern_item *item, const bool closed[]) {
    char c = reader->text[reader->at];
    if (c == 'b') {
        if (reader->at + 2 >= reader->length) {
            reader->fault = "missing characters after '%b'";
            return true;
        }
        item->kind = SJ_PATTERN_BALANCED;
        item->pair[0] = (unsigned char)reader->text[reader->at + 1];
        item->pair[1] = (unsigned char)reader->text[reader->at + 2];
        reader->at += 3;
        return true;
    }
    if (c == 'f') {
        item->kind = SJ_PATTERN_FRONTIER;
        reader->at++;
        if (!more(reader) || reader->text[reader->at++] != '[') {
            reader->fault = "missing '[' after '%f'";
            return true;
        }
        read_bracket(reader, item->set);
        return true;
    }
    if (c >= '0' && c <= '9') {
        size_t capture = (size_t)(c - '1');
        item->kind = SJ_PATTERN_REFERENCE;
        if (c == '0' || capture >= pattern->captures || !closed[capture]) {
            reader->fault = "refers to a capture that is not complete";
            return true;
        }
        item->capture = (uint8_t)capture;
        reader->at++;
        return true;
    }
    return false;
}

static void read_set(struct reader *reader, char c, struct sj_pattern_item *item) {
    item->kind = SJ_PATTERN_SET;
    if (c == '.') {
        memset(item->set, 0xff, sizeof item->set);
    } else if (c == '[') {
        read_bracket(reader, item->set);
    } else if (c == '%') {
        add_escaped(item->set, reader->text[reader->at++]);
    } else {
        add(item->set, (unsigned char)c);
    }
    if (more(reader) && strchr("?*+-", reader->text[reader->at]) != NULL &&
        reader->text[reader->at] != '\0') {
        item->quantifier = reader->text[reader->at++];
    }
}

const char *sj_pattern_compile(struct sj_pattern *pattern, const char *text, size_t length) {
    struct reader reader = {text, length, 0, NULL};
    uint8_t open[SJ_PATTERN_CAPTURES];
    bool closed[SJ_PATTERN_CAPTURES] = {false};
    size_t open_count = 0;
    if (length > SJ_PATTERN_LENGTH) {
        return "is too long, the limit is 256 bytes";
    }
    pattern->anchored = length > 0 && text[0] == '^';
    reader.at = pattern->anchored ? 1 : 0;
    pattern->count = pattern->captures = 0;
    while (more(&reader) && reader.fault == NULL) {
        struct sj_pattern_item *item = &pattern->items[pattern->count];
        char c = reader.text[reader.at++];
        if (pattern->count++ == SJ_PATTERN_ITEMS) {
            return "has too many parts, the limit is 64";
        }
        memset(item, 0, sizeof *item);
        if (c == '(') {
            if (pattern->captures == SJ_PATTERN_CAPTURES) {
                return "has too many captures, the limit is 16";
            }
            item->capture = (uint8_t)pattern->captures++;
            if (more(&reader) && reader.text[reader.at] == ')') {
                item->kind = SJ_PATTERN_POSITION;
                closed[item->capture] = true;
                reader.at++;
            } else {
                item->kind = SJ_PATTERN_OPEN;
                open[open_count++] = item->capture;
            }
        } else if (c == ')') {
            if (open_count == 0) {
                return "has a ')' without '('";
            }
            item->kind = SJ_PATTERN_CLOSE;
            item->capture = open[--open_count];
            closed[item->capture] = true;
        } else if (c == '$' && !more(&reader)) {
            item->kind = SJ_PATTERN_END;
        } else if (c == '%' && !more(&reader)) {
            return "ends with '%'";
        } else if (c != '%' || !read_special(&reader, pattern, item, closed)) {
            read_set(&reader, c, item);
        }
    }
    if (reader.fault == NULL && open_count > 0) {
        return "has a '(' without ')'";
    }
    return reader.fault;
}

static bool step(struct sj_match *match) {
    if (match->steps == 0) {
        match->refusal = "takes too many steps on this text";
        return false;
    }
    match->steps--;
    return true;
}

static bool fits(const struct sj_pattern_item *item, const struct sj_match *match, size_t at) {
    return at < match->length && in_set(item->set, (unsigned char)match->subject[at]);
}

static size_t match_items(const struct sj_pattern *pattern, struct sj_match *match, size_t index,
                          size_t at);

static size_t match_greedy(const struct sj_pattern *pattern, struct sj_match *match, size_t index,
                           size_t at, size_t least) {
    size_t most = 0;
    while (fits(&pattern->items[index], match, at + most)) {
        if (!step(match)) {
            return NO_END;
        }
        most++;
    }
    for (size_t count = most; count + 1 > least; count--) {
        size_t end = match_items(pattern, match, index + 1, at + count);
        if (end != NO_END || match->refusal != NULL || count == 0) {
            return end;
        }
    }
    return NO_END;
}

static size_t match_lazy(const struct sj_pattern *pattern, struct sj_match *match, size_t index,
                         size_t at) {
    for (;; at++) {
        size_t end = match_items(pattern, match, index + 1, at);
        if (end != NO_END || match->refusal != NULL || !step(match) ||
            !fits(&pattern->items[index], match, at)) {
            return end;
        }
    }
}

/* After the balanced pair that begins at `at`, or NO_END. */
static size_t balanced_end(const struct sj_pattern_item *item, struct sj_match *match, size_t at) {
    size_t level = 0;
    if (at >= match->length || (unsigned char)match->subject[at] != item->pair[0]) {
        return NO_END;
    }
    for (; at < match->length && step(match); at++) {
        unsigned char c = (unsigned char)match->subject[at];
        if (c == item->pair[1] && level > 0) {
            level--;
            if (level == 0) {
                return at + 1;
            }
        } else if (c == item->pair[0]) {
            level++;
        }
    }
    return NO_END;
}

static size_t reference_end(const struct sj_pattern_item *item, struct sj_match *match, size_t at) {
    size_t from = match->start[item->capture], length;
    if (match->end[item->capture] == SIZE_MAX) {
        return NO_END;
    }
    length = match->end[item->capture] - from;
    if (!step(match) || match->length - at < length ||
        memcmp(match->subject + from, match->subject + at, length) != 0) {
        return NO_END;
    }
    match->steps -= match->steps < length ? match->steps : length;
    return at + length;
}

static bool at_frontier(const struct sj_pattern_item *item, const struct sj_match *match,
                        size_t at) {
    unsigned char before = at == 0 ? 0 : (unsigned char)match->subject[at - 1];
    unsigned char here = at < match->length ? (unsigned char)match->subject[at] : 0;
    return !in_set(item->set, before) && in_set(item->set, here);
}

/* Captures are written as they are met; one that a failed branch wrote is written again by the
 * branch that succeeds. */
static size_t match_items(const struct sj_pattern *pattern, struct sj_match *match, size_t index,
                          size_t at) {
    for (; index < pattern->count; index++) {
        const struct sj_pattern_item *item = &pattern->items[index];
        if (!step(match)) {
            return NO_END;
        }
        switch ((enum sj_pattern_kind)item->kind) {
        case SJ_PATTERN_OPEN: match->start[item->capture] = at; break;
        case SJ_PATTERN_CLOSE: match->end[item->capture] = at; break;
        case SJ_PATTERN_POSITION:
            match->start[item->capture] = at;
            match->end[item->capture] = SIZE_MAX;
            break;
        case SJ_PATTERN_END:
            if (at != match->length) {
                return NO_END;
            }
            break;
        case SJ_PATTERN_FRONTIER:
            if (!at_frontier(item, match, at)) {
                return NO_END;
            }
            break;
        case SJ_PATTERN_BALANCED:
            at = balanced_end(item, match, at);
            if (at == NO_END) {
                return NO_END;
            }
            break;
        case SJ_PATTERN_REFERENCE:
            at = reference_end(item, match, at);
            if (at == NO_END) {
                return NO_END;
            }
            break;
        case SJ_PATTERN_SET:
            if (item->quantifier == '*' || item->quantifier == '+') {
                return match_greedy(pattern, match, index, at, item->quantifier == '+' ? 1 : 0);
            }
            if (item->quantifier == '-') {
                return match_lazy(pattern, match, index, at);
            }
            if (item->quantifier == '?') {
                size_t end =
                    fits(item, match, at) ? match_items(pattern, match, index + 1, at + 1) : NO_END;
                if (end != NO_END || match->refusal != NULL) {
                    return end;
                }
                break;
            }
            if (!fits(item, match, at)) {
                return NO_END;
            }
            at++;
            break;
        }
    }
    return at;
}

bool sj_pattern_match(const struct sj_pattern *pattern, struct sj_match *match, size_t from,
                      size_t *end) {
    match->refusal = NULL;
    *end = match_items(pattern, match, 0, from);
    return *end != NO_END && match->refusal == NULL;
}
