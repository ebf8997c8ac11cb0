/* What in a topology would surprise whoever made it, in sentences. Pure; takes about a second with
 * 2,000 locations, so that it is a job's. */
#ifndef LBM_FINDINGS_H
#define LBM_FINDINGS_H

#include <sojourn/error.h>

#include "overlay.h"

enum { LBM_FINDINGS_MAX = 100 };

struct lbm_findings {
    size_t count;
    char *sentences[LBM_FINDINGS_MAX];
    bool failed; /* no memory: they are not whole */
};

void lbm_findings_add(struct lbm_findings *findings, const char *format, ...) SJ_PRINTF(2, 3);
/* Where clusters state different things. */
void lbm_findings_conflicts(struct lbm_findings *findings, const struct lbm_conflicts *conflicts);
void lbm_findings_look(const struct lbm_graph *graph, struct lbm_findings *findings);
void lbm_findings_free(struct lbm_findings *findings);

#endif
