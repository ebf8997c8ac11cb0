/* `sojourn apply`: lays a file down and shows the difference; follows the job when it is a large
 * one. */
#ifndef HOST_CLI_APPLY_COMMAND_H
#define HOST_CLI_APPLY_COMMAND_H

#include "host/cli/client.h"

/* The words after "apply". */
int cli_apply(const struct cli_client *client, int argc, char **argv);

#endif
