/* Asks the policy, and changes messages as it says (sip/message_edit.h). */
#include "calls/normalisation.h"
#include "calls/trunk_destination.h"
#include "media/sdp.h"
#include "phones/registrations.h"
#include "policies/sip_normalise.h"
#include "resources/phone.h"
#include "sip/message_edit.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

enum { TEXT_ROOM = 24 * 1024 }; /* of the names and values that a policy sees */

/* While there are scripts. What comes in may have something sent, so that there is a
 * message for each way. */
struct normalisation {
    char in[SIP_MESSAGE_MAX], out[SIP_MESSAGE_MAX];
    char text[TEXT_ROOM], sdp[SIP_BODY_MAX + 1];
    size_t used;
};

/* Whose message it is. */
struct peer {
    const char *script; /* "" for none */
    const char *trunk, *phone;
};

static const char *script_of_profile(const struct call_manager *manager, const char *name) {
    const sj_sip_profile *profile = dial_plan_get(&manager->plan, PLAN_SIP_PROFILE, name);
    return profile != NULL ? sj_or_empty(profile->normalization_script) : "";
}

static const char *script_of(const struct call_manager *manager, const sj_sip_trunk *trunk) {
    return sj_or_empty(trunk->normalization_script)[0] != '\0'
               ? trunk->normalization_script
               : script_of_profile(manager, trunk->sip_profile);
}

/* The trunk at that address that has a script. */
static bool find_trunk(struct call_manager *manager, const struct sip_flow *flow,
                       struct peer *peer) {
    const sj_list_link *link = NULL;
    const sj_sip_trunk *trunk;
    while ((trunk = dial_plan_walk(&manager->plan, PLAN_SIP_TRUNK, &link)) != NULL) {
        const char *script = script_of(manager, trunk);
        if (script[0] != '\0' && trunk_destination_has(manager, trunk->name, &flow->remote)) {
            *peer = (struct peer){script, trunk->name, ""};
            return true;
        }
    }
    return false;
}

static const char *script_of_phone(const struct call_manager *manager,
                                   const struct device *device) {
    const char *script = "";
    sj_phone *phone = NULL;
    if (device != NULL && device->normalised &&
        sj_phone_get(manager->scope, device->name, &phone, NULL) == SJ_OK) {
        script = script_of_profile(manager, phone->sip_profile);
        sj_record_free(manager->scope, phone);
    }
    return script;
}

/* The phone that is registered there, or alone at that address, whose SIP profile has one. */
static bool find_phone(struct call_manager *manager, const struct sip_flow *flow,
                       struct peer *peer) {
    const struct registration_table *table = manager->registrations;
    struct registration *registration = registration_from(table, flow, NULL);
    if (registration == NULL && !registration_host_has(table, &flow->remote, 2)) {
        registration = registration_at(table, &flow->remote);
    }
    const struct device *device =
        registration == NULL ? NULL : registrations_device(manager, registration);
    *peer = (struct peer){script_of_phone(manager, device), "", device == NULL ? "" : device->name};
    return peer->script[0] != '\0';
}

/* CANCEL is as its INVITE. By a REGISTER it is found out which phone sends it. */
static bool find_peer(struct call_manager *manager, const struct sip_message *message,
                      const struct sip_flow *flow, struct peer *peer) {
    return message->method != SIP_CANCEL &&
           (find_trunk(manager, flow, peer) ||
            (message->method != SIP_REGISTER && find_phone(manager, flow, peer)));
}

/* A copy with an end, folds as blanks. Without room: what does not fit is not shown. */
static const char *copy(struct normalisation *state, struct sip_text text) {
    char *at = state->text + state->used;
    if (text.length + 1 > sizeof state->text - state->used) {
        return "";
    }
    for (size_t i = 0; i < text.length; i++) {
        at[i] = (char)(text.at[i] == '\r' || text.at[i] == '\n' ? ' ' : text.at[i]);
    }
    at[text.length] = '\0';
    state->used += text.length + 1;
    return at;
}

static size_t show_headers(struct normalisation *state, const struct sip_message *message,
                           sj_sip_normalise_input_header headers[SIP_HEADERS_MAX]) {
    size_t at = sip_lines_begin(message), count = 0;
    struct sip_line line;
    while (count < SIP_HEADERS_MAX && sip_lines_next(message, &at, &line)) {
        if (!sip_header_is_secret(line.name)) {
            headers[count].name = copy(state, sip_long_name(line.name));
            headers[count].value = copy(state, line.value);
            count++;
        }
    }
    return count;
}

static const char *show_sdp(struct normalisation *state, const struct sip_message *message) {
    return sip_text_is_nocase(sip_text_token(sip_message_header(message, SIP_CONTENT_TYPE)),
                              "application/sdp") &&
                   sip_text_copy(message->body, state->sdp, sizeof state->sdp)
               ? state->sdp
               : "";
}

static void tell(const struct call_manager *manager, const struct peer *peer, const char *direction,
                 const char *why) {
    sj_log_limited(manager->scope, SJ_LOG_WARNING,
                   "what sip.normalise answers is refused, the message stays as it was",
                   "%s, %s %s: %s", direction, peer->trunk[0] != '\0' ? "trunk" : "phone",
                   peer->trunk[0] != '\0' ? peer->trunk : peer->phone, why);
}

/* What a policy says of the media must be a session description with as many streams as there were:
 * who does not want one refuses it, by its port. */
static bool sdp_is_sound(const char *wanted, const struct sip_message *message, char *why,
                         size_t room) {
    struct sdp before, after;
    const char *fault = wanted[0] == '\0' ? NULL : sdp_fault(sip_text_of(wanted));
    if (wanted[0] == '\0') {
        return true;
    }
    if (fault == NULL &&
        sdp_read(message->body, &before)->count != sdp_read(sip_text_of(wanted), &after)->count) {
        fault = "it has more streams than there were, or fewer (port 0 refuses one)";
    }
    if (fault != NULL) {
        (void)snprintf(why, room, "this is no session description that can be sent: %s", fault);
    }
    return fault == NULL;
}

/* The changed message into `room`, its length; 0: it stays as it is. */
static size_t normalise(struct call_manager *manager, const struct sip_message *message,
                        const struct sip_flow *flow, bool inbound, char *room) {
    struct normalisation *state = manager->normalisation;
    sj_sip_normalise_input_header headers[SIP_HEADERS_MAX];
    struct sip_edit_header set[SIP_HEADERS_MAX], add[SIP_HEADERS_MAX];
    sj_sip_normalise_output output = {.request_uri = "", .sdp = "", .reason = ""};
    struct peer peer;
    char why[240];
    if (!find_peer(manager, message, flow, &peer)) {
        return 0;
    }
    state->used = 0;
    const sj_sip_normalise_input input = {
        .script = peer.script,
        .trunk = peer.trunk,
        .phone = peer.phone,
        .direction = inbound ? SJ_SIP_NORMALISE_INPUT_DIRECTION_INBOUND
                             : SJ_SIP_NORMALISE_INPUT_DIRECTION_OUTBOUND,
        .method = copy(state, sip_text_of(sip_method_text(message->method))),
        .status = message->status,
        .request_uri = copy(state, message->uri),
        .headers = headers,
        .headers_count = show_headers(state, message, headers),
        .sdp = show_sdp(state, message),
    };
    if (sj_decide_sip_normalise(manager->scope, "", &input, &output) != 1 ||
        (output.request_uri[0] == '\0' && output.sdp[0] == '\0' &&
         output.remove_count + output.set_count + output.add_count == 0)) {
        return 0;
    }
    for (size_t i = 0; i < output.set_count; i++) {
        set[i] = (struct sip_edit_header){output.set[i].name, output.set[i].value};
    }
    for (size_t i = 0; i < output.add_count; i++) {
        add[i] = (struct sip_edit_header){output.add[i].name, output.add[i].value};
    }
    const struct sip_edits edits = {.request_uri = output.request_uri,
                                    .remove = output.remove,
                                    .remove_count = output.remove_count,
                                    .set = set,
                                    .set_count = output.set_count,
                                    .add = add,
                                    .add_count = output.add_count,
                                    .sdp = output.sdp};
    struct sip_writer writer;
    sip_writer_init(&writer, room, SIP_MESSAGE_MAX);
    if (!sdp_is_sound(output.sdp, message, why, sizeof why) ||
        !sip_message_edit(message, &edits, &writer, why, sizeof why)) {
        tell(manager, &peer, inbound ? "inbound" : "outbound", why);
        return 0;
    }
    sj_log_debug(manager->scope, "%s %s %s is changed: %s", input.method,
                 peer.trunk[0] != '\0' ? "over trunk" : "of phone",
                 peer.trunk[0] != '\0' ? peer.trunk : peer.phone, sj_or_empty(output.reason));
    return writer.used;
}

/* sip_transactions.outbound */
static size_t outbound(void *user, const struct sip_flow *flow, const char *data, size_t length,
                       const char **changed) {
    struct call_manager *manager = user;
    struct sip_message message;
    size_t used = 0;
    if (sip_message_parse(data, length, &message) && message.fault == NULL) {
        used = normalise(manager, &message, flow, false, manager->normalisation->out);
        *changed = manager->normalisation->out;
    }
    return used;
}

const struct sip_message *normalise_inbound(struct call_manager *manager,
                                            const struct sip_message *message,
                                            const struct sip_flow *flow, struct sip_message *room) {
    size_t used = 0;
    if (manager->normalisation != NULL && message->fault == NULL) {
        used = normalise(manager, message, flow, true, manager->normalisation->in);
    }
    return used > 0 && sip_message_parse(manager->normalisation->in, used, room) ? room : message;
}

const char *normalisation_of_caller(struct call_manager *manager,
                                    const struct call_origin *origin) {
    return origin->trunk.trunk != NULL ? script_of(manager, origin->trunk.trunk)
                                       : script_of_phone(manager, origin->device);
}

const char *normalisation_of_target(struct call_manager *manager,
                                    const struct call_target *target) {
    const sj_sip_trunk *trunk =
        target->trunk ? dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, target->device_name) : NULL;
    struct peer peer;
    if (target->assumed != NULL) {
        return script_of_phone(manager, target->assumed);
    }
    return find_trunk(manager, &target->flow, &peer) || find_phone(manager, &target->flow, &peer)
               ? peer.script
           : trunk != NULL ? script_of(manager, trunk) /* as an analysis tries it */
                           : "";
}

void normalisation_changed(struct call_manager *manager) {
    const sj_list_link *link = NULL;
    const sj_sip_trunk *trunk;
    const sj_sip_profile *profile;
    bool wanted = false;
    while ((trunk = dial_plan_walk(&manager->plan, PLAN_SIP_TRUNK, &link)) != NULL) {
        wanted = wanted || script_of(manager, trunk)[0] != '\0';
    }
    for (link = NULL;
         (profile = dial_plan_walk(&manager->plan, PLAN_SIP_PROFILE, &link)) != NULL;) {
        wanted = wanted || sj_or_empty(profile->normalization_script)[0] != '\0';
    }
    if (wanted && manager->normalisation == NULL) {
        manager->normalisation = calloc(1, sizeof *manager->normalisation);
        if (manager->normalisation == NULL) {
            sj_log_error(manager->scope, "no memory for normalization scripts");
        }
    } else if (!wanted) {
        normalisation_free(manager);
    }
    manager->transactions.outbound = manager->normalisation == NULL ? NULL : outbound;
}

void normalisation_free(struct call_manager *manager) {
    free(manager->normalisation);
    manager->normalisation = NULL;
}
