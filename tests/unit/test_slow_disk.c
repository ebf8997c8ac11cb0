/* A real node on a disk whose syncs take long: what is answered is on the disk, the loop waits for
 * no sync, and a disk that fails is the answer. test_slow_disk SOJOURND SLOW_DISK PLUGINS */
#define TEST_ADDRESS "127.77.9.1"
#include "slow_disk_node.h"

static void each_answer_waits_for_its_own_flush(void **state) {
    struct real_node *node = *state;
    char text[8192] = "";
    const int file = connect_to(node);
    set_slow(true);
    const int64_t begun = now_ms();
    for (int i = 0; i < 3; i++) { /* the second is committed when the first is answered */
        send_put(file, i);
    }
    for (int count = 0; count < 3;) { /* however late they are read, none came too early */
        count = read_answers(file, text, sizeof text, count + 1);
        assert_true(count > 0 && now_ms() - begun >= count * (SYNC_MS - 2));
    }
    set_slow(false);
    (void)close(file);
}

/* Who lost the answer to a write and sends it again takes "exists already" and "there is none" for
 * the answer. */
static void a_refusal_waits_for_what_it_rests_upon(void **state) {
    static const char *const again[2][2] = {
        {"POST /api/v1/partitions HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
         "application/json\r\nContent-Length: "
         "16\r\n\r\n{\"name\":\"Twice\"}",
         "HTTP/1.1 409"},
        {"DELETE /api/v1/partitions/Twice HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 404"}};
    struct real_node *node = *state;
    for (int i = 0; i < 2; i++) {
        char text[4096] = "";
        const int first = connect_to(node), second = connect_to(node);
        set_slow(true);
        const int64_t begun = now_ms();
        send_text(first, again[i][0]);
        (void)usleep(SYNC_MS / 4 * 1000);
        send_text(second, again[i][0]);
        const ssize_t got = read(second, text, sizeof text - 1);
        assert_true(got > 0 && now_ms() - begun >= SYNC_MS - 2);
        assert_memory_equal(text, again[i][1], strlen(again[i][1]));
        set_slow(false);
        (void)close(first);
        (void)close(second);
    }
}

static void send_command(const struct real_node *node, const char *words, const char *body) {
    char path[128];
    const int64_t begun = now_ms();
    (void)snprintf(path, sizeof path, "/api/v1/do/%s", words);
    expect_answer(node, "POST", path, body, 200, "");
    if (now_ms() - begun < SYNC_MS - 2) {
        fail_msg("%s is answered after %lld ms", words, (long long)(now_ms() - begun));
    }
}

/* The number of the newest job that is as `status` says. */
static void find_job(const struct real_node *node, const char *status, char id[33]) {
    struct answer answer = real_node_ask(node, "GET", "/api/v1/jobs", NULL, NULL, NULL);
    cJSON *all = cJSON_Parse(answer.body);
    const cJSON *job;
    id[0] = '\0';
    cJSON_ArrayForEach(job, cJSON_GetObjectItem(all, "items")) {
        if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(job, "status")), status) == 0) {
            (void)snprintf(id, 33, "%s", cJSON_GetStringValue(cJSON_GetObjectItem(job, "job_id")));
        }
    }
    cJSON_Delete(all);
    free(answer.body);
}

static void send_activation(int file, const char *id) {
    char body[64], text[512];
    (void)snprintf(body, sizeof body, "{\"job_id\":\"%s\"}", id);
    (void)snprintf(text, sizeof text,
                   "POST /api/v1/do/job/activate HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                   "application/json\r\nContent-Length: %zu\r\n\r\n%s",
                   strlen(body), body);
    send_text(file, text);
}

/* Whichever service does it: what a command has written is on the disk before it is answered. */
static void commands_wait_for_what_they_wrote(void **state) {
    struct real_node *node = *state;
    char id[33], body[64], path[64], copy[512], text[2048] = "";
    const int file = connect_to(node);
    int64_t begun;
    (void)snprintf(copy, sizeof copy, "cp '%s/bulk.so' '%s/tftp.so' '%s/plugins'", plugins, plugins,
                   node->directory);
    assert_int_equal(system(copy), 0);
    expect_answer(node, "POST", "/api/v1/do/service/activate", "{\"service\":\"bulk\"}", 200, "");
    expect_answer(node, "POST", "/api/v1/emcc_templates", "{\"name\":\"T1\"}", 201, "T1");
    set_slow(true);
    send_command(node, "service/activate", "{\"service\":\"tftp\"}");
    send_command(node, "service/deactivate", "{\"service\":\"tftp\"}");
    send_command(node, "emcc/update", "{\"emcc_template\":\"T1\",\"run\":\"later\"}");
    find_job(node, "hold", id);
    (void)snprintf(path, sizeof path, "/api/v1/jobs/%s", id);
    begun = now_ms();
    send_activation(file, id);
    for (bool done = false; !done;) { /* it is complete when what it did is on the disk */
        struct answer answer = real_node_ask(node, "GET", path, NULL, NULL, NULL);
        done = strstr(answer.body, "\"completed\"") != NULL;
        free(answer.body);
        (void)usleep(1000);
    }
    assert_true(now_ms() - begun >= SYNC_MS - 2);
    assert_int_equal(read_answers(file, text, sizeof text, 1), 1);
    assert_true(now_ms() - begun >= SYNC_MS - 2);
    (void)close(file);
    send_command(node, "emcc/insert", "{\"number\":3,\"run\":\"later\"}");
    find_job(node, "hold", id);
    (void)snprintf(body, sizeof body, "{\"job_id\":\"%s\"}", id);
    send_command(node, "job/cancel", body);
    set_slow(false);
}

/* An apply that becomes a job is accepted when the job is on the disk. */
static void an_accepted_job_is_on_the_disk(void **state) {
    struct real_node *node = *state;
    char text[2048] = "";
    const char *body = "{\"content\":{\"partitions\":[{\"name\":\"Job\"}]}}";
    const int file = connect_to(node);
    set_slow(true);
    const int64_t begun = now_ms();
    (void)snprintf(text, sizeof text,
                   "POST /api/v1/apply HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                   "application/json\r\nPrefer: respond-async\r\nContent-Length: %zu\r\n\r\n%s",
                   strlen(body), body);
    send_text(file, text);
    text[0] = '\0';
    assert_int_equal(read_answers(file, text, sizeof text, 1), 1);
    assert_non_null(strstr(text, "HTTP/1.1 202"));
    assert_true(now_ms() - begun >= SYNC_MS - 2);
    set_slow(false);
    (void)close(file);
}

/* The same apply once more, as if its answer were lost, while the first is on its way to the disk:
 * with what the disk has not taken yet neither is answered. */
static void a_repeat_waits_for_the_same_flush(void **state) {
    static const char *const prefer[2] = {"", "Prefer: respond-async\r\n"};
    struct real_node *node = *state;
    for (int i = 0; i < 2; i++) {
        char request[512], body[80], text[2][2048] = {"", ""};
        const int files[2] = {connect_to(node), connect_to(node)};
        (void)snprintf(body, sizeof body,
                       "{\"content\":{\"partitions\":[{\"name\":\"Again %d\"}]}}", i);
        (void)snprintf(request, sizeof request,
                       "POST /api/v1/apply HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                       "application/json\r\nIdempotency-Key: the-same-%d\r\n%sContent-Length: "
                       "%zu\r\n\r\n%s",
                       i, prefer[i], strlen(body), body);
        set_slow(true);
        const int64_t begun = now_ms();
        send_text(files[0], request);
        (void)usleep(SYNC_MS / 4 * 1000);
        send_text(files[1], request);
        assert_int_equal(read_answers(files[1], text[1], sizeof text[1], 1), 1);
        assert_true(now_ms() - begun >= SYNC_MS - 2);
        assert_int_equal(read_answers(files[0], text[0], sizeof text[0], 1), 1);
        set_slow(false);
        (void)close(files[0]);
        (void)close(files[1]);
    }
}

/* A command whose answer waits for the disk, and the same with the same key: one of both is done,
 * the other is told that it is under way. */
static void a_command_under_way_is_not_begun_again(void **state) {
    static const char body[] =
        "{\"name\":\"p\",\"text\":\"return { hooks = { ['login.limit'] = function(input) return { "
        "minutes = 5 } end } }\"}";
    struct real_node *node = *state;
    char request[512], head[2][256] = {"", ""};
    const int files[2] = {connect_to(node), connect_to(node)};
    (void)snprintf(
        request, sizeof request,
        "POST /api/v1/do/policy/activate HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
        "application/json\r\nIdempotency-Key: under-way\r\nContent-Length: %zu\r\n\r\n%s",
        strlen(body), body);
    set_slow(true);
    for (int i = 0; i < 2; i++) {
        send_text(files[i], request);
    }
    for (int i = 0; i < 2; i++) {
        assert_true(read(files[i], head[i], sizeof head[i] - 1) > 0);
        (void)close(files[i]);
    }
    set_slow(false);
    assert_true((strncmp(head[0], "HTTP/1.1 200", 12) == 0) !=
                (strncmp(head[1], "HTTP/1.1 200", 12) == 0));
    assert_true((strncmp(head[0], "HTTP/1.1 409", 12) == 0) !=
                (strncmp(head[1], "HTTP/1.1 409", 12) == 0));
}

/* An apply whose outcome, kept under this key, is large. */
static void make_large_outcome(const struct real_node *node, const char *key) {
    enum { NUMBERS = 9000 };
    char *body = malloc(NUMBERS * 80 + 200), *at = body, text[256];
    assert_non_null(body);
    at += sprintf(at, "{\"content\":{\"partitions\":[{\"name\":\"PT\"}],\"directory_numbers\":[");
    for (int i = 0; i < NUMBERS; i++) {
        at +=
            sprintf(at, "%s{\"pattern\":\"%d\",\"partition\":\"PT\"}", i > 0 ? "," : "", 10000 + i);
    }
    (void)sprintf(at, "]}}");
    (void)snprintf(text, sizeof text, "Idempotency-Key: %s", key);
    struct answer answer = real_node_ask(node, "POST", "/api/v1/apply", body, text, NULL);
    assert_int_equal(answer.status, 202);
    free(answer.body);
    free(body);
    (void)snprintf(text, sizeof text, "/api/v1/apply/%s", key);
    await_answer(node, "GET", text, "\"changes\"");
}

enum { ASKERS = 60 };

/* All ask at once, while a write is on its way to the disk; returns how many were refused. */
static int ask_for_outcome(const struct real_node *node, const char *key, int number) {
    char text[256];
    int files[ASKERS], answered = 0, refused = 0;
    const int writer = connect_to(node);
    send_put(writer, number);
    (void)snprintf(text, sizeof text, "GET /api/v1/apply/%s HTTP/1.1\r\nHost: localhost\r\n\r\n",
                   key);
    for (int i = 0; i < ASKERS; i++) {
        files[i] = connect_to(node);
        send_text(files[i], text);
    }
    for (int i = 0; i < ASKERS; i++) {
        char head[512] = "";
        assert_true(read(files[i], head, sizeof head - 1) > 0);
        answered += strncmp(head, "HTTP/1.1 200", 12) == 0;
        if (strncmp(head, "HTTP/1.1 503", 12) == 0) {
            assert_non_null(strstr(head, "Retry-After: 2"));
            refused++;
        }
        (void)close(files[i]);
    }
    (void)close(writer);
    assert_int_equal(answered + refused, ASKERS);
    assert_true(answered > 0);
    return refused;
}

/* Large answers that wait for the disk have a bound; beyond it, nothing is done and the client is
 * told when to come back. On a machine that is busy the disk may be done before all have asked. */
static void held_answers_have_a_bound(void **state) {
    enum { ROUNDS = 20 };
    static const char key[] = "0123456789-large";
    struct real_node *node = *state;
    int refused = 0;
    make_large_outcome(node, key);
    set_slow(true);
    for (int i = 0; refused == 0 && i < ROUNDS; i++) {
        refused = ask_for_outcome(node, key, 30000 + i);
    }
    set_slow(false);
    print_message("%d of %d refused\n", refused, ASKERS);
    assert_true(refused > 0);
}

static bool read_salts(const struct real_node *node, char salts[8]) {
    char path[160];
    int file;
    ssize_t got;
    (void)snprintf(path, sizeof path, "%s/state/sojourn.db-wal", node->directory);
    file = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(file >= 0);
    got = pread(file, salts, 8, 16);
    (void)close(file);
    return got == 8;
}

/* Writes now and then, so that logs are moved and written over, and asks meanwhile. */
static void the_loop_waits_for_no_sync(void **state) {
    struct real_node *node = *state;
    char text[65536] = "", before[8], now[8];
    int written_over = 0, puts = 0;
    int64_t longest = 0, last_put = 0;
    const int file = connect_to(node);
    set_slow(true);
    assert_true(read_salts(node, before));
    while (written_over < 2) {
        const int64_t begun = now_ms();
        struct answer answer;
        assert_true(puts < 60);
        if (begun - last_put > (puts % 2 == 0 ? 7 : 1) * SYNC_MS + (puts % 2 == 0 ? 2000 : 0)) {
            send_put(file, 100 + puts++);
            last_put = begun;
        }
        answer = real_node_ask(node, "GET", "/healthz", NULL, NULL, NULL);
        assert_int_equal(answer.status, 200);
        free(answer.body);
        longest = now_ms() - begun > longest ? now_ms() - begun : longest;
        assert_true(read_salts(node, now));
        if (memcmp(before, now, sizeof now) != 0) {
            written_over++;
            memcpy(before, now, sizeof now);
        }
        (void)usleep(1000);
    }
    assert_int_equal(read_answers(file, text, sizeof text, puts), puts);
    set_slow(false);
    (void)close(file);
    print_message("longest answer %lld ms beside syncs of %d ms; syncs: %d on the store's thread, "
                  "%d on the loop\n",
                  (long long)longest, SYNC_MS, count_syncs("thread"), count_syncs("loop"));
    assert_int_equal(count_syncs("loop"), 0);
    assert_true(count_syncs("thread") > 4);
}

static void a_failing_disk_is_the_answer(void **state) {
    struct real_node *node = *state;
    set_failing(true);
    expect_answer(node, "POST", "/api/v1/do/service/activate", "{\"service\":\"tftp\"}", 507,
                  ""); /* what failed is this flush, or the one before */
    set_failing(false);
    (void)real_node_stop(node, SIGKILL);
    start_again(node);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_answer_waits_for_its_own_flush),
        cmocka_unit_test(a_refusal_waits_for_what_it_rests_upon),
        cmocka_unit_test(commands_wait_for_what_they_wrote),
        cmocka_unit_test(an_accepted_job_is_on_the_disk),
        cmocka_unit_test(a_repeat_waits_for_the_same_flush),
        cmocka_unit_test(a_command_under_way_is_not_begun_again),
        cmocka_unit_test(held_answers_have_a_bound),
        cmocka_unit_test(the_loop_waits_for_no_sync),
        cmocka_unit_test(a_failing_disk_is_the_answer),
    };
    return take_arguments(argc, argv) ? cmocka_run_group_tests(tests, setup, teardown) : 2;
}
