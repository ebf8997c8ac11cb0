/* Takes one key after the other. What urgent patterns match is complete, whatever could follow. */
#include "dial_plan/dialling.h"
#include "dial_plan/alternate_numbers.h"

#include <stdio.h>

bool dialling_look(const struct dial_plan *plan, const struct number_caller *caller,
                   const char *digits, struct dialled *dialled, struct could_match *could) {
    const struct moment moment = {caller->utc_s, caller->device_pool};
    struct number_match *match = &dialled->match;
    struct number_caller here = *caller;
    struct visible_partitions visible;
    struct digit_match alternate;
    memset(dialled, 0, sizeof *dialled);
    if (visible_partitions_lay_out(plan, caller->spaces, &moment, &visible) != SJ_OK) {
        return false;
    }
    here.learned = NULL;
    here.course = NULL;
    match->matched = match_so_far(plan->digits, &visible, digits, &match->plan, "", could);
    (void)match_so_far(plan->alternates, &visible, digits, &alternate, "alternate number ", could);
    number_match_judge(plan, &visible, &here, caller->spaces, digits, match);
    dialled->longer = match->plan.longer_possible || alternate.longer_possible;
    dialled->beyond = learned_numbers_visible(&visible);
    visible_partitions_free(&visible);
    return true;
}

static enum dialling_state state_after(const struct dial_plan *plan,
                                       const struct number_caller *caller, const char *digits) {
    struct dialled dialled;
    const struct number_match *match = &dialled.match;
    if (!dialling_look(plan, caller, digits, &dialled, NULL)) {
        return DIALLING_COMPLETE;
    }
    const bool open = match->counts == COUNTS_NOTHING ? dialled.longer || dialled.beyond
                      : match->matched && match->plan.entry->urgent ? false
                                                                    : dialled.longer;
    return open ? DIALLING_GOES_ON : DIALLING_COMPLETE;
}

/* Whether patterns can go on with a # behind these digits. */
static bool takes_hash(const struct dial_plan *plan, const struct number_caller *caller,
                       const char *digits) {
    struct dialled dialled;
    char longer[DIGITS_MAX + 1];
    (void)snprintf(longer, sizeof longer, "%s#", digits);
    return dialling_look(plan, caller, longer, &dialled, NULL) &&
           (dialled.match.counts != COUNTS_NOTHING || dialled.longer);
}

static bool append(struct dialling *dialling, char key) {
    const size_t length = strlen(dialling->digits);
    if (length + 1 >= sizeof dialling->digits) {
        return false;
    }
    dialling->digits[length] = key;
    dialling->digits[length + 1] = '\0';
    return true;
}

enum dialling_state dialling_begin(const struct dial_plan *plan, const struct number_caller *caller,
                                   const char *digits, struct dialling *dialling) {
    dialling->code = false;
    (void)snprintf(dialling->digits, sizeof dialling->digits, "%s", digits);
    return state_after(plan, caller, dialling->digits);
}

bool dialling_begin_code(const char *digits, struct dialling *dialling) {
    dialling->code = true;
    (void)snprintf(dialling->digits, sizeof dialling->digits, "%s", digits);
    return append(dialling, '#');
}

enum dialling_state dialling_key(const struct dial_plan *plan, const struct number_caller *caller,
                                 struct dialling *dialling, char key) {
    if (key == '#' && (dialling->code || !takes_hash(plan, caller, dialling->digits))) {
        return DIALLING_HASH;
    }
    if (!append(dialling, key)) {
        return DIALLING_FULL;
    }
    return dialling->code ? DIALLING_GOES_ON : state_after(plan, caller, dialling->digits);
}
