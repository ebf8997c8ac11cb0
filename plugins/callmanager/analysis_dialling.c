/* Dials key by key and notes what each one does; the keys of codes, which all do the same, have no
 * line. */
#include "analysis_dialling.h"

#include <stdio.h>

static const char *state_of(enum dialling_state state, bool found) {
    return state == DIALLING_GOES_ON ? found ? "waits" : "incomplete"
           : found                   ? "routes"
                                     : "nothing";
}

static void describe(enum dialling_state state, const struct dialled *dialled,
                     const struct could_match *could, char *text, size_t room) {
    const bool found = dialled->match.counts != COUNTS_NOTHING;
    const bool urgent = dialled->match.matched && dialled->match.plan.entry->urgent;
    char longer[EXAMPLES_ROOM + 80] = "";
    if (could->count > 0) {
        (void)snprintf(longer, sizeof longer, "%zu%s could match after more digits: %s",
                       could->count, could->count == COULD_MATCH_MAX ? " or more" : "",
                       could->examples);
    }
    if (state == DIALLING_HASH) {
        (void)snprintf(text, room, "# ends the number: %s",
                       found             ? "routed now"
                       : dialled->beyond ? "other clusters are asked for it"
                                         : "refused");
    } else if (state == DIALLING_GOES_ON && found) {
        (void)snprintf(text, room,
                       "waits for a digit, #, the Dial key or the phone's inter-digit timer; %s",
                       longer);
    } else if (state == DIALLING_GOES_ON) {
        (void)snprintf(
            text, room, "%s%s%s", longer, could->count > 0 && dialled->beyond ? "; " : "",
            dialled->beyond ? "it may be a number of another cluster, which is asked for "
                              "when # or the inter-digit timer ends it"
                            : "");
    } else if (state == DIALLING_FULL) {
        (void)snprintf(text, room, "there are too many digits");
    } else if (found) {
        (void)snprintf(text, room, "%s%s%s%s",
                       urgent            ? "urgent priority: routed now"
                       : dialled->beyond ? "of the dial plan here nothing longer can match: routed "
                                           "now"
                                         : "nothing longer can match: routed now",
                       could->count > 0 ? ", although " : "", longer,
                       !urgent && dialled->beyond
                           ? "; numbers of other clusters that go on otherwise are not waited for"
                           : "");
    } else {
        (void)snprintf(text, room, "nothing can match any more: refused at once");
    }
}

/* The line of a key; `state`: after it. */
static void note(const struct dial_plan *plan, const struct number_caller *caller, const char *keys,
                 enum dialling_state state, struct analysis_dialling *dialling) {
    struct dialled_texts *texts = &dialling->texts[dialling->prefix_count];
    struct could_match could = {0};
    struct dialled dialled;
    char number[DIGITS_MAX];
    memcpy(number, dialling->dialling.digits, sizeof number);
    if (!dialling_look(plan, caller, number, &dialled, &could)) {
        return;
    }
    const struct number_match *match = &dialled.match;
    const bool of_plan = match->counts == COUNTS_PLAN;
    const bool alternate = match->counts == COUNTS_ALTERNATE;
    (void)snprintf(texts->digits, sizeof texts->digits, "%.*s", (int)(dialling->left - keys), keys);
    (void)snprintf(texts->pattern, sizeof texts->pattern, "%s",
                   of_plan     ? match->plan.entry->text
                   : alternate ? number
                               : "");
    describe(state, &dialled, &could, texts->text, sizeof texts->text);
    dialling->prefixes[dialling->prefix_count++] =
        (sj_dialled_prefix){.digits = texts->digits,
                            .state = state_of(state, match->counts != COUNTS_NOTHING),
                            .pattern = texts->pattern,
                            .partition = of_plan     ? match->plan.entry->partition
                                         : alternate ? match->alternate->partition
                                                     : "",
                            .could_match = (int64_t)could.count,
                            .text = texts->text};
}

/* A part of the digits may be routed at once at another time. */
static void note_schedule(const struct dial_plan *plan, const struct call_origin *origin,
                          struct analysis_dialling *dialling) {
    const char *digits = dialling->dialling.digits;
    for (size_t i = 1; i < strlen(digits) && dialling->scheduled[0] == '\0'; i++) {
        char part[DIGITS_MAX];
        bool urgent = false;
        (void)snprintf(part, sizeof part, "%.*s", (int)i, digits);
        const char *partition = number_scheduled_partition(plan, &origin->spaces, part, &urgent);
        if (urgent) {
            (void)snprintf(dialling->scheduled, sizeof dialling->scheduled, "%s", partition);
        }
    }
}

void analysis_dial(struct call_manager *manager, const struct call_origin *origin, const char *keys,
                   struct analysis_dialling *dialling) {
    const struct number_caller caller = call_number_caller(manager, origin);
    const char first[2] = {keys[0], '\0'};
    dialling->prefix_count = 0;
    dialling->scheduled[0] = '\0';
    dialling->left = keys[0] == '\0' ? keys : keys + 1;
    enum dialling_state state = dialling_begin(&manager->plan, &caller, first, &dialling->dialling);
    note(&manager->plan, &caller, keys, state, dialling);
    while (state == DIALLING_GOES_ON && *dialling->left != '\0' &&
           dialling->prefix_count < DIGITS_MAX) {
        state = dialling_key(&manager->plan, &caller, &dialling->dialling, *dialling->left++);
        note(&manager->plan, &caller, keys, state, dialling);
    }
    dialling->open = state == DIALLING_GOES_ON;
    note_schedule(&manager->plan, origin, dialling);
}

bool analysis_dial_code(struct call_manager *manager, const struct call_origin *origin,
                        struct analysis_dialling *dialling) {
    const struct number_caller caller = call_number_caller(manager, origin);
    enum dialling_state state = DIALLING_GOES_ON;
    char number[DIGITS_MAX];
    memcpy(number, dialling->dialling.digits, sizeof number);
    if (!dialling_begin_code(number, &dialling->dialling)) {
        return false;
    }
    while (state == DIALLING_GOES_ON && *dialling->left != '\0') {
        state = dialling_key(&manager->plan, &caller, &dialling->dialling, *dialling->left++);
    }
    dialling->open = state == DIALLING_GOES_ON;
    return true;
}
