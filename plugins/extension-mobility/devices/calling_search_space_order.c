/* The order of an EMCC phone's calling search spaces. Pure. */
#include "devices/calling_search_space_order.h"

#include <string.h>

#include "policies/css_select.h"

void em_calling_search_space_order(const sj_css_select_input *input, sj_css_select_output *output,
                                   const char *names[3]) {
    const char *const wanted[3] = {input->adjunct_calling_search_space,
                                   input->line_calling_search_space,
                                   input->emcc_calling_search_space};
    size_t count = 0;
    for (size_t i = 0; i < 3; i++) {
        bool again = wanted[i] == NULL || wanted[i][0] == '\0';
        for (size_t k = 0; k < count && !again; k++) {
            again = strcmp(names[k], wanted[i]) == 0;
        }
        if (!again) {
            names[count++] = wanted[i];
        }
    }
    output->calling_search_spaces = names;
    output->calling_search_spaces_count = count;
    output->reason = "adjunct CSS, line CSS, EMCC CSS";
}

static size_t append(const char *spaces[EM_SPACES_MAX], size_t count, const char *name) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(spaces[i], name) == 0) {
            return count;
        }
    }
    if (count < EM_SPACES_MAX) {
        spaces[count++] = name;
    }
    return count;
}

/* The first of the default's that leads to an emergency number, when none of the answer's does. */
static const char *way_that_is_missing(const sj_css_select_input *input, const char *const *spaces,
                                       size_t count, em_leads_to_emergency_fn leads, void *user) {
    const char *by_default[3];
    sj_css_select_output output = {0};
    for (size_t i = 0; i < count; i++) {
        if (leads(user, spaces[i])) {
            return NULL;
        }
    }
    em_calling_search_space_order(input, &output, by_default);
    for (size_t i = 0; i < output.calling_search_spaces_count; i++) {
        if (leads(user, by_default[i])) {
            return by_default[i];
        }
    }
    return NULL;
}

size_t em_keep_emergency_numbers(const sj_css_select_input *input,
                                 const sj_css_select_output *answer, em_leads_to_emergency_fn leads,
                                 void *user, const char *spaces[EM_SPACES_MAX],
                                 const char **restored) {
    const char *adjunct = input->adjunct_calling_search_space;
    const bool has_adjunct = adjunct != NULL && adjunct[0] != '\0';
    size_t count = has_adjunct ? append(spaces, 0, adjunct) : 0;
    *restored = has_adjunct && (answer->calling_search_spaces_count == 0 ||
                                strcmp(answer->calling_search_spaces[0], adjunct) != 0)
                    ? adjunct
                    : NULL;
    for (size_t i = 0; i < answer->calling_search_spaces_count; i++) {
        count = append(spaces, count, answer->calling_search_spaces[i]);
    }
    if (!has_adjunct) {
        *restored = way_that_is_missing(input, spaces, count, leads, user);
        count -= *restored != NULL && count == EM_SPACES_MAX ? 1 : 0;
        count = *restored != NULL ? append(spaces, count, *restored) : count;
    }
    return count;
}
