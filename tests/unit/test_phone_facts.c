/* What the SDK knows of phones of the vendor: locales and expansion modules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sojourn/expansion_module.h>
#include <sojourn/phone_locale.h>

static void user_locales(void **state) {
    static const char *const locales[][3] = {
        {"English_United_States", "en_US", "iso-8859-1"},
        {"German_Germany", "de_DE", "utf-8"},
        {"spanish_colombia", "es_CO", "utf-8"},
        {"Korean_Korea_Republic", "ko_KR", "utf-8"},
        {"Russian_Russian_Federation", "ru_RU", "utf-8"},
        {"Klingon_Germany", "", "utf-8"},
        {"German", "", "utf-8"},
        {"", "", "utf-8"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof locales / sizeof locales[0]; i++) {
        char code[SJ_LANGUAGE_CODE_ROOM];
        assert_int_equal(sj_user_locale_code(locales[i][0], code), locales[i][1][0] != '\0');
        assert_string_equal(code, locales[i][1]);
        assert_string_equal(sj_user_locale_character_set(locales[i][0]), locales[i][2]);
    }
}

static void near_ones(void **state) {
    char near[SJ_LOCALE_NAME_ROOM];
    (void)state;
    sj_user_locale_near("Germn_Germany", near);
    assert_string_equal(near, "German_Germany");
    sj_user_locale_near("Englsh_United_Kingdm", near);
    assert_string_equal(near, "English_United_Kingdom");
    sj_user_locale_near("Xxxxxxxxxxxxx_Yyyyyyyyyyyyyyyy", near);
    assert_string_equal(near, "");
    assert_true(sj_network_locale_is_known("United_Kingdom"));
    assert_false(sj_network_locale_is_known("Germn"));
    sj_network_locale_near("Germny", near);
    assert_string_equal(near, "Germany");
}

/* A number that no source has is none. */
static void numbers(void **state) {
    (void)state;
    assert_int_equal(sj_user_locale_number("English_United_States"), 1);
    assert_int_equal(sj_user_locale_number("Korean_Korea_Republic"), 21);
    assert_int_equal(sj_user_locale_number("German_Germany"), 0);
    assert_int_equal(sj_network_locale_number("United_States"), 64);
    assert_int_equal(sj_network_locale_number("Korea_Republic"), 31);
    assert_int_equal(sj_network_locale_number("United_Kingdom"), 0);
}

static void modules(void **state) {
    (void)state;
    assert_int_equal(sj_expansion_module_find("7915 12-Button Line Expansion Module")->keys, 12);
    assert_string_equal(sj_expansion_module_find("BEKEM")->type, "BEKEM");
    assert_null(sj_expansion_module_find("XYZ-Module"));
    assert_null(sj_expansion_module_find(""));
    assert_int_equal(sj_expansion_module_most("Cisco 8851", "BEKEM"), 2);
    assert_int_equal(sj_expansion_module_most("Cisco 8865", "CP-8800-Video"), 3);
    assert_int_equal(sj_expansion_module_most("Cisco 8851", "7916"), 0);
    assert_int_equal(sj_expansion_module_most("Cisco 7841", "BEKEM"), 0);
    assert_int_equal(sj_expansion_module_most("Cisco 9971", "CKEM"), 3); /* added by somebody */
    assert_string_equal(sj_expansion_module_model("CP-8800-Audio", NULL), "Cisco 8851");
    assert_string_equal(sj_expansion_module_model("CP-8800-Audio", "Cisco 8851"), "Cisco 8861");
    assert_null(sj_expansion_module_model("CP-8800-Audio", "Cisco 8861"));
    assert_null(sj_expansion_module_model("CKEM", NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(user_locales),
        cmocka_unit_test(near_ones),
        cmocka_unit_test(numbers),
        cmocka_unit_test(modules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
