/* How much bandwidth a call takes from the three pools, from its bit rates: the table of the
 * field's design guide as a rule. Pure. */
#ifndef LBM_BANDWIDTH_H
#define LBM_BANDWIDTH_H

#include <stdbool.h>
#include <stdint.h>

enum lbm_class { LBM_AUDIO, LBM_VIDEO, LBM_IMMERSIVE, LBM_CLASSES };

extern const char *const lbm_class_words[LBM_CLASSES];

/* What a call sends, in kbps. */
struct lbm_media {
    int64_t audio_bit_rate; /* of the codec, without headers; 0: no audio */
    int64_t video_bit_rate; /* of the call with its audio, as "a call of 384 kbps"; 0: no video */
    bool immersive;         /* its video is charged to the immersive pool */
};

/* `deduct`: the audio of a video call is charged to the audio pool; otherwise the whole call is
 * charged to the video pool. Audio counts with 16 kbps for its headers, video by its payload. */
void lbm_bandwidth(const struct lbm_media *media, bool deduct, int64_t kbps[LBM_CLASSES]);

#endif
