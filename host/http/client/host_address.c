/* Where the host of a call is: its name is asked for in the node's DNS, on the loop, and libcurl is
 * told. Left to itself, libcurl asks on a thread and waits for that when the call ends early, so
 * that a dead name server held the loop for seconds.
 */
#include "host/http/client/host_address.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/net.h>

#include "host/core/node.h"
#include "host/http/client/transfer.h"

enum { ADDRESSES_MAX = 8 };

/* Host and port of the URL. False when it has none. */
static bool read_host(const struct fetch *fetch, char host[256], char port[8]) {
    CURLU *url = curl_url();
    char *found[2] = {NULL, NULL};
    bool good =
        url != NULL &&
        curl_url_set(url, CURLUPART_URL, fetch->url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_HOST, &found[0], 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_PORT, &found[1], CURLU_DEFAULT_PORT) == CURLUE_OK &&
        strlen(found[0]) < 256 && strlen(found[1]) < 8;
    if (good) {
        (void)snprintf(host, 256, "%s", found[0]);
        (void)snprintf(port, 8, "%s", found[1]);
    }
    curl_free(found[0]);
    curl_free(found[1]);
    curl_url_cleanup(url);
    return good;
}

static bool is_address(const char *host) {
    sj_address literal;
    return host[0] == '[' || sj_address_parse(host, 0, &literal) == SJ_OK;
}

/* "+host:port:address,address": entries of libcurl's own store of names, which go after a minute.
 */
static bool set_address(struct fetch *fetch, const sj_dns_answer *answer) {
    char host[256], port[8], line[256 + 8 + 2 + ADDRESSES_MAX * (SJ_ADDRESS_TEXT + 3)];
    size_t used = 0;
    if (!read_host(fetch, host, port)) {
        return false;
    }
    used = (size_t)snprintf(line, sizeof line, "+%s:%s:", host, port);
    for (size_t i = 0; i < answer->count && i < ADDRESSES_MAX; i++) {
        char address[SJ_ADDRESS_TEXT];
        const bool six = answer->records[i].address.any.sa_family == AF_INET6;
        (void)sj_address_format(&answer->records[i].address, address, sizeof address);
        used += (size_t)snprintf(line + used, sizeof line - used, "%s%s%s%s", i > 0 ? "," : "",
                                 six ? "[" : "", address, six ? "]" : "");
    }
    fetch->resolved = curl_slist_append(NULL, line);
    return fetch->resolved != NULL;
}

static void heard(struct dns_waiter *waiter, const sj_dns_answer *answer) {
    struct fetch *fetch = (struct fetch *)(void *)((char *)waiter - offsetof(struct fetch, naming));
    int status = answer->status;
    sj_timer_clear(fetch->client->node, &fetch->naming_ends);
    if (status != SJ_OK) {
        (void)sj_error_set(&fetch->error, SJ_E_UNAVAILABLE, "%s: %s", fetch->host, answer->reason);
        status = SJ_E_UNAVAILABLE;
    } else if (!set_address(fetch, answer)) {
        status = sj_error_set(&fetch->error, SJ_E_NO_MEMORY, "out of memory for a call to %s",
                              fetch->host);
    } else {
        status = sj_transfer_prepare(fetch, &fetch->error);
    }
    if (status != SJ_OK) {
        sj_fetch_end(fetch, status);
    }
}

static void too_late(struct timer_item *item) {
    struct fetch *fetch =
        (struct fetch *)(void *)((char *)item - offsetof(struct fetch, naming_ends));
    sj_resolver_cancel(&fetch->naming);
    sj_fetch_end(fetch, sj_fetch_timed_out(fetch));
}

int sj_host_address_begin(struct fetch *fetch, sj_error *error) {
    struct node *node = fetch->client->node;
    char host[256], port[8];
    if (node->resolver == NULL || !read_host(fetch, host, port) || is_address(host)) {
        return sj_transfer_prepare(fetch, error);
    }
    if (sj_timer_set(node, &fetch->naming_ends, fetch->timeout_ms, too_late) != SJ_OK) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a call to %s", fetch->host);
    }
    const int status = sj_resolver_ask(node, &fetch->naming, host, SJ_DNS_ADDRESSES, heard, error);
    if (status != SJ_OK) {
        sj_timer_clear(node, &fetch->naming_ends);
    }
    return status;
}

void sj_host_address_cancel(struct fetch *fetch) {
    if (fetch->naming.entry != NULL) {
        sj_timer_clear(fetch->client->node, &fetch->naming_ends);
        sj_resolver_cancel(&fetch->naming);
    }
}
