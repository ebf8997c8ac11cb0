/* `sojourn call trace`: one call as a ladder. */
#ifndef HOST_CLI_CALL_COMMANDS_H
#define HOST_CLI_CALL_COMMANDS_H

#include "host/cli/client.h"

int cli_call_trace(const struct cli_client *client, int argc, char **argv);

#endif
