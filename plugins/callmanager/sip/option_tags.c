/* Reads Require. */
#include "sip/option_tags.h"

static bool is_supported(struct sip_text tag) {
    return sip_text_is_nocase(tag, "norefersub");
}

/* Takes the next tag out of a list; false at its end. */
static bool next_tag(struct sip_text *rest, struct sip_text *tag) {
    struct sip_text found = {rest->at, 0};
    if (rest->length == 0) {
        return false;
    }
    while (found.length < rest->length && rest->at[found.length] != ',') {
        found.length++;
    }
    const size_t taken = found.length < rest->length ? found.length + 1 : found.length;
    rest->at += taken;
    rest->length -= taken;
    *tag = sip_text_trim(found);
    return true;
}

/* The tags that are not supported: how many there are, and into the writer when there is one. */
static size_t unsupported(const struct sip_message *request, struct sip_writer *writer) {
    size_t count = 0;
    for (size_t i = 0; i < request->count; i++) {
        struct sip_text rest = request->headers[i].value, tag;
        while (request->headers[i].name == SIP_REQUIRE && next_tag(&rest, &tag)) {
            if (tag.length > 0 && !is_supported(tag)) {
                if (writer != NULL) {
                    sip_put(writer, count == 0 ? "" : ", ");
                    sip_put_value(writer, tag);
                }
                count++;
            }
        }
    }
    return count;
}

bool sip_requires_unsupported(const struct sip_message *request) {
    return request->first[SIP_REQUIRE] >= 0 && unsupported(request, NULL) > 0;
}

void sip_put_unsupported(struct sip_writer *writer, const struct sip_message *request) {
    sip_put(writer, "Unsupported: ");
    (void)unsupported(request, writer);
    sip_put(writer, "\r\n");
}
