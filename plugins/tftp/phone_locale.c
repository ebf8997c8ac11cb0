/* Language codes of locales, from the names that their installers have: Language_Country. */
#include "phone_locale.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

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
    {"Algeria", "DZ"},        {"Australia", "AU"},      {"Austria", "AT"},
    {"Belgium", "BE"},        {"Brazil", "BR"},         {"Bulgaria", "BG"},
    {"Canada", "CA"},         {"China", "CN"},          {"Colombia", "CO"},
    {"Croatia", "HR"},        {"Czech_Republic", "CZ"}, {"Denmark", "DK"},
    {"Egypt", "EG"},          {"Estonia", "EE"},        {"Finland", "FI"},
    {"France", "FR"},         {"Germany", "DE"},        {"Greece", "GR"},
    {"Hong_Kong", "HK"},      {"Hungary", "HU"},        {"Ireland", "IE"},
    {"Israel", "IL"},         {"Italy", "IT"},          {"Japan", "JP"},
    {"Korea_Republic", "KR"}, {"Latvia", "LV"},         {"Lithuania", "LT"},
    {"Mexico", "MX"},         {"Netherlands", "NL"},    {"New_Zealand", "NZ"},
    {"Norway", "NO"},         {"Poland", "PL"},         {"Portugal", "PT"},
    {"Romania", "RO"},        {"Russia", "RU"},         {"Russian_Federation", "RU"},
    {"Saudi_Arabia", "SA"},   {"Serbia", "RS"},         {"Slovakia", "SK"},
    {"Slovenia", "SI"},       {"South_Africa", "ZA"},   {"Spain", "ES"},
    {"Sweden", "SE"},         {"Switzerland", "CH"},    {"Taiwan", "TW"},
    {"Thailand", "TH"},       {"Turkey", "TR"},         {"Ukraine", "UA"},
    {"United_Kingdom", "GB"}, {"United_States", "US"},
};

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

void phone_locale_language_code(const char *locale, char code[LANGUAGE_CODE_ROOM]) {
    const size_t length = strcspn(locale, "_");
    const char *country = locale[length] == '_' ? locale + length + 1 : "";
    const char *language_code = CODE(languages, locale, length);
    const char *country_code = CODE(countries, country, strlen(country));
    code[0] = '\0';
    if (language_code != NULL && country_code != NULL) {
        (void)snprintf(code, LANGUAGE_CODE_ROOM, "%.2s_%.2s", language_code, country_code);
    }
}

const char *phone_locale_character_set(const char *locale) {
    return strncasecmp(locale, "English_", 8) == 0 ? "iso-8859-1" : "utf-8";
}
