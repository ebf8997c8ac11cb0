/* POST /api/v1/apply: {"file": name, "dry_run": bool, "content": {...}}. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/log.h>

#include "../record/json.h"
#include "../scope.h"
#include "../store/store.h"
#include "apply.h"
#include "internal.h"

struct applying {
    struct apply apply;
    struct rest *rest;
    sj_http_request *request;
    sj_scope *scope;
    char file[200];
};

static void applying_freed(void *user) {
    struct applying *applying = user;
    bool large = applying->apply.added + applying->apply.changed + applying->apply.unchanged > 10000;
    apply_free(&applying->apply);
    free(applying);
    if (large) {
        (void)malloc_trim(0); /* a whole site was in memory, which is not needed again soon */
    }
}

static void finish_problems(struct applying *applying) {
    rest_reply_problems(applying->request, &applying->apply.problems);
    sj_host_scope_close(applying->scope);
}

static void finish_error(struct applying *applying, const sj_error *error) {
    rest_reply_error(applying->request, error);
    sj_host_scope_close(applying->scope);
}

static void report(struct applying *applying) {
    const struct apply *apply = &applying->apply;
    sj_buffer json = {0};
    char message[200];
    (void)snprintf(message, sizeof message, "%s%zu added, %zu changed, %zu removed, %zu unchanged",
                   apply->dry_run ? "dry run: " : "", apply->added, apply->changed, apply->removed, apply->unchanged);
    sj_buffer_printf(
        &json, "{\"message\":\"%s\",\"dry_run\":%s,\"added\":%zu,\"changed\":%zu,\"removed\":%zu,\"unchanged\":%zu,", message,
        apply->dry_run ? "true" : "false", apply->added, apply->changed, apply->removed, apply->unchanged);
    sj_buffer_printf(&json, "\"changes\":[%s],\"notes\":[", apply->changes.data != NULL ? apply->changes.data : "");
    for (size_t i = 0; i < apply->notes.count; i++) {
        sj_buffer_puts(&json, i > 0 ? "," : "");
        sj_buffer_json_text(&json, apply->notes.list[i].text);
    }
    sj_buffer_puts(&json, "]}");
    if (!apply->dry_run && applying->rest->node->table.log != NULL) {
        sj_log_info(applying->rest->node->scope, "%s applied: %s", applying->file, message);
    }
    rest_reply_json(applying->request, 200, &json);
    sj_host_scope_close(applying->scope);
}

static void durable(void *user, int status, const sj_error *error) {
    if (status != SJ_OK) {
        finish_error(user, error);
    } else {
        report(user);
    }
}

/* The secrets are hashed. */
static void write_all(void *user, int status) {
    struct applying *applying = user;
    struct apply *apply = &applying->apply;
    struct store *store = applying->rest->node->store;
    sj_error error;
    if (status != SJ_OK) {
        (void)sj_error_set(&error, status, "the secrets could not be hashed: %s", sj_error_text(status));
        finish_error(applying, &error);
        return;
    }
    if (sj_store_transaction_begin(store, "apply", &error) != SJ_OK) {
        finish_error(applying, &error);
        return;
    }
    apply_write(apply);
    if (apply->problems.total > 0) {
        sj_store_transaction_rollback(store);
        finish_problems(applying);
    } else if (apply->dry_run) {
        sj_store_transaction_rollback(store);
        report(applying);
    } else if (sj_store_commit_durable(store, applying->scope, SJ_HERE, durable, applying, &error) != SJ_OK) {
        sj_store_transaction_rollback(store);
        finish_error(applying, &error);
    }
}

/* Takes the members out of the body; false after a problem. */
static bool read_request(struct applying *applying, cJSON *body, bool *dry_run, cJSON **content, sj_error *error) {
    for (const cJSON *member = body->child; cJSON_IsObject(body) && member != NULL; member = member->next) {
        if (strcmp(member->string, "file") == 0 && cJSON_IsString(member)) {
            (void)snprintf(applying->file, sizeof applying->file, "%s", member->valuestring);
        } else if (strcmp(member->string, "dry_run") == 0 && cJSON_IsBool(member)) {
            *dry_run = cJSON_IsTrue(member);
        } else if (strcmp(member->string, "content") != 0) {
            (void)sj_error_field(error, SJ_E_INVALID, member->string,
                                 "%s: expected the members \"content\", \"file\" (text) and \"dry_run\" (true or false)",
                                 member->string);
            return false;
        }
    }
    *content = cJSON_IsObject(body) ? cJSON_DetachItemFromObjectCaseSensitive(body, "content") : NULL;
    if (*content == NULL) {
        (void)sj_error_field(error, SJ_E_INVALID, "content", "content: expected what is to be applied, got nothing");
        return false;
    }
    return true;
}

void rest_apply(struct rest *rest, sj_http_request *request) {
    struct applying *applying;
    cJSON *body, *content = NULL;
    bool dry_run = false;
    sj_error error;
    if (strcmp(request->method, "POST") != 0) {
        rest_reply_status(request, 405, "expected POST here");
        return;
    }
    body = sj_json_parse(request->body, request->body_length, &error);
    if (body == NULL) {
        rest_reply_error(request, &error);
        return;
    }
    applying = calloc(1, sizeof *applying);
    if (applying == NULL ||
        (applying->scope = sj_host_scope_open(rest->node->scope, SJ_HERE, "apply", applying_freed, applying)) == NULL) {
        free(applying);
        cJSON_Delete(body);
        rest_reply_status(request, 503, "out of memory, or the node stops");
        return;
    }
    applying->rest = rest;
    applying->request = request;
    (void)snprintf(applying->file, sizeof applying->file, "a configuration");
    if (!read_request(applying, body, &dry_run, &content, &error)) {
        cJSON_Delete(body);
        finish_error(applying, &error);
        return;
    }
    cJSON_Delete(body);
    apply_init(&applying->apply, rest->node, content);
    applying->apply.dry_run = dry_run;
    apply_read(&applying->apply);
    if (applying->apply.problems.total > 0) {
        finish_problems(applying);
        return;
    }
    applying->apply.hashing.scope = applying->scope;
    applying->apply.hashing.done = write_all;
    applying->apply.hashing.user = applying;
    rest_hashing_run(&applying->apply.hashing);
}
