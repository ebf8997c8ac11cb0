/* GET and POST /changecredential/ChangeCredentialServlet: a user of this cluster changes the PIN on a phone. */
#include "em.h"

enum { PIN_MIN = 4, PIN_MAX = 64 };

struct change {
    struct em *em;
    sj_scope *scope;
    sj_http_request *request;
    struct em_page page;
    char base_url[EM_BASE_URL_ROOM], device_name[EM_DEVICE_ROOM], model_name[64], user_id[EM_USER_ROOM];
    char old_pin[129], new_pin[129];
};

void em_base_url(struct em *em, const sj_http_request *request, char url[EM_BASE_URL_ROOM]) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]_";
    const sj_node *node = em->scope->host->node;
    const char *host = sj_http_header_value(em->scope, request, "Host");
    const char *scheme = request->tls ? "https" : "http";
    if (em_given(host) && strlen(host) < 150 && strspn(host, allowed) == strlen(host)) {
        em_print(url, EM_BASE_URL_ROOM, "%s://%s", scheme, host);
    } else {
        em_print(url, EM_BASE_URL_ROOM, "%s://%s:%d", scheme, node->address, request->tls ? node->https_port : node->http_port);
    }
}

static void send_page(struct change *change, sj_xml_text *page) {
    const sj_http_header headers[] = {{"Expires", EM_PAGE_EXPIRES}, {"Cache-Control", "no-store"}};
    if (page->failed) {
        sj_http_reply_text(change->em->scope, change->request, 503, "text/plain; charset=UTF-8", "out of memory\n");
    } else {
        const sj_http_reply reply = {.status = 200,
                                     .content_type = EM_PAGE_CONTENT_TYPE,
                                     .body = page->data,
                                     .body_length = page->length,
                                     .headers = headers,
                                     .headers_count = 2};
        sj_http_reply_send(change->em->scope, change->request, &reply);
    }
    sj_xml_text_free(page);
    explicit_bzero(change->old_pin, sizeof change->old_pin);
    explicit_bzero(change->new_pin, sizeof change->new_pin);
    sj_scope_close(change->scope);
}

static void say(struct change *change, const char *text) {
    sj_xml_text page = {0};
    em_page_message(&page, &change->page, text);
    send_page(change, &page);
}

static void refuse(struct change *change, int code, const char *cause) {
    sj_xml_text page = {0};
    em_announce_failed(change->em, change->device_name, change->user_id, code, cause, false, "");
    em_page_message(&page, &change->page, em_code_entry(code)->login_text);
    send_page(change, &page);
}

static void durable(void *user, int status, const sj_error *error) {
    struct change *change = user;
    if (status != SJ_OK) {
        refuse(change, EM_DATABASE, error != NULL ? error->text : "");
        return;
    }
    sj_log_info(change->em->scope, "%s has changed the PIN on %s", change->user_id, change->device_name);
    say(change, "PIN changed");
}

static int write_pin(struct change *change, const char *hash, sj_error *error) {
    sj_scope *scope = change->scope;
    sj_end_user *user = NULL;
    const sj_credential_state state = {.user_id = change->user_id, .kind = "pin", .changed_at = sj_wall_ms(scope)};
    int status = sj_store_begin(scope, error);
    if (status != SJ_OK) {
        return status;
    }
    status = sj_end_user_get(scope, change->user_id, &user, error);
    if (status == SJ_OK) {
        sj_end_user changed = *user;
        changed.pin = hash;
        changed.pin_change_required = false;
        status = sj_end_user_put(scope, &changed, SJ_PUT_REPLACE, error);
    }
    if (status == SJ_OK) {
        status = sj_credential_state_put(scope, &state, SJ_PUT_ANY, error);
    }
    sj_record_free(scope, user);
    if (status != SJ_OK) {
        sj_store_rollback(scope);
        return status;
    }
    return sj_store_commit(scope, durable, change, error);
}

static void hashed(void *user, int status, const char *hash) {
    struct change *change = user;
    sj_error error = {0};
    if (status != SJ_OK) {
        refuse(change, EM_DIRECTORY, "the new PIN could not be hashed");
    } else if (write_pin(change, hash, &error) != SJ_OK) {
        refuse(change, EM_DATABASE, error.text);
    }
}

static void verified(void *user, em_code code, const char *cause) {
    struct change *change = user;
    if (code != EM_OK && code != EM_PIN_CHANGE) {
        refuse(change, code, cause);
        return;
    }
    sj_secret_hash(change->scope, change->new_pin, hashed, change);
}

/* What is wrong with the new PIN, or NULL. */
static const char *wrong_with(const struct change *change, const char *again) {
    const size_t length = strlen(change->new_pin);
    if (strcmp(change->new_pin, again) != 0) {
        return "The new PINs differ";
    }
    if (length < PIN_MIN || length > PIN_MAX || strspn(change->new_pin, "0123456789") != length) {
        return "A PIN has 4 to 64 digits";
    }
    return strcmp(change->new_pin, change->old_pin) == 0 ? "The new PIN is the old one" : NULL;
}

static void access_known(void *user, em_code code, const char *cause) {
    struct change *change = user;
    sj_end_user *found = NULL;
    char why[EM_CAUSE_ROOM];
    const char *again = sj_http_param(change->em->scope, change->request, "confirmpin");
    const char *wrong = wrong_with(change, again != NULL ? again : "");
    if (code != EM_OK) {
        refuse(change, code, cause);
    } else if (change->user_id[0] == '\0' || change->old_pin[0] == '\0') {
        refuse(change, EM_BLANK, "user id or PIN is empty");
    } else if (wrong != NULL) {
        say(change, wrong);
    } else {
        if (em_find_user(change->em, EM_LOGIN_TYPE_UID, change->user_id, &found, why) == EM_OK) {
            em_copy(change->user_id, found->user_id);
        }
        em_verify_pin(change->em, change->scope, found, change->old_pin, verified, change);
        sj_record_free(change->em->scope, found);
    }
}

static void on_change(void *user, sj_http_request *request) {
    struct em *em = user;
    sj_scope *scope = sj_scope_open(em->scope, "change of a PIN", NULL, NULL);
    struct change *change = scope != NULL ? sj_scope_alloc(scope, sizeof *change) : NULL;
    if (change == NULL) {
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        sj_http_reply_text(em->scope, request, 503, "text/plain; charset=UTF-8", "out of memory\n");
        return;
    }
    const char *device = sj_http_param(em->scope, request, "device");
    const char *user_id = sj_http_param(em->scope, request, "userid");
    change->em = em;
    change->scope = scope;
    change->request = request;
    em_base_url(em, request, change->base_url);
    em_copy(change->device_name, device);
    em_copy(change->model_name, sj_http_header_value(em->scope, request, "x-CiscoIPPhoneModelName"));
    em_copy(change->user_id, user_id);
    em_copy(change->old_pin, sj_http_param(em->scope, request, "oldpin"));
    em_copy(change->new_pin, sj_http_param(em->scope, request, "newpin"));
    change->page =
        (struct em_page){.base_url = change->base_url, .device_name = change->device_name, .model_name = change->model_name};
    if (!em_given(device)) {
        refuse(change, EM_DEVICE_NAME_EMPTY, "the request names no device");
        return;
    }
    if (user_id == NULL) {
        sj_xml_text page = {0};
        sj_session *session = NULL;
        const bool occupied = sj_session_get(em->scope, change->device_name, &session, NULL) == SJ_OK &&
                              session->state == SJ_SESSION_STATE_ACTIVE;
        em_page_change_pin(&page, &change->page, occupied ? session->user_id : "");
        sj_record_free(em->scope, session);
        send_page(change, &page);
        return;
    }
    char remote_address[SJ_ADDRESS_TEXT];
    (void)sj_address_format(&request->peer, remote_address, sizeof remote_address);
    const struct em_access_request access = {.device_name = change->device_name,
                                             .user_id = change->user_id,
                                             .remote_address = remote_address,
                                             .trace_id = "",
                                             .via_header = sj_http_header_value(em->scope, request, "Via") != NULL};
    em_check_access(em, scope, &access, access_known, change);
}

int em_change_pin_open(struct em *em, sj_error *error) {
    static const char path[] = "/changecredential/ChangeCredentialServlet";
    if (sj_http_route(em->scope, "GET", path, SJ_ROUTE_PHONE, on_change, em, error) == NULL ||
        sj_http_route(em->scope, "POST", path, SJ_ROUTE_PHONE, on_change, em, error) == NULL) {
        return error->code != SJ_OK ? error->code : SJ_E_INTERNAL;
    }
    return SJ_OK;
}
