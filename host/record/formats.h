/* The named formats of texts (docs/schemas.md). Pure. */
#ifndef HOST_RECORD_FORMATS_H
#define HOST_RECORD_FORMATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* NULL when `text` has the format (or the format's name is "" or unknown), else what was expected:
 * "a host name or address". */
const char *sj_format_check(const char *format, const char *text);

/* RFC 3339 text of a time in ms since 1970 UTC ("2026-11-23T04:15:00Z", ".123" when there are
 * milliseconds). */
enum { SJ_TIME_TEXT = 32 };
void sj_time_text(int64_t milliseconds, char out[SJ_TIME_TEXT]);
bool sj_time_parse(const char *text, int64_t *milliseconds);

/* "90", or "1:30" / "001:30" for hours and minutes. */
bool sj_minutes_parse(const char *text, int64_t *minutes);

#endif
