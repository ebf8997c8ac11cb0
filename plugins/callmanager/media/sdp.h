/* Cuts a session description (RFC 8866) into its lines and streams, without copying and without
 * allocating. Lenient: lines it does not know, other line ends and a missing version are left as
 * they are. Pure. */
#ifndef CALLMANAGER_SDP_H
#define CALLMANAGER_SDP_H

#include "sip/sip_text.h"

enum { SDP_STREAMS_MAX = 32 };

struct sdp_line {
    char type;             /* 'm'; 0 for what has not the form of a line */
    struct sip_text value; /* behind the '=', without the line's end */
    struct sip_text whole; /* with it */
};

struct sdp_stream {
    struct sip_text lines; /* from its m= line to before the next one */
    struct sip_text media, protocol, formats;
    bool active; /* its port is not 0, or stands with the bundle's (RFC 8843) */
    bool rtp;
};

struct sdp {
    struct sip_text session; /* what stands before the first stream */
    struct sdp_stream streams[SDP_STREAMS_MAX];
    size_t count;
};

/* Takes the next line off `rest`; false at the end. */
bool sdp_next_line(struct sip_text *rest, struct sdp_line *line);
/* Takes the next word off `rest`; false when none is left. */
bool sdp_next_word(struct sip_text *rest, struct sip_text *word);
/* "rtpmap:18 G729/8000" of name "rtpmap": 18 and "G729/8000". False when the line is another one,
 * or its number is no payload type (0 to 127). */
bool sdp_format_attribute(const struct sdp_line *line, const char *name, unsigned *payload_type,
                          struct sip_text *value);

enum { SDP_PAYLOAD_TYPES = 128 };

/* What a stream says of its formats, by payload type; nothing where it says nothing. */
struct sdp_formats {
    struct sip_text encodings[SDP_PAYLOAD_TYPES];  /* of rtpmap */
    struct sip_text parameters[SDP_PAYLOAD_TYPES]; /* of fmtp */
};
void sdp_formats_read(const struct sdp_stream *stream, struct sdp_formats *formats);

/* The attribute of a stream that uses the port of its bundle. */
bool sdp_is_bundle_only(const struct sdp_line *line);

/* False when there are more streams than a call can have. A text without streams has count 0. */
bool sdp_parse(struct sip_text text, struct sdp *result);
/* The same for those who only look: without streams when it cannot be cut. Returns `result`. */
const struct sdp *sdp_read(struct sip_text text, struct sdp *result);
/* Why a text that this node is given to send is no session description (RFC 8866), in words; NULL:
 * it is one. */
const char *sdp_fault(struct sip_text text);

#endif
