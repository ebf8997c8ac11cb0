/* The ring of refused logins and logouts. Pure. */
#include "reporting/failures.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct kept {
    struct em_failure failure; /* first: what the ring points to */
    char texts[];
};

static const char *keep(char **place, const char *text) {
    const size_t bytes = text != NULL ? strlen(text) : 0;
    char *copy = *place;
    if (bytes > 0) {
        memcpy(copy, text, bytes);
    }
    copy[bytes] = '\0';
    *place = copy + bytes + 1;
    return copy;
}

bool em_failures_add(struct em_failures *failures, const struct em_failure *failure) {
    const char *const texts[] = {failure->device_name, failure->user_id, failure->cause,
                                 failure->trace_id};
    size_t bytes = sizeof(struct kept);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        bytes += (texts[i] != NULL ? strlen(texts[i]) : 0) + 1;
    }
    struct kept *kept = malloc(bytes);
    if (kept == NULL) {
        return false;
    }
    char *place = kept->texts;
    kept->failure = *failure;
    kept->failure.device_name = keep(&place, failure->device_name);
    kept->failure.user_id = keep(&place, failure->user_id);
    kept->failure.cause = keep(&place, failure->cause);
    kept->failure.trace_id = keep(&place, failure->trace_id);
    free(failures->ring[failures->next]);
    failures->ring[failures->next] = &kept->failure;
    failures->next = (failures->next + 1) % FAILURES_KEPT;
    failures->count += failures->count < FAILURES_KEPT;
    return true;
}

static bool fits(const char *wanted, const char *text) {
    return wanted == NULL || wanted[0] == '\0' || strcasecmp(wanted, text) == 0;
}

size_t em_failures_find(const struct em_failures *failures, const char *device_name,
                        const char *user_id, const struct em_failure **found, size_t room) {
    size_t count = 0;
    for (size_t i = 1; i <= failures->count && count < room; i++) {
        const struct em_failure *failure =
            failures->ring[(failures->next + FAILURES_KEPT - i) % FAILURES_KEPT];
        if (fits(device_name, failure->device_name) && fits(user_id, failure->user_id)) {
            found[count++] = failure;
        }
    }
    return count;
}

void em_failures_clear(struct em_failures *failures) {
    for (size_t i = 0; i < FAILURES_KEPT; i++) {
        free(failures->ring[i]);
        failures->ring[i] = NULL;
    }
    failures->next = failures->count = 0;
}
