/* What administrators ask of the service: jobs for EMCC devices, and the activation of jobs on
 * hold. */
#include "requests.h"
#include "job.h"

#include <cjson/cJSON.h>

#include "events/emcc.h"
#include "resources/emcc_template.h"
#include "resources/ils.h"
#include "resources/job.h"

enum { MESSAGE_ROOM = 256 };

static void print_submitted(char message[MESSAGE_ROOM], const char *job_id,
                            const struct job_order *order) {
    if (order->run_at != 0) {
        (void)snprintf(message, MESSAGE_ROOM,
                       "Job %s runs at its time; `sojourn job activate %s` runs it now, `sojourn "
                       "job cancel %s` "
                       "not at all.",
                       job_id, job_id, job_id);
        return;
    }
    (void)snprintf(message, MESSAGE_ROOM,
                   order->hold ? "Job %s is on hold; `sojourn job activate %s` runs it."
                               : "Job %s is submitted; `sojourn job get %s` shows its result.",
                   job_id, job_id);
}

/* Submits with one number among the arguments. */
static int submit_number(struct bulk *bulk, const char *action, const char *description,
                         int64_t number, const struct job_order *order, char job_id[33],
                         sj_error *error) {
    char arguments[64];
    (void)snprintf(arguments, sizeof arguments, "{\"number\":%lld}", (long long)number);
    return job_submit(bulk, action, description, arguments, order, job_id, error);
}

static void on_insert(void *user, sj_question *question, const sj_emcc_insert *request) {
    struct bulk *bulk = user;
    const struct job_order order = {.hold = request->run == SJ_JOB_RUN_LATER,
                                    .run_at = request->run_at,
                                    .submitted_by = request->submitted_by};
    char job_id[33], message[MESSAGE_ROOM];
    sj_error error = {0};
    if (submit_number(bulk, emcc_insert_action.name, request->description, request->number, &order,
                      job_id, &error) != SJ_OK) {
        sj_fail_error(bulk->scope, question, &error);
        return;
    }
    print_submitted(message, job_id, &order);
    const sj_emcc_insert_reply reply = {.job_id = job_id, .message = message};
    sj_reply_emcc_insert(bulk->scope, question, &reply);
}

static void on_delete(void *user, sj_question *question, const sj_emcc_delete *request) {
    struct bulk *bulk = user;
    const struct job_order order = {.hold = request->run == SJ_JOB_RUN_LATER,
                                    .run_at = request->run_at,
                                    .submitted_by = request->submitted_by};
    char job_id[33], message[MESSAGE_ROOM];
    sj_error error = {0};
    if (submit_number(bulk, emcc_delete_action.name, request->description, request->number, &order,
                      job_id, &error) != SJ_OK) {
        sj_fail_error(bulk->scope, question, &error);
        return;
    }
    print_submitted(message, job_id, &order);
    const sj_emcc_delete_reply reply = {.job_id = job_id, .message = message};
    sj_reply_emcc_delete(bulk->scope, question, &reply);
}

static int submit_update(struct bulk *bulk, const sj_emcc_update *request,
                         const struct job_order *order, char job_id[33], sj_error *error) {
    sj_emcc_template *record = NULL;
    if (sj_emcc_template_get(bulk->scope, request->emcc_template, &record, NULL) != SJ_OK) {
        return sj_error_field(error, SJ_E_INVALID, "emcc_template",
                              "emcc_template: there is no EMCC template %.60s",
                              request->emcc_template);
    }
    sj_record_free(bulk->scope, record);
    cJSON *object = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(object, "template", request->emcc_template);
    (void)cJSON_AddBoolToObject(object, "reset", request->reset);
    char *arguments = object != NULL ? cJSON_PrintUnformatted(object) : NULL;
    const int status = arguments != NULL
                           ? job_submit(bulk, emcc_update_action.name, request->description,
                                        arguments, order, job_id, error)
                           : sj_error_set(error, SJ_E_NO_MEMORY, "out of memory");
    cJSON_free(arguments);
    cJSON_Delete(object);
    return status;
}

static void on_emcc_update(void *user, sj_question *question, const sj_emcc_update *request) {
    struct bulk *bulk = user;
    const struct job_order order = {.hold = request->run == SJ_JOB_RUN_LATER,
                                    .run_at = request->run_at,
                                    .submitted_by = request->submitted_by};
    char job_id[33], message[MESSAGE_ROOM];
    sj_error error = {0};
    if (submit_update(bulk, request, &order, job_id, &error) != SJ_OK) {
        sj_fail_error(bulk->scope, question, &error);
        return;
    }
    print_submitted(message, job_id, &order);
    const sj_emcc_update_reply reply = {.job_id = job_id, .message = message};
    sj_reply_emcc_update(bulk->scope, question, &reply);
}

static int submit_import(struct bulk *bulk, const sj_imported_catalog_import *request,
                         char job_id[33], sj_error *error) {
    const struct job_order order = {.hold = request->run == SJ_JOB_RUN_LATER,
                                    .run_at = request->run_at,
                                    .submitted_by = request->submitted_by,
                                    .input = request->csv};
    sj_imported_catalog *catalog = NULL;
    if (sj_imported_catalog_get(bulk->scope, request->catalog, &catalog, NULL) != SJ_OK) {
        return sj_error_field(error, SJ_E_INVALID, "catalog",
                              "catalog: there is no imported catalog %.50s: add it first "
                              "(imported-catalog add name=%.50s route_string=...)",
                              request->catalog, request->catalog);
    }
    sj_record_free(bulk->scope, catalog);
    cJSON *object = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(object, "catalog", request->catalog);
    (void)cJSON_AddNumberToObject(object, "first_line", (double)request->first_line);
    char *arguments = object != NULL ? cJSON_PrintUnformatted(object) : NULL;
    const int status = arguments != NULL
                           ? job_submit(bulk, catalog_import_action.name, request->description,
                                        arguments, &order, job_id, error)
                           : sj_error_set(error, SJ_E_NO_MEMORY, "out of memory");
    cJSON_free(arguments);
    cJSON_Delete(object);
    return status;
}

static void on_import(void *user, sj_question *question,
                      const sj_imported_catalog_import *request) {
    struct bulk *bulk = user;
    const struct job_order order = {.hold = request->run == SJ_JOB_RUN_LATER,
                                    .run_at = request->run_at};
    char job_id[33], message[MESSAGE_ROOM];
    sj_error error = {0};
    if (submit_import(bulk, request, job_id, &error) != SJ_OK) {
        sj_fail_error(bulk->scope, question, &error);
        return;
    }
    print_submitted(message, job_id, &order);
    const sj_imported_catalog_import_reply reply = {.job_id = job_id, .message = message};
    sj_reply_imported_catalog_import(bulk->scope, question, &reply);
}

static void on_activate(void *user, sj_question *question, const sj_job_activate *request) {
    struct bulk *bulk = user;
    char message[MESSAGE_ROOM];
    sj_error error = {0};
    if (job_activate(bulk, request->job_id, &error) != SJ_OK) {
        sj_fail_error(bulk->scope, question, &error);
        return;
    }
    (void)snprintf(message, sizeof message, "Job %.32s runs.", request->job_id);
    const sj_job_activate_reply reply = {.message = message, .job_id = request->job_id};
    sj_reply_job_activate(bulk->scope, question, &reply);
}

int requests_open(struct bulk *bulk, sj_error *error) {
    if (sj_answer_emcc_insert(bulk->scope, on_insert, bulk, error) == NULL ||
        sj_answer_emcc_update(bulk->scope, on_emcc_update, bulk, error) == NULL ||
        sj_answer_emcc_delete(bulk->scope, on_delete, bulk, error) == NULL ||
        sj_answer_imported_catalog_import(bulk->scope, on_import, bulk, error) == NULL ||
        sj_answer_job_activate(bulk->scope, on_activate, bulk, error) == NULL) {
        return error->code != SJ_OK ? error->code : SJ_E_INTERNAL;
    }
    return SJ_OK;
}
