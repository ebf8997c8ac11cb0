/* Which time zones there are. Pure: asks no file, so that a node without zone files knows them too.
 */
#ifndef SJ_HOST_TIME_ZONES_H
#define SJ_HOST_TIME_ZONES_H

#include <stdbool.h>

/* Whether the zone database has this name: "Europe/London". */
bool sj_time_zone_exists(const char *name);

#endif
