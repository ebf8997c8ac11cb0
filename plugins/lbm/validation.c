/* What would surprise in the topology, found by a job. */
#include <stdlib.h>

#include "findings.h"
#include "lbm.h"

struct looking {
    struct lbm *lbm;
    sj_question *question;
    struct lbm_graph *graph;
    struct lbm_findings findings;
};

static void work(void *data) {
    struct looking *one = data;
    lbm_findings_look(one->graph, &one->findings);
}

static void end(struct looking *one) {
    lbm_findings_free(&one->findings);
    lbm_graph_drop(one->graph);
    free(one);
}

static void done(void *data, int status, const sj_error *error) {
    struct looking *one = data;
    const struct lbm_findings *findings = &one->findings;
    const sj_lbm_validate_reply reply = {.valid = findings->count == 0,
                                         .problems = (const char *const *)findings->sentences,
                                         .problems_count = findings->count};
    (void)error;
    if (status == SJ_OK && findings->failed) {
        sj_fail(one->lbm->scope, one->question, SJ_E_NO_MEMORY,
                "no memory to look at all of the topology");
    } else if (status == SJ_OK) {
        sj_reply_lbm_validate(one->lbm->scope, one->question, &reply);
    }
    end(one);
}

static void on_validate(void *user, sj_question *question, const sj_lbm_validate *request) {
    struct lbm *lbm = user;
    struct looking *one = calloc(1, sizeof *one);
    (void)request;
    if (one == NULL) {
        sj_fail(lbm->scope, question, SJ_E_NO_MEMORY, "no memory to look at the topology");
        return;
    }
    *one = (struct looking){lbm, question, lbm_graph_keep(lbm->network.graph), {0}};
    hub_settings_look(lbm, &one->findings);
    lbm_findings_conflicts(&one->findings, &lbm->conflicts);
    if (sj_job_run(lbm->scope, work, done, one) == NULL) {
        sj_fail(lbm->scope, question, SJ_E_NO_MEMORY, "no memory to look at the topology");
        end(one);
    }
}

int validation_open(struct lbm *lbm, sj_error *error) {
    return sj_answer_lbm_validate(lbm->scope, on_validate, lbm, error) != NULL ? SJ_OK
                                                                               : error->code;
}
