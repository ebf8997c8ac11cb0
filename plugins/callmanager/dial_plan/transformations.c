/* Number transformations. Pure: touches nothing but its arguments. */
#include "dial_plan/transformations.h"

#include <sojourn/number_mask.h>

#include <stdio.h>
#include <string.h>

bool transformation_is_set(const struct transformation *change) {
    return change->discard != SJ_DISCARD_DIGITS_NONE || change->mask[0] != '\0' ||
           change->prefix[0] != '\0';
}

/* What discarding leaves. */
static void discard(const struct transformation *change, const char *number, size_t pre_dot,
                    char kept[DIGITS_MAX]) {
    const bool discard_head = change->discard == SJ_DISCARD_DIGITS_PRE_DOT ||
                              change->discard == SJ_DISCARD_DIGITS_PRE_DOT_TRAILING_POUND;
    const bool discard_pound = change->discard == SJ_DISCARD_DIGITS_TRAILING_POUND ||
                               change->discard == SJ_DISCARD_DIGITS_PRE_DOT_TRAILING_POUND;
    (void)snprintf(kept, DIGITS_MAX, "%s",
                   number + (discard_head && pre_dot <= strlen(number) ? pre_dot : 0));
    if (discard_pound && kept[0] != '\0' && kept[strlen(kept) - 1] == '#') {
        kept[strlen(kept) - 1] = '\0';
    }
}

static void put_before(const char *prefix, const char *number, char result[DIGITS_MAX]) {
    size_t used = 0;
    for (; *prefix != '\0' && used + 1 < DIGITS_MAX; prefix++) {
        if (*prefix != '\\') {
            result[used++] = *prefix;
        }
    }
    (void)snprintf(result + used, DIGITS_MAX - used, "%s", number);
}

static void note_change(const struct transformation_note *note, const char *what, const char *with,
                        const char *before, const char *after) {
    char subject[128];
    if (note->course != NULL) {
        (void)snprintf(subject, sizeof subject, "%s: %s%s%s", note->by, what,
                       with[0] != '\0' ? " " : "", with);
        course_add_change(note->course, note->kind, subject, before, after);
    }
}

void transformation_apply_noted(const struct transformation *change, const char *number,
                                size_t pre_dot, char result[DIGITS_MAX],
                                const struct transformation_note *note) {
    char kept[DIGITS_MAX], masked[DIGITS_MAX];
    discard(change, number, pre_dot, kept);
    note_change(note, "discard digits", sj_discard_digits_text(change->discard), number, kept);
    if (change->mask[0] != '\0') {
        sj_number_mask(change->mask, kept, masked, DIGITS_MAX);
        note_change(note, "mask", change->mask, kept, masked);
    } else {
        memcpy(masked, kept, sizeof masked);
    }
    put_before(change->prefix, masked, result);
    note_change(note, "prefix", change->prefix, masked, result);
}

void transformation_apply(const struct transformation *change, const char *number, size_t pre_dot,
                          char result[DIGITS_MAX]) {
    static const struct transformation_note none = {0};
    transformation_apply_noted(change, number, pre_dot, result, &none);
}
