/* Finds the device of a REGISTER: in the table of registrations, in the store, or by the digest
 * credentials shown. */
#include "phones/register_device.h"
#include "core/refusals.h"
#include "phones/authorization.h"
#include "phones/auto_registration.h"
#include "phones/register_answer.h"
#include "phones/registrations.h"

#include <stdio.h>

/* The phone of a digest user who has proved to be it; NULL when the request has been answered. */
static struct device *identify_by_credentials(struct call_manager *manager,
                                              const struct register_request *request) {
    struct device *device = NULL;
    char user[130];
    if (!authorization_prove_user(manager, request->message, request->flow, user)) {
        return NULL;
    }
    if (device_load_by_digest_user(manager->scope, user, &device, NULL) != SJ_OK) {
        register_answer_refuse(manager, request, 404, "The digest user has no phone");
    }
    return device;
}

static struct register_found registered(struct call_manager *manager,
                                        struct registration *registration) {
    const struct register_found found = {.device = registrations_device(manager, registration),
                                         .registration = registration};
    return found;
}

static struct register_found unregistered(struct call_manager *manager, struct device *device) {
    const struct register_found found = {.device = device, .owned = device};
    if (device != NULL) {
        device->generation = manager->generation;
    }
    return found;
}

/* A plain phone that names no device: known by the contact it registered before; else its address
 * of record is its name or its digest user; else it is the phone of the digest user it proves to
 * be. */
static struct register_found identify_plain(struct call_manager *manager,
                                            const struct register_request *request) {
    const struct register_facts *facts = &request->facts;
    struct device *device = NULL;
    struct registration *registration =
        facts->contact_count == 0
            ? NULL
            : registration_by_contact(manager->registrations, facts->contacts[0].address.uri);
    if (registration != NULL && !registration->cisco &&
        sip_flow_same_host(&registration->flow, request->flow)) {
        return registered(manager, registration);
    }
    if (facts->user[0] == '\0' ||
        ((!facts->user_may_be_device ||
          device_load(manager->scope, facts->user, true, &device, NULL) != SJ_OK) &&
         device_load_by_digest_user(manager->scope, facts->user, &device, NULL) != SJ_OK)) {
        device = identify_by_credentials(manager, request);
    }
    registration = device == NULL ? NULL : registration_find(manager->registrations, device->name);
    if (registration != NULL) {
        device_free(device);
        return registered(manager, registration);
    }
    return unregistered(manager, device);
}

/* The device of a phone that names it and is not registered. */
static struct register_found load_named(struct call_manager *manager,
                                        const struct register_request *request,
                                        sip_receive_fn *again) {
    const struct register_facts *facts = &request->facts;
    struct device *device = NULL;
    sj_error error;
    const int status = device_load(manager->scope, facts->device_name, true, &device, &error);
    if (status == SJ_E_NOT_FOUND) {
        char why[160] = "The phone is not configured in this cluster";
        if (register_facts_binding(facts) == NULL ||
            !auto_registration_begin(manager, request->message, request->flow, facts->device_name,
                                     facts->model_number, again, why)) {
            (void)refusals_note(manager, REFUSED_PHONE, request->flow,
                                "phone %s may not register: %s", facts->device_name, why);
            register_answer_refuse(manager, request, 404, why);
        }
    } else if (status != SJ_OK) {
        sj_log_warning(manager->scope, "phone %s cannot register: %s", facts->device_name,
                       error.text);
        register_answer_refuse(manager, request, 500, "The phone's configuration cannot be read");
    }
    return unregistered(manager, device);
}

struct register_found register_device_find(struct call_manager *manager,
                                           const struct register_request *request,
                                           sip_receive_fn *again) {
    const struct register_facts *facts = &request->facts;
    struct registration *registration =
        facts->named ? registration_find(manager->registrations, facts->device_name) : NULL;
    struct register_found found = !facts->named          ? identify_plain(manager, request)
                                  : registration == NULL ? load_named(manager, request, again)
                                                         : registered(manager, registration);
    if (found.device == NULL && found.registration != NULL) {
        if (facts->named &&
            register_facts_binding(facts) == NULL) { /* a phone that was removed unregisters */
            found.device = found.registration->device;
        } else {
            register_answer_refuse(manager, request, 404,
                                   "The phone is no longer configured in this cluster");
        }
    }
    return found;
}

struct device *register_found_take(struct register_found *found) {
    struct device *device = found->owned;
    found->owned = NULL;
    return device;
}

void register_found_release(struct register_found *found) {
    device_free(register_found_take(found));
}
