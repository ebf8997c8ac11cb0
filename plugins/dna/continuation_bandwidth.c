/* Whether there is bandwidth for one destination: asked of this cluster's Location Bandwidth
 * Manager, and of those of the clusters in which travellers' phones stand. */
#include "continuation_state.h"
#include "events/bandwidth.h"

enum { LBM_WAIT_MS = 1000 };

/* Automated alternate routing takes its place; once a call. */
static bool is_around(const struct continuation *one, const sj_call_destination *destination) {
    return !destination->never_refused && destination->alternate_number[0] != '\0' &&
           one->tried == one->reply->destinations;
}

/* What becomes of the call when there is too little. */
static void consequence_of(const struct continuation *one, const sj_call_destination *destination,
                           char *text, size_t room) {
    const bool last = destination + 1 == one->tried + one->tried_count;
    if (destination->never_refused) {
        (void)snprintf(text, room, "an emergency call is made all the same");
    } else if (is_around(one, destination)) {
        (void)snprintf(text, room, "automated alternate routing dials %s through %s",
                       destination->alternate_number, destination->alternate_calling_search_space);
    } else if (destination->hunted) {
        (void)snprintf(text, room, "the hunt goes on without it");
    } else {
        (void)snprintf(text, room, "%s",
                       last ? "the call is refused: Not Enough Bandwidth"
                            : "the next destination is tried");
    }
}

void continuation_note_refused(struct continuation *one) {
    const sj_call_destination *destination = &one->tried[one->next];
    const bool around = is_around(one, destination);
    one->short_of = one->short_of || around;
    one->refused = one->refused || (!destination->never_refused && !around);
}

/* Who does not answer, as calls have it: other failures are of the question. */
static bool is_nobody(int status) {
    return status == SJ_E_UNAVAILABLE || status == SJ_E_TIMEOUT;
}

static void add_rejected(struct continuation *one, const char *why, const char *consequence) {
    continuation_add(one, SJ_ROUTING_STEP_KIND_ADMISSION, one->tried[one->next].device,
                     "%s, and Call Treatment When No LBM Available is to reject calls: %s", why,
                     consequence);
    continuation_note_refused(one);
}

static void on_simulated(void *user, int status, const sj_error *error,
                         const sj_lbm_simulate_reply *reply) {
    struct continuation *one = user;
    const sj_call_destination *destination = &one->tried[one->next];
    char consequence[300], path[800] = "";
    size_t used = 0;
    for (size_t i = 0; status == SJ_OK && i < reply->path_count && used + 120 < sizeof path; i++) {
        used += (size_t)snprintf(path + used, sizeof path - used, "%s%.100s", i > 0 ? ", " : "",
                                 reply->path[i]);
    }
    consequence_of(one, destination, consequence, sizeof consequence);
    if (destination->needs_lbm && is_nobody(status)) {
        add_rejected(one, "no Location Bandwidth Manager answers", consequence);
    } else if (status != SJ_OK) {
        continuation_add(one, SJ_ROUTING_STEP_KIND_ADMISSION, destination->device,
                         "whether there is bandwidth from %s to %s is not known: %s",
                         destination->from_location, destination->to_location, error->text);
    } else if (reply->path_count == 0) { /* nothing is taken here, or it has no way */
        const bool refused = reply->admitted == 0;
        if (refused) {
            continuation_note_refused(one);
        }
        continuation_add(one, SJ_ROUTING_STEP_KIND_ADMISSION, destination->device,
                         "from %s to %s: %s%s%s", destination->from_location,
                         destination->to_location, refused ? consequence : "", refused ? ". " : "",
                         reply->message);
    } else if (reply->admitted > 0) {
        continuation_add(
            one, SJ_ROUTING_STEP_KIND_ADMISSION, destination->device,
            "from %s to %s by way of %s: with audio of %lld kbps the call takes %lld kbps; there "
            "is "
            "enough now",
            destination->from_location, destination->to_location, path,
            (long long)destination->audio_bit_rate, (long long)reply->audio);
    } else {
        continuation_add(
            one, SJ_ROUTING_STEP_KIND_ADMISSION, destination->device,
            "from %s to %s by way of %s: with audio of %lld kbps the call takes %lld kbps; there "
            "is "
            "too little now at %s: %s",
            destination->from_location, destination->to_location, path,
            (long long)destination->audio_bit_rate, (long long)reply->audio, reply->place,
            consequence);
        continuation_note_refused(one);
    }
    continuation_go_on(one);
}

static void on_visited(void *user, int status, const sj_error *error,
                       const sj_visited_bandwidth_admit_reply *reply) {
    struct continuation *one = user;
    const sj_call_destination *destination = &one->tried[one->next];
    char consequence[300];
    consequence_of(one, destination, consequence, sizeof consequence);
    const bool nobody =
        status == SJ_E_TIMEOUT || (status == SJ_OK && reply->asked && !reply->answered);
    if (destination->needs_lbm && nobody) {
        char who[400];
        (void)snprintf(who, sizeof who,
                       "cluster %.60s, in which the phone stands, does not say whether there is "
                       "bandwidth: %.250s",
                       one->visited, status != SJ_OK ? error->text : reply->message);
        add_rejected(one, who, consequence);
    } else if (status != SJ_OK || !reply->asked || !reply->answered) {
        continuation_add(
            one, SJ_ROUTING_STEP_KIND_ADMISSION, destination->device,
            "whether there is bandwidth at cluster %s, in which the phone stands, is not known: %s",
            one->visited, status != SJ_OK ? error->text : reply->message);
    } else {
        const bool refused = reply->outcome == SJ_BANDWIDTH_OUTCOME_REFUSED;
        continuation_add(one, SJ_ROUTING_STEP_KIND_ADMISSION, destination->device,
                         "at cluster %s: %s%s%s", one->visited, reply->message, refused ? ": " : "",
                         refused ? consequence : "");
        if (refused) {
            continuation_note_refused(one);
        }
    }
    continuation_go_on(one);
}

/* The Location Bandwidth Manager of the cluster in which a traveller's phone stands; false: there
 * is none to be asked. */
static bool ask_visited(struct continuation *one, const char *cluster_id, const char *device,
                        const char *other) {
    const sj_call_destination *destination = &one->tried[one->next];
    const sj_visited_bandwidth_admit request = {.cluster_id = cluster_id,
                                                .step = SJ_VISITED_BANDWIDTH_STEP_SIMULATE,
                                                .instance = "analysis",
                                                .call_id = "analysis",
                                                .device_name = device,
                                                .other_device_name = other,
                                                .audio_bit_rate = destination->audio_bit_rate,
                                                .emergency = destination->never_refused,
                                                .trace_id = ""};
    one->visited = cluster_id;
    if (sj_given(cluster_id) && continuation_left_ms(one) <= ON_THE_WAY_MS) {
        continuation_add(
            one, SJ_ROUTING_STEP_KIND_ADMISSION, destination->device,
            "whether there is bandwidth at cluster %s, in which the phone stands, is not known: no "
            "time is left to ask",
            cluster_id);
        return false;
    }
    return sj_given(cluster_id) &&
           sj_ask_visited_bandwidth_admit(one->scope, &request, continuation_left_ms(one),
                                          on_visited, one, NULL) == SJ_OK;
}

static bool ask_bandwidth(struct continuation *one) {
    const sj_call_destination *destination = &one->tried[one->next];
    const sj_lbm_simulate request = {.from = destination->from_location,
                                     .to = destination->to_location,
                                     .from_cluster = destination->from_cluster,
                                     .to_cluster = destination->to_cluster,
                                     .calls = 1,
                                     .audio_bit_rate = destination->audio_bit_rate};
    return (destination->takes_bandwidth || destination->needs_lbm) &&
           sj_ask_lbm_simulate(one->scope, &request, LBM_WAIT_MS, on_simulated, one, NULL) == SJ_OK;
}

bool continuation_ask_bandwidth(struct continuation *one) {
    const sj_call_destination *destination = &one->tried[one->next];
    const char *caller = destination->caller_cluster_id, *callee = destination->callee_cluster_id;
    const bool together = strcmp(caller, callee) == 0;
    switch (one->asked++) {
    case 0: return ask_bandwidth(one);
    case 1:
        return ask_visited(one, caller, destination->caller_device,
                           together ? destination->device : "");
    default: return !together && ask_visited(one, callee, destination->device, "");
    }
}
