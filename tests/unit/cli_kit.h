/* The shell against a real node in a directory of its own, at the CLI_NODE_ADDRESS that the test
 * defines. */
#ifndef TESTS_CLI_KIT_H
#define TESTS_CLI_KIT_H

#include "real_node.h"

static const char *server, *shell;

static inline int setup(void **state) {
    struct real_node *node = calloc(1, sizeof *node);
    real_node_open(node, server, CLI_NODE_ADDRESS);
    *state = node;
    return 0;
}

static inline int teardown(void **state) {
    real_node_close(*state);
    free(*state);
    return 0;
}

static inline void write_file(const struct real_node *node, const char *name, const char *text) {
    char path[160];
    FILE *file;
    (void)snprintf(path, sizeof path, "%s/%s", node->directory, name);
    file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

/* Runs a line of the system's shell in the node's directory and expects an exit code and a part of
 * what it prints (both streams). */
static inline void run_line(struct real_node *node, const char *line, int code, const char *part) {
    char command[2048], output[65536];
    size_t length = 0, got;
    FILE *pipe;
    int status;
    (void)snprintf(command, sizeof command, "cd '%s' && %s 2>&1", node->directory, line);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    while ((got = fread(output + length, 1, sizeof output - 1 - length, pipe)) > 0) {
        length += got;
    }
    output[length] = '\0';
    status = pclose(pipe);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != code ||
        (part != NULL && strstr(output, part) == NULL)) {
        fail_msg("%s: expected %d and \"%s\", got %d \"%.600s\"", line, code,
                 part != NULL ? part : "", WEXITSTATUS(status), output);
    }
}

/* The same of `sojourn <words>`. */
static inline void run(struct real_node *node, const char *words, int code, const char *part) {
    char line[2000];
    (void)snprintf(line, sizeof line, "SOJOURN_SOCKET=state/sojourn.sock '%s' %s", shell, words);
    run_line(node, line, code, part);
}

#endif
