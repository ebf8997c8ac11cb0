/* The grammar of dial patterns and of transformation masks. Pure. */
#ifndef SJ_HOST_DIAL_PATTERN_H
#define SJ_HOST_DIAL_PATTERN_H

#include <stdbool.h>

/* Places that stand for digits (0-9 * # A-D, X, !, sets such as [2-9] or [^13], a plus sign as \+),
 * each of which may be followed by ? or +, and at most one separator. Exactly what digit analysis
 * can use. */
bool sj_dial_pattern_valid(const char *text);

/* Digits, * # and X, with a leading plus sign as + or \+. */
bool sj_transformation_mask_valid(const char *text);

/* Digits, * # and X, with ! at the end for more digits, and a plus sign in front. */
bool sj_advertised_pattern_valid(const char *text);

/* A domain, host name, route string or IPv4 address, which a domain pattern can name. */
bool sj_domain_valid(const char *text);
/* The same; with "*." in front, or "*" alone; or a network
 * such as 192.0.2.0/24. */
bool sj_domain_pattern_valid(const char *text);

#endif
