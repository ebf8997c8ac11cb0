/* POST /emservice/EMServiceServlet: the Extension Mobility API for applications. Reads a call,
 * authenticates who asks, hands it to em_api_actions.c or em_api_queries.c, and writes what came of
 * it: HTTP 200 with success or failure in the XML. */
#include "applications/em_api.h"

#include <stdlib.h>
#include <strings.h>

#include "applications/em_api_document.h"
#include "pages/phone_pages.h"
#include "reporting/announce.h"
#include "reporting/counts.h"
#include "reporting/error_codes.h"
#include "resources/application_user.h"
#include "resources/end_user.h"
#include "users/access.h"
#include "users/credentials.h"

#define PROXY_RIGHTS "Standard EM Authentication Proxy Rights"

/* ---- answers ---- */

void em_api_answer(struct em_api_call *call, sj_xml_text *document) {
    sj_scope *scope = call->em->scope;
    if (document->failed) {
        sj_http_reply_text(scope, call->request, 503, "text/plain; charset=UTF-8",
                           "out of memory\n");
    } else {
        const sj_http_reply reply = {.status = 200,
                                     .content_type = EM_PAGE_CONTENT_TYPE,
                                     .body = document->data,
                                     .body_length = document->length};
        sj_http_reply_send(scope, call->request, &reply);
    }
    sj_xml_text_free(document);
    sj_scope_close(call->scope);
}

static bool is_action(const struct em_api_call *call) {
    return call->wanted.kind == API_LOGIN || call->wanted.kind == API_LOGOUT ||
           call->wanted.kind == API_LOGOUT_ALL;
}

/* Who did what, for the audit. */
static void note(const struct em_api_call *call, const char *outcome) {
    static const char *const names[] = {"login", "logout", "logoutAll"};
    const struct em_api_request *wanted = &call->wanted;
    const bool of_user = sj_given(wanted->user_id), on_device = wanted->names_count > 0;
    sj_log_info(call->em->scope, "application %s at %s: %s%s%s%s%s%s: %s (trace %s)",
                wanted->application_id, call->peer_address, names[wanted->kind],
                of_user ? " of " : "", wanted->user_id, on_device ? " on " : "",
                on_device ? wanted->names[0] : "", wanted->emcc ? ", other clusters too" : "",
                outcome, call->trace_id);
}

void em_api_succeed(struct em_api_call *call) {
    sj_xml_text document = {0};
    note(call, "done");
    em_api_write_success(&document);
    em_api_answer(call, &document);
}

void em_api_refuse(struct em_api_call *call, int code) {
    sj_xml_text document = {0};
    char outcome[64];
    em_print(outcome, sizeof outcome, "refused with %d", code);
    if (is_action(call) && sj_given(call->wanted.application_id)) {
        note(call, outcome);
    }
    if (call->documented && call->wanted.query) {
        em_api_write_failure_message(&document, code, em_code_entry(code)->name);
    } else {
        em_api_write_failure(&document, code, em_code_entry(code)->name);
    }
    em_api_answer(call, &document);
}

void em_api_fail(struct em_api_call *call, int code, const char *cause) {
    const enum api_kind kind = call->wanted.kind;
    const bool of_users = kind == API_USER_DEVICES_QUERY || kind == API_CHECK_USER ||
                          kind == API_DEVICE_PROFILE_QUERY;
    em_announce_failed_for(call->em,
                           kind == API_LOGIN                              ? EM_FAILED_LOGIN
                           : kind == API_LOGOUT || kind == API_LOGOUT_ALL ? EM_FAILED_LOGOUT
                                                                          : EM_FAILED_OTHER,
                           of_users ? "" : call->wanted.names[0],
                           of_users ? call->wanted.names[0] : call->wanted.user_id, code, cause,
                           call->wanted.emcc, call->trace_id, call->wanted.application_id);
    em_api_refuse(call, code);
}

/* ---- who asks ---- */

bool em_api_may_act_for(const struct em_api_call *call, const char *user_id) {
    return call->may_act_for_others || strcmp(call->wanted.application_id, user_id) == 0;
}

const char *em_api_application(const struct em_api_call *call) {
    return call->may_act_for_others ? call->wanted.application_id : "";
}

static void access_known(void *user, enum em_code code, const char *cause) {
    struct em_api_call *call = user;
    if (code != EM_OK) {
        em_api_fail(call, code, cause);
        return;
    }
    switch (call->wanted.kind) {
    case API_LOGIN: em_api_log_in(call); break;
    case API_LOGOUT: em_api_log_out(call); break;
    case API_LOGOUT_ALL: em_api_log_all_out(call); break;
    default: em_api_query(call); break;
    }
}

static void authenticated(void *user, enum em_code code, const char *cause) {
    struct em_api_call *call = user;
    if (code != EM_OK) {
        em_api_fail(call,
                    code == EM_DIRECTORY         ? EM_USER_INFORMATION
                    : code == EM_BUSY            ? EM_BUSY
                    : code == EM_CHANGE_PASSWORD ? EM_CHANGE_PASSWORD
                                                 : EM_INVALID_APPLICATION_USER,
                    cause);
        return;
    }
    const struct em_access_request access = {.device_name = call->wanted.names[0],
                                             .user_id = call->wanted.user_id,
                                             .remote_address = call->remote_address,
                                             .trace_id = call->trace_id,
                                             .application_user = call->wanted.application_id,
                                             .via_header = call->wanted.via_header,
                                             .emcc = call->wanted.emcc};
    em_access_check(call->em, call->scope, &access, access_known, call);
}

static void authenticate(struct em_api_call *call) {
    struct em *em = call->em;
    const char *id = call->wanted.application_id;
    sj_application_user *application = NULL;
    sj_end_user *person = NULL;
    if (call->wanted.encrypted_certificate) {
        em_api_fail(call, EM_INVALID_APPLICATION_USER,
                    "appEncryptedCertificate is for the node's own use; send appCertificate");
        return;
    }
    if (sj_given(id) && sj_application_user_get(em->scope, id, &application, NULL) == SJ_OK) {
        for (size_t i = 0; i < application->roles_count; i++) {
            call->may_act_for_others =
                call->may_act_for_others || strcmp(application->roles[i], PROXY_RIGHTS) == 0;
        }
    } else if (sj_given(id) && sj_end_user_get(em->scope, id, &person, NULL) == SJ_OK) {
        for (size_t i = 0; i < person->roles_count; i++) {
            call->may_act_for_others =
                call->may_act_for_others || strcmp(person->roles[i], PROXY_RIGHTS) == 0;
        }
    }
    const struct em_credential credential = {
        .user_id = id,
        .kind = "password",
        .source = call->peer_address,
        .hash = application != NULL ? application->password
                : person != NULL    ? person->password
                                    : "",
        .refused = application == NULL && person == NULL ? "there is no such user"
                   : person != NULL && !person->enabled  ? "the user is disabled"
                                                         : NULL,
        .change_required = application != NULL ? application->password_change_required
                                               : person != NULL && person->password_change_required,
        .does_not_expire = application != NULL
                               ? application->password_does_not_expire
                               : person != NULL && person->password_does_not_expire};
    em_credential_verify(em, call->scope, &credential, call->wanted.certificate, authenticated,
                         call);
    explicit_bzero(call->wanted.certificate, sizeof call->wanted.certificate);
    sj_record_free(em->scope, application);
    sj_record_free(em->scope, person);
}

/* However it ends. */
static void closed(void *user) {
    struct em_api_call *call = user;
    explicit_bzero(&call->wanted, sizeof call->wanted); /* PIN and password */
    free(call);
}

static void on_service(void *user, sj_http_request *request) {
    struct em *em = user;
    struct em_api_call *call = calloc(1, sizeof *call);
    sj_scope *scope = call != NULL ? sj_scope_open(em->scope, "application", closed, call) : NULL;
    char why[256];
    if (scope == NULL) {
        free(call);
        sj_http_reply_text(em->scope, request, 503, "text/plain; charset=UTF-8", "out of memory\n");
        return;
    }
    call->em = em;
    call->scope = scope;
    call->request = request;
    sj_random_hex(em->scope, call->trace_id, 32);
    (void)sj_address_format(&request->peer, call->peer_address, sizeof call->peer_address);
    const char *wanted_form = sj_http_param(em->scope, request, "form");
    call->documented = wanted_form != NULL && strcmp(wanted_form, "documented") == 0;
    static const char form[] = "application/x-www-form-urlencoded";
    const bool is_form = strncasecmp(request->content_type, form, sizeof form - 1) == 0;
    size_t length = 0;
    char *xml =
        is_form ? em_api_form_field(request->body, request->body_length, "xml", &length) : NULL;
    if (xml == NULL) {
        em_api_fail(call, EM_PARSING,
                    "there is no form field xml; expected application/x-www-form-urlencoded");
        return;
    }
    const enum em_code code = em_api_request_parse(xml, length, &call->wanted, why);
    explicit_bzero(xml, length);
    free(xml);
    if (code != EM_OK) {
        em_api_fail(call, code, why);
        return;
    }
    if (!em->ready) {
        em_api_fail(call, EM_DATABASE, "the sessions could not be read from the store");
        return;
    }
    em_copy(call->remote_address, sj_given(call->wanted.remote_address)
                                      ? call->wanted.remote_address
                                      : call->peer_address);
    call->wanted.via_header =
        call->wanted.via_header || sj_http_header_value(em->scope, request, "Via") != NULL;
    authenticate(call);
}

int em_api_open(struct em *em, sj_error *error) {
    return sj_http_route(em->scope, "POST", "/emservice/EMServiceServlet",
                         SJ_ROUTE_PHONE | SJ_ROUTE_RAW_BODY, on_service, em, error) != NULL
               ? SJ_OK
           : error->code != SJ_OK ? error->code
                                  : SJ_E_INTERNAL;
}
