/* Statistics of media as phones send them: what comes out are numbers of 31 bits and printable
 * text. */
#include "plugins/callmanager/sip/media_statistics.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct sip_message message;
    struct media_statistics statistics;
    char *copy = malloc(size + 1); /* of its own, so that ends are seen */
    if (copy == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(copy, data, size);
    }
    memset(message.first, -1, sizeof message.first);
    message.headers[0].value = (struct sip_text){copy, size};
    message.first[SIP_RTP_RX_STAT] = message.first[SIP_RTP_TX_STAT] =
        message.first[SIP_P_RTP_STAT] = 0;
    (void)media_statistics_read(&message, &statistics);
    const int64_t numbers[] = {statistics.packets_sent,     statistics.octets_sent,
                               statistics.packets_received, statistics.octets_received,
                               statistics.packets_lost,     statistics.jitter_ms,
                               statistics.latency_ms,       statistics.duration_s};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (numbers[i] < 0 || numbers[i] > INT32_MAX) {
            abort();
        }
    }
    for (const char *at = statistics.metrics; *at != '\0'; at++) {
        if (*at < ' ' || *at > '~') {
            abort();
        }
    }
    free(copy);
    return 0;
}
