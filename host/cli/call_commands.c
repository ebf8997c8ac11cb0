/* Asks the node for what is kept of a call, and draws it. */
#include "host/cli/call_commands.h"

#include <string.h>

#include "host/cli/catalogue.h"
#include "host/cli/ladder.h"
#include "host/cli/print.h"

int cli_call_trace(const struct cli_client *client, const cJSON *command, int argc, char **argv) {
    cJSON *body = cJSON_CreateObject(), *answer = NULL;
    bool ascii = false;
    int words = 0;
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--ascii") == 0) {
            ascii = true;
        } else {
            argv[words++] = argv[i];
        }
    }
    int result = cli_read_words(client, command, words, argv, body);
    if (result == CLI_OK) {
        result = cli_request(client, "POST", "/api/v1/do/call/trace", body, &answer);
    }
    if (result == CLI_OK && client->json) {
        cli_print_json(answer);
    } else if (result == CLI_OK) {
        cli_print_ladder(answer, ascii);
    }
    cJSON_Delete(answer);
    cJSON_Delete(body);
    return result;
}
