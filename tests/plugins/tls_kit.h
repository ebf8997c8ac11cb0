/* Phones that speak SIP over TLS in the test kit. */
#ifndef TLS_KIT_H
#define TLS_KIT_H

#include <sojourn/testkit.h>

#include <stdio.h>
#include <string.h>

enum { SIPS_PORT = 5061 };

/* What came to the peer last that begins with `head`, behind so many bytes; NULL when nothing did.
 */
static inline const char *newest_behind(sj_testkit_peer *peer, size_t behind, const char *head) {
    const char *at = sj_testkit_received(peer, NULL) + behind, *found = NULL;
    while ((at = strstr(at, head)) != NULL) {
        found = at++;
    }
    return found;
}

static inline const char *newest(sj_testkit_peer *peer, const char *head) {
    return newest_behind(peer, 0, head);
}

static inline void says(sj_testkit_peer *peer, const char *text) {
    sj_testkit_write(peer, text, strlen(text));
}

static inline sj_testkit_peer *registers(sj_testkit *kit, const char *address, const char *device,
                                         const char *number, const sj_testkit_tls *shows) {
    static unsigned calls;
    char text[900];
    sj_testkit_peer *peer =
        sj_testkit_connect_tls(kit, SIPS_PORT, address, 40000 + (int)++calls, shows);
    assert_non_null(peer);
    (void)snprintf(text, sizeof text,
                   "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS "
                   "%s:5061;branch=z9hG4bKr%u\r\nFrom: <sip:%s@x>;tag=r\r\nTo: "
                   "<sip:%s@127.0.0.1>\r\nCall-ID: tls-%u\r\nCSeq: 1 REGISTER\r\nContact: "
                   "<sip:%s@%s:5061;transport=tls>;+u.sip!devicename.ccm.cisco.com=\"%"
                   "s\"\r\nExpires: 120\r\nContent-Length: "
                   "0\r\n\r\n",
                   address, calls, number, number, calls, number, address, device);
    says(peer, text);
    return peer;
}

#endif
