/* The numbers of locales in files of phones. No public source has them all: the parameter Locale
 * Numbers adds to those that are known, and corrects them. */
#ifndef SJ_TFTP_LOCALE_NUMBER_H
#define SJ_TFTP_LOCALE_NUMBER_H

#include <sojourn/sojourn.h>

/* What the parameter says of a locale, else `known`. */
int locale_number(sj_scope *scope, const char *locale, int known);

/* "German_Germany=3 Germany=15": the number of a locale in such a text; 0: it has none. `wrong`
 * (may be NULL): the first word that is no pair. */
int locale_number_in(const char *text, const char *locale, const char **wrong);

#endif
