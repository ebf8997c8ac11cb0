/* Jobs for EMCC base devices: insert, update, delete, hold, restart, capacity. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sojourn/testkit.h>

#include "events/emcc.h"
#include "parameters/enterprise.h"
#include "resources/device_profile.h"
#include "resources/emcc_base_device.h"
#include "resources/emcc_configuration.h"
#include "resources/emcc_template.h"
#include "resources/ils.h"
#include "resources/job.h"
#include "resources/phone.h"

extern const sj_plugin sj_plugin_descriptor;

struct answer {
    int status;
    char job_id[33], message[700];
};

static int setup(void **state) {
    sj_testkit *kit = sj_testkit_open(NULL);
    sj_error error = {0};
    assert_int_equal(sj_testkit_put(kit, &sj_emcc_template_meta, "{\"name\":\"First\"}", &error),
                     SJ_OK);
    assert_int_equal(sj_testkit_start(kit, &sj_plugin_descriptor, &error), SJ_OK);
    *state = kit;
    return 0;
}

static int teardown(void **state) {
    sj_error error = {0};
    if (sj_testkit_end(*state, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
    return 0;
}

static void inserted(void *user, int status, const sj_error *error,
                     const sj_emcc_insert_reply *reply) {
    struct answer *answer = user;
    answer->status = status;
    (void)snprintf(answer->job_id, sizeof answer->job_id, "%s",
                   status == SJ_OK ? reply->job_id : "");
    (void)snprintf(answer->message, sizeof answer->message, "%s",
                   status == SJ_OK ? reply->message : error->text);
}

static void updated(void *user, int status, const sj_error *error,
                    const sj_emcc_update_reply *reply) {
    struct answer *answer = user;
    answer->status = status;
    (void)snprintf(answer->job_id, sizeof answer->job_id, "%s",
                   status == SJ_OK ? reply->job_id : "");
    (void)snprintf(answer->message, sizeof answer->message, "%s",
                   status == SJ_OK ? reply->message : error->text);
}

static void deleted(void *user, int status, const sj_error *error,
                    const sj_emcc_delete_reply *reply) {
    struct answer *answer = user;
    answer->status = status;
    (void)snprintf(answer->job_id, sizeof answer->job_id, "%s",
                   status == SJ_OK ? reply->job_id : "");
    (void)snprintf(answer->message, sizeof answer->message, "%s",
                   status == SJ_OK ? reply->message : error->text);
}

static void activated(void *user, int status, const sj_error *error,
                      const sj_job_activate_reply *reply) {
    struct answer *answer = user;
    answer->status = status;
    (void)snprintf(answer->message, sizeof answer->message, "%s",
                   status == SJ_OK ? reply->message : error->text);
}

static struct answer insert(sj_testkit *kit, int64_t number, bool later) {
    const sj_emcc_insert request = {.number = number,
                                    .description = "Insert EMCC Devices",
                                    .run = later ? SJ_JOB_RUN_LATER : SJ_JOB_RUN_IMMEDIATELY};
    struct answer answer = {.status = 1};
    assert_int_equal(
        sj_ask_emcc_insert(sj_testkit_scope(kit), &request, 0, inserted, &answer, NULL), SJ_OK);
    sj_testkit_advance(kit, 100);
    return answer;
}

static int64_t devices(sj_testkit *kit) {
    return sj_emcc_base_device_count(sj_testkit_scope(kit), NULL, NULL);
}

static void expect_job(sj_testkit *kit, const char *job_id, sj_job_status status, int64_t processed,
                       int64_t failed, const char *words) {
    sj_job *job = NULL;
    assert_int_equal(sj_job_get(sj_testkit_scope(kit), job_id, &job, NULL), SJ_OK);
    if (job->status != status || job->processed != processed || job->failed != failed ||
        strstr(job->result, words) == NULL) {
        fail_msg("job is %s, %lld processed, %lld failed: %s", sj_job_status_text(job->status),
                 (long long)job->processed, (long long)job->failed, job->result);
    }
    sj_record_free(sj_testkit_scope(kit), job);
}

/* Each row of a file is in one of the totals. */
static void expect_totals(sj_testkit *kit, const char *job_id, long rows) {
    sj_job *job = NULL;
    long done, total, added, changed, unchanged;
    char catalog[60];
    assert_int_equal(sj_job_get(sj_testkit_scope(kit), job_id, &job, NULL), SJ_OK);
    const char *end = strstr(job->result, " imported into ");
    const char *of = strstr(job->result, " objects were");
    assert_true(end != NULL && of != NULL);
    while (of > job->result && of[-1] != '.') {
        of--;
    }
    assert_int_equal(sscanf(of,
                            "%ld of %ld objects were imported into Old %59[^:]: %ld added, %ld "
                            "changed, %ld unchanged.",
                            &done, &total, catalog, &added, &changed, &unchanged),
                     6);
    assert_int_equal(total, rows);
    assert_int_equal(job->total, rows);
    assert_int_equal(job->processed, done);
    assert_int_equal(added + changed + unchanged, done);
    assert_int_equal(added + changed + unchanged + job->failed, rows);
    sj_record_free(sj_testkit_scope(kit), job);
}

static void inserts_in_batches(void **state) {
    sj_testkit *kit = *state;
    struct answer answer = insert(kit, 1234, false);
    assert_int_equal(answer.status, SJ_OK);
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_COMPLETED, 1234, 0,
               "1234 EMCC devices were inserted.");
    assert_int_equal(devices(kit), 1234);
    assert_non_null(sj_testkit_find(kit, "event", "job.finished"));
    sj_emcc_base_device *device = NULL;
    assert_int_equal(sj_emcc_base_device_get(sj_testkit_scope(kit), "EMCC1234", &device, NULL),
                     SJ_OK);
    assert_string_equal(device->emcc_template, "First");
    assert_int_equal(device->number, 1234);
    sj_record_free(sj_testkit_scope(kit), device);
}

static void taken_names_fail_alone(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    assert_int_equal(sj_testkit_put(kit, &sj_phone_meta,
                                    "{\"name\":\"EMCC2\",\"model\":\"Cisco 8851\"}", &error),
                     SJ_OK);
    assert_int_equal(sj_testkit_put(kit, &sj_device_profile_meta,
                                    "{\"name\":\"EMCC4\",\"model\":\"Cisco 8851\"}", &error),
                     SJ_OK);
    struct answer answer = insert(kit, 5, false);
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_INCOMPLETE, 3, 2,
               "EMCC2 was not inserted: a phone has that name.");
    assert_int_equal(devices(kit), 3);
    /* Numbering goes on behind all five. */
    answer = insert(kit, 1, false);
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_COMPLETED, 1, 0, "");
    sj_emcc_base_device *device = NULL;
    assert_int_equal(sj_emcc_base_device_get(sj_testkit_scope(kit), "EMCC6", &device, NULL), SJ_OK);
    sj_record_free(sj_testkit_scope(kit), device);
}

static void capacity_rejects_the_whole_job(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    assert_int_equal(sj_testkit_set_param(kit, &sj_param_enterprise_max_phones_meta, "20", &error),
                     SJ_OK);
    struct answer answer = insert(kit, 11, false);
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_FAILED, 0, 0, "Nothing was inserted");
    assert_int_equal(devices(kit), 0);
    answer = insert(kit, 10, false);
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_COMPLETED, 10, 0, "");
}

static void held_until_activated(void **state) {
    sj_testkit *kit = *state;
    struct answer answer = insert(kit, 3, true);
    assert_non_null(strstr(answer.message, "on hold"));
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_HOLD, 0, 0, "");
    const sj_job_activate request = {.job_id = answer.job_id};
    struct answer activation = {.status = 1};
    assert_int_equal(
        sj_ask_job_activate(sj_testkit_scope(kit), &request, 0, activated, &activation, NULL),
        SJ_OK);
    sj_testkit_advance(kit, 100);
    assert_int_equal(activation.status, SJ_OK);
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_COMPLETED, 3, 0, "");
    assert_int_equal(
        sj_ask_job_activate(sj_testkit_scope(kit), &request, 0, activated, &activation, NULL),
        SJ_OK);
    sj_testkit_advance(kit, 100);
    assert_int_equal(activation.status, SJ_E_CONFLICT);
    assert_non_null(
        strstr(activation.message, "is completed; only a job on hold can be activated"));
}

static void update_sets_the_default(void **state) {
    sj_testkit *kit = *state;
    sj_scope *scope = sj_testkit_scope(kit);
    sj_error error = {0};
    struct answer answer = insert(kit, 700, false);
    assert_int_equal(sj_testkit_put(kit, &sj_emcc_template_meta, "{\"name\":\"Second\"}", &error),
                     SJ_OK);
    sj_emcc_update request = {.emcc_template = "Second", .description = "Update EMCC Devices"};
    assert_int_equal(sj_ask_emcc_update(scope, &request, 0, updated, &answer, NULL), SJ_OK);
    sj_testkit_advance(kit, 100);
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_COMPLETED, 700, 0,
               "Second is the default EMCC template");
    const sj_query query = {.field = "emcc_template", .value = "Second"};
    assert_int_equal(sj_emcc_base_device_count(scope, &query, NULL), 700);
    answer = insert(kit, 1, false);
    assert_int_equal(sj_emcc_base_device_count(scope, &query, NULL), 701);
    request.emcc_template = "Third";
    assert_int_equal(sj_ask_emcc_update(scope, &request, 0, updated, &answer, NULL), SJ_OK);
    sj_testkit_advance(kit, 100);
    assert_int_equal(answer.status, SJ_E_INVALID);
    assert_non_null(strstr(answer.message, "there is no EMCC template Third"));
}

static void two_templates_and_no_default(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    assert_int_equal(sj_testkit_put(kit, &sj_emcc_template_meta, "{\"name\":\"Second\"}", &error),
                     SJ_OK);
    struct answer answer = insert(kit, 1, false);
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_FAILED, 0, 0,
               "None of the EMCC templates is the default");
}

static void deletes_free_ones_from_the_top(void **state) {
    sj_testkit *kit = *state;
    sj_scope *scope = sj_testkit_scope(kit);
    sj_error error = {0};
    struct answer answer = insert(kit, 5, false);
    assert_int_equal(sj_testkit_put(kit, &sj_emcc_base_device_meta,
                                    "{\"name\":\"EMCC5\",\"number\":5,\"emcc_template\":\"First\","
                                    "\"device_name\":\"SEP1\"}",
                                    &error),
                     SJ_OK);
    sj_emcc_delete request = {.number = 2, .description = "Delete EMCC"};
    assert_int_equal(sj_ask_emcc_delete(scope, &request, 0, deleted, &answer, NULL), SJ_OK);
    sj_testkit_advance(kit, 100);
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_COMPLETED, 2, 0, "2 EMCC devices were deleted.");
    sj_emcc_base_device *device = NULL;
    assert_int_equal(sj_emcc_base_device_get(scope, "EMCC4", &device, NULL), SJ_E_NOT_FOUND);
    assert_int_equal(sj_emcc_base_device_get(scope, "EMCC5", &device, NULL), SJ_OK);
    sj_record_free(scope, device);
    request.number = 10;
    assert_int_equal(sj_ask_emcc_delete(scope, &request, 0, deleted, &answer, NULL), SJ_OK);
    sj_testkit_advance(kit, 100);
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_INCOMPLETE, 2, 0, "No more are free.");
    answer = insert(kit, 1, false);
    assert_int_equal(sj_emcc_base_device_get(scope, "EMCC6", &device, NULL),
                     SJ_OK); /* 4 is not used again */
    sj_record_free(scope, device);
}

static void goes_on_after_a_restart(void **state) {
    sj_testkit *kit = *state;
    sj_scope *scope = sj_testkit_scope(kit);
    sj_error error = {0};
    assert_int_equal(sj_testkit_stop(kit, "bulk", &error), SJ_OK);
    /* As a node leaves it that was killed after the first batch of 500. */
    for (int i = 1; i <= 500; i++) {
        char json[128];
        (void)snprintf(json, sizeof json,
                       "{\"name\":\"EMCC%d\",\"number\":%d,\"emcc_template\":\"First\"}", i, i);
        assert_int_equal(sj_testkit_put(kit, &sj_emcc_base_device_meta, json, &error), SJ_OK);
    }
    const sj_emcc_configuration remembered = {.default_template = "First", .highest_number = 500};
    assert_int_equal(sj_emcc_configuration_put(scope, &remembered, SJ_PUT_ANY, &error), SJ_OK);
    const sj_job job = {.job_id = "77",
                        .action = "insert_emcc_devices",
                        .status = SJ_JOB_STATUS_PROCESSING,
                        .submitted_at = 1,
                        .started_at = 2,
                        .arguments = "{\"number\":800}",
                        .total = 800,
                        .processed = 500};
    assert_int_equal(sj_job_put(scope, &job, SJ_PUT_ANY, &error), SJ_OK);
    assert_int_equal(sj_testkit_start(kit, &sj_plugin_descriptor, &error), SJ_OK);
    sj_testkit_advance(kit, 100);
    expect_job(kit, "77", SJ_JOB_STATUS_COMPLETED, 800, 0,
               "Resumed after a restart, at 500 of 800.");
    assert_int_equal(devices(kit), 800);
}

static struct answer insert_at(sj_testkit *kit, int64_t number, int64_t run_at) {
    const sj_emcc_insert request = {.number = number,
                                    .description = "Insert EMCC Devices",
                                    .run_at = run_at,
                                    .submitted_by = "olga"};
    struct answer answer = {.status = 1};
    assert_int_equal(
        sj_ask_emcc_insert(sj_testkit_scope(kit), &request, 0, inserted, &answer, NULL), SJ_OK);
    sj_testkit_advance(kit, 100);
    return answer;
}

static void runs_at_its_time(void **state) {
    sj_testkit *kit = *state;
    const int64_t now = sj_wall_ms(sj_testkit_scope(kit));
    sj_job *job = NULL;
    sj_error error = {0};
    assert_int_equal(insert_at(kit, 1, now - 1000).status, SJ_E_INVALID);
    struct answer later = insert_at(kit, 2, now + 7200000),
                  first = insert_at(kit, 3, now + 3600000);
    expect_job(kit, first.job_id, SJ_JOB_STATUS_PENDING, 0, 0, "");
    /* What has no time does not wait for them. */
    struct answer at_once = insert(kit, 1, false);
    expect_job(kit, at_once.job_id, SJ_JOB_STATUS_COMPLETED, 1, 0, "");
    sj_testkit_advance(kit, 3590000);
    expect_job(kit, first.job_id, SJ_JOB_STATUS_PENDING, 0, 0, "");
    sj_testkit_advance(kit, 20000);
    expect_job(kit, first.job_id, SJ_JOB_STATUS_COMPLETED, 3, 0, "");
    expect_job(kit, later.job_id, SJ_JOB_STATUS_PENDING, 0, 0, "");
    assert_int_equal(sj_job_get(sj_testkit_scope(kit), first.job_id, &job, NULL), SJ_OK);
    assert_string_equal(job->submitted_by, "olga");
    assert_true(job->started_at >= now + 3600000);
    sj_record_free(sj_testkit_scope(kit), job);
    /* After a restart too. */
    assert_int_equal(sj_testkit_stop(kit, "bulk", &error), SJ_OK);
    assert_int_equal(sj_testkit_start(kit, &sj_plugin_descriptor, &error), SJ_OK);
    sj_testkit_advance(kit, 3600000);
    expect_job(kit, later.job_id, SJ_JOB_STATUS_COMPLETED, 2, 0, "");
    assert_int_equal(devices(kit), 6);
}

/* Its record says that it is cancelled: nothing more is done of it. */
static void cancelled_before_its_time(void **state) {
    sj_testkit *kit = *state;
    struct answer answer = insert_at(kit, 2, sj_wall_ms(sj_testkit_scope(kit)) + 60000);
    sj_job *job = NULL;
    sj_error error = {0};
    assert_int_equal(sj_job_get(sj_testkit_scope(kit), answer.job_id, &job, NULL), SJ_OK);
    sj_job cancelled = *job;
    cancelled.status = SJ_JOB_STATUS_CANCELLED;
    assert_int_equal(sj_job_put(sj_testkit_scope(kit), &cancelled, SJ_PUT_REPLACE, &error), SJ_OK);
    sj_record_free(sj_testkit_scope(kit), job);
    sj_testkit_advance(kit, 120000);
    assert_int_equal(devices(kit), 0);
}

static size_t count_unfinished(sj_testkit *kit) {
    sj_list list = {0};
    size_t unfinished = 0;
    assert_int_equal(sj_job_list(sj_testkit_scope(kit), NULL, &list, NULL), SJ_OK);
    for (size_t i = 0; i < list.count; i++) {
        const sj_job_status status = sj_job_at(&list, i)->status;
        unfinished += status == SJ_JOB_STATUS_PENDING || status == SJ_JOB_STATUS_PROCESSING;
    }
    sj_list_free(sj_testkit_scope(kit), &list);
    return unfinished;
}

/* Whichever allocation fails: a job that was accepted ends, and no job waits for another one to be
 * submitted. */
static void short_of_memory(void **state) {
    sj_testkit *kit = *state;
    const sj_emcc_insert request = {.number = 1, .description = "Insert EMCC Devices"};
    for (long n = 1; n <= 60; n++) {
        struct answer answer = {.status = 1};
        sj_testkit_fail_allocation(kit, n);
        (void)sj_ask_emcc_insert(sj_testkit_scope(kit), &request, 0, inserted, &answer, NULL);
        sj_testkit_advance(kit, 100);
        sj_testkit_fail_allocation(kit, 0);
        sj_testkit_advance(kit, 61000);
        if (count_unfinished(kit) > 0) {
            fail_msg("allocation %ld fails: a job waits for ever", n);
        }
    }
    assert_true(devices(kit) > 30);
}

/* ---- imported catalogs ---- */

static void imported(void *user, int status, const sj_error *error,
                     const sj_imported_catalog_import_reply *reply) {
    struct answer *answer = user;
    answer->status = status;
    (void)snprintf(answer->job_id, sizeof answer->job_id, "%s",
                   status == SJ_OK ? reply->job_id : "");
    (void)snprintf(answer->message, sizeof answer->message, "%s",
                   status == SJ_OK ? reply->message : error->text);
}

static struct answer import(sj_testkit *kit, const char *csv, int64_t first_line, bool later) {
    const sj_imported_catalog_import request = {.catalog = "Old PBX",
                                                .csv = csv,
                                                .first_line = first_line,
                                                .description = "Import",
                                                .run = later ? SJ_JOB_RUN_LATER
                                                             : SJ_JOB_RUN_IMMEDIATELY};
    struct answer answer = {.status = 1};
    assert_int_equal(
        sj_ask_imported_catalog_import(sj_testkit_scope(kit), &request, 0, imported, &answer, NULL),
        SJ_OK);
    sj_testkit_advance(kit, 100);
    return answer;
}

static void add_catalogs(sj_testkit *kit) {
    sj_error error = {0};
    assert_int_equal(sj_testkit_put(kit, &sj_imported_catalog_meta,
                                    "{\"name\":\"Old PBX\",\"route_string\":\"pbx.example\"}",
                                    &error),
                     SJ_OK);
    assert_int_equal(sj_testkit_put(kit, &sj_imported_catalog_meta,
                                    "{\"name\":\"Other\",\"route_string\":\"o.example\"}", &error),
                     SJ_OK);
    assert_int_equal(sj_testkit_put(kit, &sj_imported_number_meta,
                                    "{\"number\":\"8999\",\"catalog\":\"Other\"}", &error),
                     SJ_OK);
}

/* As a German spreadsheet writes it: a mark, semicolons, CRLF, quotes; what is wrong is told by its
 * line, and the rest is imported. */
static void a_file_is_imported_line_by_line(void **state) {
    sj_testkit *kit = *state;
    sj_scope *scope = sj_testkit_scope(kit);
    assert_int_not_equal(import(kit, "pattern\n8001\n", 0, false).status, SJ_OK);
    add_catalogs(kit);
    struct answer answer =
        import(kit,
               "\xEF\xBB\xBFPattern;PSTN Failover;Strip Digits;Prepend Digits;Description\r\n"
               "anna@Pbx.Example;+49301;;;\"M\xC3\xBCller; \"\"Anna\"\"\"\r\n"
               "8001;;;;\r\n"
               "\"=\"\"+4930800\"\"\";+4930800;;;\r\n"
               "+4930xx;;2;0;Berlin\r\n"
               "81XX;pattern_as_number;;;\r\n"
               "4,93012E+11;;;;\r\n"
               ";;;;\r\n"
               "80-1;;;;\r\n"
               "8001;9;;;\r\n"
               "8999;;;;\r\n"
               "8002;;;\"open;\r\n"
               "8003;;;;;too much\r\n"
               "8004;;;;\r\n"
               "82XX;;5;9;",
               0, false);
    assert_int_equal(answer.status, SJ_OK);
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_INCOMPLETE, 6, 7, "Line 7: pattern: expected the");
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_INCOMPLETE, 6, 7, "Line 9: number");
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_INCOMPLETE, 6, 7,
               "Line 10: 8001 stands in line 3 already.");
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_INCOMPLETE, 6, 7,
               "Line 11: 8999 belongs to the catalog Other.");
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_INCOMPLETE, 6, 7,
               "Line 12: a quote is opened and not closed.");
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_INCOMPLETE, 6, 7, "Line 13: ");
    expect_job(
        kit, answer.job_id, SJ_JOB_STATUS_INCOMPLETE, 6, 7,
        "Line 15: strip_digits: expected 4 or less, since the shortest number of \"82XX\" has");
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_INCOMPLETE, 6, 7,
               "6 of 13 objects were imported into Old PBX: 6 added, 0 changed, 0 unchanged.");
    sj_imported_directory_uri *uri = NULL;
    assert_int_equal(sj_imported_directory_uri_get(scope, "anna@pbx.example", &uri, NULL), SJ_OK);
    assert_string_equal(uri->description, "M\xC3\xBCller; \"Anna\"");
    assert_string_equal(uri->pstn_failover, "+49301");
    sj_record_free(scope, uri);
    sj_imported_pattern *pattern = NULL;
    assert_int_equal(sj_imported_pattern_get(scope, "+4930XX", &pattern, NULL), SJ_OK);
    assert_int_equal(pattern->pstn_failover, SJ_ILS_PATTERN_FAILOVER_STRIP_AND_PREPEND);
    assert_int_equal(pattern->strip_digits, 2);
    assert_string_equal(pattern->description, "Berlin");
    sj_record_free(scope, pattern);
    sj_imported_number *number = NULL;
    assert_int_equal(sj_imported_number_get(scope, "+4930800", &number, NULL), SJ_OK);
    sj_record_free(scope, number);
    assert_int_equal(sj_job_input_count(scope, NULL, NULL), 0);
    /* Again: nothing is new, and nothing is wrong. */
    answer = import(kit, "number\n8001\n8004\n", 0, false);
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_COMPLETED, 2, 0,
               "2 of 2 objects were imported into Old PBX: 0 added, 0 changed, 2 unchanged.");
    expect_totals(kit, answer.job_id, 2);
    answer = import(
        kit,
        "pattern;pstn_failover;strip_digits;prepend_digits;description\nanna@pbx.example;+49302\n"
        "8001;;\n8005;;\n+4930XX;;2;0;Berlin\n81XX;;1;9\n8999;;\n",
        0, false);
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_INCOMPLETE, 5, 1,
               "5 of 6 objects were imported into Old PBX: 1 added, 2 changed, 2 unchanged.");
    expect_totals(kit, answer.job_id, 6);
}

/* Of many lines that are wrong the log has the first; the record has what there is room for. */
static void a_long_result_is_no_long_line(void **state) {
    enum { LINES = 1200 };
    sj_testkit *kit = *state;
    sj_text csv = {0};
    add_catalogs(kit);
    sj_text_puts(&csv, "pattern\n");
    for (int i = 0; i < LINES; i++) {
        sj_text_printf(&csv, "70%04d%s\n", i, i % 2 == 1 ? "-" : "");
    }
    const struct answer answer = import(kit, csv.data, 0, false);
    sj_text_clear(&csv);
    expect_totals(kit, answer.job_id, LINES);
    const char *line = sj_testkit_find(kit, "log", "(import_catalog) is incomplete: Line 3: ");
    assert_non_null(line);
    assert_non_null(strstr(line, ". ... (600 of 1200 done, 600 not; all of the result: sojourn job "
                                 "get "));
    assert_true(strcspn(line, "\n") < 700);
}

static void a_file_without_names_is_refused(void **state) {
    sj_testkit *kit = *state;
    add_catalogs(kit);
    struct answer answer = import(kit, "8001,+49301\n8002,+49302\n", 0, false);
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_FAILED, 0, 0,
               "line 1: expected the columns' names pattern, pstn_failover");
    answer = import(kit, "description,pstn_failover\n", 0, false);
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_FAILED, 0, 0, "no column is called pattern");
    /* A part of a longer file: lines are told as they are numbered there. */
    answer = import(kit, "sep=|\npattern|description\n8001|\n80;1|\n", 5000, false);
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_INCOMPLETE, 1, 1, "Line 5001: ");
}

static void many_lines_go_on_after_a_restart(void **state) {
    enum { LINES = 1700 };
    sj_testkit *kit = *state;
    sj_error error = {0};
    sj_text csv = {0};
    add_catalogs(kit);
    sj_text_puts(&csv, "pattern\n");
    for (int i = 0; i < LINES; i++) {
        sj_text_printf(&csv, "70%04d%s\n", i, i % 10 == 3 ? "-" : "");
    }
    struct answer answer = import(kit, csv.data, 0, true);
    sj_text_clear(&csv);
    assert_int_equal(sj_job_input_count(sj_testkit_scope(kit), NULL, NULL), 1);
    assert_int_equal(sj_testkit_stop(kit, "bulk", &error), SJ_OK);
    /* As if it had been killed behind the first batches. */
    sj_job *job = NULL;
    assert_int_equal(sj_job_get(sj_testkit_scope(kit), answer.job_id, &job, NULL), SJ_OK);
    sj_job half = *job;
    half.status = SJ_JOB_STATUS_PROCESSING;
    half.total = LINES;
    half.processed = 900;
    half.failed = 100;
    half.started_at = 1;
    assert_int_equal(sj_job_put(sj_testkit_scope(kit), &half, SJ_PUT_ANY, &error), SJ_OK);
    sj_record_free(sj_testkit_scope(kit), job);
    assert_int_equal(sj_testkit_start(kit, &sj_plugin_descriptor, &error), SJ_OK);
    sj_testkit_advance(kit, 100);
    expect_job(kit, answer.job_id, SJ_JOB_STATUS_INCOMPLETE, 1530, 170,
               "further lines were not imported.");
    assert_int_equal(sj_imported_number_count(sj_testkit_scope(kit), NULL, NULL), 631);
    assert_int_equal(sj_job_input_count(sj_testkit_scope(kit), NULL, NULL), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(inserts_in_batches, setup, teardown),
        cmocka_unit_test_setup_teardown(taken_names_fail_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(capacity_rejects_the_whole_job, setup, teardown),
        cmocka_unit_test_setup_teardown(runs_at_its_time, setup, teardown),
        cmocka_unit_test_setup_teardown(cancelled_before_its_time, setup, teardown),
        cmocka_unit_test_setup_teardown(held_until_activated, setup, teardown),
        cmocka_unit_test_setup_teardown(update_sets_the_default, setup, teardown),
        cmocka_unit_test_setup_teardown(two_templates_and_no_default, setup, teardown),
        cmocka_unit_test_setup_teardown(deletes_free_ones_from_the_top, setup, teardown),
        cmocka_unit_test_setup_teardown(goes_on_after_a_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(short_of_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_is_imported_line_by_line, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_without_names_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_result_is_no_long_line, setup, teardown),
        cmocka_unit_test_setup_teardown(many_lines_go_on_after_a_restart, setup, teardown),
    };
    return cmocka_run_group_tests_name("bulk", tests, NULL, NULL);
}
