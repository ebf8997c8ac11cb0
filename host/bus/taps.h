/* Taps (host/bus/bus.h), as publishing sees them. */
#ifndef SJ_HOST_BUS_TAPS_H
#define SJ_HOST_BUS_TAPS_H

#include "host/bus/state.h"

/* Gives an event of the channel, as JSON, to those who tap it. */
void sj_bus_tapped(struct channel *channel, const sj_record_meta *meta, const void *event);

#endif
