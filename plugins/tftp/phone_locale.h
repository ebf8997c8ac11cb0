/* What phones want to know of a locale beside its name. */
#ifndef SJ_TFTP_PHONE_LOCALE_H
#define SJ_TFTP_PHONE_LOCALE_H

enum { LANGUAGE_CODE_ROOM = 6 };

/* "German_Germany" -> "de_DE"; "" for a language or country that is not known. */
void phone_locale_language_code(const char *locale, char code[LANGUAGE_CODE_ROOM]);

/* The character set that phones use with it. */
const char *phone_locale_character_set(const char *locale);

#endif
