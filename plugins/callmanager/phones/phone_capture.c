/* Picks what belongs to one phone out of the history of SIP messages. Of a file transfer the
 * request and the answer are known, not the packets: these are made up, and say so. */
#include "phones/phone_capture.h"
#include "events/phone.h"
#include "phones/message_history.h"
#include "sip/pcapng.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    DIALOGS = 512,
    BYTES_AT_ONCE = 1024 * 1024, /* of an answer, before base64 */
    CLIENT_PORTS = 49152,        /* the first of those that clients use */
    CLIENT_PORT_COUNT = 16384,
    FILE_TEXT = 700,
    TFTP_REQUEST = 1,
    TFTP_ERROR = 5,
    TFTP_OPTIONS = 6,
    TFTP_NOT_FOUND = 1,
};

struct capture {
    struct call_manager *manager;
    const char *device_name;
    uint64_t dialogs[DIALOGS]; /* that are the phone's: see find_dialogs */
    size_t dialog_count;
    size_t packets;
    sj_text out;
};

/* ---- which messages ---- */

static bool is_owner(const struct capture *capture, const struct kept *kept) {
    return sip_text_is_nocase(kept->owner, capture->device_name);
}

static bool names_phone(const struct capture *capture, const struct kept *kept) {
    const size_t length = strlen(capture->device_name);
    const int first = toupper((unsigned char)capture->device_name[0]);
    for (size_t i = 0; i + length <= kept->data.length; i++) {
        if (toupper((unsigned char)kept->data.at[i]) == first &&
            strncasecmp(kept->data.at + i, capture->device_name, length) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_dialog(const struct capture *capture, uint64_t dialog) {
    for (size_t i = 0; i < capture->dialog_count; i++) {
        if (capture->dialogs[i] == dialog) {
            return true;
        }
    }
    return false;
}

static void add_dialog(struct capture *capture, uint64_t dialog) {
    if (capture->dialog_count < DIALOGS && !has_dialog(capture, dialog)) {
        capture->dialogs[capture->dialog_count++] = dialog;
    }
}

/* From where no phone is registered yet, or no more, what has a Call-ID in common with messages of
 * the phone or of those that name it is the phone's. */
static void find_dialogs(struct capture *capture, uint64_t from) {
    struct message_walk walk = message_walk_from(capture->manager->history, from);
    for (const struct kept *kept; (kept = message_walk_next(&walk)) != NULL;) {
        if (kept->kind == KEPT_MESSAGE && kept->frequent &&
            (kept->owner.length > 0 ? is_owner(capture, kept)
                                    : kept->received && names_phone(capture, kept))) {
            add_dialog(capture, kept->dialog);
        }
    }
}

static bool is_of_phone(const struct capture *capture, const struct kept *kept) {
    return (kept->kind == KEPT_MESSAGE || kept->kind == KEPT_FILE) &&
           (is_owner(capture, kept) ||
            (kept->owner.length == 0 && has_dialog(capture, kept->dialog)));
}

/* ---- packets ---- */

static void set_port(sj_address *address, int port) {
    if (address->any.sa_family == AF_INET6) {
        address->v6.sin6_port = htons((uint16_t)port);
    } else {
        address->v4.sin_port = htons((uint16_t)port);
    }
}

static void put(struct capture *capture, const struct pcapng_packet *packet) {
    capture->packets += pcapng_add(&capture->out, packet) ? 1 : 0;
}

static void put_message(struct capture *capture, const struct kept *kept) {
    const bool tls = kept->transport == SJ_SIP_TRANSPORT_TLS;
    sj_address local = kept->local;
    if (tls) { /* where readers expect SIP in the clear */
        set_port(&local, 5060);
    }
    const struct pcapng_packet packet = {
        .at_ms = kept->at_ms,
        .protocol = kept->transport == SJ_SIP_TRANSPORT_UDP ? PCAPNG_UDP : PCAPNG_TCP,
        .from = kept->received ? kept->remote : local,
        .to = kept->received ? local : kept->remote,
        .sequence = kept->received ? kept->before_received : kept->before_sent,
        .acknowledged = kept->received ? kept->before_sent : kept->before_received,
        .data = kept->data.at,
        .length = kept->data.length,
        .comment = tls ? "It went over TLS; shown as TCP to port 5060." : ""};
    put(capture, &packet);
}

/* A TFTP packet of a number and texts, each with a NUL; returns its length. */
static size_t write_tftp(char *out, const unsigned *numbers, size_t number_count,
                         const char *const *texts, size_t text_count) {
    size_t length = 0;
    for (size_t i = 0; i < number_count; i++) {
        out[length++] = (char)(numbers[i] >> 8);
        out[length++] = (char)numbers[i];
    }
    for (size_t i = 0; i < text_count; i++) {
        const size_t size = strlen(texts[i]) + 1;
        memcpy(out + length, texts[i], size);
        length += size;
    }
    return length;
}

/* The request and the answer of a transfer. */
struct transfer_texts {
    char request[FILE_TEXT], answer[FILE_TEXT];
    size_t request_length, answer_length;
};

static void write_transfer(const struct kept *kept, struct transfer_texts *texts) {
    const char *name = kept->data.at, *bytes = name + strlen(name) + 1,
               *answer = bytes + strlen(bytes) + 1;
    const bool found = bytes[0] != '\0';
    if (kept->received) {
        texts->request_length = (size_t)snprintf(texts->request, sizeof texts->request,
                                                 "GET /%.500s HTTP/1.1\r\n\r\n", name);
        texts->answer_length =
            found ? (size_t)snprintf(texts->answer, sizeof texts->answer,
                                     "HTTP/1.1 200 OK\r\nX-Length-Of-File: %s\r\n"
                                     "Content-Length: 0\r\n\r\n",
                                     bytes)
                  : (size_t)snprintf(texts->answer, sizeof texts->answer,
                                     "HTTP/1.1 %s\r\nContent-Type: text/plain\r\n"
                                     "Content-Length: %zu\r\n\r\n%s",
                                     strcmp(answer, "File not found") == 0 ? "404 Not Found"
                                                                           : "500 Not served",
                                     strlen(answer), answer);
        return;
    }
    const unsigned request = TFTP_REQUEST, options = TFTP_OPTIONS,
                   error[] = {TFTP_ERROR, TFTP_NOT_FOUND};
    const char *const asked[] = {name, "octet", "tsize", "0"}, *const size[] = {"tsize", bytes},
                      *const refused[] = {answer};
    texts->request_length = write_tftp(texts->request, &request, 1, asked, 4);
    texts->answer_length = found ? write_tftp(texts->answer, &options, 1, size, 2)
                                 : write_tftp(texts->answer, error, 2, refused, 1);
}

static void put_file(struct capture *capture, const struct kept *kept) {
    const sj_node *node = capture->manager->scope->host->node;
    struct transfer_texts texts;
    sj_address phone = kept->remote, here;
    const char *own = sj_node_address_of(node, phone.any.sa_family);
    if (own == NULL ||
        sj_address_parse(own, kept->received ? node->tftp_http_port : node->tftp_port, &here) !=
            SJ_OK) {
        return;
    }
    set_port(&phone, CLIENT_PORTS + (int)(kept->serial % CLIENT_PORT_COUNT));
    write_transfer(kept, &texts);
    struct pcapng_packet packet = {
        .at_ms = kept->at_ms,
        .protocol = kept->received ? PCAPNG_TCP : PCAPNG_UDP,
        .from = phone,
        .to = here,
        .data = texts.request,
        .length = texts.request_length,
        .comment = "Made up from what is known of a file transfer: its name, and its answer in "
                   "words. Ports and headers are not known."};
    put(capture, &packet);
    packet.from = here;
    packet.to = phone;
    packet.acknowledged = (uint32_t)texts.request_length;
    packet.data = texts.answer;
    packet.length = texts.answer_length;
    put(capture, &packet);
}

void phone_capture_file(struct call_manager *manager, const char *device_name,
                        const sj_address *address, bool http, const char *name, bool found,
                        int64_t bytes, const char *answer) {
    char data[FILE_TEXT];
    const int length =
        found ? snprintf(data, sizeof data, "%.200s%c%lld%c", name, '\0', (long long)bytes, '\0')
              : snprintf(data, sizeof data, "%.200s%c%c%.200s", name, '\0', '\0', answer);
    struct kept kept = {.kind = KEPT_FILE,
                        .frequent = true,
                        .received = http,
                        .remote = *address,
                        .owner = sip_text_of(device_name),
                        .data = {data, (size_t)length + 1}};
    message_history_add(manager, &kept);
}

/* ---- the answer ---- */

static char *to_base64(const sj_text *bytes) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = malloc((bytes->length + 2) / 3 * 4 + 1);
    size_t used = 0;
    for (size_t at = 0; text != NULL && at < bytes->length; at += 3) {
        unsigned char group[3] = {0};
        const size_t left = bytes->length - at;
        memcpy(group, bytes->data + at, left < 3 ? left : 3);
        text[used++] = digits[group[0] >> 2];
        text[used++] = digits[(group[0] & 3) << 4 | group[1] >> 4];
        text[used++] = (char)(left > 1 ? digits[(group[1] & 15) << 2 | group[2] >> 6] : '=');
        text[used++] = (char)(left > 2 ? digits[group[2] & 63] : '=');
    }
    if (text != NULL) {
        text[used] = '\0';
    }
    return text;
}

/* From `from` on; returns the serial from which the next answer goes on. */
static uint64_t gather(struct capture *capture, uint64_t from, bool *more) {
    struct message_walk walk = message_walk_from(capture->manager->history, from);
    uint64_t next = from;
    *more = false;
    find_dialogs(capture, from);
    for (const struct kept *kept; (kept = message_walk_next(&walk)) != NULL;) {
        const bool wanted = is_of_phone(capture, kept);
        if (capture->out.length > BYTES_AT_ONCE) {
            *more = true;
            break;
        }
        next = kept->serial + 1;
        if (wanted && kept->kind == KEPT_FILE) {
            put_file(capture, kept);
        } else if (wanted) {
            put_message(capture, kept);
        }
    }
    return next;
}

static void answer(struct capture *capture, sj_question *question,
                   const sj_phone_capture *request) {
    const struct call_manager *manager = capture->manager;
    char comment[600];
    bool more;
    (void)snprintf(comment, sizeof comment,
                   "SIP messages and files of %s as the node %s has received and sent them "
                   "(Sojourn %s). IP, UDP and TCP headers are made up around them. Answers to "
                   "challenges, keys, passwords and dialled digits are written over with x.",
                   capture->device_name, manager->scope->host->node->name,
                   manager->scope->host->node->version);
    if (request->from == 0) {
        pcapng_begin(&capture->out, comment, manager->scope->host->node->name);
    }
    const uint64_t next = gather(capture, (uint64_t)request->from, &more);
    char *text = capture->out.failed ? NULL : to_base64(&capture->out);
    if (text == NULL) {
        sj_fail(manager->scope, question, SJ_E_NO_MEMORY, "out of memory for the capture");
    } else {
        const int64_t forgotten = message_buffer_forgotten_ms(manager->history, true);
        const int64_t forgotten_calls = message_buffer_forgotten_ms(manager->history, false);
        const sj_phone_capture_reply reply = {
            .packets = (int64_t)capture->packets,
            .next = (int64_t)next,
            .more = more,
            .kept_since = forgotten > 0 ? forgotten : manager->history_since_ms,
            .calls_kept_since = forgotten_calls > 0 ? forgotten_calls : manager->history_since_ms,
            .data = text};
        sj_reply_phone_capture(manager->scope, question, &reply);
    }
    free(text);
}

static void on_capture(void *user, sj_question *question, const sj_phone_capture *request) {
    struct call_manager *manager = user;
    if (manager->history == NULL) {
        sj_fail(manager->scope, question, SJ_E_UNAVAILABLE,
                "no SIP messages are kept: the service parameter SIP Message Buffer is 0");
        return;
    }
    struct capture *capture = calloc(1, sizeof *capture);
    if (capture == NULL) {
        sj_fail(manager->scope, question, SJ_E_NO_MEMORY, "out of memory for the capture");
        return;
    }
    capture->manager = manager;
    capture->device_name = request->device_name;
    answer(capture, question, request);
    sj_text_clear(&capture->out);
    free(capture);
}

int phone_capture_open(struct call_manager *manager, sj_error *error) {
    return sj_answer_phone_capture(manager->scope, on_capture, manager, error) == NULL ? error->code
                                                                                       : SJ_OK;
}
