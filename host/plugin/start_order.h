/* In which order plugins start, from what they need and provide. Pure. */
#ifndef SJ_HOST_PLUGIN_START_ORDER_H
#define SJ_HOST_PLUGIN_START_ORDER_H

#include <stdbool.h>
#include <stddef.h>

struct order_item {
    const char *name;
    const char *needs,
        *provides; /* words separated by blanks: "request:device.reset event:session.started" */
    bool ordered;
    char problem[640]; /* why it cannot be ordered, or "" */
};

/* Fills `order` with the indexes of those that can start, providers first and otherwise as given;
 * returns how many. The others get their sentence. `provided` tells whether a word is provided from
 * outside the set. */
size_t sj_order(struct order_item *items, size_t count,
                bool (*provided)(void *user, const char *word), void *user, size_t *order);

/* Is `word` one of `words`? */
bool sj_order_has(const char *words, const char *word);

/* Copies the next word at *at into `word` and moves *at behind it; false at the end. Words that do
 * not fit are cut. */
bool sj_order_next(const char **at, char *word, size_t room);

#endif
