/* A real node is told to stop while writes are on their way to a slow disk: what is done is
 * answered as done, what is refused is not there afterwards, and further signals change nothing of
 * its end. test_stop SOJOURND SLOW_DISK PLUGINS */
#define TEST_ADDRESS "127.77.9.2"
#include "slow_disk_node.h"

/* SIGTERM while a write is on its way to the disk: it is answered as done, since it is. */
static void a_stop_answers_what_was_written(void **state) {
    struct real_node *node = *state;
    char text[4096] = "";
    const int file = connect_to(node);
    set_slow(true);
    send_put(file, 50);
    (void)usleep(SYNC_MS / 4 * 1000);
    assert_int_equal(kill(node->process, SIGTERM), 0);
    assert_int_equal(read_answers(file, text, sizeof text, 1), 1);
    set_slow(false);
    (void)close(file);
    (void)real_node_stop(node, SIGTERM);
    start_again(node);
}

/* A command that trusts the node's own certificate for phones. */
static char *make_trust(const struct real_node *node) {
    static const char path[] = "state/identity/tomcat.pem";
    char name[128], pem[8192] = "";
    (void)snprintf(name, sizeof name, "%s/%s", node->directory, path);
    FILE *file = fopen(name, "r");
    assert_non_null(file);
    pem[fread(pem, 1, sizeof pem - 1, file)] = '\0';
    (void)fclose(file);
    cJSON *body = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(body, "purpose", "phones");
    (void)cJSON_AddStringToObject(body, "name", "Own");
    (void)cJSON_AddStringToObject(body, "pem", pem);
    char *text = cJSON_PrintUnformatted(body);
    cJSON_Delete(body);
    return text;
}

/* SIGTERM while what a command did is on its way to the disk: a command of the node itself, and one
 * of a service, which is stopped as well. */
static void a_stop_answers_a_command_that_is_done(void **state) {
    struct real_node *node = *state;
    char copy[256], *trust = make_trust(node);
    const struct {
        const char *command, *body, *method, *path, *part;
    } done[2] = {{"do/policy/activate",
                  "{\"name\":\"p.lua\",\"text\":\"return { hooks = { ['proxy.allow'] = "
                  "function(input) return { allowed = true, reason = 'all' } end } }\"}",
                  "POST", "/api/v1/do/policy/versions", "p.lua"},
                 {"do/cert/trust", trust, "GET", "/api/v1/certificate_authorities", "Own"}};
    (void)snprintf(copy, sizeof copy, "cp '%s/certificates.so' '%s/plugins'", plugins,
                   node->directory);
    assert_int_equal(system(copy), 0);
    expect_answer(node, "POST", "/api/v1/do/service/activate", "{\"service\":\"certificates\"}",
                  200, "");
    for (int i = 0; i < 2; i++) {
        char text[4096] = "";
        const int file = connect_to(node);
        set_slow(true);
        send_post(file, done[i].command, done[i].body);
        await_answer(node, done[i].method, done[i].path, done[i].part);
        assert_int_equal(kill(node->process, SIGTERM), 0);
        assert_int_equal(read_answers(file, text, sizeof text, 1), 1);
        set_slow(false);
        (void)close(file);
        (void)waitpid(node->process, NULL, 0);
        start_again(node);
        await_answer(node, done[i].method, done[i].path, done[i].part);
    }
    cJSON_free(trust);
}

enum { WRITERS = 6, WRITES = 40 };

/* The status of each answer until the connection ends; how many there were. */
static int read_statuses(int file, int statuses[WRITES]) {
    static char text[1 << 18];
    size_t length = 0;
    int count = 0;
    for (ssize_t got; length < sizeof text - 1 &&
                      (got = read(file, text + length, sizeof text - 1 - length)) > 0;) {
        length += (size_t)got;
    }
    text[length] = '\0';
    for (const char *at = text; count < WRITES && (at = strstr(at, "HTTP/1.1 ")) != NULL; at++) {
        statuses[count++] = atoi(at + 9);
    }
    return count;
}

/* SIGTERM while many write: what is refused is not there afterwards, what is answered as done is.
 */
static void a_stop_refuses_nothing_that_is_written(void **state) {
    struct real_node *node = *state;
    int files[WRITERS], statuses[WRITERS][WRITES], counts[WRITERS], refused = 0;
    for (int i = 0; i < WRITERS; i++) {
        files[i] = connect_to(node);
    }
    set_slow(true);
    for (int i = 0; i < WRITERS; i++) {
        for (int j = 0; j < WRITES; j++) { /* each is committed when the one before is answered */
            send_put(files[i], 20000 + i * WRITES + j);
        }
    }
    (void)usleep(SYNC_MS / 4 * 1000);
    assert_int_equal(kill(node->process, SIGTERM), 0);
    for (int i = 0; i < WRITERS; i++) {
        counts[i] = read_statuses(files[i], statuses[i]);
        (void)close(files[i]);
    }
    set_slow(false);
    (void)waitpid(node->process, NULL, 0);
    start_again(node);
    for (int i = 0; i < WRITERS; i++) {
        for (int j = 0; j < counts[i]; j++) {
            char path[64];
            const bool done = statuses[i][j] == 200 || statuses[i][j] == 201;
            (void)snprintf(path, sizeof path, "/api/v1/partitions/P%d", 20000 + i * WRITES + j);
            assert_true(done || statuses[i][j] == 503);
            expect_answer(node, "GET", path, NULL, done ? 200 : 404, "");
            refused += done ? 0 : 1;
        }
    }
    print_message("%d writes were refused\n", refused);
}

/* Of signals that come at once the system delivers the lower number first. */
static int count_stops(const struct real_node *node) {
    return count_in_log(node, "signal 15: the node stops") +
           count_in_log(node, "signal 2: the node stops");
}

/* A terminal and a supervisor both tell a node to stop: the second SIGTERM, and one that comes when
 * it is nearly over, change nothing of its end. */
static void a_second_signal_does_not_end_a_stop(void **state) {
    struct real_node *node = *state;
    int status = 0;
    const int before = count_stops(node);
    for (int i = 0; waitpid(node->process, &status, WNOHANG) == 0; i++) {
        assert_int_equal(kill(node->process, i % 2 == 0 ? SIGTERM : SIGINT), 0);
        (void)usleep(200);
    }
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(count_stops(node), before + 1);
    start_again(node);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stop_answers_what_was_written),
        cmocka_unit_test(a_stop_answers_a_command_that_is_done),
        cmocka_unit_test(a_stop_refuses_nothing_that_is_written),
        cmocka_unit_test(a_second_signal_does_not_end_a_stop),
    };
    return take_arguments(argc, argv) ? cmocka_run_group_tests(tests, setup, teardown) : 2;
}
