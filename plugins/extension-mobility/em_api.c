/* POST /emservice/EMServiceServlet: the Extension Mobility API for applications. Authenticates who asks, carries out logins and
 * logouts, answers queries. Every answer is HTTP 200 with success or failure in the XML. */
#include "em.h"

#include "em_api_document.h"
#include "resources/application_user.h"

#define PROXY_RIGHTS "Standard EM Authentication Proxy Rights"

enum { LOGOUTS_AT_ONCE = 50 };

struct api_call {
    struct em *em;
    sj_scope *scope;
    sj_http_request *request;
    struct api_request wanted;
    bool may_act_for_others;
    char remote_address[SJ_ADDRESS_TEXT], trace_id[EM_TRACE_ROOM];
    char after[EM_DEVICE_ROOM]; /* logoutAll: the last device treated */
};

/* ---- answers ---- */

static void send_document(struct api_call *call, sj_xml_text *document) {
    sj_scope *scope = call->em->scope;
    if (document->failed) {
        sj_http_reply_text(scope, call->request, 503, "text/plain; charset=UTF-8", "out of memory\n");
    } else {
        const sj_http_reply reply = {
            .status = 200, .content_type = EM_PAGE_CONTENT_TYPE, .body = document->data, .body_length = document->length};
        sj_http_reply_send(scope, call->request, &reply);
    }
    sj_xml_text_free(document);
    sj_scope_close(call->scope);
}

static void fail(struct api_call *call, int code, const char *cause) {
    sj_xml_text document = {0};
    em_announce_failed(call->em, call->wanted.names[0], call->wanted.user_id, code, cause, false, call->trace_id);
    api_write_failure(&document, code, em_code_entry(code)->name);
    send_document(call, &document);
}

static void settled(void *user, const struct em_outcome *outcome) {
    struct api_call *call = user;
    sj_xml_text document = {0};
    if (outcome->code == EM_OK) {
        api_write_success(&document);
    } else {
        const int code = outcome->code == EM_CHOOSE_PROFILE ? EM_NO_DEVICE_PROFILE
                         : outcome->code == EM_NO_PROFILE   ? EM_NO_DEVICE_PROFILE
                                                            : outcome->code;
        api_write_failure(&document, code, em_code_entry(code)->name);
    }
    send_document(call, &document);
}

/* ---- actions ---- */

/* Whether the caller may act for this user: an application with the proxy right for anybody, an end user for nobody else. */
static bool may_act_for(const struct api_call *call, const char *user_id) {
    return call->may_act_for_others || strcmp(call->wanted.application_id, user_id) == 0;
}

static void log_in(struct api_call *call) {
    const struct api_request *wanted = &call->wanted;
    enum em_login_type type;
    if (!may_act_for(call, wanted->user_id)) {
        fail(call, EM_NO_PROXY_RIGHTS, "the caller may not log others in");
        return;
    }
    if (!em_login_type_parse(wanted->login_type, &type)) {
        fail(call, EM_LOGIN_TYPE, "loginType is none of UID, SP, DN");
        return;
    }
    const struct em_login_request login = {.device_name = wanted->names[0],
                                           .user_id = wanted->user_id,
                                           .pin = "",
                                           .device_profile = wanted->device_profile,
                                           .remote_address = call->remote_address,
                                           .logout_url = "",
                                           .trace_id = call->trace_id,
                                           .login_type = type,
                                           .by_application = true,
                                           .requested_minutes = wanted->duration_minutes};
    em_login(call->em, &login, settled, call);
}

static void logged_out(void *user, int status, const sj_error *error) {
    struct api_call *call = user;
    sj_xml_text document = {0};
    if (status != SJ_OK) {
        fail(call, EM_DATABASE, error != NULL ? error->text : "");
        return;
    }
    api_write_success(&document);
    send_document(call, &document);
}

static void log_out(struct api_call *call) {
    struct em *em = call->em;
    const char *device_name = call->wanted.names[0];
    sj_session *session = NULL;
    sj_phone *phone = NULL;
    const bool occupied =
        sj_session_get(em->scope, device_name, &session, NULL) == SJ_OK && session->state == SJ_SESSION_STATE_ACTIVE;
    const bool exists = sj_phone_get(em->scope, device_name, &phone, NULL) == SJ_OK;
    if (!occupied && !exists) {
        fail(call, EM_NO_DEVICE, "there is no such phone");
    } else if (exists && !phone->enable_extension_mobility) {
        fail(call, EM_LOGOUT_DISABLED, "Enable Extension Mobility is off on the phone");
    } else if (!occupied) {
        fail(call, EM_NO_USER_LOGGED_IN, "nobody is logged in on the phone");
    } else if (!may_act_for(call, session->user_id)) {
        fail(call, EM_NO_PROXY_RIGHTS, "the caller may not log others out");
    } else {
        em_logout(em, session, "application", session->trace_id, logged_out, call);
    }
    sj_record_free(em->scope, phone);
    sj_record_free(em->scope, session);
}

/* All local sessions, some at a time: each has its own flush and its own change notifications. */
static void log_some_out(void *user) {
    struct api_call *call = user;
    struct em *em = call->em;
    const sj_query local = {
        .field = "kind", .value = "local", .after_key = call->after[0] != '\0' ? call->after : NULL, .limit = LOGOUTS_AT_ONCE};
    sj_list list = {0};
    sj_error error = {0};
    if (sj_session_list(em->scope, &local, &list, &error) != SJ_OK) {
        fail(call, EM_DATABASE, error.text);
        return;
    }
    for (size_t i = 0; i < list.count; i++) {
        em_copy(call->after, sj_session_at(&list, i)->device_name);
        em_logout(em, sj_session_at(&list, i), "application", "", NULL, NULL);
    }
    const bool more = list.count == LOGOUTS_AT_ONCE;
    sj_list_free(em->scope, &list);
    if (!more || sj_timer_start(call->scope, 0, 0, log_some_out, call) == NULL) {
        logged_out(call, SJ_OK, NULL);
    }
}

/* ---- queries ---- */

static void query_devices(struct api_call *call, sj_xml_text *out) {
    sj_scope *scope = call->em->scope;
    api_open_results(out, "deviceUserResults");
    for (size_t i = 0; i < call->wanted.names_count; i++) {
        const char *name = call->wanted.names[i];
        sj_session *session = NULL;
        sj_last_login *last = NULL;
        sj_phone *phone = NULL;
        const bool occupied = sj_session_get(scope, name, &session, NULL) == SJ_OK && session->state == SJ_SESSION_STATE_ACTIVE;
        if (!occupied && sj_phone_get(scope, name, &phone, NULL) != SJ_OK) {
            api_write_device_unknown(out, name);
        } else {
            const bool had = sj_last_login_get(scope, name, &last, NULL) == SJ_OK;
            api_write_device(out, name, occupied ? session->user_id : "", had ? last->user_id : "",
                             occupied && session->kind != SJ_SESSION_KIND_LOCAL);
        }
        sj_record_free(scope, phone);
        sj_record_free(scope, last);
        sj_record_free(scope, session);
    }
    api_close_results(out, "deviceUserResults");
}

static void devices_of_user(struct api_call *call, sj_xml_text *out, const sj_end_user *user) {
    const sj_query query = {.field = "user_id", .value = user->user_id};
    sj_scope *scope = call->em->scope;
    sj_list list = {0};
    size_t written = 0;
    (void)sj_session_list(scope, &query, &list, NULL);
    for (size_t i = 0; i < list.count; i++) {
        const sj_session *session = sj_session_at(&list, i);
        /* A user of another cluster may bear the same id. */
        if (session->state == SJ_SESSION_STATE_ACTIVE && session->kind != SJ_SESSION_KIND_VISITING) {
            sj_xml_text_element(out, "deviceName", session->device_name);
            written++;
        }
    }
    if (written == 0) {
        api_write_empty(out, "none");
    }
    sj_list_free(scope, &list);
}

static void profiles_of_user(sj_xml_text *out, const sj_end_user *user) {
    for (size_t i = 0; i < user->controlled_profiles_count; i++) {
        const char *name = user->controlled_profiles[i];
        const bool is_default =
            em_given(user->default_profile) ? strcmp(user->default_profile, name) == 0 : user->controlled_profiles_count == 1;
        api_write_device_profile(out, name, is_default);
    }
    if (user->controlled_profiles_count == 0) {
        api_write_empty(out, "none");
    }
}

static void query_users(struct api_call *call, sj_xml_text *out) {
    const enum api_kind kind = call->wanted.kind;
    const char *results = kind == API_USER_DEVICES_QUERY ? "userDevicesResults"
                          : kind == API_CHECK_USER       ? "checkUserResults"
                                                         : "deviceProfileResults";
    enum em_login_type type = EM_LOGIN_TYPE_UID;
    (void)em_login_type_parse(call->wanted.login_type, &type);
    api_open_results(out, results);
    for (size_t i = 0; i < call->wanted.names_count; i++) {
        const char *id = call->wanted.names[i];
        char cause[EM_CAUSE_ROOM];
        sj_end_user *user = NULL;
        api_open_user(out, id);
        if (em_find_user(call->em, type, id, &user, cause) != EM_OK) {
            api_write_empty(out, "doesNotExist");
        } else if (kind == API_CHECK_USER) {
            api_write_empty(out, "exists");
        } else if (kind == API_USER_DEVICES_QUERY) {
            devices_of_user(call, out, user);
        } else {
            profiles_of_user(out, user);
        }
        api_close_user(out);
        sj_record_free(call->em->scope, user);
    }
    api_close_results(out, results);
}

static void query(struct api_call *call) {
    sj_xml_text document = {0};
    for (size_t i = 0; i < call->wanted.names_count && call->wanted.kind != API_DEVICE_USER_QUERY; i++) {
        if (!may_act_for(call, call->wanted.names[i])) {
            fail(call, EM_NO_PROXY_RIGHTS, "the caller may ask for itself only");
            return;
        }
    }
    if (call->wanted.kind == API_DEVICE_USER_QUERY) {
        query_devices(call, &document);
    } else {
        query_users(call, &document);
    }
    send_document(call, &document);
}

/* ---- who asks ---- */

static void access_known(void *user, em_code code, const char *cause) {
    struct api_call *call = user;
    if (code != EM_OK) {
        fail(call, code, cause);
        return;
    }
    switch (call->wanted.kind) {
    case API_LOGIN: log_in(call); break;
    case API_LOGOUT: log_out(call); break;
    case API_LOGOUT_ALL:
        if (call->may_act_for_others) {
            log_some_out(call);
        } else {
            fail(call, EM_NO_PROXY_RIGHTS, "the caller may not log others out");
        }
        break;
    default: query(call); break;
    }
}

static void authenticated(void *user, em_code code, const char *cause) {
    struct api_call *call = user;
    if (code != EM_OK) {
        fail(call, code == EM_DIRECTORY ? EM_USER_INFORMATION : EM_INVALID_APPLICATION_USER, cause);
        return;
    }
    const struct em_access_request access = {.device_name = call->wanted.names[0],
                                             .user_id = call->wanted.user_id,
                                             .remote_address = call->remote_address,
                                             .trace_id = call->trace_id,
                                             .application_user = call->wanted.application_id,
                                             .via_header = call->wanted.via_header};
    em_check_access(call->em, call->scope, &access, access_known, call);
}

static void authenticate(struct api_call *call) {
    struct em *em = call->em;
    const char *id = call->wanted.application_id;
    sj_application_user *application = NULL;
    sj_end_user *person = NULL;
    if (call->wanted.encrypted_certificate) {
        fail(call, EM_INVALID_APPLICATION_USER, "appEncryptedCertificate is for the node's own use; send appCertificate");
        return;
    }
    if (em_given(id) && sj_application_user_get(em->scope, id, &application, NULL) == SJ_OK) {
        for (size_t i = 0; i < application->roles_count; i++) {
            call->may_act_for_others = call->may_act_for_others || strcmp(application->roles[i], PROXY_RIGHTS) == 0;
        }
    } else if (em_given(id) && sj_end_user_get(em->scope, id, &person, NULL) == SJ_OK) {
        for (size_t i = 0; i < person->roles_count; i++) {
            call->may_act_for_others = call->may_act_for_others || strcmp(person->roles[i], PROXY_RIGHTS) == 0;
        }
    }
    const struct em_credential credential = {.user_id = id,
                                             .kind = "password",
                                             .hash = application != NULL ? application->password
                                                     : person != NULL    ? person->password
                                                                         : "",
                                             .refused = application == NULL && person == NULL ? "there is no such user"
                                                        : person != NULL && !person->enabled  ? "the user is disabled"
                                                                                              : NULL};
    em_verify_credential(em, call->scope, &credential, call->wanted.certificate, authenticated, call);
    explicit_bzero(call->wanted.certificate, sizeof call->wanted.certificate);
    sj_record_free(em->scope, application);
    sj_record_free(em->scope, person);
}

static void on_service(void *user, sj_http_request *request) {
    struct em *em = user;
    sj_scope *scope = sj_scope_open(em->scope, "application", NULL, NULL);
    struct api_call *call = scope != NULL ? sj_scope_alloc(scope, sizeof *call) : NULL;
    char why[256];
    if (call == NULL) {
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        sj_http_reply_text(em->scope, request, 503, "text/plain; charset=UTF-8", "out of memory\n");
        return;
    }
    call->em = em;
    call->scope = scope;
    call->request = request;
    sj_random_hex(em->scope, call->trace_id, 32);
    const char *xml = sj_http_param(em->scope, request, "xml");
    if (xml == NULL) {
        fail(call, EM_PARSING, "there is no form field xml; expected application/x-www-form-urlencoded");
        return;
    }
    const em_code code = api_request_parse(xml, strlen(xml), &call->wanted, why);
    if (code != EM_OK) {
        fail(call, code, why);
        return;
    }
    if (!em->ready) {
        fail(call, EM_DATABASE, "the sessions could not be read from the store");
        return;
    }
    (void)sj_address_format(&request->peer, call->remote_address, sizeof call->remote_address);
    if (em_given(call->wanted.remote_address)) {
        em_copy(call->remote_address, call->wanted.remote_address);
    }
    call->wanted.via_header = call->wanted.via_header || sj_http_header_value(em->scope, request, "Via") != NULL;
    authenticate(call);
}

int em_api_open(struct em *em, sj_error *error) {
    return sj_http_route(em->scope, "POST", "/emservice/EMServiceServlet", SJ_ROUTE_PHONE, on_service, em, error) != NULL
               ? SJ_OK
           : error->code != SJ_OK ? error->code
                                  : SJ_E_INTERNAL;
}
