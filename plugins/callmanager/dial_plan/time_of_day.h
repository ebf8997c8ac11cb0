/* Which partitions are searched at a moment: time schedules, and the clocks by which they count.
 * Pure over the dial plan, but for what the plan was given to ask clocks with. */
#ifndef CALLMANAGER_TIME_OF_DAY_H
#define CALLMANAGER_TIME_OF_DAY_H

#include "dial_plan/dial_plan.h"
#include "resources/partition.h"
#include "resources/time_period.h"

/* When a call is made, and where from. */
struct moment {
    int64_t utc_s; /* seconds since 1970; 0: at no particular time, schedules do not count */
    const char *device_pool; /* of the calling device; "" for none, whose clocks show UTC */
};

/* What clocks show. */
struct local_time {
    int month, day; /* 1 to 12, 1 to 31 */
    int weekday;    /* 0: Sunday */
    int minute;     /* of the day */
};

/* `utc_s` with the clocks `offset_s` ahead of UTC. */
struct local_time local_time_make(int64_t utc_s, int32_t offset_s);

/* Whether the schedule is active then. The periods of the year that are today's count before those
 * of the week; hours count before no office hours. */
bool time_schedule_is_active(const struct dial_plan *plan, const sj_time_schedule *schedule,
                             const struct local_time *now);

/* Whether calls of that moment search the partition. `zone` (may be NULL): the zone whose clocks
 * counted, "" when there is no schedule. */
bool partition_is_active(const struct dial_plan *plan, const char *partition,
                         const struct moment *moment, const char **zone);

/* "2026-12-24T18:30", by the clocks of the device pool; with seconds, and with Z or +01:00 behind
 * it a moment everywhere. Of local time that clocks skip it is the same while after the change, of
 * one that they show twice the first. False: it is none. */
bool moment_read(const struct dial_plan *plan, const char *text, const char *device_pool,
                 int64_t *utc_s);
/* "2026-12-24 18:30", as the clocks of the zone show it. */
void moment_write(const struct dial_plan *plan, int64_t utc_s, const char *zone, char *text,
                  size_t room);
/* The zone whose clocks count for devices of the pool. */
const char *device_pool_zone(const struct dial_plan *plan, const char *device_pool);

#endif
