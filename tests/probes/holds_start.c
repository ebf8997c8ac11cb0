/* A probe: its init does not return, before the node serves. */
#include <unistd.h>

#include "probe.h"

static _Noreturn int init(sj_scope *scope, void *state, sj_error *error) {
    (void)scope;
    (void)state;
    (void)error;
    for (;;) {
        (void)usleep(1000);
    }
}

PROBE("holds-start", "", "", struct probe, init, probe_start, NULL, NULL);
