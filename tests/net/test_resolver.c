/* The resolver against a name server of the test's own on loopback: what is asked once and kept,
 * what is refused, what holds while no server answers; and the calls to other servers that stand on
 * it. */
#include "harness.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sojourn/dns.h>
#include <sojourn/http.h>
#include <sojourn/net.h>

#include "host/core/timers.h"
#include "host/http/client.h"
#include "host/http/server.h"
#include "host/net/dns_reply.h"
#include "host/net/net.h"
#include "host/net/resolver.h"
#include "host/net/udp.h"

#define ADDRESS "127.81.8.1"

enum { TYPE_A = 1, TYPE_AAAA = 28, TYPE_SRV = 33, TYPE_NAPTR = 35 };

struct world {
    struct harness *harness;
    sj_udp *server;
    bool silent;
    unsigned questions;
    unsigned ttl;
};

/* What one question to the resolver got. */
struct heard {
    bool told, stale;
    unsigned times;
    int status;
    char reason[256], text[512];
    int64_t fresh_ms;
};

static int64_t skipped_ms; /* the clock is set forward by this */

static uint64_t clock_ms(struct node *node) {
    return uv_now(node->loop) + (uint64_t)skipped_ms;
}

static size_t put16(unsigned char *at, unsigned value) {
    at[0] = (unsigned char)(value >> 8);
    at[1] = (unsigned char)value;
    return 2;
}

static size_t put_name(unsigned char *at, const char *name) {
    size_t used = 0;
    while (*name != '\0') {
        const size_t label = strcspn(name, ".");
        at[used++] = (unsigned char)label;
        memcpy(at + used, name, label);
        used += label;
        name += label + (name[label] == '.');
    }
    at[used++] = 0;
    return used;
}

/* The data of one record; 0: there is none of that type. */
static size_t data_of(const char *name, unsigned type, unsigned char *at) {
    size_t used = 0;
    if (strcmp(name, "gateway.example") == 0 && type == TYPE_A) {
        static const unsigned char address[] = {127, 81, 8, 9};
        memcpy(at, address, 4);
        return 4;
    }
    if (strcmp(name, "node.example") == 0 && type == TYPE_A) {
        static const unsigned char address[] = {127, 81, 8, 1}; /* ADDRESS */
        memcpy(at, address, 4);
        return 4;
    }
    if (strcmp(name, "gateway.example") == 0 && type == TYPE_AAAA) {
        memset(at, 0, 16);
        at[15] = 1;
        return 16;
    }
    if (strcmp(name, "_sip._tcp.provider.example") == 0 && type == TYPE_SRV) {
        used += put16(at, 10);
        used += put16(at + used, 60);
        used += put16(at + used, 5070);
        return used + put_name(at + used, "gateway.example");
    }
    if (strcmp(name, "provider.example") == 0 && type == TYPE_NAPTR) {
        used += put16(at, 50);
        used += put16(at + used, 20);
        memcpy(at + used, "\1s\7SIP+D2T", 11); /* with the NUL: no regular expression */
        used += 11;
        return used + put_name(at + used, "_sip._tcp.provider.example");
    }
    return 0;
}

static void serve(void *user, sj_udp *socket, const sj_datagram *datagrams, size_t count) {
    struct world *world = user;
    for (size_t i = 0; i < count; i++) {
        unsigned char reply[512];
        char name[256] = "";
        size_t at = 12, used = 0, length;
        assert_true(datagrams[i].length < sizeof reply - 100);
        memcpy(reply, datagrams[i].data, datagrams[i].length);
        world->questions++;
        if (world->silent) {
            continue;
        }
        while (reply[at] != 0) {
            (void)snprintf(name + used, sizeof name - used, "%s%.*s", used > 0 ? "." : "",
                           reply[at], (char *)reply + at + 1);
            used = strlen(name);
            at += reply[at] + 1u;
        }
        const unsigned type = (unsigned)reply[at + 1] << 8 | reply[at + 2];
        at += 5;
        reply[2] |= 0x80;
        (void)put16(reply + 6, 0);
        (void)put16(reply + 8, 0);
        (void)put16(reply + 10, 0);
        reply[3] = strstr(name, "example") == NULL ? 3 : 0;
        length = data_of(name, type, reply + at + 12);
        if (length > 0) {
            reply[7] = 1;
            at += put16(reply + at, 0xc00c);
            at += put16(reply + at, type);
            at += put16(reply + at, 1);
            at += put16(reply + at, world->ttl >> 16);
            at += put16(reply + at, world->ttl);
            at += put16(reply + at, (unsigned)length);
            at += length;
        }
        assert_int_equal(sj_host_udp_send(socket, &datagrams[i].from, reply, at), SJ_OK);
    }
}

static int set_up(void **state, unsigned parts) {
    static char servers[64];
    struct world *world = calloc(1, sizeof *world);
    sj_address local;
    sj_error error;
    assert_non_null(world);
    skipped_ms = 0;
    world->ttl = 60;
    world->harness = harness_new("HQ", "hq-1", ADDRESS, parts);
    world->server =
        sj_host_udp_open(world->harness->scope, SJ_HERE, ADDRESS, 0, serve, world, &error);
    assert_non_null(world->server);
    sj_host_udp_local(world->server, &local);
    (void)snprintf(servers, sizeof servers, ADDRESS ":%d", ntohs(local.v4.sin_port));
    world->harness->node.settings.dns_servers = servers;
    if (parts == 0) {
        world->harness->node.monotonic_ms = clock_ms;
    } else {
        assert_int_equal(sj_timers_open(&world->harness->node, &error), SJ_OK);
    }
    assert_int_equal(sj_resolver_open(&world->harness->node, &error), SJ_OK);
    *state = world;
    return 0;
}

static int setup(void **state) {
    return set_up(state, 0);
}

static int setup_calls(void **state) {
    return set_up(state, HARNESS_HTTP);
}

static int teardown(void **state) {
    struct world *world = *state;
    sj_host_scope_close(world->harness->scope);
    harness_turn(world->harness, 20);
    world->harness->scope = NULL;
    sj_http_client_close(&world->harness->node); /* its calls wait for names */
    sj_resolver_close(&world->harness->node);
    harness_turn(world->harness, 20);
    if (world->harness->node.timers != NULL) {
        sj_timers_close(&world->harness->node);
    }
    harness_free(world->harness);
    free(world);
    return 0;
}

static void hear(void *user, const sj_dns_answer *answer) {
    struct heard *heard = user;
    heard->told = true;
    heard->times++;
    heard->status = answer->status;
    heard->stale = answer->stale;
    heard->fresh_ms = answer->fresh_ms;
    (void)snprintf(heard->reason, sizeof heard->reason, "%s", answer->reason);
    heard->text[0] = '\0';
    for (size_t i = 0; i < answer->count; i++) {
        const sj_dns_record *record = &answer->records[i];
        char address[SJ_ADDRESS_TEXT] = "";
        const size_t used = strlen(heard->text);
        if (record->address.any.sa_family != 0) {
            (void)sj_address_format(&record->address, address, sizeof address);
        }
        (void)snprintf(heard->text + used, sizeof heard->text - used, "[%s|%s|%s|%s|%u|%u|%u]",
                       address, record->name, record->service, record->flags, record->priority,
                       record->weight, record->port);
    }
}

static void ask(struct world *world, const char *name, sj_dns_type type, struct heard *heard) {
    sj_error error;
    memset(heard, 0, sizeof *heard);
    assert_non_null(
        sj_host_dns_ask(world->harness->scope, SJ_HERE, name, (int)type, hear, heard, &error));
    assert_false(heard->told); /* never from within the call */
}

static void ask_and_wait(struct world *world, const char *name, sj_dns_type type,
                         struct heard *heard) {
    ask(world, name, type, heard);
    harness_until(world->harness, &heard->told);
}

static void records_come_as_they_are(void **state) {
    struct world *world = *state;
    struct heard heard;
    ask_and_wait(world, "gateway.example", SJ_DNS_ADDRESSES, &heard);
    assert_int_equal(heard.status, SJ_OK);
    assert_non_null(strstr(heard.text, "[127.81.8.9||||0|0|0]"));
    assert_non_null(strstr(heard.text, "[::1||||0|0|0]"));
    ask_and_wait(world, "_sip._tcp.provider.example", SJ_DNS_SRV, &heard);
    assert_string_equal(heard.text, "[|gateway.example|||10|60|5070]");
    assert_true(heard.fresh_ms > 50000 && heard.fresh_ms <= 60000);
    ask_and_wait(world, "provider.example", SJ_DNS_NAPTR, &heard);
    assert_string_equal(heard.text, "[|_sip._tcp.provider.example|SIP+D2T|s|50|20|0]");
}

static void an_answer_is_kept_for_its_time_to_live(void **state) {
    struct world *world = *state;
    struct heard first, second, third;
    ask(world, "_sip._tcp.provider.example", SJ_DNS_SRV, &first);
    ask(world, "_SIP._tcp.Provider.example.", SJ_DNS_SRV, &second);
    harness_until(world->harness, &first.told);
    harness_until(world->harness, &second.told);
    assert_string_equal(first.text, second.text);
    assert_int_equal(world->questions, 1); /* two who ask at once share a question */
    ask_and_wait(world, "_sip._tcp.provider.example", SJ_DNS_SRV, &third);
    assert_int_equal(world->questions, 1);
    skipped_ms += 61000;
    ask_and_wait(world, "_sip._tcp.provider.example", SJ_DNS_SRV, &third);
    assert_int_equal(world->questions, 2);
}

static void what_does_not_exist_is_remembered(void **state) {
    struct world *world = *state;
    struct heard heard;
    ask_and_wait(world, "nowhere.invalid", SJ_DNS_SRV, &heard);
    assert_int_equal(heard.status, SJ_E_NOT_FOUND);
    assert_string_equal(heard.reason, "the DNS has no name nowhere.invalid");
    ask_and_wait(world, "provider.example", SJ_DNS_SRV, &heard);
    assert_int_equal(heard.status, SJ_E_NOT_FOUND);
    assert_string_equal(heard.reason, "the DNS has no SRV record of provider.example");
    const unsigned before = world->questions;
    for (int i = 0; i < 100; i++) {
        ask_and_wait(world, "nowhere.invalid", SJ_DNS_SRV, &heard);
    }
    assert_int_equal(world->questions, before);
}

static void a_dead_server_is_not_asked_each_time_and_what_was_known_holds(void **state) {
    struct world *world = *state;
    struct heard heard;
    ask_and_wait(world, "_sip._tcp.provider.example", SJ_DNS_SRV, &heard);
    world->silent = true;
    skipped_ms += 61000;
    ask_and_wait(world, "_sip._tcp.provider.example", SJ_DNS_SRV, &heard);
    assert_int_equal(heard.status, SJ_OK);
    assert_true(heard.stale);
    assert_string_equal(heard.text, "[|gateway.example|||10|60|5070]");
    ask_and_wait(world, "other.example", SJ_DNS_SRV, &heard);
    assert_int_equal(heard.status, SJ_E_UNAVAILABLE);
    assert_string_equal(
        heard.reason,
        "the DNS cannot be asked for the SRV record of other.example: no name server answers");
    const unsigned before = world->questions;
    ask_and_wait(world, "other.example", SJ_DNS_SRV, &heard);
    ask_and_wait(world, "_sip._tcp.provider.example", SJ_DNS_SRV, &heard);
    assert_int_equal(world->questions, before);
    world->silent = false;
    skipped_ms += 11000;
    ask_and_wait(world, "_sip._tcp.provider.example", SJ_DNS_SRV, &heard);
    assert_false(heard.stale);
}

static void who_leaves_hears_nothing(void **state) {
    struct world *world = *state;
    struct heard gone, stays;
    sj_error error;
    sj_handle *handle;
    memset(&gone, 0, sizeof gone);
    handle = sj_host_dns_ask(world->harness->scope, SJ_HERE, "gateway.example", SJ_DNS_ADDRESSES,
                             hear, &gone, &error);
    ask(world, "gateway.example", SJ_DNS_ADDRESSES, &stays);
    sj_host_handle_close(handle);
    harness_until(world->harness, &stays.told);
    assert_int_equal(gone.times, 0);
    assert_int_equal(stays.times, 1);
    handle = sj_host_dns_ask(world->harness->scope, SJ_HERE, "gateway.example", SJ_DNS_ADDRESSES,
                             hear, &gone, &error);
    sj_host_handle_close(handle); /* its answer was on its way */
    harness_turn(world->harness, 20);
    assert_int_equal(gone.times, 0);
    world->silent = true; /* and the end comes while one is under way */
    ask(world, "late.example", SJ_DNS_SRV, &gone);
}

static void names_that_cannot_be_are_refused(void **state) {
    static const char *const wrong[] = {
        "",          ".",
        "a..b",      "a b",
        "a/b",       "-_.\xc3\xa4",
        "host:5060", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.x"};
    struct world *world = *state;
    struct heard heard;
    sj_error error;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_null(sj_host_dns_ask(world->harness->scope, SJ_HERE, wrong[i], SJ_DNS_SRV, hear,
                                    &heard, &error));
        assert_int_equal(error.code, SJ_E_INVALID);
    }
    assert_null(
        sj_host_dns_ask(world->harness->scope, SJ_HERE, "a.example", 7, hear, &heard, &error));
}

/* Cut anywhere, a reply is read to its end or refused, never beyond it. */
static void cut_replies_are_refused(void **state) {
    unsigned char whole[128] = {0, 1, 0x80, 0, 0, 1, 0, 1, 0, 0, 0, 0};
    size_t length = 12;
    struct dns_records records;
    (void)state;
    length += put_name(whole + length, "_sip._tcp.provider.example");
    length += put16(whole + length, TYPE_SRV);
    length += put16(whole + length, 1);
    length += put16(whole + length, 0xc00c);
    length += put16(whole + length, TYPE_SRV);
    length += put16(whole + length, 1);
    length += put16(whole + length, 0);
    length += put16(whole + length, 77);
    const size_t data = data_of("_sip._tcp.provider.example", TYPE_SRV, whole + length + 2);
    length += put16(whole + length, (unsigned)data);
    length += data;
    assert_int_equal(sj_dns_reply_read(SJ_DNS_SRV, whole, (int)length, &records), SJ_OK);
    assert_int_equal(records.ttl_s, 77);
    sj_dns_records_free(&records);
    for (size_t cut = 0; cut < length; cut++) {
        unsigned char *part = malloc(cut + (cut == 0));
        memcpy(part, whole, cut);
        assert_int_not_equal(sj_dns_reply_read(SJ_DNS_SRV, part, (int)cut, &records), SJ_OK);
        sj_dns_records_free(&records);
        free(part);
    }
}

/* ---- calls to other servers ---- */

/* What libcurl would ask, on a thread: the system, here with a dead name server. */
static unsigned system_asked;
__attribute__((visibility("default"))) int getaddrinfo(const char *name, const char *service,
                                                       const struct addrinfo *hints,
                                                       struct addrinfo **found) {
    (void)name, (void)service, (void)hints, (void)found;
    system_asked++;
    (void)sleep(4);
    return EAI_AGAIN;
}

struct outcome {
    bool over;
    int status, http_status;
    char sentence[800];
};

static void done(void *user, const sj_http_result *result) {
    struct outcome *outcome = user;
    outcome->over = true;
    outcome->status = result->status;
    outcome->http_status = result->http_status;
    (void)snprintf(outcome->sentence, sizeof outcome->sentence, "%s",
                   result->error != NULL ? result->error->text : "");
}

static sj_handle *call(struct world *world, const char *host, int64_t timeout_ms,
                       struct outcome *outcome) {
    char url[200];
    const sj_http_call request = {.size = sizeof request, .url = url, .timeout_ms = timeout_ms};
    sj_error error;
    memset(outcome, 0, sizeof *outcome);
    (void)snprintf(url, sizeof url, "http://%s:%d/here", host,
                   world->harness->node.facts.http_port);
    return sj_host_http_fetch(world->harness->scope, SJ_HERE, &request, done, outcome, &error);
}

static void here(void *user, sj_http_request *request) {
    const sj_http_reply reply = {
        .status = 200, .content_type = "text/plain", .body = "here", .body_length = 4};
    (void)user;
    sj_host_http_reply(request, &reply);
}

static void a_call_to_a_name_asks_the_name_servers_of_the_node(void **state) {
    struct world *world = *state;
    struct outcome outcome;
    sj_error error;
    assert_non_null(
        sj_host_http_route(world->harness->scope, SJ_HERE, "GET", "/here", 0, here, NULL, &error));
    system_asked = 0;
    for (int i = 0; i < 3; i++) {
        assert_non_null(call(world, "node.example", 4000, &outcome));
        harness_until(world->harness, &outcome.over);
        assert_string_equal(outcome.sentence, "");
        assert_int_equal(outcome.http_status, 200);
    }
    assert_true(world->questions <= 2); /* A and AAAA, once */
    assert_non_null(call(world, "nobody.invalid", 4000, &outcome));
    harness_until(world->harness, &outcome.over);
    assert_int_equal(outcome.status, SJ_E_UNAVAILABLE);
    assert_non_null(strstr(outcome.sentence, "the DNS has no name nobody.invalid"));
    assert_int_equal(system_asked, 0);
}

static void a_dead_name_server_ends_a_call_in_time(void **state) {
    struct world *world = *state;
    struct outcome outcome, left;
    world->silent = true;
    system_asked = 0;
    assert_non_null(call(world, "node.example", 200, &outcome));
    harness_until(world->harness, &outcome.over);
    assert_int_equal(outcome.status, SJ_E_TIMEOUT);
    assert_non_null(strstr(outcome.sentence, "did not answer within 200 ms"));
    sj_host_handle_close(call(world, "node.example", 4000, &left)); /* who leaves hears nothing */
    assert_non_null(
        call(world, "late.example", 4000, &left)); /* and the end comes while one waits */
    harness_turn(world->harness, 20);
    assert_false(left.over);
    assert_int_equal(system_asked, 0);
}

/* Where libcurl has to ask all the same, the end of the call does not wait for its thread. */
static void the_loop_waits_for_no_thread_that_resolves(void **state) {
    struct world *world = *state;
    struct resolver *resolver = world->harness->node.resolver;
    struct outcome outcome;
    world->harness->node.resolver = NULL;
    system_asked = 0;
    assert_non_null(call(world, "node.example", 100, &outcome));
    const uint64_t begun = uv_hrtime();
    harness_until(world->harness, &outcome.over);
    assert_int_equal(outcome.status, SJ_E_TIMEOUT);
    assert_true(uv_hrtime() - begun < 3000000000u);
    assert_int_equal(system_asked, 1);
    world->harness->node.resolver = resolver;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(records_come_as_they_are, setup, teardown),
        cmocka_unit_test_setup_teardown(an_answer_is_kept_for_its_time_to_live, setup, teardown),
        cmocka_unit_test_setup_teardown(what_does_not_exist_is_remembered, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_dead_server_is_not_asked_each_time_and_what_was_known_holds, setup, teardown),
        cmocka_unit_test_setup_teardown(who_leaves_hears_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(names_that_cannot_be_are_refused, setup, teardown),
        cmocka_unit_test(cut_replies_are_refused),
        cmocka_unit_test_setup_teardown(a_call_to_a_name_asks_the_name_servers_of_the_node,
                                        setup_calls, teardown),
        cmocka_unit_test_setup_teardown(a_dead_name_server_ends_a_call_in_time, setup_calls,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_loop_waits_for_no_thread_that_resolves, setup_calls,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
