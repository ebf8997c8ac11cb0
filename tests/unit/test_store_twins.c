/* Rules that look for a record which is the same under another key: what they find, and that the
 * cost of a look does not grow with the number of records. Counts the records that are read. */
#include "tests/unit/store_phone.h"

#include "host/store/twins.h"
#include "resources/ils.h"
#include "resources/sip_route_pattern.h"

static size_t read_records;

int __real_sj_store_list(struct store *store, const sj_resource_meta *meta, const sj_query *query,
                         sj_list *list, sj_error *error);
int __wrap_sj_store_list(struct store *store, const sj_resource_meta *meta, const sj_query *query,
                         sj_list *list, sj_error *error);
int __wrap_sj_store_list(struct store *store, const sj_resource_meta *meta, const sj_query *query,
                         sj_list *list, sj_error *error) {
    const int status = __real_sj_store_list(store, meta, query, list, error);
    read_records += status == SJ_OK ? list->count : 0;
    return status;
}

static void put_pattern(struct fixture *fixture, const char *pattern, const char *partition) {
    char json[300];
    (void)snprintf(json, sizeof json, "{\"pattern\":\"%s\",\"partition\":\"%s\",\"block\":true}",
                   pattern, partition);
    must_put(fixture, &sj_sip_route_pattern_meta, json);
}

/* How many of them have a twin. */
static size_t count_problems(struct fixture *fixture, const sj_resource_meta *meta,
                             struct store_twins *twins) {
    struct store *store = fixture_store(fixture);
    sj_list list;
    size_t problems = 0;
    assert_int_equal(__real_sj_store_list(store, meta, NULL, &list, NULL), SJ_OK);
    for (size_t i = 0; i < list.count; i++) {
        struct sj_problems found;
        sj_problems_init(&found, 4);
        sj_store_check_given(store, meta, list.records[i], twins, NULL, &found);
        problems += found.total;
    }
    sj_host_list_free(&list);
    return problems;
}

static void a_look_costs_the_same_beside_many(void **state) {
    struct fixture *fixture = *state;
    struct store_twins twins = {0};
    enum { MANY = 2000 };
    for (int i = 0; i < MANY; i++) {
        char text[200];
        (void)snprintf(text, sizeof text, "d%d.example.com", i);
        put_pattern(fixture, text, "");
        (void)snprintf(text, sizeof text, "{\"name\":\"C%d\",\"route_string\":\"r%d.example\"}", i,
                       i);
        must_put(fixture, &sj_imported_catalog_meta, text);
        (void)snprintf(text, sizeof text, "{\"pattern\":\"4%05d\"}", i);
        must_put(fixture, &sj_directory_number_meta, text);
        (void)snprintf(
            text, sizeof text,
            "{\"user\":\"info\",\"host\":\"h%d.example\",\"directory_number\":\"4%05d\"}", i, i);
        must_put(fixture, &sj_directory_uri_meta, text);
    }
    const sj_resource_meta *const metas[] = {&sj_sip_route_pattern_meta, &sj_imported_catalog_meta,
                                             &sj_directory_uri_meta};
    for (size_t i = 0; i < sizeof metas / sizeof metas[0]; i++) {
        read_records = 0;
        assert_int_equal(count_problems(fixture, metas[i], &twins), 0);
        assert_in_range(read_records, MANY, 3 * MANY);
    }
    store_twins_clear(&twins);
}

/* Names have no case, of a network its bits count, and a partition is a world of its own. */
static void twins_are_found(void **state) {
    struct fixture *fixture = *state;
    struct store_twins twins = {0};
    must_put(fixture, &sj_partition_meta, "{\"name\":\"PT\"}");
    put_pattern(fixture, "Example.com", "");
    put_pattern(fixture, "example.COM", "PT");
    put_pattern(fixture, "10.1.2.3/8", "");
    assert_int_equal(count_problems(fixture, &sj_sip_route_pattern_meta, &twins), 0);
    put_pattern(fixture, "10.0.0.0/8", ""); /* what is kept is of before this commit */
    assert_int_equal(count_problems(fixture, &sj_sip_route_pattern_meta, &twins), 2);
    put_pattern(fixture, "example.com", "");
    assert_int_equal(count_problems(fixture, &sj_sip_route_pattern_meta, &twins), 4);
    assert_int_equal(count_problems(fixture, &sj_sip_route_pattern_meta, NULL), 4);
    must_put(fixture, &sj_imported_catalog_meta, "{\"name\":\"C\",\"route_string\":\"a.example\"}");
    must_put(fixture, &sj_imported_catalog_meta, "{\"name\":\"c\",\"route_string\":\"A.example\"}");
    assert_int_equal(count_problems(fixture, &sj_imported_catalog_meta, &twins), 4);
    store_twins_clear(&twins);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_look_costs_the_same_beside_many, memory_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(twins_are_found, memory_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
