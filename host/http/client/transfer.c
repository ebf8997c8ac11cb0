/* One call as libcurl is told it, and libcurl's end of it in our words. */
#include "host/http/client/transfer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/ssl.h>

#include "host/core/node.h"
#include "host/http/client/file_url.h"
#include "host/http/trace_context.h"
#include "host/telemetry/log.h"
#include "host/telemetry/trace.h"
#include "host/tls/context.h"

/* libcurl hands the chunks of an answer over as they come, so that what frames them counts too:
 * extensions without end would keep the loop as busy as a body without end. */
static void begin_body(struct fetch *fetch) {
    struct curl_header *coding;
    fetch->begun = true;
    fetch->chunked = curl_easy_header(fetch->easy, "Transfer-Encoding", 0, CURLH_HEADER, -1,
                                      &coding) == CURLHE_OK;
    if (fetch->chunked && strcasecmp(coding->value, "chunked") != 0) {
        fetch->refused = SJ_E_PROTOCOL;
        fetch->misframed = "the body comes in a transfer coding that is not known here";
    }
    sj_http_body_begin(&fetch->chunks, true, 0, fetch->answer_max);
}

/* Of a part of the body: SJ_OK, or why it is not taken. */
static int take_part(struct fetch *fetch, const char *data, size_t length) {
    size_t taken = 0;
    int refusal;
    if (length > fetch->answer_max - fetch->received) {
        return SJ_E_LIMIT;
    }
    fetch->received += length;
    if (!fetch->chunked) {
        return sj_bytes_add(&fetch->answer, data, length) ? SJ_OK : SJ_E_NO_MEMORY;
    }
    refusal =
        sj_http_body_feed(&fetch->chunks, data, length, &taken, &fetch->answer, &fetch->misframed);
    return refusal <= 1     ? SJ_OK
           : refusal == 413 ? SJ_E_LIMIT
           : refusal == 503 ? SJ_E_NO_MEMORY
                            : SJ_E_PROTOCOL;
}

static size_t on_body(char *data, size_t size, size_t count, void *user) {
    struct fetch *fetch = user;
    const size_t length = size * count;
    if (!fetch->begun) {
        begin_body(fetch);
    }
    if (fetch->refused == SJ_OK) {
        fetch->refused = take_part(fetch, data, length);
    }
    return fetch->refused == SJ_OK ? length : 0;
}

static size_t on_upload(char *data, size_t size, size_t count, void *user) {
    struct fetch *fetch = user;
    size_t room = size * count, left = fetch->body_length - fetch->body_sent;
    size_t length = left < room ? left : room;
    memcpy(data, fetch->body + fetch->body_sent, length);
    fetch->body_sent += length;
    return length;
}

static int on_rewind(void *user, curl_off_t offset, int origin) {
    struct fetch *fetch = user;
    if (origin != SEEK_SET || offset < 0 || (size_t)offset > fetch->body_length) {
        return CURL_SEEKFUNC_CANTSEEK;
    }
    fetch->body_sent = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

static bool set_blob(CURL *easy, CURLoption option, const char *text) {
    struct curl_blob blob = {(void *)(uintptr_t)text, strlen(text), CURL_BLOB_COPY};
    return curl_easy_setopt(easy, option, &blob) == CURLE_OK;
}

/* Else one read would go on as long as the other side sends session tickets, however many; so it
 * ends after each of them. */
static CURLcode one_message_a_read(CURL *easy, void *context, void *user) {
    (void)easy, (void)user;
    (void)SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
    return CURLE_OK;
}

/* Mutual TLS: our tomcat identity, and of the other side nothing but what was imported for its
 * cluster. */
static int prepare_peer(struct fetch *fetch, sj_error *error) {
    struct node *node = fetch->client->node;
    const struct identity *identity = sj_tls_identity(node, SJ_IDENTITY_TOMCAT, error);
    char *bundle = identity == NULL ? NULL : sj_tls_bundle(node, fetch->peer_cluster, error);
    bool good;
    if (bundle == NULL) {
        return identity == NULL ? SJ_E_IO : SJ_E_UNTRUSTED;
    }
    good = set_blob(fetch->easy, CURLOPT_CAINFO_BLOB, bundle) &&
           curl_easy_setopt(fetch->easy, CURLOPT_CAPATH, NULL) == CURLE_OK &&
           curl_easy_setopt(fetch->easy, CURLOPT_SSLCERTTYPE, "PEM") == CURLE_OK &&
           curl_easy_setopt(fetch->easy, CURLOPT_SSLKEYTYPE, "PEM") == CURLE_OK &&
           set_blob(fetch->easy, CURLOPT_SSLCERT_BLOB, identity->certificate_pem) &&
           set_blob(fetch->easy, CURLOPT_SSLKEY_BLOB, identity->key_pem);
    free(bundle);
    return good ? SJ_OK
                : sj_error_set(error, SJ_E_NO_MEMORY,
                               "out of memory for the certificates of cluster \"%s\"",
                               fetch->peer_cluster);
}

/* In a quote command of libcurl: the path in double quotes, with both special characters escaped.
 */
static char *quoted_path(CURL *easy, const char *url, const char *suffix) {
    const char *host = strstr(url, "://");
    const char *path = host != NULL ? strchr(host + 3, '/') : NULL;
    int length = 0;
    char *plain = path == NULL ? NULL : curl_easy_unescape(easy, path, 0, &length);
    size_t room = 2 * (size_t)length + strlen(suffix) + 3;
    char *quoted = plain == NULL || strlen(plain) != (size_t)length ? NULL : malloc(room);
    if (quoted != NULL) {
        const char *from = strncmp(plain, "/~/", 3) == 0 ? plain + 3 : plain;
        char *to = quoted;
        *to++ = '"';
        for (; *from != '\0'; from++) {
            if (*from == '"' || *from == '\\') {
                *to++ = '\\';
            }
            *to++ = *from;
        }
        (void)snprintf(to, room - (size_t)(to - quoted), "%s\"", suffix);
    }
    curl_free(plain);
    return quoted;
}

static bool add_command(struct curl_slist **list, const char *first, const char *second,
                        const char *third) {
    struct curl_slist *longer;
    size_t room = strlen(first) + strlen(second) + strlen(third) + 3;
    char *command = malloc(room);
    if (command == NULL) {
        return false;
    }
    (void)snprintf(command, room, "%s %s%s%s", first, second, third[0] != '\0' ? " " : "", third);
    longer = curl_slist_append(*list, command);
    free(command);
    *list = longer != NULL ? longer : *list;
    return longer != NULL;
}

/* Uploads go to a name beside the file and are renamed when complete: a reader never sees half a
 * file. SFTP servers differ in whether a rename replaces, so the old file is removed just before.
 */
static int prepare_sftp_put(struct fetch *fetch, sj_error *error) {
    static const char suffix[] = ".part";
    size_t length = strlen(fetch->url);
    char *url = malloc(length + sizeof suffix);
    char *whole = quoted_path(fetch->easy, fetch->url, ""),
         *part = quoted_path(fetch->easy, fetch->url, suffix);
    bool good = url != NULL && whole != NULL && part != NULL && fetch->url[length - 1] != '/';
    if (good) {
        (void)snprintf(url, length + sizeof suffix, "%s%s", fetch->url, suffix);
        good = add_command(&fetch->after, "*rm", whole, "") &&
               add_command(&fetch->after, "rename", part, whole) &&
               curl_easy_setopt(fetch->easy, CURLOPT_URL, url) == CURLE_OK &&
               curl_easy_setopt(fetch->easy, CURLOPT_POSTQUOTE, fetch->after) == CURLE_OK;
    }
    free(url);
    free(whole);
    free(part);
    return good ? SJ_OK
                : sj_error_set(error, SJ_E_INVALID,
                               "%.200s does not name a file that could be written", fetch->url);
}

static int prepare_sftp(struct fetch *fetch, sj_error *error) {
    CURL *easy = fetch->easy;
    if (fetch->login != NULL) {
        (void)curl_easy_setopt(easy, CURLOPT_USERNAME, fetch->login);
    }
    if (fetch->password != NULL) {
        (void)curl_easy_setopt(easy, CURLOPT_PASSWORD, fetch->password);
    }
    (void)curl_easy_setopt(easy, CURLOPT_SSH_AUTH_TYPES,
                           (long)(CURLSSH_AUTH_PASSWORD | CURLSSH_AUTH_KEYBOARD));
    (void)curl_easy_setopt(easy, CURLOPT_FTP_CREATE_MISSING_DIRS, 1L);
    if (fetch->host_key != NULL && fetch->host_key[0] != '\0') {
        (void)curl_easy_setopt(easy, CURLOPT_SSH_HOST_PUBLIC_KEY_SHA256, fetch->host_key);
    } else {
        sj_node_log(fetch->client->node, SJ_LOG_WARNING,
                    "%s: no host key is pinned, so any server that answers there is trusted",
                    fetch->host);
    }
    if (fetch->action == FETCH_LIST) {
        (void)curl_easy_setopt(easy, CURLOPT_DIRLISTONLY, 1L);
    }
    return fetch->action == FETCH_PUT ? prepare_sftp_put(fetch, error) : SJ_OK;
}

static void prepare_body(struct fetch *fetch) {
    CURL *easy = fetch->easy;
    bool upload = fetch->action == FETCH_PUT || strcmp(fetch->method, "PUT") == 0;
    if (upload) {
        (void)curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
        (void)curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)fetch->body_length);
        (void)curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_upload);
        (void)curl_easy_setopt(easy, CURLOPT_READDATA, fetch);
        (void)curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_rewind);
        (void)curl_easy_setopt(easy, CURLOPT_SEEKDATA, fetch);
    } else if (strcmp(fetch->method, "HEAD") == 0) {
        (void)curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (fetch->body_length > 0 || strcmp(fetch->method, "POST") == 0) {
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)fetch->body_length);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, fetch->body);
    }
    if (fetch->kind != FETCH_SFTP && strcmp(fetch->method, "HEAD") != 0) {
        (void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, fetch->method);
    }
}

int sj_transfer_prepare(struct fetch *fetch, sj_error *error) {
    struct http_client *client = fetch->client;
    CURL *easy = client->spare_count > 0 ? client->spare[--client->spare_count] : curl_easy_init();
    int result = SJ_OK;
    fetch->easy = easy;
    if (easy == NULL || curl_easy_setopt(easy, CURLOPT_URL, fetch->url) != CURLE_OK) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a call to %s", fetch->host);
    }
    (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->curl_text);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https,sftp");
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, one_message_a_read);
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_TRANSFER_DECODING, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_RESOLVE, fetch->resolved);
    (void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT,
                           1L); /* never waits for a thread that resolves a name */
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)sj_fetch_left_ms(fetch));
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)sj_fetch_left_ms(fetch));
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fetch->headers);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_SHARE, client->share);
    if (fetch->kind == FETCH_HTTPS && fetch->peer_cluster != NULL) {
        result = prepare_peer(fetch, error);
    } else if (fetch->kind == FETCH_SFTP) {
        result = prepare_sftp(fetch, error);
    }
    prepare_body(fetch);
    if (result == SJ_OK && curl_multi_add_handle(client->multi, easy) != CURLM_OK) {
        result = sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a call to %s", fetch->host);
    }
    if (result != SJ_OK) {
        curl_easy_cleanup(easy);
        fetch->easy = NULL;
    }
    return result;
}

void sj_transfer_drop(struct fetch *fetch) {
    struct http_client *client = fetch->client;
    if (fetch->easy == NULL) {
        return;
    }
    (void)curl_multi_remove_handle(client->multi, fetch->easy);
    if (client->spare_count < sizeof client->spare / sizeof client->spare[0] && !client->closing) {
        curl_easy_reset(fetch->easy);
        client->spare[client->spare_count++] = fetch->easy;
    } else {
        curl_easy_cleanup(fetch->easy);
    }
    fetch->easy = NULL;
}

static int code_of(CURLcode code, const char *text) {
    switch (code) {
    case CURLE_OK: return SJ_OK;
    case CURLE_OPERATION_TIMEDOUT: return SJ_E_TIMEOUT;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_INVALIDCERTSTATUS: return SJ_E_UNTRUSTED;
    case CURLE_SSL_CONNECT_ERROR:
        return strstr(text, "certificate") != NULL ? SJ_E_UNTRUSTED : SJ_E_PROTOCOL;
    case CURLE_LOGIN_DENIED:
    case CURLE_REMOTE_ACCESS_DENIED: return SJ_E_DENIED;
    case CURLE_REMOTE_FILE_NOT_FOUND:
    case CURLE_FILE_COULDNT_READ_FILE: return SJ_E_NOT_FOUND;
    case CURLE_OUT_OF_MEMORY: return SJ_E_NO_MEMORY;
    case CURLE_FILESIZE_EXCEEDED: return SJ_E_LIMIT;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return SJ_E_INVALID;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_PARTIAL_FILE:
    case CURLE_BAD_CONTENT_ENCODING: return SJ_E_PROTOCOL;
    case CURLE_SSH:
    case CURLE_QUOTE_ERROR:
    case CURLE_UPLOAD_FAILED:
    case CURLE_REMOTE_DISK_FULL:
    case CURLE_REMOTE_FILE_EXISTS: return SJ_E_IO;
    default: return SJ_E_UNAVAILABLE;
    }
}

/* What the other cluster noted of the trace before it answered comes before what is noted here from
 * now on. */
static void follow_trace(struct fetch *fetch) {
    struct curl_header *state;
    if (fetch->trace_id[0] != '\0' &&
        curl_easy_header(fetch->easy, "tracestate", 0, CURLH_HEADER, -1, &state) == CURLHE_OK) {
        sj_trace_received(fetch->client->node, fetch->trace_id,
                          sj_trace_context_order(state->value));
    }
}

void sj_transfer_finished(struct fetch *fetch, CURLcode code) {
    long http_status = 0;
    const char *text = fetch->curl_text[0] != '\0' ? fetch->curl_text : curl_easy_strerror(code);
    int status = code_of(code, text);
    (void)curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &http_status);
    fetch->http_status = fetch->kind == FETCH_SFTP ? 0 : (int)http_status;
    follow_trace(fetch);
    if (fetch->refused == SJ_E_LIMIT) {
        status = sj_error_set(&fetch->error, SJ_E_LIMIT, "%s: the answer is longer than %zu KiB",
                              fetch->host, fetch->answer_max >> 10);
    } else if (fetch->refused == SJ_E_NO_MEMORY) {
        status = sj_error_set(&fetch->error, SJ_E_NO_MEMORY, "out of memory for the answer of %s",
                              fetch->host);
    } else if (fetch->refused != SJ_OK) {
        status =
            sj_error_set(&fetch->error, SJ_E_PROTOCOL, "%s: %s", fetch->host, fetch->misframed);
    } else if (status == SJ_E_UNTRUSTED && fetch->peer_cluster != NULL) {
        (void)sj_error_set(&fetch->error, status,
                           "%s did not show a certificate imported for cluster \"%s\": %s",
                           fetch->host, fetch->peer_cluster, text);
    } else if (status == SJ_E_TIMEOUT) {
        (void)sj_fetch_timed_out(fetch);
    } else if (status != SJ_OK) {
        (void)sj_error_set(&fetch->error, status, "%s: %s", fetch->host, text);
    } else if (fetch->action == FETCH_LIST) {
        status = sj_fetch_sort_names(&fetch->answer);
    }
    sj_transfer_drop(fetch);
    sj_fetch_end(fetch, status);
}
