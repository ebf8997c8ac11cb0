/* What a client that lost an answer, or a stream of events, may do again: Idempotency-Key of
 * commands, Last-Event-ID. test_rest_once SOJOURND */
#define TEST_ADDRESS "127.77.1.65"
#include "rest_fixture.h"
#include "rest_raw.h"

#define POLICY(name)                                                                               \
    "{\"name\":\"" name "\",\"text\":\"return { hooks = { ['login.limit'] = function(input) "      \
    "return { minutes = 5 } end } }\"}"
#define ACTIVATE "/api/v1/do/policy/activate"

static int count_of(const char *text, const char *part) {
    int count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at++) {
        count++;
    }
    return count;
}

static int versions(struct real_node *node) {
    struct answer answer =
        real_node_ask(node, "POST", "/api/v1/do/policy/versions", "{}", NULL, NULL);
    const int count = count_of(answer.body, "\"activated_by\"");
    free(answer.body);
    return count;
}

static void a_command_with_a_key_is_done_once(void **state) {
    static const char key[] = "Idempotency-Key: key-of-a-command\r\n";
    struct real_node *node = *state;
    const int before = versions(node);
    char *first = ask_raw(node, "POST", ACTIVATE, key, POLICY("p"));
    assert_int_equal(status_of(first), 200);
    for (int i = 0; i < 3; i++) {
        char *again = ask_raw(node, "POST", ACTIVATE, key, POLICY("p"));
        assert_int_equal(status_of(again), 200);
        assert_string_equal(body_of(again), body_of(first));
        free(again);
    }
    free(first);
    assert_int_equal(versions(node), before + 1);
    /* Another body, another command: another request. */
    expect_raw(node, "POST", ACTIVATE, key, POLICY("q"), 422, "Content-Type",
               "application/problem+json");
    expect_raw(node, "POST", "/api/v1/do/policy/versions", key, POLICY("p"), 422, NULL, NULL);
    assert_int_equal(versions(node), before + 1);
    expect_raw(node, "POST", ACTIVATE, "Idempotency-Key: key-of-another\r\n", POLICY("p"), 200,
               NULL, NULL);
    /* What the service refused is refused again, what never reached it may be mended. */
    static const char wrong[] = "Idempotency-Key: a-wrong-command\r\n";
    char *refused = ask_raw(node, "POST", ACTIVATE, wrong, "{\"name\":\"p\",\"text\":\"x y\"}");
    char *again = ask_raw(node, "POST", ACTIVATE, wrong, "{\"name\":\"p\",\"text\":\"x y\"}");
    assert_int_equal(status_of(refused), 400);
    assert_string_equal(body_of(refused), body_of(again));
    expect_raw(node, "POST", ACTIVATE, wrong, POLICY("p"), 422, NULL, NULL);
    free(refused);
    free(again);
    expect_raw(node, "POST", ACTIVATE, "Idempotency-Key: unknown-member\r\n", "{\"nam\":\"p\"}",
               400, NULL, NULL);
    expect_raw(node, "POST", ACTIVATE, "Idempotency-Key: unknown-member\r\n", POLICY("p"), 200,
               NULL, NULL);
}

static void keys_are_each_user_s_own(void **state) {
    static const char key[] = "Idempotency-Key: the-same-key-of-two";
    struct real_node *node = *state;
    static const char *const users[] = {NULL, "admin:right-right", "root:right-right"};
    for (int i = 1; i < 3; i++) {
        char body[200];
        (void)snprintf(body, sizeof body,
                       "{\"user_id\":\"%.*s\",\"password\":\"right-right\",\"roles\":[\"Standard "
                       "CCM Super Users\"]}",
                       (int)strcspn(users[i], ":"), users[i]);
        expect(node, "POST", "/api/v1/application_users", body, 201, NULL);
    }
    const int before = versions(node);
    for (int i = 0; i < 6; i++) { /* "root" of the machine is not "root" of the cluster */
        struct answer answer =
            real_node_ask(node, "POST", ACTIVATE, POLICY("p"), key, users[i % 3]);
        assert_int_equal(answer.status, 200);
        free(answer.body);
        assert_int_equal(versions(node), before + (i < 3 ? i + 1 : 3));
    }
}

static void wrong_keys_are_refused(void **state) {
    struct real_node *node = *state;
    char overlong[400] = "Idempotency-Key: ";
    memset(overlong + strlen(overlong), 'k', 300);
    (void)strcat(overlong, "\r\n");
    const char *const wrong[] = {"Idempotency-Key: short\r\n",
                                 "Idempotency-Key: with blanks in it\r\n",
                                 "Idempotency-Key: \"a-quoted-key\"\r\n",
                                 "Idempotency-Key:\r\n",
                                 "Idempotency-Key: one-key-of-two\r\nIdempotency-Key: "
                                 "two-keys-of-two\r\n",
                                 "Idempotency-Key: k\xc3\xa4y-of-utf-8-text\r\n",
                                 overlong};
    const int before = versions(node);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        expect_raw(node, "POST", ACTIVATE, wrong[i], POLICY("p"), 400, NULL, NULL);
    }
    assert_int_equal(versions(node), before);
    /* Where a key does nothing it is not taken in silence. */
    static const char good[] = "Idempotency-Key: a-good-key\r\n";
    expect_raw(node, "POST", "/api/v1/partitions", good, "{\"name\":\"P\"}", 400, NULL, NULL);
    expect_raw(node, "PUT", "/api/v1/partitions/P", good, "{\"name\":\"P\"}", 400, NULL, NULL);
    expect_raw(node, "PUT", "/api/v1/own_password", good, "{\"password\":\"x\"}", 400, NULL, NULL);
    expect_raw(node, "GET", "/api/v1/partitions", good, NULL, 200, NULL, NULL);
    expect(node, "GET", "/api/v1/partitions/P", NULL, 404, NULL);
}

/* A user's oldest go when they become too many; nobody else's. */
static void a_flood_of_keys_is_bounded(void **state) {
    enum { KEYS = 130 };
    struct real_node *node = *state;
    char header[100];
    struct answer answer;
    expect(node, "POST", "/api/v1/application_users",
           "{\"user_id\":\"admin\",\"password\":\"right-right\",\"roles\":[\"Standard CCM Super "
           "Users\"]}",
           201, NULL);
    answer = real_node_ask(node, "POST", ACTIVATE, POLICY("p"), "Idempotency-Key: of-the-other",
                           "admin:right-right");
    assert_int_equal(answer.status, 200);
    free(answer.body);
    for (int i = 0; i < KEYS; i++) {
        (void)snprintf(header, sizeof header, "Idempotency-Key: flooding-%d\r\n", i);
        expect_raw(node, "POST", "/api/v1/do/policy/versions", header, "{}", 200, NULL, NULL);
    }
    /* The newest hundred are known, the first is not any more, and is looked at anew. */
    expect_raw(node, "POST", "/api/v1/do/policy/versions", "Idempotency-Key: flooding-129\r\n",
               "{\"name\":\"p\"}", 422, NULL, NULL);
    expect_raw(node, "POST", "/api/v1/do/policy/versions", "Idempotency-Key: flooding-31\r\n",
               "{\"name\":\"p\"}", 422, NULL, NULL);
    expect_raw(node, "POST", "/api/v1/do/policy/versions", "Idempotency-Key: flooding-0\r\n",
               "{\"name\":\"p\"}", 400, NULL, NULL);
    answer = real_node_ask(node, "POST", ACTIVATE, POLICY("q"), "Idempotency-Key: of-the-other",
                           "admin:right-right");
    assert_int_equal(answer.status, 422);
    free(answer.body);
}

/* ---- events ---- */

/* Reads a stream until it has said so much; what it said, to be freed. */
static char *read_until(int fd, const char *part, int times) {
    char *text = calloc(1, 1 << 16);
    size_t length = 0;
    while (count_of(text, part) < times) {
        const ssize_t count = recv(fd, text + length, (1 << 16) - 1 - length, 0);
        if (count <= 0) {
            fail_msg("the stream ended: \"%s\"", text);
        }
        length += (size_t)count;
    }
    return text;
}

static int follow(struct real_node *node, const char *headers) {
    char text[600];
    const int fd = connect_raw(node);
    (void)snprintf(text, sizeof text,
                   "GET /api/v1/events?type=config.changed HTTP/1.1\r\nHost: n\r\n%s\r\n", headers);
    say_raw(fd, text);
    return fd;
}

static void a_stream_goes_on_where_it_was(void **state) {
    struct real_node *node = *state;
    char header[100];
    int fd = follow(node, "");
    free(read_until(fd, "events follow", 1));
    expect(node, "POST", "/api/v1/partitions", "{\"name\":\"A\"}", 201, NULL);
    char *seen = read_until(fd, "\nid: ", 1);
    const unsigned long long number = strtoull(strstr(seen, "\nid: ") + 5, NULL, 10);
    free(seen);
    (void)close(fd);
    expect(node, "POST", "/api/v1/partitions", "{\"name\":\"B\"}", 201, NULL);
    expect(node, "POST", "/api/v1/partitions", "{\"name\":\"C\"}", 201, NULL);
    (void)snprintf(header, sizeof header, "Last-Event-ID: %llu\r\n", number);
    fd = follow(node, header);
    seen = read_until(fd, "data: {\"type\"", 2);
    assert_int_equal(count_of(seen, "lost"), 0);
    assert_int_equal(strtoull(strstr(seen, "\nid: ") + 5, NULL, 10), number + 1);
    free(seen);
    (void)close(fd);
    /* A number that the stream has not given, as after a restart: it says that some are lost. */
    fd = follow(node, "Last-Event-ID: 7\r\n");
    seen = read_until(fd, "data: {\"lost\":null}", 1);
    assert_non_null(strstr(seen, "event: lost"));
    free(seen);
    (void)close(fd);
}

static void wrong_event_numbers_are_refused(void **state) {
    struct real_node *node = *state;
    char overlong[400] = "Last-Event-ID: ";
    memset(overlong + strlen(overlong), '9', 300);
    (void)strcat(overlong, "\r\n");
    const char *const wrong[] = {"Last-Event-ID: -1\r\n", "Last-Event-ID: 1e3\r\n",
                                 "Last-Event-ID: 99999999999999999999\r\n",
                                 "Last-Event-ID: 5\r\nLast-Event-ID: 6\r\n", overlong};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        expect_raw(node, "GET", "/api/v1/events", wrong[i], NULL, 400, NULL, NULL);
    }
}

int main(int count, char **words) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_command_with_a_key_is_done_once, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_are_each_user_s_own, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_keys_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_flood_of_keys_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stream_goes_on_where_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_event_numbers_are_refused, setup, teardown),
    };
    if (count != 2) {
        return 2;
    }
    program = words[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
