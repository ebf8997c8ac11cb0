/* Contacts of lines: the same for the same line, others for others, in the form of a UUID, and they
 * do not show the number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sojourn/line_contact.h>

static void contacts_have_the_form_of_a_uuid(void **state) {
    (void)state;
    char contact[SJ_LINE_CONTACT_ROOM];
    sj_line_contact("SEP001122334455", "4001@Phones", contact);
    assert_int_equal(strlen(contact), 36);
    for (size_t i = 0; i < 36; i++) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        assert_true(dash ? contact[i] == '-' : strchr("0123456789abcdef", contact[i]) != NULL);
    }
    assert_int_equal(contact[14], '8');
    assert_non_null(strchr("89ab", contact[19]));
    assert_null(strstr(contact, "4001"));
}

/* It stands in files that phones keep and in registrations that are saved: another value in another
 * release would leave each phone with lines that ring no more until it has read its file again. */
static void contacts_stay_as_they_are(void **state) {
    (void)state;
    char contact[SJ_LINE_CONTACT_ROOM];
    sj_line_contact("SEP001122334455", "4001@Phones", contact);
    assert_string_equal(contact, "14a6dc2f-9a6d-82af-bb6e-665ac285f7ab");
}

static void each_line_has_its_own(void **state) {
    (void)state;
    static const char *const lines[][2] = {{"SEP001122334455", "4001@Phones"},
                                           {"SEP001122334455", "4001@Others"},
                                           {"SEP001122334455", "4001"},
                                           {"SEP001122334455", "4002@Phones"},
                                           {"SEP001122334456", "4001@Phones"},
                                           {"SEP001122334455", ""},
                                           {"", "SEP001122334455"}};
    enum { COUNT = sizeof lines / sizeof lines[0] };
    char contacts[COUNT][SJ_LINE_CONTACT_ROOM];
    for (size_t i = 0; i < COUNT; i++) {
        sj_line_contact(lines[i][0], lines[i][1], contacts[i]);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(contacts[i], contacts[k]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contacts_have_the_form_of_a_uuid),
        cmocka_unit_test(contacts_stay_as_they_are),
        cmocka_unit_test(each_line_has_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
