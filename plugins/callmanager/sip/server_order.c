/* The order of servers. Pure. */
#include "sip/server_order.h"

#include <strings.h>

const char *server_order_prefix(sj_sip_transport transport) {
    return transport == SJ_SIP_TRANSPORT_UDP   ? "_sip._udp."
           : transport == SJ_SIP_TRANSPORT_TCP ? "_sip._tcp."
                                               : "_sips._tcp.";
}

const sj_dns_record *server_order_naptr(const sj_dns_record *records, size_t count,
                                        sj_sip_transport transport) {
    const char *const wanted = transport == SJ_SIP_TRANSPORT_UDP   ? "SIP+D2U"
                               : transport == SJ_SIP_TRANSPORT_TCP ? "SIP+D2T"
                                                                   : "SIPS+D2T";
    const sj_dns_record *best = NULL;
    for (size_t i = 0; i < count; i++) {
        const sj_dns_record *record = &records[i];
        if (strcasecmp(record->service, wanted) == 0 && strcasecmp(record->flags, "s") == 0 &&
            record->name[0] != '\0' &&
            (best == NULL || record->priority < best->priority ||
             (record->priority == best->priority && record->weight < best->weight))) {
            best = record;
        }
    }
    return best;
}

static void swap(sj_dns_record *a, sj_dns_record *b) {
    const sj_dns_record held = *a;
    *a = *b;
    *b = held;
}

/* Which of `count` records of one priority comes next: each as likely as its weight, those without
 * weight hardly ever. */
static size_t draw(const sj_dns_record *records, size_t count, uint32_t number) {
    uint32_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += records[i].weight;
    }
    if (sum == 0) {
        return number % count;
    }
    number %= sum + 1;
    for (size_t i = 0; i < count; i++) {
        if (number <= records[i].weight) {
            return i;
        }
        number -= records[i].weight;
    }
    return count - 1;
}

size_t server_order_srv(sj_dns_record *records, size_t count, uint32_t (*random)(void *user),
                        void *user) {
    if (count == 1 && (records[0].name[0] == '\0' || strcmp(records[0].name, ".") == 0)) {
        return 0;
    }
    for (size_t i = 1; i < count; i++) {
        for (size_t j = i; j > 0 && records[j].priority < records[j - 1].priority; j--) {
            swap(&records[j], &records[j - 1]);
        }
    }
    for (size_t first = 0; first < count; first++) {
        size_t alike = 1;
        while (first + alike < count &&
               records[first + alike].priority == records[first].priority) {
            alike++;
        }
        swap(&records[first], &records[first + draw(records + first, alike, random(user))]);
    }
    return count;
}
