/* A real node on a disk whose syncs take long while a file says so (slow_disk.c), and what tests
 * ask it over connections of their own. A test defines TEST_ADDRESS, its node's. */
#ifndef TESTS_SLOW_DISK_NODE_H
#define TESTS_SLOW_DISK_NODE_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "real_node.h"

enum { SYNC_MS = 400 };

static const char *program, *slow_disk, *plugins;
static char slow_file[128], sync_log[128];

static inline void set_flag(const char *path, bool set) {
    if (set) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        (void)fclose(file);
    } else {
        (void)unlink(path);
    }
}

static inline void set_slow(bool slow) {
    set_flag(slow_file, slow);
}

static inline void set_failing(bool fails) {
    char path[sizeof slow_file + 8];
    (void)snprintf(path, sizeof path, "%s-fails", slow_file);
    set_flag(path, fails);
}

static inline int setup(void **state) {
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
    real_node_open(node, program, TEST_ADDRESS);
    (void)unsetenv("LD_PRELOAD");
    *state = node;
    return 0;
}

static inline void start_again(struct real_node *node) {
    (void)setenv("LD_PRELOAD", slow_disk, 1);
    real_node_start(node);
    (void)unsetenv("LD_PRELOAD");
    real_node_wait(node);
}

static inline int teardown(void **state) {
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

static inline int64_t now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline int count_syncs(const char *who) {
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

static inline void expect_answer(const struct real_node *node, const char *method, const char *path,
                                 const char *body, long status, const char *part) {
    struct answer answer = real_node_ask(node, method, path, body, NULL, NULL);
    if (answer.status != status || answer.body == NULL || strstr(answer.body, part) == NULL) {
        fail_msg("%s %s: %ld %s", method, path, answer.status, answer.body);
    }
    free(answer.body);
}

static inline void await_answer(const struct real_node *node, const char *method, const char *path,
                                const char *part) {
    for (bool there = false; !there;) {
        struct answer answer = real_node_ask(node, method, path, NULL, NULL, NULL);
        there = answer.body != NULL && strstr(answer.body, part) != NULL;
        free(answer.body);
        (void)usleep(1000);
    }
}

static inline int count_in_log(const struct real_node *node, const char *part) {
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

/* ---- a connection of our own, for requests behind one another ---- */

static inline int connect_to(const struct real_node *node) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(file >= 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", node->socket);
    assert_int_equal(connect(file, (struct sockaddr *)&address, sizeof address), 0);
    return file;
}

static inline void send_text(int file, const char *text) {
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
}

static inline void send_post(int file, const char *path, const char *body) {
    char text[8192];
    (void)snprintf(text, sizeof text,
                   "POST /api/v1/%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                   "application/json\r\nContent-Length: %zu\r\n\r\n%s",
                   path, strlen(body), body);
    send_text(file, text);
}

static inline void send_put(int file, int number) {
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
static inline int read_answers(int file, char *text, size_t room, int wanted) {
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

/* What each of these programs is given: SOJOURND SLOW_DISK PLUGINS. */
static inline bool take_arguments(int argc, char **argv) {
    if (argc != 4) {
        return false;
    }
    program = argv[1];
    slow_disk = argv[2];
    plugins = argv[3];
    (void)signal(SIGPIPE, SIG_IGN);
    return true;
}

#endif
