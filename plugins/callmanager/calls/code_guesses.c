/* Counts wrong codes, and says so in the log and the metrics. */
#include "calls/code_guesses.h"
#include "core/refusals.h"

#include <sojourn/base/hash.h>

enum { CALLERS = 4096, BURST = 10, INTERVAL_MS = 6000 };

bool code_guesses_open(struct call_manager *manager) {
    return rate_limit_init(&manager->wrong_codes, CALLERS, BURST, INTERVAL_MS);
}

void code_guesses_close(struct call_manager *manager) {
    rate_limit_free(&manager->wrong_codes);
}

bool code_guesses_allow(const struct call *call) {
    struct call_manager *manager = call->manager;
    const struct call_leg *caller = call->caller;
    const struct code_verdict *verdict = &call->route->codes;
    const uint64_t now = sj_monotonic_ms(manager->scope);
    const uint64_t key = sj_hash_keyed_text(caller->device_name) ^
                         (caller->trunk ? sj_hash_keyed_text(call->original_calling) : 0);
    if (!verdict->asked_for || verdict->status == 484) {
        return true; /* nothing was keyed in */
    }
    if (!rate_limit_allows(&manager->wrong_codes, key, now)) {
        (void)refusals_note(manager, REFUSED_CALL, &caller->flow,
                            "%s has keyed in too many wrong codes: those to %s are not looked at",
                            caller->device_name, call->route->digits);
        return false;
    }
    if (verdict->status != 0) {
        (void)rate_limit_take(&manager->wrong_codes, key, now, NULL);
        (void)refusals_note(manager, REFUSED_CALL, &caller->flow, "%s calls %s: %s",
                            caller->device_name, call->route->digits, verdict->why);
    }
    return true;
}
