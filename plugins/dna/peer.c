/* POST /intercluster/v1/analysis: a paired cluster asks how a call of its goes on here. */
#include "continuation.h"
#include "events/sip_trunk.h"
#include "messages/analysis.h"
#include "peer_question.h"

enum { ASKED_AT_ONCE = 16, OF_ONE_CLUSTER = 4 };

struct analysis {
    char trunk[130]; /* that was asked by OPTIONS last */
};

static const char *cluster_of(const void *message) {
    return ((const sj_intercluster_analysis *)message)->cluster_id;
}

static void reply(struct peer_question *asked, sj_intercluster_analysis_answer answer) {
    answer.protocol = 1;
    answer.cluster_id = asked->scope->host->node->cluster_id;
    peer_question_answer(asked, sj_intercluster_analysis_answer_to_json(asked->scope, &answer));
}

static void cannot_say(struct peer_question *asked, const char *why, bool circle) {
    reply(asked, (sj_intercluster_analysis_answer){.code = PEER_CANNOT_SAY,
                                                   .cause = why,
                                                   .outcome = "",
                                                   .explanation = "",
                                                   .circle = circle});
}

/* No trunk leads to who asks: its calls are refused, whatever they dial. */
static bool is_refused_at_once(int status, const sj_error *error) {
    return status == SJ_E_NOT_FOUND && strcmp(error->field, "remote_cluster_id") == 0;
}

static int64_t left_ms(const struct peer_question *asked) {
    const sj_intercluster_analysis *message = asked->message;
    const int64_t wait =
        message->wait_ms < CONTINUATION_WAIT_MS ? message->wait_ms : CONTINUATION_WAIT_MS;
    return wait - (int64_t)(sj_monotonic_ms(asked->scope) - asked->since_ms);
}

static void analyse(struct peer_question *asked);

static void on_observed(void *user, int status, const sj_error *error,
                        const sj_sip_trunk_status_reply *reply) {
    (void)status; /* what was not observed is not told as such */
    (void)error;
    (void)reply;
    analyse(user);
}

/* Asks a trunk by which the call would go and of which nothing has been observed; false: there is
 * none, or one that answers is known. */
static bool observe(struct peer_question *asked, const sj_call_analyse_reply *found) {
    struct analysis *work = asked->work;
    const sj_call_destination *way = dna_callable(found);
    if (!((const sj_intercluster_analysis *)asked->message)->observe ||
        strcmp(found->outcome, "trunk") != 0 || way == NULL || way->reachable ||
        strcmp(work->trunk, way->device) == 0 || left_ms(asked) <= 0) {
        return false;
    }
    (void)snprintf(work->trunk, sizeof work->trunk, "%s", way->device);
    const sj_sip_trunk_status trunk = {.name = work->trunk, .ask = true};
    return sj_ask_sip_trunk_status(asked->scope, &trunk, left_ms(asked), on_observed, asked,
                                   NULL) == SJ_OK;
}

static void on_analysed(void *user, int status, const sj_error *error,
                        const struct dna_answer *answer) {
    struct peer_question *asked = user;
    if (is_refused_at_once(status, error)) {
        reply(asked,
              (sj_intercluster_analysis_answer){
                  .cause = "", .outcome = "refused", .explanation = error->text, .status = 403});
        return;
    }
    if (status != SJ_OK) {
        cannot_say(asked, error->text, false);
        return;
    }
    const sj_call_analyse_reply *found = answer->reply;
    if (observe(asked, found)) {
        return;
    }
    const sj_call_destination *way = dna_callable(found);
    const bool trunk = strcmp(found->outcome, "trunk") == 0;
    reply(asked,
          (sj_intercluster_analysis_answer){
              .cause = "",
              .outcome = found->outcome,
              .explanation = found->explanation,
              .status = found->status,
              .release_cause = answer->continued.cause,
              .not_callable = trunk && way == NULL,
              .reached = trunk && way != NULL && way->reachable,
              .circle = answer->continued.circle,
              .scheduled_partition = found->scheduled_partition[0] != '\0'
                                         ? found->scheduled_partition
                                         : sj_or_empty(answer->continued.scheduled_partition),
              .steps = answer->steps,
              .steps_count =
                  answer->steps_count > PEER_STEPS_MAX ? PEER_STEPS_MAX : answer->steps_count});
}

static void analyse(struct peer_question *asked) {
    const sj_intercluster_analysis *message = asked->message;
    const struct dna_call call = {.caller = {.device_name = message->device_name,
                                             .returned = sj_given(message->device_name),
                                             .calling_number = message->calling_number},
                                  .digits = message->digits,
                                  .at = message->at,
                                  .phones_assumed = message->phones_assumed,
                                  .remote_cluster_id = message->cluster_id,
                                  .route_string = message->route_string,
                                  .from_location = message->from_location,
                                  .continues = true,
                                  .observe = message->observe,
                                  .way = message->way,
                                  .way_count = message->way_count,
                                  .wait_ms = left_ms(asked) > 0 ? left_ms(asked) : 1};
    sj_error error = {0};
    if (dna_ask(asked->dna, asked->scope, &call, on_analysed, asked, &error) != SJ_OK) {
        cannot_say(asked, error.text, false);
    }
}

/* Texts no longer than the requests of the bus allow; and a way that can be gone on. */
static const char *fault_of(const sj_intercluster_analysis *message) {
    if (strlen(message->digits) > 320 || strlen(message->calling_number) > 63 ||
        strlen(message->device_name) > 128 || strlen(message->route_string) > 64 ||
        strlen(message->at) > 32 || strlen(message->from_location) > 50) {
        return "a text of the question is too long";
    }
    return message->way_count >= WAY_MAX || message->wait_ms <= 0
               ? "the call has come through too many clusters, or there is no time left"
               : NULL;
}

static void ask(struct peer_question *asked) {
    const sj_intercluster_analysis *message = asked->message;
    const char *fault = fault_of(message);
    asked->work = sj_scope_alloc(asked->scope, sizeof(struct analysis));
    if (fault != NULL || asked->work == NULL) {
        cannot_say(asked, fault != NULL ? fault : "no memory for the analysis", false);
    } else if (way_has(message->way, message->way_count, asked->scope->host->node->cluster_id,
                       message->digits)) {
        cannot_say(asked, "the call has been here with the same number: it goes in a circle", true);
    } else {
        analyse(asked);
    }
}

int peer_open(struct dna *dna, sj_error *error) {
    static const struct peer_kind kind = {.path = "/intercluster/v1/analysis",
                                          .what = "analysis of another cluster",
                                          .message = &sj_intercluster_analysis_meta,
                                          .at_once = ASKED_AT_ONCE,
                                          .of_one_cluster = OF_ONE_CLUSTER,
                                          .cluster_of = cluster_of,
                                          .ask = ask};
    return peer_question_open(dna, &kind, error);
}
