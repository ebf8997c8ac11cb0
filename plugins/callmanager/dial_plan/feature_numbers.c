/* The records own themselves; their patterns in digit analysis have none. */
#include "dial_plan/feature_numbers.h"
#include "resources/voice_mail.h"

#include <stdio.h>

struct dialled {
    enum digit_kind kind;
    char pattern[80];
    const char *partition;
};

/* By what a record is dialled; returns how many there are. */
static size_t dialled_of(enum dial_plan_kind kind, const void *record, struct dialled dialled[2]) {
    if (kind == PLAN_CALL_PARK_NUMBER) {
        const sj_call_park_number *number = record;
        dialled[0] = (struct dialled){DIGIT_CALL_PARK, "", number->partition};
        (void)snprintf(dialled[0].pattern, sizeof dialled[0].pattern, "%s", number->pattern);
        return 1;
    }
    if (kind == PLAN_CALL_PICKUP_GROUP) {
        const sj_call_pickup_group *group = record;
        dialled[0] = (struct dialled){DIGIT_CALL_PICKUP, "", group->partition};
        (void)snprintf(dialled[0].pattern, sizeof dialled[0].pattern, "%s", group->number);
        return 1;
    }
    if (kind == PLAN_MESSAGE_WAITING_NUMBER) {
        const sj_message_waiting_number *number = record;
        dialled[0] = (struct dialled){DIGIT_MESSAGE_WAITING, "", number->partition};
        (void)snprintf(dialled[0].pattern, sizeof dialled[0].pattern, "%s", number->number);
        return 1;
    }
    const sj_directed_call_park *number = record;
    dialled[0] = (struct dialled){DIGIT_DIRECTED_CALL_PARK, "", number->partition};
    dialled[1] = (struct dialled){DIGIT_PARK_RETRIEVAL, "", number->partition};
    (void)snprintf(dialled[0].pattern, sizeof dialled[0].pattern, "%s", number->pattern);
    (void)snprintf(dialled[1].pattern, sizeof dialled[1].pattern, "%s.%s", number->retrieval_prefix,
                   number->pattern);
    return 2;
}

bool feature_numbers_are(enum dial_plan_kind kind) {
    return kind == PLAN_CALL_PARK_NUMBER || kind == PLAN_DIRECTED_CALL_PARK ||
           kind == PLAN_CALL_PICKUP_GROUP || kind == PLAN_MESSAGE_WAITING_NUMBER;
}

/* Another record than the one with this key is dialled by the same pattern. */
static bool is_shared(const struct dial_plan *plan, enum dial_plan_kind kind, const char *key,
                      const struct dialled *pattern) {
    const sj_list_link *link = NULL;
    const void *record;
    while ((record = dial_plan_walk(plan, kind, &link)) != NULL) {
        struct dialled others[2];
        const size_t count =
            strcmp(dial_plan_walk_key(link), key) == 0 ? 0 : dialled_of(kind, record, others);
        for (size_t i = 0; i < count; i++) {
            if (others[i].kind == pattern->kind &&
                strcmp(others[i].pattern, pattern->pattern) == 0 &&
                strcmp(others[i].partition, pattern->partition) == 0) {
                return true;
            }
        }
    }
    return false;
}

static void take_off(struct dial_plan *plan, enum dial_plan_kind kind, const char *key) {
    const void *record = dial_plan_get(plan, kind, key);
    struct dialled dialled[2];
    const size_t count = record == NULL ? 0 : dialled_of(kind, record, dialled);
    for (size_t i = 0; i < count; i++) {
        if (!is_shared(plan, kind, key, &dialled[i])) {
            dial_plan_remove_pattern(plan, dialled[i].kind, dialled[i].pattern,
                                     dialled[i].partition);
        }
    }
}

int feature_numbers_put(struct dial_plan *plan, enum dial_plan_kind kind, const char *key,
                        void *record, sj_error *error) {
    struct dialled dialled[2];
    take_off(plan, kind, key);
    int status = dial_plan_put(plan, kind, key, record, error);
    const size_t count = record == NULL || status != SJ_OK ? 0 : dialled_of(kind, record, dialled);
    for (size_t i = 0; i < count && status == SJ_OK; i++) {
        status = dial_plan_put_pattern(plan, dialled[i].kind, dialled[i].pattern,
                                       dialled[i].partition, false, NULL, error);
    }
    return status;
}

void *feature_numbers_detach(struct dial_plan *plan, enum dial_plan_kind kind, const char *key) {
    take_off(plan, kind, key);
    return dial_plan_detach_record(plan, kind, key);
}
