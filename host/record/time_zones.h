/* Which time zones there are, and what their clocks show. Pure: asks no file, so that a node
 * without zone files knows them too. */
#ifndef SJ_HOST_TIME_ZONES_H
#define SJ_HOST_TIME_ZONES_H

#include <stdbool.h>
#include <stdint.h>

/* Whether the zone database has this name: "Europe/London". */
bool sj_time_zone_exists(const char *name);

/* How far the clocks there are ahead of UTC, in seconds, `utc_s` seconds after 1970; by the rules
 * of today, so that it is right from 2026 on. SJ_E_NOT_FOUND: there is no such zone. */
int sj_time_zone_offset_at(const char *name, int64_t utc_s, int32_t *offset_s);

#endif
