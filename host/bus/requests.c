/* Requests: one answerer, an asynchronous reply, a deadline.
 *
 * An ask belongs to the asker's scope, its question to the answerer's; each side may go first. The
 * reply is copied and handed over from the loop, so that no asker's callback runs inside the
 * answerer. */
#include <stdlib.h>
#include <string.h>

#include "host/bus/state.h"
#include "host/core/callback.h"
#include "host/core/timers.h"
#include "host/record/convert.h"
#include "host/telemetry/log_limit.h"

enum { UNANSWERED = 512 };       /* bytes of the sentence why nobody answers */
enum { SETTLED_KEPT_MOST = 64 }; /* questions that a plugin may still hold after its reply */

struct answer {
    sj_handle handle;
    struct service *service;
    const sj_request_meta *meta;
    sj_question_fn handler;
    void *user;
    sj_list_head questions;
};

struct ask {
    sj_handle handle;
    struct node *node;
    struct sj_question *question; /* NULL once settled or when nobody answers */
    const sj_request_meta *meta;
    sj_reply_fn reply;
    void *user;
    struct timer_item deadline;
    struct later later;
    int status;
    sj_error *error;
    void *result;
    int64_t deadline_ms;
};

struct sj_question {
    sj_handle handle;
    struct answer *answer;       /* NULL once it is closed */
    struct ask *ask;             /* NULL once settled, or when the asker has gone */
    const sj_request_meta *meta; /* the answerer's, while it is not settled */
    sj_list_link link;           /* of the answer; once settled, of the bus */
    struct node *node;
    const struct service *service;
    const struct owner *owner; /* of the answerer */
    bool settled;
};

static struct service *find_service(struct node *node, const char *name, bool make) {
    const size_t length = strlen(name);
    const uint64_t hash = sj_hash_keyed(name, length);
    SJ_MAP_EACH_OF(known, &node->bus->services, hash, struct service, by_name) {
        if (strcmp(known->name, name) == 0) {
            return known;
        }
    }
    struct service *service = make ? sj_node_alloc(node, sizeof *service + length + 1) : NULL;
    if (service != NULL) {
        memcpy(service->name, name, length);
        sj_map_add(&node->bus->services, &service->by_name, hash);
    }
    return service;
}

const char *sj_bus_answerer(struct node *node, const char *name) {
    const struct service *service = find_service(node, name, false);
    if (service == NULL || service->answer == NULL ||
        !sj_scope_visible(service->answer->handle.scope)) {
        return NULL;
    }
    return sj_scope_owner(service->answer->handle.scope)->name;
}

/* Hands the result to the asker. The question is over before: the asker may close its scope in the
 * callback. */
static void deliver(struct later *item) {
    struct ask *ask = (struct ask *)(void *)((char *)item - offsetof(struct ask, later));
    const sj_reply_fn reply = ask->reply;
    void *user = ask->user, *result = ask->result;
    sj_error *error = ask->error;
    const int status = ask->status;
    struct bracket bracket = sj_enter_detail(ask->handle.scope, "reply", ask->meta->name);
    sj_handle_release(&ask->handle);
    if (reply != NULL) {
        reply(user, status, error, status == SJ_OK ? result : NULL);
    }
    sj_leave(&bracket);
    free(result);
    free(error);
}

/* Cuts the tie between the two sides. */
static void part(struct ask *ask) {
    if (ask->question != NULL) {
        ask->question->ask = NULL;
        ask->question = NULL;
    }
}

static void settle(struct ask *ask, int status, const char *field, const char *text) {
    part(ask);
    sj_timer_clear(ask->node, &ask->deadline);
    ask->status = status;
    if (status != SJ_OK) {
        ask->error = calloc(1, sizeof *ask->error); /* without memory the code alone is told */
        (void)sj_error_field(ask->error, status, field, "%s", text);
    }
    sj_later_add(&ask->node->later, &ask->later, deliver);
}

static void ask_close(sj_handle *handle) {
    struct ask *ask = (struct ask *)handle;
    part(ask);
    sj_timer_clear(ask->node, &ask->deadline);
    sj_later_cancel(&ask->later);
    free(ask->result);
    free(ask->error);
    sj_handle_release(handle);
}

static void deadline_passed(struct timer_item *item) {
    struct ask *ask = (struct ask *)(void *)((char *)item - offsetof(struct ask, deadline));
    char text[256];
    (void)snprintf(text, sizeof text, "no answer to %s within %lld ms", ask->meta->name,
                   (long long)ask->deadline_ms);
    settle(ask, SJ_E_TIMEOUT, "", text);
}

static void remove_answer(struct sj_question *question) {
    sj_list_remove(&question->link);
    question->answer = NULL;
}

static void fail_stopped(struct sj_question *question) {
    if (question->ask != NULL) {
        char text[256];
        (void)snprintf(text, sizeof text, "%s stopped before it answered %s",
                       sj_scope_owner(question->handle.scope)->name, question->meta->name);
        settle(question->ask, SJ_E_UNAVAILABLE, "", text);
    }
}

static void question_close(sj_handle *handle) {
    struct sj_question *question = (struct sj_question *)handle;
    remove_answer(question);
    fail_stopped(question);
    sj_handle_release(handle);
}

static void answer_close(sj_handle *handle) {
    struct answer *answer = (struct answer *)handle;
    answer->service->answer = NULL;
    for (struct sj_question *question; (question = SJ_OWNER(sj_list_first(&answer->questions),
                                                            struct sj_question, link)) != NULL;) {
        remove_answer(question); /* the plugin may still settle it; nobody listens then */
        fail_stopped(question);
    }
    sj_handle_release(handle);
}

/* Do two declarations of a request agree, in both directions, as far as both go? */
static int agree(const sj_request_meta *one, const sj_request_meta *other, sj_error *error) {
    int status = sj_shape_agree(one->request, other->request, "request", error);
    return status == SJ_OK ? sj_shape_agree(one->reply, other->reply, "reply", error) : status;
}

sj_handle *sj_host_request_answer(sj_scope *scope, const char *here, const sj_request_meta *meta,
                                  sj_question_fn handler, void *user, sj_error *error) {
    struct node *node = sj_scope_node(scope);
    const sj_request_meta *declared = sj_bus_find_request(node, meta->name);
    struct service *service = find_service(node, meta->name, true);
    struct answer *answer;
    if (service == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: cannot answer %s", meta->name);
        return NULL;
    }
    if (declared != NULL && agree(declared, meta, error) != SJ_OK) {
        return NULL;
    }
    if (service->answer != NULL) {
        const sj_handle *there = &service->answer->handle;
        (void)sj_error_set(
            error, SJ_E_EXISTS,
            "request %s is answered by %s (%s) already; %s (%s) cannot answer it too", meta->name,
            sj_scope_owner(there->scope)->name, there->here, sj_scope_owner(scope)->name, here);
        return NULL;
    }
    answer = sj_node_alloc(node, sizeof *answer);
    if (answer == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: cannot answer %s", meta->name);
        return NULL;
    }
    if (sj_handle_init(&answer->handle, scope, "answer", here, meta->name, answer_close) != SJ_OK) {
        free(answer);
        (void)sj_error_set(error, SJ_E_STOPPING, "request %s: %s is being stopped", meta->name,
                           sj_scope_owner(scope)->name);
        return NULL;
    }
    answer->service = service;
    answer->meta = meta;
    answer->handler = handler;
    answer->user = user;
    service->answer = answer;
    return &answer->handle;
}

/* Puts the question to the answerer; false when memory is short or it is stopping. */
static bool put_question(struct ask *ask, struct answer *answer, const void *request) {
    struct sj_question *question = sj_node_alloc(ask->node, sizeof *question);
    const sj_record_meta *asked = ask->meta->request, *expected = answer->meta->request;
    void *extended = NULL;
    struct bracket bracket;
    if (question == NULL) {
        return false;
    }
    if (expected->fields_count > asked->fields_count) {
        extended = sj_record_convert(expected, asked, request);
    }
    if ((expected->fields_count > asked->fields_count && extended == NULL) ||
        sj_handle_init(&question->handle, answer->handle.scope, "question", answer->handle.here,
                       ask->meta->name, question_close) != SJ_OK) {
        free(extended);
        free(question);
        return false;
    }
    question->answer = answer;
    question->meta = answer->meta;
    question->node = ask->node;
    question->service = answer->service;
    question->owner = sj_scope_owner(answer->handle.scope);
    question->ask = ask;
    sj_list_add_first(&answer->questions, &question->link);
    ask->question = question;
    bracket = sj_enter_detail(answer->handle.scope, "request", answer->meta->name);
    answer->handler(answer->user, question, extended != NULL ? extended : request);
    sj_leave(&bracket);
    free(extended);
    return true;
}

static void explain_unanswered(const struct node *node, const char *name, char text[UNANSWERED]) {
    const int used = snprintf(text, UNANSWERED, "no active service answers %s", name);
    if (node->explain_unanswered != NULL && used > 0 && used < UNANSWERED) {
        node->explain_unanswered(node, name, text + used, UNANSWERED - (size_t)used);
    }
}

int sj_host_request_ask(sj_scope *scope, const char *here, const sj_request_meta *meta,
                        const void *request, int64_t deadline_ms, sj_reply_fn reply, void *user,
                        sj_error *error) {
    struct node *node = sj_scope_node(scope);
    struct service *service = find_service(node, meta->name, false);
    struct answer *answer = service == NULL ? NULL : service->answer;
    struct ask *ask;
    char text[UNANSWERED];
    if (answer != NULL && agree(answer->meta, meta, error) != SJ_OK) {
        return SJ_E_VERSION;
    }
    ask = sj_node_alloc(node, sizeof *ask);
    if (ask == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: cannot ask %s", meta->name);
    }
    if (sj_handle_init(&ask->handle, scope, "ask", here, meta->name, ask_close) != SJ_OK) {
        free(ask);
        return sj_error_set(error, SJ_E_STOPPING, "request %s: %s is being stopped", meta->name,
                            sj_scope_owner(scope)->name);
    }
    ask->node = node;
    ask->meta = meta;
    ask->reply = reply;
    ask->user = user;
    ask->deadline_ms = deadline_ms > 0         ? deadline_ms
                       : meta->deadline_ms > 0 ? meta->deadline_ms
                                               : 10000;
    if (answer == NULL || !sj_scope_visible(answer->handle.scope)) {
        explain_unanswered(node, meta->name, text);
        settle(ask, SJ_E_UNAVAILABLE, "", text);
        return SJ_OK;
    }
    if (sj_timer_set(node, &ask->deadline, ask->deadline_ms, deadline_passed) != SJ_OK ||
        !put_question(ask, answer, request)) {
        ask_close(&ask->handle);
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: cannot ask %s", meta->name);
    }
    return SJ_OK;
}

static void free_oldest_settled(struct bus *bus) {
    struct sj_question *oldest = SJ_OWNER(sj_list_last(&bus->settled), struct sj_question, link);
    sj_list_remove(&oldest->link);
    bus->settled_count--;
    free(oldest);
}

void sj_bus_free_settled(struct bus *bus) {
    while (bus->settled_count > 0) {
        free_oldest_settled(bus);
    }
}

/* The newest settled questions are kept: a plugin that replies a second time is told so. */
static void keep_settled(struct sj_question *question) {
    struct bus *bus = question->node->bus;
    if (sj_scope_closing(question->handle.scope)) {
        sj_handle_release(&question->handle); /* kept until the scope is closed */
        return;
    }
    sj_handle_done(&question->handle);
    question->link = (sj_list_link){NULL, NULL};
    sj_list_add_first(&bus->settled, &question->link);
    if (++bus->settled_count > SETTLED_KEPT_MOST) {
        free_oldest_settled(bus);
    }
}

/* A defect of a plugin, which may have it with each request. */
static void log_second_reply(const struct sj_question *question) {
    char text[200];
    (void)snprintf(text, sizeof text, "of %s, to a question of %s", question->owner->name,
                   question->service->name);
    if (question->node->scope != NULL) {
        sj_host_log_limited(question->node->scope, SJ_LOG_ERROR,
                            "a second reply: the first one counts", text);
    }
}

/* Takes a question out of the world; returns who waits for it, or NULL. */
static struct ask *close_question(sj_question *question) {
    struct ask *ask = question->ask;
    if (question->settled) {
        log_second_reply(question);
        return NULL;
    }
    if (question->handle.closing) {
        return NULL;
    }
    if (ask != NULL) {
        part(ask);
    }
    remove_answer(question);
    question->settled = true;
    keep_settled(question);
    return ask;
}

void sj_host_question_reply(sj_question *question, const void *reply) {
    const sj_request_meta *meta = question->meta;
    struct ask *ask = close_question(question);
    if (ask == NULL) {
        return;
    }
    ask->result = sj_record_convert(ask->meta->reply, meta->reply, reply);
    if (ask->result == NULL) {
        settle(ask, SJ_E_NO_MEMORY, "", "out of memory for the reply");
    } else {
        settle(ask, SJ_OK, "", "");
    }
}

void sj_host_question_fail(sj_question *question, int code, const char *field, const char *text) {
    struct ask *ask = close_question(question);
    if (ask != NULL) {
        settle(ask, code == SJ_OK ? SJ_E_INTERNAL : code, field, text);
    }
}
