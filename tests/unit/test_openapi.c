/* Declared records as schemas of OpenAPI: their examples, and their three forms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "host/record/formats.h"
#include "host/rest/openapi_schema.h"
#include "sojourn_schema.h"

/* What is shown as an example must be taken. */
static void examples_have_their_format(void **state) {
    size_t seen = 0;
    (void)state;
    for (size_t i = 0; sojourn_schema.resources[i] != NULL; i++) {
        const sj_record_meta *meta = sojourn_schema.resources[i]->record;
        for (size_t j = 0; j < meta->fields_count; j++) {
            const char *format = meta->fields[j].format;
            const char *example = openapi_example(format);
            if (example != NULL && sj_format_check(format, example) != NULL) {
                fail_msg("%s is no %s: expected %s", example, format,
                         sj_format_check(format, example));
            }
            seen += example != NULL;
        }
    }
    assert_true(seen > 100);
}

static const char *const colours[] = {"red", "green", NULL};

#define FIELD(name_, type_)                                                                        \
    .name = name_, .title = name_, .doc = "", .unit = "", .type = type_, .format = "",             \
    .target = "", .fallback = ""

static const sj_field fields[] = {
    {FIELD("key", SJ_TYPE_TEXT), .flags = SJ_FIELD_REQUIRED | SJ_FIELD_KEY, .max = 50},
    {FIELD("pin", SJ_TYPE_SECRET), .min = 4, .max = 20},
    {FIELD("colour", SJ_TYPE_ENUM), .choices = colours},
    {FIELD("length", SJ_TYPE_MINUTES)},
    {FIELD("since", SJ_TYPE_TIME), .flags = SJ_FIELD_READ_ONLY},
    {FIELD("lease", SJ_TYPE_TEXT), .flags = SJ_FIELD_SENSITIVE},
};
static const sj_record_meta record = {
    .name = "thing", .title = "Thing", .doc = "", .fields = fields, .fields_count = 6};

static cJSON *schema_of(enum openapi_face face) {
    sj_text text = {0};
    sj_text_char(&text, '{');
    openapi_record(&text, &record, face);
    sj_text_char(&text, '}');
    cJSON *schema = cJSON_Parse(text.data);
    assert_non_null(schema);
    sj_text_clear(&text);
    return schema;
}

static const cJSON *member(const cJSON *schema, const char *name) {
    return cJSON_GetObjectItem(cJSON_GetObjectItem(schema, "properties"), name);
}

static bool says(const cJSON *field, const char *word) {
    return cJSON_IsTrue(cJSON_GetObjectItem(field, word));
}

static void an_answer_has_every_member_and_no_secret(void **state) {
    cJSON *shown = schema_of(OPENAPI_SHOWN);
    (void)state;
    assert_null(member(shown, "pin"));
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(shown, "required")), 5);
    assert_true(says(member(shown, "since"), "nullable"));
    assert_true(says(member(shown, "since"), "readOnly"));
    assert_true(says(member(shown, "lease"), "nullable"));
    assert_false(says(member(shown, "key"), "nullable"));
    assert_string_equal(cJSON_GetObjectItem(member(shown, "length"), "type")->valuestring,
                        "integer");
    assert_null(cJSON_GetObjectItem(shown, "additionalProperties"));
    cJSON_Delete(shown);
}

static void a_body_names_what_it_must(void **state) {
    cJSON *given = schema_of(OPENAPI_GIVEN);
    const cJSON *required = cJSON_GetObjectItem(given, "required");
    (void)state;
    assert_int_equal(cJSON_GetArraySize(required), 1);
    assert_string_equal(cJSON_GetArrayItem(required, 0)->valuestring, "key");
    assert_int_equal(cJSON_GetObjectItem(member(given, "key"), "minLength")->valueint, 1);
    assert_true(says(member(given, "pin"), "writeOnly"));
    assert_true(says(member(given, "pin"), "nullable"));
    /* OpenAPI 3.0: null is a word of a list of words too, or is none of it. */
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(member(given, "colour"), "enum")), 3);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(member(given, "length"), "anyOf")), 2);
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(given, "additionalProperties")));
    cJSON_Delete(given);
}

static void a_merge_patch_must_have_nothing(void **state) {
    cJSON *change = schema_of(OPENAPI_CHANGED);
    (void)state;
    assert_null(cJSON_GetObjectItem(change, "required"));
    assert_true(says(member(change, "colour"), "nullable"));
    assert_false(says(member(change, "key"), "nullable"));
    cJSON_Delete(change);
}

static void only_what_is_one_value_is_asked_for(void **state) {
    static const sj_field list = {FIELD("l", SJ_TYPE_LIST), .element = SJ_TYPE_TEXT},
                          records = {FIELD("r", SJ_TYPE_LIST), .element = SJ_TYPE_RECORD};
    (void)state;
    assert_true(openapi_can_filter(&fields[0]));
    assert_true(openapi_can_filter(&list));
    assert_false(openapi_can_filter(&records));
    assert_false(openapi_can_filter(&fields[1]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_have_their_format),
        cmocka_unit_test(an_answer_has_every_member_and_no_secret),
        cmocka_unit_test(a_body_names_what_it_must),
        cmocka_unit_test(a_merge_patch_must_have_nothing),
        cmocka_unit_test(only_what_is_one_value_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
