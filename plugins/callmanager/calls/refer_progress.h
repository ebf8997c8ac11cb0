/* What whoever has sent a REFER is told of it: NOTIFYs with a message/sipfrag body, within the
 * dialog of the REFER, whose implicit subscription they belong to (RFC 3515). */
#ifndef CALLMANAGER_REFER_PROGRESS_H
#define CALLMANAGER_REFER_PROGRESS_H

#include "calls/call.h"

struct refer_progress {
    struct call_leg *leg; /* NULL: nobody is told (any more) */
    uint32_t id;          /* CSeq of the REFER; 0 for the first one within the dialog */
    int last;             /* status told last */
};

/* Tells a status, unless it was told last. A final one ends the subscription. */
void refer_progress_tell(struct refer_progress *progress, int status);
/* Ends the subscription with what was told last: nothing more will be told. */
void refer_progress_end(struct refer_progress *progress);

#endif
