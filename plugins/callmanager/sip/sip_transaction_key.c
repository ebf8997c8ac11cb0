/* By what transactions are found (RFC 3261 17.1.3, 17.2.3). Pure. */
#include "sip/header_values.h"
#include "sip/sip_address.h"
#include "sip/sip_transaction_state.h"
#include "sip/sip_writer.h"

#include <sojourn/base/hash.h>

static size_t key_add(char *key, size_t used, struct sip_text text) {
    if (used + text.length + 1 > TRANSACTION_KEY_MAX) {
        return TRANSACTION_KEY_MAX + 1;
    }
    if (text.length > 0) {
        memcpy(key + used, text.at, text.length);
    }
    key[used + text.length] = '\n';
    return used + text.length + 1;
}

size_t transaction_server_key(const struct sip_message *request, struct sip_text method,
                              char key[TRANSACTION_KEY_MAX]) {
    struct sip_via via;
    size_t used = 1;
    char port[8];
    key[0] = 's';
    if (!sip_via_parse(sip_message_header(request, SIP_VIA), &via)) {
        return 0;
    }
    used = key_add(key, used, method);
    if (via.branch.length > 7 && strncasecmp(via.branch.at, "z9hG4bK", 7) == 0) {
        struct sip_writer writer;
        sip_writer_init(&writer, port, sizeof port);
        sip_put_number(&writer, (uint64_t)via.port);
        const struct sip_text port_text = {port, writer.used};
        used = used > TRANSACTION_KEY_MAX ? used : key_add(key, used, via.branch);
        used = used > TRANSACTION_KEY_MAX ? used : key_add(key, used, via.host);
        used = used > TRANSACTION_KEY_MAX ? used : key_add(key, used, port_text);
    } else { /* a peer of RFC 2543: what identifies the request must do */
        struct sip_text tag = {"", 0};
        struct sip_text cseq = sip_message_header(request, SIP_CSEQ);
        for (size_t i = 0; i < cseq.length; i++) {
            if (sip_is_space(cseq.at[i])) {
                cseq.length = i;
            }
        }
        (void)sip_tag(request, SIP_FROM, &tag);
        used = used > TRANSACTION_KEY_MAX
                   ? used
                   : key_add(key, used, sip_message_header(request, SIP_CALL_ID));
        used = used > TRANSACTION_KEY_MAX ? used : key_add(key, used, cseq);
        used = used > TRANSACTION_KEY_MAX ? used : key_add(key, used, tag);
        used = used > TRANSACTION_KEY_MAX ? used : key_add(key, used, via.host);
    }
    return used > TRANSACTION_KEY_MAX ? 0 : used;
}

static size_t client_key(struct sip_text branch, struct sip_text method,
                         char key[TRANSACTION_KEY_MAX]) {
    size_t used;
    key[0] = 'c';
    used = key_add(key, 1, branch);
    used = used > TRANSACTION_KEY_MAX ? used : key_add(key, used, method);
    return used > TRANSACTION_KEY_MAX ? 0 : used;
}

size_t transaction_client_key(struct sip_text branch, enum sip_method method,
                              char key[TRANSACTION_KEY_MAX]) {
    return client_key(branch, sip_text_of(sip_method_text(method)), key);
}

size_t transaction_quoted_key(const char *data, size_t length, char key[TRANSACTION_KEY_MAX]) {
    static const char name[] = "\r\nVia: ";
    const char *space = length == 0 ? NULL : memchr(data, ' ', length);
    const char *line = space == NULL ? NULL : memmem(data, length, name, sizeof name - 1);
    const char *end;
    struct sip_via via;
    if (line == NULL) {
        return 0;
    }
    line += sizeof name - 1;
    end = memmem(line, length - (size_t)(line - data), "\r\n", 2);
    if (end == NULL || !sip_via_parse((struct sip_text){line, (size_t)(end - line)}, &via)) {
        return 0;
    }
    return client_key(via.branch, (struct sip_text){data, (size_t)(space - data)}, key);
}

uint64_t transaction_request_identity(const struct sip_message *request) {
    struct sip_text tag = {"", 0};
    char key[TRANSACTION_KEY_MAX];
    size_t used = 0;
    if (sip_is_within_dialog(request)) {
        return 0;
    }
    (void)sip_tag(request, SIP_FROM, &tag);
    used = key_add(key, used, tag);
    used = used > TRANSACTION_KEY_MAX ? used
                                      : key_add(key, used, sip_message_header(request, SIP_CSEQ));
    used = used > TRANSACTION_KEY_MAX
               ? used
               : key_add(key, used, sip_message_header(request, SIP_CALL_ID));
    return used > TRANSACTION_KEY_MAX ? 0 : sj_hash_keyed(key, used);
}
