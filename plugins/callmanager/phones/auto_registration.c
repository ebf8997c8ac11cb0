/* Makes records for unknown phones. */
#include "phones/auto_registration.h"
#include "core/refusals.h"
#include "parameters/call_manager.h"
#include "parameters/enterprise.h"
#include "resources/call_manager.h"
#include "resources/directory_number.h"
#include "resources/phone.h"
#include "resources/phone_model.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

enum { NUMBERS_MAX = 10000, SOURCES = 1024, BURST = 3, INTERVAL_MS = 10000 };

bool auto_registration_open(struct call_manager *manager) {
    return rate_limit_init(&manager->auto_registrations, SOURCES, BURST, INTERVAL_MS);
}

void auto_registration_close(struct call_manager *manager) {
    rate_limit_free(&manager->auto_registrations);
}

struct pending {
    struct call_manager *manager;
    sj_scope *scope;
    struct sip_flow flow;
    sip_receive_fn *again;
    char device_name[130], number[20];
    size_t length;
    char *request;
};

static bool refuse(char why[160], const char *text) {
    (void)snprintf(why, 160, "%s", text);
    return false;
}

/* SEP and twelve hex digits in capitals. */
static bool is_phone_name(const char *name) {
    return strlen(name) == 15 && strncmp(name, "SEP", 3) == 0 &&
           strspn(name + 3, "0123456789ABCDEF") == 12;
}

/* The key "5001@Partition" of the first free number of the range; false when there is none. */
static bool free_number(const struct call_manager *manager, const sj_call_manager *record,
                        char number[20], char key[80]) {
    const size_t digits = strlen(record->starting_directory_number);
    const unsigned long long first = strtoull(record->starting_directory_number, NULL, 10);
    const unsigned long long last = strtoull(record->ending_directory_number, NULL, 10);
    if (digits != strlen(record->ending_directory_number) || digits > 15) {
        return false;
    }
    for (unsigned long long i = first; i <= last && i - first < NUMBERS_MAX; i++) {
        (void)snprintf(number, 20, "%0*llu", (int)digits, i);
        (void)snprintf(key, 80, "%s@%.50s", number, record->partition);
        if (dial_plan_directory_number(&manager->plan, key) == NULL) {
            return true;
        }
    }
    return false;
}

static bool model_name(sj_scope *scope, uint32_t number, char name[65]) {
    char text[16];
    sj_query query = {.field = "number", .value = text, .limit = 1};
    sj_list list = {NULL, 0};
    (void)snprintf(text, sizeof text, "%u", number);
    if (number == 0 || sj_phone_model_list(scope, &query, &list, NULL) < 0) {
        return false;
    }
    const bool known = list.count > 0;
    if (known) {
        (void)snprintf(name, 65, "%s", sj_phone_model_at(&list, 0)->name);
    }
    sj_list_free(scope, &list);
    return known;
}

/* The number and the phone, in the transaction that is open. */
static int write_records(sj_scope *scope, const sj_call_manager *record,
                         const struct pending *pending, const char *key, const char *model,
                         sj_error *error) {
    const sj_directory_number number = {.pattern = pending->number,
                                        .partition = record->partition,
                                        .description = "Auto-registered",
                                        .active = true};
    sj_phone *template = NULL;
    int status = sj_directory_number_put(scope, &number, SJ_PUT_NEW, error);
    if (status == SJ_OK) {
        status = sj_phone_get(scope, record->template_device, &template, error);
    }
    if (status == SJ_OK) {
        sj_device_line line;
        sj_phone phone = *template;
        memset(&line, 0, sizeof line);
        if (template->lines_count > 0) {
            line = template->lines[0];
        }
        line.directory_number = key;
        line.display = sj_or_empty(line.display);
        line.external_phone_number_mask = record->external_phone_number_mask;
        phone.name = pending->device_name;
        phone.description = "Auto-registered";
        phone.model = model;
        phone.lines = &line;
        phone.lines_count = 1;
        phone.owner_user_id = phone.digest_user = "";
        status = sj_phone_put(scope, &phone, SJ_PUT_NEW, error);
    }
    sj_record_free(scope, template);
    return status;
}

static void closed(void *user) {
    struct pending *pending = user;
    free(pending->request);
    free(pending);
}

static void written(void *user, int status, const sj_error *error) {
    struct pending *pending = user;
    struct call_manager *manager = pending->manager;
    struct sip_message request;
    if (status != SJ_OK) {
        sj_log_warning(manager->scope, "phone %s is not auto-registered: %s", pending->device_name,
                       error == NULL ? "the store has failed" : error->text);
    } else {
        sj_log_info(manager->scope, "phone %s is auto-registered with the number %s",
                    pending->device_name, pending->number);
        if (sip_message_parse(pending->request, pending->length, &request)) {
            pending->again(manager, &request, &pending->flow);
        }
    }
    sj_scope_close(pending->scope);
}

static struct pending *make(struct call_manager *manager, const struct sip_message *request,
                            const struct sip_flow *flow, const char *device_name) {
    struct pending *pending = calloc(1, sizeof *pending);
    if (pending == NULL) {
        return NULL;
    }
    pending->manager = manager;
    pending->flow = *flow;
    pending->length = request->length;
    pending->request = malloc(request->length);
    if (pending->request == NULL ||
        (pending->scope = sj_scope_open(manager->scope, "a phone is auto-registered", closed,
                                        pending)) == NULL) {
        free(pending->request);
        free(pending);
        return NULL;
    }
    memcpy(pending->request, request->method_text.at, request->length);
    (void)snprintf(pending->device_name, sizeof pending->device_name, "%s", device_name);
    return pending;
}

static bool write(struct call_manager *manager, const sj_call_manager *record,
                  struct pending *pending, const char *key, const char *model, char why[160]) {
    sj_error error = {0};
    int status = sj_store_begin(pending->scope, &error);
    if (status == SJ_OK) {
        status = write_records(pending->scope, record, pending, key, model, &error);
        if (status == SJ_OK) {
            status = sj_store_commit(pending->scope, written, pending, &error);
        } else {
            sj_store_rollback(pending->scope);
        }
    }
    if (status != SJ_OK) {
        sj_log_warning(manager->scope, "phone %s is not auto-registered: %s", pending->device_name,
                       error.text);
        sj_scope_close(pending->scope);
        return refuse(why, "Auto-registration failed: see the log of the node");
    }
    return true;
}

bool auto_registration_begin(struct call_manager *manager, const struct sip_message *request,
                             const struct sip_flow *flow, const char *device_name,
                             uint32_t model_number, sip_receive_fn *again, char why[160]) {
    sj_call_manager *record = NULL;
    char number[20], key[80], model[65] = "";
    struct pending *pending;
    bool begun;
    if (!sj_param_ccm_auto_registration(manager->scope) ||
        sj_call_manager_get(manager->scope, manager->scope->host->node->name, &record, NULL) !=
            SJ_OK) {
        return refuse(why, "The phone is not configured in this cluster");
    }
    if (sj_param_enterprise_cluster_security_mode(manager->scope) ==
        SJ_ENTERPRISE_CLUSTER_SECURITY_MODE_MIXED) {
        begun = refuse(why, "No auto-registration in a cluster in mixed mode");
    } else if (!is_phone_name(device_name)) {
        begun = refuse(why, "Only phones named SEP and twelve hex digits are auto-registered");
    } else if (!model_name(manager->scope, model_number, model)) {
        begun = refuse(why, "The phone's model is not known in this cluster");
    } else if (!rate_limit_take(&manager->auto_registrations, refusals_source(flow),
                                sj_monotonic_ms(manager->scope), NULL)) {
        begun = refuse(why, "Too many new phones come from this address at once");
    } else if (!free_number(manager, record, number, key)) {
        begun = refuse(why, "All directory numbers for auto-registration are in use");
    } else if ((pending = make(manager, request, flow, device_name)) == NULL) {
        begun = refuse(why, "Out of memory");
    } else {
        pending->again = again;
        (void)snprintf(pending->number, sizeof pending->number, "%s", number);
        begun = write(manager, record, pending, key, model, why);
    }
    sj_record_free(manager->scope, record);
    return begun;
}
