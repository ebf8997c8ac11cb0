/* How often digest credentials may be guessed: for each source, and for each credential as the
 * enterprise parameters Failed Logon and Lockout Duration say for PINs and passwords. A phone is
 * not locked out by strangers who use its name: where it is registered only its own wrong answers
 * count, and a source that has given no wrong answer yet may always give one. */
#ifndef CALLMANAGER_GUESS_LIMIT_H
#define CALLMANAGER_GUESS_LIMIT_H

#include "core/call_manager.h"
#include "phones/registration_table.h"

struct guess {
    uint64_t source, credential, pair; /* keys */
    bool registered_there;             /* it comes over the flow where that phone is registered */
    bool registered_host;              /* or from its host */
};

bool guess_limit_open(struct call_manager *manager);
void guess_limit_close(struct call_manager *manager);

/* `secret`: what is stored, "" for none: a new one begins anew. `registered` may be NULL. */
struct guess guess_of(struct sip_text user, const char *secret, const struct sip_flow *flow,
                      const struct registration *registered);
/* Before anything is looked up. */
bool guess_limit_allows_source(struct call_manager *manager, const struct sip_flow *flow);
bool guess_limit_allows(struct call_manager *manager, const struct guess *guess);
/* It was wrong. */
void guess_limit_wrong(struct call_manager *manager, const struct guess *guess);
/* Metric, log line and event; limited: it was not even looked at. */
void guess_limit_note(struct call_manager *manager, const struct sip_message *request,
                      const struct sip_flow *flow, struct sip_text user, bool limited);

#endif
