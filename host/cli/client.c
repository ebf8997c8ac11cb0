/* Requests over libcurl: the address from the options, the answer whole or line by line, and what a
 * failure means. */
#include "host/cli/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include <sojourn/base/text.h>

#include "host/record/invisible.h"

struct received {
    sj_text body;
    void (*line)(void *user, const char *text);
    void *user;
};

static void hand_out_lines(struct received *received) {
    sj_text *body = &received->body;
    char *end;
    while (body->length > 0 && (end = memchr(body->data, '\n', body->length)) != NULL) {
        const size_t used = (size_t)(end - body->data) + 1;
        *end = '\0';
        received->line(received->user, body->data);
        memmove(body->data, body->data + used, body->length - used + 1);
        body->length -= used;
    }
}

static size_t on_data(char *data, size_t size, size_t count, void *user) {
    struct received *received = user;
    sj_text_add(&received->body, data, size * count);
    if (received->body.failed) {
        return 0;
    }
    if (received->line != NULL) {
        hand_out_lines(received);
    }
    return size * count;
}

void cli_escape(const char *segment, char *out, size_t room) {
    sj_text text = {.limit = room - 1};
    sj_text_percent(&text, segment);
    (void)snprintf(out, room, "%s", sj_or_empty(text.data));
    sj_text_clear(&text);
}

static void set_target(const struct cli_client *client, CURL *curl, const char *path) {
    char url[4096];
    if (client->url[0] != '\0') {
        (void)snprintf(url, sizeof url, "%s%s", client->url, path);
        (void)curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, client->insecure ? 0L : 1L);
        (void)curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, client->insecure ? 0L : 2L);
        if (client->cacert[0] != '\0') {
            (void)curl_easy_setopt(curl, CURLOPT_CAINFO, client->cacert);
        }
        if (client->user[0] != '\0') {
            (void)curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
            (void)curl_easy_setopt(curl, CURLOPT_USERPWD, client->user);
        }
    } else {
        (void)snprintf(url, sizeof url, "http://node%s", path);
        (void)curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, client->socket);
    }
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
}

static int explain_unreachable(const struct cli_client *client, CURLcode code, const char *detail) {
    if (client->url[0] != '\0') {
        fprintf(stderr, "sojourn: cannot reach %s: %s%s\n", client->url,
                detail[0] != '\0' ? detail : curl_easy_strerror(code),
                code != CURLE_PEER_FAILED_VERIFICATION ? ""
                : client->cacert[0] != '\0'
                    ? "; is the file of --cacert this node's <state>/identity/tomcat.pem, and the "
                      "host of --url one of its names?"
                    : "; give --cacert FILE, the node's certificate (its "
                      "<state>/identity/tomcat.pem), or --insecure to take any");
    } else {
        fprintf(stderr,
                "sojourn: cannot reach the node at its socket %s: %s; is sojournd running, and is "
                "--node right?\n",
                client->socket,
                code == CURLE_COULDNT_CONNECT ? strerror(errno) : curl_easy_strerror(code));
    }
    return CLI_UNREACHABLE;
}

volatile sig_atomic_t cli_interrupted;

static void on_interrupt(int number) {
    (void)number;
    cli_interrupted = 1;
}

void cli_catch_interrupt(void) {
    struct sigaction action = {.sa_handler = on_interrupt};
    (void)sigaction(SIGINT, &action, NULL);
}

static int go_on(void *user, curl_off_t wanted, curl_off_t received_so_far, curl_off_t to_send,
                 curl_off_t sent) {
    (void)user;
    (void)wanted;
    (void)received_so_far;
    (void)to_send;
    (void)sent;
    return cli_interrupted != 0;
}

/* Whether the node may have taken the request although no answer came. */
static bool may_be_done(CURL *curl, const char *method, CURLcode code) {
    curl_off_t sent = 0;
    (void)curl_easy_getinfo(curl, CURLINFO_SIZE_UPLOAD_T, &sent);
    return strcmp(method, "GET") != 0 &&
           (sent > 0 || code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR ||
            code == CURLE_OPERATION_TIMEDOUT || code == CURLE_PARTIAL_FILE);
}

static int explain_unknown(const struct cli_client *client, const char *why) {
    fprintf(stderr, "sojourn: %s: it is not known whether the change was made\n", why);
    if (client->key != NULL) {
        fprintf(stderr, "  sojourn apply --outcome %s shows it, as long as the node keeps it\n",
                client->key);
    } else {
        fprintf(stderr, "  look at what you have changed before you try again\n");
    }
    return CLI_UNKNOWN;
}

/* What came from afar, such as the words of another cluster, may hold what a terminal obeys. */
static void disarm(cJSON *value) {
    for (cJSON *one = value->child; one != NULL; one = one->next) {
        disarm(one);
    }
    for (char *at = cJSON_IsString(value) ? value->valuestring : NULL; at != NULL && *at != '\0';) {
        uint32_t point;
        const size_t hidden = *at != '\n' && *at != '\t' ? sj_invisible(at, &point) : 0;
        memset(at, '?', hidden);
        at += hidden > 0 ? hidden : 1;
    }
}

int cli_request_quietly(const struct cli_client *client, const char *method, const char *path,
                        const cJSON *body, cJSON **answer, long *http_status) {
    char detail[CURL_ERROR_SIZE] = "";
    struct received reply = {0};
    char *text = body == NULL ? NULL : cJSON_PrintUnformatted(body);
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Expect:");
    if (client->key != NULL) {
        char line[128];
        (void)snprintf(line, sizeof line, "Idempotency-Key: %s", client->key);
        headers = curl_slist_append(headers, line);
    }
    (void)curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, go_on);
    *answer = NULL;
    *http_status = 0;
    set_target(client, curl, path);
    (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, 300L);
    if (text != NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text);
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(text));
    }
    CURLcode code = curl_easy_perform(curl);
    int result = CLI_OK;
    if (code != CURLE_OK && may_be_done(curl, method, code)) {
        result = explain_unknown(client, cli_interrupted     ? "interrupted"
                                         : detail[0] != '\0' ? detail
                                                             : curl_easy_strerror(code));
    } else if (code == CURLE_ABORTED_BY_CALLBACK) { /* it is not the node's fault */
        fprintf(stderr, "sojourn: interrupted before the node answered\n");
        result = CLI_UNREACHABLE;
    } else if (code != CURLE_OK) {
        result = explain_unreachable(client, code, detail);
    } else {
        (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, http_status);
        *answer = reply.body.length > 0 ? cJSON_Parse(reply.body.data) : NULL;
        result = *http_status >= 200 && *http_status < 300 ? CLI_OK : CLI_REFUSED;
        if (result == CLI_OK && reply.body.length > 0 && *answer == NULL) {
            *answer = cJSON_CreateString(reply.body.data);
        }
        if (*answer != NULL && !client->json) {
            disarm(*answer);
        }
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    cJSON_free(text);
    sj_text_clear(&reply.body);
    return result;
}

const char *cli_text(const cJSON *object, const char *name) {
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(member) ? member->valuestring : "";
}

/* One sentence a problem: RFC 9457, with the list of an apply behind it. */
void cli_explain_refusal(const cJSON *problem, long http_status) {
    const char *detail = cli_text(problem, "detail"), *field = cli_text(problem, "field");
    if (detail[0] == '\0') {
        fprintf(stderr, "sojourn: the node answered %ld %s\n", http_status,
                cli_text(problem, "title"));
        return;
    }
    fprintf(stderr, "sojourn: %s%s%s\n", strstr(detail, field) == NULL ? field : "",
            field[0] != '\0' && strstr(detail, field) == NULL ? ": " : "", detail);
    const cJSON *one;
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(problem, "errors")) {
        const char *path = cli_text(one, "path");
        fprintf(stderr, "  %s: %s\n", path[0] != '\0' ? path : cli_text(one, "field"),
                cli_text(one, "detail"));
    }
}

int cli_end_refused(const struct cli_client *client, const char *method, long http_status,
                    cJSON **answer) {
    int result = CLI_REFUSED;
    cli_explain_refusal(*answer, http_status);
    if (http_status == 504 && strcmp(method, "GET") != 0) {
        result = explain_unknown(client, "it did not come before the node's deadline");
    }
    cJSON_Delete(*answer);
    *answer = NULL;
    return result;
}

int cli_request(const struct cli_client *client, const char *method, const char *path,
                const cJSON *body, cJSON **answer) {
    long http_status;
    const int result = cli_request_quietly(client, method, path, body, answer, &http_status);
    return result == CLI_REFUSED ? cli_end_refused(client, method, http_status, answer) : result;
}

int cli_stream(const struct cli_client *client, const char *path,
               void (*line)(void *user, const char *text), void *user) {
    char detail[CURL_ERROR_SIZE] = "";
    struct received reply = {.line = line, .user = user};
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Accept: text/event-stream");
    long http_status = 0;
    set_target(client, curl, path);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
    CURLcode code = curl_easy_perform(curl);
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &http_status);
    int result =
        code != CURLE_OK && http_status == 0 ? explain_unreachable(client, code, detail) : CLI_OK;
    if (result == CLI_OK && http_status >= 400) {
        cJSON *problem = cJSON_Parse(sj_or_empty(reply.body.data));
        cli_explain_refusal(problem, http_status);
        cJSON_Delete(problem);
        result = CLI_REFUSED;
    } else if (result == CLI_OK && !cli_interrupted) {
        fprintf(stderr, "sojourn: the node does not answer any more: it was stopped or restarts; "
                        "what happens from now on is "
                        "not seen here\n");
        result = CLI_UNREACHABLE;
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    sj_text_clear(&reply.body);
    return result;
}
