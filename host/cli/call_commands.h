/* `sojourn call trace`: one call as a ladder. */
#ifndef HOST_CLI_CALL_COMMANDS_H
#define HOST_CLI_CALL_COMMANDS_H

#include "host/cli/client.h"

/* `command` is its declaration; among the words --ascii may stand. */
int cli_call_trace(const struct cli_client *client, const cJSON *command, int argc, char **argv);

#endif
