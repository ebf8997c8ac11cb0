/* GET /ccmcip/authenticate.jsp: a phone asks whether whoever pushes a page to it may do so (the URL
 * Authentication of its file). The answer is the text AUTHORIZED, with nothing behind it, or
 * UN-AUTHORIZED: phones compare it as it is. */
#include "pages/push_authentication.h"

#include "reporting/error_codes.h"
#include "resources/application_user.h"
#include "users/credentials.h"

#define CONTROL_OF_ALL_DEVICES "Standard CTI Allow Control of All Devices"

struct push {
    struct em *em;
    sj_scope *scope;
    sj_http_request *request;
    char user_id[EM_USER_ROOM], device_name[EM_DEVICE_ROOM], address[SJ_ADDRESS_TEXT];
    bool may_control; /* the device, if the password is right */
};

static void answer(struct push *push, const char *refused) {
    static const sj_http_header headers[] = {{"Cache-Control", "no-store"}};
    const char *text = refused == NULL ? "AUTHORIZED" : "UN-AUTHORIZED";
    const sj_http_reply reply = {.status = 200,
                                 .content_type = "text/plain; charset=UTF-8",
                                 .body = text,
                                 .body_length = strlen(text),
                                 .headers = headers,
                                 .headers_count = 1};
    if (refused != NULL) {
        sj_log_info(push->em->scope, "push to %s by %s refused, asked from %s: %s",
                    push->device_name, push->user_id, push->address, refused);
    }
    sj_http_reply_send(push->em->scope, push->request, &reply);
    sj_scope_close(push->scope);
}

static void verified(void *user, enum em_code code, const char *cause) {
    struct push *push = user;
    char refused[EM_CAUSE_ROOM];
    if (code != EM_OK) {
        answer(push, cause);
    } else if (!push->may_control) {
        em_print(refused, sizeof refused,
                 "the application user neither controls this phone (Controlled Devices) nor has "
                 "the role " CONTROL_OF_ALL_DEVICES);
        answer(push, refused);
    } else {
        answer(push, NULL);
    }
}

static bool has(const char *const *texts, size_t count, const char *text) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(texts[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static void on_request(void *user, sj_http_request *request) {
    struct em *em = user;
    sj_scope *scope = sj_scope_open(em->scope, "push authentication", NULL, NULL);
    struct push *push = scope != NULL ? sj_scope_alloc(scope, sizeof *push) : NULL;
    sj_application_user *application = NULL;
    if (push == NULL) {
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        sj_http_reply_text(em->scope, request, 503, "text/plain; charset=UTF-8", "out of memory\n");
        return;
    }
    const char *password = sj_http_param(em->scope, request, "Password");
    push->em = em;
    push->scope = scope;
    push->request = request;
    em_copy(push->user_id, sj_http_param(em->scope, request, "UserID"));
    em_copy(push->device_name, sj_http_param(em->scope, request, "devicename"));
    (void)sj_address_format(&request->peer, push->address, sizeof push->address);
    if (sj_application_user_get(em->scope, push->user_id, &application, NULL) == SJ_OK) {
        push->may_control =
            sj_given(push->device_name) &&
            (has(application->roles, application->roles_count, CONTROL_OF_ALL_DEVICES) ||
             has(application->controlled_devices, application->controlled_devices_count,
                 push->device_name));
    }
    const struct em_credential credential = {
        .user_id = push->user_id,
        .kind = "password",
        .hash = application != NULL ? application->password : "",
        .refused = application == NULL ? "there is no such application user" : NULL,
        .change_required = application != NULL && application->password_change_required,
        .does_not_expire = application != NULL && application->password_does_not_expire};
    em_credential_verify(em, scope, &credential, sj_or_empty(password), verified, push);
    sj_record_free(em->scope, application);
}

int em_push_authentication_open(struct em *em, sj_error *error) {
    return sj_http_route(em->scope, "GET", "/ccmcip/authenticate.jsp", SJ_ROUTE_PHONE, on_request,
                         em, error) != NULL
               ? SJ_OK
           : error->code != SJ_OK ? error->code
                                  : SJ_E_INTERNAL;
}
