/* What a name server has answered, as records. Pure: the wire format is read by c-ares, the times
 * to live here. */
#include "host/net/dns_reply.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/big_endian.h>
#include <sojourn/base/text.h>

enum { HEAD_BYTES = 12 };

static size_t text_room(const char *text) {
    return text == NULL ? 1 : strlen(text) + 1;
}

static const char *put_text(char **at, const char *text) {
    const size_t room = text_room(text);
    const char *put = *at;
    memcpy(*at, sj_or_empty(text), room);
    *at += room;
    return put;
}

/* Room for the records and for that much text behind them; *text is where it goes. */
static bool make_room(struct dns_records *out, size_t count, size_t bytes, char **text) {
    out->records = calloc(1, count * sizeof *out->records + bytes + 1);
    *text = (char *)(void *)(out->records + count);
    return out->records != NULL;
}

/* The lowest time to live of a reply's answers; -1 when it cannot be read. */
static int64_t lowest_ttl(const unsigned char *reply, int length) {
    const unsigned char *at = reply + HEAD_BYTES, *end = reply + length;
    int64_t lowest = -1;
    if (length < HEAD_BYTES) {
        return -1;
    }
    const unsigned questions = (unsigned)sj_big_endian_read(reply + 4, 2),
                   answers = (unsigned)sj_big_endian_read(reply + 6, 2);
    for (unsigned i = 0; i < questions + answers; i++) {
        char *name = NULL;
        long used = 0;
        const ptrdiff_t fixed = i < questions ? 4 : 10;
        if (ares_expand_name(at, reply, length, &name, &used) != ARES_SUCCESS) {
            return -1;
        }
        ares_free_string(name);
        at += used;
        if (end - at < fixed) {
            return -1;
        }
        if (i >= questions) {
            const int64_t ttl = (int64_t)sj_big_endian_read(at + 4, 4);
            lowest = lowest < 0 || ttl < lowest ? ttl : lowest;
            at += sj_big_endian_read(at + 8, 2);
        }
        at += fixed;
        if (at > end) {
            return -1;
        }
    }
    return lowest;
}

static int read_srv(const unsigned char *reply, int length, struct dns_records *out) {
    struct ares_srv_reply *first = NULL;
    size_t count = 0, bytes = 0;
    char *text;
    int status = ares_parse_srv_reply(reply, length, &first);
    if (status != ARES_SUCCESS) {
        return status;
    }
    for (const struct ares_srv_reply *one = first; one != NULL && count < SJ_DNS_RECORDS_MAX;
         one = one->next) {
        bytes += text_room(one->host);
        count++;
    }
    if (make_room(out, count, bytes, &text)) {
        for (const struct ares_srv_reply *one = first; out->count < count; one = one->next) {
            sj_dns_record *record = &out->records[out->count++];
            record->name = put_text(&text, one->host);
            record->service = record->flags = "";
            record->priority = one->priority;
            record->weight = one->weight;
            record->port = one->port;
        }
    }
    ares_free_data(first);
    return ARES_SUCCESS;
}

static int read_naptr(const unsigned char *reply, int length, struct dns_records *out) {
    struct ares_naptr_reply *first = NULL;
    size_t count = 0, bytes = 0;
    char *text;
    int status = ares_parse_naptr_reply(reply, length, &first);
    if (status != ARES_SUCCESS) {
        return status;
    }
    for (const struct ares_naptr_reply *one = first; one != NULL && count < SJ_DNS_RECORDS_MAX;
         one = one->next) {
        bytes += text_room(one->replacement) + text_room((const char *)one->service) +
                 text_room((const char *)one->flags);
        count++;
    }
    if (make_room(out, count, bytes, &text)) {
        for (const struct ares_naptr_reply *one = first; out->count < count; one = one->next) {
            sj_dns_record *record = &out->records[out->count++];
            record->name = put_text(&text, one->replacement);
            record->service = put_text(&text, (const char *)one->service);
            record->flags = put_text(&text, (const char *)one->flags);
            record->priority = one->order;
            record->weight = one->preference;
        }
    }
    ares_free_data(first);
    return ARES_SUCCESS;
}

static int outcome(int status, const struct dns_records *out) {
    if (status == ARES_SUCCESS) {
        return out->records == NULL ? SJ_E_NO_MEMORY : out->count == 0 ? SJ_E_NOT_FOUND : SJ_OK;
    }
    return status == ARES_ENODATA  ? SJ_E_NOT_FOUND
           : status == ARES_ENOMEM ? SJ_E_NO_MEMORY
                                   : SJ_E_PROTOCOL;
}

int sj_dns_reply_read(int type, const unsigned char *reply, int length, struct dns_records *out) {
    int status;
    memset(out, 0, sizeof *out);
    status = type == SJ_DNS_SRV ? read_srv(reply, length, out) : read_naptr(reply, length, out);
    out->ttl_s = lowest_ttl(reply, length);
    return outcome(status, out);
}

int sj_dns_reply_addresses(const struct ares_addrinfo *found, struct dns_records *out) {
    size_t count = 0;
    char *text;
    memset(out, 0, sizeof *out);
    out->ttl_s = -1;
    for (const struct ares_addrinfo_node *node = found->nodes;
         node != NULL && count < SJ_DNS_RECORDS_MAX; node = node->ai_next) {
        count++;
    }
    if (!make_room(out, count, 1, &text)) {
        return SJ_E_NO_MEMORY;
    }
    for (const struct ares_addrinfo_node *node = found->nodes; node != NULL && out->count < count;
         node = node->ai_next) {
        sj_dns_record *record = &out->records[out->count];
        record->name = record->service = record->flags = "";
        if (node->ai_family == AF_INET6) {
            memcpy(&record->address.v6, node->ai_addr, sizeof record->address.v6);
            record->address.v6.sin6_port = 0;
        } else if (node->ai_family == AF_INET) {
            memcpy(&record->address.v4, node->ai_addr, sizeof record->address.v4);
            record->address.v4.sin_port = 0;
        } else {
            continue;
        }
        out->count++;
        out->ttl_s = out->ttl_s < 0 || node->ai_ttl < out->ttl_s ? node->ai_ttl : out->ttl_s;
    }
    return out->count == 0 ? SJ_E_NOT_FOUND : SJ_OK;
}

void sj_dns_records_free(struct dns_records *records) {
    free(records->records);
    memset(records, 0, sizeof *records);
}

bool sj_dns_name_valid(const char *name) {
    size_t length = strlen(name), label = 0;
    if (length > 0 && name[length - 1] == '.') {
        length--;
    }
    if (length == 0 || length > 253) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        const char c = name[i];
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (c == '.' ? label == 0 : !plain || label == 63) {
            return false;
        }
        label = c == '.' ? 0 : label + 1;
    }
    return label > 0;
}
