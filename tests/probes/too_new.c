/* A probe: built for an ABI that this host does not speak yet. */
#include <sojourn/sojourn.h>
#undef SJ_ABI_MINOR
#define SJ_ABI_MINOR 99
#include "probe.h"

PROBE("too-new", "", "", struct probe, probe_init, probe_start, NULL, NULL);
