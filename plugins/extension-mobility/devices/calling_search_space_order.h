/* Which calling search spaces, in which order, an EMCC phone gets: the built-in decision of the
 * policy css.select, and what no policy can take away. Pure. */
#ifndef EM_CALLING_SEARCH_SPACE_ORDER_H
#define EM_CALLING_SEARCH_SPACE_ORDER_H

#include "policies/css_select.h"

/* Adjunct, line, EMCC; what is empty or was there before is left out. `names` holds the list. */
void em_calling_search_space_order(const sj_css_select_input *input, sj_css_select_output *output,
                                   const char *names[3]);

enum { EM_SPACES_MAX = 20 };

/* Whether a calling search space holds an emergency number: a route pattern of urgent priority that
 * is not blocked. */
typedef bool (*em_leads_to_emergency_fn)(void *user, const char *calling_search_space);

/* What is taken of a policy's answer, so that emergency numbers stay reachable from where the phone
 * stands:
 *
 *  - The adjunct CSS is how the numbers of the visited place are known at home: it comes first,
 * whatever the policy says, since of two equal patterns that of the earlier CSS is taken.
 *  - Without one, numbers are dialled alike in both clusters: when the default reaches an emergency
 * number and the answer reaches none, the default's first CSS that leads to one is put behind.
 *
 * Fills `spaces` (at most EM_SPACES_MAX; the last of the answer gives way) and returns how many;
 * *restored is the CSS that had to be put where the policy had it not, or NULL. */
size_t em_keep_emergency_numbers(const sj_css_select_input *input,
                                 const sj_css_select_output *answer, em_leads_to_emergency_fn leads,
                                 void *user, const char *spaces[EM_SPACES_MAX],
                                 const char **restored);

#endif
