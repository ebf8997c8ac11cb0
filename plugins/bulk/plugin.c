/* Cisco Bulk Provisioning Service: jobs, on the publisher only. Descriptor and wiring. */
#include "job.h"
#include "requests.h"

#include "events/emcc.h"

static int init(sj_scope *scope, void *state, sj_error *error) {
    struct bulk *bulk = state;
    memset(bulk, 0, sizeof *bulk);
    bulk->scope = scope;
    bulk->job_finished = sj_job_finished_topic(scope, error);
    if (bulk->job_finished == NULL) {
        return error->code != SJ_OK ? error->code : SJ_E_NO_MEMORY;
    }
    return requests_open(bulk, error);
}

static int start(sj_scope *scope, void *state, sj_error *error) {
    (void)scope;
    return job_open(state, error);
}

SJ_PLUGIN(
    "bulk", "Cisco Bulk Provisioning Service", SOJOURN_VERSION,
    "Runs jobs, such as inserting EMCC base devices.", "",
    "request:emcc.insert request:emcc.update request:emcc.delete request:imported_catalog.import "
    "request:job.activate "
    "event:job.finished",
    SJ_PLUGIN_PUBLISHER_ONLY, struct bulk, NULL, init, start, NULL, NULL);
