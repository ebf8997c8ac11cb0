/* The life of registrations after their REGISTER: they expire, lose their connection, and follow
 * the configuration. */
#include "phones/registrations.h"
#include "events/device.h"
#include "phones/authorization.h"
#include "phones/feature_events.h"
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

int64_t registrations_left_ms(const struct call_manager *manager, const struct registration *of) {
    const uint64_t now_ms = sj_monotonic_ms(manager->scope);
    return of->expires_ms > now_ms ? (int64_t)(of->expires_ms - now_ms) : 0;
}

static void expired(struct wheel_timer *timer) {
    struct registration *of = SJ_OWNER(timer, struct registration, expiry);
    struct call_manager *manager = of->table->owner;
    if (of->expires_ms + grace_ms > sj_monotonic_ms(manager->scope) && !of->device->removed) {
        registrations_watch(manager, of); /* it was refreshed meanwhile */
        return;
    }
    registrations_remove(manager, of, of->device->removed ? "removed" : "expired");
}

void registrations_watch(struct call_manager *manager, struct registration *of) {
    const uint64_t now_ms = sj_monotonic_ms(manager->scope), end_ms = of->expires_ms + grace_ms;
    const uint64_t left_ms = of->device->removed ? removed_ms
                             : end_ms > now_ms   ? end_ms - now_ms
                                                 : 0;
    timer_wheel_start(&manager->slow.wheel, &of->expiry, now_ms, left_ms, expired);
}

void registrations_remove(struct call_manager *manager, struct registration *of,
                          const char *reason) {
    sj_device_unregistered event;
    char name[130];
    memset(&event, 0, sizeof event);
    (void)snprintf(name, sizeof name, "%s", of->device->name);
    event.device_name = name;
    event.reason = reason;
    timer_wheel_stop(&manager->slow.wheel, &of->expiry);
    registration_store_forget(manager, of);
    authorization_forget(manager, of);
    registration_remove(of);
    registrations_count(manager);
    sj_log_info(manager->scope, "phone %s is no longer registered (%s)", name, reason);
    sj_publish_device_unregistered(manager->scope, manager->device_unregistered, &event);
}

struct registration *registrations_put(struct call_manager *manager, struct registration *old,
                                       struct device *with,
                                       const struct registration_binding *binding) {
    const bool unsaved = old != NULL && sj_list_linked(&old->unsaved);
    struct registration *now;
    if (old != NULL) { /* it may be replaced */
        timer_wheel_stop(&manager->slow.wheel, &old->expiry);
        registration_store_forget_pending(old);
    }
    now = registration_put(manager->registrations, old, with, binding);
    if (now != NULL || old != NULL) {
        registrations_watch(manager, now != NULL ? now : old);
    }
    if (unsaved) {
        registration_store_changed(manager, now != NULL ? now : old);
    }
    return now;
}

/* ---- changes from elsewhere ---- */

/* A plain phone can be called where its Contact says even without the connection it came over;
 * false when it cannot. */
static bool fall_back_to_contact(struct call_manager *manager, struct registration *of) {
    struct registration_binding binding;
    struct registration *now;
    struct sip_uri uri;
    memset(&binding, 0, sizeof binding);
    binding.flow = of->flow;
    binding.cisco = of->cisco;
    binding.model_number = of->model_number;
    if (of->cisco || of->flow.transport != SJ_SIP_TRANSPORT_TCP ||
        !sip_uri_parse(sip_text_of(of->contact), &uri) ||
        !sip_uri_address(&uri, 5060, &binding.flow.remote)) {
        return false;
    }
    if (sip_flow_equal(&binding.flow, &of->flow)) {
        return true;
    }
    binding.contact = sip_text_of(of->contact);
    binding.call_id = sip_text_of(of->call_id);
    binding.user_agent = sip_text_of(of->user_agent);
    binding.cseq = of->cseq;
    binding.granted_s = of->granted_s;
    binding.now_ms = of->registered_at_ms;
    binding.clock_ms = of->expires_ms - (uint64_t)of->granted_s * 1000;
    now = registrations_put(manager, of, NULL, &binding);
    if (now != NULL) {
        registration_store_changed(manager, now);
    }
    return now != NULL; /* without memory it is taken off, and will register again */
}

void registrations_connection_closed(struct call_manager *manager, const struct sip_flow *flow) {
    struct registration *next;
    for (struct registration *of = registration_from(manager->registrations, flow, NULL);
         of != NULL; of = next) {
        next = registration_from(manager->registrations, flow, of);
        if (!fall_back_to_contact(manager, of)) {
            registrations_remove(manager, of, "connection_closed");
        }
    }
}

struct device *registrations_device(struct call_manager *manager, struct registration *of) {
    struct device *fresh = NULL;
    sj_error error;
    int status;
    if (of->device->removed) {
        registrations_device_changed(manager, of->device->name);
        return of->device->removed ? NULL : of->device;
    }
    if (of->device->generation == manager->generation) {
        return of->device;
    }
    status = device_load(manager->scope, of->device->name, true, &fresh, &error);
    if (status == SJ_OK) {
        fresh->generation = manager->generation;
        registration_set_device(of, fresh);
    } else if (status == SJ_E_NOT_FOUND) {
        registrations_device_changed(manager, of->device->name);
        return NULL;
    }
    return of->device; /* while the store cannot answer the phone stays as it was */
}

void registrations_device_changed(struct call_manager *manager, const char *device_name) {
    struct registration *of = registration_find(manager->registrations, device_name);
    struct device *fresh = NULL;
    sj_error error;
    int status;
    if (of == NULL) {
        return;
    }
    status = device_load(manager->scope, device_name, true, &fresh, &error);
    if (status == SJ_OK) {
        const bool before = of->device->do_not_disturb;
        fresh->generation = manager->generation;
        registration_set_device(of, fresh);
        registrations_watch(manager, of);
        remote_control_notify_do_not_disturb(manager, of);
        if (before != of->device->do_not_disturb) {
            feature_events_notify(manager, of->device->name);
        }
    } else if (status == SJ_E_NOT_FOUND) {
        if (!of->device->removed) {
            /* It is kept for a moment, without rights, so that it can still be reset. */
            of->device->removed = true;
            registrations_watch(manager, of);
        }
    } else {
        sj_log_warning(manager->scope, "phone %s keeps its old configuration: %s", device_name,
                       error.text);
    }
}
