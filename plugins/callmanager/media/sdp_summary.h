/* A session description in a few words, for those who look at calls: "PCMU, G729 at
 * 192.0.2.1:4000, video, SRTP, held". Pure, without allocation. */
#ifndef CALLMANAGER_SDP_SUMMARY_H
#define CALLMANAGER_SDP_SUMMARY_H

#include "media/sdp.h"

enum { SDP_SUMMARY = 160 };

void sdp_summary(const struct sdp *description, char text[SDP_SUMMARY]);

#endif
