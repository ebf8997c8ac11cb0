/* Asks the call manager what a call would do. Of a traveller Extension Mobility is asked first what
 * a login would give. */
#include "continuation.h"
#include "expected_names.h"
#include "resources/remote_cluster.h"

#include <stdlib.h>

#define BLANKS " \t\r\n"

/* A question under way; in a scope of its own. */
struct asking {
    struct dna *dna;
    sj_scope *scope;
    sj_analysed_caller *caller; /* a copy */
    sj_call_analyse *request;   /* what the call manager is asked, but for changes: a copy */
    struct dna_call call;
    dna_answer_fn *done;
    void *user;
    sj_routing_step first; /* of a traveller: what decided about the calling search spaces */
    char text[700];
};

static void asking_closed(void *user) {
    struct asking *asking = user;
    sj_record_free(asking->dna->scope, asking->caller);
    sj_record_free(asking->dna->scope, asking->request);
    free(asking);
}

static void finish(struct asking *asking, int status, const sj_error *error,
                   const struct dna_answer *answer) {
    asking->done(asking->user, status, error, answer);
    sj_scope_close(asking->scope);
}

static void fail(struct asking *asking, const sj_error *error) {
    finish(asking, error->code, error, NULL);
}

/* The reply's steps between what was found before it and what comes behind. */
static void answer_with(void *user, const sj_call_analyse_reply *reply,
                        const sj_routing_step *behind, size_t behind_count,
                        const struct dna_continued *continued) {
    static const struct dna_continued not_asked;
    struct asking *asking = user;
    const size_t before = asking->first.text != NULL ? 1 : 0;
    struct dna_answer answer = {reply, reply->steps, reply->steps_count,
                                continued != NULL ? *continued : not_asked};
    sj_routing_step *steps =
        before + behind_count == 0
            ? NULL
            : calloc(before + reply->steps_count + behind_count, sizeof *steps);
    if (steps != NULL) {
        steps[0] = asking->first;
        memcpy(steps + before, reply->steps, reply->steps_count * sizeof *steps);
        if (behind_count > 0) {
            memcpy(steps + before + reply->steps_count, behind, behind_count * sizeof *steps);
        }
        answer.steps = steps;
        answer.steps_count = before + reply->steps_count + behind_count;
    }
    sj_metric_add(asking->dna->scope, asking->dna->analyses, 1);
    finish(asking, SJ_OK, NULL, &answer);
    free(steps);
}

static void on_analysed(void *user, int status, const sj_error *error,
                        const sj_call_analyse_reply *reply) {
    struct asking *asking = user;
    if (status == SJ_E_UNAVAILABLE) {
        sj_error absent;
        (void)sj_error_set(&absent, status,
                           "the Cisco CallManager decides about calls and does not answer here: %s",
                           error->text);
        fail(asking, &absent);
    } else if (status != SJ_OK) {
        fail(asking, error);
    } else if (!asking->call.continues) {
        answer_with(asking, reply, NULL, 0, NULL);
    } else {
        continuation_find(asking->dna, asking->scope, &asking->call, asking->request, reply,
                          answer_with, asking);
    }
}

static int ask_call_manager(struct asking *asking, const sj_call_analyse *request,
                            sj_error *error) {
    if (asking->call.continues) {
        sj_call_analyse kept = *request;
        kept.changes_count = 0;
        asking->request = dna_copy(asking->dna->scope, sj_call_analyse_meta.request, &kept);
        if (asking->request == NULL) {
            return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the analysis");
        }
    }
    return sj_ask_call_analyse(asking->scope, request, 0, on_analysed, asking, error);
}

static sj_call_analyse request_of(const struct asking *asking) {
    const sj_analysed_caller *caller = asking->caller;
    const sj_call_analyse request = {
        .device_name = caller->device_name,
        .line = caller->line,
        .returned = caller->returned,
        .calling_search_spaces = caller->calling_search_spaces,
        .calling_search_spaces_count = caller->calling_search_spaces_count,
        .device_pool = caller->device_pool,
        .calling_number = caller->calling_number,
        .external_phone_number_mask = caller->external_phone_number_mask,
        .digits = asking->call.digits,
        .at = asking->call.at,
        .digit_by_digit = asking->call.digit_by_digit,
        .phones_assumed = asking->call.phones_assumed,
        .remote_cluster_id = asking->call.remote_cluster_id,
        .route_string = asking->call.route_string,
        .from_location = asking->call.from_location,
        .changes = asking->call.changes,
        .changes_count = asking->call.changes_count,
        .expected_patterns = (sj_call_analyse_expected_pattern *)asking->call.expected_patterns,
        .expected_patterns_count = asking->call.expected_patterns_count};
    return request;
}

static void on_reach(void *user, int status, const sj_error *error,
                     const sj_traveller_reach_reply *reply) {
    struct asking *asking = user;
    sj_error why;
    if (status == SJ_E_UNAVAILABLE) {
        (void)sj_error_set(&why, status,
                           "Cisco Extension Mobility decides what a traveller may reach and does "
                           "not answer here: %s",
                           error->text);
        fail(asking, &why);
        return;
    }
    if (status != SJ_OK) {
        fail(asking, error);
        return;
    }
    sj_call_analyse request = request_of(asking);
    request.calling_search_spaces = reply->calling_search_spaces;
    request.calling_search_spaces_count = reply->calling_search_spaces_count;
    request.line = ""; /* it is in the spaces */
    request.adjunct_calling_search_space = reply->adjunct_calling_search_space;
    request.first_line_calling_search_space = reply->first_line_calling_search_space;
    request.line_calling_search_space = reply->line_calling_search_space;
    request.visiting_cluster_id = asking->caller->visiting_cluster_id;
    request.calling_number = reply->calling_number;
    request.external_phone_number_mask = reply->external_phone_number_mask;
    (void)snprintf(asking->text, sizeof asking->text,
                   "%s with the device profile %s; its calling search spaces: %s%s%s",
                   asking->caller->user_id, reply->device_profile,
                   reply->by_policy ? "the policy css.select decided"
                                    : "the default, as no policy css.select is active",
                   reply->reason[0] != '\0' ? "; " : "", reply->reason);
    asking->first = (sj_routing_step){.kind = SJ_ROUTING_STEP_KIND_POLICY,
                                      .subject = "css.select",
                                      .before = "",
                                      .after = "",
                                      .text = asking->text};
    if (ask_call_manager(asking, &request, &why) != SJ_OK) {
        fail(asking, &why);
    }
}

/* What is said of the caller must belong together. */
static int check(const sj_analysed_caller *caller, sj_error *error) {
    const bool traveller = sj_given(caller->user_id);
    const bool device = sj_given(caller->device_name);
    for (size_t i = 0; i < caller->calling_search_spaces_count; i++) {
        for (const char *c = caller->calling_search_spaces[i]; *c != '\0'; c++) {
            if ((unsigned char)*c < ' ') {
                return sj_error_field(error, SJ_E_INVALID, "calling_search_spaces",
                                      "expected names, got a control character");
            }
        }
    }
    if (traveller && (device || caller->calling_search_spaces_count > 0)) {
        return sj_error_field(error, SJ_E_INVALID, "user_id",
                              "expected one caller: a device, a traveller (user_id), or calling "
                              "search spaces");
    }
    if (device && (caller->calling_search_spaces_count > 0 || sj_given(caller->device_pool))) {
        return sj_error_field(error, SJ_E_INVALID,
                              sj_given(caller->device_pool) ? "device_pool"
                                                            : "calling_search_spaces",
                              "expected none with a device, which has its own");
    }
    if ((device || traveller) && sj_given(caller->external_phone_number_mask)) {
        return sj_error_field(error, SJ_E_INVALID, "external_phone_number_mask",
                              "expected none with a device or a traveller, whose line has one");
    }
    if (!device && !traveller && sj_given(caller->line)) {
        return sj_error_field(error, SJ_E_INVALID, "line",
                              "expected the device_name of its phone, or its traveller, too");
    }
    if (traveller != sj_given(caller->visiting_cluster_id)) {
        return sj_error_field(error, SJ_E_INVALID, traveller ? "visiting_cluster_id" : "user_id",
                              "expected it too: a traveller is a user_id and the "
                              "visiting_cluster_id of the phone");
    }
    if (traveller && sj_given(caller->calling_number)) {
        return sj_error_field(error, SJ_E_INVALID, "calling_number",
                              "expected none with a traveller, whose line has one");
    }
    return SJ_OK;
}

/* No phone sends a blank, and none is shown but by other clusters: it is a slip, and would be
 * looked up as a digit. */
static int check_blanks(const struct dna_call *call, sj_error *error) {
    const char *calling = sj_or_empty(call->caller.calling_number);
    if (strpbrk(call->digits, BLANKS) != NULL) {
        return sj_error_field(error, SJ_E_INVALID, "digits",
                              "expected a number or a URI without blanks, got \"%.100s\"",
                              call->digits);
    }
    return sj_given(call->remote_cluster_id) || strpbrk(calling, BLANKS) == NULL
               ? SJ_OK
               : sj_error_field(error, SJ_E_INVALID, "calling_number",
                                "expected a number or a name without blanks, got \"%.63s\"",
                                calling);
}

/* A login comes from a cluster with a record alone: another name is a slip. */
static int check_cluster(const struct dna *dna, const struct dna_call *call, sj_error *error) {
    const char *cluster_id = call->caller.visiting_cluster_id;
    char hint[SJ_NEAREST_HINT];
    return !sj_given(cluster_id) || named_record_exists(dna, &sj_remote_cluster_meta, cluster_id,
                                                        call->changes, call->changes_count)
               ? SJ_OK
               : sj_error_field(
                     error, SJ_E_NOT_FOUND, "visiting_cluster_id",
                     "there is no remote cluster %s%s", cluster_id,
                     named_record_hint(dna, &sj_remote_cluster_meta, NULL, cluster_id, hint));
}

const sj_call_destination *dna_callable(const sj_call_analyse_reply *reply) {
    const sj_call_destination *untried = NULL;
    for (size_t i = 0; i < reply->destinations_count; i++) {
        const sj_call_destination *destination = &reply->destinations[i];
        const bool known = destination->address[0] != '\0' && !destination->unreachable;
        if (known && destination->reachable) {
            return destination;
        }
        untried = known && untried == NULL ? destination : untried;
    }
    return untried;
}

struct dna_numbers dna_numbers_of(const sj_call_analyse_reply *reply) {
    const sj_call_destination *way = dna_callable(reply);
    return way != NULL ? (struct dna_numbers){way->called_number, way->calling_number}
                       : (struct dna_numbers){reply->called_number, reply->calling_number};
}

void *dna_copy(sj_scope *scope, const sj_record_meta *meta, const void *record) {
    void *made = NULL;
    char *json = scope->host->record_to_json(meta, record);
    if (json != NULL) {
        (void)scope->host->record_from_json(meta, json, strlen(json), &made, NULL);
        scope->host->text_free(json);
    }
    return made;
}

int dna_ask(struct dna *dna, sj_scope *scope, const struct dna_call *call, dna_answer_fn *done,
            void *user, sj_error *error) {
    int status = check(&call->caller, error);
    status = status == SJ_OK ? check_blanks(call, error) : status;
    status = status == SJ_OK ? check_cluster(dna, call, error) : status;
    struct asking *asking = status == SJ_OK ? calloc(1, sizeof *asking) : NULL;
    if (status != SJ_OK) {
        return status;
    }
    if (asking == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the analysis");
    }
    asking->dna = dna;
    asking->scope = sj_scope_open(scope, "analysis", asking_closed, asking);
    if (asking->scope == NULL) {
        free(asking);
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the analysis");
    }
    asking->caller = dna_copy(scope, &sj_analysed_caller_meta, &call->caller);
    asking->done = done;
    asking->user = user;
    asking->call = *call;
    asking->call.caller = asking->caller == NULL ? call->caller : *asking->caller;
    asking->call.digits = sj_scope_strdup(asking->scope, call->digits);
    asking->call.at = sj_scope_strdup(asking->scope, sj_or_empty(call->at));
    if (asking->caller == NULL || asking->call.digits == NULL || asking->call.at == NULL) {
        status = sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the analysis");
    } else if (sj_given(call->caller.user_id)) {
        const sj_traveller_reach request = {.user_id = asking->caller->user_id,
                                            .visiting_cluster_id =
                                                asking->caller->visiting_cluster_id,
                                            .device_pool = asking->caller->device_pool,
                                            .device_profile = asking->caller->device_profile,
                                            .line = asking->caller->line};
        status = sj_ask_traveller_reach(asking->scope, &request, 0, on_reach, asking, error);
    } else {
        const sj_call_analyse request = request_of(asking);
        status = ask_call_manager(asking, &request, error);
    }
    if (status != SJ_OK) {
        sj_scope_close(asking->scope);
    }
    return status;
}
