/* Reads the outcome's targets, and the records of both ends as calls do. */
#include "analysis_destinations.h"
#include "calls/call_admission.h"
#include "calls/call_alternate.h"
#include "calls/call_identity.h"
#include "calls/call_place.h"
#include "calls/call_region.h"
#include "calls/normalisation.h"
#include "calls/trunk_status.h"

#include <stdio.h>

enum { G711_KBPS = 64 };

/* Calls of travellers that go back to where the phone stands take nothing here. */
static bool is_exempt(const struct call_origin *origin, const struct call_target *target) {
    return target->emcc[0] != '\0' && origin->device != NULL && origin->device->emcc;
}

/* Emergency calls keep what is above the limit, behind all others. */
static int64_t audio_kbps(const struct call_manager *manager, const struct call_origin *origin,
                          bool emergency, const struct call_target *target) {
    struct call_regions regions;
    const bool limited = call_regions_of_target(manager, origin, target, &regions) &&
                         regions.limits.audio_kbps < G711_KBPS;
    const bool keeps_larger =
        limited && (regions.emcc ? origin->trunk.device_name[0] != '\0' : emergency);
    return limited && !keeps_larger ? regions.limits.audio_kbps : G711_KBPS;
}

/* The cluster in which a traveller's phone stands; "": it is none's. */
static const char *visited_by(const struct device *device) {
    return device != NULL && device->emcc ? sj_or_empty(device->login->visiting_cluster_id) : "";
}

/* Whose Location Bandwidth Managers calls ask beside this cluster's. */
static void add_visits(const struct call_manager *manager, const struct call_origin *origin,
                       const struct call_target *target, sj_call_destination *destination) {
    if (is_exempt(origin, target)) {
        return;
    }
    destination->caller_cluster_id = visited_by(origin->device);
    destination->caller_device = origin->device != NULL ? origin->device->name : "";
    destination->callee_cluster_id = visited_by(call_target_phone(manager, target));
}

static void add_bandwidth(struct call_manager *manager, const struct call_origin *origin,
                          const struct call_outcome *outcome, const struct call_target *target,
                          struct destination_texts *texts, sj_call_destination *destination) {
    struct call_place from, to;
    call_place_of_origin(manager, origin, &from);
    call_place_of_target(manager, target, &to);
    add_visits(manager, origin, target, destination);
    destination->never_refused = outcome->emergency;
    destination->audio_bit_rate = audio_kbps(manager, origin, destination->never_refused, target);
    destination->needs_lbm = !destination->never_refused && !is_exempt(origin, target) &&
                             call_admission_rejects(manager);
    destination->lbm_answers = call_admission_is_counted(manager);
    destination->takes_bandwidth =
        !is_exempt(origin, target) && (from.location[0] != '\0' || to.location[0] != '\0');
    if (!destination->takes_bandwidth && !destination->needs_lbm) {
        return;
    }
    (void)snprintf(texts->from, sizeof texts->from, "%s",
                   from.location[0] != '\0' ? from.location : SJ_LOCATION_HUB_NONE);
    (void)snprintf(texts->to, sizeof texts->to, "%s",
                   to.location[0] != '\0' ? to.location : SJ_LOCATION_HUB_NONE);
    destination->from_location = texts->from;
    destination->to_location = texts->to;
    (void)snprintf(texts->from_cluster, sizeof texts->from_cluster, "%s", from.cluster_id);
    (void)snprintf(texts->to_cluster, sizeof texts->to_cluster, "%s", to.cluster_id);
    destination->from_cluster = texts->from_cluster;
    destination->to_cluster = texts->to_cluster;
    destination->alternate_calling_search_space = sj_or_empty(
        call_alternate_of_target(manager, origin, &outcome->route, target, texts->alternate));
    if (destination->alternate_calling_search_space[0] != '\0') {
        destination->alternate_number = texts->alternate;
    }
}

/* What was observed last of where the trunk leads. */
static sj_trunk_reach reach_of(struct call_manager *manager, const struct call_target *target) {
    const struct trunk_destination *destination =
        target->trunk ? trunk_destination_of(manager, target->device_name, &target->flow) : NULL;
    for (size_t i = 0; destination != NULL && i < destination->count; i++) {
        if (sj_address_equal(&destination->addresses[i].address, &target->flow.remote)) {
            return destination->addresses[i].reach;
        }
    }
    return SJ_TRUNK_REACH_UNKNOWN;
}

/* With all its texts, which a message has to have. */
static const sj_call_destination nothing_known = {.device = "",
                                                  .address = "",
                                                  .called_number = "",
                                                  .calling_number = "",
                                                  .remote_cluster_id = "",
                                                  .text = "",
                                                  .next_cluster_id = "",
                                                  .host = "",
                                                  .route_string = "",
                                                  .from_location = "",
                                                  .to_location = "",
                                                  .alternate_number = "",
                                                  .alternate_calling_search_space = "",
                                                  .from_cluster = "",
                                                  .to_cluster = "",
                                                  .caller_cluster_id = "",
                                                  .caller_device = "",
                                                  .callee_cluster_id = "",
                                                  .calling_uri = ""};

static void add_words(char *text, size_t room, const char *words) {
    const size_t used = strlen(text);
    (void)snprintf(text + used, room - used, "%s%s", used > 0 && words[0] != '\0' ? "; " : "",
                   words);
}

static void describe(struct call_manager *manager, const struct call_outcome *outcome,
                     const struct call_target *target, const char *when, char *text, size_t room) {
    const char *script = normalisation_of_target(manager, target);
    char asked[120] = "";
    if (script[0] != '\0') {
        (void)snprintf(asked, sizeof asked, "normalization script %s may change the request",
                       script);
    }
    text[0] = '\0';
    add_words(text, room,
              target->emcc[0] != '\0'   ? "back to the cluster in which the phone stands"
              : target->assumed != NULL ? "not registered; taken to be"
                                        : when);
    add_words(text, room,
              call_outcome_withholds(manager, outcome, target)
                  ? "the caller's number is withheld from it"
                  : "");
    add_words(text, room, asked);
}

static sj_call_destination of_target(struct call_manager *manager,
                                     const struct call_outcome *outcome,
                                     const struct call_target *target, const char *when,
                                     struct destination_texts *texts) {
    const bool returns = target->emcc[0] != '\0';
    const sj_trunk_reach reach = reach_of(manager, target);
    sj_call_destination destination = nothing_known;
    destination.device = target->device_name;
    destination.address = target->uri;
    destination.called_number = target->called;
    destination.calling_number =
        target->calling[0] != '\0' ? target->calling : outcome->route.calling;
    destination.remote_cluster_id = target->remote_cluster_id;
    describe(manager, outcome, target, when, texts->text, sizeof texts->text);
    destination.text = texts->text;
    destination.unreachable = reach == SJ_TRUNK_REACH_UNREACHABLE;
    destination.reachable = reach == SJ_TRUNK_REACH_REACHABLE;
    destination.next_cluster_id = returns         ? target->remote_cluster_id
                                  : target->trunk ? trunk_cluster_at(manager, &target->flow.remote)
                                                  : "";
    destination.host = target->host;
    destination.route_string = target->route_string;
    return destination;
}

/* As whom the caller is shown there: as calls are (call_leg_invite). */
static void show_caller(struct call_manager *manager, const struct call_origin *origin,
                        const struct call_outcome *outcome, const struct call_target *target,
                        struct destination_texts *texts, sj_call_destination *destination) {
    const char *number = destination->calling_number;
    destination->withheld = call_outcome_withholds(manager, outcome, target);
    const struct call_identity caller = {
        .number = number,
        .uri = call_identity_keeps_uri(origin->number, number) ? origin->uri : "",
        .withheld = {destination->withheld, false},
        .format = call_identity_format(trunk_party_info_format(manager, target->device_name),
                                       outcome->emergency, number)};
    if (target->trunk && call_identity_is_uri_alone(&caller)) {
        char words[DIRECTORY_URI + 60];
        (void)snprintf(words, sizeof words, "the caller is told as %s, without a number",
                       origin->uri);
        add_words(texts->text, sizeof texts->text, words);
        destination->calling_uri = origin->uri;
        destination->calling_number = "";
    }
}

/* No address is known of it. */
static sj_call_destination of_step(const struct route_step *step,
                                   const struct call_origin *origin) {
    const bool returns = step->kind == ROUTE_RETURN_TO_VISITING_CLUSTER && origin->device != NULL;
    sj_call_destination destination = nothing_known;
    destination.device = step->trunk;
    destination.called_number = step->called;
    destination.calling_number = step->calling;
    destination.remote_cluster_id = returns ? origin->device->login->visiting_cluster_id : "";
    destination.text = "it cannot be called at present";
    return destination;
}

void analysis_destinations_add(struct call_manager *manager, const struct call_origin *origin,
                               const struct call_outcome *outcome,
                               const struct call_target *targets, const char *when,
                               struct analysis_destinations *destinations) {
    const struct route_steps *steps = &outcome->route.steps;
    for (size_t i = 0; i < outcome->target_count; i++) {
        struct destination_texts *texts = &destinations->texts[destinations->count];
        sj_call_destination *destination = &destinations->list[destinations->count++];
        *destination = of_target(manager, outcome, &targets[i], when, texts);
        show_caller(manager, origin, outcome, &targets[i], texts, destination);
        destination->hunted = outcome->route.outcome == NUMBER_HUNT;
        add_bandwidth(manager, origin, outcome, &targets[i], texts, destination);
    }
    for (size_t i = 0; i < steps->count && outcome->target_count == 0; i++) {
        destinations->list[destinations->count++] = of_step(&steps->steps[i], origin);
    }
}
