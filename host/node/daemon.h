/* The worker: a node from its file to its end. */
#ifndef SJ_HOST_NODE_DAEMON_H
#define SJ_HOST_NODE_DAEMON_H

struct config;

/* What the supervisor is to act on. */
void sj_daemon_terms(const struct config *config);

/* Serves until SIGTERM or SIGINT; returns the exit code. */
int sj_daemon_run(const char *file);

#endif
