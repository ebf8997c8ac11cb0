/* The worker: a node from its file to its end. */
#ifndef SJ_HOST_DAEMON_H
#define SJ_HOST_DAEMON_H

/* Serves until SIGTERM or SIGINT; returns the exit code. */
int sj_daemon_run(const char *file);

#endif
