/* Reads Require. */
#include "sip/option_tags.h"
#include "sip/header_values.h"

static const char *const supported[] = {"norefersub", "replaces", "timer"};
enum { SUPPORTED = sizeof supported / sizeof supported[0] };

void sip_put_supported(struct sip_writer *writer) {
    sip_put(writer, "Supported: ");
    for (size_t i = 0; i < SUPPORTED; i++) {
        sip_put(writer, i == 0 ? "" : ", ");
        sip_put(writer, supported[i]);
    }
    sip_put(writer, "\r\n");
}

static bool is_supported(struct sip_text tag) {
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
        if (!is_supported(*tag)) {
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
