/* Fakes that answer later: fetches, jobs, secrets. One kind of owned thing serves them all. */
#include <stdlib.h>
#include <string.h>

#include "host/core/callback.h"
#include "kit.h"

struct deferred {
    sj_handle handle;
    struct timer_item timer;
    void (*run)(void *user);
    void (*drop)(void *user);
    void *user;
};

static void deferred_due(struct timer_item *item) {
    struct deferred *deferred =
        (struct deferred *)(void *)((char *)item - offsetof(struct deferred, timer));
    void (*run)(void *) = deferred->run;
    void *user = deferred->user;
    struct bracket bracket = sj_enter(deferred->handle.scope, deferred->handle.kind);
    sj_handle_release(&deferred->handle);
    run(user);
    sj_leave(&bracket);
}

static void deferred_dropped(struct timer_item *item) {
    struct deferred *deferred =
        (struct deferred *)(void *)((char *)item - offsetof(struct deferred, timer));
    struct bracket bracket = sj_enter(deferred->handle.scope, deferred->handle.kind);
    deferred->drop(deferred->user);
    sj_leave(&bracket);
    sj_handle_release(&deferred->handle);
}

static void deferred_close(sj_handle *handle) {
    struct deferred *deferred = (struct deferred *)handle;
    struct node *node = sj_scope_node(handle->scope);
    sj_timer_clear(node, &deferred->timer);
    if (deferred->drop == NULL ||
        sj_timer_set(node, &deferred->timer, 0, deferred_dropped) != SJ_OK) {
        sj_handle_release(handle);
    }
}

sj_handle *kit_defer(sj_scope *scope, const char *here, const char *kind, const char *name,
                     int64_t delay_ms, void (*run)(void *user), void (*drop)(void *user),
                     void *user) {
    struct node *node = sj_scope_node(scope);
    struct deferred *deferred = sj_node_alloc(node, sizeof *deferred);
    if (deferred == NULL) {
        return NULL;
    }
    deferred->run = run;
    deferred->drop = drop;
    deferred->user = user;
    if (sj_handle_init(&deferred->handle, scope, kind, here, name, deferred_close) != SJ_OK) {
        free(deferred);
        return NULL;
    }
    if (delay_ms >= 0 && sj_timer_set(node, &deferred->timer, delay_ms, deferred_due) != SJ_OK) {
        sj_handle_release(&deferred->handle);
        return NULL;
    }
    return &deferred->handle;
}

struct job {
    sj_work_fn work;
    sj_result_fn done;
    void *data;
};

static void job_run(void *user) {
    struct job job = *(struct job *)user;
    free(user);
    job.work(job.data);
    job.done(job.data, SJ_OK, NULL);
}

static void job_drop(void *user) {
    struct job job = *(struct job *)user;
    free(user);
    job.done(job.data, SJ_E_CANCELLED, NULL);
}

static sj_handle *fake_job(sj_scope *scope, const char *here, sj_work_fn work, sj_result_fn done,
                           void *data) {
    struct job *job = kit_need(sizeof *job);
    sj_handle *handle;
    *job = (struct job){work, done, data};
    handle = kit_defer(scope, here, "job", "background work", 0, job_run, job_drop, job);
    if (handle == NULL) {
        free(job);
    }
    return handle;
}

void kit_job_fill(sj_host *table) {
    table->job_run = fake_job;
}

struct fetch {
    sj_http_result_fn done;
    void *user;
    sj_http_result result;
    sj_error error;
    char *body;
};

static void fetch_free(void *user) {
    struct fetch *fetch = user;
    free(fetch->body);
    free(fetch);
}

static void fetch_run(void *user) {
    struct fetch *fetch = user;
    fetch->done(fetch->user, &fetch->result);
    fetch_free(fetch);
}

static sj_handle *fake_fetch(sj_scope *scope, const char *here, const sj_http_call *call,
                             sj_http_result_fn done, void *user, sj_error *error) {
    sj_testkit *kit = kit_of(scope);
    struct fetch *fetch;
    sj_text text = {0};
    int64_t delay = 0, timeout = call->timeout_ms > 0 ? call->timeout_ms : 10000;
    sj_handle *handle;
    if (call->method == NULL || call->url == NULL || strstr(call->url, "://") == NULL) {
        (void)sj_error_set(error, SJ_E_INVALID,
                           "expected a method and a URL, got \"%s\" and \"%s\"",
                           sj_or_empty(call->method), sj_or_empty(call->url));
        return NULL;
    }
    sj_text_printf(&text, "%s %s ", call->method, call->url);
    sj_text_add(&text, sj_or_empty(call->body), call->body_length);
    kit_record(kit, "http", text.data);
    sj_text_clear(&text);
    fetch = kit_need(sizeof *fetch);
    fetch->done = done;
    fetch->user = user;
    fetch->result = (sj_http_result){.size = sizeof fetch->result,
                                     .status = SJ_E_UNAVAILABLE,
                                     .body = "",
                                     .error = &fetch->error};
    (void)sj_error_set(&fetch->error, SJ_E_UNAVAILABLE, "%s is not reachable", call->url);
    if (kit->fetch != NULL) {
        delay = kit->fetch(kit->fetch_user, call, &fetch->result);
    }
    if (delay < 0 || delay > timeout) {
        delay = timeout;
        fetch->result.status =
            sj_error_set(&fetch->error, SJ_E_TIMEOUT, "%s did not answer within %lld ms", call->url,
                         (long long)timeout);
        fetch->result.body_length = 0;
    }
    if (fetch->result.status == SJ_OK) {
        fetch->result.error = NULL;
    }
    if (fetch->result.body_length == 0 && fetch->result.body != NULL) {
        fetch->result.body_length = fetch->result.status == SJ_OK ? strlen(fetch->result.body) : 0;
    }
    fetch->body = kit_need(fetch->result.body_length + 1);
    memcpy(fetch->body, sj_or_empty(fetch->result.body), fetch->result.body_length);
    fetch->result.body = fetch->body;
    handle = kit_defer(scope, here, "fetch", call->url, delay, fetch_run, fetch_free, fetch);
    if (handle == NULL) {
        fetch_free(fetch);
        (void)sj_error_set(error, SJ_E_NO_MEMORY,
                           "%s cannot be called: out of memory, or being stopped", call->url);
    }
    return handle;
}

void sj_testkit_on_fetch(sj_testkit *kit, sj_testkit_fetch_fn responder, void *user) {
    kit->fetch = responder;
    kit->fetch_user = user;
}

void kit_fetch_fill(sj_host *table) {
    table->http_fetch = fake_fetch;
}
