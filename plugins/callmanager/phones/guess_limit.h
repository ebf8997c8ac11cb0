/* How often digest credentials may be guessed: for each source, and for each credential as the enterprise parameters
 * Failed Logon and Lockout Duration say for PINs and passwords. A phone is not locked out by strangers who use its name: where
 * it is registered only its own wrong answers count, and a source that has given no wrong answer yet may always give one. */
#ifndef CALLMANAGER_GUESS_LIMIT_H
#define CALLMANAGER_GUESS_LIMIT_H

#include "core/call_manager.h"
#include "phones/registration_table.h"

typedef struct guess {
    uint64_t source, credential, pair; /* keys */
    bool registered_there;             /* it comes over the flow where that phone is registered */
    bool registered_host;              /* or from its host */
} guess;

bool guess_limit_open(call_manager *manager);
void guess_limit_close(call_manager *manager);

/* `secret`: what is stored, "" for none: a new one begins anew. `registered` may be NULL. */
guess guess_of(sip_text user, const char *secret, const sip_flow *flow, const registration *registered);
/* Before anything is looked up. */
bool guess_limit_allows_source(call_manager *manager, const sip_flow *flow);
bool guess_limit_allows(call_manager *manager, const guess *made);
/* It was wrong. */
void guess_limit_wrong(call_manager *manager, const guess *made);
/* Metric, log line and event; limited: it was not even looked at. */
void guess_limit_note(call_manager *manager, const sip_message *request, const sip_flow *flow, sip_text user, bool limited);

#endif
