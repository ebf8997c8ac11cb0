/* Shares of the loop by source. Reads registrations and, for sources beyond their share, the
 * trunks. */
#include "source_limit.h"
#include "calls/trunk.h"
#include "core/refusals.h"
#include "phones/registration_table.h"

#include <stdlib.h>

enum {
    SOURCES = 16384,
    SOURCE_BURST = 2000,  /* messages at once */
    SOURCE_RATE = 500,    /* messages a second after that */
    OTHERS_BURST = 60000, /* a site of that many phones boots */
    OTHERS_RATE = 20000,  /* of all addresses without phones together */
    MANY_PHONES = 50,     /* behind one address */
    VERDICTS = 256,
    VERDICT_MS = 1000,
};

/* What was found of a source beyond its share. */
struct source_verdict {
    uint64_t source, until_ms;
    bool exempt;
};

bool source_limit_open(struct call_manager *manager) {
    manager->source_verdicts = calloc(VERDICTS, sizeof *manager->source_verdicts);
    return manager->source_verdicts != NULL &&
           rate_limit_init(&manager->sources, SOURCES, SOURCE_BURST, 1000.0 / SOURCE_RATE) &&
           rate_limit_init(&manager->other_sources, 8, OTHERS_BURST, 1000.0 / OTHERS_RATE);
}

void source_limit_close(struct call_manager *manager) {
    free(manager->source_verdicts);
    rate_limit_free(&manager->sources);
    rate_limit_free(&manager->other_sources);
}

static bool is_exempt(struct call_manager *manager, uint64_t source, const struct sip_flow *flow,
                      uint64_t now_ms) {
    struct source_verdict *verdict = &manager->source_verdicts[source % VERDICTS];
    if (verdict->source != source || verdict->until_ms <= now_ms) {
        verdict->source = source;
        verdict->until_ms = now_ms + VERDICT_MS;
        verdict->exempt =
            registration_host_has(manager->registrations, &flow->remote, MANY_PHONES) ||
            trunk_is_known(manager, &flow->remote);
    }
    return verdict->exempt;
}

bool source_limit_allows(struct call_manager *manager, const struct sip_flow *flow) {
    const uint64_t source = refusals_source(flow), now_ms = sj_monotonic_ms(manager->scope);
    const bool allowed = (rate_limit_take(&manager->sources, source, now_ms, NULL) ||
                          is_exempt(manager, source, flow, now_ms)) &&
                         (registration_host_has(manager->registrations, &flow->remote, 1) ||
                          rate_limit_take(&manager->other_sources, 1, now_ms, NULL) ||
                          is_exempt(manager, source, flow, now_ms));
    if (!allowed) {
        (void)refusals_note(manager, REFUSED_FLOOD, flow,
                            "dropping messages: more than one source may send");
    }
    return allowed;
}
