/* The shell's way to a node: requests to its REST interface, over the node's unix socket or HTTPS.
 */
#ifndef HOST_CLI_CLIENT_H
#define HOST_CLI_CLIENT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

/* CLI_UNKNOWN: a change was sent and its answer is lost, or the node itself does not know: it may
 * have been made or not. */
enum { CLI_OK = 0, CLI_REFUSED = 1, CLI_USAGE = 2, CLI_UNREACHABLE = 3, CLI_UNKNOWN = 4 };

struct cli_client {
    char socket[256]; /* path of the unix socket, or "" */
    char url[512];    /* https://host:8443, or "" */
    char user[300];   /* name:password for the URL, or "" */
    char cacert[512]; /* file of certificates to believe for the URL, or "": the system's */
    bool insecure;    /* do not check the server's certificate: said by the user */
    bool json;        /* print JSON as it came */
    const char
        *key; /* Idempotency-Key of the request, or NULL: its outcome can be asked for under it */
    char **plain; /* in argv: the words from there on stood behind "--"; NULL: there is none */
};

/* Whether a word of argv may be an option: it begins with "-" and stands before "--". */
static inline bool cli_is_option(const struct cli_client *client, char *const *word) {
    return (*word)[0] == '-' && (client->plain == NULL || word < client->plain);
}

/* Ends the request that is under way, and is true from then on, once the user has pressed Ctrl-C:
 * set by cli_catch_interrupt.
 */
extern volatile sig_atomic_t cli_interrupted;
void cli_catch_interrupt(void);

/* One request. *answer gets the parsed body (or NULL when there was none), to be freed with
 * cJSON_Delete. Returns CLI_OK for a 2xx answer, else prints the reason to stderr and returns
 * CLI_REFUSED or CLI_UNREACHABLE. */
int cli_request(const struct cli_client *client, const char *method, const char *path,
                const cJSON *body, cJSON **answer);

/* The same, printing no reason for a refusal with this HTTP status (its answer is handed out). */
int cli_request_quietly(const struct cli_client *client, const char *method, const char *path,
                        const cJSON *body, cJSON **answer, long *http_status);

/* Prints the sentence of a refusal, and those of its list. */
void cli_explain_refusal(const cJSON *problem, long http_status);

/* What cli_request does with a refusal: prints the reason, and frees *answer. Its exit code. */
int cli_end_refused(const struct cli_client *client, const char *method, long http_status,
                    cJSON **answer);

/* Streams GET `path` line by line until the server or the user ends it. */
int cli_stream(const struct cli_client *client, const char *path,
               void (*line)(void *user, const char *text), void *user);

/* Percent-encodes a path segment into `out`; what does not fit is left out. */
void cli_escape(const char *segment, char *out, size_t room);

/* Text member of a JSON object, "" when absent. */
const char *cli_text(const cJSON *object, const char *name);

#endif
