/* Answers call.analyse. Who asks names a phone, a trunk, or what a caller would have; what decides
 * is what decides about calls. */
#include "analysis.h"
#include "analysis_destinations.h"
#include "analysis_dialling.h"
#include "analysis_patterns.h"
#include "calls/call_destination.h"
#include "calls/conveyed_location.h"
#include "calls/trunk_destination.h"
#include "dial_plan/dial_plan_changes.h"
#include "events/analysis.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

/* All that one answer is made of. */
struct analysis {
    struct call_manager *manager;
    sj_scope *scope;
    sj_question *question;
    sj_call_analyse *request;   /* a copy */
    struct inquiry_facts facts; /* what other clusters have */
    struct call_origin origin;
    struct device *traveller;  /* without a device: on a phone of another cluster; or NULL */
    struct device_login login; /* of the traveller */
    struct dial_plan_changes *changes; /* NULL: none */
    struct course course;
    struct call_inquiry inquiry;
    struct assumed_phones assumed;
    int64_t utc_s;                     /* when the call is made; 0: now */
    char keys[DIGITS_MAX];             /* digit by digit */
    struct analysis_dialling dialling; /* the same */
    struct analysis_destinations destinations, alternates;
    struct analysis_patterns patterns;
    struct call_outcome outcome;
    struct call_failover failover; /* what is tried behind the outcome's targets */
    char calling_number[DIGITS_MAX];
};

/* ---- who calls ---- */

static int without_device(struct analysis *analysis, sj_error *error) {
    const sj_call_analyse *request = analysis->request;
    const struct dial_plan *plan = &analysis->manager->plan;
    struct call_origin *origin = &analysis->origin;
    memset(origin, 0, sizeof *origin);
    for (size_t i = 0; i < request->calling_search_spaces_count && i < CALLING_SEARCH_SPACES_MAX;
         i++) {
        const char *name = request->calling_search_spaces[i];
        if (dial_plan_get(plan, PLAN_CALLING_SEARCH_SPACE, name) == NULL) {
            return sj_error_field(error, SJ_E_NOT_FOUND, "calling_search_spaces",
                                  "there is no calling search space %.100s", name);
        }
        origin->spaces.names[origin->spaces.count++] = name;
    }
    if (sj_given(request->device_pool) &&
        dial_plan_get(plan, PLAN_DEVICE_POOL, request->device_pool) == NULL) {
        return sj_error_field(error, SJ_E_NOT_FOUND, "device_pool", "there is no device pool %s",
                              request->device_pool);
    }
    (void)snprintf(origin->trunk.device_pool, sizeof origin->trunk.device_pool, "%s",
                   sj_or_empty(request->device_pool));
    (void)snprintf(origin->mask, sizeof origin->mask, "%s",
                   sj_or_empty(request->external_phone_number_mask));
    if (sj_given(request->visiting_cluster_id)) {
        analysis->traveller = calloc(1, sizeof *analysis->traveller);
        if (analysis->traveller == NULL) {
            return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the traveller");
        }
        analysis->login =
            (struct device_login){.adjunct_css = sj_or_empty(request->adjunct_calling_search_space),
                                  .visiting_cluster_id = request->visiting_cluster_id,
                                  .user_id = ""};
        *analysis->traveller = (struct device){
            .name = "",
            .device_pool = sj_or_empty(request->device_pool),
            .login = &analysis->login,
            .live = true,
            .emcc = true,
        };
        origin->device = analysis->traveller;
        calling_search_spaces_of_live_device(
            true, request->calling_search_spaces, request->calling_search_spaces_count,
            sj_or_empty(request->first_line_calling_search_space),
            sj_or_empty(request->line_calling_search_space), &origin->spaces);
    }
    return SJ_OK;
}

static int find_origin(struct analysis *analysis, sj_error *error) {
    const sj_call_analyse *request = analysis->request;
    struct call_origin *origin = &analysis->origin;
    int status;
    if (!sj_given(request->device_name) && !request->returned &&
        sj_given(request->remote_cluster_id)) {
        status =
            call_origin_from_cluster(analysis->manager, request->remote_cluster_id, origin, error);
        if (status == SJ_OK && origin->trunk.place.cluster_id[0] != '\0' &&
            conveyed_location_is_usable(sj_or_empty(request->from_location))) {
            (void)snprintf(origin->trunk.place.location, sizeof origin->trunk.place.location, "%s",
                           request->from_location);
        }
    } else if (!sj_given(request->device_name)) {
        status = request->returned
                     ? sj_error_field(error, SJ_E_INVALID, "device_name",
                                      "expected the phone for which the call comes back")
                     : without_device(analysis, error);
    } else if (request->returned) {
        status = call_origin_returned(analysis->manager, request->device_name,
                                      sj_or_empty(request->remote_cluster_id), origin, error);
    } else {
        status = call_origin_by_name(analysis->manager, request->device_name,
                                     sj_or_empty(request->line), origin, error);
    }
    if (status == SJ_OK && origin->device == NULL && sj_given(request->line)) {
        return sj_error_field(error, SJ_E_INVALID, "line", "expected none with a trunk");
    }
    if (status == SJ_OK && sj_given(request->calling_number)) {
        if (origin->line != NULL) {
            return sj_error_field(error, SJ_E_INVALID, "calling_number",
                                  "expected none with a phone: its line has the number %s",
                                  origin->number);
        }
        (void)snprintf(origin->number, sizeof origin->number, "%s", request->calling_number);
    }
    return status;
}

static const char *caller_pool(const struct analysis *analysis) {
    return call_number_caller(analysis->manager, &analysis->origin).device_pool;
}

/* When the call is made, by the clocks of who makes it. */
static int find_moment(struct analysis *analysis, sj_error *error) {
    const char *at = analysis->request->at;
    analysis->utc_s = 0;
    return !sj_given(at) || moment_read(&analysis->manager->plan, at, caller_pool(analysis),
                                        &analysis->utc_s)
               ? SJ_OK
               : sj_error_field(error, SJ_E_INVALID, "at",
                                "expected a time such as 2026-12-24T18:30, or with Z or +01:00 "
                                "behind it, got \"%s\"",
                                at);
}

static void add_moment(struct analysis *analysis) {
    const struct dial_plan *plan = &analysis->manager->plan;
    const char *zone = device_pool_zone(plan, caller_pool(analysis));
    char clock[32];
    if (analysis->utc_s != 0) {
        moment_write(plan, analysis->utc_s, zone, clock, sizeof clock);
        course_add(&analysis->course, SJ_ROUTING_STEP_KIND_NOTE, clock,
                   "when the call is made, by the clocks of %s", zone);
    }
}

static void add_caller(struct analysis *analysis) {
    const struct call_origin *origin = &analysis->origin;
    const struct device *device = origin->device;
    const bool named = device != NULL && device->name[0] != '\0';
    struct course *course = &analysis->course;
    course_add(course, SJ_ROUTING_STEP_KIND_CALLER,
               named                                  ? device->name
               : origin->trunk.device_name[0] != '\0' ? origin->trunk.device_name
               : origin->trunk.trunk != NULL          ? origin->trunk.trunk->name
                                                      : origin->number,
               "%s%s%s%s%s%s; device pool %s",
               origin->trunk.device_name[0] != '\0' ? "comes back over trunk "
               : origin->trunk.trunk != NULL        ? "comes in over the trunk"
               : named                              ? "phone, line "
               : device != NULL                     ? "a traveller"
                                                    : "a number",
               origin->trunk.device_name[0] != '\0' ? origin->trunk.trunk->name
               : named                              ? origin->number
                                                    : "",
               named && device->login->user_id[0] != '\0' ? ", user " : "",
               named ? device->login->user_id : "",
               device != NULL && device->emcc ? ", on a phone of cluster " : "",
               device != NULL && device->emcc ? device->login->visiting_cluster_id : "",
               device != NULL                         ? device->device_pool
               : origin->trunk.device_pool[0] != '\0' ? origin->trunk.device_pool
                                                      : "none");
    course_enter(course);
    for (size_t i = 0; i < origin->spaces.count; i++) {
        const char *name = origin->spaces.names[i];
        course_add(course, SJ_ROUTING_STEP_KIND_NOTE, name, "%zu. calling search space%s", i + 1,
                   device != NULL && device->login->adjunct_css[0] != '\0' &&
                           strcmp(device->login->adjunct_css, name) == 0
                       ? ", the adjunct CSS of the place"
                       : "");
    }
    add_moment(analysis);
    course_leave(course);
}

/* ---- the answer ---- */

static void list_destinations(struct analysis *analysis) {
    struct call_manager *manager = analysis->manager;
    struct analysis_destinations *destinations = &analysis->destinations;
    const struct call_target *targets = manager->target_scratch;
    const bool around = analysis->failover.around;
    destinations->count = analysis->alternates.count = 0;
    if (analysis->failover.any) {
        analysis_destinations_add(manager, &analysis->origin, &analysis->outcome,
                                  analysis->failover.before, "", destinations);
        const size_t before = destinations->count;
        analysis_destinations_add(manager, &analysis->origin, &analysis->failover.outcome, targets,
                                  around ? "when there is too little bandwidth"
                                         : "over the PSTN, when those before it cannot be reached",
                                  around ? &analysis->alternates : destinations);
        for (size_t i = before; i < destinations->count; i++) {
            destinations->list[i].pstn_failover = true;
        }
    } else {
        analysis_destinations_add(manager, &analysis->origin, &analysis->outcome, targets, "",
                                  destinations);
    }
}

static void reply(struct analysis *analysis, sj_question *question) {
    const struct call_outcome *outcome = &analysis->outcome;
    const struct analysis_dialling *dialling = &analysis->dialling;
    struct analysis_destinations *destinations = &analysis->destinations;
    list_destinations(analysis);
    char clock[32], at[40] = "";
    if (analysis->utc_s != 0) {
        moment_write(&analysis->manager->plan, analysis->utc_s, "Etc/GMT", clock, sizeof clock);
        (void)snprintf(at, sizeof at, "%sZ", clock);
    }
    const sj_call_analyse_reply answer = {
        .at = at,
        .scheduled_partition =
            dialling->scheduled[0] != '\0' ? dialling->scheduled : outcome->route.scheduled,
        .learned_from = outcome->route.learned.known ? outcome->route.learned.cluster_id : "",
        .outcome = dialling->open && outcome->route.outcome == NUMBER_UNKNOWN ? "incomplete"
                                                                              : outcome->word,
        .status = outcome->status,
        .cause = outcome->cause,
        .explanation = outcome->explanation,
        .digits = outcome->route.digits,
        .pattern = outcome->route.pattern,
        .partition = outcome->route.partition,
        .calling_search_space = outcome->route.origin,
        .called_number =
            destinations->count > 0 ? destinations->list[0].called_number : outcome->route.digits,
        .calling_number =
            destinations->count > 0 ? destinations->list[0].calling_number : outcome->route.calling,
        .destinations = destinations->list,
        .destinations_count = destinations->count,
        .alternate_status = analysis->failover.around ? analysis->failover.outcome.status : 0,
        .alternate_destinations = analysis->alternates.list,
        .alternate_destinations_count = analysis->alternates.count,
        .prefixes = dialling->prefixes,
        .prefixes_count = dialling->prefix_count,
        .steps = analysis->course.steps,
        .steps_count = analysis->course.count,
        .unknown_patterns = analysis->patterns.unknown,
        .unknown_patterns_count = analysis->patterns.count};
    sj_reply_call_analyse(analysis->manager->scope, question, &answer);
}

static void release_origin(struct analysis *analysis) {
    if (analysis->origin.device != analysis->traveller) {
        device_free(analysis->origin.device);
    }
    free(analysis->traveller);
    analysis->traveller = NULL;
    memset(&analysis->origin, 0, sizeof analysis->origin);
}

/* As the plan is, without changes: by them the caller may come to be, or to reach less. */
static void find_patterns(struct analysis *analysis) {
    sj_error error = {0};
    const bool is_there =
        analysis->request->expected_patterns_count > 0 && find_origin(analysis, &error) == SJ_OK;
    analysis_patterns_find(&analysis->manager->plan, is_there ? &analysis->origin.spaces : NULL,
                           analysis->request, &analysis->patterns);
    release_origin(analysis);
}

/* Digit by digit the number is asked about when dialling has ended, and again with each code that
 * it asks for. */
static int inquire(struct analysis *analysis, struct call_destination *destination) {
    struct call_manager *manager = analysis->manager;
    struct analysis_dialling *dialling = &analysis->dialling;
    const size_t steps = analysis->course.count;
    bool by_keys = analysis->request->digit_by_digit && destination->host[0] == '\0' &&
                   digits_are_number(destination->digits);
    if (by_keys) {
        memcpy(analysis->keys, destination->digits, sizeof analysis->keys);
        analysis_dial(manager, &analysis->origin, analysis->keys, dialling);
    }
    for (;;) {
        if (by_keys) {
            memcpy(destination->digits, dialling->dialling.digits, sizeof destination->digits);
        }
        const int status = call_inquire(manager, &analysis->origin, destination, &analysis->facts,
                                        &analysis->outcome, &analysis->failover);
        if (!by_keys || status != SJ_OK || analysis->outcome.lacks[0] != '\0' ||
            !analysis->outcome.asks_code ||
            !analysis_dial_code(manager, &analysis->origin, dialling)) {
            return status;
        }
        course_back(&analysis->course, steps);
    }
}

/* With what is known of other clusters by now; `outcome.lacks`: what has to be asked for first. */
static int analyse(struct analysis *analysis, sj_error *error) {
    const sj_call_analyse *request = analysis->request;
    struct call_destination destination;
    int status;
    (void)trunk_destinations_first(analysis->manager, NULL); /* they are not made of changes */
    find_patterns(analysis);
    status = analysis->changes == NULL
                 ? SJ_OK
                 : dial_plan_changes_begin(analysis->changes, &analysis->manager->plan, error);
    if (status != SJ_OK) {
        dial_plan_changes_forget(&analysis->manager->last_changes);
    }
    status = status == SJ_OK ? find_origin(analysis, error) : status;
    status = status == SJ_OK ? find_moment(analysis, error) : status;
    status = status == SJ_OK
                 ? call_destination_typed(analysis->manager, request->digits, &analysis->origin,
                                          request->route_string, &destination, error)
                 : status;
    if (status != SJ_OK) {
        return status;
    }
    analysis_patterns_again(&analysis->manager->plan, &analysis->origin.spaces,
                            &analysis->patterns);
    analysis->inquiry = (struct call_inquiry){&analysis->course,
                                              request->phones_assumed ? &analysis->assumed : NULL,
                                              analysis->utc_s,
                                              request->without_bandwidth,
                                              request->without_bandwidth_count,
                                              request->digit_by_digit};
    analysis->origin.inquiry = &analysis->inquiry;
    assumed_phones_clear(&analysis->assumed);
    course_clear(&analysis->course);
    memset(&analysis->dialling, 0, sizeof analysis->dialling);
    analysis->outcome.lacks[0] = '\0';
    add_caller(analysis);
    status = inquire(analysis, &destination);
    if (status == SJ_OK && analysis->course.cut) {
        course_add(&analysis->course, SJ_ROUTING_STEP_KIND_NOTE, "",
                   "there are more steps than %d: those left out are not shown", COURSE_STEPS_MAX);
    }
    return status == SJ_OK ? SJ_OK : sj_error_set(error, status, "out of memory for the analysis");
}

/* True: it has been answered; false: analysis->outcome.lacks something. */
static bool answer(struct analysis *analysis) {
    sj_error error = {0};
    bool answered = true;
    release_origin(analysis);
    if (analyse(analysis, &error) != SJ_OK) {
        sj_fail_error(analysis->manager->scope, analysis->question, &error);
    } else if (analysis->outcome.lacks[0] != '\0') {
        answered = false;
    } else {
        reply(analysis, analysis->question);
    }
    if (analysis->changes != NULL) {
        dial_plan_changes_end(analysis->changes, &analysis->manager->plan);
    }
    return answered;
}

/* Again with each thing that was heard of other clusters, until nothing lacks. Caller and plan are
 * found again each time, as they and the changes have them then. */
static void go_on(void *user) {
    struct analysis *analysis = user;
    while (!answer(analysis)) {
        if (inquiry_facts_ask(&analysis->facts, analysis->scope, analysis->outcome.lacks, go_on,
                              analysis)) {
            return;
        }
    }
    sj_scope_close(analysis->scope);
}

static void analysis_closed(void *user) {
    struct analysis *analysis = user;
    release_origin(analysis);
    assumed_phones_clear(&analysis->assumed);
    dial_plan_changes_release(analysis->changes);
    course_clear(&analysis->course);
    sj_record_free(analysis->manager->scope, analysis->request);
    free(analysis);
}

static struct analysis *analysis_new(struct call_manager *manager, sj_question *question,
                                     const sj_call_analyse *request) {
    const sj_host *host = manager->scope->host;
    struct analysis *analysis = calloc(1, sizeof *analysis);
    sj_call_analyse unchanged = *request; /* the changes have been read */
    unchanged.changes_count = 0;
    char *json = host->record_to_json(sj_call_analyse_meta.request, &unchanged);
    void *kept = NULL;
    if (json != NULL) {
        (void)host->record_from_json(sj_call_analyse_meta.request, json, strlen(json), &kept, NULL);
        host->text_free(json);
    }
    if (analysis != NULL && kept != NULL) {
        analysis->manager = manager;
        analysis->question = question;
        analysis->request = kept;
        analysis->scope = sj_scope_open(manager->scope, "analysis", analysis_closed, analysis);
    }
    if (analysis == NULL || analysis->scope == NULL) {
        sj_record_free(manager->scope, kept);
        free(analysis);
        return NULL;
    }
    return analysis;
}

/* ---- changes ---- */

enum { CHANGES_KEPT_MS = 10000 };

static void forget_changes(void *user) {
    struct call_manager *manager = user;
    manager->changes_forgotten = NULL;
    dial_plan_changes_forget(&manager->last_changes);
}

/* Whoever tests a change asks often: what was read stays for a while. */
static bool read_changes(struct call_manager *manager, const sj_call_analyse *request,
                         struct analysis *analysis, sj_error *error) {
    if (request->changes_count == 0) {
        return true;
    }
    analysis->changes = dial_plan_changes_read(&manager->last_changes, manager->scope,
                                               request->changes, request->changes_count, error);
    if (manager->changes_forgotten != NULL) {
        sj_timer_again(manager->scope, manager->changes_forgotten, CHANGES_KEPT_MS);
    } else {
        manager->changes_forgotten =
            sj_timer_start(manager->scope, CHANGES_KEPT_MS, 0, forget_changes, manager);
    }
    return analysis->changes != NULL;
}

static void on_call_analyse(void *user, sj_question *question, const sj_call_analyse *request) {
    struct call_manager *manager = user;
    sj_error error = {0};
    if (manager->reading) {
        sj_fail(manager->scope, question, SJ_E_UNAVAILABLE,
                "the call manager has just been started and reads its saved registrations: ask "
                "again in a few seconds");
        return;
    }
    struct analysis *analysis = analysis_new(manager, question, request);
    if (analysis == NULL) {
        sj_fail(manager->scope, question, SJ_E_NO_MEMORY, "out of memory for the analysis");
        return;
    }
    if (!read_changes(manager, request, analysis, &error)) {
        sj_fail_error(manager->scope, question, &error);
        sj_scope_close(analysis->scope);
        return;
    }
    go_on(analysis);
}

int analysis_open(struct call_manager *manager, sj_error *error) {
    return sj_answer_call_analyse(manager->scope, on_call_analyse, manager, error) != NULL
               ? SJ_OK
               : error->code;
}
