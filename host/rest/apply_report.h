/* What came of an apply. */
#ifndef HOST_REST_APPLY_REPORT_H
#define HOST_REST_APPLY_REPORT_H

#include "host/rest/apply.h"

/* The problems in the order of the content. */
void apply_order_problems(struct apply *apply);
/* "2 added, ..." and the whole answer. */
void apply_message(const struct apply *apply, char out[200]);
void apply_report(const struct apply *apply, sj_text *json);

#endif
