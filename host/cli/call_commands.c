/* Asks the node for what is kept of a call, and draws it. */
#include "host/cli/call_commands.h"

#include <stdio.h>
#include <string.h>

#include "host/cli/ladder.h"
#include "host/cli/print.h"

int cli_call_trace(const struct cli_client *client, int argc, char **argv) {
    const char *id = NULL;
    bool ascii = false, good = true;
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--ascii") == 0) {
            ascii = true;
        } else if (id == NULL && argv[i][0] != '-') {
            id = argv[i];
        } else {
            fprintf(stderr, "sojourn: call trace: unknown word %s\n", argv[i]);
            good = false;
        }
    }
    if (!good || id == NULL) {
        fprintf(stderr, "usage: sojourn call trace ID [--ascii]\n");
        return CLI_USAGE;
    }
    cJSON *body = cJSON_CreateObject(), *answer = NULL;
    (void)cJSON_AddStringToObject(body, "id", strncmp(id, "id=", 3) == 0 ? id + 3 : id);
    const int result = cli_request(client, "POST", "/api/v1/do/call/trace", body, &answer);
    if (result == CLI_OK && client->json) {
        cli_print_json(answer);
    } else if (result == CLI_OK) {
        cli_print_ladder(answer, ascii);
    }
    cJSON_Delete(answer);
    cJSON_Delete(body);
    return result;
}
