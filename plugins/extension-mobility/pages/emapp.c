/* GET and POST /emapp/EMAppServlet: the pages of Extension Mobility on phones. Decides which page a
 * request gets. */
#include "pages/emapp.h"

#include <stdlib.h>

#include "pages/phone_pages.h"
#include "pages/phone_request.h"
#include "parameters/extension_mobility.h"
#include "reporting/announce.h"
#include "reporting/counts.h"
#include "reporting/error_codes.h"
#include "resources/phone.h"
#include "resources/phone_model.h"
#include "resources/session.h"
#include "sessions/login.h"
#include "sessions/logout.h"
#include "sessions/logout_right.h"
#include "sessions/operation.h"
#include "users/login_type.h"

enum { KEEP_MS = 120000, KEPT_MAX = 1000 };

/* A PIN that was right, while its user chooses a device profile: so the PIN stands in no URL of the
 * menu. */
struct em_kept_pin {
    sj_list_link link;
    uint64_t until_ms;
    char token[33], device_name[EM_DEVICE_ROOM], user_id[EM_USER_ROOM], pin[EM_PIN_ROOM];
    sj_login_type login_type;
};

struct emapp_request {
    struct em_phone_request phone;
    bool logout, home_lost, has_user_id, has_pin;
    char pin[EM_PIN_ROOM], profile[EM_NAME_ROOM];
    char token[33]; /* of a PIN that is kept; the parameter "choice" */
    char proof[33];
};

/* ---- PINs that are kept ---- */

static void drop(struct em_kept_pin *pin) {
    sj_list_remove(&pin->link);
    explicit_bzero(pin, sizeof *pin);
    free(pin);
}

static void drop_old_pins(struct em *em) {
    const uint64_t now = sj_monotonic_ms(em->scope);
    size_t kept = 0;
    SJ_LIST_EACH(pin, &em->kept_pins, struct em_kept_pin, link) {
        if (pin->until_ms <= now || kept >= KEPT_MAX) {
            drop(pin);
        } else {
            kept++;
        }
    }
}

static const char *keep_pin(struct emapp_request *request) {
    struct em *em = request->phone.em;
    struct em_kept_pin *pin = calloc(1, sizeof *pin);
    if (pin == NULL) {
        return NULL;
    }
    drop_old_pins(em);
    pin->until_ms = sj_monotonic_ms(em->scope) + KEEP_MS;
    pin->login_type = request->phone.login_type;
    sj_random_hex(em->scope, pin->token, 32);
    em_copy(pin->device_name, request->phone.device_name);
    em_copy(pin->user_id, request->phone.user_id);
    em_copy(pin->pin, request->pin);
    sj_list_add_first(&em->kept_pins, &pin->link);
    return pin->token;
}

/* What the user had typed, from the menu's token; it counts once. */
static bool take_pin(struct emapp_request *request) {
    struct em *em = request->phone.em;
    drop_old_pins(em);
    SJ_LIST_EACH(pin, &em->kept_pins, struct em_kept_pin, link) {
        if (strcmp(pin->token, request->token) == 0 &&
            strcmp(pin->device_name, request->phone.device_name) == 0) {
            em_copy(request->phone.user_id, pin->user_id);
            em_copy(request->pin, pin->pin);
            request->phone.login_type = pin->login_type;
            drop(pin);
            return true;
        }
    }
    return false;
}

void em_emapp_close(struct em *em) {
    SJ_LIST_EACH(pin, &em->kept_pins, struct em_kept_pin, link) {
        drop(pin);
    }
}

/* ---- answers ---- */

static void send_page(struct emapp_request *request, sj_xml_text *page, const char *refresh) {
    em_phone_send(&request->phone, page, refresh);
}

static void send_error(struct emapp_request *request, int code) {
    sj_xml_text page = {0};
    em_page_error(&page, &request->phone.page, code, !request->logout);
    send_page(request, &page, NULL);
}

static void refuse(struct emapp_request *request, int code, const char *cause) {
    em_announce_failed(request->phone.em, request->logout ? EM_FAILED_LOGOUT : EM_FAILED_LOGIN,
                       request->phone.device_name, request->phone.user_id, code, cause,
                       request->phone.emcc, request->phone.trace_id);
    send_error(request, code);
}

static void show_outcome(void *user, const struct em_outcome *outcome) {
    struct emapp_request *request = user;
    sj_xml_text page = {0}, refresh = {0};
    if (outcome->code == EM_CHOOSE_PROFILE) {
        const char *token = keep_pin(request);
        if (token == NULL) {
            send_error(request, EM_DATABASE);
            return;
        }
        em_page_profile_menu(&page, &request->phone.page, token, outcome->profiles,
                             outcome->profiles_count);
        send_page(request, &page, NULL);
    } else if (outcome->code == EM_OK) {
        const bool clear = outcome->emcc || sj_param_em_clear_call_logs_on_intra_cluster_em(
                                                request->phone.em->scope);
        em_page_success(&page, &request->phone.page, !request->logout);
        em_page_refresh(&refresh, &request->phone.page, clear);
        send_page(request, &page, refresh.failed ? NULL : refresh.data);
        sj_xml_text_free(&refresh);
    } else {
        send_error(request, outcome->code);
    }
}

/* ---- what the phone wants ---- */

static void first_page(struct emapp_request *request) {
    struct em *em = request->phone.em;
    sj_xml_text page = {0};
    sj_session *session = NULL;
    sj_phone *phone = NULL;
    sj_last_login *last = NULL;
    sj_error error = {0};
    const int status = sj_session_get(em->scope, request->phone.device_name, &session, &error);
    if (status != SJ_OK && status != SJ_E_NOT_FOUND && status != SJ_E_INVALID) {
        refuse(request, EM_HOTELING_STATUS, error.text);
    } else if (status == SJ_OK && session->state == SJ_SESSION_STATE_ACTIVE) {
        em_page_logout_question(&page, &request->phone.page, session->user_id);
        send_page(request, &page, NULL);
    } else if (sj_phone_get(em->scope, request->phone.device_name, &phone, &error) != SJ_OK) {
        refuse(request,
               error.code == SJ_E_NOT_FOUND || error.code == SJ_E_INVALID ? EM_NO_DEVICE
                                                                          : EM_HOTELING_FLAG,
               error.text);
    } else if (!phone->enable_extension_mobility) {
        refuse(request, EM_LOGIN_DISABLED, "Enable Extension Mobility is off on the phone");
    } else {
        const bool remember =
            sj_param_em_remember_the_last_user_logged_in(em->scope) &&
            request->phone.login_type == SJ_LOGIN_TYPE_UID &&
            sj_last_login_get(em->scope, request->phone.device_name, &last, NULL) == SJ_OK;
        em_page_login_form(&page, &request->phone.page, sj_param_em_alphanumeric_user_id(em->scope),
                           remember ? last->user_id : "");
        send_page(request, &page, NULL);
    }
    sj_record_free(em->scope, last);
    sj_record_free(em->scope, phone);
    sj_record_free(em->scope, session);
}

static void log_in(struct emapp_request *request) {
    const struct em_phone_request *phone = &request->phone;
    struct em_login_request login = {
        .login_type = phone->login_type, .emcc = phone->emcc, .via_header = phone->via_header};
    em_copy(login.device_name, phone->device_name);
    em_copy(login.user_id, phone->user_id);
    em_copy(login.pin, request->pin);
    em_copy(login.device_profile, request->profile);
    em_copy(login.remote_address, phone->remote_address);
    em_copy(login.source, phone->remote_address);
    em_copy(login.trace_id, phone->trace_id);
    em_emapp_logout_url(phone->em, phone->base_url, phone->device_name, login.logout_url);
    em_login_start(phone->em, &login, show_outcome, request);
}

static void right_checked(void *user, enum em_code code, const char *cause) {
    struct emapp_request *request = user;
    if (code != EM_OK) {
        refuse(request, code, cause);
    } else {
        em_logout_by_phone(request->phone.em, request->phone.device_name, request->home_lost,
                           request->phone.trace_id, show_outcome, request);
    }
}

static void access_known(void *user, enum em_code code, const char *cause) {
    struct emapp_request *request = user;
    if (code != EM_OK) {
        refuse(request, code, cause);
    } else if (request->logout) {
        em_logout_check_right(request->phone.em, request->phone.scope, request->phone.device_name,
                              request->phone.remote_address, request->proof, right_checked,
                              request);
    } else if (request->token[0] != '\0') {
        if (take_pin(request)) {
            log_in(request);
        } else {
            refuse(request, EM_AUTHENTICATION,
                   "the choice of a device profile came too late, twice, or from another phone");
        }
    } else if (!request->has_user_id && !request->has_pin) {
        first_page(request);
    } else if (request->phone.user_id[0] == '\0' || request->pin[0] == '\0') {
        refuse(request, EM_BLANK, "user id or PIN is empty");
    } else {
        log_in(request);
    }
}

/* ---- the request ---- */

static void on_servlet(void *user, sj_http_request *http) {
    struct em *em = user;
    struct emapp_request *request = em_phone_request_open(em, http, "phone page", sizeof *request);
    const char *cause = "";
    if (request == NULL) {
        return;
    }
    const struct em_phone_request *phone = &request->phone;
    const bool pin_fits = em_phone_copy(phone, "seq", request->pin, sizeof request->pin);
    (void)em_phone_copy(phone, "profile", request->profile, sizeof request->profile);
    (void)em_phone_copy(phone, "choice", request->token, sizeof request->token);
    (void)em_phone_copy(phone, "proof", request->proof, sizeof request->proof);
    request->has_user_id = em_phone_parameter(phone, "userid") != NULL;
    request->has_pin = em_phone_parameter(phone, "seq") != NULL;
    request->logout = em_phone_parameter_is_true(phone, "doLogout") ||
                      em_phone_parameter_is_true(phone, "Logout");
    request->home_lost = em_phone_parameter_is_true(phone, "homeLost");
    const enum em_code code = em_phone_check_device(phone, &cause);
    if (code != EM_OK) {
        refuse(request, code, cause);
    } else if (em_phone_parameter_is_true(phone, "clearCallLogs")) {
        sj_xml_text page = {0};
        em_page_clear_call_logs(&page);
        send_page(request, &page, NULL);
    } else if (!em->ready) {
        refuse(request, EM_INITIALISATION, "the sessions could not be read from the store");
    } else if (!phone->login_type_known) {
        refuse(request, EM_LOGIN_TYPE, "loginType is none of UID, SP, DN");
    } else if (phone->too_long || !pin_fits) {
        refuse(request, EM_AUTHENTICATION, "user id or PIN is longer than any");
    } else {
        em_phone_check_access(&request->phone, access_known);
    }
}

void em_emapp_logout_url(struct em *em, const char *base_url, const char *device_name,
                         char url[EM_URL_ROOM]) {
    const sj_node *node = em->scope->host->node;
    sj_xml_text text = {0};
    char own[EM_BASE_URL_ROOM];
    em_print(own, sizeof own, "http://%s:%d", node->address, node->http_port);
    sj_xml_text_raw(&text, base_url != NULL ? base_url : own);
    sj_xml_text_raw(&text, "/emapp/EMAppServlet?device=");
    sj_xml_text_percent(&text, device_name);
    sj_xml_text_raw(&text, "&doLogout=true");
    em_print(url, EM_URL_ROOM, "%s", text.failed || text.length >= EM_URL_ROOM ? "" : text.data);
    sj_xml_text_free(&text);
}

int em_emapp_open(struct em *em, sj_error *error) {
    if (sj_http_route(em->scope, "GET", "/emapp/EMAppServlet", SJ_ROUTE_PHONE, on_servlet, em,
                      error) == NULL ||
        sj_http_route(em->scope, "POST", "/emapp/EMAppServlet", SJ_ROUTE_PHONE, on_servlet, em,
                      error) == NULL) {
        return error->code != SJ_OK ? error->code : SJ_E_INTERNAL;
    }
    return SJ_OK;
}
