/* `sojourn events` and `sojourn trace` print a stream; `sojourn lab` starts the lab program beside
 * this one. */
#include "host/cli/other_commands.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/cli/catalogue.h"
#include "host/cli/print.h"

static void print_event(void *user, const char *line) {
    (void)user;
    if (strncmp(line, "data:", 5) == 0) {
        (void)puts(line + 5 + (line[5] == ' '));
        (void)fflush(stdout);
    }
}

int cli_events(const struct cli_client *client, int argc, char **argv) {
    char path[300] = "/api/v1/events";
    if (argc == 3 && strcmp(argv[0], "tail") == 0 && strcmp(argv[1], "--type") == 0) {
        char type[200];
        cli_escape(argv[2], type, sizeof type);
        (void)snprintf(path, sizeof path, "/api/v1/events?type=%s", type);
    } else if (!(argc == 1 && strcmp(argv[0], "tail") == 0)) {
        fprintf(stderr, "usage: sojourn events tail [--type TYPE]\n");
        return CLI_USAGE;
    }
    return cli_stream(client, path, print_event, NULL);
}

int cli_trace(const struct cli_client *client, int argc, char **argv) {
    if (argc != 1) {
        fprintf(stderr, "usage: sojourn trace ID\n");
        return CLI_USAGE;
    }
    cJSON *body = cJSON_CreateObject(), *answer = NULL;
    (void)cJSON_AddItemToObject(body, "trace_id", cJSON_CreateString(argv[0]));
    long http_status;
    int result = cli_request_quietly(client, "POST", "/api/v1/do/session/trace", body, &answer,
                                     &http_status);
    cJSON_Delete(body);
    if (result == CLI_REFUSED) {
        /* Without Extension Mobility there is only what this node noted itself. */
        char path[400], id[300];
        cJSON_Delete(answer);
        cli_escape(argv[0], id, sizeof id);
        (void)snprintf(path, sizeof path, "/api/v1/traces/%s", id);
        result = cli_request(client, "GET", path, NULL, &answer);
    }
    if (result == CLI_OK && client->json) {
        cli_print_json(answer);
    } else if (result == CLI_OK) {
        const cJSON *step;
        cJSON_ArrayForEach(step, cJSON_GetObjectItemCaseSensitive(answer, "steps")) {
            printf("%s %-8s %-20s %s\n", cli_text(step, "time"), cli_text(step, "cluster_id"),
                   cli_text(step, "plugin"), cli_text(step, "text"));
        }
        cJSON_ArrayForEach(step, cJSON_GetObjectItemCaseSensitive(answer, "unanswered")) {
            fprintf(stderr, "sojourn: the other side's part is missing: %s\n",
                    cJSON_GetStringValue(step));
        }
    }
    cJSON_Delete(answer);
    return result;
}

/* The directory this program lies in. */
static bool own_directory(char *directory, size_t room) {
    ssize_t length = readlink("/proc/self/exe", directory, room - 1);
    if (length <= 0) {
        return false;
    }
    directory[length] = '\0';
    char *slash = strrchr(directory, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    return slash != NULL;
}

int cli_exec_beside(const char *program, int argc, char **argv) {
    char path[PATH_MAX + 64], directory[PATH_MAX];
    char **arguments = calloc((size_t)argc + 2, sizeof *arguments);
    if (arguments == NULL || !own_directory(directory, sizeof directory)) {
        fprintf(stderr, "sojourn: cannot find the path of %s\n", program);
        free(arguments);
        return CLI_REFUSED;
    }
    (void)snprintf(path, sizeof path, "%s/%s", directory, program);
    arguments[0] = path;
    for (int i = 0; i < argc; i++) {
        arguments[i + 1] = argv[i];
    }
    (void)execv(path, arguments);
    fprintf(stderr, "sojourn: cannot start %s: %s\n", path, strerror(errno));
    free(arguments);
    return CLI_REFUSED;
}
