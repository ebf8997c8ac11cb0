/* Reads RSeq and RAck. */
#include "sip/reliable_response.h"
#include "sip/header_values.h"

/* Takes the text up to the next blank off. */
static struct sip_text next_word(struct sip_text *rest) {
    struct sip_text word = {rest->at, 0};
    while (word.length < rest->length && !sip_is_space(word.at[word.length])) {
        word.length++;
    }
    rest->at += word.length;
    rest->length -= word.length;
    *rest = sip_text_trim(*rest);
    return word;
}

static bool read_number(struct sip_text text, uint32_t *number) {
    uint64_t value = 0;
    const bool readable = sip_text_number(text, UINT32_MAX, &value);
    *number = (uint32_t)value;
    return readable;
}

bool reliable_response_read(const struct sip_message *response, uint32_t *rseq) {
    return !response->request && response->status > 100 && response->status < 200 &&
           sip_values_have(response, SIP_REQUIRE, "100rel") &&
           read_number(sip_message_header(response, SIP_RSEQ), rseq) && *rseq > 0;
}

bool response_ack_read(const struct sip_message *prack, struct response_ack *ack) {
    struct sip_text rest = sip_message_header(prack, SIP_RACK);
    const bool readable =
        read_number(next_word(&rest), &ack->rseq) && read_number(next_word(&rest), &ack->cseq);
    ack->method = next_word(&rest);
    return readable && ack->method.length > 0 && rest.length == 0;
}

bool reliable_responses_supported(const struct sip_message *invite) {
    return sip_values_have(invite, SIP_SUPPORTED, "100rel") || reliable_responses_required(invite);
}

bool reliable_responses_required(const struct sip_message *invite) {
    return sip_values_have(invite, SIP_REQUIRE, "100rel");
}
