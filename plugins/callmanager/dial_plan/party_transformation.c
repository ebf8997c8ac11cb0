/* Calling and called party transformation patterns. Pure over the dial plan. */
#include "dial_plan/party_transformation.h"
#include "dial_plan/calling_search_space.h"
#include "dial_plan/transformations.h"

#include <sojourn/base/text.h>

/* How one of the two numbers is transformed. */
struct transformed_party {
    enum digit_kind kind;
    const char *css, *title; /* whose patterns; which of the device's settings that is */
};

/* The closest pattern that it reaches; `match->entry` NULL: none. */
static int find(const struct dial_plan *plan, const struct route_query *query, const char *device,
                const struct transformed_party *party, const char *number,
                struct digit_match *match) {
    const struct moment moment = {query->utc_s, query->device_pool};
    struct calling_search_spaces spaces;
    struct visible_partitions visible;
    memset(match, 0, sizeof *match);
    if (!sj_given(party->css) || number[0] == '\0' || !digits_are_number(number)) {
        return SJ_OK;
    }
    calling_search_spaces_of_phone(party->css, "", &spaces);
    if (visible_partitions_lay_out(plan, &spaces, &moment, &visible) != SJ_OK) {
        return SJ_E_NO_MEMORY;
    }
    if (digit_analysis_match(dial_plan_digits(plan, party->kind), visible.names, visible.count,
                             number, match)) {
        const char *partition = visible.names[match->partition_rank];
        course_add(query->course, SJ_ROUTING_STEP_KIND_NOTE, device,
                   "%s %s: the closest match of %s is %s in %s%s", party->title, party->css, number,
                   match->entry->text, partition[0] != '\0' ? "partition " : "the null partition",
                   partition);
    } else {
        course_add(query->course, SJ_ROUTING_STEP_KIND_NOTE, device,
                   "%s %s: no pattern matches %s, which stays as it is", party->title, party->css,
                   number);
    }
    visible_partitions_free(&visible);
    return SJ_OK;
}

/* That of the device pool, when it counts. */
static const char *pool_css(const struct dial_plan *plan, const char *name, bool called) {
    const sj_device_pool *pool = dial_plan_get(plan, PLAN_DEVICE_POOL, name);
    return pool == NULL ? ""
           : called     ? pool->called_party_transformation_css
                        : pool->calling_party_transformation_css;
}

int calling_party_transformation(const struct dial_plan *plan, const struct route_query *query,
                                 const struct calling_transformation *transformation,
                                 char calling[DIGITS_MAX], sj_presentation *calling_id) {
    const struct transformed_party party = {
        DIGIT_CALLING_PARTY_TRANSFORMATION,
        transformation->of_pool ? pool_css(plan, transformation->pool, false) : transformation->css,
        "Calling Party Transformation CSS"};
    struct digit_match match;
    char number[DIGITS_MAX];
    const int status = find(plan, query, transformation->device, &party, calling, &match);
    if (status != SJ_OK || match.entry == NULL) {
        return status;
    }
    const sj_calling_party_transformation_pattern *pattern = match.entry->record;
    const struct transformation_note note = {query->course, SJ_ROUTING_STEP_KIND_CALLING_NUMBER,
                                             pattern->pattern};
    const struct transformation change = {pattern->discard_digits,
                                          pattern->calling_party_transform_mask,
                                          pattern->calling_party_prefix_digits};
    const struct presentation said = {.calling_id = pattern->calling_line_id_presentation};
    struct presentation presentation = {.calling_id = SJ_PRESENTATION_DEFAULT};
    if (pattern->use_external_phone_number_mask) {
        route_external_number(query->external_mask, calling, number, query->course);
    } else {
        memcpy(number, calling, sizeof number);
    }
    transformation_apply_noted(&change, number, match.pre_dot, calling, &note);
    presentation_add(&presentation, &said, pattern->pattern, query->course);
    *calling_id = presentation.calling_id;
    return SJ_OK;
}

static int transform_called(const struct dial_plan *plan, const struct route_query *query,
                            const char *css, struct route_step *step) {
    const struct transformed_party party = {DIGIT_CALLED_PARTY_TRANSFORMATION, css,
                                            "Called Party Transformation CSS"};
    struct digit_match match;
    char number[DIGITS_MAX];
    const int status = find(plan, query, step->trunk, &party, step->called, &match);
    if (status != SJ_OK || match.entry == NULL) {
        return status;
    }
    const sj_called_party_transformation_pattern *pattern = match.entry->record;
    const struct transformation_note note = {query->course, SJ_ROUTING_STEP_KIND_CALLED_NUMBER,
                                             pattern->pattern};
    const struct transformation change = {pattern->discard_digits,
                                          pattern->called_party_transform_mask,
                                          pattern->called_party_prefix_digits};
    memcpy(number, step->called, sizeof number);
    transformation_apply_noted(&change, number, match.pre_dot, step->called, &note);
    return SJ_OK;
}

int trunk_transformation(const struct dial_plan *plan, const struct route_query *query,
                         struct route_step *step) {
    const sj_sip_trunk *trunk = dial_plan_get(plan, PLAN_SIP_TRUNK, step->trunk);
    if (trunk == NULL) {
        return SJ_OK;
    }
    const struct calling_transformation calling = {
        .device = step->trunk,
        .css = trunk->calling_party_transformation_css,
        .of_pool = trunk->use_device_pool_calling_party_transformation_css,
        .pool = trunk->device_pool};
    const char *called_css = trunk->use_device_pool_called_party_transformation_css
                                 ? pool_css(plan, trunk->device_pool, true)
                                 : trunk->called_party_transformation_css;
    const int status =
        calling_party_transformation(plan, query, &calling, step->calling, &step->calling_id);
    return status == SJ_OK && !query->keeps_called ? transform_called(plan, query, called_css, step)
                                                   : status;
}
