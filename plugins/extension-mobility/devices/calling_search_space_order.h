/* Which calling search spaces, in which order, an EMCC phone gets: the built-in decision of the policy css.select. Pure. */
#ifndef EM_CALLING_SEARCH_SPACE_ORDER_H
#define EM_CALLING_SEARCH_SPACE_ORDER_H

#include "policies/css_select.h"

/* Adjunct, line, EMCC; what is empty or was there before is left out. `names` holds the list. */
void em_calling_search_space_order(const sj_css_select_input *input, sj_css_select_output *output, const char *names[3]);

#endif
