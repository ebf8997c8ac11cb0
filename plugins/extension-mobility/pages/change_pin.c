/* GET and POST /changecredential/ChangeCredentialServlet: a user changes the PIN on a phone, one of
 * this cluster or a traveller, whose home cluster is asked. */
#include "pages/change_pin.h"

#include "clusters/partner.h"
#include "clusters/visiting_pin.h"
#include "pages/phone_pages.h"
#include "pages/phone_request.h"
#include "parameters/extension_mobility.h"
#include "reporting/announce.h"
#include "reporting/counts.h"
#include "reporting/error_codes.h"
#include "resources/end_user.h"
#include "resources/phone.h"
#include "resources/session.h"
#include "users/pin_change.h"
#include "users/users.h"

struct change {
    struct em_phone_request phone;
    bool visiting;
    char old_pin[EM_PIN_ROOM], new_pin[EM_PIN_ROOM];
};

static void refuse(struct change *change, int code, const char *cause) {
    const struct em_phone_request *phone = &change->phone;
    sj_xml_text page = {0};
    em_announce_failed(phone->em, EM_FAILED_OTHER, phone->device_name, phone->user_id, code, cause,
                       change->visiting, phone->trace_id);
    em_page_message(&page, &phone->page, em_code_entry(code)->login_text);
    em_phone_send(&change->phone, &page, NULL);
}

/* What the user can put right at once. */
static void ask_again(struct change *change, const char *text) {
    sj_xml_text page = {0};
    em_page_pin_again(&page, &change->phone.page, text);
    em_phone_send(&change->phone, &page, NULL);
}

static sj_session *session_on(const struct em_phone_request *phone) {
    sj_session *session = NULL;
    if (sj_session_get(phone->em->scope, phone->device_name, &session, NULL) == SJ_OK &&
        session->state != SJ_SESSION_STATE_ACTIVE) {
        sj_record_free(phone->em->scope, session);
        session = NULL;
    }
    return session;
}

static void changed(void *user, enum em_code code, const char *cause, const char *user_id) {
    struct change *change = user;
    sj_xml_text page = {0};
    (void)user_id;
    if (code == EM_OK) {
        /* On the way to a login the next key leads on to it. */
        sj_session *session = session_on(&change->phone);
        em_page_pin_changed(&page, &change->phone.page, session == NULL);
        sj_record_free(change->phone.em->scope, session);
        em_phone_send(&change->phone, &page, NULL);
    } else if (code == EM_PIN_RULE) {
        ask_again(change, cause);
    } else if (code == EM_PIN_AT_HOME_ONLY) {
        /* The documented texts have no such case; the page says what to do. */
        em_announce_failed(change->phone.em, EM_FAILED_OTHER, change->phone.device_name,
                           change->phone.user_id, EM_PARSING, cause, true, change->phone.trace_id);
        em_page_message(&page, &change->phone.page,
                        "The PIN can only be changed on a phone of your home cluster");
        em_phone_send(&change->phone, &page, NULL);
    } else if (code == EM_NO_REMOTE_CLUSTER) {
        refuse(change, EM_AUTHENTICATION,
               "no user of this cluster has that id, and there is no other cluster to ask");
    } else {
        refuse(change, code, cause);
    }
}

/* A phone of this cluster, or one on which a user of this cluster is logged in. */
static void form(struct change *change) {
    const struct em_phone_request *phone = &change->phone;
    sj_xml_text page = {0};
    sj_error error = {0};
    sj_phone *own = NULL;
    sj_session *session = session_on(phone);
    if (session == NULL &&
        sj_phone_get(phone->em->scope, phone->device_name, &own, &error) != SJ_OK) {
        const bool unknown = error.code == SJ_E_NOT_FOUND || error.code == SJ_E_INVALID;
        refuse(change, unknown ? EM_NO_DEVICE : EM_HOTELING_FLAG, error.text);
        return;
    }
    sj_record_free(phone->em->scope, own);
    em_page_change_pin(&page, &phone->page, sj_param_em_alphanumeric_user_id(phone->em->scope),
                       session != NULL ? session->user_id : "");
    sj_record_free(phone->em->scope, session);
    em_phone_send(&change->phone, &page, NULL);
}

static void access_known(void *user, enum em_code code, const char *cause) {
    struct change *change = user;
    struct em_phone_request *phone = &change->phone;
    struct em *em = phone->em;
    const char *again = em_phone_parameter(phone, "confirmpin");
    if (code != EM_OK) {
        refuse(change, code, cause);
        return;
    }
    if (em_phone_parameter(phone, "userid") == NULL) {
        form(change);
        return;
    }
    if (phone->user_id[0] == '\0' || change->old_pin[0] == '\0') {
        refuse(change, EM_BLANK, "user id or PIN is empty");
        return;
    }
    if (strcmp(change->new_pin, sj_or_empty(again)) != 0) {
        ask_again(change, "The new PINs differ");
        return;
    }
    const struct em_pin_change_request request = {.user_id = phone->user_id,
                                                  .old_pin = change->old_pin,
                                                  .new_pin = change->new_pin,
                                                  .device_name = phone->device_name,
                                                  .trace_id = phone->trace_id,
                                                  .source = phone->remote_address,
                                                  .login_type = phone->login_type};
    if (change->visiting) {
        em_visiting_pin_change(em, phone->scope, &request, changed, change);
    } else {
        em_pin_change(em, &request, changed, change);
    }
}

/* Nobody of this cluster, where there are others to ask. */
static bool is_foreign(const struct em_phone_request *phone) {
    struct em *em = phone->em;
    sj_end_user *found = NULL;
    char cause[EM_CAUSE_ROOM];
    const bool foreign =
        phone->user_id[0] != '\0' && em_partner_exists(em) &&
        em_user_find(em, phone->login_type, phone->user_id, &found, cause) == EM_NO_USER;
    sj_record_free(em->scope, found);
    return foreign;
}

static void on_change(void *user, sj_http_request *request) {
    struct change *change =
        em_phone_request_open(user, request, "change of a PIN page", sizeof *change);
    const char *cause = "";
    if (change == NULL) {
        return;
    }
    struct em_phone_request *phone = &change->phone;
    const bool old_fits = em_phone_copy(phone, "oldpin", change->old_pin, sizeof change->old_pin);
    const bool new_fits = em_phone_copy(phone, "newpin", change->new_pin, sizeof change->new_pin);
    const enum em_code code = em_phone_check_device(phone, &cause);
    if (code != EM_OK) {
        refuse(change, code, cause);
    } else if (!phone->login_type_known) {
        refuse(change, EM_LOGIN_TYPE, "loginType is none of UID, SP, DN");
    } else if (phone->too_long || !old_fits || !new_fits) {
        refuse(change, EM_AUTHENTICATION, "user id or PIN is longer than any");
    } else {
        change->visiting = is_foreign(phone);
        phone->emcc =
            phone->emcc ||
            change->visiting; /* for EMCC Allow Proxy, also without EMCC in the service's URL */
        em_phone_check_access(phone, access_known);
    }
}

int em_change_pin_open(struct em *em, sj_error *error) {
    static const char path[] = "/changecredential/ChangeCredentialServlet";
    if (sj_http_route(em->scope, "GET", path, SJ_ROUTE_PHONE, on_change, em, error) == NULL ||
        sj_http_route(em->scope, "POST", path, SJ_ROUTE_PHONE, on_change, em, error) == NULL) {
        return error->code != SJ_OK ? error->code : SJ_E_INTERNAL;
    }
    return SJ_OK;
}
