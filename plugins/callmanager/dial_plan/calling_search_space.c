/* Composition of calling search spaces. Pure over the dial plan. */
#include "dial_plan/calling_search_space.h"

#include <sojourn/base/text.h>

#include <stdlib.h>

static void append(struct calling_search_spaces *spaces, const char *name) {
    if (!sj_given(name) || spaces->count >= CALLING_SEARCH_SPACES_MAX) {
        return;
    }
    for (size_t i = 0; i < spaces->count; i++) {
        if (strcmp(spaces->names[i], name) == 0) {
            return; /* a second time it could match nothing new */
        }
    }
    spaces->names[spaces->count++] = name;
}

void calling_search_spaces_of_phone(const char *line_css, const char *device_css,
                                    struct calling_search_spaces *result) {
    result->count = 0;
    append(result, line_css);
    append(result, device_css);
}

void calling_search_spaces_of_live_device(bool emcc, const char *const *list, size_t count,
                                          const char *first_line_css, const char *line_css,
                                          struct calling_search_spaces *result) {
    bool holds_line = false;
    result->count = 0;
    for (size_t i = 0; i < count; i++) {
        holds_line =
            holds_line || (first_line_css[0] != '\0' && strcmp(list[i], first_line_css) == 0);
    }
    if (!emcc && !holds_line) {
        append(result, line_css);
    }
    for (size_t i = 0; i < count; i++) {
        const bool line = holds_line && strcmp(list[i], first_line_css) == 0;
        append(result, line ? line_css : list[i]);
        holds_line = holds_line && !line;
    }
}

int visible_partitions_lay_out(const struct dial_plan *plan,
                               const struct calling_search_spaces *spaces,
                               const struct moment *moment, struct visible_partitions *result) {
    size_t room = 1;
    for (size_t i = 0; i < spaces->count; i++) {
        const sj_calling_search_space *space =
            dial_plan_get(plan, PLAN_CALLING_SEARCH_SPACE, spaces->names[i]);
        room += space == NULL ? 0 : space->partitions_count;
    }
    *result = (struct visible_partitions){.moment = *moment};
    result->names = calloc(3 * room, sizeof(const char *));
    if (result->names == NULL) {
        return SJ_E_NO_MEMORY;
    }
    result->origins = result->names + room;
    result->closed = result->origins + room;
    for (size_t i = 0; i < spaces->count; i++) {
        const sj_calling_search_space *space =
            dial_plan_get(plan, PLAN_CALLING_SEARCH_SPACE, spaces->names[i]);
        for (size_t j = 0; space != NULL && j < space->partitions_count; j++) {
            if (partition_is_active(plan, space->partitions[j], moment, NULL)) {
                result->names[result->count] = space->partitions[j];
                result->origins[result->count++] = spaces->names[i];
            } else {
                result->closed[result->closed_count++] = space->partitions[j];
            }
        }
    }
    result->names[result->count] = "";
    result->origins[result->count++] = "";
    return SJ_OK;
}

void visible_partitions_free(struct visible_partitions *visible) {
    free(visible->names);
    *visible = (struct visible_partitions){0};
}
