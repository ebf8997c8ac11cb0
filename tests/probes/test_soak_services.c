/* The real services, activated and deactivated 1,000 times on a complete node while phones knock at
 * its doors: no growth of memory, descriptors or live things. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "events/node.h"
#include "events/session.h"
#include "host/node/host_table.h"
#include "host/node/node_facts.h"
#include "host/node/parts.h"
#include "host/plugin/loader.h"
#include "host/policy/service.h"
#include "host/telemetry/log.h"
#include "host/telemetry/trace.h"
#include "sojourn_schema.h"
#include "traffic.h"
#include "usage.h"

enum { ROUNDS = 1000, WARM_UP = 600, ALLOWED_BYTES = 256 * 1024, MOST_SERVICES = 16 };

struct house {
    struct node node;
    uv_loop_t loop;
    struct config config;
    struct traffic traffic;
    char directory[64];
    const char *services[MOST_SERVICES];
    size_t services_count;
    bool answered, stopped;
    int status;
    char text[640];
    sj_topic *topic;
};

static void print_problem(void *user, const char *sentence) {
    (void)user;
    (void)fprintf(stderr, "%s\n", sentence);
}

static void add_services(struct house *house, bool with_needs) {
    for (struct plugin *plugin = house->node.loader->plugins;
         plugin != NULL && house->services_count < MOST_SERVICES; plugin = plugin->next) {
        if ((plugin->file.manifest.needs[0] != '\0') == with_needs) {
            house->services[house->services_count++] = plugin->owner.name;
        }
    }
}

static void open_house(struct house *house) {
    char text[1024];
    int length;
    sj_error error;
    (void)strcpy(house->directory, "/tmp/sojourn-soak-XXXXXX");
    assert_non_null(mkdtemp(house->directory));
    length = snprintf(text, sizeof text,
                      "return { cluster = 'soak', node = 'soak-1', listen = { address = "
                      "'127.0.92.1', sip = 15060, sips = 15061,\n"
                      "tftp = 15069, tftp_http = 16970, http = 18080, https = 18443 },\n"
                      "directories = { state = '%s', plugins = '%s' } }\n",
                      house->directory, PLUGINS);
    assert_int_equal(
        sj_config_read(&house->config, "node.lua", text, (size_t)length, print_problem, NULL), 0);
    assert_int_equal(uv_loop_init(&house->loop), 0);
    assert_int_equal(sj_node_init(&house->node, &house->loop, &error), SJ_OK);
    sj_table_fill(&house->node.table);
    sj_node_set_facts(&house->node, &house->config);
    house->node.schema = &sojourn_schema;
    if (sj_parts_open(&house->node, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
    sj_log_configure(&house->node, SJ_LOG_ERROR, false);
    add_services(house, false);
    add_services(house, true); /* those that need others come after them */
    assert_true(house->services_count > 0);
    house->topic = sj_session_started_topic(house->node.scope, &error);
    traffic_start(&house->traffic, &house->loop, &house->node.facts);
}

static void all_stopped(void *user) {
    *(bool *)user = true;
}

static void close_house(struct house *house) {
    char command[128];
    traffic_stop(&house->traffic);
    sj_loader_stop_all(&house->node, all_stopped, &house->stopped);
    while (!house->stopped) {
        uv_run(&house->loop, UV_RUN_ONCE);
    }
    sj_parts_close(&house->node);
    sj_node_finish(&house->node);
    assert_int_equal(uv_loop_close(&house->loop), 0);
    sj_config_free(&house->config);
    (void)snprintf(command, sizeof command, "rm -rf %s", house->directory);
    assert_int_equal(system(command), 0);
}

static void answered(void *user, int status, const sj_error *error, const void *reply) {
    struct house *house = user;
    (void)reply;
    house->answered = true;
    house->status = status;
    (void)snprintf(house->text, sizeof house->text, "%s", status == SJ_OK ? "" : error->text);
}

static void wish(struct house *house, const sj_request_meta *meta, const char *service) {
    const sj_service_activate activate = {.service = service, .node = ""};
    const sj_service_deactivate deactivate = {.service = service, .node = ""};
    const void *request = meta == &sj_service_activate_meta ? (const void *)&activate : &deactivate;
    sj_error error;
    house->answered = false;
    assert_int_equal(house->node.table.request_ask(house->node.scope, SJ_HERE, meta, request, 0,
                                                   answered, house, &error),
                     SJ_OK);
    while (!house->answered) {
        uv_run(&house->loop, UV_RUN_ONCE);
    }
    if (house->status != SJ_OK) {
        fail_msg("%s %s: %s", meta->name, service, house->text);
    }
}

static void round_of(struct house *house) {
    sj_session_started event = {.user_id = "alice"};
    for (size_t i = 0; i < house->services_count; i++) {
        wish(house, &sj_service_activate_meta, house->services[i]);
        sj_publish_session_started(house->node.scope, house->topic, &event);
    }
    for (long sent = house->traffic.sent; house->traffic.sent == sent;) {
        uv_run(&house->loop, UV_RUN_ONCE); /* all are up: the phones are heard */
    }
    for (size_t i = house->services_count; i-- > 0;) {
        wish(house, &sj_service_deactivate_meta, house->services[i]);
    }
}

static void wake(uv_timer_t *timer) {
    *(bool *)timer->data = true;
}

/* Lets what is on its way arrive: connections end, jobs and flushes are done. */
static void settle(struct house *house) {
    uv_timer_t timer;
    bool over = false;
    house->traffic.paused = true;
    uv_timer_init(&house->loop, &timer);
    timer.data = &over;
    uv_timer_start(&timer, wake, 1000, 0);
    while (!over || house->traffic.connections > 0) {
        uv_run(&house->loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&house->loop, UV_RUN_NOWAIT);
    house->traffic.paused = false;
}

/* Memory in use, without the journal of what the phones have done and the decisions about it, which
 * are bounded by themselves.
 */
static long bytes_without_history(const struct house *house) {
    return usage_bytes() -
           (long)(sj_trace_bytes(&house->node) + sj_policy_decisions_bytes(&house->node));
}

static void a_thousand_lives_of_each_service(void **state) {
    static struct house house;
    long before, after;
    int open_before;
    size_t things;
    (void)state;
    open_house(&house);
    for (int i = 0; i < WARM_UP; i++) {
        round_of(&house);
    }
    settle(&house);
    before = bytes_without_history(&house);
    open_before = usage_descriptors();
    things = house.node.host.owned;
    for (int i = 0; i < ROUNDS; i++) {
        round_of(&house);
    }
    settle(&house);
    after = bytes_without_history(&house);
    (void)printf("# %d rounds of %zu services under %ld datagrams, %ld replies, %ld pages: %ld "
                 "bytes before, %ld after\n",
                 ROUNDS, house.services_count, house.traffic.sent, house.traffic.replies,
                 house.traffic.pages, before, after);
    assert_int_equal(usage_descriptors(), open_before);
    assert_int_equal(house.node.host.owned, things);
    for (const struct plugin *plugin = house.node.loader->plugins; plugin != NULL;
         plugin = plugin->next) {
        assert_int_equal(plugin->owner.owned, 0);
    }
    assert_true(house.traffic.replies > 0 && house.traffic.pages > 0);
    if (after - before > ALLOWED_BYTES) {
        fail_msg("memory in use grew from %ld to %ld bytes", before, after);
    }
    close_house(&house);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_thousand_lives_of_each_service)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
