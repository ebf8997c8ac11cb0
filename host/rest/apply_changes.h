/* The list of changes in the answer to an apply. */
#ifndef HOST_REST_APPLY_CHANGES_H
#define HOST_REST_APPLY_CHANGES_H

#include "host/rest/apply.h"

/* `stored`: what it was, or NULL. */
void apply_list_record(struct apply *apply, const struct apply_record *entry, const void *record,
                       const void *stored);
void apply_list_removal(struct apply *apply, const struct apply_removal *removal);
/* What the parameter shows is taken for what it was: before the commit. */
void apply_list_parameter(struct apply *apply, size_t section, const sj_param_meta *meta,
                          const cJSON *given);

#endif
