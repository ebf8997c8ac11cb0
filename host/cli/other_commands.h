/* The shell's commands that are not one request: events, trace, lab. */
#ifndef HOST_CLI_OTHER_COMMANDS_H
#define HOST_CLI_OTHER_COMMANDS_H

#include "host/cli/client.h"

int cli_events(const struct cli_client *client, int argc, char **argv);
int cli_trace(const struct cli_client *client, int argc, char **argv);

/* Replaces this process by the program of that name beside it (sojourn-lab). */
int cli_exec_beside(const char *program, int argc, char **argv);

#endif
