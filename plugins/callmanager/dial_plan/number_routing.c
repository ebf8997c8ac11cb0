/* Digit analysis with translations and route selection. Pure over the dial plan. */
#include "dial_plan/number_routing.h"
#include "dial_plan/alternate_numbers.h"
#include "dial_plan/match_course.h"
#include "dial_plan/sip_routes.h"
#include "dial_plan/transformations.h"

#include <sojourn/base/text.h>

#include <stdio.h>

static void describe_match(const char *pattern, size_t rank,
                           const struct visible_partitions *visible,
                           const struct number_caller *caller, struct number_route *route) {
    const char *origin = visible->origins[rank];
    (void)snprintf(route->pattern, sizeof route->pattern, "%s", pattern);
    (void)snprintf(route->partition, sizeof route->partition, "%s", visible->names[rank]);
    (void)snprintf(route->origin, sizeof route->origin, "%s", origin);
    /* Once found through the adjunct CSS, a translated number keeps that quality. */
    route->through_adjunct = route->through_adjunct || (caller->adjunct_css[0] != '\0' &&
                                                        strcmp(origin, caller->adjunct_css) == 0);
}

static void translate(const sj_translation_pattern *pattern, size_t pre_dot, struct course *course,
                      struct number_route *route) {
    const struct transformation_note note_called = {course, SJ_ROUTING_STEP_KIND_CALLED_NUMBER,
                                                    pattern->pattern};
    const struct transformation_note note_calling = {course, SJ_ROUTING_STEP_KIND_CALLING_NUMBER,
                                                     pattern->pattern};
    const struct transformation called = {pattern->discard_digits,
                                          pattern->called_party_transform_mask,
                                          pattern->called_party_prefix_digits};
    const struct transformation calling = {SJ_DISCARD_DIGITS_NONE,
                                           pattern->calling_party_transform_mask, ""};
    const struct presentation said = {
        pattern->calling_line_id_presentation, pattern->calling_name_presentation,
        pattern->connected_line_id_presentation, pattern->connected_name_presentation};
    char before[DIGITS_MAX];
    memcpy(before, route->digits, sizeof before);
    course_add(course, SJ_ROUTING_STEP_KIND_TRANSLATION, pattern->pattern,
               "the number is changed and looked up again %s%s",
               pattern->use_originator_calling_search_space ? "through the caller's CSS"
               : pattern->calling_search_space[0] != '\0'   ? "through "
                                                            : "in the null partition",
               pattern->use_originator_calling_search_space ? "" : pattern->calling_search_space);
    course_enter(course);
    transformation_apply_noted(&called, before, pre_dot, route->digits, &note_called);
    memcpy(before, route->calling, sizeof before);
    transformation_apply_noted(&calling, before, 0, route->calling, &note_calling);
    presentation_add(&route->presentation, &said, pattern->pattern, course);
    course_leave(course);
    route->translations++;
}

/* What the called side sees of the caller, and the other way round. */
static void show_parties(const sj_route_pattern *pattern, const struct number_caller *caller,
                         struct number_route *route) {
    const struct presentation said = {
        pattern->calling_line_id_presentation, pattern->calling_name_presentation,
        pattern->connected_line_id_presentation, pattern->connected_name_presentation};
    char calling[DIGITS_MAX];
    memcpy(calling, route->calling, sizeof calling);
    route_calling_number(pattern, calling, caller->external_mask, route->calling, caller->course);
    presentation_add(&route->presentation, &said, pattern->pattern, caller->course);
}

static void select_route(const struct dial_plan *plan, const sj_route_pattern *pattern,
                         const struct number_caller *caller, size_t pre_dot,
                         struct number_route *route) {
    const struct route_query query = {.pattern = pattern,
                                      .digits = route->digits,
                                      .pre_dot = pre_dot,
                                      .calling = route->calling,
                                      .external_mask = caller->external_mask,
                                      .device_pool = caller->device_pool,
                                      .utc_s = caller->utc_s,
                                      .keeps_called = caller->calls_uri,
                                      .emcc = caller->emcc,
                                      .through_adjunct = route->through_adjunct,
                                      .turn = caller->turn,
                                      .course = caller->course};
    route->outcome = pattern->block ? NUMBER_BLOCKED : NUMBER_ROUTE;
    route->emergency = pattern->emergency_services_number || route->through_adjunct;
    if (!pattern->block && !route->emergency) {
        dial_codes_judge(plan, pattern, caller->codes, caller->course, &route->codes);
        route->outcome = route->codes.status != 0 ? NUMBER_BLOCKED : NUMBER_ROUTE;
    }
    if (route->outcome == NUMBER_ROUTE) {
        show_parties(pattern, caller, route);
        route_selection(plan, &query, &route->steps);
    }
}

void number_route_to_host(const struct dial_plan *plan, const struct visible_partitions *visible,
                          const struct number_caller *caller, const char *host,
                          struct number_route *route) {
    size_t rank = 0;
    const sj_sip_route_pattern *found = sip_route_find(plan, visible, host, &rank);
    if (found == NULL) {
        course_add(caller->course, SJ_ROUTING_STEP_KIND_NOTE, host,
                   "no SIP route pattern within reach fits it");
        route->outcome = NUMBER_UNKNOWN;
        return;
    }
    const sj_route_pattern pattern = {
        .pattern = found->pattern,
        .partition = found->partition,
        .sip_trunk = found->sip_trunk,
        .route_list = found->route_list,
        .block = found->block,
        .called_party_transform_mask = "",
        .called_party_prefix_digits = "",
        .use_external_phone_number_mask = found->use_external_phone_number_mask,
        .calling_party_transform_mask = found->calling_party_transform_mask,
        .calling_party_prefix_digits = found->calling_party_prefix_digits,
        .calling_line_id_presentation = found->calling_line_id_presentation,
        .calling_name_presentation = found->calling_name_presentation,
        .connected_line_id_presentation = found->connected_line_id_presentation,
        .connected_name_presentation = found->connected_name_presentation};
    course_add(caller->course, SJ_ROUTING_STEP_KIND_NOTE, host,
               "the closest SIP route pattern is %s", found->pattern);
    if (!route->learned.known) {
        describe_match(found->pattern, rank, visible, caller, route);
    }
    select_route(plan, &pattern, caller, 0, route);
}

void number_route_to_learned(const struct dial_plan *plan, const struct visible_partitions *visible,
                             const struct number_caller *caller, const struct learned_fact *fact,
                             struct number_route *route) {
    route->learned = *fact;
    course_add(caller->course, SJ_ROUTING_STEP_KIND_NOTE, fact->pattern,
               "advertised by cluster %s, route string %s", fact->cluster_id, fact->route_string);
    number_route_to_host(plan, visible, caller, fact->route_string, route);
    if (route->outcome == NUMBER_UNKNOWN) {
        route->outcome = NUMBER_ROUTE;
        route->steps.note = "no SIP route pattern within reach fits the route string";
    }
}

static void reach_pilot(const sj_hunt_pilot *pilot, const struct number_caller *caller,
                        struct number_route *route) {
    const sj_route_pattern as_pattern = {
        .pattern = pilot->pattern,
        .use_external_phone_number_mask = pilot->use_external_phone_number_mask,
        .calling_party_transform_mask = pilot->calling_party_transform_mask,
        .calling_party_prefix_digits = pilot->calling_party_prefix_digits,
        .calling_line_id_presentation = pilot->calling_line_id_presentation,
        .calling_name_presentation = pilot->calling_name_presentation,
        .connected_line_id_presentation = pilot->connected_line_id_presentation,
        .connected_name_presentation = pilot->connected_name_presentation};
    route->outcome = pilot->block ? NUMBER_BLOCKED : NUMBER_HUNT;
    if (!pilot->block) {
        show_parties(&as_pattern, caller, route);
    }
}

typedef void number_judge(const struct dial_plan *plan, const struct visible_partitions *visible,
                          const struct number_caller *caller,
                          const struct calling_search_spaces *spaces, const char *digits,
                          struct number_match *match);

const char *number_scheduled_partition(const struct dial_plan *plan,
                                       const struct calling_search_spaces *spaces,
                                       const char *digits, bool *urgent) {
    static const struct moment at_no_time;
    struct visible_partitions all;
    struct digit_match match;
    const sj_partition *partition = NULL;
    if (visible_partitions_lay_out(plan, spaces, &at_no_time, &all) != SJ_OK) {
        return "";
    }
    if (digit_analysis_match(plan->digits, all.names, all.count, digits, &match)) {
        partition = dial_plan_get(plan, PLAN_PARTITION, all.names[match.partition_rank]);
        if (urgent != NULL) {
            *urgent = match.entry->urgent;
        }
    }
    visible_partitions_free(&all);
    return partition != NULL && sj_given(partition->time_schedule) ? partition->name : "";
}

/* One look-up. True when a translation asks for another one, in *spaces. */
static bool look_up(const struct dial_plan *plan, const struct visible_partitions *visible,
                    const struct number_caller *caller, number_judge *judge,
                    struct calling_search_spaces *spaces, struct number_route *route) {
    struct number_match found = {0};
    if (caller->course != NULL && route->scheduled[0] == '\0') {
        (void)snprintf(route->scheduled, sizeof route->scheduled, "%s",
                       number_scheduled_partition(plan, spaces, route->digits, NULL));
    }
    found.matched = match_with_course(plan, visible, route->digits, &found.plan, caller->course);
    judge(plan, visible, caller, spaces, route->digits, &found);
    const struct digit_match match = found.plan;
    switch (found.counts) {
    case COUNTS_UNASKED: route->outcome = NUMBER_UNASKED; return false;
    case COUNTS_NOTHING: route->outcome = NUMBER_UNKNOWN; return false;
    case COUNTS_LEARNED:
        describe_match(found.fact->pattern, found.rank, visible, caller, route);
        number_route_to_learned(plan, visible, caller, found.fact, route);
        return false;
    case COUNTS_ALTERNATE:
        describe_match(route->digits, found.rank, visible, caller, route);
        course_add(caller->course, SJ_ROUTING_STEP_KIND_TRANSLATION, route->digits,
                   "the alternate number of %s, which is looked up through the caller's CSS",
                   found.alternate->directory_number);
        (void)snprintf(route->digits, sizeof route->digits, "%s",
                       found.alternate->directory_number);
        route->translations++;
        *spaces = *caller->spaces;
        return true;
    case COUNTS_PLAN: break;
    }
    describe_match(match.entry->text, match.partition_rank, visible, caller, route);
    if (match.entry->kind == DIGIT_DIRECTORY_NUMBER) {
        route->directory_number = match.entry->record;
        route->outcome = route->directory_number->active ? NUMBER_PHONE : NUMBER_UNKNOWN;
        (void)snprintf(route->directory_number_key, sizeof route->directory_number_key, "%s%s%s",
                       route->pattern, route->partition[0] == '\0' ? "" : "@", route->partition);
        return false;
    }
    if (match.entry->kind == DIGIT_ROUTE_PATTERN) {
        select_route(plan, match.entry->record, caller, match.pre_dot, route);
        return false;
    }
    if (match.entry->kind == DIGIT_HUNT_PILOT) {
        reach_pilot(match.entry->record, caller, route);
        return false;
    }
    if (match.entry->kind != DIGIT_TRANSLATION_PATTERN) {
        route->outcome = NUMBER_FEATURE;
        route->feature = match.entry->kind;
        (void)snprintf(route->feature_number, sizeof route->feature_number, "%s",
                       route->digits + match.pre_dot);
        return false;
    }
    const sj_translation_pattern *pattern = match.entry->record;
    if (pattern->block) {
        route->outcome = NUMBER_BLOCKED;
        return false;
    }
    translate(pattern, match.pre_dot, caller->course, route);
    if (pattern->use_originator_calling_search_space) {
        *spaces = *caller->spaces;
    } else {
        calling_search_spaces_of_phone(pattern->calling_search_space, "", spaces);
    }
    return true;
}

/* Look-ups as long as translations ask for another one, of which there are few. */
static int follow(const struct dial_plan *plan, const struct number_caller *caller,
                  number_judge *judge, const char *digits, struct number_route *route) {
    const struct moment moment = {caller->utc_s, caller->device_pool};
    struct calling_search_spaces spaces = *caller->spaces;
    bool again = true;
    memset(route, 0, sizeof *route);
    route->steps.note = route->codes.why = "";
    (void)snprintf(route->digits, sizeof route->digits, "%s", digits);
    (void)snprintf(route->calling, sizeof route->calling, "%s", caller->number);
    while (again) {
        struct visible_partitions visible;
        if (route->translations > TRANSLATIONS_MAX) {
            route->outcome = NUMBER_LOOP;
            return SJ_OK;
        }
        if (visible_partitions_lay_out(plan, &spaces, &moment, &visible) != SJ_OK) {
            return SJ_E_NO_MEMORY;
        }
        again = look_up(plan, &visible, caller, judge, &spaces, route);
        visible_partitions_free(&visible);
    }
    return SJ_OK;
}

/* Neither learned nor alternate numbers count. It asks for nothing, so that number_match_judge,
 * which asks by it, cannot come back to itself. */
static void judge_plan_alone(const struct dial_plan *plan, const struct visible_partitions *visible,
                             const struct number_caller *caller,
                             const struct calling_search_spaces *spaces, const char *digits,
                             struct number_match *match) {
    (void)plan;
    (void)visible;
    (void)caller;
    (void)spaces;
    (void)digits;
    match->counts = match->matched ? COUNTS_PLAN : COUNTS_NOTHING;
}

/* Whether the dial plan takes what is dialled to those who help: such a call goes nowhere else,
 * whatever other clusters advertise, and whether or not they can be asked. */
static bool is_emergency(const struct dial_plan *plan, const struct visible_partitions *visible,
                         const struct number_caller *caller,
                         const struct calling_search_spaces *spaces, const char *digits,
                         const struct digit_match *match) {
    struct number_caller here = *caller;
    struct number_route route;
    if (caller->adjunct_css[0] != '\0' &&
        strcmp(visible->origins[match->partition_rank], caller->adjunct_css) == 0) {
        return true;
    }
    if (match->entry->kind == DIGIT_ROUTE_PATTERN) {
        return ((const sj_route_pattern *)match->entry->record)->emergency_services_number;
    }
    here.spaces = spaces;
    here.course = NULL;
    return match->entry->kind == DIGIT_TRANSLATION_PATTERN &&
           follow(plan, &here, judge_plan_alone, digits, &route) == SJ_OK && route.emergency;
}

void number_match_judge(const struct dial_plan *plan, const struct visible_partitions *visible,
                        const struct number_caller *caller,
                        const struct calling_search_spaces *spaces, const char *digits,
                        struct number_match *match) {
    const struct digit_match *of_plan = match->matched ? &match->plan : NULL;
    size_t learned_rank = 0, alternate_rank = 0;
    const enum learned_verdict verdict = learned_numbers_judge(
        caller->learned, visible, digits, of_plan, &match->fact, &learned_rank);
    match->alternate = match->matched && match->plan.entry->program == NULL
                           ? NULL
                           : alternate_numbers_find(plan, visible, digits, &alternate_rank);
    const bool emergency = match->matched &&
                           (verdict != LEARNED_NOTHING || match->alternate != NULL) &&
                           is_emergency(plan, visible, caller, spaces, digits, &match->plan);
    match->counts = match->matched ? COUNTS_PLAN : COUNTS_NOTHING;
    if (verdict == LEARNED_UNASKED && !emergency) {
        match->counts = COUNTS_UNASKED;
    } else if (verdict == LEARNED_CLOSER && !emergency) {
        match->counts = COUNTS_LEARNED;
    } else if (match->alternate != NULL && !emergency) {
        match->counts = COUNTS_ALTERNATE;
    }
    match->rank = match->counts == COUNTS_LEARNED ? learned_rank : alternate_rank;
}

int number_routing(const struct dial_plan *plan, const struct number_caller *caller,
                   const char *digits, struct number_route *route) {
    struct dial_codes codes;
    struct number_caller with_codes = *caller;
    const int status = follow(plan, caller, number_match_judge, digits, route);
    if (status != SJ_OK || route->outcome != NUMBER_UNKNOWN || !dial_codes_exist(plan) ||
        !dial_codes_split(digits, &codes)) {
        return status;
    }
    with_codes.codes = &codes;
    const int again = follow(plan, &with_codes, number_match_judge, codes.number, route);
    if (again == SJ_OK && route->outcome != NUMBER_UNASKED && !route->codes.asked_for) {
        route->outcome = NUMBER_UNKNOWN; /* what leads there asks for no codes */
        route->emergency = route->learned.known = false;
        route->steps.count = 0;
    }
    return again;
}

void number_route_explain(const struct number_route *route, const char *dialled,
                          const char *calling, char *text, size_t room) {
    char match[512];
    (void)snprintf(match, sizeof match, "%s%s%s matches %s in %s%s%s%s%s%s", dialled,
                   route->translations > 0 ? ", translated to " : "",
                   route->translations > 0 ? route->digits : "", route->pattern,
                   route->partition[0] != '\0' ? "partition \"" : "the null partition",
                   route->partition, route->partition[0] != '\0' ? "\"" : "",
                   route->origin[0] != '\0' ? " through \"" : "", route->origin,
                   route->origin[0] != '\0' ? "\"" : "");
    switch (route->outcome) {
    case NUMBER_PHONE: (void)snprintf(text, room, "%s: a directory number.", match); break;
    case NUMBER_ROUTE:
        if (route->learned.known) {
            (void)snprintf(text, room, "%s: learned of cluster %s, route string %s%s%s%s%s.", match,
                           route->learned.cluster_id, route->learned.route_string,
                           route->learned.failover[0] != '\0' ? "; over the PSTN " : "",
                           route->learned.failover, route->steps.note[0] != '\0' ? "; " : "",
                           route->steps.note);
            break;
        }
        (void)snprintf(text, room, "%s: a route pattern; calling number %s%s%s.", match, calling,
                       route->steps.note[0] != '\0' ? "; " : "", route->steps.note);
        break;
    case NUMBER_FEATURE:
        if (route->feature == DIGIT_CALL_PICKUP || route->feature == DIGIT_MESSAGE_WAITING) {
            (void)snprintf(text, room, "%s: %s.", match,
                           route->feature == DIGIT_CALL_PICKUP ? "the number of a call pickup group"
                                                               : "a message waiting number");
            break;
        }
        (void)snprintf(text, room, "%s: a%s call park number%s.", match,
                       route->feature == DIGIT_CALL_PARK ? "" : " directed",
                       route->feature == DIGIT_PARK_RETRIEVAL ? ", with its retrieval prefix" : "");
        break;
    case NUMBER_HUNT:
        (void)snprintf(text, room, "%s: a hunt pilot; calling number %s.", match, calling);
        break;
    case NUMBER_BLOCKED:
        (void)snprintf(text, room, "%s, which is %s%s.", match,
                       route->codes.status != 0 ? "refused: " : "blocked",
                       route->codes.status != 0 ? route->codes.why : "");
        break;
    case NUMBER_LOOP:
        (void)snprintf(text, room,
                       "%s was translated more than %d times in a row: translation loop.", dialled,
                       TRANSLATIONS_MAX);
        break;
    default:
        (void)snprintf(text, room, "No pattern that the caller can reach matches %s%s%s.", dialled,
                       route->translations > 0 ? ", translated to " : "",
                       route->translations > 0 ? route->digits : "");
        break;
    }
}

void number_route_to(const struct dial_plan *plan, const char *key, const char *digits,
                     const char *calling, struct number_route *route) {
    const sj_directory_number *number = dial_plan_directory_number(plan, key);
    memset(route, 0, sizeof *route);
    route->outcome = NUMBER_PHONE;
    route->steps.note = "";
    (void)snprintf(route->digits, sizeof route->digits, "%s", digits);
    (void)snprintf(route->calling, sizeof route->calling, "%s", calling);
    (void)snprintf(route->directory_number_key, sizeof route->directory_number_key, "%s", key);
    if (number != NULL) {
        (void)snprintf(route->pattern, sizeof route->pattern, "%s", number->pattern);
        (void)snprintf(route->partition, sizeof route->partition, "%s", number->partition);
    }
}
