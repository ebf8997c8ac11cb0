/* Answers that wait for the flush of what was committed meanwhile. */
#include "host/rest/durable_reply.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/core/scope.h"
#include "host/http/server.h"
#include "host/rest/idempotency.h"
#include "host/rest/internal.h"
#include "host/rest/reply.h"
#include "host/store/store.h"

struct rest_durable {
    struct rest *rest;
    sj_http_request *request;
    sj_scope *scope;
    uint64_t commits; /* when the request came */
    bool repeat;      /* rests on what was committed before that */
    int status;
    sj_text json;
    char location[128];     /* or "" */
    size_t held;            /* bytes of the answer while it waits for the disk */
    struct rest_once *once; /* or NULL */
};

static void closed(void *user) {
    struct rest_durable *durable = user;
    if (durable->held > 0) {
        durable->rest->held_count--;
        durable->rest->held_bytes -= durable->held;
    }
    rest_once_forget(durable->once);
    sj_text_clear(&durable->json);
    free(durable);
}

struct rest_durable *rest_durable_begin(struct rest *rest, sj_http_request *request) {
    if (rest->held_count >= REST_HELD_MOST || rest->held_bytes >= REST_HELD_BYTES) {
        sj_http_refuse_bytes(request, "The disk is slower than what it is asked for: too many "
                                      "answers wait for it; try again shortly.");
        return NULL;
    }
    struct rest_durable *durable = calloc(1, sizeof *durable);
    if (durable != NULL) {
        durable->scope =
            sj_host_scope_open(rest->node->scope, SJ_HERE, "durable reply", closed, durable);
    }
    if (durable == NULL || durable->scope == NULL) {
        free(durable);
        rest_reply_status(request, 503, "out of memory, or the node stops");
        return NULL;
    }
    durable->rest = rest;
    durable->request = request;
    durable->commits = sj_store_commits(rest->node->store);
    return durable;
}

struct rest_durable *rest_durable_begin_repeat(struct rest *rest, sj_http_request *request) {
    struct rest_durable *durable = rest_durable_begin(rest, request);
    if (durable != NULL) {
        durable->repeat = true;
    }
    return durable;
}

void rest_durable_remember(struct rest_durable *durable, struct rest_once *once) {
    durable->once = once;
}

/* That the disk fails says nothing of whether it was done: such an answer is the same each time
 * too. */
static void note_answer(struct rest_durable *durable, int status, const sj_error *error) {
    sj_text refusal = {0};
    if (durable->once != NULL && status != SJ_OK) {
        durable->status = rest_error_text(error, &refusal);
    }
    if (durable->once != NULL) {
        const sj_text *answer = status != SJ_OK ? &refusal : &durable->json;
        rest_once_end(durable->once, durable->status, sj_or_empty(answer->data));
        durable->once = NULL;
    }
    sj_text_clear(&refusal);
}

static void reply(void *user, int status, const sj_error *error) {
    struct rest_durable *durable = user;
    note_answer(durable, status, error);
    if (status != SJ_OK) {
        rest_reply_error(durable->request, error);
    } else if (durable->location[0] != '\0') {
        rest_reply_accepted(durable->request, &durable->json, durable->location);
    } else if (durable->json.failed) {
        rest_reply_status(durable->request, 503, "out of memory");
    } else {
        rest_reply_text(durable->request, durable->status, sj_or_empty(durable->json.data));
    }
    sj_host_scope_close(durable->scope);
}

void rest_durable_reply(struct rest_durable *durable, int status, sj_text *json,
                        const char *location) {
    struct store *store = durable->rest->node->store;
    sj_error error = {0};
    int waits = 0;
    durable->status = status;
    durable->json = *json;
    *json = (sj_text){0};
    (void)snprintf(durable->location, sizeof durable->location, "%s", sj_or_empty(location));
    if (durable->repeat || durable->commits != sj_store_commits(store)) {
        waits = sj_store_await(store, durable->scope, SJ_HERE, reply, durable, &error);
    }
    if (waits <= 0) {
        reply(durable, waits, &error);
        return;
    }
    durable->held = sizeof *durable + durable->json.length;
    durable->rest->held_count++;
    durable->rest->held_bytes += durable->held;
}

void rest_durable_fail(struct rest_durable *durable, const sj_error *error) {
    sj_text json = {0};
    const int status = rest_error_text(error, &json);
    rest_durable_reply(durable, status, &json, NULL);
}

void rest_durable_drop(struct rest_durable *durable) {
    sj_host_scope_close(durable->scope);
}
