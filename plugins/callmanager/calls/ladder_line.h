/* One message of a call in a few words, for those who look at it. Pure. */
#ifndef CALLMANAGER_LADDER_LINE_H
#define CALLMANAGER_LADDER_LINE_H

#include "media/sdp_summary.h"
#include "sip/sip_message.h"

struct ladder_line {
    char text[160]; /* "INVITE sip:1002@192.0.2.10", "180 Ringing" */
    char cseq[40];  /* "101 INVITE" */
    char session[SDP_SUMMARY];
    char reason[160];
};

/* Reads a message that has been scanned. */
void ladder_line_read(const struct sip_message *message, struct ladder_line *line);

#endif
