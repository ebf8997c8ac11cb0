/* Turns dial patterns into the rules of a dial template, and decides which need not wait. */
#include "dial_rules.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/base/array.h>
#include <sojourn/base/hash.h>

/* Phones read so many bytes of a template (tests/oracle). */
enum { MOST_BYTES = 8192, MOST_RULES = 800, MOST_VARIANTS = 20 };

/* One place of a pattern: the symbols it takes, or any number of digits from here on. */
struct place {
    char symbols[16];
    bool open;
};

static const char decimal_digits[] = "0123456789";

/* One element of a rule, and the next. */
static const char *next_element(const char *at) {
    return at + (at[0] == '\\' && at[1] != '\0' ? 2 : 1);
}

static struct dial_rule *find_rule(const struct dial_rules *rules, const char *match, unsigned line,
                                   uint64_t hash) {
    for (size_t i = 0; i < rules->count; i++) {
        struct dial_rule *rule = &rules->rules[i];
        if (rule->hash == hash && rule->line == line && strcmp(rule->match, match) == 0) {
            return rule;
        }
    }
    return NULL;
}

static void put_rule(struct dial_rules *rules, const char *match, enum dial_urgency urgency,
                     unsigned line) {
    const uint64_t hash = sj_hash_more(sj_hash_bytes(&line, sizeof line), match, strlen(match));
    struct dial_rule *rule = find_rule(rules, match, line, hash);
    if (rule != NULL) {
        rule->urgency = urgency > rule->urgency ? urgency : rule->urgency;
        return;
    }
    if (!sj_array_room(&rules->rules, &rules->room, rules->count + 1, sizeof *rules->rules)) {
        rules->failed = true;
        return;
    }
    rule = &rules->rules[rules->count++];
    memset(rule, 0, sizeof *rule);
    memcpy(rule->match, match, strlen(match) + 1);
    rule->hash = hash;
    rule->line = line;
    rule->urgency = urgency;
}

/* Of a normal rule the first digit and the length are kept: it then matches more. */
static void coarsen_match(const char *match, char coarse[DIAL_RULE_ROOM]) {
    char *to = coarse;
    for (const char *at = match; *at != '\0'; at = next_element(at)) {
        if (at != match && *at != '*') {
            *to++ = '.';
            continue;
        }
        *to++ = *at;
        if (*at == '\\') {
            *to++ = at[1];
        }
    }
    *to = '\0';
}

static void add_rule(struct dial_rules *rules, const char *match, enum dial_urgency urgency,
                     unsigned line) {
    char coarse[DIAL_RULE_ROOM];
    if (urgency == DIAL_NORMAL && rules->coarse) {
        coarsen_match(match, coarse);
        put_rule(rules, coarse, urgency, line);
    } else {
        put_rule(rules, match, urgency, line);
    }
}

/* All rules again, the normal ones coarse. None is left out, as one that another goes on with would
 * be sent off too early then. */
static void coarsen(struct dial_rules *rules) {
    struct dial_rules coarse = {.coarse = true, .failed = rules->failed};
    for (size_t i = 0; i < rules->count; i++) {
        const struct dial_rule *rule = &rules->rules[i];
        add_rule(&coarse, rule->match, rule->urgency, rule->line);
    }
    dial_rules_free(rules);
    *rules = coarse;
}

/* "[2-9]", "[^1]": its symbols; returns the characters read. */
static size_t read_set(const char *text, char symbols[16]) {
    bool taken[128] = {false};
    const bool negated = text[1] == '^';
    size_t at = negated ? 2 : 1, count = 0;
    while (text[at] != ']' && text[at] != '\0') {
        char last = text[at];
        if (text[at + 1] == '-' && text[at + 2] != ']' && text[at + 2] != '\0') {
            last = text[at + 2];
        }
        for (char symbol = text[at]; symbol > 0 && symbol <= last; symbol++) {
            taken[(unsigned char)symbol] = true;
        }
        at += last == text[at] ? 1 : 3;
    }
    const char *all = negated ? decimal_digits : "0123456789*#";
    for (const char *symbol = all; *symbol != '\0'; symbol++) {
        if (taken[(unsigned char)*symbol] != negated) {
            symbols[count++] = *symbol;
        }
    }
    symbols[count] = '\0';
    return text[at] == ']' ? at + 1 : at;
}

/* The places of a pattern; 0 when it has more than a rule can have, or one that nothing fits. */
static size_t read_places(const char *pattern, struct place *places, size_t room) {
    size_t count = 0;
    for (const char *at = pattern; *at != '\0';) {
        struct place place = {"", false};
        if (*at == '.') {
            at++; /* marks what may be discarded, and is no digit */
            continue;
        }
        if (*at == '?' || *at == '+') { /* the last place, repeated */
            if (count > 0) {
                places[count - 1].open = true;
            }
            at++;
            continue;
        }
        if (*at == '[') {
            at += read_set(at, place.symbols);
        } else if (*at == 'X' || *at == 'x') {
            memcpy(place.symbols, decimal_digits, sizeof decimal_digits);
            at++;
        } else if (*at == '!') {
            place.open = true;
            at++;
        } else {
            at += at[0] == '\\' && at[1] != '\0' ? 1 : 0;
            place.symbols[0] = *at;
            at++;
        }
        if (count == room || (!place.open && place.symbols[0] == '\0')) {
            return 0;
        }
        places[count++] = place;
    }
    return count;
}

/* How many rules the sets of a pattern make when each digit has one of its own. */
static size_t variants_of(const struct place *places, size_t count) {
    size_t variants = 1;
    for (size_t i = 0; i < count && variants <= MOST_VARIANTS; i++) {
        const size_t symbols = strlen(places[i].symbols);
        variants *= !places[i].open && symbols > 1 && symbols < 10 ? symbols : 1;
    }
    return variants;
}

static size_t put_symbol(char *match, size_t at, char symbol) {
    if (symbol == '*') {
        match[at++] = '\\';
    }
    match[at++] = symbol;
    return at;
}

/* The variant with the given number: its sets count like the digits of that number. */
static void write_variant(const struct place *places, size_t count, bool apart, size_t variant,
                          char match[DIAL_RULE_ROOM]) {
    size_t at = 0;
    for (size_t i = 0; i < count && at + 2 < DIAL_RULE_ROOM; i++) {
        const size_t symbols = strlen(places[i].symbols);
        if (places[i].open) {
            if (at == 0 || match[at - 1] != '*' || (at > 1 && match[at - 2] == '\\')) {
                match[at++] = '*';
            }
        } else if (symbols == 1) {
            at = put_symbol(match, at, places[i].symbols[0]);
        } else if (apart && symbols > 0 && symbols < 10) {
            at = put_symbol(match, at, places[i].symbols[variant % symbols]);
            variant /= symbols;
        } else {
            match[at++] = '.';
        }
    }
    match[at] = '\0';
}

void dial_rules_add(struct dial_rules *rules, const char *pattern, enum dial_urgency urgency,
                    unsigned line) {
    enum { MOST_PLACES = DIAL_RULE_ROOM / 2 - 2 };
    struct place places[MOST_PLACES];
    char match[DIAL_RULE_ROOM];
    const size_t count = read_places(pattern, places, MOST_PLACES);
    const size_t variants = variants_of(places, count);
    const bool apart = variants <= MOST_VARIANTS;
    if (rules->count >= MOST_RULES && !rules->coarse) {
        coarsen(rules);
    }
    if (rules->count >= MOST_RULES && urgency == DIAL_URGENT) {
        urgency = DIAL_NORMAL; /* no phone reads so many: it waits */
    }
    for (size_t i = 0; count > 0 && i < (apart ? variants : 1); i++) {
        write_variant(places, count, apart, i, match);
        add_rule(rules, match, urgency, line);
    }
}

/* Ends with any number of digits: nothing but time tells when it is complete. */
static bool is_open(const char *match) {
    const char *last = match;
    for (const char *at = match; *at != '\0'; at = next_element(at)) {
        last = at;
    }
    return *last == '*';
}

/* Whether digits that complete one rule may be the beginning of a longer number by the other. */
static bool goes_on(const char *complete, const char *other) {
    const char *one = complete, *two = other;
    for (; *one != '\0' && *two != '\0'; one = next_element(one), two = next_element(two)) {
        if (*two == '*') {
            return strpbrk(one, "#\\") == NULL; /* which are no digits */
        }
        const bool same = one[0] == two[0] && (one[0] != '\\' || one[1] == two[1]);
        if (*one != '.' && *two != '.' && !same) {
            return false;
        }
    }
    return *one == '\0' && *two != '\0';
}

static bool waits(const struct dial_rules *rules, const struct dial_rule *rule) {
    if (rule->urgency != DIAL_NORMAL) {
        return false;
    }
    if (is_open(rule->match)) {
        return true;
    }
    for (size_t i = 0; i < rules->count; i++) {
        const struct dial_rule *other = &rules->rules[i];
        const bool same_line = rule->line == 0 || other->line == 0 || rule->line == other->line;
        if (same_line && goes_on(rule->match, other->match)) {
            return true;
        }
    }
    return false;
}

static void write_rule(sj_xml_text *out, const char *match, unsigned line, int64_t timeout_s) {
    sj_xml_text_raw(out, "<TEMPLATE");
    sj_xml_text_attribute(out, "match", match);
    if (line != 0) {
        sj_xml_text_format(out, " line=\"%u\"", line);
    }
    sj_xml_text_format(out, " timeout=\"%lld\"/>\n", (long long)timeout_s);
}

/* All rules that fit, urgent ones first; false when some do not. */
static bool write_rules(sj_xml_text *out, const struct dial_rules *rules, int64_t t302_s) {
    enum { END_BYTES = 240 }; /* the head, the stamp, the last rule */
    const size_t start = out->length;
    bool all = true;
    for (int urgency = DIAL_EMERGENCY; urgency >= DIAL_NORMAL; urgency--) {
        for (size_t i = 0; i < rules->count; i++) {
            const struct dial_rule *rule = &rules->rules[i];
            if ((int)rule->urgency != urgency) {
                continue;
            }
            if (out->length - start + END_BYTES + DIAL_RULE_ROOM > MOST_BYTES) {
                all = false;
                continue;
            }
            write_rule(out, rule->match, rule->line, waits(rules, rule) ? t302_s : 0);
        }
    }
    write_rule(out, "*", 0, t302_s);
    return all;
}

bool dial_rules_write(sj_xml_text *out, struct dial_rules *rules, int64_t t302_ms) {
    const int64_t t302_s = (t302_ms + 999) / 1000;
    sj_xml_text text = {0};
    if (!write_rules(&text, rules, t302_s) && !rules->coarse) {
        sj_xml_text_free(&text);
        coarsen(rules);
        (void)write_rules(&text, rules, t302_s);
    }
    sj_xml_text_raw(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<dialTemplate>\n");
    if (text.failed) {
        out->failed = true;
    } else {
        sj_xml_text_format(out, "<versionStamp>%016llx</versionStamp>\n",
                           (unsigned long long)sj_hash_bytes(text.data, text.length));
        sj_xml_text_bytes(out, text.data, text.length);
    }
    sj_xml_text_raw(out, "</dialTemplate>\n");
    sj_xml_text_free(&text);
    return !rules->coarse;
}

void dial_rules_free(struct dial_rules *rules) {
    free(rules->rules);
    memset(rules, 0, sizeof *rules);
}
