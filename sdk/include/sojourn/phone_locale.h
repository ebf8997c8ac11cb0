/* Locales of phones by the names that the vendor's installers have: Language_Country for what they
 * show ("German_Germany"), Country for their tones ("Germany"). Any thread; nothing fails. */
#ifndef SOJOURN_PHONE_LOCALE_H
#define SOJOURN_PHONE_LOCALE_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SJ_LANGUAGE_CODE_ROOM = 6, SJ_LOCALE_NAME_ROOM = 64 };

/* "German_Germany" -> "de_DE"; false and "" for a language or a country that is not known. Small
 * and capital letters are the same. */
bool sj_user_locale_code(const char *locale, char code[SJ_LANGUAGE_CODE_ROOM]);

/* The character set that phones use with it. */
const char *sj_user_locale_character_set(const char *locale);

/* Whether the vendor's call manager has tones of that country. */
bool sj_network_locale_is_known(const char *locale);

/* The number that the vendor's call manager has for it; 0: no public source tells. */
int sj_user_locale_number(const char *locale);
int sj_network_locale_number(const char *locale);

/* The known one nearest to one that is not; "" while nothing is near enough. */
void sj_user_locale_near(const char *locale, char near[SJ_LOCALE_NAME_ROOM]);
void sj_network_locale_near(const char *locale, char near[SJ_LOCALE_NAME_ROOM]);

#ifdef __cplusplus
}
#endif

#endif
