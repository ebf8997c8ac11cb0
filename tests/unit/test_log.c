/* How log entries look, and the trace journal. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include <sojourn/testkit.h>

#include "host/core/node.h"
#include "host/core/scope.h"
#include "host/node/host_table.h"
#include "host/telemetry/log.h"
#include "host/telemetry/metrics.h"
#include "host/telemetry/trace.h"

static const int64_t moment = 1767600000123; /* 2026-01-05T08:00:00.123Z */
static const char id[] = "0123456789abcdef0123456789abcdef",
                  other_id[] = "ffffffffffffffffffffffffffffffff";

static void text_is_one_line_without_control_characters(void **state) {
    char line[256];
    (void)state;
    (void)sj_log_format(line, sizeof line, false, moment, SJ_LOG_INFO, "em", "",
                        "user \"alice\"\nlogged\tin \x1b[31mred \x7f \xff");
    assert_string_equal(
        line,
        "2026-01-05T08:00:00.123Z INFO    em: user \"alice\" logged in \\x1b[31mred \\x7f \\xff\n");
    (void)sj_log_format(line, sizeof line, false, moment, SJ_LOG_ERROR, "em", "abc",
                        "Z\xc3\xbcrich \xc2\x9b");
    assert_string_equal(line, "2026-01-05T08:00:00.123Z ERROR   em: Z\xc3\xbcrich \\x9b [abc]\n");
    (void)sj_log_format(line, sizeof line, false, -441, SJ_LOG_INFO, "em", "",
                        "alice\xe2\x80\xaegnp.exe");
    assert_string_equal(line, "1969-12-31T23:59:59.559Z INFO    em: alice\\u202egnp.exe\n");
}

/* A disk that is full, or a terminal that has gone: what is missing is said when there is room. */
static void lines_that_are_lost_are_told(void **state) {
    uv_loop_t loop;
    struct node node;
    sj_error error = {0};
    char text[4096];
    FILE *kept = tmpfile();
    const int full = open("/dev/full", O_WRONLY | O_CLOEXEC), before = dup(STDERR_FILENO);
    (void)state;
    assert_true(kept != NULL && full >= 0 && before >= 0);
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(sj_node_init(&node, &loop, &error), SJ_OK);
    sj_table_fill(&node.table);
    assert_int_equal(sj_log_open(&node, &error), SJ_OK);
    assert_true(dup2(full, STDERR_FILENO) >= 0);
    sj_node_log(&node, SJ_LOG_ERROR, "first");
    sj_node_log(&node, SJ_LOG_ERROR, "second");
    assert_true(dup2(fileno(kept), STDERR_FILENO) >= 0);
    sj_node_log(&node, SJ_LOG_ERROR, "third");
    sj_node_log(&node, SJ_LOG_ERROR, "fourth");
    assert_true(dup2(before, STDERR_FILENO) >= 0);
    (void)close(before);
    (void)close(full);
    rewind(kept);
    text[fread(text, 1, sizeof text - 1, kept)] = '\0';
    (void)fclose(kept);
    const char *told =
        strstr(text, "2 lines of the log could not be written: No space left on device");
    assert_non_null(told);
    told = strstr(told, "third");
    assert_non_null(told);
    assert_null(strstr(told, "could not be written"));
    sj_log_close(&node);
    sj_node_finish(&node);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void json_is_json_whatever_comes(void **state) {
    char message[256], line[4096];
    (void)state;
    for (int c = 1; c < 256; c++) {
        cJSON *json;
        (void)snprintf(message, sizeof message, "a\"b\\c%c%cd", c, c);
        (void)sj_log_format(line, sizeof line, true, moment, SJ_LOG_WARNING, "em", id, message);
        assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
        json = cJSON_Parse(line);
        assert_non_null(json);
        assert_string_equal(cJSON_GetObjectItem(json, "level")->valuestring, "warning");
        assert_string_equal(cJSON_GetObjectItem(json, "trace_id")->valuestring, id);
        assert_memory_equal(cJSON_GetObjectItem(json, "message")->valuestring, "a\"b\\c", 5);
        cJSON_Delete(json);
    }
}

static void a_long_line_is_cut_and_stays_whole(void **state) {
    char message[600], line[256];
    cJSON *json;
    (void)state;
    memset(message, '"', sizeof message - 1);
    message[sizeof message - 1] = '\0';
    assert_true(sj_log_format(line, sizeof line, true, moment, SJ_LOG_INFO, "em", "", message) <
                sizeof line);
    json = cJSON_Parse(line);
    assert_non_null(json);
    cJSON_Delete(json);
}

struct story {
    size_t count;
    char text[512];
};

static void on_step(void *user, const struct trace_step *step) {
    struct story *story = user;
    size_t used = strlen(story->text);
    story->count++;
    (void)snprintf(story->text + used, sizeof story->text - used, "%s:%s;", step->who, step->text);
}

static void a_trace_tells_its_story_in_order(void **state) {
    sj_testkit *kit = sj_testkit_open(NULL);
    sj_scope *scope = sj_testkit_scope(kit);
    struct story story = {0};
    sj_error error;
    (void)state;
    sj_trace(scope, id, "look for %s", "alice");
    sj_trace(scope, other_id, "something else");
    sj_trace(scope, id, "found her at %s", "HQ");
    sj_trace(scope, "", "no story");
    sj_trace(scope, "UPPERCASE6789abcdef0123456789abcd", "no id");
    assert_int_equal(sj_trace_visit(sj_scope_node(scope), id, on_step, &story), 2);
    assert_string_equal(story.text, "test:look for alice;test:found her at HQ;");
    assert_int_equal(sj_testkit_count(kit, "log", "debug test: "), 5);
    assert_int_equal(sj_testkit_end(kit, &error), SJ_OK);
}

static void the_journal_is_bounded(void **state) {
    sj_testkit *kit = sj_testkit_open(NULL);
    sj_scope *scope = sj_testkit_scope(kit);
    struct node *node = sj_scope_node(scope);
    static struct story story;
    sj_error error;
    (void)state;
    sj_log_configure(node, SJ_LOG_ERROR, false);
    for (int i = 0; i < SJ_TRACE_STEPS + 10; i++) {
        sj_trace(scope, i < 10 ? other_id : id, "step %d", i);
    }
    assert_int_equal(sj_trace_visit(node, other_id, on_step, &story), 0);
    assert_int_equal(sj_trace_visit(node, NULL, on_step, &story), SJ_TRACE_STEPS);
    assert_int_equal(sj_testkit_end(kit, &error), SJ_OK);
}

static void metrics_are_prometheus_text(void **state) {
    sj_testkit *kit = sj_testkit_open(NULL);
    sj_scope *scope = sj_testkit_scope(kit), *child = sj_scope_open(scope, "child", NULL, NULL);
    struct node *node = sj_scope_node(scope);
    sj_metric *logins =
        sj_metric_new(scope, SJ_COUNTER, "test_logins_total{kind=\"em\"}", "Logins.");
    sj_metric *more =
        sj_metric_new(scope, SJ_COUNTER, "test_logins_total{kind=\"emcc\"}", "Logins.");
    sj_metric *seconds = sj_metric_new(child, SJ_HISTOGRAM, "test_seconds", "How long.");
    char *text;
    sj_error error;
    (void)state;
    sj_metric_add(scope, logins, 2);
    sj_metric_add(scope, more, 1);
    sj_metric_add(scope, seconds, 0.002);
    sj_metric_add(scope, seconds, 9);
    text = sj_metrics_text(node);
    assert_non_null(strstr(text, "# HELP test_logins_total Logins.\n# TYPE test_logins_total "
                                 "counter\ntest_logins_total{kind=\"em\"} 2\n"
                                 "test_logins_total{kind=\"emcc\"} 1\n"));
    assert_non_null(
        strstr(text, "\nsojourn_build_info{version=\"" SOJOURN_VERSION "\",abi=\"1.1\"} 1\n"));
    assert_non_null(strstr(text, "test_seconds_bucket{le=\"0.001\"} 0\n"));
    assert_non_null(strstr(text, "test_seconds_bucket{le=\"0.0025\"} 1\n"));
    assert_non_null(strstr(text, "test_seconds_bucket{le=\"+Inf\"} 2\n"));
    assert_non_null(strstr(text, "test_seconds_count 2\n"));
    free(text);
    sj_scope_close(child);
    text = sj_metrics_text(node);
    assert_null(strstr(text, "test_seconds"));
    assert_non_null(strstr(text, "sojourn_callbacks_total{service=\"test\"}"));
    free(text);
    assert_int_equal(sj_testkit_end(kit, &error), SJ_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_one_line_without_control_characters),
        cmocka_unit_test(lines_that_are_lost_are_told),
        cmocka_unit_test(json_is_json_whatever_comes),
        cmocka_unit_test(a_long_line_is_cut_and_stays_whole),
        cmocka_unit_test(a_trace_tells_its_story_in_order),
        cmocka_unit_test(the_journal_is_bounded),
        cmocka_unit_test(metrics_are_prometheus_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
