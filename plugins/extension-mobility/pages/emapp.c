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

enum { CHOICE_MS = 120000, MAX_CHOICES = 1000 };

/* A PIN that was right, while its user chooses a device profile: so the PIN stands in no URL of the
 * menu. */
struct em_choice {
    sj_list_link link;
    uint64_t until_ms;
    char token[33], device_name[EM_DEVICE_ROOM], user_id[EM_USER_ROOM], pin[129];
    sj_login_type login_type;
};

struct visit {
    struct em_phone_request phone;
    bool logout, home_lost, has_user_id, has_pin;
    char pin[129], profile[EM_NAME_ROOM], choice[33], proof[33];
};

/* ---- choices ---- */

static void drop(struct em_choice *choice) {
    sj_list_remove(&choice->link);
    explicit_bzero(choice, sizeof *choice);
    free(choice);
}

static void drop_old_choices(struct em *em) {
    const uint64_t now = sj_monotonic_ms(em->scope);
    size_t kept = 0;
    SJ_LIST_EACH(choice, &em->choices, struct em_choice, link) {
        if (choice->until_ms <= now || kept >= MAX_CHOICES) {
            drop(choice);
        } else {
            kept++;
        }
    }
}

static const char *keep_choice(struct visit *visit) {
    struct em *em = visit->phone.em;
    struct em_choice *choice = calloc(1, sizeof *choice);
    if (choice == NULL) {
        return NULL;
    }
    drop_old_choices(em);
    choice->until_ms = sj_monotonic_ms(em->scope) + CHOICE_MS;
    choice->login_type = visit->phone.login_type;
    sj_random_hex(em->scope, choice->token, 32);
    em_copy(choice->device_name, visit->phone.device_name);
    em_copy(choice->user_id, visit->phone.user_id);
    em_copy(choice->pin, visit->pin);
    sj_list_add_first(&em->choices, &choice->link);
    return choice->token;
}

/* What the user had typed, from the menu's token; it counts once. */
static bool take_choice(struct visit *visit) {
    struct em *em = visit->phone.em;
    drop_old_choices(em);
    SJ_LIST_EACH(choice, &em->choices, struct em_choice, link) {
        if (strcmp(choice->token, visit->choice) == 0 &&
            strcmp(choice->device_name, visit->phone.device_name) == 0) {
            em_copy(visit->phone.user_id, choice->user_id);
            em_copy(visit->pin, choice->pin);
            visit->phone.login_type = choice->login_type;
            drop(choice);
            return true;
        }
    }
    return false;
}

void em_emapp_close(struct em *em) {
    SJ_LIST_EACH(choice, &em->choices, struct em_choice, link) {
        drop(choice);
    }
}

/* ---- answers ---- */

static void send_page(struct visit *visit, sj_xml_text *page, const char *refresh) {
    em_phone_send(&visit->phone, page, refresh);
}

static void send_error(struct visit *visit, int code) {
    sj_xml_text page = {0};
    em_page_error(&page, &visit->phone.page, code, !visit->logout);
    send_page(visit, &page, NULL);
}

static void refuse(struct visit *visit, int code, const char *cause) {
    em_announce_failed(visit->phone.em, visit->logout ? EM_FAILED_LOGOUT : EM_FAILED_LOGIN,
                       visit->phone.device_name, visit->phone.user_id, code, cause,
                       visit->phone.emcc, visit->phone.trace_id);
    send_error(visit, code);
}

static void settled(void *user, const struct em_outcome *outcome) {
    struct visit *visit = user;
    sj_xml_text page = {0}, refresh = {0};
    if (outcome->code == EM_CHOOSE_PROFILE) {
        const char *token = keep_choice(visit);
        if (token == NULL) {
            send_error(visit, EM_DATABASE);
            return;
        }
        em_page_profile_menu(&page, &visit->phone.page, token, outcome->profiles,
                             outcome->profiles_count);
        send_page(visit, &page, NULL);
    } else if (outcome->code == EM_OK) {
        const bool clear = outcome->emcc ||
                           sj_param_em_clear_call_logs_on_intra_cluster_em(visit->phone.em->scope);
        em_page_success(&page, &visit->phone.page, !visit->logout);
        em_page_refresh(&refresh, &visit->phone.page, clear);
        send_page(visit, &page, refresh.failed ? NULL : refresh.data);
        sj_xml_text_free(&refresh);
    } else {
        send_error(visit, outcome->code);
    }
}

/* ---- what the phone wants ---- */

static void first_page(struct visit *visit) {
    struct em *em = visit->phone.em;
    sj_xml_text page = {0};
    sj_session *session = NULL;
    sj_phone *phone = NULL;
    sj_last_login *last = NULL;
    sj_error error = {0};
    const int status = sj_session_get(em->scope, visit->phone.device_name, &session, &error);
    if (status != SJ_OK && status != SJ_E_NOT_FOUND && status != SJ_E_INVALID) {
        refuse(visit, EM_HOTELING_STATUS, error.text);
    } else if (status == SJ_OK && session->state == SJ_SESSION_STATE_ACTIVE) {
        em_page_logout_question(&page, &visit->phone.page, session->user_id);
        send_page(visit, &page, NULL);
    } else if (sj_phone_get(em->scope, visit->phone.device_name, &phone, &error) != SJ_OK) {
        refuse(visit,
               error.code == SJ_E_NOT_FOUND || error.code == SJ_E_INVALID ? EM_NO_DEVICE
                                                                          : EM_HOTELING_FLAG,
               error.text);
    } else if (!phone->enable_extension_mobility) {
        refuse(visit, EM_LOGIN_DISABLED, "Enable Extension Mobility is off on the phone");
    } else {
        const bool remember =
            sj_param_em_remember_the_last_user_logged_in(em->scope) &&
            visit->phone.login_type == SJ_LOGIN_TYPE_UID &&
            sj_last_login_get(em->scope, visit->phone.device_name, &last, NULL) == SJ_OK;
        em_page_login_form(&page, &visit->phone.page, sj_param_em_alphanumeric_user_id(em->scope),
                           remember ? last->user_id : "");
        send_page(visit, &page, NULL);
    }
    sj_record_free(em->scope, last);
    sj_record_free(em->scope, phone);
    sj_record_free(em->scope, session);
}

static void log_in(struct visit *visit) {
    char logout_url[EM_URL_ROOM];
    em_emapp_logout_url(visit->phone.em, visit->phone.base_url, visit->phone.device_name,
                        logout_url);
    const struct em_login_request login = {.device_name = visit->phone.device_name,
                                           .user_id = visit->phone.user_id,
                                           .pin = visit->pin,
                                           .device_profile = visit->profile,
                                           .remote_address = visit->phone.remote_address,
                                           .source = visit->phone.remote_address,
                                           .logout_url = logout_url,
                                           .trace_id = visit->phone.trace_id,
                                           .login_type = visit->phone.login_type,
                                           .emcc = visit->phone.emcc,
                                           .via_header = visit->phone.via_header};
    em_login_start(visit->phone.em, &login, settled, visit);
}

static void right_checked(void *user, enum em_code code, const char *cause) {
    struct visit *visit = user;
    if (code != EM_OK) {
        refuse(visit, code, cause);
    } else {
        em_logout_by_phone(visit->phone.em, visit->phone.device_name, visit->home_lost,
                           visit->phone.trace_id, settled, visit);
    }
}

static void access_known(void *user, enum em_code code, const char *cause) {
    struct visit *visit = user;
    if (code != EM_OK) {
        refuse(visit, code, cause);
    } else if (visit->logout) {
        em_logout_check_right(visit->phone.em, visit->phone.scope, visit->phone.device_name,
                              visit->phone.remote_address, visit->proof, right_checked, visit);
    } else if (visit->choice[0] != '\0') {
        if (take_choice(visit)) {
            log_in(visit);
        } else {
            refuse(visit, EM_AUTHENTICATION,
                   "the choice of a device profile came too late, twice, or from another phone");
        }
    } else if (!visit->has_user_id && !visit->has_pin) {
        first_page(visit);
    } else if (visit->phone.user_id[0] == '\0' || visit->pin[0] == '\0') {
        refuse(visit, EM_BLANK, "user id or PIN is empty");
    } else {
        log_in(visit);
    }
}

/* ---- the request ---- */

static void on_servlet(void *user, sj_http_request *request) {
    struct em *em = user;
    struct visit *visit = em_phone_request_open(em, request, "phone page", sizeof *visit);
    const char *cause = "";
    if (visit == NULL) {
        return;
    }
    const struct em_phone_request *phone = &visit->phone;
    const bool pin_fits = em_phone_copy(phone, "seq", visit->pin, sizeof visit->pin);
    (void)em_phone_copy(phone, "profile", visit->profile, sizeof visit->profile);
    (void)em_phone_copy(phone, "choice", visit->choice, sizeof visit->choice);
    (void)em_phone_copy(phone, "proof", visit->proof, sizeof visit->proof);
    visit->has_user_id = em_phone_parameter(phone, "userid") != NULL;
    visit->has_pin = em_phone_parameter(phone, "seq") != NULL;
    visit->logout = em_phone_parameter_is_true(phone, "doLogout") ||
                    em_phone_parameter_is_true(phone, "Logout");
    visit->home_lost = em_phone_parameter_is_true(phone, "homeLost");
    const enum em_code code = em_phone_check_device(phone, &cause);
    if (code != EM_OK) {
        refuse(visit, code, cause);
    } else if (em_phone_parameter_is_true(phone, "clearCallLogs")) {
        sj_xml_text page = {0};
        em_page_clear_call_logs(&page);
        send_page(visit, &page, NULL);
    } else if (!em->ready) {
        refuse(visit, EM_INITIALISATION, "the sessions could not be read from the store");
    } else if (!phone->login_type_known) {
        refuse(visit, EM_LOGIN_TYPE, "loginType is none of UID, SP, DN");
    } else if (phone->too_long || !pin_fits) {
        refuse(visit, EM_AUTHENTICATION, "user id or PIN is longer than any");
    } else {
        em_phone_check_access(&visit->phone, access_known);
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
