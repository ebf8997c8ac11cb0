/* The table of bandwidths. 16 kbps are the headers of 50 packets a second: 40 bytes of IP, UDP and
 * RTP each. */
#include "bandwidth.h"

enum { HEADERS_KBPS = 16 };

const char *const lbm_class_words[LBM_CLASSES] = {"audio", "video", "immersive"};

void lbm_bandwidth(const struct lbm_media *media, bool deduct, int64_t kbps[LBM_CLASSES]) {
    const enum lbm_class pictures = media->immersive ? LBM_IMMERSIVE : LBM_VIDEO;
    const int64_t audio = media->audio_bit_rate;
    kbps[LBM_AUDIO] = kbps[LBM_VIDEO] = kbps[LBM_IMMERSIVE] = 0;
    if (audio > 0 && (media->video_bit_rate == 0 || deduct)) {
        kbps[LBM_AUDIO] = audio + HEADERS_KBPS;
    }
    if (media->video_bit_rate > 0) {
        const int64_t rest = media->video_bit_rate - (deduct ? audio : 0);
        kbps[pictures] = rest > 0 ? rest : 0;
    }
}
