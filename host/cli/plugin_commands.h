/* sojourn plugin new|inspect|check: without a node. */
#ifndef HOST_CLI_PLUGIN_COMMANDS_H
#define HOST_CLI_PLUGIN_COMMANDS_H

#include <stdbool.h>

/* Whether these words are for this file (else the node is asked). */
bool cli_is_plugin_command(int argc, char **argv);

int cli_plugin(int argc, char **argv, bool json);

#endif
