/* How long changes hold the loop of a hub with an imported catalog: the service on the test kit,
 * with the real store in memory, and the CPU time of its longest callback. Prints rows as
 * tests/bench/run does. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <sojourn/testkit.h>

#include "resources/ils.h"

extern const sj_plugin sj_plugin_descriptor;

enum { FEW = 100000, MANY = 300000, PUT_AT_ONCE = 1000, QUIET_MS = 2000, GOAL_MS = 20 };

struct cost {
    double longest_ms, all_ms;
};

static double cpu_ms(void) {
    struct timespec used;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec * 1e3 + (double)used.tv_nsec / 1e6;
}

static void check(bool right, const sj_error *error) {
    if (!right) {
        fprintf(stderr, "%s\n", error->text);
        abort();
    }
}

static void exchange_dial_plan(sj_testkit *kit, bool on) {
    char json[160];
    sj_error error = {0};
    (void)snprintf(json, sizeof json,
                   "{\"role\":\"hub\",\"exchange_dial_plan\":%s,"
                   "\"advertised_route_string\":\"hq.example\"}",
                   on ? "true" : "false");
    check(sj_testkit_put(kit, &sj_ils_configuration_meta, json, &error) == SJ_OK, &error);
}

static void import(sj_testkit *kit, unsigned count) {
    sj_scope *scope = sj_testkit_scope(kit);
    sj_error error = {0};
    for (unsigned at = 0; at < count;) {
        check(sj_store_begin(scope, &error) == SJ_OK, &error);
        for (unsigned i = 0; i < PUT_AT_ONCE; i++, at++) {
            char number[16];
            (void)snprintf(number, sizeof number, "8%07u", at);
            const sj_imported_number record = {
                .number = number, .catalog = "PBX", .description = "", .pstn_failover = ""};
            check(sj_imported_number_put(scope, &record, SJ_PUT_NEW, &error) == SJ_OK, &error);
        }
        check(sj_store_commit(scope, NULL, NULL, &error) == SJ_OK, &error);
        sj_testkit_run(kit);
    }
    sj_testkit_forget(kit);
}

/* A callback after the other, until there has been nothing to do for a while. */
static struct cost settle(sj_testkit *kit) {
    struct cost cost = {0};
    for (int quiet = 0; quiet < QUIET_MS; quiet++) {
        const double begun = cpu_ms();
        sj_testkit_advance(kit, 1);
        const double used = cpu_ms() - begun;
        cost.longest_ms = used > cost.longest_ms ? used : cost.longest_ms;
        cost.all_ms += used;
        quiet = used > 1 ? 0 : quiet;
        sj_testkit_forget(kit);
    }
    return cost;
}

static void row(const char *what, unsigned count, struct cost cost) {
    char text[80];
    (void)snprintf(text, sizeof text, "%s of %u, ms (goal)", what, count);
    printf("%-52s %14.1f %14d %8.2f\n", text, cost.longest_ms, GOAL_MS, cost.longest_ms / GOAL_MS);
    fprintf(stderr, "%s of %u: %.2f s of CPU in all\n", what, count, cost.all_ms / 1e3);
}

static void measure(unsigned count) {
    sj_testkit *kit = sj_testkit_open(NULL);
    sj_error error = {0};
    exchange_dial_plan(kit, true);
    check(sj_testkit_put(kit, &sj_imported_catalog_meta,
                         "{\"name\":\"PBX\",\"route_string\":\"pbx.example\"}", &error) == SJ_OK,
          &error);
    import(kit, count);
    check(sj_testkit_start(kit, &sj_plugin_descriptor, &error) == SJ_OK, &error);
    row("longest callback: a hub starts with a catalog", count, settle(kit));
    check(sj_testkit_put(kit, &sj_directory_uri_meta,
                         "{\"user\":\"anna\",\"host\":\"example.com\"}", &error) == SJ_OK,
          &error);
    row("longest callback: a URI is added beside a catalog", count, settle(kit));
    exchange_dial_plan(kit, false);
    row("longest callback: it stops to advertise one", count, settle(kit));
    exchange_dial_plan(kit, true);
    (void)settle(kit);
    check(sj_imported_catalog_delete(sj_testkit_scope(kit), "PBX", &error) == SJ_OK, &error);
    row("longest callback: it removes one", count, settle(kit));
    check(sj_imported_number_count(sj_testkit_scope(kit), NULL, &error) == 0, &error);
    check(sj_testkit_end(kit, &error) == SJ_OK, &error);
}

int main(void) {
    measure(FEW);
    measure(MANY);
    return 0;
}
