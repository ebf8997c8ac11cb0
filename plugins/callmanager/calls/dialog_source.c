/* Where requests within dialogs come from. Reads registrations and the dial plan. */
#include "calls/dialog_source.h"
#include "calls/trunk.h"
#include "calls/trunk_destination.h"
#include "core/refusals.h"
#include "phones/authorization.h"
#include "phones/registrations.h"

#include <sojourn/base/text.h>

static bool is_named(struct sip_text uri, const struct sip_flow *flow) {
    struct sip_uri parsed;
    struct sip_flow named = *flow;
    return sip_uri_parse(uri, &parsed) && sip_uri_address(&parsed, 5060, &named.remote) &&
           sip_flow_same_host(&named, flow);
}

/* Whole lines "Route: <sip:...;lr>". */
static bool is_on_route(const char *route_set, const struct sip_flow *flow) {
    while (route_set != NULL && *route_set != '\0') {
        const char *end = strchr(route_set, '\n');
        const struct sip_text line = {route_set,
                                      end == NULL ? strlen(route_set) : (size_t)(end - route_set)};
        struct sip_text value = sip_text_trim(line);
        struct sip_name_address entry;
        value.at += sizeof "Route:" - 1;
        value.length -= sizeof "Route:" - 1;
        for (value = sip_text_trim(value);
             value.length > 0 && sip_name_address_parse(value, &entry); value = entry.rest) {
            if (is_named(entry.uri, flow)) {
                return true;
            }
        }
        route_set = end == NULL ? NULL : end + 1;
    }
    return false;
}

static bool is_of_trunk(const struct call_leg *leg, const struct sip_flow *flow) {
    struct call_manager *manager = leg->manager;
    const char *cluster_id = leg->call->remote_cluster_id;
    return is_named(sip_text_of(sj_or_empty(leg->remote_target)), flow) ||
           is_on_route(leg->route_set, flow) ||
           trunk_destination_has(manager, leg->device_name, &flow->remote) ||
           (cluster_id[0] != '\0' && trunk_is_of_cluster(manager, cluster_id, &flow->remote));
}

bool dialog_source_allows(struct call_leg *leg, const struct sip_message *request,
                          const struct sip_flow *flow) {
    struct call_manager *manager = leg->manager;
    struct registration *phone =
        leg->trunk ? NULL : registration_find_at(manager->registrations, leg->device_name, flow);
    struct device *device;
    struct nonce_mark proof;
    if (sip_flow_same_host(&leg->flow, flow) || sip_flow_same_host(&leg->source, flow) ||
        (leg->trunk && is_of_trunk(leg, flow)) ||
        (phone != NULL && sip_flow_same_host(&phone->flow, flow))) {
        return true;
    }
    (void)refusals_note(manager, REFUSED_DIALOG, flow,
                        "%s within a call of %s does not come from its address",
                        sip_method_text(request->method), leg->device_name);
    if (request->method == SIP_ACK) {
        return false;
    }
    device = phone == NULL ? NULL : registrations_device(manager, phone);
    if (device != NULL && device->digest) {
        return authorization_prove(manager, request, flow, device, phone, &proof);
    }
    sip_answer(manager, request, flow, 403,
               "The request does not come from an address of the dialog's party");
    return false;
}
