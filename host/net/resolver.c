/* The DNS, asked through c-ares on the loop, with a cache. Touches the sockets of c-ares through
 * uv_poll, and through c-ares the system's hosts and resolv.conf files. Name servers come from the
 * node file, else from resolv.conf, which is read anew when it has changed. */
#include "host/net/resolver.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include <ares.h>
#include <arpa/nameser.h>

#include <sojourn/base/text.h>

#include "host/core/callback.h"
#include "host/core/node.h"
#include "host/core/scope.h"
#include "host/core/timers.h"
#include "host/net/dns_reply.h"

enum {
    ENTRIES_MAX = 4096,
    WAITING_MAX = 65536,
    SERVER_TIMEOUT_MS = 1500, /* of the first try; the second takes twice as long */
    SERVER_TRIES = 2,
    SHORTEST_S = 5, /* what is held, however short its time to live is */
    LONGEST_S = 3600,
    NONE_S = 30, /* how long "there is none" holds */
    UNAVAILABLE_S =
        10, /* how long "no server answers" holds: a dead server is not asked for each call */
    STALE_S = 24 * 3600,
    LOOK_AT_FILE_MS = 5000,
};
static const char resolv_conf[] = "/etc/resolv.conf";
static const char kind[] = "dns";

/* A question of a plugin. */
struct dns_lookup {
    sj_handle handle; /* first */
    struct dns_waiter waiter;
    sj_dns_fn done;
    void *user;
};

struct dns_entry {
    sj_list_link link;
    struct resolver *resolver;
    sj_list_head waiting;
    struct dns_records records;
    int status; /* of the last answer; SJ_E_CANCELLED before the first */
    char reason[200];
    uint64_t until, stale_until; /* monotonic: what is known holds */
    uint64_t used;
    int type;
    bool asking, stale;
    char name[256];
};

struct dns_socket {
    uv_poll_t poll; /* first */
    sj_list_link link;
    struct resolver *resolver;
    ares_socket_t fd;
};

struct resolver {
    struct node *node;
    ares_channel channel;
    uv_timer_t timer;
    sj_list_head sockets;
    sj_list_head entries; /* newest first */
    size_t entry_count, lookups, in_flight;
    unsigned handles; /* of the loop that are not closed yet */
    struct timespec file_time;
    uint64_t file_looked_at;
    bool open, closing;
};

/* ---- c-ares on the loop ---- */

static void handle_closed(struct resolver *resolver) {
    if (--resolver->handles == 0 && resolver->closing) {
        free(resolver);
    }
}

static void socket_closed(uv_handle_t *handle) {
    struct dns_socket *socket = (struct dns_socket *)(void *)handle;
    struct resolver *resolver = socket->resolver;
    free(socket);
    handle_closed(resolver);
}

static void timer_closed(uv_handle_t *handle) {
    handle_closed(handle->data);
}

static void timer_due(uv_timer_t *timer);

static void set_timer(struct resolver *resolver) {
    struct timeval wait;
    if (resolver->in_flight == 0 || ares_timeout(resolver->channel, NULL, &wait) == NULL) {
        (void)uv_timer_stop(&resolver->timer);
    } else {
        const uint64_t ms = (uint64_t)wait.tv_sec * 1000 + (uint64_t)wait.tv_usec / 1000 + 1;
        (void)uv_timer_start(&resolver->timer, timer_due, ms, 0);
    }
}

static void timer_due(uv_timer_t *timer) {
    struct resolver *resolver = timer->data;
    ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    set_timer(resolver);
}

static void socket_ready(uv_poll_t *poll, int status, int events) {
    struct dns_socket *socket = (struct dns_socket *)(void *)poll;
    struct resolver *resolver = socket->resolver;
    const ares_socket_t fd = socket->fd;
    const bool failed = status < 0;
    ares_process_fd(resolver->channel, failed || (events & UV_READABLE) != 0 ? fd : ARES_SOCKET_BAD,
                    failed || (events & UV_WRITABLE) != 0 ? fd : ARES_SOCKET_BAD);
    set_timer(resolver);
}

static struct dns_socket *socket_of(struct resolver *resolver, ares_socket_t fd) {
    SJ_LIST_EACH(socket, &resolver->sockets, struct dns_socket, link) {
        if (socket->fd == fd) {
            return socket;
        }
    }
    return NULL;
}

static void socket_state(void *user, ares_socket_t fd, int readable, int writable) {
    struct resolver *resolver = user;
    struct dns_socket *socket = socket_of(resolver, fd);
    if (!readable && !writable) {
        if (socket != NULL) {
            sj_list_remove(&socket->link);
            (void)uv_poll_stop(&socket->poll);
            uv_close((uv_handle_t *)&socket->poll, socket_closed);
        }
        return;
    }
    if (socket == NULL) {
        socket = calloc(1, sizeof *socket);
        if (socket == NULL || uv_poll_init(resolver->node->loop, &socket->poll, fd) != 0) {
            free(socket);
            return; /* the query times out */
        }
        socket->resolver = resolver;
        socket->fd = fd;
        sj_list_add_first(&resolver->sockets, &socket->link);
        resolver->handles++;
    }
    (void)uv_poll_start(&socket->poll, (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0),
                        socket_ready);
}

static const char *configured_servers(const struct resolver *resolver) {
    const char *servers = resolver->node->settings.dns_servers;
    return sj_or_empty(servers);
}

static int open_channel(struct resolver *resolver) {
    struct ares_options options;
    int status;
    memset(&options, 0, sizeof options);
    options.sock_state_cb = socket_state;
    options.sock_state_cb_data = resolver;
    options.timeout = SERVER_TIMEOUT_MS;
    options.tries = SERVER_TRIES;
    status = ares_init_options(&resolver->channel, &options,
                               ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
    if (status == ARES_SUCCESS && configured_servers(resolver)[0] != '\0') {
        status = ares_set_servers_ports_csv(resolver->channel, configured_servers(resolver));
        if (status != ARES_SUCCESS) {
            ares_destroy(resolver->channel);
        }
    }
    resolver->open = status == ARES_SUCCESS;
    return status;
}

/* Opens the channel when it is needed first, and anew when resolv.conf has changed and nothing is
 * under way. */
static int ready_channel(struct resolver *resolver) {
    const uint64_t now = sj_node_monotonic_ms(resolver->node);
    struct stat status;
    if (resolver->open &&
        (resolver->in_flight > 0 || now < resolver->file_looked_at + LOOK_AT_FILE_MS)) {
        return ARES_SUCCESS;
    }
    resolver->file_looked_at = now;
    if (stat(resolv_conf, &status) != 0) {
        memset(&status, 0, sizeof status);
    }
    if (resolver->open &&
        memcmp(&status.st_mtim, &resolver->file_time, sizeof status.st_mtim) == 0) {
        return ARES_SUCCESS;
    }
    resolver->file_time = status.st_mtim;
    if (resolver->open) {
        resolver->open = false;
        ares_destroy(resolver->channel);
    }
    return open_channel(resolver);
}

/* ---- answers ---- */

void sj_resolver_cancel(struct dns_waiter *waiter) {
    if (waiter->entry == NULL) {
        return;
    }
    sj_list_remove(&waiter->link);
    waiter->entry->resolver->lookups--;
    waiter->entry = NULL;
    sj_later_cancel(&waiter->deliver);
}

static void deliver(struct later *item) {
    struct dns_waiter *waiter = SJ_OWNER(item, struct dns_waiter, deliver);
    const struct dns_entry *entry = waiter->entry;
    const uint64_t now = sj_node_monotonic_ms(entry->resolver->node);
    const sj_dns_answer answer = {
        .size = sizeof answer,
        .status = entry->status,
        .reason = entry->reason,
        .records = entry->records.records,
        .count = entry->records.count,
        .fresh_ms = entry->until > now ? (int64_t)(entry->until - now) : 0,
        .stale = entry->stale,
    };
    sj_resolver_cancel(waiter);
    waiter->heard(waiter, &answer);
}

static void deliver_all(struct dns_entry *entry) {
    SJ_LIST_EACH(waiter, &entry->waiting, struct dns_waiter, link) {
        sj_later_add(&entry->resolver->node->later, &waiter->deliver, deliver);
    }
}

static const char *type_text(int type) {
    return type == SJ_DNS_SRV ? "SRV record" : type == SJ_DNS_NAPTR ? "NAPTR record" : "address";
}

/* Takes over what is known now; `records` goes to the entry. */
static void settle(struct dns_entry *entry, int status, const char *reason,
                   struct dns_records *records) {
    struct resolver *resolver = entry->resolver;
    const uint64_t now = sj_node_monotonic_ms(resolver->node);
    int64_t hold_s = status == SJ_OK            ? records->ttl_s
                     : status == SJ_E_NOT_FOUND ? NONE_S
                                                : UNAVAILABLE_S;
    hold_s = hold_s < SHORTEST_S ? SHORTEST_S : hold_s > LONGEST_S ? LONGEST_S : hold_s;
    entry->asking = false;
    resolver->in_flight--;
    entry->until = now + (uint64_t)hold_s * 1000;
    if (status == SJ_OK || status == SJ_E_NOT_FOUND) {
        sj_dns_records_free(&entry->records);
        entry->records = *records;
        entry->stale = false;
        entry->stale_until = entry->until + (uint64_t)STALE_S * 1000;
    } else {
        sj_dns_records_free(records);
        if (entry->records.count > 0 && now < entry->stale_until) {
            entry->stale = true;
            status = SJ_OK;
        } else {
            sj_dns_records_free(&entry->records);
        }
    }
    entry->status = status;
    (void)snprintf(entry->reason, sizeof entry->reason, "%s", reason);
    deliver_all(entry);
}

static void settle_failure(struct dns_entry *entry, int status) {
    struct dns_records none = {NULL, 0, 0};
    char reason[200];
    if (status == ARES_ENOTFOUND) {
        (void)snprintf(reason, sizeof reason, "the DNS has no name %.120s", entry->name);
        settle(entry, SJ_E_NOT_FOUND, reason, &none);
    } else if (status == ARES_ENODATA) {
        (void)snprintf(reason, sizeof reason, "the DNS has no %s of %.120s", type_text(entry->type),
                       entry->name);
        settle(entry, SJ_E_NOT_FOUND, reason, &none);
    } else {
        (void)snprintf(reason, sizeof reason, "the DNS cannot be asked for the %s of %.100s: %s",
                       type_text(entry->type), entry->name,
                       status == ARES_ETIMEOUT       ? "no name server answers"
                       : status == ARES_ECONNREFUSED ? "no name server listens"
                       : status == ARES_ESERVFAIL    ? "the name server reports a failure"
                                                     : ares_strerror(status));
        settle(entry, SJ_E_UNAVAILABLE, reason, &none);
    }
}

static void settle_records(struct dns_entry *entry, int status, struct dns_records *records) {
    if (status == SJ_OK) {
        settle(entry, SJ_OK, "", records);
    } else {
        sj_dns_records_free(records);
        settle_failure(entry, status == SJ_E_NOT_FOUND  ? ARES_ENODATA
                              : status == SJ_E_PROTOCOL ? ARES_EBADRESP
                                                        : ARES_ENOMEM);
    }
}

static void on_reply(void *user, int status, int timeouts, unsigned char *reply, int length) {
    struct dns_entry *entry = user;
    (void)timeouts;
    if (status == ARES_SUCCESS) {
        struct dns_records records;
        const int read = sj_dns_reply_read(entry->type, reply, length, &records);
        settle_records(entry, read, &records);
    } else {
        settle_failure(entry, status);
    }
}

static void on_addresses(void *user, int status, int timeouts, struct ares_addrinfo *found) {
    struct dns_entry *entry = user;
    (void)timeouts;
    if (status == ARES_SUCCESS) {
        struct dns_records records;
        const int read = sj_dns_reply_addresses(found, &records);
        settle_records(entry, read, &records);
        ares_freeaddrinfo(found);
    } else {
        settle_failure(entry, status);
    }
}

/* ---- questions ---- */

static void entry_free(struct dns_entry *entry) {
    sj_dns_records_free(&entry->records);
    free(entry);
}

/* Makes room for one more: the one that was used longest ago goes, unless somebody waits for it. */
static bool evict(struct resolver *resolver) {
    struct dns_entry *gone = NULL;
    SJ_LIST_EACH(entry, &resolver->entries, struct dns_entry, link) {
        if (sj_list_empty(&entry->waiting) && !entry->asking &&
            (gone == NULL || entry->used < gone->used)) {
            gone = entry;
        }
    }
    if (gone == NULL) {
        return false;
    }
    sj_list_remove(&gone->link);
    entry_free(gone);
    resolver->entry_count--;
    return true;
}

static struct dns_entry *entry_of(struct resolver *resolver, const char *name, int type,
                                  sj_error *error) {
    struct dns_entry *entry;
    size_t length = strlen(name);
    length -= length > 0 && name[length - 1] == '.' ? 1 : 0;
    SJ_LIST_EACH(known, &resolver->entries, struct dns_entry, link) {
        if (known->type == type && strncasecmp(known->name, name, length) == 0 &&
            known->name[length] == '\0') {
            return known;
        }
    }
    if (resolver->entry_count >= ENTRIES_MAX && !evict(resolver)) {
        (void)sj_error_set(error, SJ_E_LIMIT,
                           "%d names are being asked for in the DNS, which is the most",
                           ENTRIES_MAX);
        return NULL;
    }
    entry = sj_node_alloc(resolver->node, sizeof *entry);
    if (entry == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: cannot ask the DNS");
        return NULL;
    }
    entry->resolver = resolver;
    entry->type = type;
    entry->status = SJ_E_CANCELLED;
    memcpy(entry->name, name, length);
    sj_list_add_first(&resolver->entries, &entry->link);
    resolver->entry_count++;
    return entry;
}

static void ask(struct dns_entry *entry) {
    struct resolver *resolver = entry->resolver;
    const int status = ready_channel(resolver);
    entry->asking = true;
    resolver->in_flight++;
    if (status != ARES_SUCCESS) {
        settle_failure(entry, status);
        return;
    }
    if (entry->type == SJ_DNS_ADDRESSES) {
        const struct ares_addrinfo_hints hints = {.ai_family = AF_UNSPEC,
                                                  .ai_flags = ARES_AI_NOSORT};
        ares_getaddrinfo(resolver->channel, entry->name, NULL, &hints, on_addresses, entry);
    } else {
        ares_query(resolver->channel, entry->name, ns_c_in,
                   entry->type == SJ_DNS_SRV ? ns_t_srv : ns_t_naptr, on_reply, entry);
    }
    set_timer(resolver);
}

int sj_resolver_ask(struct node *node, struct dns_waiter *waiter, const char *name, int type,
                    void (*heard)(struct dns_waiter *waiter, const sj_dns_answer *answer),
                    sj_error *error) {
    struct resolver *resolver = node->resolver;
    struct dns_entry *entry;
    if (!sj_dns_name_valid(name) || type < SJ_DNS_ADDRESSES || type > SJ_DNS_NAPTR) {
        return sj_error_set(error, SJ_E_INVALID, "\"%.100s\" is not a valid DNS name", name);
    }
    if (resolver->lookups >= WAITING_MAX) {
        return sj_error_set(error, SJ_E_LIMIT,
                            "%d questions to the DNS wait for their answers, which is the most",
                            WAITING_MAX);
    }
    entry = entry_of(resolver, name, type, error);
    if (entry == NULL) {
        return error != NULL ? error->code : SJ_E_LIMIT;
    }
    memset(waiter, 0, sizeof *waiter);
    waiter->entry = entry;
    waiter->heard = heard;
    sj_list_add_first(&entry->waiting, &waiter->link);
    resolver->lookups++;
    const uint64_t now = sj_node_monotonic_ms(node);
    entry->used = now;
    if (entry->status != SJ_E_CANCELLED && now < entry->until) {
        sj_later_add(&node->later, &waiter->deliver, deliver);
    } else if (!entry->asking) {
        ask(entry);
    }
    return SJ_OK;
}

static struct dns_lookup *lookup_of(struct dns_waiter *waiter) {
    return (struct dns_lookup *)(void *)((char *)waiter - offsetof(struct dns_lookup, waiter));
}

static void lookup_close(sj_handle *handle) {
    sj_resolver_cancel(&((struct dns_lookup *)(void *)handle)->waiter);
    sj_handle_release(handle);
}

static void notify(struct dns_waiter *waiter, const sj_dns_answer *answer) {
    struct dns_lookup *lookup = lookup_of(waiter);
    sj_dns_fn done = lookup->done;
    void *user = lookup->user;
    struct bracket bracket = sj_enter(lookup->handle.scope, kind);
    sj_handle_release(&lookup->handle);
    done(user, answer);
    sj_leave(&bracket);
}

sj_handle *sj_host_dns_ask(sj_scope *scope, const char *here, const char *name, int type,
                           sj_dns_fn done, void *user, sj_error *error) {
    struct node *node = sj_scope_node(scope);
    struct dns_lookup *lookup;
    if (sj_scope_closing(scope)) {
        (void)sj_error_set(error, SJ_E_STOPPING, "the scope is closing");
        return NULL;
    }
    lookup = sj_node_alloc(node, sizeof *lookup);
    if (lookup == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: cannot ask the DNS");
        return NULL;
    }
    if (sj_resolver_ask(node, &lookup->waiter, name, type, notify, error) != SJ_OK) {
        free(lookup);
        return NULL;
    }
    lookup->done = done;
    lookup->user = user;
    (void)sj_handle_init(&lookup->handle, scope, kind, here, name, lookup_close);
    return &lookup->handle;
}

/* ---- begin and end ---- */

int sj_resolver_open(struct node *node, sj_error *error) {
    struct resolver *resolver = calloc(1, sizeof *resolver);
    if (resolver == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the resolver");
    }
    resolver->node = node;
    (void)uv_timer_init(node->loop, &resolver->timer);
    resolver->timer.data = resolver;
    resolver->handles = 1;
    node->resolver = resolver;
    return SJ_OK;
}

void sj_resolver_close(struct node *node) {
    struct resolver *resolver = node->resolver;
    if (resolver == NULL) {
        return;
    }
    node->resolver = NULL;
    if (resolver->open) {
        ares_destroy(
            resolver->channel); /* what is under way is settled, and its sockets are closed */
    }
    SJ_LIST_EACH(entry, &resolver->entries, struct dns_entry, link) {
        entry_free(entry);
    }
    resolver->closing = true;
    uv_close((uv_handle_t *)&resolver->timer, timer_closed);
}
