/* Reads Require. */
#include "sip/option_tags.h"
#include "sip/header_values.h"

static const char *const supported[] = {"join", "norefersub", "replaces", "timer"};
enum { SUPPORTED = sizeof supported / sizeof supported[0] };

void sip_put_supported(struct sip_writer *writer) {
    sip_put(writer, "Supported: ");
    for (size_t i = 0; i < SUPPORTED; i++) {
        sip_put(writer, i == 0 ? "" : ", ");
        sip_put(writer, supported[i]);
    }
    sip_put(writer, "\r\n");
}

/* Reliable provisional responses are those to an INVITE; whether they are sent to whoever has sent
 * it is its SIP profile's to say. */
static bool is_supported(struct sip_text tag, enum sip_method method) {
    if (method == SIP_INVITE && sip_text_is_nocase(tag, "100rel")) {
        return true;
    }
    for (size_t i = 0; i < SUPPORTED; i++) {
        if (sip_text_is_nocase(tag, supported[i])) {
            return true;
        }
    }
    return false;
}

/* The next tag that is not supported; false after the last one. */
static bool next_unsupported(struct sip_values *tags, struct sip_text *tag) {
    while (sip_values_next(tags, tag)) {
        if (!is_supported(*tag, tags->message->method)) {
            return true;
        }
    }
    return false;
}

bool sip_requires_unsupported(const struct sip_message *request) {
    struct sip_values tags = sip_values_of(request, SIP_REQUIRE);
    struct sip_text tag;
    return next_unsupported(&tags, &tag);
}

void sip_put_unsupported(struct sip_writer *writer, const struct sip_message *request) {
    struct sip_values tags = sip_values_of(request, SIP_REQUIRE);
    struct sip_text tag;
    for (const char *between = "Unsupported: "; next_unsupported(&tags, &tag); between = ", ") {
        sip_put(writer, between);
        sip_put_value(writer, tag);
    }
    sip_put(writer, "\r\n");
}
