/* Reads the phase and the parameters behind it, names in any case. */
#include "sip/subscription_state.h"

static bool read_phase(struct sip_text token, enum subscription_phase *phase) {
    static const char *const names[] = {"active", "pending", "terminated"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (sip_text_is_nocase(token, names[i])) {
            *phase = (enum subscription_phase)i;
            return true;
        }
    }
    return false;
}

static void read_reason(struct sip_text value, struct subscription_state *state) {
    static const struct {
        const char *name;
        enum subscription_retry retry;
    } known[] = {{"deactivated", RETRY_AT_ONCE}, {"timeout", RETRY_AT_ONCE},
                 {"probation", RETRY_LATER},     {"giveup", RETRY_LATER},
                 {"rejected", RETRY_SELDOM},     {"noresource", RETRY_SELDOM},
                 {"invariant", RETRY_SELDOM}};
    state->reason = "";
    state->retry = RETRY_LATER;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (sip_text_is_nocase(value, known[i].name)) {
            state->reason = known[i].name;
            state->retry = known[i].retry;
        }
    }
}

/* False: it is there, and no number. */
static bool read_seconds(struct sip_text params, const char *name, bool *said, uint32_t *seconds) {
    struct sip_text value;
    uint64_t number = 0;
    *said = sip_param(params, name, &value);
    if (*said && !sip_text_number(value, UINT32_MAX, &number)) {
        return false;
    }
    *seconds = (uint32_t)number;
    return true;
}

enum { RETRY_AFTER_MOST_S = 86400 };

bool subscription_state_read(struct sip_text value, struct subscription_state *state) {
    const struct sip_text token = sip_text_token(value);
    const struct sip_text params =
        sip_text_trim((struct sip_text){value.at + token.length, value.length - token.length});
    struct sip_text reason = {"", 0};
    bool said;
    memset(state, 0, sizeof *state);
    (void)sip_param(params, "reason", &reason);
    read_reason(reason, state);
    if (!read_phase(token, &state->phase) ||
        !read_seconds(params, "expires", &state->expires_said, &state->expires_s) ||
        !read_seconds(params, "retry-after", &said, &state->retry_after_s)) {
        return false;
    }
    if (state->retry_after_s > RETRY_AFTER_MOST_S) { /* nobody is left alone for ever */
        state->retry_after_s = RETRY_AFTER_MOST_S;
    }
    return true;
}
