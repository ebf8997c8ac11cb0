/* The numbers that a dial pattern stands for. Pure. */
#ifndef DNA_PATTERN_NUMBERS_H
#define DNA_PATTERN_NUMBERS_H

#include <stddef.h>

enum { PATTERN_NUMBERS_MAX = 20, PATTERN_NUMBER_ROOM = 64 };

/* Writes them in their order, "9.11[0-2]" as 9110, 9111, 9112, and returns how many; 0: it stands
 * for more than PATTERN_NUMBERS_MAX, or is no dial pattern. */
size_t pattern_numbers(const char *pattern, char numbers[PATTERN_NUMBERS_MAX][PATTERN_NUMBER_ROOM]);

#endif
