/* The three jobs for EMCC base devices: insert, update (the default template), delete (free ones,
 * the highest numbers first).
 */
#include "job.h"

#include <stdlib.h>

#include "arguments.h"
#include "emcc_devices.h"
#include "events/device.h"
#include "parameters/enterprise.h"
#include "resources/device_pool.h"
#include "resources/device_profile.h"
#include "resources/emcc_base_device.h"
#include "resources/emcc_configuration.h"
#include "resources/emcc_template.h"
#include "resources/phone.h"

/* ---- configuration ---- */

struct remembered {
    char default_template[51];
    int64_t highest_number;
};

static void recall(struct bulk *bulk, struct remembered *remembered) {
    sj_emcc_configuration *record = NULL;
    memset(remembered, 0, sizeof *remembered);
    if (sj_emcc_configuration_get(bulk->scope, "default", &record, NULL) == SJ_OK) {
        (void)snprintf(remembered->default_template, sizeof remembered->default_template, "%s",
                       record->default_template);
        remembered->highest_number = record->highest_number;
    }
    sj_record_free(bulk->scope, record);
}

static int remember(struct bulk *bulk, const struct remembered *remembered, sj_error *error) {
    const sj_emcc_configuration record = {.default_template = remembered->default_template,
                                          .highest_number = remembered->highest_number};
    return sj_emcc_configuration_put(bulk->scope, &record, SJ_PUT_ANY, error);
}

/* ---- insert ---- */

/* The default template: the one chosen, else the only one there is. */
static bool find_template(struct running_job *job, const struct remembered *remembered) {
    sj_scope *scope = job->bulk->scope;
    sj_emcc_template *record = NULL;
    sj_list list = {0};
    bool found = false;
    if (remembered->default_template[0] != '\0') {
        found = sj_emcc_template_get(scope, remembered->default_template, &record, NULL) == SJ_OK;
        if (found) {
            (void)snprintf(job->emcc_template, sizeof job->emcc_template, "%s", record->name);
        } else {
            job_add_result(
                job,
                "The default EMCC template %s does not exist any more; choose one with an "
                "update job (sojourn emcc update "
                "TEMPLATE).",
                remembered->default_template);
        }
        sj_record_free(scope, record);
        return found;
    }
    if (sj_emcc_template_list(scope, NULL, &list, NULL) == SJ_OK && list.count == 1) {
        (void)snprintf(job->emcc_template, sizeof job->emcc_template, "%s",
                       sj_emcc_template_at(&list, 0)->name);
        found = true;
    } else {
        job_add_result(job, list.count == 0
                                ? "There is no EMCC template; expected one under Bulk "
                                  "Administration > EMCC > EMCC Template (sojourn "
                                  "emcc-template add name=NAME)."
                                : "None of the EMCC templates is the default; choose one with "
                                  "an update job (sojourn emcc update TEMPLATE).");
    }
    sj_list_free(scope, &list);
    return found;
}

static int64_t highest_present(struct bulk *bulk) {
    sj_list list = {0};
    int64_t highest = 0;
    if (sj_emcc_base_device_list(bulk->scope, NULL, &list, NULL) == SJ_OK) {
        for (size_t i = 0; i < list.count; i++) {
            const int64_t number = sj_emcc_base_device_at(&list, i)->number;
            highest = number > highest ? number : highest;
        }
    }
    sj_list_free(bulk->scope, &list);
    return highest;
}

static bool prepare_insert(struct running_job *job) {
    sj_scope *scope = job->bulk->scope;
    struct remembered remembered;
    char why[256];
    recall(job->bulk, &remembered);
    job->total = argument_number(job->arguments, "number");
    const int64_t left = job->total - job->processed - job->failed;
    const int64_t phones = sj_phone_count(scope, NULL, NULL);
    const int64_t devices = sj_emcc_base_device_count(scope, NULL, NULL);
    job->next_number =
        emcc_devices_next_number(remembered.highest_number, highest_present(job->bulk));
    if (phones < 0 || devices < 0) {
        job_add_result(job, "Phones and EMCC devices could not be counted.");
        return false;
    }
    if (!find_template(job, &remembered)) {
        return false;
    }
    if (!emcc_devices_fit(phones, devices, left, sj_param_enterprise_max_phones(scope), why,
                          sizeof why)) {
        job_add_result(job, "Nothing was inserted: %s.", why);
        return false;
    }
    if (job->next_number + left - 1 > EMCC_HIGHEST_NUMBER) {
        job_add_result(job, "Nothing was inserted: the numbers up to %d are used up.",
                       EMCC_HIGHEST_NUMBER);
        return false;
    }
    return true;
}

#define TAKEN(resource, words)                                                                     \
    do {                                                                                           \
        sj_##resource *record = NULL;                                                              \
        const bool there = sj_##resource##_get(scope, name, &record, NULL) == SJ_OK;               \
        sj_record_free(scope, record);                                                             \
        if (there) {                                                                               \
            return words;                                                                          \
        }                                                                                          \
    } while (0)

/* What has the name already, or NULL. */
static const char *taken_by(sj_scope *scope, const char *name) {
    TAKEN(phone, "a phone");
    TAKEN(device_profile, "a device profile");
    TAKEN(device_pool, "a device pool");
    TAKEN(emcc_template, "an EMCC template");
    TAKEN(emcc_base_device, "an EMCC device");
    return NULL;
}

static int step_insert(struct running_job *job, sj_error *error) {
    sj_scope *scope = job->bulk->scope;
    struct remembered remembered;
    int64_t left = job->total - job->processed - job->failed;
    int status = SJ_OK;
    for (int i = 0; i < BULK_BATCH && left > 0 && status == SJ_OK; i++, left--) {
        char name[EMCC_DEVICE_NAME_ROOM];
        const int64_t number = job->next_number++;
        emcc_device_name(number, name);
        const char *taken = taken_by(scope, name);
        if (taken != NULL) {
            job->failed++;
            job_add_result(job, "%s was not inserted: %s has that name.", name, taken);
            continue;
        }
        const sj_emcc_base_device device = {
            .name = name, .number = number, .emcc_template = job->emcc_template, .device_name = ""};
        status = sj_emcc_base_device_put(scope, &device, SJ_PUT_NEW, error);
        job->processed += status == SJ_OK;
    }
    if (status == SJ_OK) {
        recall(job->bulk, &remembered);
        remembered.highest_number = job->next_number - 1;
        (void)snprintf(remembered.default_template, sizeof remembered.default_template, "%s",
                       job->emcc_template);
        status = remember(job->bulk, &remembered, error);
    }
    if (status == SJ_OK && left == 0) {
        job_add_result(job, "%lld EMCC device%s %s inserted.", (long long)job->processed,
                       sj_plural(job->processed), sj_were(job->processed));
    }
    return status < 0 ? status : left > 0;
}

const struct job_action emcc_insert_action = {"insert_emcc_devices", prepare_insert, step_insert};

/* ---- update ---- */

static bool prepare_update(struct running_job *job) {
    sj_scope *scope = job->bulk->scope;
    sj_emcc_template *record = NULL;
    struct remembered remembered;
    sj_error error = {0};
    argument_text(job->arguments, "template", job->emcc_template, sizeof job->emcc_template);
    job->reset = argument_number(job->arguments, "reset") != 0;
    /* Doing it twice does no harm: after a restart it begins anew. */
    job->processed = 0;
    job->failed = 0;
    job->total = sj_emcc_base_device_count(scope, NULL, NULL);
    if (sj_emcc_template_get(scope, job->emcc_template, &record, &error) != SJ_OK) {
        job_add_result(job, "Nothing was updated: EMCC template %s: %s.", job->emcc_template,
                       error.text);
        return false;
    }
    sj_record_free(scope, record);
    recall(job->bulk, &remembered);
    (void)snprintf(remembered.default_template, sizeof remembered.default_template, "%s",
                   job->emcc_template);
    if (remember(job->bulk, &remembered, &error) != SJ_OK) {
        job_add_result(job, "Nothing was updated: %s.", error.text);
        return false;
    }
    return true;
}

static void reset_phone(struct running_job *job, const char *device_name) {
    const sj_device_reset request = {
        .device_name = device_name, .mode = SJ_DEVICE_RESET_MODE_RESET, .trace_id = ""};
    (void)sj_ask_device_reset(job->bulk->scope, &request, 0, NULL, NULL, NULL);
}

static int step_update(struct running_job *job, sj_error *error) {
    sj_scope *scope = job->bulk->scope;
    const sj_query query = {.after_key = job->after_key[0] != '\0' ? job->after_key : NULL,
                            .limit = BULK_BATCH};
    sj_list list = {0};
    int status = sj_emcc_base_device_list(scope, &query, &list, error);
    for (size_t i = 0; i < list.count && status == SJ_OK; i++) {
        sj_emcc_base_device device = *sj_emcc_base_device_at(&list, i);
        device.emcc_template = job->emcc_template;
        device.reset = job->reset;
        status = sj_emcc_base_device_put(scope, &device, SJ_PUT_REPLACE, error);
        job->processed += status == SJ_OK;
        if (status == SJ_OK && job->reset && device.device_name != NULL &&
            device.device_name[0] != '\0') {
            reset_phone(job, device.device_name);
        }
        (void)snprintf(job->after_key, sizeof job->after_key, "%s", device.name);
    }
    const bool more = list.count == BULK_BATCH;
    sj_list_free(scope, &list);
    if (status == SJ_OK && !more) {
        job->total = job->processed;
        job_add_result(job, "%s is the default EMCC template; %lld EMCC device%s %s it%s.",
                       job->emcc_template, (long long)job->processed, sj_plural(job->processed),
                       job->processed == 1 ? "has" : "have",
                       job->reset ? ", and the phones on them are being reset" : "");
    }
    return status < 0 ? status : more;
}

const struct job_action emcc_update_action = {"update_emcc_devices", prepare_update, step_update};

/* ---- delete ---- */

static int by_number_descending(const void *a, const void *b) {
    const sj_emcc_base_device *const *first = a, *const *second = b;
    return ((*first)->number < (*second)->number) - ((*first)->number > (*second)->number);
}

static bool prepare_delete(struct running_job *job) {
    sj_scope *scope = job->bulk->scope;
    struct remembered remembered;
    sj_list list = {0};
    sj_error error = {0};
    job->total = argument_number(job->arguments, "number");
    /* The highest number is kept in mind before the device that had it goes. */
    recall(job->bulk, &remembered);
    const int64_t highest = highest_present(job->bulk);
    remembered.highest_number =
        highest > remembered.highest_number ? highest : remembered.highest_number;
    if (remember(job->bulk, &remembered, &error) != SJ_OK ||
        sj_emcc_base_device_list(scope, NULL, &list, &error) != SJ_OK) {
        job_add_result(job, "Nothing was deleted: %s.", error.text);
        return false;
    }
    job->victims = calloc(list.count + 1, sizeof *job->victims);
    if (job->victims == NULL) {
        job_add_result(job, "Nothing was deleted: out of memory.");
        sj_list_free(scope, &list);
        return false;
    }
    if (list.count > 1) {
        qsort(list.records, list.count, sizeof *list.records, by_number_descending);
    }
    for (size_t i = 0; i < list.count; i++) {
        const sj_emcc_base_device *device = sj_emcc_base_device_at(&list, i);
        if (device->device_name == NULL || device->device_name[0] == '\0') {
            (void)snprintf(job->victims[job->victims_count++], sizeof *job->victims, "%s",
                           device->name);
        }
    }
    sj_list_free(scope, &list);
    return true;
}

static int step_delete(struct running_job *job, sj_error *error) {
    sj_scope *scope = job->bulk->scope;
    int status = SJ_OK;
    for (int i = 0; i < BULK_BATCH && job->processed < job->total &&
                    job->next_victim < job->victims_count && status == SJ_OK;
         i++) {
        const char *name = job->victims[job->next_victim++];
        sj_emcc_base_device *device = NULL;
        const bool still_free = sj_emcc_base_device_get(scope, name, &device, NULL) == SJ_OK &&
                                device->device_name[0] == '\0';
        sj_record_free(scope, device);
        if (still_free) {
            status = sj_emcc_base_device_delete(scope, name, error);
            job->processed += status == SJ_OK;
        }
    }
    const bool more = job->processed < job->total && job->next_victim < job->victims_count;
    if (status == SJ_OK && !more) {
        job_add_result(job, "%lld EMCC device%s %s deleted.", (long long)job->processed,
                       sj_plural(job->processed), sj_were(job->processed));
        if (job->processed < job->total) {
            job_add_result(job, "No more are free.");
        }
    }
    return status < 0 ? status : more;
}

const struct job_action emcc_delete_action = {"delete_emcc_devices", prepare_delete, step_delete};
