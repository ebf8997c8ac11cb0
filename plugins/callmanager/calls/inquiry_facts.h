/* What an inquiry has asked other clusters about: a call asks at each number by which it comes, and
 * so an inquiry is run again with each answer until it lacks nothing. */
#ifndef CALLMANAGER_INQUIRY_FACTS_H
#define CALLMANAGER_INQUIRY_FACTS_H

#include "calls/call_analysis.h"

struct inquiry_fact {
    char dialled[CALL_DIALLED];
    struct learned_fact fact;
};

typedef void inquiry_asked_fn(void *user);

enum { INQUIRY_FACTS_MAX = 200 }; /* of what comes behind nothing is known */

/* Zeroed: nothing was asked yet. */
struct inquiry_facts {
    struct inquiry_fact list[INQUIRY_FACTS_MAX];
    size_t count;
    char asked[CALL_DIALLED]; /* under way */
    inquiry_asked_fn *done;
    void *user;
};

/* NULL: not asked yet. */
const struct learned_fact *inquiry_facts_find(const struct inquiry_facts *facts,
                                              const char *dialled);
/* Asks. True: `done` runs once, later, unless the scope closes before. False: nobody can be asked,
 * which is known now. */
bool inquiry_facts_ask(struct inquiry_facts *facts, sj_scope *scope, const char *dialled,
                       inquiry_asked_fn *done, void *user);

#endif
