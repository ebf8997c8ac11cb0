/* Nothing of a plugin's memory survives its unload: each kind of declaration is loaded, used,
 * unloaded and looked at again, the plugin's own ones and those of the house as an older SDK knew
 * them. And a plugin runs what is on the disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "events/device.h"
#include "host/bus/bus.h"
#include "host/params/params.h"
#include "host/policy/service.h"
#include "host/record/record.h"
#include "host/store/store.h"
#include "probe_node.h"
#include "resources/partition.h"

static void contains(const char *text, const char *part) {
    if (strstr(text, part) == NULL) {
        fail_msg("expected \"%s\" in \"%s\"", part, text);
    }
}

static bool is_mapped(const char *name) {
    char line[1024];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "r");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps) != NULL) {
        found = found || strstr(line, name) != NULL;
    }
    (void)fclose(maps);
    return found;
}

static void note_event(void *user, const sj_record_meta *event) {
    *(size_t *)user += strlen(event->name) + strlen(event->doc) + event->fields[0].offset;
}

static void note_request(void *user, const sj_request_meta *request) {
    *(size_t *)user +=
        strlen(request->name) + strlen(request->command) + request->reply->fields_count;
}

static void note_tap(void *user, const char *type, const char *json) {
    *(size_t *)user += strlen(type) + strlen(json);
}

/* What the host does with declarations, whoever brought them. */
static void use_everything(struct probe_node *probe) {
    struct node *node = &probe->node;
    const struct sj_catalog *catalog = sj_store_catalog(node->store);
    const sj_device_unregistered event = {.device_name = "SEP000000000002", .reason = "removed"};
    const sj_partition partition = {.name = "of the house", .description = "d"};
    sj_handle *tap;
    sj_topic *topic;
    sj_error error;
    size_t seen = 0;
    assert_true(sj_partition_put(node->scope, &partition, SJ_PUT_ANY, &error) >= 0);
    for (size_t i = 0; sj_catalog_resource_at(catalog, i) != NULL; i++) {
        const sj_resource_meta *meta = sj_catalog_resource_at(catalog, i);
        const sj_query query = {.limit = 3};
        sj_list list;
        assert_int_equal(sj_store_list(node->store, meta, &query, &list, &error), SJ_OK);
        sj_list_free(node->scope, &list);
    }
    assert_true(sj_partition_delete(node->scope, "of the house", &error) >=
                0); /* asks all who might refer to it */
    for (size_t i = 0; sj_catalog_param_at(catalog, i) != NULL; i++) {
        sj_text text = {0};
        sj_params_write(node, sj_catalog_param_at(catalog, i), &text);
        assert_false(text.failed);
        sj_text_clear(&text);
    }
    tap = sj_bus_tap(node, NULL, note_tap, &seen);
    topic = sj_device_unregistered_topic(node->scope, &error);
    assert_non_null(tap);
    assert_non_null(topic);
    sj_publish_device_unregistered(node->scope, topic, &event);
    assert_true(seen > 0);
    sj_host_handle_close(tap);
    sj_bus_each_event(node, note_event, &seen);
    sj_bus_each_request(node, note_request, &seen);
    for (size_t i = 0; i < node->policy->core.hooks_count; i++) {
        seen += strlen(node->policy->core.hooks[i].meta->input->fields[0].name);
    }
    probe_node_spin(probe, 5);
}

static void unload(struct probe_node *probe, const char *name) {
    const struct plugin *plugin = probe_node_plugin(probe, name);
    char copy[80];
    (void)snprintf(copy, sizeof copy, "/%s-", name);
    assert_true(is_mapped(copy));
    assert_int_equal(probe_node_deactivate(probe, name), SJ_OK);
    assert_int_equal(probe_node_unload(probe, name), SJ_OK);
    if (!plugin->file.facts
             .thread_destructors) { /* sanitizers may bring thread-local storage along */
        assert_string_equal(probe->state_text, "unloaded");
        assert_false(is_mapped(copy));
    }
}

static void on_reset(void *user, sj_question *question, const sj_device_reset *request) {
    (void)request;
    *(sj_question **)user = question; /* and does not answer */
}

static void note_here(void *user, const sj_handle *handle) {
    *(size_t *)user += strlen(handle->here) + strlen(handle->kind);
}

static void an_older_sdk_leaves_nothing_behind(void **state) {
    struct probe_node *probe = probe_node_new();
    sj_question *question = NULL;
    sj_error error;
    (void)state;
    probe_node_place(probe, "old_sdk");
    probe_node_open(probe, "publisher");
    assert_non_null(sj_answer_device_reset(probe->node.scope, on_reset, &question, &error));
    for (int i = 0; i < 3; i++) {
        size_t seen = 0;
        assert_int_equal(probe_node_activate(probe, "old-sdk"), SJ_OK);
        use_everything(probe);
        unload(probe, "old-sdk");
        use_everything(probe);
        sj_scope_walk(probe->node.scope, note_here,
                      &seen); /* the question that it has asked is still there */
        assert_non_null(question);
    }
    assert_int_equal(probe_node_end(probe), 0);
}

static const sj_resource_meta *thing(struct probe_node *probe) {
    return sj_catalog_resource(sj_store_catalog(probe->node.store), "probe_thing");
}

static void on_json(void *user, int status, const sj_error *error, const char *json) {
    (void)error;
    (void)snprintf(user, 200, "%d %s", status, status == SJ_OK ? json : "");
}

static void ask(struct probe_node *probe, const char *expected) {
    char answer[200] = "";
    sj_error error;
    assert_int_equal(
        sj_bus_ask_json(&probe->node, "probe.asked", "{\"name\":\"you\"}", on_json, answer, &error),
        SJ_OK);
    while (answer[0] == '\0') {
        uv_run(&probe->loop, UV_RUN_ONCE);
    }
    contains(answer, expected);
}

static void limit_is(struct probe_node *probe, const char *expected) {
    const sj_param_meta *limit =
        sj_catalog_param(sj_store_catalog(probe->node.store), "Probe", "probe_limit");
    sj_text text = {0};
    assert_non_null(limit);
    sj_params_write(&probe->node, limit, &text);
    contains(text.data, expected);
    sj_text_clear(&text);
}

static void its_own_declarations_come_and_go(void **state) {
    struct probe_node *probe = probe_node_new();
    const sj_resource_meta *held;
    const sj_param_meta *limit;
    sj_error error;
    (void)state;
    probe_node_place(probe, "declares");
    probe_node_open(probe, "publisher");
    for (int i = 0; i < 3; i++) {
        void *record = NULL;
        assert_int_equal(probe_node_activate(probe, "declares"), SJ_OK);
        use_everything(probe);
        ask(probe, "0 {\"name\":\"you\",\"color\":\"blue\"");
        limit_is(probe, "\"value\":7,\"default\":7");
        assert_int_equal(sj_store_get(probe->node.store, thing(probe), "first", &record, &error),
                         SJ_OK);
        free(record);
        held = thing(probe);
        limit = sj_catalog_param(sj_store_catalog(probe->node.store), "Probe", "probe_limit");
        unload(probe, "declares");
        assert_string_equal(held->record->fields[1].choices[1],
                            "blue"); /* a request that is under way may still hold it */
        assert_string_equal(limit->field.title, "Limit");
        assert_null(thing(probe));
        assert_null(sj_bus_find_event(&probe->node, "probe.happened"));
        assert_null(sj_bus_find_request(&probe->node, "probe.asked"));
        use_everything(probe);
    }
    assert_int_equal(probe_node_end(probe), 0);
}

/* The next version declares the same names otherwise; what the first one wrote is there. */
static void a_restart_runs_what_is_on_the_disk(void **state) {
    struct probe_node *probe = probe_node_new();
    void *record = NULL;
    int64_t weight = 0;
    sj_error error;
    (void)state;
    probe_node_place(probe, "declares");
    probe_node_open(probe, "publisher");
    assert_int_equal(probe_node_activate(probe, "declares"), SJ_OK);
    contains(probe->text, "is activated and started, version 1.0.0");
    probe_node_place_file(probe, PROBES "/declares_next.so", "declares");
    assert_int_equal(probe_node_activate(probe, "declares"), SJ_OK); /* it runs already */
    contains(probe->text,
             "version 2.0.0 on the disk waits for \"sojourn service restart declares\"");
    assert_int_equal(probe_node_restart(probe, "declares"), SJ_OK);
    contains(probe->text, "is activated and started, version 2.0.0");
    assert_string_equal(probe_node_plugin(probe, "declares")->descriptor->version, "2.0.0");
    limit_is(probe, "\"value\":9,\"default\":9");
    assert_int_equal(sj_store_get(probe->node.store, thing(probe), "first", &record, &error),
                     SJ_OK);
    memcpy(&weight, (const char *)record + sj_record_field(thing(probe)->record, "weight")->offset,
           sizeof weight);
    assert_int_equal(weight, 3);
    free(record);
    use_everything(probe);
    /* And back, by deactivating and activating. */
    probe_node_place(probe, "declares");
    assert_int_equal(probe_node_deactivate(probe, "declares"), SJ_OK);
    assert_int_equal(probe_node_activate(probe, "declares"), SJ_OK);
    contains(probe->text, "version 1.0.0");
    limit_is(probe, "\"value\":7,\"default\":7");
    use_everything(probe);
    assert_int_equal(probe_node_end(probe), 0);
}

static void activate_reads_the_file_of_that_service_alone(void **state) {
    struct probe_node *probe = probe_node_new();
    (void)state;
    probe_node_place(probe, "declares");
    probe_node_place(probe, "steady");
    probe_node_open(probe, "publisher");
    assert_int_equal(probe_node_activate(probe, "declares"), SJ_OK);
    probe_node_place_file(probe, PROBES "/declares_next.so", "declares");
    assert_int_equal(probe_node_activate(probe, "steady"), SJ_OK);
    assert_string_equal(probe_node_plugin(probe, "declares")->waits, "");
    assert_int_equal(probe_node_activate(probe, "declares"), SJ_OK);
    contains(probe->text, "version 2.0.0 on the disk waits");
    assert_int_equal(probe_node_end(probe), 0);
}

static void a_new_file_that_is_no_good_waits(void **state) {
    struct probe_node *probe = probe_node_new();
    (void)state;
    probe_node_place(probe, "declares");
    probe_node_open(probe, "publisher");
    assert_int_equal(probe_node_activate(probe, "declares"), SJ_OK);
    probe_node_place_file(probe, "/proc/self/cmdline", "declares");
    assert_int_equal(probe_node_restart(probe, "declares"), SJ_E_CONFLICT);
    contains(probe->text,
             "is started again with the old version 1.0.0; cannot load the version on the disk: ");
    contains(probe->text, "expected a shared object (ELF), got something else");
    contains(probe_node_plugin(probe, "declares")->waits,
             "cannot load the version"); /* what "service status" tells */
    probe_node_place(probe, "declares");
    assert_int_equal(probe_node_restart(probe, "declares"), SJ_OK);
    assert_null(strstr(probe->text, "on the disk"));
    assert_int_equal(probe_node_end(probe), 0);
}

static void activate_looks_for_new_files(void **state) {
    struct probe_node *probe = probe_node_new();
    (void)state;
    probe_node_open(probe, "publisher");
    assert_int_equal(probe_node_activate(probe, "steady"), SJ_E_NOT_FOUND);
    probe_node_place_file(probe, "/proc/self/cmdline", "steady");
    assert_int_equal(probe_node_activate(probe, "steady"), SJ_E_CONFLICT);
    contains(probe->text, "steady is refused: ");
    probe_node_place(probe, "steady"); /* what was refused may be mended */
    assert_int_equal(probe_node_activate(probe, "steady"), SJ_OK);
    assert_int_equal(probe_node_plugin(probe, "steady")->state, PLUGIN_STARTED);
    assert_int_equal(probe_node_end(probe), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_older_sdk_leaves_nothing_behind),
        cmocka_unit_test(its_own_declarations_come_and_go),
        cmocka_unit_test(a_restart_runs_what_is_on_the_disk),
        cmocka_unit_test(activate_reads_the_file_of_that_service_alone),
        cmocka_unit_test(a_new_file_that_is_no_good_waits),
        cmocka_unit_test(activate_looks_for_new_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
