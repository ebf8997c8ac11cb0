/* What is generated from the fixtures, used as a plugin would: metadata says what was declared, and
 * each typed function reaches the host's table with the right metadata. The host here is a table
 * that notes what it was asked. */
#include "events/lamp.h"
#include "fixture_schema.h"
#include "messages/greeting.h"
#include "parameters/house.h"
#include "policies/lamp.h"
#include "resources/lamp.h"
#include "resources/room.h"

/* cmocka.h must come after these. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct {
    const void *meta;
    const char *here;
    const void *subject;
    sj_event_fn event;
    sj_reply_fn reply;
    sj_question_fn question;
    int64_t deadline_ms;
    int64_t integer;
} asked;

static int store_get(sj_scope *scope, const sj_resource_meta *meta, const char *key, void **record,
                     sj_error *error) {
    static sj_lamp lamp = {.name = "first"};
    (void)scope;
    asked.meta = meta;
    asked.subject = key;
    if (strcmp(key, "first") != 0) {
        return sj_error_set(error, SJ_E_NOT_FOUND, "no lamp %s", key);
    }
    *record = &lamp;
    return SJ_OK;
}

static int store_put(sj_scope *scope, const sj_resource_meta *meta, const void *record,
                     unsigned flags, sj_error *error) {
    (void)scope, (void)error;
    asked.meta = meta;
    asked.subject = record;
    return (int)flags;
}

static sj_topic *event_topic(sj_scope *scope, const sj_record_meta *event, sj_error *error) {
    (void)scope, (void)error;
    asked.meta = event;
    return (sj_topic *)&asked;
}

static void event_publish(sj_topic *topic, const void *event) {
    assert_ptr_equal(topic, &asked);
    asked.subject = event;
}

static sj_handle *event_subscribe(sj_scope *scope, const char *here, const sj_record_meta *event,
                                  sj_event_fn handler, void *user, sj_error *error) {
    (void)scope, (void)user, (void)error;
    asked.meta = event;
    asked.here = here;
    asked.event = handler;
    return (sj_handle *)&asked;
}

static int request_ask(sj_scope *scope, const char *here, const sj_request_meta *meta,
                       const void *request, int64_t deadline_ms, sj_reply_fn reply, void *user,
                       sj_error *error) {
    (void)scope, (void)user, (void)error;
    asked.meta = meta;
    asked.here = here;
    asked.subject = request;
    asked.deadline_ms = deadline_ms;
    asked.reply = reply;
    return SJ_OK;
}

static sj_handle *request_answer(sj_scope *scope, const char *here, const sj_request_meta *meta,
                                 sj_question_fn handler, void *user, sj_error *error) {
    (void)scope, (void)user, (void)error;
    asked.meta = meta;
    asked.here = here;
    asked.question = handler;
    return (sj_handle *)&asked;
}

static void question_reply(sj_question *question, const void *reply) {
    (void)question;
    asked.subject = reply;
}

static int64_t param_integer(sj_scope *scope, const sj_param_meta *meta) {
    (void)scope;
    asked.meta = meta;
    return asked.integer;
}

static const char *param_text(sj_scope *scope, const sj_param_meta *meta) {
    (void)scope;
    return meta->field.fallback;
}

static int policy_decide(sj_scope *scope, const sj_policy_meta *meta, const char *trace_id,
                         const void *input, void *output) {
    (void)scope, (void)trace_id, (void)input;
    asked.meta = meta;
    ((sj_lamp_brightness_output *)output)->brightness = 7;
    return 1;
}

static char *record_to_json(const sj_record_meta *meta, const void *record) {
    asked.meta = meta;
    asked.subject = record;
    return NULL;
}

static int record_from_json(const sj_record_meta *meta, const char *json, size_t length,
                            void **record, sj_error *error) {
    (void)json, (void)length;
    asked.meta = meta;
    *record = NULL;
    return sj_error_set(error, SJ_E_INVALID, "no");
}

static const sj_host host = {
    .size = sizeof(sj_host),
    .event_topic = event_topic,
    .event_publish = event_publish,
    .event_subscribe = event_subscribe,
    .request_ask = request_ask,
    .request_answer = request_answer,
    .question_reply = question_reply,
    .store_get = store_get,
    .store_put = store_put,
    .record_to_json = record_to_json,
    .record_from_json = record_from_json,
    .param_integer = param_integer,
    .param_text = param_text,
    .policy_decide = policy_decide,
};
static sj_scope scope = {&host};

static const sj_field *field_of(const sj_record_meta *meta, const char *name) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        if (strcmp(meta->fields[i].name, name) == 0) {
            return &meta->fields[i];
        }
    }
    fail_msg("%s has no field %s", meta->name, name);
    return NULL;
}

static void metadata_says_what_was_declared(void **state) {
    (void)state;
    const sj_record_meta *lamp = sj_lamp_meta.record;
    assert_string_equal(lamp->name, "lamp");
    assert_int_equal(lamp->kind, SJ_KIND_RESOURCE);
    assert_int_equal(lamp->struct_size, sizeof(sj_lamp));
    assert_int_equal(lamp->fields_count, 18);
    assert_string_equal(sj_lamp_meta.plural, "lamps");
    assert_string_equal(sj_lamp_meta.menu, "House > Lamp");
    assert_string_equal(sj_lamp_meta.key_field[0], "name");
    assert_string_equal(sj_lamp_meta.key_field[1], "room");
    const sj_field *name = field_of(lamp, "name");
    assert_int_equal(name->flags, SJ_FIELD_KEY | SJ_FIELD_REQUIRED);
    assert_string_equal(name->format, "name");
    assert_int_equal(name->max, 50);
    const sj_field *brightness = field_of(lamp, "brightness");
    assert_int_equal(brightness->type, SJ_TYPE_INTEGER);
    assert_int_equal(brightness->offset, offsetof(sj_lamp, brightness));
    assert_string_equal(brightness->unit, "percent");
    assert_string_equal(brightness->fallback, "80");
    assert_string_equal(field_of(lamp, "socket")->fallback, "E14");
    assert_string_equal(field_of(lamp, "off_after")->fallback, "90");
    assert_string_equal(field_of(lamp, "shades")->fallback, "[\"silk\",\"paper\"]");
    assert_int_equal(field_of(lamp, "pin")->flags, SJ_FIELD_SENSITIVE);
    assert_string_equal(field_of(lamp, "pin")->hash, "argon2id");
    assert_int_equal(field_of(lamp, "bought")->flags, SJ_FIELD_READ_ONLY);
    assert_int_equal(field_of(lamp, "maker")->flags, SJ_FIELD_KEPT);
    assert_string_equal(field_of(lamp, "maker")->doc,
                        "Who made it. Only kept: the house buys no lamps.");
    const sj_field *rooms = field_of(lamp, "rooms");
    assert_int_equal(rooms->type, SJ_TYPE_LIST);
    assert_int_equal(rooms->element, SJ_TYPE_REFERENCE);
    assert_string_equal(rooms->target, "room");
    assert_int_equal(rooms->count_offset, offsetof(sj_lamp, rooms_count));
    assert_ptr_equal(field_of(lamp, "place")->record, &sj_place_meta);
    assert_ptr_equal(field_of(lamp, "places")->record, &sj_place_meta);
    const sj_record_meta *holder = field_of(lamp, "holder")->record;
    assert_string_equal(holder->name, "lamp.holder");
    assert_int_equal(field_of(field_of(holder, "screws")->record, "length")->type, SJ_TYPE_REAL);
    assert_int_equal(sj_house_meta.flags,
                     SJ_RESOURCE_SINGLETON | SJ_RESOURCE_RUNTIME | SJ_RESOURCE_NODE);
    assert_null(sj_house_meta.key_field[0]);
}

static void factory_records_are_json(void **state) {
    (void)state;
    assert_string_equal(sj_lamp_meta.factory[0],
                        "{\"name\":\"first\",\"brightness\":5,\"holder\":{\"material\":\"steel\","
                        "\"screws\":[{\"length\":3}]}}");
    assert_string_equal(
        sj_lamp_meta.factory[1],
        "{\"name\":\"second\",\"on\":false,\"off_after\":5,\"shades\":[\"glass \\\"etched\\\"\"]}");
    assert_null(sj_lamp_meta.factory[2]);
    assert_null(sj_room_meta.factory[0]);
}

static void words_of_an_enum(void **state) {
    (void)state;
    assert_string_equal(sj_lamp_socket_text(SJ_LAMP_SOCKET_GU_5_3), "GU 5.3");
    assert_string_equal(sj_lamp_socket_text((sj_lamp_socket)3), "");
    sj_lamp_socket found = SJ_LAMP_SOCKET_E27;
    assert_true(sj_lamp_socket_find("GU 5.3", &found));
    assert_int_equal(found, SJ_LAMP_SOCKET_GU_5_3);
    assert_false(sj_lamp_socket_find("GU10", &found));
    assert_int_equal(found, SJ_LAMP_SOCKET_GU_5_3);
    assert_string_equal(sj_lamp_socket_text((sj_lamp_socket)-1), "");
    assert_ptr_equal(field_of(sj_lamp_meta.record, "socket")->choices, sj_lamp_socket_words);
}

static void an_enum_is_one_type_wherever_it_is_used(void **state) {
    (void)state;
    const sj_lamp lamp = {.switched = SJ_SWITCH_CAUSE_TIMER_RAN_OUT};
    const sj_lamp_switch request = {.why = lamp.switched};
    const sj_lamp_switch_reply_turn turn = {.why = request.why, .way = SJ_WAY_OFF};
    const sj_lamp_brightness_output output = {.way = turn.way};
    assert_string_equal(sj_switch_cause_text(turn.why), "TimerRanOut");
    assert_string_equal(sj_way_text(output.way), "off");
    assert_ptr_equal(field_of(&sj_lamp_record_meta, "switched")->choices, sj_switch_cause_words);
    assert_ptr_equal(field_of(&sj_lamp_switch_request_meta, "why")->choices, sj_switch_cause_words);
    assert_ptr_equal(sj_param_house_at_night_meta.field.choices, sj_way_words);
    assert_string_equal(field_of(&sj_lamp_record_meta, "switched")->fallback, "PIN entered");
    assert_non_null(strstr(field_of(&sj_lamp_record_meta, "switched")->doc,
                           "TimerRanOut is only kept: there is no timer."));
}

static void the_index_holds_everything(void **state) {
    (void)state;
    assert_string_equal(fixture_schema.name, "fixture");
    assert_ptr_equal(fixture_schema.resources[0], &sj_lamp_meta);
    assert_ptr_equal(fixture_schema.resources[2], &sj_house_meta);
    assert_null(fixture_schema.resources[3]);
    assert_ptr_equal(fixture_schema.events[1], &sj_house_dark_meta);
    assert_ptr_equal(fixture_schema.requests[0], &sj_lamp_switch_meta);
    assert_ptr_equal(fixture_schema.policies[0], &sj_lamp_brightness_meta);
    assert_ptr_equal(fixture_schema.messages[0], &sj_greeting_meta);
    assert_ptr_equal(fixture_schema.params[6], &sj_param_house_hall_meta);
    assert_null(fixture_schema.params[7]);
}

static void store_functions(void **state) {
    (void)state;
    sj_error error;
    sj_lamp *lamp;
    assert_int_equal(sj_lamp_get(&scope, "first", &lamp, &error), SJ_OK);
    assert_ptr_equal(asked.meta, &sj_lamp_meta);
    assert_string_equal(lamp->name, "first");
    assert_int_equal(sj_lamp_get(&scope, "none", &lamp, &error), SJ_E_NOT_FOUND);
    assert_null(lamp);
    sj_lamp put = {.name = "new"};
    assert_int_equal(sj_lamp_put(&scope, &put, SJ_PUT_REPLACE, &error), SJ_PUT_REPLACE);
    assert_ptr_equal(asked.subject, &put);
    void *records[] = {&put};
    const sj_list list = {records, 1};
    assert_ptr_equal(sj_lamp_at(&list, 0), &put);
    assert_null(sj_lamp_at(&list, 1));
}

static int heard;
static void on_switched(void *user, const sj_lamp_switched *event) {
    (void)user;
    heard += event->on ? 1 : 100;
}

static void event_functions(void **state) {
    (void)state;
    sj_error error;
    sj_topic *topic = sj_lamp_switched_topic(&scope, &error);
    assert_ptr_equal(asked.meta, &sj_lamp_switched_meta);
    const sj_lamp_switched event = {
        .lamp = "first", .on = true, .cause = SJ_LAMP_SWITCHED_CAUSE_TIMER};
    sj_publish_lamp_switched(&scope, topic, &event);
    assert_ptr_equal(asked.subject, &event);
    const int line = __LINE__ + 1;
    assert_non_null(sj_on_lamp_switched(&scope, on_switched, NULL, &error));
    char here[64];
    (void)snprintf(here, sizeof here, "test_generated.c:%d", line);
    assert_non_null(strstr(asked.here, here));
    asked.event(NULL, &event);
    assert_int_equal(heard, 1);
}

static void on_reply(void *user, int status, const sj_error *error,
                     const sj_lamp_switch_reply *reply) {
    (void)error;
    *(int *)user = status + (reply->was_on ? 10 : 20);
}

static void on_question(void *user, sj_question *question, const sj_lamp_switch *request) {
    (void)question;
    *(const char **)user = request->lamp;
}

static void request_functions(void **state) {
    (void)state;
    sj_error error;
    assert_string_equal(sj_lamp_switch_meta.command, "lamp switch");
    assert_string_equal(sj_lamp_switch_meta.positional, "lamp on");
    assert_int_equal(sj_lamp_switch_meta.deadline_ms, 2000);
    assert_ptr_equal(sj_lamp_switch_meta.reply, &sj_lamp_switch_reply_meta);
    assert_int_equal(sj_house_wake_meta.deadline_ms, 5000);
    assert_int_equal(sj_house_wake_meta.request->fields_count, 0);
    const sj_lamp_switch request = {.lamp = "first", .on = true};
    int seen = 0;
    assert_int_equal(sj_ask_lamp_switch(&scope, &request, 300, on_reply, &seen, &error), SJ_OK);
    assert_ptr_equal(asked.meta, &sj_lamp_switch_meta);
    assert_int_equal(asked.deadline_ms, 300);
    assert_non_null(strstr(asked.here, "test_generated.c:"));
    const sj_lamp_switch_reply reply = {.was_on = true};
    asked.reply(&seen, 3, NULL, &reply);
    assert_int_equal(seen, 13);
    const char *lamp = NULL;
    assert_non_null(sj_answer_lamp_switch(&scope, on_question, &lamp, &error));
    asked.question(&lamp, NULL, &request);
    assert_string_equal(lamp, "first");
    sj_reply_lamp_switch(&scope, NULL, &reply);
    assert_ptr_equal(asked.subject, &reply);
}

static void parameter_functions(void **state) {
    (void)state;
    asked.integer = 1;
    assert_int_equal(sj_param_house_maximum_lamps(&scope), 1);
    assert_ptr_equal(asked.meta, &sj_param_house_maximum_lamps_meta);
    assert_true(sj_param_house_night_mode(&scope));
    assert_int_equal(sj_param_house_on_error(&scope), SJ_HOUSE_ON_ERROR_STAY_LIT);
    assert_string_equal(sj_param_house_motto(&scope), "Fiat lux");
    assert_string_equal(sj_param_house_maximum_lamps_meta.service, "House Service");
    assert_string_equal(sj_param_house_maximum_lamps_meta.symbol, "house_maximum_lamps");
    assert_string_equal(sj_param_house_maximum_lamps_meta.field.title, "Maximum Lamps");
    assert_string_equal(sj_param_house_longest_burn_meta.field.fallback, "480");
    assert_int_equal(sj_param_house_longest_burn_meta.flags, SJ_PARAM_ADVANCED);
    assert_int_equal(sj_param_house_night_mode_meta.flags, SJ_PARAM_NODE);
}

static void policy_and_message_functions(void **state) {
    (void)state;
    const sj_lamp_brightness_input input = {.lamp = "first"};
    sj_lamp_brightness_output output = {.brightness = 5};
    assert_int_equal(sj_decide_lamp_brightness(&scope, "", &input, &output), 1);
    assert_int_equal(output.brightness, 7);
    assert_ptr_equal(asked.meta, &sj_lamp_brightness_meta);
    const sj_greeting greeting = {.house = "ours"};
    assert_null(sj_greeting_to_json(&scope, &greeting));
    assert_ptr_equal(asked.meta, &sj_greeting_meta);
    assert_ptr_equal(asked.subject, &greeting);
    sj_greeting *read;
    sj_error error;
    assert_int_equal(sj_greeting_from_json(&scope, "{}", 2, &read, &error), SJ_E_INVALID);
    assert_null(read);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metadata_says_what_was_declared),
        cmocka_unit_test(factory_records_are_json),
        cmocka_unit_test(words_of_an_enum),
        cmocka_unit_test(an_enum_is_one_type_wherever_it_is_used),
        cmocka_unit_test(the_index_holds_everything),
        cmocka_unit_test(store_functions),
        cmocka_unit_test(event_functions),
        cmocka_unit_test(request_functions),
        cmocka_unit_test(parameter_functions),
        cmocka_unit_test(policy_and_message_functions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
