/* A probe: may run on the cluster's publisher only. */
#include "probe.h"

SJ_PLUGIN("publisher-only", "Probe publisher-only", "1.0.0", "A probe.", "", "",
          SJ_PLUGIN_PUBLISHER_ONLY, struct probe, NULL, probe_init, probe_start, NULL, NULL);
