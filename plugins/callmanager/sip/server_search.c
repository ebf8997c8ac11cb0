/* Finds the addresses of a SIP server by its name. A search owns a scope: with it go its questions
 * and its memory. */
#include "sip/server_search.h"
#include "sip/server_order.h"

#include <sojourn/sojourn.h>
#include <stdio.h>

enum { SERVERS_MAX = 8, NAME_MAX_BYTES = 256 };
static const int64_t failure_ms = 10000;

struct named_server {
    char name[NAME_MAX_BYTES];
    int port;
};

struct server_search {
    sj_scope *scope;
    server_search_fn done;
    void *user;
    char name[NAME_MAX_BYTES];
    char srv_name[NAME_MAX_BYTES + 16];
    int port;
    bool srv;
    sj_sip_transport transport;
    int family;
    struct named_server servers[SERVERS_MAX];
    size_t server_count, server_next;
    struct server_addresses found;
};

static void finish(struct server_search *search) {
    struct server_addresses *found = &search->found;
    server_search_fn done = search->done;
    void *user = search->user;
    found->status = found->count > 0 ? SJ_OK : SJ_E_UNAVAILABLE;
    if (found->count > 0) {
        found->reason[0] = '\0';
    } else if (found->fresh_ms > failure_ms) {
        found->fresh_ms = failure_ms;
    }
    if (done != NULL) {
        done(user, found);
    }
    sj_scope_close(search->scope);
}

static void hold_for(struct server_search *search, const sj_dns_answer *answer) {
    if (answer->fresh_ms < search->found.fresh_ms) {
        search->found.fresh_ms = answer->fresh_ms;
    }
}

static void explain(struct server_search *search, const char *reason) {
    if (search->found.reason[0] == '\0') {
        (void)snprintf(search->found.reason, sizeof search->found.reason, "%.239s", reason);
    }
}

static void ask(struct server_search *search, const char *name, sj_dns_type type, sj_dns_fn heard) {
    sj_error error;
    if (sj_dns_ask(search->scope, name, type, heard, search, &error) == NULL) {
        explain(search, error.text);
        finish(search);
    }
}

/* ---- addresses ---- */

static void ask_next_server(struct server_search *search);

static void add_address(struct server_search *search, const sj_address *address, int port) {
    struct server_addresses *found = &search->found;
    sj_address *entry = &found->addresses[found->count];
    if ((search->family != AF_UNSPEC && address->any.sa_family != search->family) ||
        found->count == SERVER_ADDRESSES_MAX) {
        return;
    }
    *entry = *address;
    if (entry->any.sa_family == AF_INET6) {
        entry->v6.sin6_port = htons((uint16_t)port);
    } else {
        entry->v4.sin_port = htons((uint16_t)port);
    }
    found->count++;
}

static void on_addresses(void *user, const sj_dns_answer *answer) {
    struct server_search *search = user;
    const struct named_server *server = &search->servers[search->server_next++];
    const size_t before = search->found.count;
    hold_for(search, answer);
    for (size_t i = 0; i < answer->count; i++) {
        add_address(search, &answer->records[i].address, server->port);
    }
    if (answer->status != SJ_OK) {
        explain(search, answer->reason);
    } else if (search->found.count == before) {
        char reason[240];
        (void)snprintf(reason, sizeof reason,
                       "%.120s has no %s address, the only kind that this node uses", server->name,
                       search->family == AF_INET6 ? "IPv6" : "IPv4");
        explain(search, reason);
    }
    ask_next_server(search);
}

static void ask_next_server(struct server_search *search) {
    if (search->server_next == search->server_count) {
        finish(search);
        return;
    }
    const struct named_server *server = &search->servers[search->server_next];
    sj_address literal;
    if (sj_address_parse(server->name, 0, &literal) == SJ_OK) {
        const sj_dns_record record = {.address = literal, .name = "", .service = "", .flags = ""};
        const sj_dns_answer answer = {.size = sizeof answer,
                                      .reason = "",
                                      .records = &record,
                                      .count = 1,
                                      .fresh_ms = search->found.fresh_ms};
        on_addresses(search, &answer);
    } else {
        ask(search, server->name, SJ_DNS_ADDRESSES, on_addresses);
    }
}

static void add_server(struct server_search *search, const char *name, int port) {
    if (search->server_count < SERVERS_MAX) {
        struct named_server *server = &search->servers[search->server_count++];
        (void)snprintf(server->name, sizeof server->name, "%s", name);
        server->port = port;
    }
}

/* ---- SRV and NAPTR ---- */

static uint32_t random_number(void *user) {
    const struct server_search *search = user;
    uint32_t number;
    sj_random_bytes(search->scope, &number, sizeof number);
    return number;
}

static void on_srv(void *user, const sj_dns_answer *answer) {
    struct server_search *search = user;
    sj_dns_record records[32];
    size_t count = answer->count < 32 ? answer->count : 32;
    hold_for(search, answer);
    if (answer->status == SJ_E_NOT_FOUND) { /* RFC 3263 4.2: then the name is that of a host */
        add_server(search, search->name, search->port);
    } else if (answer->status != SJ_OK) {
        explain(search, answer->reason);
    } else {
        memcpy(records, answer->records, count * sizeof *records);
        count = server_order_srv(records, count, random_number, search);
        for (size_t i = 0; i < count; i++) {
            add_server(search, records[i].name, records[i].port);
        }
        if (count == 0) {
            char reason[240];
            (void)snprintf(reason, sizeof reason,
                           "%.150s: the DNS says that the service does not exist",
                           search->srv_name);
            explain(search, reason);
        }
    }
    ask_next_server(search);
}

static void on_naptr(void *user, const sj_dns_answer *answer) {
    struct server_search *search = user;
    const sj_dns_record *record =
        server_order_naptr(answer->records, answer->count, search->transport);
    hold_for(search, answer);
    if (answer->status == SJ_OK && answer->count > 0 && record == NULL) {
        char reason[240];
        (void)snprintf(reason, sizeof reason, "the NAPTR records of %.120s name no server for %s",
                       search->name,
                       search->transport == SJ_SIP_TRANSPORT_UDP   ? "SIP over UDP"
                       : search->transport == SJ_SIP_TRANSPORT_TCP ? "SIP over TCP"
                                                                   : "SIP over TLS");
        explain(search, reason);
        finish(search);
        return;
    }
    if (record != NULL) {
        (void)snprintf(search->srv_name, sizeof search->srv_name, "%s", record->name);
    }
    ask(search, search->srv_name, SJ_DNS_SRV, on_srv);
}

/* ---- begin and end ---- */

static void begin(void *user) {
    struct server_search *search = user;
    if (search->srv) {
        ask(search, search->name, SJ_DNS_NAPTR, on_naptr);
    } else {
        add_server(search, search->name, search->port);
        ask_next_server(search);
    }
}

struct server_search *server_search_start(sj_scope *scope, const struct server_name *name,
                                          server_search_fn done, void *user) {
    sj_scope *own = sj_scope_open(scope, "server search", NULL, NULL);
    struct server_search *search = own == NULL ? NULL : sj_scope_alloc(own, sizeof *search);
    if (search == NULL) {
        if (own != NULL) {
            sj_scope_close(own);
        }
        return NULL;
    }
    search->scope = own;
    search->done = done;
    search->user = user;
    search->port = name->port;
    search->srv = name->srv;
    search->transport = name->transport;
    search->family = name->family;
    search->found.fresh_ms = (int64_t)3600 * 1000;
    (void)snprintf(search->name, sizeof search->name, "%s", name->name);
    (void)snprintf(search->srv_name, sizeof search->srv_name, "%s%s",
                   server_order_prefix(name->transport), name->name);
    /* From the loop, so that nothing is told from within. */
    if (sj_timer_start(own, 0, 0, begin, search) == NULL) {
        sj_scope_close(own);
        return NULL;
    }
    return search;
}

void server_search_stop(struct server_search *search) {
    search->done = NULL;
    sj_scope_close(search->scope);
}
