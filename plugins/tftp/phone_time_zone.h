/* Time zones as phones know them: by the vendor's names, of which there are some fifty. Newer
 * firmware reads the name of the zone database beside it (olsonTimeZone). */
#ifndef SJ_TFTP_PHONE_TIME_ZONE_H
#define SJ_TFTP_PHONE_TIME_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The clock of a zone of the zone database: seconds east of UTC at a time. False: no such zone. */
typedef bool (*zone_clock_fn)(void *user, const char *zone, int64_t utc_s, int32_t *offset_s);

/* The vendor's name for a zone: the one whose clock goes the same all through a year; of these the
 * one that the zone is known by. Where no name fits, that of the nearest clock, and `exact` is
 * false: a phone that knows the vendor's names alone then shows a wrong time. */
const char *phone_time_zone(const char *zone, zone_clock_fn clock, void *user, bool *exact);

/* The names that were looked for last: comparing clocks takes half a millisecond. Zeroed: none. */
enum { PHONE_TIME_ZONES = 32 };
struct phone_time_zones {
    struct phone_time_zone_found {
        char zone[64]; /* "": none */
        const char *name;
        bool exact;
    } found[PHONE_TIME_ZONES];
    size_t next; /* whose place is taken */
};

/* The same as phone_time_zone, from memory where it is there. */
const char *phone_time_zones_find(struct phone_time_zones *zones, const char *zone,
                                  zone_clock_fn clock, void *user, bool *exact);

#endif
