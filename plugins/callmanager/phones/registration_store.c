/* Saves registrations in batches, off the path of REGISTER. Expiry times are those of the last
 * save: who refreshed since will refresh again, and a phone that was loaded and stays silent is
 * dropped after one interval. */
#include "phones/registration_store.h"
#include "parameters/call_manager.h"
#include "phones/registrations.h"
#include "resources/registration.h"

#include <stdlib.h>

enum { SAVE_MS = 1000, MORE_MS = 50, BATCH = 100 }; /* a batch is some 20 ms of work */
enum { READ_AGAIN_MS = 1, READ_PAGE = 200 };        /* a page is some 10 ms of work */

static void save(void *user);

static void save_in(struct call_manager *manager, int64_t milliseconds) {
    if (manager->save_timer == NULL && !manager->stopping) {
        manager->save_timer = sj_timer_start(manager->scope, milliseconds, 0, save, manager);
    }
}

static int write_one(struct call_manager *manager, const struct registration *registration,
                     sj_error *error) {
    sj_registration record;
    char address[SJ_ADDRESS_TEXT];
    memset(&record, 0, sizeof record);
    record.device_name = registration->device->name;
    record.node = manager->scope->host->node->name;
    record.port = sj_address_format(&registration->flow.remote, address, sizeof address);
    record.address = address;
    record.node_address = call_manager_address(manager, &registration->flow);
    record.transport = registration->flow.transport;
    record.contact = registration->contact;
    record.user_agent = registration_user_agent(registration);
    record.register_call_id = registration_call_id(registration);
    record.user_id = registration->device->login->user_id;
    record.registered_at = registration->registered_at_ms;
    record.expires_at = sj_wall_ms(manager->scope) + registrations_left_ms(manager, registration);
    return sj_registration_put(manager->scope, &record, SJ_PUT_ANY, error);
}

static void add_pending(struct call_manager *manager, struct registration *registration) {
    if (!sj_list_linked(&registration->unsaved)) {
        sj_list_add_first(&manager->unsaved, &registration->unsaved);
    }
}

/* How many are in the open transaction, `batch`. */
static size_t write_some(struct call_manager *manager, struct registration *batch[BATCH]) {
    size_t count = 0;
    sj_error error;
    for (int i = 0; i < BATCH && !sj_list_empty(&manager->unsaved); i++) {
        struct registration *registration =
            SJ_OWNER(sj_list_take_first(&manager->unsaved), struct registration, unsaved);
        if (write_one(manager, registration, &error) == SJ_OK) {
            batch[count++] = registration;
        } else {
            sj_log_limited(manager->scope, SJ_LOG_WARNING, "a registration is not saved",
                           "that of %s: %s", registration->device->name, error.text);
        }
    }
    for (size_t i = 0; i < count; i++) { /* before the commit, whose events may read it */
        batch[i]->saved = true;
    }
    return count;
}

/* False: the store does not take them now, and they wait. */
static bool write_batch(struct call_manager *manager) {
    struct registration *batch[BATCH];
    size_t count = 0;
    sj_error error;
    if (sj_list_empty(&manager->unsaved)) {
        return true;
    }
    int status = sj_store_begin(manager->scope, &error);
    if (status == SJ_OK) {
        count = write_some(manager, batch);
        status = sj_store_commit(manager->scope, NULL, NULL, &error);
    }
    if (status == SJ_OK) {
        return true;
    }
    while (count > 0) {
        add_pending(manager, batch[--count]);
    }
    sj_log_limited(manager->scope, SJ_LOG_WARNING, "registrations are not saved", "%s", error.text);
    return false;
}

static void save(void *user) {
    struct call_manager *manager = user;
    manager->save_timer = NULL;
    const bool taken = write_batch(manager);
    if (!sj_list_empty(&manager->unsaved)) {
        save_in(manager, taken ? MORE_MS : SAVE_MS);
    }
}

void registration_store_flush(struct call_manager *manager) {
    while (!sj_list_empty(&manager->unsaved) && write_batch(manager)) {
    }
}

void registration_store_changed(struct call_manager *manager, struct registration *registration) {
    add_pending(manager, registration);
    save_in(manager, SAVE_MS);
}

void registration_store_forget_pending(struct registration *registration) {
    sj_list_remove(&registration->unsaved);
}

/* Of a phone's contacts one is kept: another takes its place. */
static void keep_another(struct call_manager *manager, const struct registration *registration) {
    for (struct registration *next = registration_first(registration); next != NULL;
         next = registration_next(next)) {
        if (next != registration) {
            registration_store_changed(manager, next);
            return;
        }
    }
}

void registration_store_forget(struct call_manager *manager, struct registration *registration) {
    sj_error error;
    registration_store_forget_pending(registration);
    keep_another(manager, registration);
    if (registration->saved &&
        sj_registration_delete(manager->scope, registration->device->name, &error) != SJ_OK &&
        error.code != SJ_E_NOT_FOUND) {
        sj_log_limited(manager->scope, SJ_LOG_WARNING,
                       "cannot delete a registration from the store", "that of %s: %s",
                       registration->device->name, error.text);
    }
}

static void load_one(struct call_manager *manager, const sj_registration *record) {
    struct registration_binding binding;
    struct registration *registration;
    struct device *device = NULL;
    sj_error error;
    int status;
    memset(&binding, 0, sizeof binding);
    binding.now_ms = sj_wall_ms(manager->scope);
    binding.clock_ms = sj_monotonic_ms(manager->scope);
    if (record->expires_at + sj_param_ccm_sip_station_keep_alive_interval(manager->scope) * 1000 <
            binding.now_ms ||
        sj_address_parse(record->address, (int)record->port, &binding.flow.remote) != SJ_OK) {
        /* A record that stays is found again, and as old, at the next start. */
        (void)sj_registration_delete(manager->scope, record->device_name, NULL);
        return;
    }
    status = device_load(manager->scope, record->device_name, true, &device, &error);
    if (status == SJ_E_NOT_FOUND) {
        (void)sj_registration_delete(manager->scope, record->device_name, NULL);
        return;
    }
    if (status != SJ_OK) {
        sj_log_limited(manager->scope, SJ_LOG_WARNING, "a saved registration cannot be used",
                       "that of %s: %s; the phone will register again", record->device_name,
                       error.text);
        return;
    }
    device->generation = manager->generation;
    binding.flow.transport = record->transport;
    sip_transport_come_to(&manager->transport, record->node_address, &binding.flow);
    binding.contact = sip_text_of(record->contact);
    binding.call_id = sip_text_of(record->register_call_id);
    binding.user_agent = sip_text_of(record->user_agent);
    binding.granted_s = (uint32_t)sj_param_ccm_sip_station_keep_alive_interval(manager->scope);
    binding.cisco = strncmp(record->user_agent, "Cisco-", 6) == 0;
    registration = registration_put(manager->registrations, NULL, device, &binding);
    if (registration != NULL) {
        registration->registered_at_ms = record->registered_at;
        registration->saved = true;
        registrations_watch(manager, registration);
        registrations_came(manager, registration);
    }
}

static void loaded(struct call_manager *manager, const char *failure) {
    manager->reading = false;
    free(manager->read_to);
    manager->read_to = NULL;
    if (failure != NULL) {
        sj_log_warning(manager->scope,
                       "saved registrations cannot be read: %s; phones will register again",
                       failure);
    }
    registrations_count(manager);
    sip_transport_resume(&manager->transport);
}

/* The next page. False: there is no more, or none can be read. */
static bool load_page(struct call_manager *manager) {
    sj_query query = {.field = "node",
                      .value = manager->scope->host->node->name,
                      .after_key = manager->read_to,
                      .limit = READ_PAGE};
    sj_list list = {NULL, 0};
    sj_error error;
    char *last = NULL;
    if (sj_registration_list(manager->scope, &query, &list, &error) < 0) {
        loaded(manager, error.text);
        return false;
    }
    for (size_t i = 0; i < list.count; i++) {
        const sj_registration *record = sj_registration_at(&list, i);
        if (registration_find(manager->registrations, record->device_name) == NULL) {
            load_one(manager, record);
        }
    }
    if (list.count == READ_PAGE &&
        (last = strdup(sj_registration_at(&list, READ_PAGE - 1)->device_name)) == NULL) {
        loaded(manager, "out of memory");
    } else if (last == NULL) {
        loaded(manager, NULL);
    } else {
        free(manager->read_to);
        manager->read_to = last;
    }
    sj_list_free(manager->scope, &list);
    return last != NULL;
}

static void load_slice(void *user) {
    struct call_manager *manager = user;
    if (load_page(manager) &&
        sj_timer_start(manager->scope, READ_AGAIN_MS, 0, load_slice, manager) == NULL) {
        loaded(manager, "out of memory");
    }
}

void registration_store_load(struct call_manager *manager) {
    manager->reading = true;
    sip_transport_pause(&manager->transport);
    load_slice(manager);
}

struct registration *registration_store_find(struct call_manager *manager,
                                             const char *device_name) {
    sj_registration *record = NULL;
    struct registration *registration = registration_find(manager->registrations, device_name);
    if (registration == NULL && manager->reading &&
        sj_registration_get(manager->scope, device_name, &record, NULL) == SJ_OK) {
        if (strcmp(record->node, manager->scope->host->node->name) == 0) {
            load_one(manager, record);
            registration = registration_find(manager->registrations, device_name);
        }
        sj_record_free(manager->scope, record);
    }
    return registration;
}
