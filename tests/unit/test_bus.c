/* The bus: order, joining and leaving, depth, versions of declarations, requests with their
 * deadlines, taps, JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include <sojourn/testkit.h>

#include "events/node.h"
#include "events/session.h"
#include "host/bus/bus.h"
#include "host/core/scope.h"

/* An event and a request in an older and a newer declaration, made by hand as the generator would.
 */
struct old_event {
    const char *name;
};
struct new_event {
    const char *name;
    int64_t count;
    const char *colour;
};

static const sj_field fields[] = {
    {.name = "name",
     .type = SJ_TYPE_TEXT,
     .offset = offsetof(struct new_event, name),
     .fallback = ""},
    {.name = "count",
     .type = SJ_TYPE_INTEGER,
     .offset = offsetof(struct new_event, count),
     .fallback = ""},
    {.name = "colour",
     .type = SJ_TYPE_TEXT,
     .offset = offsetof(struct new_event, colour),
     .fallback = "",
     .flags = SJ_FIELD_SENSITIVE},
};
static const uint64_t prints[] = {10, 11, 12, 13}, other_prints[] = {10, 99, 98, 97};

static const sj_record_meta old_meta = {.size = sizeof old_meta,
                                        .kind = SJ_KIND_EVENT,
                                        .name = "test.happened",
                                        .struct_size = sizeof(struct old_event),
                                        .fields = fields,
                                        .fields_count = 1,
                                        .fingerprints = prints};
static const sj_record_meta new_meta = {.size = sizeof new_meta,
                                        .kind = SJ_KIND_EVENT,
                                        .name = "test.happened",
                                        .struct_size = sizeof(struct new_event),
                                        .fields = fields,
                                        .fields_count = 3,
                                        .fingerprints = prints};
static const sj_record_meta other_meta = {.size = sizeof other_meta,
                                          .kind = SJ_KIND_EVENT,
                                          .name = "test.happened",
                                          .struct_size = sizeof(struct new_event),
                                          .fields = fields,
                                          .fields_count = 3,
                                          .fingerprints = other_prints};
static const sj_request_meta old_request = {.size = sizeof old_request,
                                            .name = "test.ask",
                                            .request = &old_meta,
                                            .reply = &old_meta,
                                            .deadline_ms = 1000};
static const sj_request_meta new_request = {.size = sizeof new_request,
                                            .name = "test.ask",
                                            .request = &new_meta,
                                            .reply = &new_meta,
                                            .deadline_ms = 1000};
static const sj_request_meta other_request = {.size = sizeof other_request,
                                              .name = "test.ask",
                                              .request = &new_meta,
                                              .reply = &other_meta,
                                              .deadline_ms = 1000};

struct bench {
    sj_testkit *kit;
    sj_scope *scope;
    char heard[256];
    sj_handle *handles[4];
    sj_topic *topic;
    sj_scope *child;
    int status, replies;
    char reply[640];
    sj_question *question;
};

static int setup(void **state) {
    struct bench *bench = calloc(1, sizeof *bench);
    bench->kit = sj_testkit_open(NULL);
    bench->scope = sj_testkit_scope(bench->kit);
    *state = bench;
    return 0;
}

static int teardown(void **state) {
    struct bench *bench = *state;
    sj_error error;
    int status = sj_testkit_end(bench->kit, &error);
    free(bench);
    return status;
}

static void note(struct bench *bench, const char *text) {
    size_t used = strlen(bench->heard);
    (void)snprintf(bench->heard + used, sizeof bench->heard - used, "%s", text);
}

static void hear_a(void *user, const void *event) {
    (void)event;
    note(user, "a");
}

static void hear_b(void *user, const void *event) {
    (void)event;
    note(user, "b");
}

static void hear_new(void *user, const void *event) {
    const struct new_event *happened = event;
    char text[96];
    (void)snprintf(text, sizeof text, "[%s %lld \"%s\"]", happened->name,
                   (long long)happened->count, happened->colour);
    note(user, text);
}

static sj_handle *subscribe(struct bench *bench, sj_scope *scope, sj_event_fn handler) {
    sj_error error;
    sj_handle *handle = sj_host_event_subscribe(scope, SJ_HERE, &new_meta, handler, bench, &error);
    assert_non_null(handle);
    return handle;
}

static void publish(struct bench *bench) {
    const struct new_event event = {"x", 7, "red"};
    if (bench->topic == NULL) {
        sj_error error;
        bench->topic = sj_host_event_topic(bench->scope, &new_meta, &error);
        assert_non_null(bench->topic);
    }
    sj_host_event_publish(bench->topic, &event);
}

static void subscribers_hear_in_the_order_they_joined(void **state) {
    struct bench *bench = *state;
    sj_handle *first = subscribe(bench, bench->scope, hear_a);
    (void)subscribe(bench, bench->scope, hear_b);
    publish(bench);
    sj_handle_close(bench->scope, first);
    publish(bench);
    (void)subscribe(bench, bench->scope, hear_a);
    publish(bench);
    assert_string_equal(bench->heard, "abbba");
}

static void hear_and_join(void *user, const void *event) {
    struct bench *bench = user;
    (void)event;
    note(bench, "j");
    for (int i = 0; i < 20; i++) { /* enough to move the array */
        (void)subscribe(bench, bench->scope, hear_b);
    }
}

static void who_joins_during_an_emission_waits_for_the_next(void **state) {
    struct bench *bench = *state;
    sj_handle *joiner = subscribe(bench, bench->scope, hear_and_join);
    (void)subscribe(bench, bench->scope, hear_a);
    publish(bench);
    assert_string_equal(bench->heard, "ja");
    sj_handle_close(bench->scope, joiner);
    bench->heard[0] = '\0';
    publish(bench);
    assert_string_equal(bench->heard, "abbbbbbbbbbbbbbbbbbbb");
}

static void hear_and_close_scope(void *user, const void *event) {
    struct bench *bench = user;
    (void)event;
    note(bench, "c");
    sj_scope_close(bench->child);
}

static void a_scope_may_close_in_its_own_handler(void **state) {
    struct bench *bench = *state;
    bench->child = sj_scope_open(bench->scope, "child", NULL, NULL);
    (void)subscribe(bench, bench->child, hear_and_close_scope);
    (void)subscribe(bench, bench->child, hear_a); /* leaves with it, before its turn */
    (void)subscribe(bench, bench->scope, hear_b);
    publish(bench);
    sj_testkit_run(bench->kit);
    publish(bench);
    assert_string_equal(bench->heard, "cbb");
}

static void hear_and_close_publisher(void *user, const void *event) {
    struct bench *bench = user;
    (void)event;
    note(bench, "p");
    sj_scope_close(bench->child);
}

static void the_publisher_may_go_during_its_emission(void **state) {
    struct bench *bench = *state;
    const struct new_event event = {"x", 7, "red"};
    sj_error error;
    sj_topic *topic;
    bench->child = sj_scope_open(bench->scope, "child", NULL, NULL);
    topic = sj_host_event_topic(bench->child, &new_meta, &error);
    (void)subscribe(bench, bench->scope, hear_and_close_publisher);
    (void)subscribe(bench, bench->scope, hear_a);
    sj_host_event_publish(topic, &event);
    sj_host_event_publish(topic, &event); /* its scope is closing: nobody hears, nothing breaks */
    assert_string_equal(bench->heard, "pa");
}

static void hear_and_publish(void *user, const void *event) {
    struct bench *bench = user;
    (void)event;
    note(bench, "r");
    publish(bench);
}

static void recursion_ends_with_the_chain_in_the_log(void **state) {
    struct bench *bench = *state;
    (void)subscribe(bench, bench->scope, hear_and_publish);
    publish(bench);
    assert_int_equal(strlen(bench->heard), SJ_BUS_DEPTH);
    assert_non_null(sj_testkit_find(
        bench->kit, "log",
        "event test.happened is dropped: events cause each other 16 deep: test.happened > "));
}

static void an_older_publisher_reaches_a_newer_subscriber(void **state) {
    struct bench *bench = *state;
    const struct old_event event = {"old"};
    sj_error error;
    sj_topic *topic;
    (void)subscribe(bench, bench->scope, hear_new);
    topic = sj_host_event_topic(bench->scope, &old_meta, &error);
    assert_non_null(topic);
    sj_host_event_publish(topic, &event);
    assert_string_equal(bench->heard, "[old 0 \"\"]");
}

static void a_newer_publisher_reaches_an_older_subscriber(void **state) {
    struct bench *bench = *state;
    sj_error error;
    assert_non_null(
        sj_host_event_subscribe(bench->scope, SJ_HERE, &old_meta, hear_a, bench, &error));
    publish(bench);
    assert_string_equal(bench->heard, "a");
}

static void another_declaration_is_refused(void **state) {
    struct bench *bench = *state;
    sj_error error;
    (void)subscribe(bench, bench->scope, hear_a);
    assert_null(sj_host_event_topic(bench->scope, &other_meta, &error));
    assert_int_equal(error.code, SJ_E_VERSION);
    assert_non_null(
        strstr(error.text,
               "event test.happened is declared differently by its users: their first 3 fields"));
    assert_null(sj_host_event_subscribe(bench->scope, SJ_HERE, &other_meta, hear_a, bench, &error));
}

static void the_houses_declaration_counts_too(void **state) {
    struct bench *bench = *state;
    sj_record_meta mine = sj_session_started_meta;
    uint64_t wrong[64] = {1};
    sj_error error;
    mine.fingerprints = wrong;
    mine.fields_count = 1;
    assert_null(sj_host_event_subscribe(bench->scope, SJ_HERE, &mine, hear_a, bench, &error));
    assert_int_equal(error.code, SJ_E_VERSION);
}

static void on_tap(void *user, const char *type, const char *json) {
    struct bench *bench = user;
    note(bench, type);
    note(bench, json);
}

static void taps_show_json_without_what_is_sensitive(void **state) {
    struct bench *bench = *state;
    struct node *node = sj_scope_node(bench->scope);
    sj_handle *tap = sj_bus_tap(node, "test.happened", on_tap, bench);
    assert_non_null(tap);
    publish(bench);
    assert_non_null(strstr(bench->heard, "test.happened"));
    assert_non_null(strstr(bench->heard, "\"count\":7"));
    assert_null(strstr(bench->heard, "red"));
    bench->heard[0] = '\0';
    sj_host_handle_close(tap);
    publish(bench);
    assert_string_equal(bench->heard, "");
}

/* Requests. */

static void on_reply(void *user, int status, const sj_error *error, const void *reply) {
    struct bench *bench = user;
    bench->replies++;
    bench->status = status;
    (void)snprintf(bench->reply, sizeof bench->reply, "%s",
                   status == SJ_OK ? ((const struct new_event *)reply)->name : error->text);
}

static void on_question(void *user, sj_question *question, const void *request) {
    struct bench *bench = user;
    const struct new_event *asked = request;
    char text[64];
    (void)snprintf(text, sizeof text, "hello %s", asked->name);
    const struct new_event reply = {text, 1, "green"};
    sj_host_question_reply(question, &reply);
    assert_int_equal(bench->replies, 0); /* never inside the answerer */
}

static void keep_question(void *user, sj_question *question, const void *request) {
    (void)request;
    ((struct bench *)user)->question = question;
}

static void refuse_question(void *user, sj_question *question, const void *request) {
    (void)request;
    sj_fail(((struct bench *)user)->scope, question, SJ_E_DENIED, "not %s", "today");
}

static int ask_as(struct bench *bench, sj_scope *scope, const sj_request_meta *meta,
                  sj_error *error) {
    const struct new_event request = {"alice", 0, ""};
    bench->replies = 0;
    return sj_host_request_ask(scope, SJ_HERE, meta, &request, 0, on_reply, bench, error);
}

static void ask(struct bench *bench) {
    sj_error error;
    assert_int_equal(ask_as(bench, bench->scope, &new_request, &error), SJ_OK);
    assert_int_equal(bench->replies, 0); /* always later */
}

static sj_handle *answer(struct bench *bench, sj_scope *scope, sj_question_fn handler) {
    sj_error error;
    sj_handle *handle =
        sj_host_request_answer(scope, SJ_HERE, &new_request, handler, bench, &error);
    assert_non_null(handle);
    return handle;
}

static void a_question_is_answered_once_and_later(void **state) {
    struct bench *bench = *state;
    (void)answer(bench, bench->scope, on_question);
    ask(bench);
    sj_testkit_run(bench->kit);
    assert_int_equal(bench->replies, 1);
    assert_int_equal(bench->status, SJ_OK);
    assert_string_equal(bench->reply, "hello alice");
}

static void a_refusal_carries_its_sentence(void **state) {
    struct bench *bench = *state;
    (void)answer(bench, bench->scope, refuse_question);
    ask(bench);
    sj_testkit_run(bench->kit);
    assert_int_equal(bench->status, SJ_E_DENIED);
    assert_string_equal(bench->reply, "not today");
}

static void without_answerer_it_is_unavailable_at_once(void **state) {
    struct bench *bench = *state;
    ask(bench);
    sj_testkit_run(bench->kit);
    assert_int_equal(bench->replies, 1);
    assert_int_equal(bench->status, SJ_E_UNAVAILABLE);
    assert_string_equal(bench->reply, "no active service answers test.ask");
}

static void a_second_answerer_is_refused_naming_both(void **state) {
    struct bench *bench = *state;
    sj_error error;
    (void)answer(bench, bench->scope, on_question);
    assert_null(sj_host_request_answer(bench->scope, "other.c:9", &new_request, on_question, bench,
                                       &error));
    assert_int_equal(error.code, SJ_E_EXISTS);
    assert_non_null(strstr(error.text, "request test.ask is answered by test ("));
    assert_non_null(strstr(error.text, "test (other.c:9) cannot answer it too"));
}

static void the_deadline_ends_it_and_a_late_reply_is_safe(void **state) {
    struct bench *bench = *state;
    const struct new_event reply = {"late", 0, ""};
    (void)answer(bench, bench->scope, keep_question);
    ask(bench);
    sj_testkit_advance(bench->kit, 999);
    assert_int_equal(bench->replies, 0);
    sj_testkit_advance(bench->kit, 1);
    assert_int_equal(bench->status, SJ_E_TIMEOUT);
    assert_string_equal(bench->reply, "no answer to test.ask within 1000 ms");
    sj_host_question_reply(bench->question, &reply);
    sj_testkit_run(bench->kit);
    assert_int_equal(bench->replies, 1);
}

/* Whatever the first was, and however long ago; of a question that was asked since nothing changes.
 */
static void a_second_reply_is_logged_and_changes_nothing(void **state) {
    struct bench *bench = *state;
    const struct new_event reply = {"first", 0, ""}, other = {"second", 0, ""};
    sj_question *question;
    (void)answer(bench, bench->scope, keep_question);
    ask(bench);
    question = bench->question;
    sj_host_question_reply(question, &reply);
    sj_host_question_reply(question, &other);
    sj_testkit_run(bench->kit);
    assert_int_equal(bench->replies, 1);
    assert_string_equal(bench->reply, "first");
    assert_int_equal(
        sj_testkit_count(
            bench->kit, "log",
            "a second reply: the first one counts: of test, to a question of test.ask"),
        1);
    ask(bench); /* counts replies anew */
    sj_host_question_fail(question, SJ_E_CONFLICT, "", "no");
    sj_testkit_run(bench->kit);
    assert_int_equal(bench->replies, 0);
    for (int i = 0; i < 100; i++) { /* more than are kept */
        sj_host_question_fail(bench->question, SJ_E_CONFLICT, "", "no");
        ask(bench);
    }
    sj_testkit_run(bench->kit);
    assert_int_equal(bench->replies, 100);
    /* A plugin that has the defect fills no log with it. */
    question = bench->question;
    for (int i = 0; i < 100; i++) {
        sj_host_question_fail(question, SJ_E_CONFLICT, "", "no");
    }
    assert_int_equal(sj_testkit_count(bench->kit, "log", "a second reply"), 1);
}

static void when_the_answerer_stops_the_asker_is_told(void **state) {
    struct bench *bench = *state;
    sj_scope *answerer = sj_scope_open(bench->scope, "answerer", NULL, NULL);
    (void)answer(bench, answerer, keep_question);
    ask(bench);
    sj_scope_close(answerer);
    sj_testkit_run(bench->kit);
    assert_int_equal(bench->status, SJ_E_UNAVAILABLE);
    assert_string_equal(bench->reply, "test stopped before it answered test.ask");
    ask(bench); /* and the place is free again */
    sj_testkit_run(bench->kit);
    assert_int_equal(bench->status, SJ_E_UNAVAILABLE);
    (void)answer(bench, bench->scope, on_question);
}

static void when_the_answer_is_closed_alone_the_question_may_still_be_settled(void **state) {
    struct bench *bench = *state;
    sj_handle *handle = answer(bench, bench->scope, keep_question);
    const struct new_event reply = {"late", 0, ""};
    ask(bench);
    sj_handle_close(bench->scope, handle);
    sj_testkit_run(bench->kit);
    assert_int_equal(bench->status, SJ_E_UNAVAILABLE);
    sj_host_question_reply(bench->question, &reply);
    sj_testkit_run(bench->kit);
    assert_int_equal(bench->replies, 1);
}

static void when_the_asker_goes_nobody_is_called(void **state) {
    struct bench *bench = *state;
    sj_scope *asker = sj_scope_open(bench->scope, "asker", NULL, NULL);
    const struct new_event reply = {"late", 0, ""};
    sj_error error;
    (void)answer(bench, bench->scope, keep_question);
    assert_int_equal(ask_as(bench, asker, &new_request, &error), SJ_OK);
    sj_scope_close(asker);
    sj_testkit_run(bench->kit);
    sj_host_question_reply(bench->question, &reply);
    sj_testkit_advance(bench->kit, 5000);
    assert_int_equal(bench->replies, 0);
}

static void older_and_newer_sides_understand_each_other(void **state) {
    struct bench *bench = *state;
    sj_error error;
    (void)answer(bench, bench->scope, on_question);
    assert_int_equal(ask_as(bench, bench->scope, &old_request, &error), SJ_OK);
    sj_testkit_run(bench->kit);
    assert_string_equal(bench->reply, "hello alice");
    assert_int_equal(ask_as(bench, bench->scope, &other_request, &error), SJ_E_VERSION);
    assert_non_null(strstr(error.text, "reply test.happened is declared differently"));
}

static void on_json(void *user, int status, const sj_error *error, const char *json) {
    struct bench *bench = user;
    bench->replies++;
    bench->status = status;
    (void)snprintf(bench->reply, sizeof bench->reply, "%s", status == SJ_OK ? json : error->text);
}

static void on_activate(void *user, sj_question *question, const sj_service_activate *request) {
    struct bench *bench = user;
    sj_service_activate_reply reply = {.state = "started", .message = request->service};
    sj_reply_service_activate(bench->scope, question, &reply);
}

static void requests_can_be_asked_in_json(void **state) {
    struct bench *bench = *state;
    struct node *node = sj_scope_node(bench->scope);
    sj_error error;
    assert_non_null(sj_answer_service_activate(bench->scope, on_activate, bench, &error));
    assert_int_equal(
        sj_bus_ask_json(node, "service.activate", "{\"service\":\"tftp\"}", on_json, bench, &error),
        SJ_OK);
    sj_testkit_run(bench->kit);
    assert_int_equal(bench->replies, 1);
    assert_string_equal(bench->reply, "{\"state\":\"started\",\"message\":\"tftp\"}");
    assert_int_equal(sj_bus_ask_json(node, "service.actuate", "", on_json, bench, &error),
                     SJ_E_NOT_FOUND);
    assert_string_equal(error.text, "there is no request named \"service.actuate\"");
    assert_int_equal(
        sj_bus_ask_json(node, "service.activate", "{\"service\":7}", on_json, bench, &error),
        SJ_E_INVALID);
    assert_string_equal(error.field, "service");
    assert_string_equal(sj_bus_answerer(node, "service.activate"), "test");
    assert_null(sj_bus_answerer(node, "service.deactivate"));
}

static void short_memory_is_a_value(void **state) {
    struct bench *bench = *state;
    sj_error error;
    for (long n = 1; n < 5; n++) {
        sj_handle *handle;
        sj_testkit_fail_allocation(bench->kit, n);
        handle = sj_host_event_subscribe(bench->scope, SJ_HERE, &new_meta, hear_a, bench, &error);
        sj_testkit_fail_allocation(bench->kit, n);
        (void)sj_host_request_answer(bench->scope, SJ_HERE, &new_request, on_question, bench,
                                     &error);
        sj_testkit_fail_allocation(bench->kit, n);
        (void)ask_as(bench, bench->scope, &new_request, &error);
        sj_testkit_fail_allocation(bench->kit, 0);
        sj_testkit_run(bench->kit);
        sj_handle_close(bench->scope, handle);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(subscribers_hear_in_the_order_they_joined),
        TEST(who_joins_during_an_emission_waits_for_the_next),
        TEST(a_scope_may_close_in_its_own_handler),
        TEST(the_publisher_may_go_during_its_emission),
        TEST(recursion_ends_with_the_chain_in_the_log),
        TEST(an_older_publisher_reaches_a_newer_subscriber),
        TEST(a_newer_publisher_reaches_an_older_subscriber),
        TEST(another_declaration_is_refused),
        TEST(the_houses_declaration_counts_too),
        TEST(taps_show_json_without_what_is_sensitive),
        TEST(a_question_is_answered_once_and_later),
        TEST(a_refusal_carries_its_sentence),
        TEST(without_answerer_it_is_unavailable_at_once),
        TEST(a_second_answerer_is_refused_naming_both),
        TEST(the_deadline_ends_it_and_a_late_reply_is_safe),
        TEST(a_second_reply_is_logged_and_changes_nothing),
        TEST(when_the_answerer_stops_the_asker_is_told),
        TEST(when_the_answer_is_closed_alone_the_question_may_still_be_settled),
        TEST(when_the_asker_goes_nobody_is_called),
        TEST(older_and_newer_sides_understand_each_other),
        TEST(requests_can_be_asked_in_json),
        TEST(short_memory_is_a_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
