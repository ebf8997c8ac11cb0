/* JSON that cannot be read for want of memory is not called wrong (record/json_memory.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/record/json.h"
#include "host/record/json_memory.h"

static long fails_at; /* which allocation from now on fails; 0: none */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size) {
    return fails_at > 0 && --fails_at == 0 ? NULL : __real_malloc(size);
}

static cJSON *parse(const char *text, long fails, sj_error *error) {
    cJSON *json;
    fails_at = fails;
    json = sj_json_parse_all(text, strlen(text), error);
    fails_at = 0;
    return json;
}

static void short_memory_is_said(void **state) {
    static const char text[] = "{\"partitions\":[{\"name\":\"PT\",\"n\":1},{\"name\":\"QT\"}]}";
    cJSON *json = NULL;
    sj_error error;
    long fails = 0;
    (void)state;
    sj_json_memory_hooks();
    while (json == NULL) {
        json = parse(text, ++fails, &error);
        if (json == NULL) {
            assert_int_equal(error.code, SJ_E_NO_MEMORY);
            assert_string_equal(error.text, "out of memory: cannot read the JSON");
        }
    }
    assert_true(fails > 5);
    cJSON_Delete(json);
}

static void a_wrong_text_is_said_after_it(void **state) {
    sj_error error;
    (void)state;
    sj_json_memory_hooks();
    assert_null(parse("[1]", 1, &error));
    assert_null(parse("[1", 0, &error));
    assert_int_equal(error.code, SJ_E_INVALID);
    assert_string_equal(error.text, "expected JSON, got something else at line 1, column 2");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_memory_is_said),
        cmocka_unit_test(a_wrong_text_is_said_after_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
