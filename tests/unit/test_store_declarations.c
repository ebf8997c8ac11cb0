/* Declarations that grow, come and go; layouts of a later version, and places without a store. */
#include "tests/unit/store_fixture.h"

#include "host/store/internal.h"
#include "resources/certificates.h"
#include "resources/location.h"

struct old_thing {
    const char *name;
};
struct new_thing {
    const char *name;
    int64_t weight;
    const char *colour;
    const char *const *tags;
    size_t tags_count;
};

#define FIELD(struct_, name_, type_, element_, flags_, fallback_)                                  \
    {                                                                                              \
        .name = #name_, .title = #name_, .doc = "", .since = "1.0", .unit = "", .type = type_,     \
        .element = element_, .flags = flags_, .offset = offsetof(struct struct_, name_),           \
        .format = "", .hash = "", .target = "", .fallback = fallback_                              \
    }

static const sj_field old_fields[] = {
    FIELD(old_thing, name, SJ_TYPE_TEXT, SJ_TYPE_TEXT, SJ_FIELD_REQUIRED, "")};
static const sj_field new_fields[] = {
    FIELD(new_thing, name, SJ_TYPE_TEXT, SJ_TYPE_TEXT, SJ_FIELD_REQUIRED, ""),
    FIELD(new_thing, weight, SJ_TYPE_INTEGER, SJ_TYPE_INTEGER, 0, "7"),
    FIELD(new_thing, colour, SJ_TYPE_TEXT, SJ_TYPE_TEXT, SJ_FIELD_INDEX, "it's red"),
    {.name = "tags",
     .title = "tags",
     .doc = "",
     .since = "1.0",
     .unit = "",
     .type = SJ_TYPE_LIST,
     .element = SJ_TYPE_TEXT,
     .offset = offsetof(struct new_thing, tags),
     .count_offset = offsetof(struct new_thing, tags_count),
     .format = "",
     .hash = "",
     .target = "",
     .fallback = ""},
};
static const uint64_t prints[] = {1, 2, 3, 4, 5};
static const sj_record_meta old_record = {
    sizeof old_record,        SJ_KIND_RESOURCE, "thing", "Thing", "", "1.0",
    sizeof(struct old_thing), old_fields,       1,       prints};
static const sj_record_meta new_record = {
    sizeof new_record,        SJ_KIND_RESOURCE, "thing", "Thing", "", "1.0",
    sizeof(struct new_thing), new_fields,       4,       prints};
static const sj_resource_meta old_meta = {
    sizeof old_meta, &old_record, "things", {"name", NULL}, 0, "", NULL};
static const sj_resource_meta new_meta = {
    sizeof new_meta, &new_record, "things", {"name", NULL}, 0, "", NULL};
static const sj_resource_meta *const old_resources[] = {&old_meta, NULL};
static const sj_resource_meta *const new_resources[] = {&new_meta, NULL};
static const sj_schema old_schema = {
    .size = sizeof old_schema, .name = "old", .resources = old_resources};
static const sj_schema new_schema = {
    .size = sizeof new_schema, .name = "new", .resources = new_resources};

static bool sees_index(struct fixture *fixture, const char *name) {
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(fixture_store(fixture)->database,
                                        "SELECT 1 FROM sqlite_master WHERE name=?", -1, &statement,
                                        NULL),
                     SQLITE_OK);
    (void)sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    const bool there = sqlite3_step(statement) == SQLITE_ROW;
    (void)sqlite3_finalize(statement);
    return there;
}

static void declarations_may_grow(void **state) {
    struct fixture *fixture = *state;
    struct new_thing *thing;
    sj_error error = {0};
    void *record = NULL;
    fixture_close(fixture);
    fixture_open(fixture, &old_schema);
    must_put(fixture, &old_meta, "{\"name\":\"a\"}");
    fixture_close(fixture);
    fixture_open(fixture, &new_schema);
    assert_int_equal(sj_store_get(fixture_store(fixture), &new_meta, "a", &record, &error), SJ_OK);
    thing = record;
    assert_int_equal(thing->weight, 7);
    assert_string_equal(thing->colour, "it's red");
    assert_int_equal(thing->tags_count, 0);
    sj_host_record_free(thing);
    assert_true(sees_index(fixture, "i_r_thing__colour"));
    must_put(fixture, &new_meta, "{\"name\":\"a\",\"weight\":9,\"tags\":[\"x\",\"y\"]}");
    /* An older plugin writes beside the newer host: what it does not know stays. */
    must_put(fixture, &old_meta, "{\"name\":\"a\"}");
    assert_int_equal(sj_store_get(fixture_store(fixture), &new_meta, "a", &record, &error), SJ_OK);
    thing = record;
    assert_int_equal(thing->weight, 9);
    assert_int_equal(thing->tags_count, 2);
    sj_host_record_free(thing);
}

/* No plugin removes it either; a store that has lost it gets it back, and nothing else that was
 * removed. */
static void what_is_always_there(void **state) {
    static const char *const names[] = {"Hub_None", "Phantom", "Shadow"};
    struct fixture *fixture = *state;
    sj_error error = {0};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(
            sj_host_store_delete(fixture->node.scope, &sj_location_meta, names[i], &error),
            SJ_E_IN_USE);
        assert_non_null(strstr(error.text, "is always there"));
        assert_true(sj_store_exists(fixture_store(fixture), &sj_location_meta, names[i]));
    }
    must_put(fixture, &sj_location_meta, "{\"name\":\"Phantom\",\"audio_bandwidth\":7}");
    assert_int_equal(sqlite3_exec(fixture_store(fixture)->database,
                                  "DELETE FROM r_location WHERE key='Hub_None'", NULL, NULL, NULL),
                     SQLITE_OK);
    fixture_close(fixture);
    fixture_open(fixture, &sojourn_schema);
    sj_location *phantom = NULL;
    assert_int_equal(sj_store_get(fixture_store(fixture), &sj_location_meta, "Phantom",
                                  (void **)&phantom, &error),
                     SJ_OK);
    assert_int_equal(phantom->audio_bandwidth, 7);
    sj_host_record_free(phantom);
    for (size_t i = 0; i < 3; i++) {
        assert_true(sj_store_exists(fixture_store(fixture), &sj_location_meta, names[i]));
    }
}

struct box {
    const char *name, *thing;
};
static const sj_field box_fields[] = {
    FIELD(box, name, SJ_TYPE_TEXT, SJ_TYPE_TEXT, SJ_FIELD_REQUIRED, ""),
    {.name = "thing",
     .title = "thing",
     .doc = "",
     .since = "1.0",
     .unit = "",
     .type = SJ_TYPE_REFERENCE,
     .element = SJ_TYPE_REFERENCE,
     .offset = offsetof(struct box, thing),
     .format = "",
     .hash = "",
     .target = "thing",
     .fallback = ""}};
static const sj_record_meta box_record = {
    sizeof box_record,  SJ_KIND_RESOURCE, "box", "Box", "", "1.0",
    sizeof(struct box), box_fields,       2,     prints};
static const sj_resource_meta box_meta = {
    sizeof box_meta, &box_record, "boxes", {"name", NULL}, 0, "", NULL};
static const sj_resource_meta *const box_resources[] = {&box_meta, NULL};
static const sj_schema box_schema = {
    .size = sizeof box_schema, .name = "box", .resources = box_resources};

/* That nobody refers to things holds until a plugin comes that does. */
static void referrers_may_come_later(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    fixture_close(fixture);
    fixture_open(fixture, &new_schema);
    must_put(fixture, &new_meta, "{\"name\":\"a\"}");
    assert_int_equal(sj_store_delete(fixture_store(fixture), &new_meta, "a", 0, &error), SJ_OK);
    assert_int_equal(sj_store_add_schema(&fixture->node, &box_schema, &error), SJ_OK);
    must_put(fixture, &new_meta, "{\"name\":\"a\"}");
    must_put(fixture, &box_meta, "{\"name\":\"b\",\"thing\":\"a\"}");
    assert_int_equal(sj_store_delete(fixture_store(fixture), &new_meta, "a", 0, &error),
                     SJ_E_IN_USE);
    sj_store_remove_schema(&fixture->node, &box_schema);
    assert_int_equal(sj_store_delete(fixture_store(fixture), &new_meta, "a", 0, &error), SJ_OK);
}

static void refuses_a_later_layout(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    char command[256];
    fixture_close(fixture);
    (void)snprintf(command, sizeof command, "sqlite3 '%s' 'PRAGMA user_version=999'",
                   fixture->path);
    if (system(command) != 0) {
        fixture_open(fixture, &sojourn_schema);
        skip();
    }
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    assert_int_equal(sj_node_init(&fixture->node, &fixture->loop, &error), SJ_OK);
    sj_table_fill(&fixture->node.table);
    assert_int_equal(sj_store_open_at(&fixture->node, fixture->path, &error), SJ_E_VERSION);
    assert_non_null(strstr(error.text, "later version"));
    assert_null(fixture->node.store);
}

static void says_where_it_cannot_open(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    fixture_close(fixture);
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    assert_int_equal(sj_node_init(&fixture->node, &fixture->loop, &error), SJ_OK);
    sj_table_fill(&fixture->node.table);
    assert_int_equal(sj_store_open_at(&fixture->node, "/nonexistent/x.db", &error), SJ_E_IO);
    assert_non_null(strstr(error.text, "/nonexistent/x.db"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(declarations_may_grow, file_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_is_always_there, file_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(referrers_may_come_later, file_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(refuses_a_later_layout, file_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(says_where_it_cannot_open, memory_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
