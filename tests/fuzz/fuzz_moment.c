/* Moments as operators and other clusters write them, "2026-12-24T18:30+01:00": what is read is
 * written by the same clocks and reads as the same minute again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/record/time_zones.h"
#include "plugins/callmanager/dial_plan/time_of_day.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct dial_plan plan = {.time_zone_offset = sj_time_zone_offset_at};
    char text[64], written[32];
    int64_t utc_s = 0, again = 0;
    if (size >= sizeof text) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    if (!moment_read(&plan, text, "", &utc_s)) {
        return 0;
    }
    moment_write(&plan, utc_s, "Etc/GMT", written, sizeof written);
    if (utc_s <= 0 || !moment_read(&plan, written, "", &again) || again / 60 != utc_s / 60) {
        abort();
    }
    return 0;
}
