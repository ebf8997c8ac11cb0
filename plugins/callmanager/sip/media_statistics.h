/* What a phone says of the media it has sent and received: RTP-RxStat and RTP-TxStat of Cisco's
 * phones, P-RTP-Stat of others. Pure. */
#ifndef CALLMANAGER_MEDIA_STATISTICS_H
#define CALLMANAGER_MEDIA_STATISTICS_H

#include "sip/sip_message.h"

enum { VOICE_QUALITY_METRICS = 601 };

/* What is not said, or is no number that can be, is 0. */
struct media_statistics {
    int64_t packets_sent, octets_sent, packets_received, octets_received, packets_lost;
    int64_t jitter_ms, latency_ms, duration_s;
    char metrics[VOICE_QUALITY_METRICS]; /* of the voice quality, as the phone writes them; or "" */
};

/* False: the message says nothing of media. */
bool media_statistics_read(const struct sip_message *message, struct media_statistics *statistics);

#endif
