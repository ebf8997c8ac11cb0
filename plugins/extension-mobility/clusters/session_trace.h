/* The steps of a login on both sides, for `sojourn trace`. */
#ifndef EM_SESSION_TRACE_H
#define EM_SESSION_TRACE_H

#include "em.h"

int em_session_trace_open(struct em *em, sj_error *error); /* answers session.trace */
/* What this cluster tells another one of a trace, as JSON: nothing unless that cluster took part.
 * Free with sj_text_free; NULL when memory is short. */
char *em_session_trace_for(struct em *em, sj_scope *scope, const char *cluster_id,
                           const char *trace_id);

#endif
