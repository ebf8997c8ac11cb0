/* sojourn policy check|test FILE... (without a node, by the node's own engine) and
 * activate|shadow|replay FILE (which send the file). */
#ifndef HOST_CLI_POLICY_COMMANDS_H
#define HOST_CLI_POLICY_COMMANDS_H

#include <stdbool.h>

#include "host/cli/client.h"

/* Whether these words, behind "policy", are for this file; else the node's catalogue has them. */
bool cli_is_policy_command(int argc, char **argv);

int cli_policy(const struct cli_client *client, int argc, char **argv);

#endif
