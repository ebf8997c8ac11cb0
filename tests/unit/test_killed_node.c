/* A real node is killed, or its log is lost or damaged: what was answered is there, and what may be
 * lost is told. test_killed_node SOJOURND SLOW_DISK PLUGINS */
#define TEST_ADDRESS "127.77.9.3"
#include "slow_disk_node.h"

static void check_there(const struct real_node *node, int first, int last) {
    for (int i = first; i < last; i++) {
        char path[64];
        struct answer answer;
        (void)snprintf(path, sizeof path, "/api/v1/partitions/P%d", i);
        answer = real_node_ask(node, "GET", path, NULL, NULL, NULL);
        if (answer.status != 200) {
            fail_msg("P%d was acknowledged and is answered with %ld", i, answer.status);
        }
        free(answer.body);
    }
}

static void what_was_answered_is_there_after_a_kill(void **state) {
    struct real_node *node = *state;
    const char *wanted = getenv("SOJOURN_KILLS");
    const int kills = wanted != NULL ? atoi(wanted) : 8;
    int next = 1000;
    srand((unsigned)getpid());
    print_message("seed %d\n", (int)getpid());
    for (int i = 0; i < kills; i++) {
        static char text[1 << 20];
        const int file = connect_to(node), first = next, until = 1 + rand() % 60;
        int answered = 0;
        text[0] = '\0';
        for (int j = 0; j < 100; j++) {
            send_put(file, next + j);
        }
        answered = read_answers(file, text, sizeof text, until);
        (void)usleep((useconds_t)(rand() % 3000));
        (void)real_node_stop(node, SIGKILL);
        for (int more = answered; more >= 0;) { /* what it had sent before it died */
            more = read_answers(file, text, sizeof text, answered + 1);
            answered = more > answered ? more : answered;
        }
        (void)close(file);
        next += 100;
        start_again(node);
        check_there(node, first, first + answered);
    }
}

static void a_deleted_log_is_told(void **state) {
    struct real_node *node = *state;
    char path[128];
    struct answer answer = {0};
    expect_answer(node, "POST", "/api/v1/partitions", "{\"name\":\"kept\"}", 201, "kept");
    (void)snprintf(path, sizeof path, "%s/state/sojourn.db-wal", node->directory);
    assert_int_equal(unlink(path), 0);
    for (int i = 0; answer.status != 503 && i < 600; i++) {
        free(answer.body);
        (void)usleep(50000);
        answer = real_node_ask(node, "GET", "/readyz", NULL, NULL, NULL);
    }
    assert_int_equal(answer.status, 503);
    assert_non_null(strstr(answer.body, "sojourn.db-wal was deleted"));
    free(answer.body);
    expect_answer(node, "GET", "/metrics", NULL, 200, "sojourn_store_refuses_writes 1\n");
    expect_answer(node, "POST", "/api/v1/partitions", "{\"name\":\"lost\"}", 507,
                  "sojourn.db-wal was deleted");
    (void)real_node_stop(node, SIGKILL);
    start_again(node);
    expect_answer(node, "GET", "/api/v1/partitions/kept", NULL, 200, "kept");
    expect_answer(node, "GET", "/metrics", NULL, 200, "sojourn_store_refuses_writes 0\n");
}

static void write_garbage(const char *path) {
    char garbage[4096];
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    memset(garbage, 'x', sizeof garbage);
    assert_int_equal(fwrite(garbage, 1, sizeof garbage, file), sizeof garbage);
    assert_int_equal(fclose(file), 0);
}

static void delete_log(const char *path) {
    assert_int_equal(unlink(path), 0);
}

static void delete_log_and_index(const char *path) {
    char index[160];
    (void)snprintf(index, sizeof index, "%.*s-shm", (int)(strlen(path) - strlen("-wal")), path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(unlink(index), 0);
}

static void empty_log(const char *path) {
    assert_int_equal(truncate(path, 0), 0);
}

static void cut_log(const char *path) {
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(truncate(path, status.st_size - 100), 0);
}

static void flip_bit(const char *path) {
    struct stat status;
    unsigned char byte;
    const int file = open(path, O_RDWR | O_CLOEXEC);
    assert_true(file >= 0 && fstat(file, &status) == 0);
    assert_int_equal(pread(file, &byte, 1, status.st_size - 2000), 1);
    byte ^= 4;
    assert_int_equal(pwrite(file, &byte, 1, status.st_size - 2000), 1);
    (void)close(file);
}

static void leave_log(const char *path) {
    (void)path;
}

/* What was acknowledged may be lost with it, which nothing else would say. */
static void a_log_lost_while_the_node_is_down_is_told(void **state) {
    static const struct {
        void (*damage)(const char *path);
        const char *told;
    } cases[] = {
        {write_garbage, "sojourn.db-wal is not what the node wrote"},
        {delete_log, "sojourn.db-wal was there when the node was killed, and is gone"},
        {delete_log_and_index, "sojourn.db-wal was there when the node was killed, and is gone"},
        {empty_log, "sojourn.db-wal was emptied while the node was down"},
        {cut_log, "sojourn.db-wal was cut or damaged while the node was down"},
        {flip_bit, "sojourn.db-wal was cut or damaged while the node was down"},
        {leave_log, NULL}};
    struct real_node *node = *state;
    char path[128], put[64];
    (void)snprintf(path, sizeof path, "%s/state/sojourn.db-wal", node->directory);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const int before = count_in_log(node, "the store's log");
        const int told = cases[i].told != NULL ? count_in_log(node, cases[i].told) : 0;
        (void)snprintf(put, sizeof put, "{\"name\":\"Acknowledged %zu\"}", i);
        expect_answer(node, "POST", "/api/v1/partitions", put, 201, "");
        (void)real_node_stop(node, SIGKILL);
        cases[i].damage(path);
        start_again(node);
        assert_int_equal(count_in_log(node, "the store's log"), before + (cases[i].told != NULL));
        assert_int_equal(cases[i].told != NULL ? count_in_log(node, cases[i].told) : 1, told + 1);
    }
    expect_answer(node, "GET", "/api/v1/partitions/Acknowledged%206", NULL, 200, "");
    /* After a clean end there is no log, which is no loss. */
    const int before = count_in_log(node, "the store's log");
    (void)real_node_stop(node, SIGTERM);
    start_again(node);
    assert_int_equal(count_in_log(node, "the store's log"), before);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_answered_is_there_after_a_kill),
        cmocka_unit_test(a_deleted_log_is_told),
        cmocka_unit_test(a_log_lost_while_the_node_is_down_is_told),
    };
    return take_arguments(argc, argv) ? cmocka_run_group_tests(tests, setup, teardown) : 2;
}
