/* `sojourn dna test FILE.lua [--with CHANGES.lua]`. */
#ifndef HOST_CLI_DNA_COMMANDS_H
#define HOST_CLI_DNA_COMMANDS_H

#include "host/cli/client.h"

/* The words behind "dna test". CLI_REFUSED when a test fails. */
int cli_dna_test(const struct cli_client *client, int argc, char **argv);

#endif
