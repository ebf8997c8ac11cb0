/* PUT /api/v1/own_password: anybody who has a password changes it, an application too; the one
 * thing that an expired password is still good for. */
#include "host/rest/own_password.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include <sojourn/log.h>

#include "host/core/scope.h"
#include "host/http/server.h"
#include "host/record/json.h"
#include "host/record/record.h"
#include "host/rest/internal.h"
#include "host/rest/login.h"
#include "host/rest/reply.h"
#include "host/rest/secret_age.h"
#include "host/secret/secret.h"
#include "host/store/store.h"
#include "resources/application_user.h"
#include "resources/end_user.h"

enum { PASSWORD = 129 };

struct change {
    struct rest *rest;
    sj_http_request *request;
    sj_scope *scope;
    sj_application_user *application; /* one of both */
    sj_end_user *person;
    char name[PASSWORD],
        before[160]; /* the stored hash that the present password was compared with */
    char password[PASSWORD];
};

static void freed(void *user) {
    struct change *change = user;
    sj_host_record_free(change->application);
    sj_host_record_free(change->person);
    sodium_memzero(change, sizeof *change);
    free(change);
}

static void refuse(struct change *change, int status, const char *detail) {
    rest_reply_status(change->request, status, detail);
    sj_host_scope_close(change->scope);
}

static void fail(struct change *change, const sj_error *error) {
    rest_reply_error(change->request, error);
    sj_host_scope_close(change->scope);
}

static const char *stored_hash(const struct change *change) {
    return change->application != NULL ? change->application->password : change->person->password;
}

static void durable(void *user, int status, const sj_error *error) {
    struct change *change = user;
    if (status != SJ_OK) {
        fail(change, error);
        return;
    }
    sj_log_info(change->rest->node->scope, "%s changed their password",
                change->application != NULL ? change->application->user_id
                                            : change->person->user_id);
    rest_reply_empty(change->request);
    sj_host_scope_close(change->scope);
}

static int write_password(struct change *change, const char *hash, sj_error *error) {
    struct node *node = change->rest->node;
    int status;
    if (change->application != NULL) {
        sj_application_user changed = *change->application;
        changed.password = hash;
        changed.password_change_required = false;
        status =
            sj_store_put(node->store, &sj_application_user_meta, &changed, SJ_PUT_REPLACE, error);
        return status == SJ_OK ? rest_credentials_note(node, &sj_application_user_meta, &changed,
                                                       change->application, error)
                               : status;
    }
    sj_end_user changed = *change->person;
    changed.password = hash;
    changed.password_change_required = false;
    status = sj_store_put(node->store, &sj_end_user_meta, &changed, SJ_PUT_REPLACE, error);
    return status == SJ_OK
               ? rest_credentials_note(node, &sj_end_user_meta, &changed, change->person, error)
               : status;
}

/* The user as the store has it now, into the change. */
static bool find_user(struct change *change, const char *name) {
    sj_scope *scope = change->rest->node->scope;
    sj_host_record_free(change->application);
    sj_host_record_free(change->person);
    change->application = NULL;
    change->person = NULL;
    return sj_application_user_get(scope, name, &change->application, NULL) == SJ_OK ||
           sj_end_user_get(scope, name, &change->person, NULL) == SJ_OK;
}

static void hashed(void *user, int status, const char *hash) {
    struct change *change = user;
    struct store *store = change->rest->node->store;
    sj_error error;
    if (status != SJ_OK) {
        (void)sj_error_set(&error, status, "the password could not be hashed: %s",
                           sj_error_text(status));
        fail(change, &error);
        return;
    }
    if (!find_user(change, change->name) || strcmp(stored_hash(change), change->before) != 0) {
        refuse(change, 409, "the user was changed or removed meanwhile, and the password with it");
        return;
    }
    if (strcmp(hash, change->before) == 0) {
        refuse(change, 400, "password: expected a new one, got the old one");
        return;
    }
    status = sj_store_transaction_begin(store, "the change of a password", &error);
    if (status != SJ_OK) {
        fail(change, &error);
        return;
    }
    status = write_password(change, hash, &error);
    if (status == SJ_OK) {
        status = sj_store_commit_durable(store, change->scope, SJ_HERE, durable, change, &error);
    }
    if (status != SJ_OK) {
        sj_store_transaction_rollback(store);
        fail(change, &error);
    }
}

static void reply_unauthorized(sj_http_request *request) {
    static const char text[] = "A user name and the present password are needed here.\n";
    const sj_http_header header = {"WWW-Authenticate",
                                   "Basic realm=\"Sojourn\", charset=\"UTF-8\""};
    sj_http_reply reply;
    memset(&reply, 0, sizeof reply);
    reply.status = 401;
    reply.content_type = "text/plain; charset=utf-8";
    reply.body = text;
    reply.body_length = sizeof text - 1;
    reply.headers = &header;
    reply.headers_count = 1;
    sj_host_http_reply(request, &reply);
}

static void authenticated(void *user, int status, const char *name) {
    struct change *change = user;
    if (status == SJ_E_LIMIT) {
        refuse(change, 429,
               "too many user names and passwords come from your address; try again in a minute");
        return;
    }
    if (status != SJ_OK && status != SJ_E_DENIED) {
        refuse(change, 503, "the password could not be checked; try again shortly");
        return;
    }
    if (status != SJ_OK || !find_user(change, name)) {
        reply_unauthorized(change->request);
        sj_host_scope_close(change->scope);
        return;
    }
    (void)snprintf(change->name, sizeof change->name, "%s", name);
    (void)snprintf(change->before, sizeof change->before, "%s", stored_hash(change));
    sj_secret_refresh(change->scope, SJ_HERE, false, stored_hash(change), change->password, hashed,
                      change);
}

/* {"password": "..."}; false after a reply. */
static bool read_body(struct change *change) {
    const sj_field *field = sj_record_field(sj_application_user_meta.record, "password");
    sj_error error;
    char detail[120];
    cJSON *body = sj_json_parse(change->request->body, change->request->body_length, &error);
    const cJSON *member =
        cJSON_IsObject(body) ? cJSON_GetObjectItemCaseSensitive(body, "password") : NULL;
    char *text = cJSON_GetStringValue(member);
    const size_t length = text != NULL ? strlen(text) : 0;
    const bool good = text != NULL && length >= (size_t)field->min && length <= (size_t)field->max;
    if (good) {
        (void)snprintf(change->password, sizeof change->password, "%s", text);
    } else {
        (void)snprintf(detail, sizeof detail,
                       "password: expected the new password, of %lld to %lld bytes",
                       (long long)field->min, (long long)field->max);
        refuse(change, 400, detail);
    }
    if (text != NULL) {
        sodium_memzero(text, length);
    }
    cJSON_Delete(body);
    return good;
}

void rest_own_password(struct rest *rest, sj_http_request *request, const char *below) {
    struct change *change = calloc(1, sizeof *change);
    (void)below;
    if (change == NULL ||
        (change->scope = sj_host_scope_open(rest->node->scope, SJ_HERE, "own password", freed,
                                            change)) == NULL) {
        free(change);
        rest_reply_status(request, 503, "out of memory, or the node stops");
        return;
    }
    change->rest = rest;
    change->request = request;
    if (!request->tls && !sj_http_is_local(request)) {
        refuse(change, 403, "a password does not travel in the clear: HTTPS is needed here");
    } else if (read_body(change)) {
        rest_login_anybody(rest, change->scope, &request->peer,
                           sj_host_http_header(request, "Authorization"), authenticated, change);
    }
}
