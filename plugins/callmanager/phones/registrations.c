/* The life of registrations after their REGISTER: they expire, lose their connection, and follow
 * the configuration. */
#include "phones/registrations.h"
#include "events/device.h"
#include "phones/authorization.h"
#include "phones/observations.h"
#include "phones/registration_store.h"
#include "phones/remote_control.h"

#include <stdio.h>

static const uint64_t grace_ms = 15000, removed_ms = 30000;

void registrations_count(struct call_manager *manager) {
    const struct registration_table *table = manager->registrations;
    const double count = (double)table->by_name.count;
    sj_metric_set(manager->scope, manager->metric_registrations, count);
    sj_metric_set(manager->scope, manager->metric_bytes,
                  count > 0 ? (double)registration_table_bytes(table) / count : 0);
}

int64_t registrations_left_ms(const struct call_manager *manager,
                              const struct registration *registration) {
    const uint64_t now_ms = sj_monotonic_ms(manager->scope);
    return registration->expires_ms > now_ms ? (int64_t)(registration->expires_ms - now_ms) : 0;
}

static void lines_changed(struct call_manager *manager, const struct device *device) {
    for (size_t i = 0; i < device->line_count; i++) {
        manager->watch->number_changed(manager, device->lines[i].key);
    }
}

void registrations_came(struct call_manager *manager, const struct registration *registration) {
    lines_changed(manager, registration->device);
    manager->watch->phone_came(manager, registration->device->name);
}

static void expired(struct wheel_timer *timer) {
    struct registration *registration = SJ_OWNER(timer, struct registration, expiry);
    struct call_manager *manager = registration->table->owner;
    if (registration->expires_ms + grace_ms > sj_monotonic_ms(manager->scope) &&
        !registration->device->removed) {
        registrations_watch(manager, registration); /* it was refreshed meanwhile */
        return;
    }
    registrations_remove(manager, registration,
                         registration->device->removed ? "removed" : "expired");
}

void registrations_watch(struct call_manager *manager, struct registration *registration) {
    const uint64_t now_ms = sj_monotonic_ms(manager->scope),
                   end_ms = registration->expires_ms + grace_ms;
    const uint64_t left_ms = registration->device->removed ? removed_ms
                             : end_ms > now_ms             ? end_ms - now_ms
                                                           : 0;
    timer_wheel_start(&manager->slow.wheel, &registration->expiry, now_ms, left_ms, expired);
}

void registrations_drop(struct call_manager *manager, struct registration *registration) {
    timer_wheel_stop(&manager->slow.wheel, &registration->expiry);
    registration_store_forget(manager, registration);
    authorization_forget(manager, registration);
    registration_remove(registration);
    registrations_count(manager);
}

void registrations_remove(struct call_manager *manager, struct registration *registration,
                          const char *reason) {
    sj_device_unregistered event;
    char name[130];
    memset(&event, 0, sizeof event);
    (void)snprintf(name, sizeof name, "%s", registration->device->name);
    event.device_name = name;
    event.reason = reason;
    lines_changed(manager, registration->device);
    observe_registration_end(manager, registration, reason);
    registrations_drop(manager, registration);
    if (registration_find(manager->registrations, name) != NULL) {
        sj_log_info(manager->scope, "phone %s has a contact less (%s)", name, reason);
        return;
    }
    manager->watch->phone_left(manager, name);
    sj_log_info(manager->scope, "phone %s is no longer registered (%s)", name, reason);
    sj_publish_device_unregistered(manager->scope, manager->device_unregistered, &event);
}

struct registration *registrations_put(struct call_manager *manager, struct registration *old,
                                       struct device *device,
                                       const struct registration_binding *binding) {
    const bool unsaved = old != NULL && sj_list_linked(&old->unsaved);
    struct registration *registration;
    if (old != NULL) { /* it may be replaced */
        timer_wheel_stop(&manager->slow.wheel, &old->expiry);
        registration_store_forget_pending(old);
    }
    registration = registration_put(manager->registrations, old, device, binding);
    if (registration != NULL || old != NULL) {
        registrations_watch(manager, registration != NULL ? registration : old);
    }
    if (unsaved) {
        registration_store_changed(manager, registration != NULL ? registration : old);
    }
    return registration;
}

/* ---- changes from elsewhere ---- */

/* A plain phone can be called where its Contact says even without the connection it came over;
 * false when it cannot. */
static bool fall_back_to_contact(struct call_manager *manager, struct registration *registration) {
    struct registration_binding binding;
    struct registration *replacement;
    struct sip_uri uri;
    memset(&binding, 0, sizeof binding);
    binding.flow = registration->flow;
    binding.cisco = registration->cisco;
    binding.model_number = registration->model_number;
    if (registration->cisco || registration->flow.transport != SJ_SIP_TRANSPORT_TCP ||
        !sip_uri_parse(sip_text_of(registration->contact), &uri) ||
        !sip_uri_address(&uri, 5060, &binding.flow.remote)) {
        return false;
    }
    if (sip_flow_equal(&binding.flow, &registration->flow)) {
        return true;
    }
    binding.contact = sip_text_of(registration->contact);
    binding.record = sip_text_of(registration_record(registration));
    binding.call_id = sip_text_of(registration_call_id(registration));
    binding.user_agent = sip_text_of(registration_user_agent(registration));
    binding.cseq = registration->cseq;
    binding.granted_s = registration->granted_s;
    binding.now_ms = registration->registered_at_ms;
    binding.clock_ms = registration->expires_ms - (uint64_t)registration->granted_s * 1000;
    replacement = registrations_put(manager, registration, NULL, &binding);
    if (replacement != NULL) {
        registration_store_changed(manager, replacement);
    }
    return replacement != NULL; /* without memory it is taken off, and will register again */
}

void registrations_connection_closed(struct call_manager *manager, const struct sip_flow *flow) {
    struct registration *next;
    for (struct registration *registration = registration_from(manager->registrations, flow, NULL);
         registration != NULL; registration = next) {
        next = registration_from(manager->registrations, flow, registration);
        if (!fall_back_to_contact(manager, registration)) {
            registrations_remove(manager, registration, "connection_closed");
        }
    }
}

static void device_changed(struct call_manager *manager, struct registration *registration) {
    struct device *fresh = NULL;
    sj_error error;
    const int status =
        device_load(manager->scope, registration->device->name, true, &fresh, &error);
    if (status == SJ_OK) {
        const bool before = registration->device->do_not_disturb;
        const bool hunted = registration->device->logged_into_hunt_group;
        lines_changed(manager, registration->device); /* it may have them no longer */
        fresh->generation = manager->generation;
        registration_set_device(registration, fresh);
        registrations_watch(manager, registration);
        remote_control_notify_do_not_disturb(manager, registration);
        remote_control_notify_privacy(manager, registration);
        if (hunted != registration->device->logged_into_hunt_group) {
            remote_control_notify_hunt_login(manager, registration);
        }
        if (before != registration->device->do_not_disturb) {
            manager->watch->phone_changed(manager, registration->device->name);
        }
        lines_changed(manager, registration->device);
        manager->watch->phone_came(manager, registration->device->name);
    } else if (status == SJ_E_NOT_FOUND) {
        if (!registration->device->removed) {
            /* It is kept for a moment, without rights, so that it can still be reset. */
            registration->device->removed = true;
            registrations_watch(manager, registration);
            manager->watch->phone_removed(manager, registration->device->name);
        }
    } else {
        sj_log_warning(manager->scope, "phone %s keeps its old configuration: %s",
                       registration->device->name, error.text);
    }
}

struct device *registrations_device(struct call_manager *manager,
                                    struct registration *registration) {
    struct device *fresh = NULL;
    sj_error error;
    int status;
    if (registration->device->removed) {
        device_changed(manager, registration);
        return registration->device->removed ? NULL : registration->device;
    }
    if (registration->device->generation == manager->generation) {
        return registration->device;
    }
    status = device_load(manager->scope, registration->device->name, true, &fresh, &error);
    if (status == SJ_OK) {
        fresh->generation = manager->generation;
        registration_set_device(registration, fresh);
    } else if (status == SJ_E_NOT_FOUND) {
        device_changed(manager, registration);
        return NULL;
    }
    return registration->device; /* while the store cannot answer the phone stays as it was */
}

void registrations_device_changed(struct call_manager *manager, const char *device_name) {
    struct registration *next,
        *registration = registration_find(manager->registrations, device_name);
    for (; registration != NULL; registration = next) {
        next = registration_next(registration);
        device_changed(manager, registration);
    }
}
