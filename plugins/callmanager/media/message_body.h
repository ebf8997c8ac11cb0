/* The body of a message on its way from one party to the other: session descriptions in it are
 * fitted into the region's limits, a place in it (PIDF-LO) stays behind, since it goes only where
 * it is meant to. Unknown parts are passed on. Pure.
 */
#ifndef CALLMANAGER_MESSAGE_BODY_H
#define CALLMANAGER_MESSAGE_BODY_H

#include "media/sdp_direction.h"
#include "media/sdp_region.h"
#include "sip/multipart.h"

#define MEDIA_SDP "application/sdp"
#define MEDIA_PIDF "application/pidf+xml"

struct message_body {
    struct sip_text type, content;
};

/* What is done with the session descriptions in it. */
struct message_body_rules {
    const struct sdp_limits *limits; /* NULL: none */
    bool no_keys;                    /* keys of media stay behind (sdp_keys) */
    bool plain_allowed;
    bool one_way; /* no more than `direction` is said of the streams */
    enum sdp_direction direction;
};

/* `rules` NULL: none. `result` points into the body itself or into what was written. SDP_NO_AUDIO,
 * SDP_KEYS_MUST_GO and SDP_UNREADABLE: it may not go. */
enum sdp_verdict message_body_fit(const struct message_body_rules *rules, struct message_body body,
                                  struct sip_writer *out, struct message_body *result,
                                  struct sdp_report *report);

/* The first session description in a body; empty when there is none. */
struct sip_text message_body_description(struct message_body body);

#endif
