/* Which headers can be listed in a SIP profile's Headers Passed Through. The call manager is a user
 * agent towards each party: what belongs to its own dialogs, who a party is and proofs do not pass,
 * whatever profiles say. */
#include "rules/rules.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "resources/sip_profile.h"

enum { NAME_MAX_LENGTH = 60 };

#define OWN "the call manager writes its own for each party"
#define PARTY "who a party is the call manager says itself, as far as the other may know"
#define PROOF "it proves who has sent the one message"
#define BODY "it belongs to the body, which the call manager changes"

const struct sj_unpassed_header sj_unpassed_headers[] = {
    {"Accept-Resource-Priority", OWN},
    {"Allow", OWN},
    {"Allow-Events", OWN},
    {"Call-ID", OWN},
    {"Contact", OWN},
    {"CSeq", OWN},
    {"Date", OWN},
    {"Event", OWN},
    {"Expires", OWN},
    {"Flow-Timer", OWN},
    {"Geolocation", OWN},
    {"Geolocation-Error", OWN},
    {"Geolocation-Routing", OWN},
    {"Join", OWN},
    {"Max-Forwards", OWN},
    {"Min-Expires", OWN},
    {"Min-SE", OWN},
    {"P-RTP-Stat", OWN},
    {"Path", OWN},
    {"Proxy-Require", OWN},
    {"RAck", OWN},
    {"Reason", OWN},
    {"Record-Route", OWN},
    {"Refer-Sub", OWN},
    {"Refer-To", OWN},
    {"Replaces", OWN},
    {"Require", OWN},
    {"Resource-Priority", OWN},
    {"Retry-After", OWN},
    {"Route", OWN},
    {"RSeq", OWN},
    {"RTP-RxStat", OWN},
    {"RTP-TxStat", OWN},
    {"Server", OWN},
    {"Service-Route", OWN},
    {"Session-Expires", OWN},
    {"SIP-ETag", OWN},
    {"SIP-If-Match", OWN},
    {"Subscription-State", OWN},
    {"Supported", OWN},
    {"Target-Dialog", OWN},
    {"Timestamp", OWN},
    {"Unsupported", OWN},
    {"User-Agent", OWN},
    {"Via", OWN},
    {"Warning", OWN},
    {"X-cisco-*", OWN},
    {"X-Sojourn-*", OWN},
    {"Diversion", PARTY},
    {"From", PARTY},
    {"History-Info", PARTY},
    {"P-Asserted-Identity", PARTY},
    {"P-Associated-URI", PARTY},
    {"P-Called-Party-ID", PARTY},
    {"P-Preferred-Identity", PARTY},
    {"P-Served-User", PARTY},
    {"Privacy", PARTY},
    {"Referred-By", PARTY},
    {"Remote-Party-ID", PARTY},
    {"Reply-To", PARTY},
    {"To", PARTY},
    {"Authentication-Info", PROOF},
    {"Authorization", PROOF},
    {"Identity", PROOF},
    {"Identity-Info", PROOF},
    {"Proxy-Authenticate", PROOF},
    {"Proxy-Authentication-Info", PROOF},
    {"Proxy-Authorization", PROOF},
    {"Security-Client", PROOF},
    {"Security-Server", PROOF},
    {"Security-Verify", PROOF},
    {"WWW-Authenticate", PROOF},
    {"Content-*", BODY},
    {"MIME-Version", BODY},
    {NULL, NULL},
};

/* "X-cisco-*" stands for all that begin so. */
static bool is_named(const char *name, const char *pattern) {
    const size_t length = strlen(pattern);
    return pattern[length - 1] == '*' ? strncasecmp(name, pattern, length - 1) == 0
                                      : strcasecmp(name, pattern) == 0;
}

static const char *unpassed(const char *name) {
    for (const struct sj_unpassed_header *header = sj_unpassed_headers; header->name != NULL;
         header++) {
        if (is_named(name, header->name)) {
            return header->why;
        }
    }
    return NULL;
}

/* A token of RFC 3261 in its long form: compact ones have one letter. */
static bool is_header_name(const char *name) {
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~";
    const size_t length = strlen(name);
    return length > 1 && length <= NAME_MAX_LENGTH && strspn(name, allowed) == length;
}

static bool is_listed(const char *const *names, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++) {
        if (names[i] != NULL && strcasecmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

void sj_rule_headers_passed_through(const struct sj_rule_check *check, const char *const *names,
                                    size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct sj_rule_place here = {"headers_passed_through", i, NULL};
        if (names[i] == NULL) {
            continue; /* no text, which is told already */
        }
        const char *why = unpassed(names[i]);
        if (!is_header_name(names[i])) {
            sj_rule_tell(check, here,
                         "expected the name of a SIP header in its long form, such as "
                         "User-to-User, of 2 to %d characters, got \"%.100s\"",
                         (int)NAME_MAX_LENGTH, names[i]);
        } else if (why != NULL) {
            sj_rule_tell(check, here,
                         "expected a header that can pass, such as User-to-User or Subject, got "
                         "\"%s\": %s",
                         names[i], why);
        } else if (is_listed(names, i, names[i])) {
            sj_rule_tell(check, here, "expected each of them once, got \"%s\" again", names[i]);
        }
    }
}
