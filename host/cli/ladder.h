/* Draws what passed in a call: a column for each party, the node between who calls and who is
 * called, an arrow for each message, at most 120 columns wide. */
#ifndef HOST_CLI_LADDER_H
#define HOST_CLI_LADDER_H

#include <stdbool.h>

#include <cjson/cJSON.h>

/* Prints an answer to call.trace; `ascii`: with nothing but ASCII in what is drawn. */
void cli_print_ladder(const cJSON *trace, bool ascii);

#endif
