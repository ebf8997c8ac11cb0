/* What is known of locales: languages and countries of the vendor's installers and administration
 * interface, their ISO codes, and the numbers that sources have. */
#include <sojourn/phone_locale.h>

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <sojourn/base/nearest.h>
#include <sojourn/base/text.h>

struct word_code {
    const char *word, *code; /* ISO 639, ISO 3166 */
};

static const struct word_code languages[] = {
    {"Arabic", "ar"},     {"Bulgarian", "bg"}, {"Catalan", "ca"}, {"Chinese", "zh"},
    {"Croatian", "hr"},   {"Czech", "cs"},     {"Danish", "da"},  {"Dutch", "nl"},
    {"English", "en"},    {"Estonian", "et"},  {"Finnish", "fi"}, {"French", "fr"},
    {"German", "de"},     {"Greek", "el"},     {"Hebrew", "he"},  {"Hungarian", "hu"},
    {"Italian", "it"},    {"Japanese", "ja"},  {"Korean", "ko"},  {"Latvian", "lv"},
    {"Lithuanian", "lt"}, {"Norwegian", "no"}, {"Polish", "pl"},  {"Portuguese", "pt"},
    {"Romanian", "ro"},   {"Russian", "ru"},   {"Serbian", "sr"}, {"Slovak", "sk"},
    {"Slovenian", "sl"},  {"Spanish", "es"},   {"Swedish", "sv"}, {"Thai", "th"},
    {"Turkish", "tr"},    {"Ukrainian", "uk"},
};

static const struct word_code countries[] = {
    {"Algeria", "DZ"},
    {"Argentina", "AR"},
    {"Australia", "AU"},
    {"Austria", "AT"},
    {"Bahrain", "BH"},
    {"Belgium", "BE"},
    {"Brazil", "BR"},
    {"Bulgaria", "BG"},
    {"Canada", "CA"},
    {"Chile", "CL"},
    {"China", "CN"},
    {"Colombia", "CO"},
    {"Croatia", "HR"},
    {"Cyprus", "CY"},
    {"Czech_Republic", "CZ"},
    {"Denmark", "DK"},
    {"Egypt", "EG"},
    {"Estonia", "EE"},
    {"Finland", "FI"},
    {"France", "FR"},
    {"Germany", "DE"},
    {"Ghana", "GH"},
    {"Greece", "GR"},
    {"Hong_Kong", "HK"},
    {"Hungary", "HU"},
    {"Iceland", "IS"},
    {"India", "IN"},
    {"Indonesia", "ID"},
    {"Iraq", "IQ"},
    {"Ireland", "IE"},
    {"Israel", "IL"},
    {"Italy", "IT"},
    {"Japan", "JP"},
    {"Jordan", "JO"},
    {"Kenya", "KE"},
    {"Korea_Republic", "KR"},
    {"Kuwait", "KW"},
    {"Latvia", "LV"},
    {"Lebanon", "LB"},
    {"Lithuania", "LT"},
    {"Luxembourg", "LU"},
    {"Malaysia", "MY"},
    {"Mauritania", "MR"},
    {"Mexico", "MX"},
    {"Morocco", "MA"},
    {"Nepal", "NP"},
    {"Netherlands", "NL"},
    {"New_Zealand", "NZ"},
    {"Nigeria", "NG"},
    {"Norway", "NO"},
    {"Oman", "OM"},
    {"Pakistan", "PK"},
    {"Panama", "PA"},
    {"Peru", "PE"},
    {"Philippines", "PH"},
    {"Poland", "PL"},
    {"Portugal", "PT"},
    {"Qatar", "QA"},
    {"Republic_of_Montenegro", "ME"},
    {"Republic_of_Serbia", "RS"},
    {"Romania", "RO"},
    {"Russia", "RU"},
    {"Russian_Federation", "RU"},
    {"Saudi_Arabia", "SA"},
    {"Serbia", "RS"},
    {"Serbia_and_Montenegro", "RS"},
    {"Singapore", "SG"},
    {"Slovakia", "SK"},
    {"Slovenia", "SI"},
    {"South_Africa", "ZA"},
    {"Spain", "ES"},
    {"Sudan", "SD"},
    {"Sweden", "SE"},
    {"Switzerland", "CH"},
    {"Taiwan", "TW"},
    {"Thailand", "TH"},
    {"Tunisia", "TN"},
    {"Turkey", "TR"},
    {"Ukraine", "UA"},
    {"United_Arab_Emirates", "AE"},
    {"United_Kingdom", "GB"},
    {"United_States", "US"},
    {"Venezuela", "VE"},
    {"Vietnam", "VN"},
    {"Yemen", "YE"},
    {"Zimbabwe", "ZW"},
};

/* Numbers that public sources have: of United States in files that the vendor's call manager made,
 * of Korea in a program that sets them in its database (tests/oracle). */
static const struct word_number {
    const char *word;
    int number;
} user_numbers[] = {{"English_United_States", 1}, {"Korean_Korea_Republic", 21}},
  network_numbers[] = {{"United_States", 64}, {"Korea_Republic", 31}};

static const char *code_of(const struct word_code *codes, size_t count, const char *word,
                           size_t length) {
    for (size_t i = 0; i < count; i++) {
        if (strlen(codes[i].word) == length && strncasecmp(codes[i].word, word, length) == 0) {
            return codes[i].code;
        }
    }
    return NULL;
}

#define CODE(codes, word, length) code_of(codes, sizeof(codes) / sizeof(codes)[0], word, length)

static size_t language_length(const char *locale) {
    return strcspn(locale, "_");
}

static const char *country_in(const char *locale) {
    const size_t length = language_length(locale);
    return locale[length] == '_' ? locale + length + 1 : "";
}

bool sj_user_locale_code(const char *locale, char code[SJ_LANGUAGE_CODE_ROOM]) {
    const char *country = country_in(locale);
    const char *language_code = CODE(languages, locale, language_length(locale));
    const char *country_code = CODE(countries, country, strlen(country));
    code[0] = '\0';
    if (language_code == NULL || country_code == NULL) {
        return false;
    }
    (void)snprintf(code, SJ_LANGUAGE_CODE_ROOM, "%.2s_%.2s", language_code, country_code);
    return true;
}

const char *sj_user_locale_character_set(const char *locale) {
    return strncasecmp(locale, "English_", 8) == 0 ? "iso-8859-1" : "utf-8";
}

bool sj_network_locale_is_known(const char *locale) {
    return CODE(countries, locale, strlen(locale)) != NULL;
}

static int number_of(const struct word_number *numbers, size_t count, const char *locale) {
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(numbers[i].word, locale) == 0) {
            return numbers[i].number;
        }
    }
    return 0;
}

int sj_user_locale_number(const char *locale) {
    return number_of(user_numbers, sizeof user_numbers / sizeof user_numbers[0], locale);
}

int sj_network_locale_number(const char *locale) {
    return number_of(network_numbers, sizeof network_numbers / sizeof network_numbers[0], locale);
}

static const char *nearest_of(const struct word_code *codes, size_t count, const char *word) {
    struct sj_nearest search;
    sj_nearest_begin(&search, word);
    for (size_t i = 0; i < count; i++) {
        sj_nearest_offer(&search, codes[i].word);
    }
    return search.best;
}

#define NEAREST(codes, word) nearest_of(codes, sizeof(codes) / sizeof(codes)[0], word)

void sj_user_locale_near(const char *locale, char near[SJ_LOCALE_NAME_ROOM]) {
    char language[SJ_LOCALE_NAME_ROOM];
    (void)snprintf(language, sizeof language, "%.*s", (int)language_length(locale), locale);
    const char *near_language = NEAREST(languages, language);
    const char *near_country = NEAREST(countries, country_in(locale));
    near[0] = '\0';
    if (near_language != NULL && near_country != NULL) {
        (void)snprintf(near, SJ_LOCALE_NAME_ROOM, "%s_%s", near_language, near_country);
    }
}

void sj_network_locale_near(const char *locale, char near[SJ_LOCALE_NAME_ROOM]) {
    const char *country = NEAREST(countries, locale);
    (void)snprintf(near, SJ_LOCALE_NAME_ROOM, "%s", sj_or_empty(country));
}
