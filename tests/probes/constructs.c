/* A probe: does what `sojourn plugin check` finds: a constructor, a further export, a host symbol.
 */
#include "probe.h"

__attribute__((visibility("default"))) int probe_counter;
extern int sj_probe_of_the_host(void) __attribute__((weak));

__attribute__((constructor)) static void early(void) {
    probe_counter += sj_probe_of_the_host != NULL;
}

PROBE("constructs", "", "", struct probe, probe_init, probe_start, NULL, NULL);
