/* Topological order of plugins, with a sentence for each that has no place in it. Pure. */
#include "host/plugin/start_order.h"

#include <stdio.h>
#include <string.h>

enum { WORD = 160 };

struct set {
    struct order_item *items;
    size_t count;
    bool (*provided)(void *user, const char *word);
    void *user;
};

bool sj_order_next(const char **at, char *word, size_t room) {
    size_t length;
    *at += strspn(*at, " ");
    length = strcspn(*at, " ");
    if (length == 0) {
        return false;
    }
    (void)snprintf(word, room, "%.*s", (int)length, *at);
    *at += length;
    return true;
}

bool sj_order_has(const char *words, const char *word) {
    char one[WORD];
    while (sj_order_next(&words, one, sizeof one)) {
        if (strcmp(one, word) == 0) {
            return true;
        }
    }
    return false;
}

/* The item of the set that provides a word; NULL when none does. */
static struct order_item *provider(const struct set *set, const char *word) {
    for (size_t i = 0; i < set->count; i++) {
        if (sj_order_has(set->items[i].provides, word)) {
            return &set->items[i];
        }
    }
    return NULL;
}

/* The first need that nothing ordered (or outside) meets; NULL when all are met. `by` is who would
 * provide it, or NULL. */
static const char *unmet(const struct set *set, const struct order_item *item, char *word,
                         size_t room, struct order_item **by) {
    const char *needs = item->needs;
    while (sj_order_next(&needs, word, room)) {
        if (sj_order_has(item->provides, word) || set->provided(set->user, word)) {
            continue;
        }
        *by = provider(set, word);
        if (*by == NULL || !(*by)->ordered) {
            return word;
        }
    }
    return NULL;
}

/* Who would provide the first unmet need of an item (in `word`); NULL when nobody does, or nothing
 * is unmet. */
static struct order_item *awaited(const struct set *set, const struct order_item *item,
                                  char word[WORD]) {
    struct order_item *by = NULL;
    (void)unmet(set, item, word, WORD, &by);
    return by;
}

/* Follows unmet needs from `start` until an item must have come again: that is a circle. Returns an
 * item on it, or NULL. */
static struct order_item *walk(const struct set *set, struct order_item *start) {
    struct order_item *item = start;
    char word[WORD];
    for (size_t steps = 0; steps < set->count && item != NULL; steps++) {
        item = awaited(set, item, word);
    }
    return item;
}

/* Writes the circle's sentence and gives it to all its members. */
static void describe_circle(const struct set *set, struct order_item *first) {
    char text[sizeof first->problem], word[WORD];
    struct order_item *item = first, *by = awaited(set, first, word);
    size_t used = (size_t)snprintf(text, sizeof text, "the plugins need each other in a circle:");
    while (by != NULL && used < sizeof text) {
        int length = snprintf(text + used, sizeof text - used, "%s %s needs %s of %s",
                              item == first ? "" : ",", item->name, word, by->name);
        used += length > 0 ? (size_t)length : 0;
        item = by;
        by = item == first ? NULL : awaited(set, item, word);
    }
    item = first;
    do {
        memcpy(item->problem, text, sizeof text);
        item = awaited(set, item, word);
    } while (item != NULL && item != first);
}

static void explain(const struct set *set, struct order_item *item) {
    char word[WORD];
    struct order_item *by = NULL, *circle;
    if (item->problem[0] != '\0' || unmet(set, item, word, sizeof word, &by) == NULL) {
        return;
    }
    if (by == NULL) {
        (void)snprintf(item->problem, sizeof item->problem,
                       "needs %s, which no active service provides", word);
        return;
    }
    circle = walk(set, item);
    if (circle != NULL && circle->problem[0] == '\0') {
        describe_circle(set, circle);
    }
    if (item->problem[0] == '\0') {
        explain(set, by); /* not on a circle itself: the chain below it ends */
        (void)snprintf(item->problem, sizeof item->problem,
                       "needs %.120s of %.60s, which cannot start: %.400s", word, by->name,
                       by->problem);
    }
}

size_t sj_order(struct order_item *items, size_t count,
                bool (*provided)(void *user, const char *word), void *user, size_t *order) {
    struct set set = {items, count, provided, user};
    size_t ordered = 0;
    bool moved = true;
    for (size_t i = 0; i < count; i++) {
        items[i].ordered = false;
        items[i].problem[0] = '\0';
    }
    while (moved) {
        moved = false;
        for (size_t i = 0; i < count; i++) {
            char word[WORD];
            struct order_item *by;
            if (!items[i].ordered && unmet(&set, &items[i], word, sizeof word, &by) == NULL) {
                items[i].ordered = true;
                order[ordered++] = i;
                moved = true;
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!items[i].ordered) {
            explain(&set, &items[i]);
        }
    }
    return ordered;
}
