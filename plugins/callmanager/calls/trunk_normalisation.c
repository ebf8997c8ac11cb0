/* Asks the policy, and changes messages as it says (sip/message_edit.h). */
#include "calls/trunk_normalisation.h"
#include "calls/trunk_destination.h"
#include "policies/sip_normalise.h"
#include "sip/message_edit.h"

#include <sojourn/base/text.h>

#include <stdlib.h>

enum { TEXT_ROOM = 24 * 1024 }; /* of the names and values that a policy sees */

/* While there are trunks with a script. What comes in may have something sent, so that there is a
 * message for each way. */
struct trunk_normalisation {
    char in[SIP_MESSAGE_MAX], out[SIP_MESSAGE_MAX];
    char text[TEXT_ROOM], sdp[SIP_BODY_MAX + 1];
    size_t used;
};

static const char *script_of(const struct call_manager *manager, const sj_sip_trunk *trunk) {
    const sj_sip_profile *profile =
        dial_plan_get(&manager->plan, PLAN_SIP_PROFILE, trunk->sip_profile);
    return sj_or_empty(trunk->normalization_script)[0] != '\0' ? trunk->normalization_script
           : profile != NULL ? sj_or_empty(profile->normalization_script)
                             : "";
}

/* The trunk at that address that has a script; NULL: none. */
static const sj_sip_trunk *trunk_at(struct call_manager *manager, const struct sip_flow *flow) {
    const sj_list_link *link = NULL;
    const sj_sip_trunk *trunk;
    while ((trunk = dial_plan_walk(&manager->plan, PLAN_SIP_TRUNK, &link)) != NULL) {
        if (script_of(manager, trunk)[0] != '\0' &&
            trunk_destination_has(manager, trunk->name, &flow->remote)) {
            return trunk;
        }
    }
    return NULL;
}

/* A copy with an end, folds as blanks. Without room: what does not fit is not shown. */
static const char *copy(struct trunk_normalisation *state, struct sip_text text) {
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

static size_t show_headers(struct trunk_normalisation *state, const struct sip_message *message,
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

static const char *show_sdp(struct trunk_normalisation *state, const struct sip_message *message) {
    return sip_text_is_nocase(sip_text_token(sip_message_header(message, SIP_CONTENT_TYPE)),
                              "application/sdp") &&
                   sip_text_copy(message->body, state->sdp, sizeof state->sdp)
               ? state->sdp
               : "";
}

static void tell(const struct call_manager *manager, const sj_sip_trunk *trunk,
                 const char *direction, const char *why) {
    sj_log_limited(manager->scope, SJ_LOG_WARNING,
                   "what sip.normalise answers is refused, the message stays as it was",
                   "%s, trunk %s: %s", direction, trunk->name, why);
}

/* The changed message into `room`, its length; 0: it stays as it is. */
static size_t normalise(struct call_manager *manager, const struct sip_message *message,
                        const struct sip_flow *flow, bool inbound, char *room) {
    struct trunk_normalisation *state = manager->normalisation;
    const sj_sip_trunk *trunk = message->method == SIP_CANCEL ? NULL : trunk_at(manager, flow);
    sj_sip_normalise_input_header headers[SIP_HEADERS_MAX];
    struct sip_edit_header set[SIP_HEADERS_MAX], add[SIP_HEADERS_MAX];
    sj_sip_normalise_output output = {.request_uri = "", .sdp = "", .reason = ""};
    char why[160];
    if (trunk == NULL) {
        return 0;
    }
    state->used = 0;
    const sj_sip_normalise_input input = {
        .script = script_of(manager, trunk),
        .trunk = trunk->name,
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
    if (!sip_message_edit(message, &edits, &writer, why, sizeof why)) {
        tell(manager, trunk, inbound ? "inbound" : "outbound", why);
        return 0;
    }
    sj_log_debug(manager->scope, "%s over trunk %s is changed: %s", input.method, trunk->name,
                 sj_or_empty(output.reason));
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

const struct sip_message *trunk_normalise_inbound(struct call_manager *manager,
                                                  const struct sip_message *message,
                                                  const struct sip_flow *flow,
                                                  struct sip_message *room) {
    size_t used = 0;
    if (manager->normalisation != NULL && message->fault == NULL) {
        used = normalise(manager, message, flow, true, manager->normalisation->in);
    }
    return used > 0 && sip_message_parse(manager->normalisation->in, used, room) ? room : message;
}

void trunk_normalisation_changed(struct call_manager *manager) {
    const sj_list_link *link = NULL;
    const sj_sip_trunk *trunk;
    bool wanted = false;
    while ((trunk = dial_plan_walk(&manager->plan, PLAN_SIP_TRUNK, &link)) != NULL) {
        wanted = wanted || script_of(manager, trunk)[0] != '\0';
    }
    if (wanted && manager->normalisation == NULL) {
        manager->normalisation = calloc(1, sizeof *manager->normalisation);
        if (manager->normalisation == NULL) {
            sj_log_error(manager->scope, "no memory for normalization scripts of trunks");
        }
    } else if (!wanted) {
        trunk_normalisation_free(manager);
    }
    manager->transactions.outbound = manager->normalisation == NULL ? NULL : outbound;
}

void trunk_normalisation_free(struct call_manager *manager) {
    free(manager->normalisation);
    manager->normalisation = NULL;
}
