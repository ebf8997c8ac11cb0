/* The shell's way to a node: requests to its REST interface, over the node's unix socket or HTTPS. */
#ifndef HOST_CLI_CLIENT_H
#define HOST_CLI_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

enum { CLI_OK = 0, CLI_REFUSED = 1, CLI_USAGE = 2, CLI_UNREACHABLE = 3 };

typedef struct cli_client {
    char socket[256]; /* path of the unix socket, or "" */
    char url[512];    /* https://host:8443, or "" */
    char user[300];   /* name:password for the URL, or "" */
    char cacert[512]; /* file of certificates to believe for the URL, or "": the system's */
    bool insecure;    /* do not check the server's certificate: said by the user */
    bool json;        /* print JSON as it came */
} cli_client;

/* One request. *answer gets the parsed body (or NULL when there was none), to be freed with cJSON_Delete. Returns CLI_OK for a
 * 2xx answer, else prints the reason to stderr and returns CLI_REFUSED or CLI_UNREACHABLE. */
int cli_request(const cli_client *client, const char *method, const char *path, const cJSON *body, cJSON **answer);

/* The same, printing no reason for a refusal with this HTTP status (its answer is handed out). */
int cli_request_quietly(const cli_client *client, const char *method, const char *path, const cJSON *body, cJSON **answer,
                        long *http_status);

/* Streams GET `path` line by line until the server or the user ends it. */
int cli_stream(const cli_client *client, const char *path, void (*line)(void *user, const char *text), void *user);

/* Percent-encodes a path segment into `out`. */
void cli_escape(const char *segment, char *out, size_t room);

#endif
