/* The last refused logins and logouts, so that an administrator who is called afterwards finds the
 * true cause without having watched. A ring in memory; the log has them for longer. */
#ifndef EM_FAILURES_H
#define EM_FAILURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FAILURES_KEPT = 500 };

struct em_failure {
    int64_t at; /* ms since 1970 */
    int code, shown;
    const char *device_name, *user_id, *cause, *trace_id;
};

struct em_failures {
    struct em_failure *ring[FAILURES_KEPT];
    size_t next, count;
};

/* Copies; the oldest goes when the ring is full. False without memory. */
bool em_failures_add(struct em_failures *failures, const struct em_failure *failure);
/* The newest that fit, newest first, borrowed until the next add. `device_name`, `user_id`: NULL or
 * "" for any. */
size_t em_failures_find(const struct em_failures *failures, const char *device_name,
                        const char *user_id, const struct em_failure **found, size_t room);
void em_failures_clear(struct em_failures *failures);

#endif
