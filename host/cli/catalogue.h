/* What the node says it knows (GET /api/v1/schema): resources, parameters, commands. The shell has no knowledge of its own. */
#ifndef HOST_CLI_CATALOGUE_H
#define HOST_CLI_CATALOGUE_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "host/cli/client.h"

/* Fetched once; NULL after an error was printed. Free with cJSON_Delete. */
cJSON *cli_catalogue(const cli_client *client, int *result);

/* The resource whose name or plural is `word`, "-" standing for "_"; NULL. */
const cJSON *cli_find_resource(const cJSON *catalogue, const char *word);

/* The command whose words are "noun verb"; NULL. */
const cJSON *cli_find_command(const cJSON *catalogue, const char *noun, const char *verb);

/* A field of a resource or command by name. */
const cJSON *cli_find_field(const cJSON *declaration, const char *name);

/* Text member of a JSON object, "" when absent. */
const char *cli_text(const cJSON *object, const char *name);

/* Turns FIELD=VALUE words into members of `body`, as the declaration's types say. CLI_USAGE after a printed sentence. Words
 * without
 * "=" are taken by the positional fields in turn. */
int cli_read_words(const cJSON *declaration, int argc, char **argv, cJSON *body);

/* A text as people type it: null is no value, so that the default holds; "null" in quotes is the word itself. */
cJSON *cli_text_value(const char *text);

/* Prints the nouns, or the verbs of a noun; false: the node knows no such noun, nothing was printed. */
bool cli_print_help(const cJSON *catalogue, const char *noun);

/* The nearest noun to a mistyped one, or NULL. */
const char *cli_nearest_noun(const cJSON *catalogue, const char *noun);

#endif
