/* What the clocks of a zone show by a rule of the POSIX variable TZ ("CET-1CEST,M3.5.0,M10.5.0/3").
 * Pure. */
#ifndef SJ_HOST_TIME_ZONE_RULE_H
#define SJ_HOST_TIME_ZONE_RULE_H

#include <stdint.h>

/* Seconds ahead of UTC, `utc_s` seconds after 1970. The rule is one of the zone database: its days
 * are given as month, week and weekday, its times may be negative or above 24 hours. */
int32_t sj_time_zone_rule_offset(const char *rule, int64_t utc_s);

#endif
