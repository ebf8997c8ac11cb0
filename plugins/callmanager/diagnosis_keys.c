/* Asks each feature that a softkey stands for whether the line could use it. */
#include "diagnosis_keys.h"
#include "calls/abbreviated_dial.h"
#include "calls/call_back.h"
#include "calls/immediate_divert.h"
#include "calls/park.h"
#include "calls/pickup_choice.h"

#include <stdio.h>

/* Whether the key is refused on this line: `why` says why. */
static bool is_refused(struct call_manager *manager, const struct call_origin *origin,
                       sj_softkey_key key, char why[PICKUP_WHY]) {
    const char *reason = NULL;
    switch (key) {
    case SJ_SOFTKEY_KEY_PICKUP: return pickup_key_refused(manager, origin, PICKUP_OWN, why);
    case SJ_SOFTKEY_KEY_OTHER_PICKUP: return pickup_key_refused(manager, origin, PICKUP_OTHER, why);
    case SJ_SOFTKEY_KEY_GROUP_PICKUP:
        return pickup_key_refused(manager, origin, PICKUP_NUMBER, why);
    case SJ_SOFTKEY_KEY_PARK:
        if (park_softkey_judge(manager, origin, &reason) == 0) {
            return false;
        }
        break;
    case SJ_SOFTKEY_KEY_IMMEDIATE_DIVERT:
        reason = immediate_divert_hindrance(manager, origin->line->key);
        break;
    case SJ_SOFTKEY_KEY_CALL_BACK:
        reason = call_back_hindrance(manager, true); /* those with softkey templates */
        break;
    case SJ_SOFTKEY_KEY_ABBREVIATED_DIAL:
        reason = abbreviated_dial_hindrance(manager, origin->device);
        break;
    default: return false;
    }
    (void)snprintf(why, PICKUP_WHY, "%s", sj_or_empty(reason));
    return reason != NULL;
}

static void judge_line(struct call_manager *manager, const struct call_origin *origin, bool several,
                       struct key_judgement keys[SOFTKEYS]) {
    for (size_t key = 0; key < SOFTKEYS; key++) {
        char why[PICKUP_WHY] = "";
        if (!is_refused(manager, origin, (sj_softkey_key)key, why)) {
            continue;
        }
        sj_text_puts(&keys[key].reason, keys[key].lines > 0 ? "; " : "");
        if (several) {
            sj_text_printf(&keys[key].reason, "line %s: ", line_number(origin->line));
        }
        sj_text_puts(&keys[key].reason, why);
        keys[key].lines++;
    }
}

size_t diagnosis_keys_judge(struct call_manager *manager, const char *device_name,
                            struct key_judgement keys[SOFTKEYS]) {
    struct call_origin first;
    size_t count = 0;
    if (call_origin_by_name(manager, device_name, "", &first, NULL) != SJ_OK) {
        return 0;
    }
    count = first.device == NULL ? 0 : first.device->line_count;
    for (size_t i = 0; i < count; i++) {
        struct call_origin origin;
        if (call_origin_by_name(manager, device_name, line_number(&first.device->lines[i]), &origin,
                                NULL) == SJ_OK) {
            judge_line(manager, &origin, count > 1, keys);
            device_free(origin.device);
        }
    }
    if (first.device != NULL) {
        device_free(first.device);
    }
    return count;
}
