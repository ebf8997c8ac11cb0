/* Cisco Dialed Number Analyzer Server: shows what calls would do. Descriptor and wiring. */
#include "dna.h"

static int init(sj_scope *scope, void *state, sj_error *error) {
    struct dna *dna = state;
    dna->scope = scope;
    dna->analyses = sj_metric_new(scope, SJ_COUNTER, "sojourn_dna_analyses_total",
                                  "Calls that were analysed without being made");
    return analyze_open(dna, error);
}

SJ_PLUGIN("dna-server", "Cisco Dialed Number Analyzer Server", SOJOURN_VERSION,
          "Shows what calls would do, and why.", "", "request:dna.analyze", 0, struct dna, NULL,
          init, NULL, NULL, NULL);
