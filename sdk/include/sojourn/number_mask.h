/* Masks of numbers, as the External Phone Number Mask of a line. */
#ifndef SOJOURN_NUMBER_MASK_H
#define SOJOURN_NUMBER_MASK_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Lays a mask over a number from the right: X keeps a digit, everything else stands for itself,
 * what is left of the mask goes. `result` has `room` bytes, of which the last is a NUL; what has no
 * room is cut off on the left. Any thread; nothing fails. */
void sj_number_mask(const char *mask, const char *number, char *result, size_t room);

#ifdef __cplusplus
}
#endif

#endif
