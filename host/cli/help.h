/* What the shell tells of the node's nouns, verbs and fields, and what helps after a wrong word. */
#ifndef HOST_CLI_HELP_H
#define HOST_CLI_HELP_H

#include <stdbool.h>

#include <cjson/cJSON.h>

/* Prints the nouns, or a noun's verbs and fields; false: the node knows no such noun, nothing was
 * printed. */
bool cli_print_help(const cJSON *catalogue, const char *noun);

/* Says on stderr what of an object's command is wrong and how it is written; CLI_USAGE. */
int cli_wrong_words(const cJSON *catalogue, const cJSON *resource, const char *verb);

/* Says on stderr that there is no such command, and which there are; CLI_USAGE. `verb` may be NULL.
 */
int cli_unknown_command(const cJSON *catalogue, const char *noun, const char *verb);

#endif
