/* Finds the device of a REGISTER: in the table of registrations, in the store, or by the digest
 * credentials shown. */
#include "phones/register_device.h"
#include "core/refusals.h"
#include "phones/authorization.h"
#include "phones/auto_registration.h"
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

/* A plain phone that names no device: known by the contact it registered before; else its address
 * of record is its name or its digest user; else it is the phone of the digest user it proves to
 * be. */
static struct device *identify_plain(struct call_manager *manager,
                                     const struct register_request *request,
                                     struct registration **old) {
    struct device *device = NULL;
    if (request->facts.has_contact) {
        *old = registration_by_contact(manager->registrations, request->facts.contact.uri);
        if (*old != NULL && !(*old)->cisco && sip_flow_same_host(&(*old)->flow, request->flow)) {
            return registrations_device(manager, *old);
        }
        *old = NULL;
    }
    if (request->facts.user[0] == '\0' ||
        ((!request->facts.user_may_be_device ||
          device_load(manager->scope, request->facts.user, true, &device, NULL) != SJ_OK) &&
         device_load_by_digest_user(manager->scope, request->facts.user, &device, NULL) != SJ_OK)) {
        device = identify_by_credentials(manager, request);
    }
    if (device == NULL) {
        return NULL;
    }
    device->generation = manager->generation;
    *old = registration_find(manager->registrations, device->name);
    if (*old != NULL) {
        device_free(device);
        return registrations_device(manager, *old);
    }
    return device;
}

/* The device that registers, or NULL when the request has been answered. *old: its registration,
 * then it owns the device. */
struct device *register_device_find(struct call_manager *manager,
                                    const struct register_request *request, sip_receive_fn *again,
                                    struct registration **old) {
    struct device *device = NULL;
    sj_error error;
    int status;
    *old = NULL;
    if (!request->facts.named) {
        device = identify_plain(manager, request, old);
        if (device == NULL && *old != NULL) {
            register_answer_refuse(manager, request, 404,
                                   "The phone is no longer configured in this cluster");
        }
        return device;
    }
    *old = registration_find(manager->registrations, request->facts.device_name);
    if (*old != NULL) {
        device = registrations_device(manager, *old);
        if (device == NULL && request->facts.expires_s == 0) {
            return (*old)->device; /* the phone unregisters */
        }
        if (device == NULL) {
            register_answer_refuse(manager, request, 404,
                                   "The phone is no longer configured in this cluster");
        }
        return device;
    }
    status = device_load(manager->scope, request->facts.device_name, true, &device, &error);
    if (status == SJ_E_NOT_FOUND) {
        char why[160] = "The phone is not configured in this cluster";
        if (!request->facts.has_contact || request->facts.expires_s == 0 ||
            !auto_registration_begin(manager, request->message, request->flow,
                                     request->facts.device_name, request->facts.model_number, again,
                                     why)) {
            (void)refusals_note(manager, REFUSED_PHONE, request->flow,
                                "phone %s may not register: %s", request->facts.device_name, why);
            register_answer_refuse(manager, request, 404, why);
        }
    } else if (status != SJ_OK) {
        sj_log_warning(manager->scope, "phone %s cannot register: %s", request->facts.device_name,
                       error.text);
        register_answer_refuse(manager, request, 500, "The phone's configuration cannot be read");
    } else {
        device->generation = manager->generation;
    }
    return device;
}
