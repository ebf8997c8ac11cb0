/* A node with a store of its own, in memory or in a file that is removed afterwards. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/core/node.h"
#include "host/core/scope.h"
#include "host/node/host_table.h"
#include "host/record/json.h"
#include "host/record/record.h"
#include "host/store/store.h"
#include "sojourn_schema.h"

struct fixture {
    struct node node;
    uv_loop_t loop;
    char directory[64];
    char path[96];
};

static inline struct store *fixture_store(struct fixture *fixture) {
    return fixture->node.store;
}

static inline void fixture_open(struct fixture *fixture, const sj_schema *schema) {
    sj_error error = {0};
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    assert_int_equal(sj_node_init(&fixture->node, &fixture->loop, &error), SJ_OK);
    sj_table_fill(&fixture->node.table);
    fixture->node.schema = schema;
    if (sj_store_open_at(&fixture->node, fixture->path, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
}

static inline void fixture_close(struct fixture *fixture) {
    sj_store_close(&fixture->node);
    sj_node_finish(&fixture->node);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
}

static inline int memory_setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    (void)snprintf(fixture->path, sizeof fixture->path, ":memory:");
    fixture_open(fixture, &sojourn_schema);
    *state = fixture;
    return 0;
}

static inline int file_setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    (void)snprintf(fixture->directory, sizeof fixture->directory, "/tmp/sojourn-store-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    (void)snprintf(fixture->path, sizeof fixture->path, "%s/sojourn.db", fixture->directory);
    fixture_open(fixture, &sojourn_schema);
    *state = fixture;
    return 0;
}

static inline int fixture_teardown(void **state) {
    struct fixture *fixture = *state;
    if (fixture->node.loop != NULL) {
        fixture_close(fixture);
    }
    if (fixture->directory[0] != '\0') {
        char command[128];
        (void)snprintf(command, sizeof command, "rm -rf '%s'", fixture->directory);
        assert_int_equal(system(command), 0);
    }
    free(fixture);
    return 0;
}

/* Makes a file in the fixture's directory, with a line in it. */
static inline void fixture_file(struct fixture *fixture, const char *name) {
    char path[192];
    FILE *file;
    (void)snprintf(path, sizeof path, "%s/%s", fixture->directory, name);
    file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs("a line\n", file);
    assert_int_equal(fclose(file), 0);
}

/* Puts a record given as JSON; returns the code. */
static inline int put_json(struct fixture *fixture, const sj_resource_meta *meta, const char *json,
                           unsigned flags, sj_error *error) {
    void *record = NULL;
    int status = sj_host_record_from_json(meta->record, json, strlen(json), &record, error);
    if (status == SJ_OK) {
        status = sj_store_put(fixture_store(fixture), meta, record, flags, error);
    }
    sj_host_record_free(record);
    return status;
}

static inline void must_put(struct fixture *fixture, const sj_resource_meta *meta,
                            const char *json) {
    sj_error error = {0};
    if (put_json(fixture, meta, json, SJ_PUT_ANY, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
}

#endif
