/* Cisco Dialed Number Analyzer Server: shows what calls would do. Descriptor and wiring. */
#include "dna.h"

static int init(sj_scope *scope, void *state, sj_error *error) {
    struct dna *dna = state;
    dna->scope = scope;
    dna->analyses = sj_metric_new(scope, SJ_COUNTER, "sojourn_dna_analyses_total",
                                  "Calls that were analysed without being made");
    int status = analyze_open(dna, error);
    status = status == SJ_OK ? test_run_open(dna, error) : status;
    status = status == SJ_OK ? emergency_open(dna, error) : status;
    status = status == SJ_OK ? peer_open(dna, error) : status;
    return status == SJ_OK ? emergency_peer_open(dna, error) : status;
}

SJ_PLUGIN("dna-server", "Cisco Dialed Number Analyzer Server", SOJOURN_VERSION,
          "Shows what calls would do, and why.", "",
          "request:dna.analyze request:dna.test request:dna.emergency", 0, struct dna, NULL, init,
          NULL, NULL, NULL);
