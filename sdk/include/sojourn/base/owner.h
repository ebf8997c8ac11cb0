/* From a member to the struct that holds it: for the links of list.h, map.h and heap.h, which stand
 * inside the things that are linked. */
#ifndef SOJOURN_BASE_OWNER_H
#define SOJOURN_BASE_OWNER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

static inline void *sj_owner_(const void *at, size_t offset) {
    return at == NULL ? NULL : (void *)((uintptr_t)at - offset);
}

/* The struct of `type` whose `member` is at `at`; NULL for NULL. */
#define SJ_OWNER(at, type, member) ((type *)sj_owner_((at), offsetof(type, member)))

#ifdef __cplusplus
}
#endif
#endif
