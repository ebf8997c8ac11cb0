/* Large applies are jobs: answered at once, all or nothing whatever happens, and nobody waits for
 * them. test_apply_job SOJOURND SOJOURN */
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "../sanitized.h"
#include "real_node.h"

static const char *program, *shell;

static int setup(void **state) {
    struct real_node *node = calloc(1, sizeof *node);
    real_node_open(node, program, "127.77.3.1");
    *state = node;
    return 0;
}

static int teardown(void **state) {
    real_node_close(*state);
    free(*state);
    return 0;
}

/* Asks and expects a status; the body is the caller's. */
static cJSON *ask(const struct real_node *node, const char *method, const char *path,
                  const char *body, long status) {
    struct answer answer = real_node_ask(node, method, path, body, NULL, NULL);
    cJSON *json = answer.body != NULL ? cJSON_Parse(answer.body) : NULL;
    if (answer.status != status) {
        fail_msg("%s %s: expected %ld, got %ld %.400s", method, path, status, answer.status,
                 answer.body != NULL ? answer.body : "");
    }
    free(answer.body);
    return json;
}

static const char *text(const cJSON *json, const char *name) {
    const cJSON *member = cJSON_GetObjectItem(json, name);
    return cJSON_IsString(member) ? member->valuestring : "";
}

/* `count` numbers in one partition; `tail` is put behind them. */
static char *numbers(int count, const char *tail) {
    size_t room = (size_t)count * 80 + 400;
    char *body = malloc(room);
    size_t used;
    assert_non_null(body);
    used = (size_t)snprintf(body, room,
                            "{\"file\":\"site.lua\",\"content\":{\"partitions\":[{\"name\":\"PT\"}]"
                            ",\"directory_numbers\":[");
    for (int i = 0; i < count; i++) {
        used += (size_t)snprintf(body + used, room - used,
                                 "%s{\"pattern\":\"%d\",\"partition\":\"PT\"}", i > 0 ? "," : "",
                                 10000 + i);
    }
    (void)snprintf(body + used, room - used, "]%s}}", tail);
    return body;
}

static void begin_job(const struct real_node *node, const char *body, char job_id[40]) {
    cJSON *answer = ask(node, "POST", "/api/v1/apply", body, 202);
    (void)snprintf(job_id, 40, "%s", text(answer, "job_id"));
    cJSON_Delete(answer);
}

/* Waits for the job's end; its status and result. */
static void wait_for_job(const struct real_node *node, const char *job_id, char status[20],
                         char result[400]) {
    char path[80];
    (void)snprintf(path, sizeof path, "/api/v1/jobs/%s", job_id);
    for (;;) {
        cJSON *job = ask(node, "GET", path, NULL, 200);
        bool over = strcmp(text(job, "status"), "pending") != 0 &&
                    strcmp(text(job, "status"), "processing") != 0;
        (void)snprintf(status, 20, "%s", text(job, "status"));
        (void)snprintf(result, 400, "%s", text(job, "result"));
        cJSON_Delete(job);
        if (over) {
            return;
        }
        (void)usleep(20000);
    }
}

static size_t count_numbers(const struct real_node *node) {
    char path[160] = "/api/v1/directory_numbers";
    size_t count = 0;
    for (;;) {
        cJSON *list = ask(node, "GET", path, NULL, 200);
        const char *next = cJSON_GetStringValue(cJSON_GetObjectItem(list, "next"));
        count += (size_t)cJSON_GetArraySize(cJSON_GetObjectItem(list, "items"));
        if (next != NULL) {
            (void)snprintf(path, sizeof path, "/api/v1/directory_numbers?after=%s", next);
        }
        cJSON_Delete(list);
        if (next == NULL) {
            return count;
        }
    }
}

static bool is_there(const struct real_node *node, const char *pattern) {
    char path[80];
    struct answer answer;
    (void)snprintf(path, sizeof path, "/api/v1/directory_numbers/%s@PT", pattern);
    answer = real_node_ask(node, "GET", path, NULL, NULL, NULL);
    free(answer.body);
    return answer.status == 200;
}

static double longest_callback(const struct real_node *node) {
    struct answer answer = real_node_ask(node, "GET", "/metrics", NULL, NULL, NULL);
    const char *at = strstr(answer.body, "sojourn_callback_longest_ran_seconds{service=\"host\"");
    double seconds = at != NULL ? strtod(strchr(at, '}') + 1, NULL) : -1;
    free(answer.body);
    return seconds;
}

/* While it is written others write, nobody sees a part of it, and no callback holds the loop. */
static void built_beside_and_seen_at_once(void **state) {
    struct real_node *node = *state;
    char *body = numbers(9000, ""), job_id[40], path[80], status[20], result[400];
    cJSON *outcome;
    double longest;
    begin_job(node, body, job_id);
    for (int i = 0; i < 40; i++) {
        char partition[80];
        if (is_there(node, "10000")) { /* the first: then the last as well */
            assert_true(is_there(node, "18999"));
        }
        (void)snprintf(partition, sizeof partition, "{\"name\":\"theirs-%d\"}", i);
        cJSON_Delete(ask(node, "POST", "/api/v1/partitions", partition, 201));
    }
    wait_for_job(node, job_id, status, result);
    assert_string_equal(status, "completed");
    assert_string_equal(result, "9001 added, 0 changed, 0 removed, 0 unchanged");
    assert_true(is_there(node, "10000") && is_there(node, "18999"));
    (void)snprintf(path, sizeof path, "/api/v1/apply/%s", job_id);
    longest = longest_callback(node);
    outcome = ask(node, "GET", path, NULL, 200);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(outcome, "changes")), 9001);
    cJSON_Delete(outcome);
    /* 50 ms, and as much again for a processor that others use too. One transaction in one callback
     * took several hundred. */
    if (longest > (SANITIZED ? 0.25 : 0.1)) {
        fail_msg("a callback of the host used %.3f s of the loop", longest);
    }
    begin_job(node, body, job_id);
    wait_for_job(node, job_id, status, result);
    assert_string_equal(result, "0 added, 0 changed, 0 removed, 9001 unchanged");
    free(body);
}

static void says_what_is_wrong(void **state) {
    struct real_node *node = *state;
    char *body = numbers(700, ",\"phones\":[{\"name\":\"SEP000000000001\",\"model\":\"Cisco "
                              "8841\",\"device_pool\":\"X\",\"protocol\":7}]"),
         job_id[40], path[80], status[20], result[400];
    cJSON *outcome;
    begin_job(node, body, job_id);
    wait_for_job(node, job_id, status, result);
    assert_string_equal(status, "failed");
    assert_non_null(
        strstr(result, "Nothing was changed: 2 problems. (1) phones[1].protocol: expected one of"));
    (void)snprintf(path, sizeof path, "/api/v1/apply/%s", job_id);
    outcome = ask(node, "GET", path, NULL, 400);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(outcome, "errors")), 2);
    cJSON_Delete(outcome);
    assert_int_equal(count_numbers(node), 0);
    free(body);
}

/* The problem says the same status as the answer that it is in (RFC 9457). */
static void expect_problem(const struct real_node *node, const char *job_id, int status,
                           const char *detail) {
    char path[80];
    cJSON *outcome;
    (void)snprintf(path, sizeof path, "/api/v1/apply/%s", job_id);
    outcome = ask(node, "GET", path, NULL, status);
    assert_int_equal(cJSON_GetObjectItem(outcome, "status")->valueint, status);
    assert_string_equal(cJSON_GetObjectItem(outcome, "detail")->valuestring, detail);
    cJSON_Delete(outcome);
}

/* `count` members named a0, a1, ...: each of them, and what is around all. */
static char *unknown_names(int count, const char *before, const char *each, const char *after) {
    const size_t room = (size_t)count * 24 + 200;
    char *body = malloc(room);
    size_t used;
    assert_non_null(body);
    used = (size_t)snprintf(body, room, "{\"dry_run\":true,\"content\":%s", before);
    for (int i = 0; i < count; i++) {
        used +=
            (size_t)snprintf(body + used, room - used, "%s\"a%d\":%s", i > 0 ? "," : "", i, each);
    }
    (void)snprintf(body + used, room - used, "%s}", after);
    return body;
}

/* Whatever there is a lot of, it is looked at in slices: a job. */
static void many_names_are_a_job(void **state) {
    static const char *const contents[][3] = {{"{\"parameters\":{\"Enterprise\":{", "1", "}}}"},
                                              {"{\"parameters\":{", "{}", "}}"},
                                              {"{\"parameters\":{", "7", "}}"},
                                              {"{", "[]", "}"},
                                              {"{\"remove\":{", "[]", "}}"}};
    struct real_node *node = *state;
    char job_id[40], status[20], result[400];
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        char *body = unknown_names(20000, contents[i][0], contents[i][1], contents[i][2]);
        begin_job(node, body, job_id);
        wait_for_job(node, job_id, status, result);
        assert_string_equal(status, "failed");
        expect_problem(node, job_id, 400,
                       "nothing was changed: 20000 problems, the first 20 are listed");
        free(body);
    }
}

/* One parameter, given again and again: each but the first is refused, and no callback has all of
 * them to do. */
static void a_parameter_given_a_million_times(void **state) {
    enum { TIMES = 1000000, EACH = 6 };
    static const char before[] = "{\"content\":{\"parameters\":{\"Enterprise\":{",
                      name[] = "\"enterprise_max_phones\":";
    struct real_node *node = *state;
    const size_t each = sizeof name + EACH;
    char *body = malloc(sizeof before + TIMES * each + 8), *at = body, job_id[40], status[20],
         result[400];
    assert_non_null(body);
    at += sprintf(at, "%s", before);
    for (int i = 0; i < TIMES; i++) {
        at += sprintf(at, "%s%s%d", i > 0 ? "," : "", name, 1000 + i % 2);
    }
    (void)sprintf(at, "}}}}");
    begin_job(node, body, job_id);
    free(body);
    wait_for_job(node, job_id, status, result);
    assert_string_equal(status, "failed");
    expect_problem(node, job_id, 400,
                   "nothing was changed: 999999 problems, the first 20 are listed");
    const double longest = longest_callback(node);
    if (longest > (SANITIZED ? 0.5 : 0.2)) {
        fail_msg("a callback of the host used %.3f s of the loop", longest);
    }
}

/* What a job says to be its total is what was given: records, keys and parameters. */
static void a_job_counts_what_was_given(void **state) {
    struct real_node *node = *state;
    char *body = numbers(600, ",\"parameters\":{\"Enterprise\":{\"Maximum Number of Phones\":4000,"
                              "\"Cluster ID\":\"HQ\"}},\"remove\":{\"phones\":[\"none\"]},"
                              "\"intercluster_service_profile\":{}"),
         job_id[40], path[80], status[20], result[400];
    begin_job(node, body, job_id);
    wait_for_job(node, job_id, status, result);
    assert_string_equal(status, "completed");
    (void)snprintf(path, sizeof path, "/api/v1/jobs/%s", job_id);
    cJSON *job = ask(node, "GET", path, NULL, 200);
    assert_int_equal(cJSON_GetObjectItem(job, "total")->valueint, 601 + 2 + 1 + 1);
    assert_int_equal(cJSON_GetObjectItem(job, "processed")->valueint, 601 + 2 + 1 + 1);
    cJSON_Delete(job);
    free(body);
}

static void cancelled_changes_nothing(void **state) {
    struct real_node *node = *state;
    char tail[20000] = ",\"end_users\":[", job_id[40], order[80], status[20], result[400], *body;
    size_t used = strlen(tail);
    for (int i = 0; i < 200; i++) {
        used += (size_t)snprintf(tail + used, sizeof tail - used,
                                 "%s{\"user_id\":\"u%d\",\"last_name\":\"U\",\"pin\":\"123%04d\"}",
                                 i > 0 ? "," : "", i, i);
    }
    (void)snprintf(tail + used, sizeof tail - used, "]");
    body = numbers(600, tail);
    begin_job(node, body, job_id);
    (void)snprintf(order, sizeof order, "{\"job_id\":\"%s\"}", job_id);
    cJSON_Delete(ask(node, "POST", "/api/v1/do/job/cancel", order, 200));
    wait_for_job(node, job_id, status, result);
    assert_string_equal(status, "cancelled");
    assert_string_equal(result, "Cancelled: nothing was changed.");
    assert_int_equal(count_numbers(node), 0);
    cJSON_Delete(ask(node, "POST", "/api/v1/do/job/cancel", order, 409));
    expect_problem(node, job_id, 409, "the apply was cancelled; nothing was changed");
    /* The next one is not held up. */
    free(body);
    body = numbers(600, "");
    begin_job(node, body, job_id);
    wait_for_job(node, job_id, status, result);
    assert_string_equal(status, "completed");
    free(body);
}

/* Killed at any moment: all or nothing, and the job says which. */
static void all_or_nothing_after_a_crash(void **state) {
    struct real_node *node = *state;
    for (int round = 0; round < 6; round++) {
        char *body = numbers(1500, ""), job_id[40], status[20], result[400];
        size_t count;
        begin_job(node, body, job_id);
        (void)usleep((useconds_t)round * 60000);
        (void)real_node_stop(node, SIGKILL);
        real_node_start(node);
        real_node_wait(node);
        count = count_numbers(node);
        wait_for_job(node, job_id, status, result);
        if (!(count == 0 && strcmp(status, "failed") == 0) &&
            !(count == 1500 && strcmp(status, "completed") == 0)) {
            fail_msg("%zu numbers, and the job is %s: %s", count, status, result);
        }
        free(body);
        if (count > 0) {
            break;
        }
    }
}

/* The status of GET /api/v1/apply/<job> for a user; with 403 that nothing is told. */
static long outcome_for(const struct real_node *node, const char *job_id, const char *user) {
    char path[80];
    struct answer answer;
    (void)snprintf(path, sizeof path, "/api/v1/apply/%s", job_id);
    answer = real_node_ask(node, "GET", path, NULL, NULL, user);
    assert_true(answer.status != 403 ||
                (strstr(answer.body, "shown to the user who gave it") != NULL &&
                 strstr(answer.body, "added") == NULL));
    free(answer.body);
    return answer.status;
}

/* How a job ended is told after a restart too, from its record. */
static void outcomes_outlive_a_restart(void **state) {
    struct real_node *node = *state;
    char *good = numbers(600, ""),
         *bad = numbers(600, ",\"phones\":[{\"name\":\"SEP000000000001\"}]"), done[40], failed[40],
         path[80], status[20], result[400];
    char command[400];
    cJSON *outcome;
    begin_job(node, good, done);
    wait_for_job(node, done, status, result);
    begin_job(node, bad, failed);
    wait_for_job(node, failed, status, result);
    (void)real_node_stop(node, SIGTERM);
    real_node_start(node);
    real_node_wait(node);
    (void)snprintf(path, sizeof path, "/api/v1/apply/%s", done);
    outcome = ask(node, "GET", path, NULL, 200);
    assert_string_equal(text(outcome, "message"), "601 added, 0 changed, 0 removed, 0 unchanged");
    cJSON_Delete(outcome);
    (void)snprintf(path, sizeof path, "/api/v1/apply/%s", failed);
    outcome = ask(node, "GET", path, NULL, 409);
    assert_non_null(strstr(text(outcome, "detail"), "Nothing was changed"));
    cJSON_Delete(outcome);
    (void)snprintf(
        command, sizeof command,
        "cd '%s' && export SOJOURN_SOCKET=state/sojourn.sock && '%s' apply --outcome %s | grep -q "
        "'^601 added' && "
        "{ '%s' apply --outcome %s 2>out; test $? = 1; } && grep -q 'Nothing was changed' out",
        node->directory, shell, done, shell, failed);
    assert_int_equal(system(command), 0);
    free(good);
    free(bad);
}

/* To who gave the apply, and to who may do everything; whether it is kept or was settled long ago.
 */
static void outcomes_are_told_to_whom_they_concern(void **state) {
    static const char writer[] = "{\"roles\":[\"Standard CCM Read Only\"]}";
    struct real_node *node = *state;
    char *body = numbers(600, ""), job_id[40] = "", status[20], result[400];
    struct answer answer;
    cJSON *json;
    cJSON_Delete(ask(node, "POST", "/api/v1/application_users",
                     "{\"user_id\":\"writer\",\"password\":\"sesame-street\",\"roles\":[\"Standard "
                     "CCM Super Users\"]}",
                     201));
    cJSON_Delete(ask(node, "POST", "/api/v1/application_users",
                     "{\"user_id\":\"other\",\"password\":\"sesame-street\",\"roles\":[\"Standard "
                     "CCM Super Users\"]}",
                     201));
    cJSON_Delete(ask(node, "POST", "/api/v1/application_users",
                     "{\"user_id\":\"reader\",\"password\":\"sesame-street\",\"roles\":[\"Standard "
                     "CCM Read Only\"]}",
                     201));
    answer = real_node_ask(node, "POST", "/api/v1/apply", body, "Idempotency-Key: key-of-writer",
                           "writer:sesame-street");
    assert_int_equal(answer.status, 202);
    json = cJSON_Parse(answer.body);
    (void)snprintf(job_id, sizeof job_id, "%s", text(json, "job_id"));
    cJSON_Delete(json);
    free(answer.body);
    wait_for_job(node, job_id, status, result);
    cJSON_Delete(ask(node, "PATCH", "/api/v1/application_users/writer", writer, 200));
    for (int restarted = 0; restarted < 2; restarted++) {
        assert_int_equal(outcome_for(node, job_id, "writer:sesame-street"), 200);
        assert_int_equal(outcome_for(node, job_id, "other:sesame-street"), 200);
        assert_int_equal(outcome_for(node, job_id, "reader:sesame-street"), 403);
        assert_int_equal(outcome_for(node, job_id, NULL), 200);
        assert_int_equal(outcome_for(node, "key-of-writer", "reader:sesame-street"),
                         restarted ? 404 : 403);
        if (!restarted) {
            (void)real_node_stop(node, SIGTERM);
            real_node_start(node);
            real_node_wait(node);
        }
    }
    free(body);
}

static void a_lost_answer_can_be_asked_for(void **state) {
    static const char small[] = "{\"content\":{\"partitions\":[{\"name\":\"A\"}]}}";
    static const char dry[] = "{\"dry_run\":true,\"content\":{\"partitions\":[{\"name\":\"A\"}]}}";
    struct real_node *node = *state;
    struct answer answer = real_node_ask(node, "POST", "/api/v1/apply", small,
                                         "Idempotency-Key: 0123456789abcdef", NULL);
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.body, "1 added"));
    free(answer.body);
    cJSON_Delete(ask(node, "GET", "/api/v1/apply/0123456789abcdef", NULL, 200));
    cJSON_Delete(ask(node, "DELETE", "/api/v1/partitions/A", NULL, 204));
    /* The same again is not done again. */
    answer = real_node_ask(node, "POST", "/api/v1/apply", small,
                           "Idempotency-Key: 0123456789abcdef", NULL);
    assert_int_equal(answer.status, 200);
    free(answer.body);
    cJSON_Delete(ask(node, "GET", "/api/v1/partitions/A", NULL, 404));
    cJSON_Delete(ask(node, "GET", "/api/v1/apply/unknown-key", NULL, 404));
    /* A key names one request: neither another body nor the apply after its dry run is answered
     * with that outcome. */
    answer = real_node_ask(node, "POST", "/api/v1/apply",
                           "{\"content\":{\"partitions\":[{\"name\":\"B\"}]}}",
                           "Idempotency-Key: 0123456789abcdef", NULL);
    assert_int_equal(answer.status, 422);
    assert_non_null(strstr(answer.body, "already used with another request or user"));
    free(answer.body);
    cJSON_Delete(ask(node, "GET", "/api/v1/partitions/B", NULL, 404));
    answer = real_node_ask(node, "POST", "/api/v1/apply", dry, "Idempotency-Key: dry-or-not", NULL);
    assert_int_equal(answer.status, 200);
    free(answer.body);
    answer =
        real_node_ask(node, "POST", "/api/v1/apply", small, "Idempotency-Key: dry-or-not", NULL);
    assert_int_equal(answer.status, 422);
    free(answer.body);
    cJSON_Delete(ask(node, "GET", "/api/v1/partitions/A", NULL, 404));
    answer = real_node_ask(node, "POST", "/api/v1/apply", small, "Idempotency-Key: x", NULL);
    assert_int_equal(answer.status, 400);
    free(answer.body);
}

/* Writes an apply file of one list, an item for each number from `first` to `last`. */
static void write_list(const struct real_node *node, const char *name, const char *list,
                       const char *item, int first, int last) {
    char path[120];
    FILE *file;
    (void)snprintf(path, sizeof path, "%s/%s", node->directory, name);
    file = fopen(path, "w");
    assert_non_null(file);
    (void)fprintf(file, "return { %s = {\n", list);
    for (int i = first; i <= last; i++) {
        (void)fprintf(file, "{ %s = \"%d\" },\n", item, i);
    }
    (void)fprintf(file, "} }\n");
    (void)fclose(file);
}

/* The shell follows the job; its exit code says when it does not know the outcome. */
static void the_shell_follows(void **state) {
    struct real_node *node = *state;
    char command[1024];
    write_list(node, "site.lua", "directory_numbers", "pattern", 10001, 10900);
    write_list(node, "users.lua", "end_users", "pin = \"12345\", last_name = \"U\", user_id", 1,
               16);
    (void)snprintf(command, sizeof command,
                   "cd '%s' && SOJOURN_SOCKET=state/sojourn.sock '%s' apply site.lua >out && tail "
                   "-n 1 out | grep -q '900 added' && "
                   "grep -q '^+ directory_number 10900' out",
                   node->directory, shell);
    assert_int_equal(system(command), 0);
    /* A node that takes the request and dies: nobody knows. */
    (void)snprintf(command, sizeof command,
                   "cd '%s' && kill -STOP %d && { (SOJOURN_SOCKET=state/sojourn.sock '%s' apply "
                   "users.lua 2>out; echo $? >code) & sleep "
                   "0.5; kill -9 %d; wait; grep -q 4 code && grep -q 'not known whether the change "
                   "was made' out && grep -q 'apply "
                   "--outcome' out; }",
                   node->directory, (int)node->process, shell, (int)node->process);
    assert_int_equal(system(command), 0);
    (void)waitpid(node->process, NULL, 0);
    real_node_start(node);
    real_node_wait(node);
}

/* ---- live events of it ---- */

static int open_events(const struct real_node *node, const char *query) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char request[200];
    int file = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_true(file >= 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", node->socket);
    assert_int_equal(connect(file, (struct sockaddr *)&address, sizeof address), 0);
    (void)snprintf(request, sizeof request,
                   "GET /api/v1/events?type=config.changed%s HTTP/1.0\r\n\r\n", query);
    assert_int_equal(write(file, request, strlen(request)), (ssize_t)strlen(request));
    return file;
}

/* Reads until `wanted` events of directory numbers have come; their numbers follow one another. The
 * first's and the last's. */
static void read_events(int file, int wanted, unsigned long long *first, unsigned long long *last) {
    FILE *stream = fdopen(file, "r");
    char line[4096];
    int count = 0;
    *first = *last = 0;
    while (count < wanted && fgets(line, sizeof line, stream) != NULL) {
        unsigned long long number =
            strncmp(line, "id: ", 4) == 0 ? strtoull(line + 4, NULL, 10) : 0;
        if (strstr(line, "lost") != NULL) {
            fail_msg("%s", line);
        }
        if (number != 0) {
            assert_true(*last == 0 || number == *last + 1);
            *first = *first == 0 ? number : *first;
            *last = number;
        }
        count += strstr(line, "\"resource\":\"directory_number\"") != NULL;
    }
    assert_int_equal(count, wanted);
    (void)fclose(stream);
}

static void expect_lost(const struct real_node *node, const char *query) {
    FILE *stream = fdopen(open_events(node, query), "r");
    char line[4096];
    bool told = false;
    while (!told && fgets(line, sizeof line, stream) != NULL) {
        told = strstr(line, "{\"lost\":null}") != NULL;
        assert_true(told || strncmp(line, "data:", 5) != 0);
    }
    assert_true(told);
    (void)fclose(stream);
}

/* Who reads slowly gets them all, late; who comes again goes on where it was; what is not kept is
 * said to be lost. */
static void no_event_is_lost_without_a_word(void **state) {
    struct real_node *node = *state;
    char *body = numbers(9000, ""), job_id[40], status[20], result[400], query[64];
    unsigned long long first, last, again_first, again_last;
    int slow = open_events(node, "");
    begin_job(node, body, job_id);
    wait_for_job(node, job_id, status, result);
    assert_string_equal(status, "completed");
    read_events(slow, 9000, &first, &last);
    (void)snprintf(query, sizeof query, "&after=%llu", last - 100);
    read_events(open_events(node, query), 90, &again_first, &again_last);
    assert_true(again_first == last - 99);
    expect_lost(node, "&after=7");
    expect_lost(node, "&after=999999999999999999"); /* given before a restart, and the clock was set
                                                       back since then */
    free(body);
}

int main(int count, char **words) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(built_beside_and_seen_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(says_what_is_wrong, setup, teardown),
        cmocka_unit_test_setup_teardown(many_names_are_a_job, setup, teardown),
        cmocka_unit_test_setup_teardown(a_parameter_given_a_million_times, setup, teardown),
        cmocka_unit_test_setup_teardown(a_job_counts_what_was_given, setup, teardown),
        cmocka_unit_test_setup_teardown(cancelled_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(all_or_nothing_after_a_crash, setup, teardown),
        cmocka_unit_test_setup_teardown(outcomes_outlive_a_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(outcomes_are_told_to_whom_they_concern, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lost_answer_can_be_asked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(no_event_is_lost_without_a_word, setup, teardown),
        cmocka_unit_test_setup_teardown(the_shell_follows, setup, teardown),
    };
    if (count != 3) {
        return 2;
    }
    program = words[1];
    shell = words[2];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
