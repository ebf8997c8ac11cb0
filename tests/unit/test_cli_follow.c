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

#include "host/cli/follow.h"

struct silent_node {
    char directory[64];
    struct cli_client client;
    pid_t process;
};

/* Takes one request, has the shell interrupted, and does not answer. */
static void start(struct silent_node *node) {
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
        char request[4096];
        const int fd = accept(listener, NULL, NULL);
        if (read(fd, request, sizeof request) > 0) {
            (void)kill(shell, SIGINT);
        }
        (void)!read(fd, request, sizeof request); /* until the other side closes */
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
    start(&node);
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

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_interrupt_is_not_an_unreachable_node)};
    return cmocka_run_group_tests_name("Following a job in the shell", tests, NULL, NULL);
}
