/* Reads the parameters of a request for a page, and answers it. */
#include "pages/phone_request.h"

#include <stdlib.h>
#include <strings.h>

#include "pages/page_charset.h"
#include "pages/phone_pages.h"
#include "reporting/error_codes.h"
#include "users/access.h"
#include "users/login_type.h"

#define EM_BLANKS                                                                                  \
    " \t\r\n" /* not part of what was meant: on a keypad the key 0 gives a blank; the API leaves   \
                 them out too */

/* Where a phone found us: its Host header when that is one, else our own address. */
static void base_url(struct em *em, const sj_http_request *request, char url[EM_BASE_URL_ROOM]) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]_";
    const sj_node *node = em->scope->host->node;
    const char *host = sj_http_header_value(em->scope, request, "Host");
    const char *scheme = request->tls ? "https" : "http";
    if (sj_given(host) && strlen(host) < 150 && strspn(host, allowed) == strlen(host)) {
        em_print(url, EM_BASE_URL_ROOM, "%s://%s", scheme, host);
    } else {
        em_print(url, EM_BASE_URL_ROOM, "%s://%s:%d", scheme, node->address,
                 request->tls ? node->https_port : node->http_port);
    }
}

const char *em_phone_parameter(const struct em_phone_request *phone, const char *name) {
    return sj_http_param(phone->em->scope, phone->request, name);
}

bool em_phone_parameter_is_true(const struct em_phone_request *phone, const char *name) {
    const char *value = em_phone_parameter(phone, name);
    return value != NULL && strcasecmp(value, "true") == 0;
}

bool em_phone_copy(const struct em_phone_request *phone, const char *name, char *target,
                   size_t room) {
    const char *value = em_phone_parameter(phone, name);
    size_t length;
    value = value != NULL ? value + strspn(value, EM_BLANKS) : "";
    length = strlen(value);
    while (length > 0 && strchr(EM_BLANKS, value[length - 1]) != NULL) {
        length--;
    }
    em_print(target, room, "%.*s", (int)(length < room ? length : room), value);
    return length < room;
}

static void read_request(struct em_phone_request *phone) {
    sj_scope *scope = phone->em->scope;
    const char *emcc = em_phone_parameter(phone, "EMCC");
    const char *login_type = em_phone_parameter(phone, "loginType");
    (void)em_phone_copy(phone, "device", phone->device_name, sizeof phone->device_name);
    phone->too_long = !em_phone_copy(phone, "userid", phone->user_id, sizeof phone->user_id);
    em_copy(phone->emcc_text, emcc);
    em_copy(phone->login_type_text, login_type);
    em_copy(phone->model_name,
            sj_http_header_value(scope, phone->request, "x-CiscoIPPhoneModelName"));
    (void)sj_address_format(&phone->request->peer, phone->remote_address,
                            sizeof phone->remote_address);
    sj_random_hex(scope, phone->trace_id, 32);
    phone->emcc = em_phone_parameter_is_true(phone, "EMCC");
    phone->via_header = sj_http_header_value(scope, phone->request, "Via") != NULL;
    base_url(phone->em, phone->request, phone->base_url);
    phone->page = (struct em_page){.base_url = phone->base_url,
                                   .device_name = phone->device_name,
                                   .emcc = emcc != NULL ? phone->emcc_text : NULL,
                                   .login_type = login_type != NULL ? phone->login_type_text : NULL,
                                   .model_name = phone->model_name};
    phone->login_type_known = em_login_type_parse(phone->page.login_type, &phone->login_type);
}

/* The pages act on what they are asked, so a HEAD, which must change nothing, gets none of them. */
static void refuse_head(struct em *em, sj_http_request *request) {
    static const char text[] = "This page takes GET and POST, not HEAD.\n";
    const sj_http_header allow = {"Allow", "GET, POST"};
    const sj_http_reply reply = {.status = 405,
                                 .content_type = "text/plain; charset=UTF-8",
                                 .body = text,
                                 .body_length = sizeof text - 1,
                                 .headers = &allow,
                                 .headers_count = 1};
    sj_http_reply_send(em->scope, request, &reply);
}

/* However it ends: what a handler keeps of a request may hold PINs. */
static void closed(void *user) {
    struct em_phone_request *phone = user;
    explicit_bzero(phone, phone->size);
    free(phone);
}

void *em_phone_request_open(struct em *em, sj_http_request *request, const char *name,
                            size_t size) {
    if (strcmp(request->method, "HEAD") == 0) {
        refuse_head(em, request);
        return NULL;
    }
    struct em_phone_request *phone = calloc(1, size);
    sj_scope *scope = phone != NULL ? sj_scope_open(em->scope, name, closed, phone) : NULL;
    if (scope == NULL) {
        free(phone);
        sj_http_reply_text(em->scope, request, 503, "text/plain; charset=UTF-8", "out of memory\n");
        return NULL;
    }
    phone->em = em;
    phone->scope = scope;
    phone->request = request;
    phone->size = size;
    read_request(phone);
    return phone;
}

enum em_code em_phone_check_device(const struct em_phone_request *phone, const char **cause) {
    const char *device = em_phone_parameter(phone, "device");
    if (!sj_given(device)) {
        *cause = "the request names no device";
        return EM_DEVICE_NAME_EMPTY;
    }
    if (strlen(device) >= EM_DEVICE_ROOM) {
        *cause = "no device name has so many bytes";
        return EM_NO_DEVICE;
    }
    return EM_OK;
}

void em_phone_check_access(struct em_phone_request *phone, em_access_fn done) {
    const struct em_access_request access = {.device_name = phone->device_name,
                                             .user_id = phone->user_id,
                                             .remote_address = phone->remote_address,
                                             .trace_id = phone->trace_id,
                                             .via_header = phone->via_header,
                                             .emcc = phone->emcc};
    em_access_check(phone->em, phone->scope, &access, done, phone);
}

void em_phone_send(struct em_phone_request *phone, sj_xml_text *page, const char *refresh) {
    sj_scope *scope = phone->scope;
    const sj_http_header headers[] = {
        {"Expires", EM_PAGE_EXPIRES}, {"Cache-Control", "no-store"}, {"Refresh", refresh}};
    const char *accept_charset =
        sj_http_header_value(phone->em->scope, phone->request, "Accept-Charset");
    const char *content_type = em_page_charset(page, accept_charset);
    if (page->failed) {
        sj_http_reply_text(phone->em->scope, phone->request, 503, "text/plain; charset=UTF-8",
                           "out of memory\n");
    } else {
        const sj_http_reply reply = {.status = 200,
                                     .content_type = content_type,
                                     .body = page->data,
                                     .body_length = page->length,
                                     .headers = headers,
                                     .headers_count = refresh != NULL ? 3 : 2};
        sj_http_reply_send(phone->em->scope, phone->request, &reply);
    }
    sj_xml_text_free(page);
    sj_scope_close(scope);
}
