/* A real node for tests of the REST interface. The program defines TEST_ADDRESS, an address of
 * its own, as tests run beside each other. */
#ifndef TESTS_REST_FIXTURE_H
#define TESTS_REST_FIXTURE_H

#include "real_node.h"

static const char *program;

static inline int setup(void **state) {
    struct real_node *node = calloc(1, sizeof *node);
    real_node_open(node, program, TEST_ADDRESS);
    *state = node;
    return 0;
}

static inline int teardown(void **state) {
    real_node_close(*state);
    free(*state);
    return 0;
}

/* Asks and expects a status and a part of the answer (NULL: any). */
static inline void expect_as(struct real_node *node, const char *user, const char *method,
                             const char *path, const char *body, long status, const char *part) {
    struct answer answer = real_node_ask(node, method, path, body, NULL, user);
    if (answer.status != status ||
        (part != NULL && (answer.body == NULL || strstr(answer.body, part) == NULL))) {
        fail_msg("%s %s %s: expected %ld and \"%s\", got %ld \"%.400s\"", method, path,
                 body != NULL ? body : "", status, part != NULL ? part : "", answer.status,
                 answer.body != NULL ? answer.body : "");
    }
    free(answer.body);
}

static inline void expect(struct real_node *node, const char *method, const char *path,
                          const char *body, long status, const char *part) {
    expect_as(node, NULL, method, path, body, status, part);
}

#endif
