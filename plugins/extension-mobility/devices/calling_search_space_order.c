/* The order of an EMCC phone's calling search spaces: see calling_search_space_order.h. Pure. */
#include "devices/calling_search_space_order.h"

#include <string.h>

void em_calling_search_space_order(const sj_css_select_input *input, sj_css_select_output *output, const char *names[3]) {
    const char *const wanted[3] = {input->adjunct_calling_search_space, input->line_calling_search_space,
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
