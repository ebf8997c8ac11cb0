/* Reads and writes the records, and does what administrators ask for. */
#include "phones/message_waiting.h"
#include "events/call.h"
#include "resources/voice_mail.h"

#include <stdio.h>

void message_waiting_get(struct call_manager *manager, const char *directory_number,
                         struct message_summary *summary) {
    sj_message_waiting *record = NULL;
    memset(summary, 0, sizeof *summary);
    if (sj_message_waiting_get(manager->scope, directory_number, &record, NULL) == SJ_OK) {
        summary->waiting = record->waiting;
        summary->new_messages = (uint32_t)record->new_messages;
        summary->old_messages = (uint32_t)record->old_messages;
        sj_record_free(manager->scope, record);
    }
}

int message_waiting_keep(sj_scope *scope, const char *directory_number,
                         const struct message_summary *summary, const char *source,
                         sj_result_fn done, void *user, sj_error *error) {
    const sj_message_waiting record = {.directory_number = directory_number,
                                       .waiting = summary->waiting,
                                       .new_messages = summary->new_messages,
                                       .old_messages = summary->old_messages,
                                       .source = source,
                                       .changed_at = sj_wall_ms(scope)};
    int status = sj_store_begin(scope, error);
    if (status == SJ_OK) {
        status = sj_message_waiting_put(scope, &record, SJ_PUT_ANY, error);
        if (status == SJ_OK) {
            status = sj_store_commit(scope, done, user, error);
        } else {
            sj_store_rollback(scope);
        }
    }
    return status;
}

void message_waiting_forget(struct call_manager *manager, const char *directory_number) {
    sj_error error;
    if (sj_message_waiting_delete(manager->scope, directory_number, &error) != SJ_OK &&
        error.code != SJ_E_NOT_FOUND) {
        sj_log_warning(manager->scope, "that messages wait for %s, which is no more, stays: %s",
                       directory_number, error.text);
    }
}

/* ---- the administrator ---- */

struct setting {
    sj_scope *scope; /* its own */
    sj_question *question;
    char message[200];
};

static void written(void *user, int status, const sj_error *error) {
    struct setting *setting = user;
    if (status == SJ_OK) {
        const sj_message_waiting_set_reply reply = {.message = setting->message};
        sj_reply_message_waiting_set(setting->scope, setting->question, &reply);
    } else {
        sj_fail(setting->scope, setting->question, status, "%s",
                error == NULL ? "the store has failed" : error->text);
    }
    sj_scope_close(setting->scope);
}

static void on_set(void *user, sj_question *question, const sj_message_waiting_set *request) {
    struct call_manager *manager = user;
    const struct message_summary summary = {.waiting = request->waiting,
                                            .new_messages = (uint32_t)request->new_messages,
                                            .old_messages = (uint32_t)request->old_messages};
    sj_error error = {0};
    if (dial_plan_directory_number(&manager->plan, request->directory_number) == NULL) {
        (void)sj_error_field(&error, SJ_E_NOT_FOUND, "directory_number",
                             "there is no directory number %s", request->directory_number);
        sj_fail_error(manager->scope, question, &error);
        return;
    }
    sj_scope *scope = sj_scope_open(manager->scope, "message waiting is being set", NULL, NULL);
    struct setting *setting = scope == NULL ? NULL : sj_scope_alloc(scope, sizeof *setting);
    if (setting == NULL) {
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        sj_fail(manager->scope, question, SJ_E_NO_MEMORY, "out of memory");
        return;
    }
    setting->scope = scope;
    setting->question = question;
    (void)snprintf(setting->message, sizeof setting->message, "%s for %s.",
                   request->waiting ? "Messages wait" : "No messages wait",
                   request->directory_number);
    if (message_waiting_keep(scope, request->directory_number, &summary, "administrator", written,
                             setting, &error) != SJ_OK) {
        sj_fail_error(manager->scope, question, &error);
        sj_scope_close(scope);
    }
}

int message_waiting_open(struct call_manager *manager, sj_error *error) {
    return sj_answer_message_waiting_set(manager->scope, on_set, manager, error) != NULL
               ? SJ_OK
               : error->code;
}
