/* Writes the NOTIFYs. Whether they arrive changes nothing: a transfer does not depend on the phone
 * that asked for it. */
#include "calls/refer_progress.h"
#include "calls/call_leg.h"

#include <stdio.h>

enum { LASTS_S = 180 };

static void notify(struct refer_progress *progress, int status, bool last) {
    struct call_leg *leg = progress->leg;
    struct sip_writer writer = call_manager_writer(leg->manager);
    char branch[32], fragment[100];
    progress->last = status;
    call_leg_put_request(leg, &writer, "NOTIFY", ++leg->local_cseq, branch);
    sip_put(&writer, "Max-Forwards: 70\r\nEvent: refer");
    if (progress->id > 0) {
        sip_put(&writer, ";id=");
        sip_put_number(&writer, progress->id);
    }
    sip_put(&writer, "\r\nSubscription-State: ");
    if (last) {
        sip_put(&writer, "terminated;reason=noresource\r\n");
        progress->leg = NULL;
    } else {
        sip_put(&writer, "active;expires=");
        sip_put_number(&writer, LASTS_S);
        sip_put(&writer, "\r\n");
    }
    (void)snprintf(fragment, sizeof fragment, "SIP/2.0 %d %s\r\n", status,
                   sip_reason_phrase(status));
    sip_put_body(&writer, sip_text_of("message/sipfrag;version=2.0"), sip_text_of(fragment));
    if (!writer.overflow) {
        (void)sip_client_begin_timed(&leg->manager->transactions, call_leg_timers(leg, false),
                                     SIP_NOTIFY, branch, &leg->flow, writer.data, writer.used, NULL,
                                     NULL);
    }
}

void refer_progress_tell(struct refer_progress *progress, int status) {
    if (progress->leg != NULL && status != progress->last) {
        notify(progress, status, status >= 200);
    }
}

void refer_progress_end(struct refer_progress *progress) {
    if (progress->leg != NULL) {
        notify(progress, progress->last, true);
    }
}
