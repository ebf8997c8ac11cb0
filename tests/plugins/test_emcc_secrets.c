/* What clusters tell each other of PINs leaves no trace: when its memory is given back, no PIN
 * stands in it. */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_world.h"
#include "resources/end_user.h"

#define PIN "83619247"
#define NEW_PIN "58203946"

static __typeof__(((sj_host *)0)->record_free) free_record;
static size_t records, traces;

static bool holds(const void *memory, size_t length, const char *text) {
    return memmem(memory, length, text, strlen(text)) != NULL;
}

static void watched_free(void *record) {
    if (record != NULL) {
        const size_t length = malloc_usable_size(record);
        records++;
        traces += holds(record, length, PIN) || holds(record, length, NEW_PIN);
    }
    free_record(record);
}

static void watch(struct world *world) {
    records = traces = 0;
    for (int cluster = 0; cluster < CLUSTERS; cluster++) {
        sj_host *host = (sj_host *)(uintptr_t)sj_testkit_scope(world->kits[cluster])->host;
        free_record = host->record_free;
        host->record_free = watched_free;
    }
}

static void change_to(struct world *world, const char *pin, const char *to, const char *shown) {
    char path[300];
    (void)snprintf(path, sizeof path,
                   "/changecredential/ChangeCredentialServlet?device=" PHONE
                   "&EMCC=true&userid=alice&oldpin=%s&newpin=%s&confirmpin=%s",
                   pin, to, to);
    const sj_testkit_reply *reply = world_get(world, BR, path);
    assert_non_null(strstr(reply->body, shown));
}

static void messages_are_wiped(void **state) {
    struct world *world = *state;
    watch(world);
    expect(world, "alice", PIN, "(2)"); /* wrong, and yet a secret */
    assert_true(records > 0);
    assert_int_equal(traces, 0);
    change_to(world, PIN, NEW_PIN, "(2)");
    world->hash_ms[HQ] = 60000; /* given up while it waits */
    expect(world, "alice", PIN, "");
    world_advance(world, 60000);
    assert_int_equal(traces, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(messages_are_wiped, setup, teardown)};
    return cmocka_run_group_tests_name("Secrets between clusters", tests, NULL, NULL);
}
