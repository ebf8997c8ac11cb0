/* The DNS of the kit: the test answers. */
#include <stdlib.h>
#include <string.h>

#include <sojourn/dns.h>

#include "host/net/dns_reply.h"
#include "kit.h"

struct question {
    sj_testkit *kit;
    sj_dns_fn done;
    void *user;
    int type;
    char name[256];
};

static void question_run(void *user) {
    struct question question = *(struct question *)user;
    sj_dns_answer answer = {.size = sizeof answer,
                            .status = SJ_E_NOT_FOUND,
                            .reason = "the DNS knows no such name",
                            .fresh_ms = 30000};
    free(user);
    if (question.kit->dns != NULL) {
        question.kit->dns(question.kit->dns_user, question.name, (sj_dns_type)question.type,
                          &answer);
    }
    question.done(question.user, &answer);
}

static void question_drop(void *user) {
    free(user);
}

static sj_handle *fake_dns_ask(sj_scope *scope, const char *here, const char *name, int type,
                               sj_dns_fn done, void *user, sj_error *error) {
    struct question *question;
    sj_handle *handle;
    if (!sj_dns_name_valid(name)) {
        (void)sj_error_set(error, SJ_E_INVALID, "\"%.100s\" is not a valid DNS name", name);
        return NULL;
    }
    question = kit_need(sizeof *question);
    question->kit = kit_of(scope);
    question->done = done;
    question->user = user;
    question->type = type;
    (void)snprintf(question->name, sizeof question->name, "%s", name);
    handle = kit_defer(scope, here, "dns", name, 0, question_run, question_drop, question);
    if (handle == NULL) {
        free(question);
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: cannot ask the DNS");
    }
    return handle;
}

void sj_testkit_on_dns(sj_testkit *kit, sj_testkit_dns_fn responder, void *user) {
    kit->dns = responder;
    kit->dns_user = user;
}

void kit_dns_fill(sj_host *table) {
    table->dns_ask = fake_dns_ask;
}
