/* A node with nothing but the network parts, in a state directory of its own, for tests on loopback
 * sockets. */
#ifndef SJ_TESTS_NET_HARNESS_H
#define SJ_TESTS_NET_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/core/node.h"
#include "host/core/scope.h"

struct harness {
    struct node node;
    struct owner owner;
    uv_loop_t loop;
    sj_scope *scope; /* as a plugin's */
    char state[64];
};

/* `parts`: what to open over log and net. */
enum { HARNESS_TLS = 1, HARNESS_HTTP = 2 };

struct harness *harness_new(const char *cluster, const char *name, const char *address,
                            unsigned parts);
/* Another node on the loop of the first. */
struct harness *harness_beside(struct harness *first, const char *cluster, const char *name,
                               const char *address, unsigned parts);
void harness_free(struct harness *harness);

/* Turns the loop until *flag is true; fails the test after five seconds. */
void harness_until(struct harness *harness, const bool *flag);
/* Turns it for so long. */
void harness_turn(struct harness *harness, uint64_t milliseconds);

/* A raw client: a socket connected to the node's HTTP port, not blocking, that has sent `text` (may
 * be empty). */
int harness_client(struct harness *harness, const char *text);

#endif
