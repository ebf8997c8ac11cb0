/* What the node says it knows (GET /api/v1/schema): resources, parameters, commands. The shell has
 * no knowledge of its own. */
#ifndef HOST_CLI_CATALOGUE_H
#define HOST_CLI_CATALOGUE_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "host/cli/client.h"

/* Fetched once; NULL after an error was printed. Free with cJSON_Delete. */
cJSON *cli_catalogue(const struct cli_client *client, int *result);

/* The resource whose name or plural is `word`, "-" standing for "_"; NULL. */
const cJSON *cli_find_resource(const cJSON *catalogue, const char *word);

/* The command whose words are "noun verb"; NULL. */
const cJSON *cli_find_command(const cJSON *catalogue, const char *noun, const char *verb);

/* A field of a resource or command by name; NULL. */
const cJSON *cli_find_field(const cJSON *declaration, const char *name);

/* Turns FIELD=VALUE words into members of `body`, as the declaration's types say. CLI_USAGE after a
 * printed sentence. Words without "=" are taken by the positional fields in turn, --NAME of a
 * boolean field is NAME=true. Secrets are wiped out of argv, so that no list of processes shows
 * them for longer than that takes. */
int cli_read_words(const struct cli_client *client, const cJSON *declaration, int argc, char **argv,
                   cJSON *body);

/* What people type, as JSON of the field's type: yes and no are a boolean, null is no value, so
 * that the default holds, "null" in quotes is the word itself. What does not look like the type is
 * sent as text, and the node says what it expected. */
cJSON *cli_value_of(const cJSON *field, const char *text);

#endif
