/* What keys do that come one after the other. */
#ifndef CALLMANAGER_ANALYSIS_DIALLING_H
#define CALLMANAGER_ANALYSIS_DIALLING_H

#include "calls/call_routing.h"
#include "dial_plan/dialling.h"
#include "events/analysis.h"

struct analysis_dialling {
    struct dialling dialling; /* its digits are what is called */
    const char *left;         /* the keys that are still to come */
    bool open;                /* all have come, and more is waited for */
    char scheduled[64];       /* a partition that at another time ends dialling sooner; "" */
    sj_dialled_prefix prefixes[DIGITS_MAX];
    size_t prefix_count;
    struct dialled_texts {
        char digits[DIGITS_MAX], pattern[70], text[EXAMPLES_ROOM + 300];
    } texts[DIGITS_MAX];
};

/* Takes the keys until the number is complete, as calls do, with a line for each. Borrows `keys`.
 */
void analysis_dial(struct call_manager *manager, const struct call_origin *origin, const char *keys,
                   struct analysis_dialling *dialling);
/* Takes a code behind the number, to its #. False: there is no room for one. */
bool analysis_dial_code(struct call_manager *manager, const struct call_origin *origin,
                        struct analysis_dialling *dialling);

#endif
