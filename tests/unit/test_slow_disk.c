/* A real node on a disk whose syncs take long (slow_disk.c): what is answered is on the disk, the
 * loop waits for no sync, and what was acknowledged is there after a kill. test_slow_disk SOJOURND
 * SLOW_DISK PLUGINS */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "real_node.h"

enum { SYNC_MS = 400 };

static const char *program, *slow_disk, *plugins;
static char slow_file[128], sync_log[128];

static void set_flag(const char *path, bool set) {
    if (set) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        (void)fclose(file);
    } else {
        (void)unlink(path);
    }
}

static void set_slow(bool slow) {
    set_flag(slow_file, slow);
}

static void set_failing(bool fails) {
    char path[sizeof slow_file + 8];
    (void)snprintf(path, sizeof path, "%s-fails", slow_file);
    set_flag(path, fails);
}

static int setup(void **state) {
    struct real_node *node = calloc(1, sizeof *node);
    char ms[16], name[64] = "/tmp/sojourn-slow-XXXXXX";
    assert_non_null(mkdtemp(name));
    (void)snprintf(slow_file, sizeof slow_file, "%s/slow", name);
    (void)snprintf(sync_log, sizeof sync_log, "%s/syncs", name);
    (void)snprintf(ms, sizeof ms, "%d", SYNC_MS);
    (void)setenv("SLOW_DISK_WHILE", slow_file, 1);
    (void)setenv("SLOW_DISK_LOG", sync_log, 1);
    (void)setenv("SLOW_DISK_MS", ms, 1);
    (void)setenv("LD_PRELOAD", slow_disk, 1);
    real_node_open(node, program, "127.77.9.1");
    (void)unsetenv("LD_PRELOAD");
    *state = node;
    return 0;
}

static void start_again(struct real_node *node) {
    (void)setenv("LD_PRELOAD", slow_disk, 1);
    real_node_start(node);
    (void)unsetenv("LD_PRELOAD");
    real_node_wait(node);
}

static int teardown(void **state) {
    char *slash;
    set_slow(false);
    set_failing(false);
    (void)unlink(sync_log);
    slash = strrchr(slow_file, '/');
    *slash = '\0';
    (void)rmdir(slow_file);
    real_node_close(*state);
    free(*state);
    return 0;
}

static int64_t now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int count_syncs(const char *who) {
    char line[16];
    int count = 0;
    FILE *file = fopen(sync_log, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        count += strncmp(line, who, strlen(who)) == 0;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return count;
}

static void expect_answer(const struct real_node *node, const char *method, const char *path,
                          const char *body, long status, const char *part) {
    struct answer answer = real_node_ask(node, method, path, body, NULL, NULL);
    if (answer.status != status || answer.body == NULL || strstr(answer.body, part) == NULL) {
        fail_msg("%s %s: %ld %s", method, path, answer.status, answer.body);
    }
    free(answer.body);
}

/* ---- a connection of our own, for requests behind one another ---- */

static int connect_to(const struct real_node *node) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(file >= 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", node->socket);
    assert_int_equal(connect(file, (struct sockaddr *)&address, sizeof address), 0);
    return file;
}

static void send_put(int file, int number) {
    char body[64], text[512];
    int length = snprintf(body, sizeof body, "{\"name\":\"P%d\"}", number);
    length = snprintf(text, sizeof text,
                      "PUT /api/v1/partitions/P%d HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                      "application/json\r\n"
                      "Content-Length: %d\r\n\r\n%s",
                      number, length, body);
    assert_int_equal(write(file, text, (size_t)length), length);
}

/* How many answers have come, all told; waits for at least `wanted`. -1: the connection has ended.
 */
static int read_answers(int file, char *text, size_t room, int wanted) {
    size_t length = strlen(text);
    for (;;) {
        int count = 0;
        ssize_t got;
        for (const char *at = text; (at = strstr(at, "HTTP/1.1 ")) != NULL; at++) {
            assert_int_equal(at[9], '2');
            count++;
        }
        if (count >= wanted) {
            return count;
        }
        got = read(file, text + length, room - length - 1);
        if (got <= 0) {
            return -1;
        }
        length += (size_t)got;
        text[length] = '\0';
    }
}

static void each_answer_waits_for_its_own_flush(void **state) {
    struct real_node *node = *state;
    char text[8192] = "";
    const int file = connect_to(node);
    int64_t at[4];
    set_slow(true);
    at[0] = now_ms();
    for (int i = 0; i < 3;
         i++) { /* all at once: the second is committed when the first is answered */
        send_put(file, i);
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(read_answers(file, text, sizeof text, i + 1),
                         i + 1); /* and none of the next */
        at[i + 1] = now_ms();
        assert_true(at[i + 1] - at[i] >= SYNC_MS - 2);
    }
    set_slow(false);
    (void)close(file);
}

static void await_answer(const struct real_node *node, const char *method, const char *path,
                         const char *part) {
    for (bool there = false; !there;) {
        struct answer answer = real_node_ask(node, method, path, NULL, NULL, NULL);
        there = answer.body != NULL && strstr(answer.body, part) != NULL;
        free(answer.body);
        (void)usleep(1000);
    }
}

static void send_text(int file, const char *text) {
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
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

static void send_post(int file, const char *path, const char *body) {
    char text[8192];
    (void)snprintf(text, sizeof text,
                   "POST /api/v1/%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                   "application/json\r\nContent-Length: %zu\r\n\r\n%s",
                   path, strlen(body), body);
    send_text(file, text);
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

/* ---- kill -9 ---- */

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

/* ---- files that are gone ---- */

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

static int count_in_log(const struct real_node *node, const char *part) {
    char line[2048];
    int count = 0;
    FILE *file = fopen(node->log, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        count += strstr(line, part) != NULL;
    }
    (void)fclose(file);
    return count;
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
        cmocka_unit_test(held_answers_have_a_bound),
        cmocka_unit_test(the_loop_waits_for_no_sync),
        cmocka_unit_test(a_stop_answers_what_was_written),
        cmocka_unit_test(a_stop_answers_a_command_that_is_done),
        cmocka_unit_test(a_stop_refuses_nothing_that_is_written),
        cmocka_unit_test(what_was_answered_is_there_after_a_kill),
        cmocka_unit_test(a_deleted_log_is_told),
        cmocka_unit_test(a_log_lost_while_the_node_is_down_is_told),
        cmocka_unit_test(a_second_signal_does_not_end_a_stop),
        cmocka_unit_test(a_failing_disk_is_the_answer),
    };
    if (argc != 4) {
        return 2;
    }
    program = argv[1];
    slow_disk = argv[2];
    plugins = argv[3];
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, setup, teardown);
}
