/* Rules of locales: a phone that does not find the files of one shows English, and nobody is told.
 */
#include "rules/rules.h"

#include <sojourn/base/text.h>
#include <sojourn/phone_locale.h>

#include "resources/common_device_configuration.h"
#include "resources/device_pool.h"

static void tell(const struct sj_rule_check *check, const char *field, const char *expected,
                 const char *got, const char *near) {
    const bool has_near = near[0] != '\0';
    sj_rule_tell(check, sj_rule_field(field), "expected %s, got \"%.60s\"%s%s%s", expected, got,
                 has_near ? " (did you mean " : "", near, has_near ? "?)" : "");
}

void sj_rule_user_locale(const struct sj_rule_check *check, const char *locale) {
    char code[SJ_LANGUAGE_CODE_ROOM], near[SJ_LOCALE_NAME_ROOM];
    if (sj_given(locale) && !sj_user_locale_code(locale, code)) {
        sj_user_locale_near(locale, near);
        tell(check, "user_locale",
             "a language and a country of the vendor's locale installers, such as German_Germany",
             locale, near);
    }
}

void sj_rule_common_device_configuration(const struct sj_rule_check *check, const void *record) {
    sj_rule_user_locale(check, ((const sj_common_device_configuration *)record)->user_locale);
}

void sj_rule_device_pool(const struct sj_rule_check *check, const void *record) {
    const char *locale = ((const sj_device_pool *)record)->network_locale;
    char near[SJ_LOCALE_NAME_ROOM];
    if (sj_given(locale) && !sj_network_locale_is_known(locale)) {
        sj_network_locale_near(locale, near);
        tell(check, "network_locale", "a country whose tones phones have, such as United_Kingdom",
             locale, near);
    }
}
