/* Which secrets were found right lately: a table in memory that holds only keyed digests, each for
 * ten minutes. Pure but for the random key. */
#ifndef HOST_SECRET_VERIFIED_H
#define HOST_SECRET_VERIFIED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SJ_VERIFIED_SETS = 16384, SJ_VERIFIED_MS = 600000 };

struct verified;

struct verified *sj_verified_new(void);
void sj_verified_free(struct verified *verified);
/* Remembers that `plain` fits `hash` at the time `now` (monotonic ms). */
void sj_verified_add(struct verified *verified, const char *hash, const char *plain, uint64_t now);
bool sj_verified_has(const struct verified *verified, const char *hash, const char *plain,
                     uint64_t now);

#endif
