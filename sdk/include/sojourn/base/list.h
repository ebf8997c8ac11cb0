/* Doubly linked lists of things that carry their own link: no allocation, removal without a search.
 * Pure.
 *
 *     struct waiter {
 *         sj_list_link link;
 *         ...
 *     };
 *     sj_list_add_last(&waiters, &waiter->link);
 *     SJ_LIST_EACH(one, &waiters, struct waiter, link) { ... }
 *
 * A zeroed sj_list_head is an empty list, a zeroed sj_list_link is in no list. A head that holds
 * something does not move in memory (take its content over with sj_list_take_all). The list owns
 * nothing: whoever frees a thing removes it first.
 *
 * A list whose callbacks may add to it is drained in one way only. What is in the list is taken
 * away first; then each is taken from there. Those that the callbacks add stay in the first list,
 * and those that they remove leave whichever list they are in:
 *
 *     sj_list_head told = {0};
 *     struct waiter *one;
 *     sj_list_take_all(&waiters, &told);
 *     while ((one = SJ_OWNER(sj_list_take_first(&told), struct waiter, link)) != NULL) {
 *         tell(one);
 *     }
 *
 * (struct sj_list of <sojourn/store.h> is another thing: the records that a query found.) */
#ifndef SOJOURN_BASE_LIST_H
#define SOJOURN_BASE_LIST_H

#include <stdbool.h>

#include "owner.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sj_list_link {
    struct sj_list_link *next, *previous; /* a ring through the head; NULL: in no list */
} sj_list_link;

typedef struct sj_list_head {
    sj_list_link ends; /* next: the first; previous: the last */
} sj_list_head;

static inline void sj_list_init(sj_list_head *list) {
    list->ends.next = list->ends.previous = &list->ends;
}

static inline bool sj_list_empty(const sj_list_head *list) {
    return list->ends.next == NULL || list->ends.next == &list->ends;
}

/* Whether it is in a list. */
static inline bool sj_list_linked(const sj_list_link *link) {
    return link->next != NULL;
}

/* Takes it out of its list; no effect when it is in none. */
static inline void sj_list_remove(sj_list_link *link) {
    if (link->next != NULL) {
        link->next->previous = link->previous;
        link->previous->next = link->next;
        link->next = link->previous = NULL;
    }
}

/* Puts it before one that is in a list. What is in a list already moves. */
static inline void sj_list_add_before(sj_list_link *where, sj_list_link *link) {
    if (where == link) {
        return;
    }
    sj_list_remove(link);
    link->next = where;
    link->previous = where->previous;
    where->previous->next = link;
    where->previous = link;
}

static inline void sj_list_add_last(sj_list_head *list, sj_list_link *link) {
    if (list->ends.next == NULL) {
        sj_list_init(list);
    }
    sj_list_add_before(&list->ends, link);
}

static inline void sj_list_add_first(sj_list_head *list, sj_list_link *link) {
    if (list->ends.next == NULL) {
        sj_list_init(list);
    }
    sj_list_add_before(list->ends.next, link);
}

/* NULL: there is none. */
static inline sj_list_link *sj_list_first(const sj_list_head *list) {
    return sj_list_empty(list) ? NULL : list->ends.next;
}

static inline sj_list_link *sj_list_last(const sj_list_head *list) {
    return sj_list_empty(list) ? NULL : list->ends.previous;
}

static inline sj_list_link *sj_list_next(const sj_list_head *list, const sj_list_link *link) {
    return link->next == &list->ends ? NULL : link->next;
}

static inline sj_list_link *sj_list_previous(const sj_list_head *list, const sj_list_link *link) {
    return link->previous == &list->ends ? NULL : link->previous;
}

/* The first, which is in no list then; NULL: there is none. */
static inline sj_list_link *sj_list_take_first(sj_list_head *list) {
    sj_list_link *link = sj_list_first(list);
    if (link != NULL) {
        sj_list_remove(link);
    }
    return link;
}

/* Moves all of one list, in their order, to the end of another. */
static inline void sj_list_take_all(sj_list_head *from, sj_list_head *to) {
    if (from == to || sj_list_empty(from)) {
        return;
    }
    if (to->ends.next == NULL) {
        sj_list_init(to);
    }
    from->ends.next->previous = to->ends.previous;
    to->ends.previous->next = from->ends.next;
    from->ends.previous->next = &to->ends;
    to->ends.previous = from->ends.previous;
    sj_list_init(from);
}

/* Each of a list, from the first to the last, as `type *entry`. The body may remove `entry` (and
 * free it), and nothing else. */
#define SJ_LIST_EACH(entry, list, type, member)                                                    \
    for (type *entry = SJ_OWNER(sj_list_first(list), type, member),                                \
              *entry##_next_ = entry == NULL                                                       \
                                   ? NULL                                                          \
                                   : SJ_OWNER(sj_list_next((list), &entry->member), type, member); \
         entry != NULL; entry = entry##_next_,                                                     \
              entry##_next_ = entry == NULL                                                        \
                                  ? NULL                                                           \
                                  : SJ_OWNER(sj_list_next((list), &entry->member), type, member))

#ifdef __cplusplus
}
#endif
#endif
