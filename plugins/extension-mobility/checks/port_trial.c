/* Tries whether a port answers, and with what. */
#include "checks/port_trial.h"

#include <sojourn/base/big_endian.h>

#include "checks/default_file.h"

enum {
    TRIAL_MS = 3000,
    AGAIN_MS = 700,
    HEARD_MAX = 1024,
    TFTP_DATA = 3,
    TFTP_ERROR = 5,
    SMALL_ANSWER = 4096
};

static const char read_request[] = "\0\1XMLDefault.cnf.xml\0octet";    /* with its last NUL */
static const char enough[] = "\0\5\0\0This was a check of the server"; /* ends the transfer */

struct port_trial {
    sj_scope *scope;
    enum port_kind kind;
    sj_address to;
    char address[SJ_ADDRESS_TEXT + 2]; /* as in URIs */
    int port;
    char token[17]; /* by which an answer is known */
    sj_udp *socket;
    char received[HEARD_MAX];
    size_t heard_length;
    port_tried_fn done;
    void *user;
    bool finished;
};

static void finish(struct port_trial *trial, const char *reason) {
    if (!trial->finished) {
        trial->finished = true;
        trial->done(trial->user, reason);
        sj_scope_close(trial->scope);
    }
}

static void too_late(void *user) {
    finish(user, "nothing answers within 3 s");
}

/* ---- SIP ---- */

static size_t write_options(const struct port_trial *trial, const char *transport, int local_port,
                            char *text, size_t room) {
    const int length =
        snprintf(text, room,
                 "OPTIONS sip:%s:%d SIP/2.0\r\nVia: SIP/2.0/%s "
                 "%s:%d;branch=z9hG4bK%s;rport\r\nMax-Forwards: 70\r\n"
                 "From: <sip:%s>;tag=%s\r\nTo: <sip:%s:%d>\r\nCall-ID: %s\r\nCSeq: 1 OPTIONS\r\n"
                 "Content-Length: 0\r\n\r\n",
                 trial->address, trial->port, transport, trial->address, local_port, trial->token,
                 trial->address, trial->token, trial->address, trial->port, trial->token);
    return length > 0 && (size_t)length < room ? (size_t)length : 0;
}

/* Whether what was received is an answer to the OPTIONS; any status shows that a call manager reads
 * there. */
static void judge_sip(struct port_trial *trial) {
    static const char status_line[] = "SIP/2.0 ";
    const size_t length =
        trial->heard_length < sizeof status_line - 1 ? trial->heard_length : sizeof status_line - 1;
    if (memcmp(trial->received, status_line, length) != 0) {
        finish(trial, "the server there is not a SIP server");
    } else if (strstr(trial->received, trial->token) != NULL) {
        finish(trial, NULL);
    }
}

static void receive(struct port_trial *trial, const char *data, size_t length) {
    const size_t room = sizeof trial->received - 1 - trial->heard_length;
    const size_t taken = length < room ? length : room;
    memcpy(trial->received + trial->heard_length, data, taken);
    trial->heard_length += taken;
    trial->received[trial->heard_length] = '\0';
}

/* ---- streams ---- */

static void opened(void *user, sj_stream *stream) {
    struct port_trial *trial = user;
    char text[1024];
    sj_address local;
    if (trial->kind != PORT_SIP_TCP) {
        finish(trial, NULL); /* the handshake has shown whose certificate it is */
        return;
    }
    sj_stream_peer(trial->scope, stream, NULL, &local);
    char ignored[SJ_ADDRESS_TEXT];
    const size_t length = write_options(
        trial, "TCP", sj_address_format(&local, ignored, sizeof ignored), text, sizeof text);
    if (sj_stream_write(trial->scope, stream, text, length) != SJ_OK) {
        finish(trial, "the connection was closed");
    }
}

static void received(void *user, sj_stream *stream, const char *data, size_t length) {
    struct port_trial *trial = user;
    (void)stream;
    if (!trial->finished) {
        receive(trial, data, length);
        judge_sip(trial);
    }
}

static void closed(void *user, sj_stream *stream, int status, const char *reason) {
    (void)stream;
    (void)status;
    finish(user, reason != NULL && reason[0] != '\0' ? reason : "the connection was closed");
}

static void connect_stream(struct port_trial *trial) {
    static const sj_stream_events events = {
        .on_open = opened, .on_data = received, .on_close = closed};
    sj_error error = {0};
    const sj_stream *stream =
        trial->kind == PORT_SIP_TCP
            ? sj_stream_connect(trial->scope, &trial->to, NULL, &events, trial, &error)
            : sj_stream_connect_tls(trial->scope, &trial->to,
                                    trial->kind == PORT_SIP_TLS ? "own/CallManager" : "own/tomcat",
                                    "", &events, trial, &error);
    if (stream == NULL) {
        finish(trial, error.text);
    }
}

/* ---- datagrams ---- */

static void send_datagram(void *user) {
    struct port_trial *trial = user;
    char text[1024], ignored[SJ_ADDRESS_TEXT];
    sj_address local;
    if (trial->kind == PORT_TFTP) {
        (void)sj_udp_send(trial->scope, trial->socket, &trial->to, read_request,
                          sizeof read_request);
        return;
    }
    sj_udp_local(trial->scope, trial->socket, &local);
    const size_t length = write_options(
        trial, "UDP", sj_address_format(&local, ignored, sizeof ignored), text, sizeof text);
    (void)sj_udp_send(trial->scope, trial->socket, &trial->to, text, length);
}

static void judge_tftp(struct port_trial *trial, const sj_address *from) {
    const unsigned char *packet = (const unsigned char *)trial->received;
    char reason[200];
    if (trial->heard_length >= 4 && packet[0] == 0 && packet[1] == TFTP_DATA) {
        (void)sj_udp_send(trial->scope, trial->socket, from, enough, sizeof enough);
        finish(trial, !em_default_file_is(trial->received + 4)
                          ? "what is served there is no XMLDefault.cnf.xml"
                      : !em_default_file_is_own(trial->scope, trial->received + 4)
                          ? "it serves the files of another cluster: its XMLDefault.cnf.xml names "
                            "no node of this one"
                          : NULL);
    } else if (trial->heard_length >= 4 && packet[0] == 0 && packet[1] == TFTP_ERROR) {
        (void)snprintf(reason, sizeof reason,
                       "it serves no XMLDefault.cnf.xml (TFTP error %d, %.80s)",
                       (int)sj_big_endian_read(packet + 2, 2), trial->received + 4);
        finish(trial, reason);
    } else {
        finish(trial, "the server there is not a TFTP server");
    }
}

static void received_datagrams(void *user, sj_udp *socket, const sj_datagram *datagrams,
                               size_t count) {
    struct port_trial *trial = user;
    (void)socket;
    for (size_t i = 0; i < count && !trial->finished; i++) {
        trial->heard_length = 0;
        receive(trial, datagrams[i].data, datagrams[i].length);
        if (trial->kind == PORT_TFTP) {
            judge_tftp(trial, &datagrams[i].from);
        } else {
            judge_sip(trial);
        }
    }
}

static void open_socket(struct port_trial *trial) {
    sj_error error = {0};
    trial->socket = sj_udp_open(trial->scope, trial->scope->host->node->address, 0,
                                received_datagrams, trial, &error);
    if (trial->socket == NULL ||
        sj_timer_start(trial->scope, AGAIN_MS, AGAIN_MS, send_datagram, trial) == NULL) {
        finish(trial, trial->socket == NULL ? error.text : "out of memory");
        return;
    }
    send_datagram(trial);
}

/* ---- HTTP ---- */

static void fetched(void *user, const sj_http_result *result) {
    char reason[80];
    (void)snprintf(reason, sizeof reason, "another server answers there (HTTP status %d)",
                   result->http_status);
    finish(user, result->status != SJ_OK
                     ? (result->error != NULL ? result->error->text : "it does not answer")
                 : result->http_status != 200 ? reason
                                              : NULL);
}

static void fetch(struct port_trial *trial) {
    char url[128];
    sj_error error = {0};
    (void)snprintf(url, sizeof url, "http://%s:%d/healthz", trial->address, trial->port);
    const sj_http_call call = {.size = sizeof call,
                               .method = "GET",
                               .url = url,
                               .timeout_ms = TRIAL_MS,
                               .answer_max = SMALL_ANSWER};
    if (sj_http_fetch(trial->scope, &call, fetched, trial, &error) == NULL) {
        finish(trial, error.text);
    }
}

void em_port_trial_start(sj_scope *parent, enum port_kind kind, const char *address, int port,
                         port_tried_fn done, void *user) {
    sj_scope *scope = sj_scope_open(parent, "port trial", NULL, NULL);
    struct port_trial *trial = scope != NULL ? sj_scope_alloc(scope, sizeof *trial) : NULL;
    if (trial == NULL || sj_timer_start(scope, TRIAL_MS, 0, too_late, trial) == NULL) {
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        done(user, "out of memory");
        return;
    }
    *trial =
        (struct port_trial){.scope = scope, .kind = kind, .port = port, .done = done, .user = user};
    sj_random_hex(scope, trial->token, sizeof trial->token - 1);
    const bool ipv6 = strchr(address, ':') != NULL;
    (void)snprintf(trial->address, sizeof trial->address, ipv6 ? "[%.45s]" : "%.45s", address);
    if (sj_address_parse(address, port, &trial->to) != SJ_OK) {
        finish(trial, "its address is no IP address");
        return;
    }
    switch (kind) {
    case PORT_SIP_TCP:
    case PORT_SIP_TLS:
    case PORT_HTTPS: connect_stream(trial); break;
    case PORT_SIP_UDP:
    case PORT_TFTP: open_socket(trial); break;
    case PORT_HTTP: fetch(trial); break;
    }
}
