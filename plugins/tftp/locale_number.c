/* Reads the parameter Locale Numbers. */
#include "locale_number.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "parameters/tftp.h"

int locale_number_in(const char *text, const char *locale, const char **wrong) {
    static const char separators[] = " ,;\n";
    const char *first_wrong = NULL;
    int number = 0;
    for (const char *word = text + strspn(text, separators); *word != '\0';) {
        const size_t length = strcspn(word, separators);
        const char *equals = memchr(word, '=', length);
        char *end = NULL;
        const long value = equals == NULL ? 0 : strtol(equals + 1, &end, 10);
        if (value < 1 || value > 9999 || end != word + length || equals == word) {
            first_wrong = first_wrong == NULL ? word : first_wrong;
        } else if (strlen(locale) == (size_t)(equals - word) &&
                   strncasecmp(word, locale, (size_t)(equals - word)) == 0) {
            number = (int)value;
        }
        word += length;
        word += strspn(word, separators);
    }
    if (wrong != NULL) {
        *wrong = first_wrong;
    }
    return number;
}

int locale_number(sj_scope *scope, const char *locale, int known) {
    const char *wrong = NULL;
    const int number = locale_number_in(sj_param_tftp_locale_numbers(scope), locale, &wrong);
    if (wrong != NULL) {
        sj_log_limited(scope, SJ_LOG_WARNING, "a locale number that cannot be read",
                       "service parameter Locale Numbers: expected pairs such as "
                       "German_Germany=3, got \"%.60s\"",
                       wrong);
    }
    return number > 0 ? number : known;
}
