/* `sojourn imported-catalog import CATALOG FILE.csv`. */
#ifndef HOST_CLI_CATALOG_COMMANDS_H
#define HOST_CLI_CATALOG_COMMANDS_H

#include "host/cli/client.h"

/* The words behind "imported-catalog import". */
int cli_catalog_import(const struct cli_client *client, int argc, char **argv);

#endif
