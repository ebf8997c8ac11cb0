/* The index of all dial patterns. Pure. */
#include "dial_plan/digit_analysis.h"

#include <sojourn/base/array.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry_list {
    struct digit_entry **entries;
    size_t count, room;
};

struct partition {
    char *name;
    struct entry_list fixed;    /* numbers without wildcard */
    struct entry_list patterns; /* the others */
};

struct digit_analysis {
    struct partition **partitions; /* by name */
    size_t count, room;
    size_t entries;
    void (*release)(void *user, void *record);
    void *user;
};

struct digit_analysis *digit_analysis_new(void (*release)(void *user, void *record), void *user) {
    struct digit_analysis *analysis = calloc(1, sizeof *analysis);
    if (analysis != NULL) {
        analysis->release = release;
        analysis->user = user;
    }
    return analysis;
}

static void entry_free(struct digit_analysis *analysis, struct digit_entry *entry) {
    if (analysis->release != NULL && entry->record != NULL) {
        analysis->release(analysis->user, entry->record);
    }
    free(entry->program);
    free(entry);
}

static void list_free(struct digit_analysis *analysis, struct entry_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        entry_free(analysis, list->entries[i]);
    }
    free(list->entries);
}

void digit_analysis_free(struct digit_analysis *analysis) {
    if (analysis == NULL) {
        return;
    }
    for (size_t i = 0; i < analysis->count; i++) {
        list_free(analysis, &analysis->partitions[i]->fixed);
        list_free(analysis, &analysis->partitions[i]->patterns);
        free(analysis->partitions[i]->name);
        free(analysis->partitions[i]);
    }
    free(analysis->partitions);
    free(analysis);
}

size_t digit_analysis_count(const struct digit_analysis *analysis) {
    return analysis->entries;
}

/* ---- partitions, sorted by name ---- */

static struct partition *partition_find(const struct digit_analysis *analysis, const char *name,
                                        size_t *where) {
    size_t low = 0, high = analysis->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int order = strcmp(analysis->partitions[middle]->name, name);
        if (order == 0) {
            return analysis->partitions[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (where != NULL) {
        *where = low;
    }
    return NULL;
}

static struct partition *partition_make(struct digit_analysis *analysis, const char *name) {
    size_t where = 0;
    struct partition *partition = partition_find(analysis, name, &where);
    if (partition != NULL) {
        return partition;
    }
    if (!sj_array_room(&analysis->partitions, &analysis->room, analysis->count + 1,
                       sizeof(struct partition *))) {
        return NULL;
    }
    partition = calloc(1, sizeof *partition);
    if (partition == NULL || (partition->name = strdup(name)) == NULL) {
        free(partition);
        return NULL;
    }
    memmove(analysis->partitions + where + 1, analysis->partitions + where,
            (analysis->count - where) * sizeof(struct partition *));
    analysis->partitions[where] = partition;
    analysis->count++;
    return partition;
}

/* ---- entries, sorted by the digits they begin with, then by text and kind ---- */

static int entry_order(const struct digit_entry *a, const char *literal, const char *text,
                       enum digit_kind kind) {
    int order = strcmp(a->literal, literal);
    if (order == 0) {
        order = strcmp(a->text, text);
    }
    return order != 0 ? order : (int)a->kind - (int)kind;
}

/* The first entry whose digits are not less than the first `length` of `literal`. */
static size_t lower_bound(const struct entry_list *list, const char *literal, size_t length) {
    size_t low = 0, high = list->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const struct digit_entry *entry = list->entries[middle];
        const size_t shorter = entry->literals < length ? entry->literals : length;
        const int order = memcmp(entry->literal, literal, shorter);
        if (order < 0 || (order == 0 && entry->literals < length)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool list_find(struct entry_list *list, const char *literal, const char *text,
                      enum digit_kind kind, size_t *where) {
    const size_t length = strlen(literal);
    for (*where = lower_bound(list, literal, length); *where < list->count; (*where)++) {
        const int order = entry_order(list->entries[*where], literal, text, kind);
        if (order >= 0) {
            return order == 0;
        }
    }
    return false;
}

static int list_append(struct entry_list *list, struct digit_entry *entry) {
    if (!sj_array_room(&list->entries, &list->room, list->count + 1,
                       sizeof(struct digit_entry *))) {
        return SJ_E_NO_MEMORY;
    }
    list->entries[list->count++] = entry;
    return SJ_OK;
}

static struct digit_entry *entry_new(enum digit_kind kind, const char *text,
                                     const struct partition *owner,
                                     const struct digit_pattern *program, bool urgent) {
    char literal[DIGITS_MAX];
    const size_t literals = digit_pattern_literals(program, literal);
    const bool fixed = literals == program->count && !program->has_dot;
    struct digit_entry *entry = malloc(sizeof *entry + literals + 1 + strlen(text) + 1);
    if (entry == NULL) {
        return NULL;
    }
    entry->kind = kind;
    entry->urgent = urgent;
    entry->record = NULL;
    entry->partition = owner->name;
    entry->literals = literals;
    memcpy(entry->literal, literal, literals + 1);
    memcpy(entry->literal + literals + 1, text, strlen(text) + 1);
    entry->text = entry->literal + literals + 1;
    entry->program = NULL;
    if (!fixed) {
        entry->program = malloc(digit_pattern_size(program));
        if (entry->program == NULL) {
            free(entry);
            return NULL;
        }
        memcpy(entry->program, program, digit_pattern_size(program));
    }
    return entry;
}

int digit_analysis_put(struct digit_analysis *analysis, enum digit_kind kind, const char *text,
                       const char *name, bool urgent, void *record, sj_error *error) {
    struct digit_pattern program;
    struct digit_entry *entry;
    struct partition *owner;
    struct entry_list *list;
    size_t where = 0;
    const int status = digit_pattern_compile(text, &program, error);
    if (status != SJ_OK) {
        return status;
    }
    owner = partition_make(analysis, name);
    entry = owner == NULL ? NULL : entry_new(kind, text, owner, &program, urgent);
    if (entry == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for dial pattern \"%s\"", text);
    }
    entry->record = record;
    list = program.literals == program.count ? &owner->fixed : &owner->patterns;
    if (list_find(list, entry->literal, text, kind, &where)) {
        entry_free(analysis, list->entries[where]);
        list->entries[where] = entry;
        return SJ_OK;
    }
    if (list_append(list, entry) != SJ_OK) {
        entry->record = NULL;
        entry_free(analysis, entry);
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for dial pattern \"%s\"", text);
    }
    memmove(list->entries + where + 1, list->entries + where,
            (list->count - 1 - where) * sizeof(struct digit_entry *));
    list->entries[where] = entry;
    analysis->entries++;
    return SJ_OK;
}

static struct entry_list *list_of(struct digit_analysis *analysis, const char *text,
                                  const char *name, char literal[DIGITS_MAX]) {
    struct digit_pattern program;
    struct partition *owner = partition_find(analysis, name, NULL);
    if (owner == NULL || digit_pattern_compile(text, &program, NULL) != SJ_OK) {
        return NULL;
    }
    (void)digit_pattern_literals(&program, literal);
    return program.literals == program.count ? &owner->fixed : &owner->patterns;
}

/* Takes an entry out of its list. NULL when it is not there. */
static struct digit_entry *take_out(struct digit_analysis *analysis, enum digit_kind kind,
                                    const char *text, const char *name) {
    char literal[DIGITS_MAX];
    size_t where = 0;
    struct entry_list *list = list_of(analysis, text, name, literal);
    if (list == NULL || !list_find(list, literal, text, kind, &where)) {
        return NULL;
    }
    struct digit_entry *entry = list->entries[where];
    memmove(list->entries + where, list->entries + where + 1,
            (list->count - where - 1) * sizeof(struct digit_entry *));
    list->count--;
    analysis->entries--;
    return entry;
}

void *digit_analysis_detach(struct digit_analysis *analysis, enum digit_kind kind, const char *text,
                            const char *name) {
    struct digit_entry *entry = take_out(analysis, kind, text, name);
    void *record = NULL;
    if (entry != NULL) {
        record = entry->record;
        entry->record = NULL;
        entry_free(analysis, entry);
    }
    return record;
}

bool digit_analysis_remove(struct digit_analysis *analysis, enum digit_kind kind, const char *text,
                           const char *name) {
    struct digit_entry *entry = take_out(analysis, kind, text, name);
    if (entry != NULL) {
        entry_free(analysis, entry);
    }
    return entry != NULL;
}

const struct digit_entry *digit_analysis_find(struct digit_analysis *analysis, enum digit_kind kind,
                                              const char *text, const char *name) {
    char literal[DIGITS_MAX];
    size_t where = 0;
    struct entry_list *list = list_of(analysis, text, name, literal);
    return list != NULL && list_find(list, literal, text, kind, &where) ? list->entries[where]
                                                                        : NULL;
}

/* ---- by their text ---- */

enum { OFFERED_AROUND = 6, OFFERED_MOST = 300 };

typedef bool same_text(const char *a, const char *b);

static bool is_same(const char *a, const char *b) {
    return strcmp(a, b) == 0;
}

static bool is_same_but_for_dots(const char *a, const char *b) {
    for (;; a++, b++) {
        a += strspn(a, ".");
        b += strspn(b, ".");
        if (*a != *b || *a == '\0') {
            return *a == *b;
        }
    }
}

/* Where those stand that begin as the pattern does. False: none is written so. */
static bool has_text(const struct entry_list *list, const char *literal, const char *text,
                     same_text *same, size_t *where) {
    const size_t length = strlen(literal);
    *where = lower_bound(list, literal, length);
    for (size_t i = *where; i < list->count && strcmp(list->entries[i]->literal, literal) == 0;
         i++) {
        if (same(list->entries[i]->text, text)) {
            return true;
        }
    }
    return false;
}

static size_t offer_around(const struct entry_list *list, size_t where,
                           void (*offer)(void *user, const char *pattern), void *user) {
    const size_t from = where > OFFERED_AROUND ? where - OFFERED_AROUND : 0;
    size_t i = from;
    for (; i < list->count && i < where + OFFERED_AROUND; i++) {
        offer(user, list->entries[i]->text);
    }
    return i - from;
}

/* The digits with which it begins, whether or not the rest is a pattern. */
static void first_digits(const char *text, char literal[DIGITS_MAX]) {
    struct digit_pattern program;
    if (digit_pattern_compile(text, &program, NULL) == SJ_OK) {
        (void)digit_pattern_literals(&program, literal);
    } else {
        const size_t length = strspn(text, "0123456789*#ABCD");
        (void)snprintf(literal, DIGITS_MAX, "%.*s", (int)length, text);
    }
}

static bool is_written(const struct digit_analysis *analysis, const char *literal, const char *text,
                       const char *name, same_text *same) {
    size_t where = 0;
    for (size_t i = 0; i < analysis->count; i++) {
        const struct partition *partition = analysis->partitions[i];
        if ((name[0] == '\0' || strcmp(name, partition->name) == 0) &&
            (has_text(&partition->fixed, literal, text, same, &where) ||
             has_text(&partition->patterns, literal, text, same, &where))) {
            return true;
        }
    }
    return false;
}

bool digit_analysis_has_but_for_dots(const struct digit_analysis *analysis, const char *text,
                                     const char *name) {
    char literal[DIGITS_MAX];
    first_digits(text, literal);
    return is_written(analysis, literal, text, name, is_same_but_for_dots);
}

bool digit_analysis_has(const struct digit_analysis *analysis, const char *text, const char *name,
                        void (*offer)(void *user, const char *pattern), void *user) {
    char literal[DIGITS_MAX];
    size_t offered = 0, where = 0;
    first_digits(text, literal);
    if (is_written(analysis, literal, text, name, is_same)) {
        return true;
    }
    for (size_t i = 0; i < analysis->count && offered < OFFERED_MOST; i++) {
        const struct partition *partition = analysis->partitions[i];
        if (name[0] == '\0' || strcmp(name, partition->name) == 0) {
            (void)has_text(&partition->fixed, literal, text, is_same, &where);
            offered += offer_around(&partition->fixed, where, offer, user);
            (void)has_text(&partition->patterns, literal, text, is_same, &where);
            offered += offer_around(&partition->patterns, where, offer, user);
        }
    }
    return false;
}

/* ---- matching ---- */

struct search_state {
    const char *digits;
    size_t length;
    double best; /* cardinality of the match so far; < 0: none */
    struct digit_match *match;
    const struct digit_observer *observer; /* NULL for calls */
};

static void consider(struct search_state *search, const struct digit_entry *entry, size_t rank,
                     double cardinality, size_t pre_dot) {
    if (search->observer != NULL) {
        search->observer->matches(search->observer->user, entry, rank, cardinality);
    }
    if (search->best < 0 || cardinality < search->best) {
        search->best = cardinality;
        search->match->entry = entry;
        search->match->partition_rank = rank;
        search->match->pre_dot = pre_dot;
    }
}

/* More digits could make this one match. True when it is of use to look for another such. */
static bool note_longer(struct search_state *search, const struct digit_entry *entry) {
    search->match->longer_possible = true;
    return search->observer != NULL && search->observer->could_match(search->observer->user, entry);
}

static bool begins_with_digits(const struct search_state *search, const struct digit_entry *entry) {
    return entry->literals > search->length &&
           memcmp(entry->literal, search->digits, search->length) == 0;
}

static void search_fixed(struct search_state *search, struct entry_list *list, size_t rank) {
    size_t i;
    for (i = lower_bound(list, search->digits, search->length); i < list->count; i++) {
        const struct digit_entry *entry = list->entries[i];
        if (entry->literals != search->length ||
            memcmp(entry->literal, search->digits, search->length) != 0) {
            break;
        }
        consider(search, entry, rank, 1, entry->program != NULL ? entry->program->dot : 0);
    }
    while (i < list->count && begins_with_digits(search, list->entries[i]) &&
           note_longer(search, list->entries[i])) {
        i++;
    }
}

static void search_patterns(struct search_state *search, struct entry_list *list, size_t rank) {
    bool wanted = search->observer != NULL || !search->match->longer_possible;
    for (size_t length = 0; length <= search->length; length++) {
        for (size_t i = lower_bound(list, search->digits, length); i < list->count; i++) {
            const struct digit_entry *entry = list->entries[i];
            size_t pre_dot = 0;
            if (entry->literals != length || memcmp(entry->literal, search->digits, length) != 0) {
                break;
            }
            if (digit_pattern_match(entry->program, search->digits, &pre_dot)) {
                consider(search, entry, rank,
                         digit_pattern_cardinality(entry->program, search->length), pre_dot);
            }
            if (wanted && digit_pattern_could_match_longer(entry->program, search->digits)) {
                wanted = note_longer(search, entry);
            }
        }
    }
    if (wanted) {
        size_t i = lower_bound(list, search->digits, search->length);
        while (i < list->count && list->entries[i]->literals == search->length &&
               memcmp(list->entries[i]->literal, search->digits, search->length) == 0) {
            i++;
        }
        while (i < list->count && begins_with_digits(search, list->entries[i]) &&
               note_longer(search, list->entries[i])) {
            i++;
        }
    }
}

bool digit_analysis_match_observed(struct digit_analysis *analysis, const char *const *partitions,
                                   size_t count, const char *digits, struct digit_match *match,
                                   const struct digit_observer *observer) {
    char dialled[DIGITS_MAX]; /* as the index writes digits */
    const size_t length = strlen(digits);
    struct search_state search = {dialled, length, -1, match, observer};
    memset(match, 0, sizeof *match);
    if (length >= sizeof dialled) {
        return false;
    }
    for (size_t i = 0; i <= length; i++) {
        dialled[i] = digits[i];
        if (digits[i] >= 'a' && digits[i] <= 'd') {
            dialled[i] = (char)(digits[i] - 'a' + 'A');
        }
    }
    for (size_t i = 0; i < count; i++) {
        struct partition *partition = partition_find(analysis, partitions[i], NULL);
        if (partition != NULL) {
            search_fixed(&search, &partition->fixed, i);
            search_patterns(&search, &partition->patterns, i);
        }
    }
    match->wait = match->longer_possible && (match->entry == NULL || !match->entry->urgent);
    return match->entry != NULL;
}
