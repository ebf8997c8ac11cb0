/* sojourn RESOURCE list|get|add|set|remove, and sojourn param list|get|set: any resource and
 * parameter, from its declaration.
 */
#ifndef HOST_CLI_RESOURCE_COMMANDS_H
#define HOST_CLI_RESOURCE_COMMANDS_H

#include <cjson/cJSON.h>

#include "host/cli/client.h"

int cli_resource(const struct cli_client *client, const cJSON *catalogue, const cJSON *resource,
                 int argc, char **argv);
int cli_param(const struct cli_client *client, const cJSON *catalogue, int argc, char **argv);

/* POST /api/v1/do/...: a declared command with its words. */
int cli_command(const struct cli_client *client, const cJSON *command, int argc, char **argv);

/* A command that submits a job ends as the job ends: its status and its result take the place of
 * the first answer's message. As cli_follow_job. */
int cli_end_of_job(const struct cli_client *client, cJSON *answer);

#endif
