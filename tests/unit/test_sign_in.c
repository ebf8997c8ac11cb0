/* Administrators sign in at a real node while others guess or import: guesses that arrive together
 * are counted as if they came one after the other, a locked account looks like any other, and an
 * import keeps nobody waiting; a stop ends what is compared. test_sign_in SOJOURND */
#include "real_node.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>

static const char *program;

static int setup(void **state) {
    struct real_node *node = calloc(1, sizeof *node);
    struct answer answer;
    real_node_open(node, program, "127.77.1.2");
    answer = real_node_ask(
        node, "POST", "/api/v1/application_users",
        "{\"user_id\":\"admin\",\"password\":\"right\",\"roles\":[\"Standard CCM Super Users\"]}",
        NULL, NULL);
    assert_int_equal(answer.status, 201);
    free(answer.body);
    *state = node;
    return 0;
}

static int teardown(void **state) {
    real_node_close(*state);
    free(*state);
    return 0;
}

/* A connection from the given loopback address on which one sign-in has been sent. */
static int sign_in(const struct real_node *node, const char *from, const char *credentials) {
    struct sockaddr_in local = {.sin_family = AF_INET},
                       remote = {.sin_family = AF_INET, .sin_port = htons(18080)};
    char text[256];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int length = snprintf(
        text, sizeof text,
        "GET /api/v1/partitions HTTP/1.1\r\nHost: %s:18080\r\nAuthorization: Basic %s\r\n\r\n",
        node->address, credentials);
    assert_true(fd >= 0);
    assert_int_equal(inet_pton(AF_INET, from, &local.sin_addr), 1);
    assert_int_equal(inet_pton(AF_INET, node->address, &remote.sin_addr), 1);
    assert_int_equal(bind(fd, (struct sockaddr *)&local, sizeof local), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&remote, sizeof remote), 0);
    assert_int_equal(write(fd, text, (size_t)length), length);
    return fd;
}

static int status_on(int fd) {
    char text[64] = "";
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    ssize_t got = poll(&ready, 1, 60000) == 1 ? read(fd, text, sizeof text - 1) : -1;
    (void)close(fd);
    return got > 12 ? atoi(text + 9) : 0;
}

static const char right[] = "YWRtaW46cmlnaHQ="; /* admin:right */
static const char wrong[] = "YWRtaW46d3Jvbmc="; /* admin:wrong */

static void guesses_at_once_are_counted(void **state) {
    enum { GUESSES = 300 };
    struct real_node *node = *state;
    int fds[GUESSES], denied = 0, refused = 0;
    for (int i = 0; i < GUESSES; i++) {
        fds[i] = sign_in(node, "127.66.0.1", i < GUESSES - 1 ? wrong : right);
    }
    for (int i = 0; i < GUESSES; i++) {
        int status = status_on(fds[i]);
        denied += status == 401;
        refused += status == 429;
    }
    assert_int_equal(denied + refused, GUESSES); /* none got in */
    assert_true(refused > 0);
    assert_int_equal(status_on(sign_in(node, "127.66.0.2", right)),
                     401); /* the account is locked for everybody */
}

/* Also from many addresses, each with few guesses and the right one last. */
static void guesses_of_many_addresses_are_counted(void **state) {
    enum { ADDRESSES = 20, EACH = 5 };
    struct real_node *node = *state;
    int fds[ADDRESSES * EACH], got_in = 0;
    for (int i = 0; i < ADDRESSES * EACH; i++) {
        char from[24];
        (void)snprintf(from, sizeof from, "127.66.1.%d", 1 + i % ADDRESSES);
        fds[i] = sign_in(node, from, i < ADDRESSES * (EACH - 1) ? wrong : right);
    }
    for (int i = 0; i < ADDRESSES * EACH; i++) {
        got_in += status_on(fds[i]) == 200;
    }
    assert_int_equal(got_in, 0);
}

/* What is compared for a locked account takes as long as for any other: it is compared. */
static void locked_accounts_are_compared_all_the_same(void **state) {
    struct real_node *node = *state;
    struct answer before, after;
    const char *at;
    double first, second;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(status_on(sign_in(node, "127.66.0.1", wrong)), 401);
    }
    before = real_node_ask(node, "GET", "/metrics", NULL, NULL, NULL);
    assert_int_equal(status_on(sign_in(node, "127.66.0.2", right)), 401);
    after = real_node_ask(node, "GET", "/metrics", NULL, NULL, NULL);
    at = strstr(before.body, "sojourn_secrets_compared_total{result=\"wrong\"} ");
    first = at != NULL ? atof(strchr(at, '}') + 1) : -1;
    at = strstr(after.body, "sojourn_secrets_compared_total{result=\"wrong\"} ");
    second = at != NULL ? atof(strchr(at, '}') + 1) : -1;
    assert_true(first >= 5);
    assert_true(second == first + 1);
    free(before.body);
    free(after.body);
}

/* A node that is told to stop while passwords wait to be compared ends well (teardown), and leaves
 * nothing of them behind, as a sanitizer sees. */
static void a_stop_ends_what_is_compared(void **state) {
    enum { ATTEMPTS = 60 };
    const struct real_node *node = *state;
    int fds[ATTEMPTS];
    for (int i = 0; i < ATTEMPTS; i++) {
        fds[i] = sign_in(node, "127.66.0.1", wrong);
    }
    assert_int_equal(status_on(fds[0]), 401);
    for (int i = 1; i < ATTEMPTS; i++) {
        (void)close(fds[i]);
    }
}

static void import(const struct real_node *node, int users) {
    char *body = malloc((size_t)users * 80 + 64), *at = body;
    struct answer answer;
    assert_non_null(body);
    at += sprintf(at, "{\"content\":{\"end_users\":[");
    for (int i = 0; i < users; i++) {
        at += sprintf(at, "%s{\"user_id\":\"u%d\",\"last_name\":\"U\",\"pin\":\"%d\"}",
                      i > 0 ? "," : "", i, 100000 + i);
    }
    (void)sprintf(at, "]}}");
    answer = real_node_ask(node, "POST", "/api/v1/apply", body, NULL, NULL);
    free(answer.body);
    free(body);
}

static double bulk_waiting(const struct real_node *node) {
    struct answer answer = real_node_ask(node, "GET", "/metrics", NULL, NULL, NULL);
    const char *at =
        answer.body != NULL ? strstr(answer.body, "sojourn_work_waiting{lane=\"bulk\"} ") : NULL;
    double waiting = at != NULL ? atof(strchr(at, '}') + 1) : 0;
    free(answer.body);
    return waiting;
}

/* An import has secrets left to hash. They are handed to the workers in bundles: between two of
 * these nothing waits for a moment, so that it is looked at again. */
static bool import_goes_on(const struct real_node *node) {
    for (int i = 0; i < 3000; i++) {
        if (bulk_waiting(node) > 0) {
            return true;
        }
        (void)usleep(10000);
    }
    return false;
}

/* Sign-ins, none of them from memory, come through while an import has secrets left to hash. */
static void an_import_keeps_nobody_waiting(void **state) {
    enum { USERS = 8000, ATTEMPTS = 8 }; /* more than any machine hashes meanwhile */
    struct real_node *node = *state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        import(node, USERS);
        _exit(0);
    }
    assert_true(import_goes_on(node));
    for (int i = 0; i < ATTEMPTS; i++) {
        char from[24];
        (void)snprintf(from, sizeof from, "127.66.2.%d", i + 1);
        assert_int_equal(status_on(sign_in(node, from, i % 4 == 0 ? right : wrong)),
                         i % 4 == 0 ? 200 : 401);
    }
    assert_true(import_goes_on(node));
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(guesses_at_once_are_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(guesses_of_many_addresses_are_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(locked_accounts_are_compared_all_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stop_ends_what_is_compared, setup, teardown),
        cmocka_unit_test_setup_teardown(an_import_keeps_nobody_waiting, setup, teardown),
    };
    program = argc > 1 ? argv[1] : "sojournd";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
