/* Calling and called party transformation patterns. Pure over the dial plan. */
#include "dial_plan/party_transformation.h"
#include "dial_plan/calling_search_space.h"
#include "dial_plan/transformations.h"

#include <sojourn/base/text.h>

static const struct {
    enum digit_kind kind;
    const char *title;
} settings[] = {
    [TRANSFORMED_CALLING] = {DIGIT_CALLING_PARTY_TRANSFORMATION,
                             "Calling Party Transformation CSS"},
    [TRANSFORMED_CALLED] = {DIGIT_CALLED_PARTY_TRANSFORMATION, "Called Party Transformation CSS"},
    [TRANSFORMED_CONNECTED] = {DIGIT_CALLING_PARTY_TRANSFORMATION,
                               "Connected Party Transformation CSS"},
    [TRANSFORMED_REDIRECTING] = {DIGIT_CALLING_PARTY_TRANSFORMATION,
                                 "Redirecting Party Transformation CSS"},
};

static const char *css_of_pool(const sj_device_pool *pool, enum transformed_party party) {
    switch (party) {
    case TRANSFORMED_CALLED: return pool->called_party_transformation_css;
    case TRANSFORMED_CONNECTED: return pool->connected_party_transformation_css;
    case TRANSFORMED_REDIRECTING: return pool->redirecting_party_transformation_css;
    default: return pool->calling_party_transformation_css;
    }
}

/* The CSS that counts. */
static const char *css_of(const struct dial_plan *plan,
                          const struct party_transformation *transformation) {
    const sj_device_pool *pool = dial_plan_get(plan, PLAN_DEVICE_POOL, transformation->pool);
    return !transformation->of_pool ? transformation->css
           : pool != NULL           ? css_of_pool(pool, transformation->party)
                                    : "";
}

/* The closest pattern that it reaches; `match->entry` NULL: none. */
static int find(const struct dial_plan *plan, const struct route_query *query,
                const struct party_transformation *transformation, const char *number,
                struct digit_match *match) {
    const struct moment moment = {query->utc_s, query->device_pool};
    const char *css = css_of(plan, transformation), *device = transformation->device,
               *title = settings[transformation->party].title;
    struct calling_search_spaces spaces;
    struct visible_partitions visible;
    memset(match, 0, sizeof *match);
    if (!sj_given(css) || number[0] == '\0' || !digits_are_number(number)) {
        return SJ_OK;
    }
    calling_search_spaces_of_phone(css, "", &spaces);
    if (visible_partitions_lay_out(plan, &spaces, &moment, &visible) != SJ_OK) {
        return SJ_E_NO_MEMORY;
    }
    if (digit_analysis_match(dial_plan_digits(plan, settings[transformation->party].kind),
                             visible.names, visible.count, number, match)) {
        const char *partition = visible.names[match->partition_rank];
        course_add(query->course, SJ_ROUTING_STEP_KIND_NOTE, device,
                   "%s %s: the closest match of %s is %s in %s%s", title, css, number,
                   match->entry->text, partition[0] != '\0' ? "partition " : "the null partition",
                   partition);
    } else {
        course_add(query->course, SJ_ROUTING_STEP_KIND_NOTE, device,
                   "%s %s: no pattern matches %s, which stays as it is", title, css, number);
    }
    visible_partitions_free(&visible);
    return SJ_OK;
}

int party_transformation(const struct dial_plan *plan, const struct route_query *query,
                         const struct party_transformation *transformation, char number[DIGITS_MAX],
                         sj_presentation *shown) {
    struct digit_match match;
    char before[DIGITS_MAX];
    const int status = find(plan, query, transformation, number, &match);
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
        route_external_number(query->external_mask, number, before, query->course);
    } else {
        memcpy(before, number, sizeof before);
    }
    transformation_apply_noted(&change, before, match.pre_dot, number, &note);
    presentation_add(&presentation, &said, pattern->pattern, query->course);
    *shown = presentation.calling_id;
    return SJ_OK;
}

static int transform_called(const struct dial_plan *plan, const struct route_query *query,
                            const struct party_transformation *transformation,
                            char called[DIGITS_MAX]) {
    struct digit_match match;
    char number[DIGITS_MAX];
    const int status = find(plan, query, transformation, called, &match);
    if (status != SJ_OK || match.entry == NULL) {
        return status;
    }
    const sj_called_party_transformation_pattern *pattern = match.entry->record;
    const struct transformation_note note = {query->course, SJ_ROUTING_STEP_KIND_CALLED_NUMBER,
                                             pattern->pattern};
    const struct transformation change = {pattern->discard_digits,
                                          pattern->called_party_transform_mask,
                                          pattern->called_party_prefix_digits};
    memcpy(number, called, sizeof number);
    transformation_apply_noted(&change, number, match.pre_dot, called, &note);
    return SJ_OK;
}

int trunk_transformation(const struct dial_plan *plan, const struct route_query *query,
                         struct route_step *step) {
    const sj_sip_trunk *trunk = dial_plan_get(plan, PLAN_SIP_TRUNK, step->trunk);
    if (trunk == NULL) {
        return SJ_OK;
    }
    const struct party_transformation calling = {
        .device = step->trunk,
        .party = TRANSFORMED_CALLING,
        .css = trunk->calling_party_transformation_css,
        .of_pool = trunk->use_device_pool_calling_party_transformation_css,
        .pool = trunk->device_pool};
    const struct party_transformation called = {
        .device = step->trunk,
        .party = TRANSFORMED_CALLED,
        .css = trunk->called_party_transformation_css,
        .of_pool = trunk->use_device_pool_called_party_transformation_css,
        .pool = trunk->device_pool};
    const int status =
        party_transformation(plan, query, &calling, step->calling, &step->calling_id);
    return status == SJ_OK && !query->keeps_called
               ? transform_called(plan, query, &called, step->called)
               : status;
}
