/* Sends finished files to the billing server, the oldest first, one after the other. What is to be
 * sent stands in a directory of its own, so that a restart changes nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/file.h>

#include "agent.h"
#include "events/node.h"
#include "resources/billing_application_server.h"

enum { FIRST_PAUSE_MS = 60 * 1000, MOST_PAUSE_MS = 10 * 60 * 1000, SEND_TIMEOUT_MS = 60 * 1000 };

struct sending {
    struct cdr_agent *agent;
    struct disk disk;                      /* a copy, for jobs */
    sj_billing_application_server *server; /* NULL: none is configured */
    bool busy, left_out;                   /* the file under way is not sent again */
    int64_t pause_ms;
    uint64_t again_ms; /* not before */
    char name[DISK_NAME], last[DISK_NAME];
    int64_t last_ms;
    char problem[640]; /* "" when the last attempt was a success */
    /* of the job */
    struct disk_unsent unsent;
    sj_text content;
    char password[256], password_file[256];
    int status;
    sj_error error;
};

bool sending_is_wanted(const struct cdr_agent *agent) {
    return agent->sending->server != NULL;
}

const char *sending_problem(const struct cdr_agent *agent) {
    return agent->sending->problem;
}

const char *sending_last(const struct cdr_agent *agent, int64_t *at_ms) {
    *at_ms = agent->sending->last_ms;
    return agent->sending->last;
}

static void fails(struct sending *sending, const sj_error *error) {
    struct cdr_agent *agent = sending->agent;
    const bool again = sending->server != NULL && sending->server->resend_on_failure;
    sending->pause_ms = sending->pause_ms == 0 ? FIRST_PAUSE_MS : sending->pause_ms * 2;
    sending->pause_ms = sending->pause_ms > MOST_PAUSE_MS ? MOST_PAUSE_MS : sending->pause_ms;
    sending->again_ms = sj_monotonic_ms(agent->scope) + (uint64_t)sending->pause_ms;
    (void)snprintf(sending->problem, sizeof sending->problem, "%s", error->text);
    sj_log_warning(
        agent->scope, "call detail records could not be sent to the billing server: %s; %s",
        error->text, again ? "it is tried again" : "the file is left out, and stays in files/");
    sending->left_out = !again;
    disk_unsent_clear(&sending->unsent); /* this one is the oldest again */
}

static void next(struct sending *sending);

static void removed_work(void *data) {
    struct sending *sending = data;
    sending->status = disk_sent(&sending->disk, sending->name, &sending->error);
}

static void removed(void *data, int status, const sj_error *error) {
    struct sending *sending = data;
    (void)error;
    sending->busy = false;
    if (status == SJ_OK && sending->status != SJ_OK) {
        fails(sending, &sending->error);
    } else if (status == SJ_OK) {
        next(sending);
    }
}

/* It has been sent, or is left out. */
static void leave(struct sending *sending) {
    if (sj_job_run(sending->agent->scope, removed_work, removed, sending) == NULL) {
        sending->busy = false;
    }
}

static void sent(void *user, const sj_http_result *result) {
    struct sending *sending = user;
    if (result->status == SJ_OK) {
        sending->pause_ms = 0;
        sending->again_ms = 0;
        sending->left_out = false;
        sending->problem[0] = '\0';
        sending->last_ms = sj_wall_ms(sending->agent->scope);
        (void)snprintf(sending->last, sizeof sending->last, "%s", sending->name);
        leave(sending);
        return;
    }
    fails(sending, result->error);
    if (sending->left_out) {
        leave(sending);
    } else {
        sending->busy = false;
    }
}

static void read_work(void *data) {
    struct sending *sending = data;
    sending->status = disk_next_unsent(&sending->disk, &sending->unsent, sending->name,
                                       &sending->content, &sending->error);
    if (sending->status != SJ_OK || sending->password_file[0] == '\0') {
        return;
    }
    sending->status = sj_file_first_line(sending->password_file, sending->password,
                                         sizeof sending->password, &sending->error);
}

static void put(struct sending *sending) {
    const sj_billing_application_server *server = sending->server;
    const size_t length = strlen(server->url);
    const char *slash = length > 0 && server->url[length - 1] == '/' ? "" : "/";
    char url[512];
    (void)snprintf(url, sizeof url, "%s%s%s", server->url, slash, sending->name);
    sj_http_call call = {.size = sizeof call,
                         .method = "PUT",
                         .url = url,
                         .body = sending->content.data,
                         .body_length = sending->content.length,
                         .timeout_ms = SEND_TIMEOUT_MS,
                         .user = server->user_id,
                         .password = sending->password,
                         .host_key_sha256 = sj_ssh_digest(server->host_key_sha256)};
    if (sj_http_fetch(sending->agent->scope, &call, sent, sending, &sending->error) == NULL) {
        sending->busy = false;
        fails(sending, &sending->error);
    }
}

static void read_done(void *data, int status, const sj_error *error) {
    struct sending *sending = data;
    (void)error;
    if (status == SJ_OK && sending->status == SJ_OK && sending->server != NULL) {
        put(sending);
    } else {
        sending->busy = false;
        if (status == SJ_OK && sending->status != SJ_OK && sending->status != SJ_E_NOT_FOUND) {
            fails(sending, &sending->error);
        }
    }
    sj_text_clear(&sending->content);
    explicit_bzero(sending->password, sizeof sending->password);
}

static void next(struct sending *sending) {
    struct cdr_agent *agent = sending->agent;
    if (sending->busy || sending->server == NULL ||
        sj_monotonic_ms(agent->scope) < sending->again_ms) {
        return;
    }
    (void)snprintf(sending->password_file, sizeof sending->password_file, "%s",
                   sj_or_empty(sending->server->password_file));
    sending->error = (sj_error){0};
    sending->busy = sj_job_run(agent->scope, read_work, read_done, sending) != NULL;
}

static void tick(void *user) {
    next(user);
}

void sending_kick(struct cdr_agent *agent) {
    next(agent->sending);
}

static void read_server(struct sending *sending) {
    sj_scope *scope = sending->agent->scope;
    sj_error error;
    sj_record_free(scope, sending->server);
    sending->server = NULL;
    if (sj_billing_application_server_get(scope, "default", &sending->server, &error) != SJ_OK) {
        sending->server = NULL;
    } else if (!sj_given(sending->server->url)) {
        sj_record_free(scope, sending->server);
        sending->server = NULL;
    }
    sending->pause_ms = 0;
    sending->again_ms = 0;
}

static void on_config_changed(void *user, const sj_config_changed *event) {
    if (strcmp(event->resource, "billing_application_server") == 0) {
        read_server(user);
    }
}

int sending_open(struct cdr_agent *agent, sj_error *error) {
    struct sending *sending = sj_scope_alloc(agent->scope, sizeof *sending);
    if (sending == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for call detail records");
    }
    agent->sending = sending;
    sending->agent = agent;
    sending->disk = agent->disk;
    read_server(sending);
    return sj_on_config_changed(agent->scope, on_config_changed, sending, error) != NULL &&
                   sj_timer_start(agent->scope, 5000, 5000, tick, sending) != NULL
               ? SJ_OK
           : error->code != SJ_OK
               ? error->code
               : sj_error_set(error, SJ_E_NO_MEMORY, "no memory for call detail records");
}

void sending_close(struct cdr_agent *agent) {
    if (agent->sending != NULL) {
        disk_unsent_clear(&agent->sending->unsent);
        sj_record_free(agent->scope, agent->sending->server);
        agent->sending->server = NULL;
    }
}
