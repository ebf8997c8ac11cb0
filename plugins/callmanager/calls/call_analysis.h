/* What was dialled, and where that leads. What other clusters have advertised is asked of the
 * Intercluster Lookup Service, which takes a turn of the loop; the caller is found again then.
 * Without that service nothing is learned, and all else is as before. */
#ifndef CALLMANAGER_CALL_ANALYSIS_H
#define CALLMANAGER_CALL_ANALYSIS_H

#include "calls/kept_origin.h"
#include "dial_plan/uri_routing.h"
#include "events/ils.h"

struct call_destination {
    char digits[DIGITS_MAX];         /* a number; of a URI what stands before the @ */
    char host[DIRECTORY_URI];        /* what stands behind it; "" for a number */
    char route_string[ROUTE_STRING]; /* by which another cluster has routed it; "" */
    bool own;                        /* nothing that was learned counts */
    bool sips;                       /* its URI asks for TLS all the way */
};

/* What has been heard of other clusters; zeros: nobody was asked yet. */
struct call_facts {
    struct learned_numbers numbers;
    struct learned_fact uri;
    bool uri_asked;
};

/* Digit analysis, or that of the URI. `facts` NULL: nothing counts that was learned. SJ_OK with an
 * outcome, which may be NUMBER_UNASKED, or SJ_E_NO_MEMORY. */
int call_analyse(struct call_manager *manager, const struct call_origin *origin,
                 const struct call_destination *destination, const struct call_facts *facts,
                 struct number_route *route);

enum { CALL_DIALLED = DIGITS_MAX + DIRECTORY_URI + 1, CALL_LOOKUP_MS = 1000 };

/* What the analysis lacks that ended with NUMBER_UNASKED: a number, or USER@HOST. */
void call_lacks(const struct call_destination *destination, const struct number_route *route,
                char dialled[CALL_DIALLED]);
/* Notes what was heard of that; false: there is too much, nothing that was learned counts then. */
bool call_facts_add(struct call_facts *facts, const struct call_destination *destination,
                    const struct number_route *route, const struct learned_fact *fact);
/* What a look-up has answered; NULL: it could not. */
struct learned_fact call_fact_of(const sj_ils_lookup_reply *reply);

struct call_question;
/* `origin` NULL: the caller's phone is no longer there. With these facts the outcome is another
 * than NUMBER_UNASKED; NULL: nothing could be asked. Both are valid until it returns. */
typedef void call_asked_fn(void *user, const struct call_origin *origin,
                           const struct call_facts *facts);

/* Asks for what the analysis of the destination lacks. `done` runs once, later; unless the scope
 * closes before, or *under_way, which the question is as long as it is open, is cancelled. False:
 * no memory. */
bool call_ask(struct call_manager *manager, sj_scope *scope, const struct call_origin *origin,
              const struct call_destination *destination, struct call_question **under_way,
              call_asked_fn *done, void *user);
void call_ask_cancel(struct call_question **under_way);

#endif
