/* Has each destination's bandwidth asked about, has the call manager go on with a hunt that has too
 * little, and asks the cluster of the first destination that belongs to one. */
#include "continuation_state.h"

#include <stdarg.h>
#include <stdlib.h>

#include <sojourn/base/array.h>
#include <sojourn/base/utf8.h>

#include "cluster_question.h"
#include "messages/analysis.h"
#include "resources/sip_trunk.h"

static void closed(void *user) {
    struct continuation *one = user;
    sj_record_free(one->dna->scope, one->reply);
    free(one->steps);
    free(one->without);
    free(one);
}

/* The call manager's answer, with what came of it. */
static void finish(struct continuation *one) {
    sj_call_analyse_reply reply = *one->reply;
    if (one->status != 0) {
        reply.outcome = "refused";
        reply.status = one->status;
        reply.explanation = one->explanation;
    } else {
        one->continued.cause = reply.cause;
    }
    one->done(one->user, &reply, one->steps, one->count, &one->continued);
    sj_scope_close(one->scope);
}

/* ---- steps ---- */

/* Others wrote most of it, and it is shown a line each. */
static const char *keep(struct continuation *one, const char *text) {
    const size_t length = strlen(text), room = length < TEXT_ROOM ? length + 1 : TEXT_ROOM;
    char *kept = length == 0 ? NULL : sj_scope_alloc(one->scope, room);
    if (kept != NULL) {
        sj_utf8_one_line(kept, room, text);
    }
    return sj_or_empty(kept);
}

static void add_step(struct continuation *one, const sj_routing_step *step) {
    if (sj_array_room(&one->steps, &one->room, one->count + 1, sizeof *one->steps)) {
        one->steps[one->count++] = (sj_routing_step){.depth = step->depth,
                                                     .kind = step->kind,
                                                     .subject = keep(one, step->subject),
                                                     .before = keep(one, step->before),
                                                     .after = keep(one, step->after),
                                                     .text = keep(one, step->text)};
    }
}

void continuation_add(struct continuation *one, sj_routing_step_kind kind, const char *subject,
                      const char *format, ...) {
    char text[TEXT_ROOM];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const sj_routing_step step = {
        .kind = kind, .subject = subject, .before = "", .after = "", .text = text};
    add_step(one, &step);
}

int64_t continuation_left_ms(const struct continuation *one) {
    return (int64_t)one->deadline - (int64_t)sj_monotonic_ms(one->dna->scope);
}

/* ---- hunts ---- */

static bool is_without(const struct continuation *one, const char *device) {
    for (size_t i = 0; i < one->without_count; i++) {
        if (strcmp(one->without[i], device) == 0) {
            return true;
        }
    }
    return false;
}

/* That device is not asked about again, wherever the call comes to it. */
static void keep_without(struct continuation *one, const sj_call_destination *destination) {
    if (sj_array_room(&one->without, &one->without_room, one->without_count + 1,
                      sizeof *one->without)) {
        one->without[one->without_count++] = keep(one, destination->device);
        one->hunted = one->hunted || destination->hunted;
    }
}

/* ---- the other cluster ---- */

void way_entry(char *entry, size_t room, const char *cluster_id, const char *digits) {
    (void)snprintf(entry, room, "%s %s", cluster_id, digits);
}

bool way_has(const char *const *way, size_t count, const char *cluster_id, const char *digits) {
    char entry[DIALLED_ROOM + 64];
    way_entry(entry, sizeof entry, cluster_id, digits);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(way[i], entry) == 0) {
            return true;
        }
    }
    return false;
}

static bool leads_there(const struct continuation *one, const sj_call_destination *destination) {
    return strcmp(destination->next_cluster_id, one->destination->next_cluster_id) == 0;
}

/* It can be called, and is not the cluster that is asked. */
static bool is_other_way(const struct continuation *one, const sj_call_destination *destination) {
    return destination->address[0] != '\0' && !destination->unreachable &&
           !leads_there(one, destination);
}

/* No other destination can be called than the cluster that is asked. */
static bool is_only_way(const struct continuation *one) {
    const sj_call_destination *all = one->reply->destinations;
    for (size_t i = 0; i < one->reply->destinations_count; i++) {
        if (is_other_way(one, &all[i])) {
            return false;
        }
    }
    return true;
}

/* It comes to a cluster again with the same number: a hole, unless there is another way. */
static void note_circle(struct continuation *one) {
    one->continued.circle = is_only_way(one);
}

/* ---- refusals ---- */

/* Ends with the call's refusal. */
static void refuse(struct continuation *one, int64_t status, int64_t cause, const char *why) {
    char with[40] = "";
    one->status = status;
    one->continued.cause = cause;
    if (cause != 0) {
        (void)snprintf(with, sizeof with, " (cause %d)", (int)cause);
    }
    (void)snprintf(one->explanation, sizeof one->explanation,
                   "%.2000s The call would be answered %d: %s%s.", one->reply->explanation,
                   (int)status, why, with);
    continuation_add(one, SJ_ROUTING_STEP_KIND_OUTCOME, "refused", "%s", one->explanation);
    finish(one);
}

/* As the call manager answers when there is too little bandwidth for all that could be tried. */
static void refuse_for_bandwidth(struct continuation *one) {
    sj_scope *scope = one->dna->scope;
    sj_sip_trunk *trunk = NULL;
    const bool from_trunk =
        sj_given(one->call->remote_cluster_id) ||
        (sj_given(one->call->caller.device_name) &&
         sj_sip_trunk_get(scope, one->call->caller.device_name, &trunk, NULL) == SJ_OK);
    sj_record_free(scope, trunk);
    refuse(one, from_trunk ? 503 : 488, CAUSE_NOT_ENOUGH_BANDWIDTH, "Not Enough Bandwidth");
}

/* Whether a call tries that destination after such an answer of a trunk. */
static bool is_tried_on(const sj_call_destination *destination, int64_t status) {
    const bool unreached = status == 408 || (status >= 500 && status < 600);
    return unreached || (!destination->pstn_failover &&
                         (status == 401 || status == 403 || status == 407 || status == 480));
}

/* Whether a call goes on to another destination than that cluster. */
static bool goes_elsewhere(const struct continuation *one, int64_t status) {
    const sj_call_destination *all = one->reply->destinations;
    for (size_t i = 0; i < one->reply->destinations_count; i++) {
        if (is_other_way(one, &all[i]) && is_tried_on(&all[i], status)) {
            return true;
        }
    }
    return false;
}

/* Whether the call ends with what the other cluster has refused it by: it was tried first and the
 * answer is final, or there is nothing else to try. Where bandwidth lacks it may not be tried at
 * all. Emergency calls are judged by who asks. */
static bool ends_there(const struct continuation *one,
                       const sj_intercluster_analysis_answer *answer) {
    const bool shortage = answer->release_cause == CAUSE_NOT_ENOUGH_BANDWIDTH;
    return answer->status >= 400 && answer->status < 700 && !one->call->observe &&
           one->devices_refused == 0 &&
           (is_only_way(one) || (!shortage && !goes_elsewhere(one, answer->status) &&
                                 leads_there(one, &one->reply->destinations[0])));
}

static void cannot_say(struct continuation *one, const char *why) {
    one->continued.why_not = keep(one, why);
    continuation_add(one, SJ_ROUTING_STEP_KIND_CLUSTER, one->destination->next_cluster_id,
                     "how it goes on there is not known: %s", why);
    finish(one);
}

static void take_answer(struct continuation *one, const sj_intercluster_analysis_answer *answer) {
    continuation_add(one, SJ_ROUTING_STEP_KIND_CLUSTER, one->destination->next_cluster_id,
                     "%s there: %s", answer->outcome, answer->explanation);
    one->continued.outcome = keep(one, answer->outcome);
    one->continued.explanation = keep(one, answer->explanation);
    one->continued.scheduled_partition = keep(one, answer->scheduled_partition);
    one->continued.not_callable = answer->not_callable;
    one->continued.reached = answer->reached;
    for (size_t i = 0; i < answer->steps_count; i++) {
        one->continued.further =
            one->continued.further || answer->steps[i].kind == SJ_ROUTING_STEP_KIND_CLUSTER;
        sj_routing_step step = answer->steps[i];
        step.depth = step.depth < 0 ? 1 : step.depth >= DEPTH_MOST ? DEPTH_MOST : step.depth + 1;
        add_step(one, &step);
    }
    if (!ends_there(one, answer)) {
        finish(one);
    } else if (answer->release_cause == CAUSE_NOT_ENOUGH_BANDWIDTH) {
        refuse_for_bandwidth(one);
    } else {
        char why[100];
        (void)snprintf(why, sizeof why, "cluster %.60s refuses it",
                       one->destination->next_cluster_id);
        refuse(one, answer->status, 0, why);
    }
}

static void on_answer(void *user, const void *said, const char *reason) {
    struct continuation *one = user;
    const sj_intercluster_analysis_answer *answer = said;
    if (answer != NULL && answer->circle) {
        note_circle(one);
    }
    if (answer == NULL || reason[0] != '\0') {
        cannot_say(one, reason);
    } else {
        take_answer(one, answer);
    }
}

static const char *cluster_of(const void *answer) {
    return ((const sj_intercluster_analysis_answer *)answer)->cluster_id;
}

static const char *cause_of(const void *said) {
    const sj_intercluster_analysis_answer *answer = said;
    return answer->code != 0 ? answer->cause : NULL;
}

/* The question, with the way that the call has come. */
static char *write_question(struct continuation *one) {
    const sj_call_destination *destination = one->destination;
    const struct dna_call *call = one->call;
    const char *own = one->dna->scope->host->node->cluster_id;
    const bool returns = destination->remote_cluster_id[0] != '\0';
    const char *way[WAY_MAX];
    char entry[DIALLED_ROOM + 64];
    for (size_t i = 0; i < call->way_count; i++) {
        way[i] = call->way[i];
    }
    way_entry(entry, sizeof entry, own, call->digits);
    way[call->way_count] = entry;
    const sj_intercluster_analysis question = {
        .protocol = 1,
        .cluster_id = own,
        .way = way,
        .way_count = call->way_count + 1,
        .wait_ms = continuation_left_ms(one) - ON_THE_WAY_MS,
        .digits = one->dialled,
        .route_string = destination->route_string,
        .calling_number = destination->calling_number,
        .device_name = returns ? call->caller.device_name : "",
        .at = one->reply->at,
        .phones_assumed = call->phones_assumed,
        .from_location = sj_given(destination->to_cluster) ? destination->from_location : "",
        .observe = call->observe};
    return sj_intercluster_analysis_to_json(one->dna->scope, &question);
}

static void ask_cluster(struct continuation *one) {
    static const struct cluster_question_kind kind = {
        "intercluster/v1/analysis", &sj_intercluster_analysis_answer_meta, cluster_of, cause_of};
    const sj_call_destination *destination = one->destination;
    (void)snprintf(one->dialled, sizeof one->dialled, "%.64s%s%.255s", destination->called_number,
                   destination->host[0] != '\0' ? "@" : "", destination->host);
    if (destination->remote_cluster_id[0] != '\0' && !sj_given(one->call->caller.device_name)) {
        cannot_say(one, "it depends on the phone: ask there with its name and --returned");
    } else if (way_has(one->call->way, one->call->way_count, destination->next_cluster_id,
                       one->dialled)) {
        note_circle(one);
        cannot_say(one, "the call came from there with the same number: it goes in a circle");
    } else if (one->call->way_count + 1 >= WAY_MAX) {
        cannot_say(one, "the call has come through too many clusters to ask further");
    } else if (continuation_left_ms(one) <= ON_THE_WAY_MS) {
        cannot_say(one, "no time is left to ask");
    } else {
        cluster_question_ask(one->dna, one->scope, destination->next_cluster_id, &kind,
                             write_question(one), one->deadline, on_answer, one);
    }
}

/* The destination whose cluster decides further: of those that answer, else of all; NULL: none. */
static const sj_call_destination *next_cluster(const sj_call_analyse_reply *reply) {
    const sj_call_destination *way = dna_callable(reply);
    if (way != NULL && way->next_cluster_id[0] != '\0') {
        return way;
    }
    for (size_t i = 0; i < reply->destinations_count; i++) {
        if (reply->destinations[i].next_cluster_id[0] != '\0') {
            return &reply->destinations[i];
        }
    }
    return NULL;
}

/* ---- one after the other ---- */

/* What automated alternate routing dials is tried in the place of phones without bandwidth. */
static void go_around(struct continuation *one) {
    const sj_call_analyse_reply *reply = one->reply;
    if (reply->alternate_status != 0) {
        refuse(one, reply->alternate_status, 0,
               "there is too little bandwidth, and the number that automated alternate routing "
               "dials is refused");
        return;
    }
    one->tried = reply->alternate_destinations;
    one->tried_count = reply->alternate_destinations_count;
    one->next = one->asked = 0;
    one->devices = one->devices_refused = one->devices_short = 0;
    continuation_go_on(one);
}

static void begin(struct continuation *one) {
    one->tried = one->reply->destinations;
    one->tried_count = one->reply->destinations_count;
    one->next = one->asked = 0;
    one->devices = one->devices_refused = one->devices_short = 0;
    one->hunted = false;
}

static void on_hunted_on(void *user, int status, const sj_error *error,
                         const sj_call_analyse_reply *reply) {
    struct continuation *one = user;
    sj_call_analyse_reply *copy =
        status == SJ_OK ? dna_copy(one->scope, sj_call_analyse_meta.reply, reply) : NULL;
    if (copy == NULL) {
        continuation_add(one, SJ_ROUTING_STEP_KIND_NOTE, one->reply->pattern,
                         "how the hunt goes on is not known: %s",
                         status == SJ_OK || error == NULL ? "out of memory" : error->text);
        finish(one);
        return;
    }
    sj_record_free(one->dna->scope, one->reply);
    one->reply = copy;
    begin(one);
    continuation_go_on(one);
}

/* The call manager is asked where the hunt goes without those who have too little bandwidth. */
static void hunt_on(struct continuation *one) {
    sj_call_analyse request = *one->request;
    request.changes = one->call->changes;
    request.changes_count = one->call->changes_count;
    request.without_bandwidth = one->without;
    request.without_bandwidth_count = one->without_count;
    sj_error error = {0, "", "no time is left to ask"};
    if (one->without_count >= HUNTED_WITHOUT || continuation_left_ms(one) <= 0 ||
        sj_ask_call_analyse(one->scope, &request, continuation_left_ms(one), on_hunted_on, one,
                            &error) != SJ_OK) {
        on_hunted_on(one, SJ_E_UNAVAILABLE, &error, NULL);
    }
}

void continuation_go_on(struct continuation *one) {
    const sj_call_destination *all = one->tried;
    for (; one->next < one->tried_count; one->next++, one->asked = 0) {
        /* of each device once: its addresses have the same */
        const bool first =
            one->next == 0 || strcmp(all[one->next].device, all[one->next - 1].device) != 0;
        const bool known = first && one->asked == 0 && is_without(one, all[one->next].device);
        if (known) {
            continuation_note_refused(one);
        }
        while (first && !known && one->asked < ASKED_OF) {
            if (continuation_ask_bandwidth(one)) {
                return;
            }
        }
        one->devices += first ? 1 : 0;
        one->devices_refused += one->refused ? 1 : 0;
        one->devices_short += one->short_of && !one->refused ? 1 : 0;
        if (first && !known && (one->refused || one->short_of)) {
            keep_without(one, &all[one->next]);
        }
        one->refused = one->short_of = false;
    }
    if (one->devices > 0 && one->devices_refused + one->devices_short == one->devices) {
        if (one->hunted) {
            hunt_on(one);
        } else if (one->devices_short > 0) {
            go_around(one);
        } else {
            refuse_for_bandwidth(one);
        }
        return;
    }
    one->destination = next_cluster(one->reply);
    if (one->destination != NULL) {
        ask_cluster(one);
    } else {
        finish(one);
    }
}

void continuation_find(struct dna *dna, sj_scope *scope, const struct dna_call *call,
                       const sj_call_analyse *request, const sj_call_analyse_reply *reply,
                       continuation_fn *done, void *user) {
    struct continuation *one = calloc(1, sizeof *one);
    sj_call_analyse_reply *copy = dna_copy(scope, sj_call_analyse_meta.reply, reply);
    sj_scope *own =
        one == NULL || copy == NULL ? NULL : sj_scope_open(scope, "continuation", closed, one);
    if (own == NULL) {
        sj_record_free(scope, copy);
        free(one);
        done(user, reply, NULL, 0, NULL);
        return;
    }
    *one = (struct continuation){
        .dna = dna,
        .scope = own,
        .call = call,
        .request = request,
        .reply = copy,
        .done = done,
        .user = user,
        .deadline = sj_monotonic_ms(scope) +
                    (uint64_t)(call->wait_ms > 0 ? call->wait_ms : CONTINUATION_WAIT_MS)};
    begin(one);
    continuation_go_on(one);
}
