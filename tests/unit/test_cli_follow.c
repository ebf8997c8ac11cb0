/* The shell that waits for a job, against a node of the test's own. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/cli/catalog_commands.h"
#include "host/cli/follow.h"

struct silent_node {
    char directory[64];
    struct cli_client client;
    pid_t process;
};

/* A whole request; -1: the other side has closed before. */
static int take(int listener) {
    static char request[1024 * 1024];
    static const char length_name[] = "Content-Length: ";
    const int fd = accept(listener, NULL, NULL);
    size_t length = 0, wanted = 1;
    while (length < wanted) {
        const ssize_t got = read(fd, request + length, sizeof request - 1 - length);
        if (got <= 0) {
            return -1;
        }
        length += (size_t)got;
        request[length] = '\0';
        const char *body = strstr(request, "\r\n\r\n"), *named = strstr(request, length_name);
        wanted = body == NULL ? length + 1 : (size_t)(body + 4 - request);
        wanted += body != NULL && named != NULL && named < body
                      ? strtoul(named + sizeof length_name - 1, NULL, 10)
                      : 0;
    }
    return fd;
}

static void answer(int fd, const char *json) {
    (void)dprintf(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
                  strlen(json), json);
    (void)close(fd);
}

/* Answers so, then takes one more request, has the shell interrupted, and does not answer that. */
static void start(struct silent_node *node, const char *const *answers) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    const pid_t shell = getpid();
    (void)snprintf(node->directory, sizeof node->directory, "/tmp/sojourn-follow-XXXXXX");
    assert_non_null(mkdtemp(node->directory));
    (void)snprintf(node->client.socket, sizeof node->client.socket, "%s/socket", node->directory);
    (void)snprintf(name.sun_path, sizeof name.sun_path, "%.100s", node->client.socket);
    assert_int_equal(bind(listener, (const struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(listen(listener, 1), 0);
    node->process = fork();
    if (node->process == 0) {
        for (; *answers != NULL; answers++) {
            answer(take(listener), *answers);
        }
        if (take(listener) >= 0) {
            (void)kill(shell, SIGINT);
        }
        (void)pause(); /* until the test ends it */
        _exit(0);
    }
    (void)close(listener);
}

static void end(struct silent_node *node) {
    (void)kill(node->process, SIGKILL);
    (void)waitpid(node->process, NULL, 0);
    (void)unlink(node->client.socket);
    (void)rmdir(node->directory);
}

/* What is written to stderr until stop_catching. */
static int start_catching(FILE *file) {
    const int before = dup(STDERR_FILENO);
    (void)fflush(stderr);
    assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
    return before;
}

static void stop_catching(FILE *file, int before, char *text, size_t room) {
    (void)fflush(stderr);
    assert_true(dup2(before, STDERR_FILENO) >= 0);
    (void)close(before);
    rewind(file);
    text[fread(text, 1, room - 1, file)] = '\0';
    (void)fclose(file);
}

/* Ctrl-C while the node is asked: the job goes on, and the node is not said to be out of reach. */
static void an_interrupt_is_not_an_unreachable_node(void **state) {
    struct silent_node node = {.process = 0};
    cJSON *job = NULL;
    char text[2048];
    FILE *file = tmpfile();
    (void)state;
    assert_non_null(file);
    start(&node, (const char *const[]){NULL});
    const int before = start_catching(file);
    const int result = cli_follow_job(&node.client, "7", &job);
    stop_catching(file, before, text, sizeof text);
    end(&node);
    assert_int_equal(result, CLI_UNKNOWN);
    assert_null(job);
    assert_non_null(strstr(text, "interrupted before the node answered"));
    assert_non_null(strstr(text, "job 7 goes on"));
    assert_null(strstr(text, "cannot reach the node"));
}

/* Ctrl-C in a long import, while its second part is sent: what was not sent is said. */
static void an_interrupted_import_says_what_was_not_sent(void **state) {
    static const char *const answers[] = {
        "{\"job_id\":\"7\",\"message\":\"Job 7 is submitted.\"}",
        "{\"job_id\":\"7\",\"status\":\"completed\",\"result\":\"They were imported.\"}", NULL};
    enum { LINES = 200000, LINE = 8 }; /* three parts of 512 KiB */
    struct silent_node node = {.process = 0};
    char path[] = "/tmp/sojourn-catalog-XXXXXX", catalog[] = "Old PBX", text[2048], expected[64];
    char *words[] = {catalog, path};
    FILE *file = tmpfile(), *csv = fdopen(mkstemp(path), "w");
    (void)state;
    assert_non_null(file);
    assert_non_null(csv);
    (void)fputs("number\n", csv);
    for (int i = 0; i < LINES; i++) {
        (void)fprintf(csv, "7%06d\n", i);
    }
    (void)fclose(csv);
    start(&node, answers);
    cli_interrupted = 0;
    const int before = start_catching(file);
    const int result = cli_catalog_import(&node.client, 2, words);
    stop_catching(file, before, text, sizeof text);
    end(&node);
    (void)unlink(path);
    assert_int_equal(result, CLI_UNKNOWN);
    (void)snprintf(expected, sizeof expected, "line %d and those behind it were not sent",
                   2 + 2 * 512 * 1024 / LINE); /* what the second part came to is not known */
    assert_non_null(strstr(text, "it is not known whether the change was made"));
    if (strstr(text, expected) == NULL) {
        fail_msg("expected \"%s\", got: %s", expected, text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interrupt_is_not_an_unreachable_node),
        cmocka_unit_test(an_interrupted_import_says_what_was_not_sent),
    };
    return cmocka_run_group_tests_name("Following a job in the shell", tests, NULL, NULL);
}
