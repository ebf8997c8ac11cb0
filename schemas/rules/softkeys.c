/* Rules of softkey templates: phones leave a file aside that lacks a key which a state of a call
 * must have, or has one that it does not know there (tests/oracle). */
#include "rules/rules.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resources/softkey_template.h"

#define KEY(name) (UINT64_C(1) << SJ_SOFTKEY_KEY_##name)

/* The keys that a state may have, an undefined one aside, and the one that it must have. */
static const struct state {
    const char *field;
    uint64_t may;
    sj_softkey_key must; /* SJ_SOFTKEY_KEY_UNDEFINED: none */
    size_t list, count;  /* where the record has them */
} states[] = {
    {"on_hook",
     KEY(REDIAL) | KEY(NEW_CALL) | KEY(DO_NOT_DISTURB) | KEY(FORWARD_ALL) |
         KEY(HUNT_GROUP_LOG_OUT) | KEY(PICKUP) | KEY(GROUP_PICKUP) | KEY(OTHER_PICKUP) |
         KEY(CALL_BACK) | KEY(MEET_ME) | KEY(QUALITY_REPORT),
     SJ_SOFTKEY_KEY_NEW_CALL, offsetof(sj_softkey_template, on_hook),
     offsetof(sj_softkey_template, on_hook_count)},
    {"off_hook",
     KEY(REDIAL) | KEY(END_CALL) | KEY(DO_NOT_DISTURB) | KEY(FORWARD_ALL) |
         KEY(HUNT_GROUP_LOG_OUT) | KEY(PICKUP) | KEY(GROUP_PICKUP) | KEY(OTHER_PICKUP) |
         KEY(ABBREVIATED_DIAL),
     SJ_SOFTKEY_KEY_UNDEFINED, offsetof(sj_softkey_template, off_hook),
     offsetof(sj_softkey_template, off_hook_count)},
    {"off_hook_with_feature",
     KEY(REDIAL) | KEY(END_CALL) | KEY(DO_NOT_DISTURB) | KEY(ABBREVIATED_DIAL),
     SJ_SOFTKEY_KEY_UNDEFINED, offsetof(sj_softkey_template, off_hook_with_feature),
     offsetof(sj_softkey_template, off_hook_with_feature_count)},
    {"digits_after_first",
     KEY(END_CALL) | KEY(BACKSPACE) | KEY(DO_NOT_DISTURB) | KEY(ABBREVIATED_DIAL),
     SJ_SOFTKEY_KEY_BACKSPACE, offsetof(sj_softkey_template, digits_after_first),
     offsetof(sj_softkey_template, digits_after_first_count)},
    {"ring_out", KEY(END_CALL) | KEY(DO_NOT_DISTURB) | KEY(CALL_BACK), SJ_SOFTKEY_KEY_UNDEFINED,
     offsetof(sj_softkey_template, ring_out), offsetof(sj_softkey_template, ring_out_count)},
    {"connected",
     KEY(HOLD) | KEY(END_CALL) | KEY(TRANSFER) | KEY(PARK) | KEY(CONFERENCE) |
         KEY(CONFERENCE_LIST) | KEY(REMOVE_LAST_PARTY) | KEY(RECORD) | KEY(IMMEDIATE_DIVERT) |
         KEY(DO_NOT_DISTURB) | KEY(HUNT_GROUP_LOG_OUT) | KEY(QUALITY_REPORT) |
         KEY(MALICIOUS_CALL_ID) | KEY(SELECT) | KEY(JOIN),
     SJ_SOFTKEY_KEY_END_CALL, offsetof(sj_softkey_template, connected),
     offsetof(sj_softkey_template, connected_count)},
    {"connected_no_feature", KEY(END_CALL), SJ_SOFTKEY_KEY_UNDEFINED,
     offsetof(sj_softkey_template, connected_no_feature),
     offsetof(sj_softkey_template, connected_no_feature_count)},
    {"connected_transfer", KEY(END_CALL) | KEY(TRANSFER) | KEY(CALL_BACK) | KEY(QUALITY_REPORT),
     SJ_SOFTKEY_KEY_TRANSFER, offsetof(sj_softkey_template, connected_transfer),
     offsetof(sj_softkey_template, connected_transfer_count)},
    {"connected_conference",
     KEY(END_CALL) | KEY(CONFERENCE) | KEY(DO_NOT_DISTURB) | KEY(QUALITY_REPORT),
     SJ_SOFTKEY_KEY_CONFERENCE, offsetof(sj_softkey_template, connected_conference),
     offsetof(sj_softkey_template, connected_conference_count)},
    {"on_hold",
     KEY(RESUME) | KEY(NEW_CALL) | KEY(IMMEDIATE_DIVERT) | KEY(DO_NOT_DISTURB) | KEY(SELECT) |
         KEY(JOIN),
     SJ_SOFTKEY_KEY_RESUME, offsetof(sj_softkey_template, on_hold),
     offsetof(sj_softkey_template, on_hold_count)},
    {"ring_in", KEY(ANSWER) | KEY(IMMEDIATE_DIVERT) | KEY(DO_NOT_DISTURB), SJ_SOFTKEY_KEY_UNDEFINED,
     offsetof(sj_softkey_template, ring_in), offsetof(sj_softkey_template, ring_in_count)},
};

static void check_state(const struct sj_rule_check *check, const struct state *state,
                        const sj_softkey *keys, size_t count) {
    bool has_must = state->must == SJ_SOFTKEY_KEY_UNDEFINED;
    for (size_t i = 0; i < count; i++) {
        const struct sj_rule_place here = {state->field, i, "softkey"};
        has_must = has_must || keys[i].softkey == state->must;
        if (keys[i].softkey != SJ_SOFTKEY_KEY_UNDEFINED &&
            (state->may & UINT64_C(1) << keys[i].softkey) == 0) {
            sj_rule_tell(check, here, "expected a softkey that phones have in this state, got %s",
                         sj_softkey_key_text(keys[i].softkey));
        }
    }
    if (!has_must) {
        sj_rule_tell(check, sj_rule_field(state->field),
                     "expected %s among the softkeys, without which phones leave the file aside",
                     sj_softkey_key_text(state->must));
    }
}

void sj_rule_softkey_template(const struct sj_rule_check *check, const void *record) {
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        const char *bytes = record;
        check_state(check, &states[i], *(const sj_softkey *const *)(bytes + states[i].list),
                    *(const size_t *)(bytes + states[i].count));
    }
}
