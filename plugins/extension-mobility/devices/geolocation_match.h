/* Which roaming device pool fits the place of a visiting phone: the built-in decision of the policy
 * geolocation.match. Pure. */
#ifndef EM_GEOLOCATION_MATCH_H
#define EM_GEOLOCATION_MATCH_H

#include "policies/geolocation_match.h"
#include "resources/geolocation_filter.h"

enum { EM_CIVIC_FIELDS = 17 };

/* The names of the fields that the filter lets count; all of them without a filter. Returns how
 * many. */
size_t em_geolocation_filter_fields(const sj_geolocation_filter *filter,
                                    const char *names[EM_CIVIC_FIELDS]);
/* Copies a place, each text by `copy`. */
void em_geolocation_copy(const sj_civic_address *from, sj_civic_address *to,
                         const char *(*copy)(void *user, const char *text), void *user);
/* The pool with most equal fields among those that contradict in none; equal scores by name.
 * `reason` holds output->reason. */
void em_geolocation_match(const sj_geolocation_match_input *input,
                          sj_geolocation_match_output *output, char reason[200]);

#endif
