/* Cuts a session description (RFC 8866) into its lines and streams, without copying and without allocating. Lenient: lines it
 * does not know, other line ends and a missing version are left as they are. Pure. */
#ifndef CALLMANAGER_SDP_H
#define CALLMANAGER_SDP_H

#include "sip/sip_text.h"

enum { SDP_STREAMS_MAX = 32 };

typedef struct sdp_line {
    char type;      /* 'm'; 0 for what has not the form of a line */
    sip_text value; /* behind the '=', without the line's end */
    sip_text whole; /* with it */
} sdp_line;

typedef struct sdp_stream {
    sip_text lines; /* from its m= line to before the next one */
    sip_text media, protocol, formats;
    bool active; /* its port is not 0, or stands with the bundle's (RFC 8843) */
    bool rtp;
} sdp_stream;

typedef struct sdp {
    sip_text session; /* what stands before the first stream */
    sdp_stream streams[SDP_STREAMS_MAX];
    size_t count;
} sdp;

/* Takes the next line off `rest`; false at the end. */
bool sdp_next_line(sip_text *rest, sdp_line *line);
/* Takes the next word off `rest`; false when none is left. */
bool sdp_next_word(sip_text *rest, sip_text *word);
/* "rtpmap:18 G729/8000" of name "rtpmap": 18 and "G729/8000". False when the line is another one, or its number is no payload
 * type (0 to 127). */
bool sdp_format_attribute(const sdp_line *line, const char *name, unsigned *payload_type, sip_text *value);

/* The attribute of a stream that uses the port of its bundle. */
bool sdp_is_bundle_only(const sdp_line *line);

/* False when there are more streams than a call can have. A text without streams has count 0. */
bool sdp_parse(sip_text text, sdp *result);

#endif
