/* Asks ils.lookup for an inquiry, and keeps what it has answered. */
#include "calls/inquiry_facts.h"

#include <stdio.h>
#include <string.h>

const struct learned_fact *inquiry_facts_find(const struct inquiry_facts *facts,
                                              const char *dialled) {
    static const struct learned_fact nothing = {.partition = ""};
    for (size_t i = 0; i < facts->count; i++) {
        if (strcmp(facts->list[i].dialled, dialled) == 0) {
            return &facts->list[i].fact;
        }
    }
    return facts->count == INQUIRY_FACTS_MAX ? &nothing : NULL;
}

static void note(struct inquiry_facts *facts, const char *dialled,
                 const struct learned_fact *fact) {
    if (facts->count < INQUIRY_FACTS_MAX) {
        struct inquiry_fact *entry = &facts->list[facts->count++];
        (void)snprintf(entry->dialled, sizeof entry->dialled, "%s", dialled);
        entry->fact = *fact;
    }
}

static void heard(void *user, int status, const sj_error *error, const sj_ils_lookup_reply *reply) {
    struct inquiry_facts *facts = user;
    const struct learned_fact fact = call_fact_of(status == SJ_OK ? reply : NULL);
    (void)error;
    note(facts, facts->asked, &fact);
    facts->done(facts->user);
}

bool inquiry_facts_ask(struct inquiry_facts *facts, sj_scope *scope, const char *dialled,
                       inquiry_asked_fn *done, void *user) {
    const struct learned_fact nothing = call_fact_of(NULL);
    const sj_ils_lookup request = {.dialled = dialled};
    facts->done = done;
    facts->user = user;
    (void)snprintf(facts->asked, sizeof facts->asked, "%s", dialled);
    if (sj_ask_ils_lookup(scope, &request, CALL_LOOKUP_MS, heard, facts, NULL) == SJ_OK) {
        return true;
    }
    note(facts, dialled, &nothing);
    return false;
}
