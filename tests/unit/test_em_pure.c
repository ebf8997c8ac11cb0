/* The pure parts of Extension Mobility: codes, pages, geolocation, calling search spaces, limits,
 * security, reconciling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "devices/calling_search_space_order.h"
#include "devices/geolocation_match.h"
#include "devices/security_matrix.h"
#include "pages/phone_pages.h"
#include "reporting/error_codes.h"
#include "sessions/ended_leases.h"
#include "sessions/login_limit.h"
#include "sessions/name_queue.h"
#include "sessions/reconcile.h"
#include "users/login_type.h"

static void codes_have_their_texts(void **state) {
    static const struct {
        int code;
        const char *login, *logout;
    } wanted[] = {{201, "Please try to login again (201)", "Please try to login again (201)"},
                  {205, "Login is unavailable (205)", "Logout is unavailable (205)"},
                  {208, "Login is unavailable (208)", "Logout is unavailable (208)"},
                  {2, "Login is unavailable(2)", "Login is unavailable(2)"},
                  {11, "Login is unavailable(11)", "Logout is unavailable(11)"},
                  {18, "Login is unavailable(18)", "Login is unavailable(18)"},
                  {19, "Logout is unavailable(19)", "Logout is unavailable(19)"},
                  {23, "Login is unavailable(23)", "Logout is unavailable(23)"},
                  {25, "Multi-Login Not Allowed (25)", "Multi-Login Not Allowed (25)"},
                  {39, "Please try to login again (201)", "Please try to login again (201)"},
                  {40, "Please try to login again (23)", "Please try to login again (23)"},
                  {44, "Please try to login again (201)", "Please try to login again (201)"},
                  {41, "PIN change is required", "PIN change is required"},
                  {45, "Login is unsuccessful(45)", "Login is unsuccessful(45)"},
                  {46, "Login is unsuccessful(46)", "Login is unsuccessful(46)"},
                  {47, "DN has multiple users(47)", "DN has multiple users(47)"},
                  {215, "LoginType invalid (215)", "LoginType invalid (215)"},
                  {216, "DN has multiple users (216)", "DN has multiple users (216)"}};
    (void)state;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        assert_true(em_code_known(wanted[i].code));
        assert_string_equal(em_code_entry(wanted[i].code)->login_text, wanted[i].login);
        assert_string_equal(em_code_entry(wanted[i].code)->logout_text, wanted[i].logout);
    }
    assert_int_equal(em_code_shown(39), 201);
    assert_int_equal(em_code_shown(44), 201);
    assert_int_equal(em_code_shown(40), 23);
    assert_int_equal(em_code_shown(33), 33);
    assert_false(em_code_known(48));
    assert_int_equal(em_code_entry(48)->number, 0);
}

static const struct em_page page = {.base_url = "http://192.0.2.1:8080",
                                    .device_name = "SEP001122334455",
                                    .emcc = "true",
                                    .model_name = "CP-8851"};

static void pages_are_xml(void **state) {
    sj_xml_text out = {0};
    const char *const profiles[] = {"one & two", "<three>"};
    (void)state;
    em_page_login_form(&out, &page, true, "a\"<b>&\xc3\xbc\xff\x01");
    assert_non_null(strstr(out.data, "<URL>http://192.0.2.1:8080/emapp/"
                                     "EMAppServlet?device=SEP001122334455&amp;EMCC=true</URL>"));
    assert_non_null(
        strstr(out.data, "<QueryStringParam>userid</QueryStringParam><InputFlags>A</InputFlags>"));
    assert_non_null(
        strstr(out.data, "<QueryStringParam>seq</QueryStringParam><InputFlags>NP</InputFlags>"));
    /* Escaped; what is no UTF-8 and what XML cannot hold is replaced. */
    assert_non_null(strstr(
        out.data,
        "<DefaultValue>a&quot;&lt;b&gt;&amp;\xc3\xbc\xef\xbf\xbd\xef\xbf\xbd</DefaultValue>"));
    assert_null(strstr(out.data, "<Prompt>"));
    assert_non_null(
        strstr(out.data, "<Name>&lt;&lt;</Name><URL>SoftKey:&lt;&lt;</URL><Position>3</Position>"));
    sj_xml_text_free(&out);

    em_page_login_form(&out, &page, false, "");
    assert_non_null(strstr(out.data, "<InputFlags>N</InputFlags>"));
    sj_xml_text_free(&out);

    em_page_profile_menu(&out, &page, "c0ffee", profiles, 2);
    assert_non_null(strstr(out.data, "<Name>one &amp; two</Name>"));
    assert_non_null(strstr(out.data, "&amp;choice=c0ffee&amp;profile=%3Cthree%3E</URL>"));
    sj_xml_text_free(&out);

    em_page_error(&out, &page, 23, false);
    assert_non_null(strstr(out.data, "<Text>Logout is unavailable(23)</Text>"));
    sj_xml_text_free(&out);
}

static void softkeys_follow_the_model(void **state) {
    sj_xml_text out = {0};
    struct em_page old = page;
    (void)state;
    em_page_logout_question(&out, &page, "alice");
    assert_non_null(strstr(out.data, "<Name>Yes</Name><URL>http://192.0.2.1:8080/emapp/"
                                     "EMAppServlet?device=SEP001122334455&amp;EMCC=true"
                                     "&amp;doLogout=true</URL><Position>2</Position>"));
    assert_non_null(
        strstr(out.data, "<Name>No</Name><URL>SoftKey:Exit</URL><Position>1</Position>"));
    sj_xml_text_free(&out);
    old.model_name = "CP-7962G";
    em_page_logout_question(&out, &old, "alice");
    assert_non_null(strstr(out.data, "<Position>3</Position>"));
    assert_non_null(strstr(out.data, "<Prompt>"));
    sj_xml_text_free(&out);
}

static void login_types(void **state) {
    sj_login_type type;
    (void)state;
    assert_true(em_login_type_parse(NULL, &type) && type == SJ_LOGIN_TYPE_UID);
    assert_true(em_login_type_parse("", &type) && type == SJ_LOGIN_TYPE_UID);
    assert_true(em_login_type_parse("DN", &type) && type == SJ_LOGIN_TYPE_DN);
    assert_true(em_login_type_parse("SP", &type) && type == SJ_LOGIN_TYPE_SP);
    assert_false(em_login_type_parse("dn", &type));
}

/* ---- geolocation ---- */

static void pools_are_matched_by_place(void **state) {
    const char *const country_and_city[] = {"country", "community_name"};
    const sj_geolocation_match_input_candidate pools[] = {
        {.device_pool = "France", .geolocation = {.country = "FR"}},
        {.device_pool = "UK", .geolocation = {.country = "GB"}},
        {.device_pool = "Leeds", .geolocation = {.country = "gb ", .community_name = " LEEDS"}},
        {.device_pool = "Another Leeds",
         .geolocation = {.country = "GB", .community_name = "Leeds"}},
        {.device_pool = "York", .geolocation = {.country = "GB", .community_name = "York"}}};
    sj_geolocation_match_input input = {
        .geolocation = {.country = "GB", .community_name = "Leeds", .floor = "3"},
        .filter = country_and_city,
        .filter_count = 2,
        .candidates = pools,
        .candidates_count = 5};
    sj_geolocation_match_output output;
    char reason[200];
    (void)state;
    em_geolocation_match(&input, &output, reason);
    assert_string_equal(output.device_pool, "Another Leeds"); /* a tie: by name */
    input.candidates_count = 3;
    em_geolocation_match(&input, &output, reason);
    assert_string_equal(output.device_pool,
                        "Leeds"); /* more equal fields, letter case and blanks aside */
    input.candidates_count = 2;
    em_geolocation_match(&input, &output, reason);
    assert_string_equal(output.device_pool, "UK");
    input.candidates_count = 1;
    em_geolocation_match(&input, &output, reason);
    assert_string_equal(output.device_pool, ""); /* contradicts */
    input.candidates_count = 5;
    input.geolocation = (sj_civic_address){.floor = "3"};
    em_geolocation_match(&input, &output, reason);
    assert_string_equal(output.device_pool, ""); /* nothing that counts is known of the phone */
}

static void filters_name_their_fields(void **state) {
    const char *names[EM_CIVIC_FIELDS];
    const sj_geolocation_filter filter = {.use_country = true, .use_postal_code = true};
    (void)state;
    assert_int_equal(em_geolocation_filter_fields(NULL, names), EM_CIVIC_FIELDS);
    assert_int_equal(em_geolocation_filter_fields(&filter, names), 2);
    assert_string_equal(names[0], "country");
    assert_string_equal(names[1], "postal_code");
}

static void spaces_in_their_order(void **state) {
    const char *names[3];
    sj_css_select_output output = {0};
    const sj_css_select_input all = {.adjunct_calling_search_space = "A",
                                     .line_calling_search_space = "L",
                                     .emcc_calling_search_space = "E"};
    const sj_css_select_input twice = {.adjunct_calling_search_space = "",
                                       .line_calling_search_space = "L",
                                       .emcc_calling_search_space = "L"};
    (void)state;
    em_calling_search_space_order(&all, &output, names);
    assert_int_equal(output.calling_search_spaces_count, 3);
    assert_string_equal(names[0], "A");
    assert_string_equal(names[1], "L");
    assert_string_equal(names[2], "E");
    em_calling_search_space_order(&twice, &output, names);
    assert_int_equal(output.calling_search_spaces_count, 1);
}

/* Names that end in "!" lead to an emergency number. */
static bool leads(void *user, const char *name) {
    ++*(int *)user;
    return name[strlen(name) - 1] == '!';
}

/* Words are joined by commas. */
static const char *kept(const char *adjunct, const char *line, const char *emcc,
                        const char *answered, const char **restored) {
    static char joined[400];
    char words[400], *rest = words;
    const char *names[30], *spaces[EM_SPACES_MAX];
    const sj_css_select_input input = {.adjunct_calling_search_space = adjunct,
                                       .line_calling_search_space = line,
                                       .emcc_calling_search_space = emcc};
    sj_css_select_output answer = {.calling_search_spaces = names};
    int asked = 0;
    size_t used = 0;
    (void)snprintf(words, sizeof words, "%s", answered);
    for (const char *word; (word = strsep(&rest, ",")) != NULL && answered[0] != '\0';) {
        names[answer.calling_search_spaces_count++] = word;
    }
    const size_t count =
        em_keep_emergency_numbers(&input, &answer, leads, &asked, spaces, restored);
    joined[0] = '\0';
    assert_true(count <= EM_SPACES_MAX);
    for (size_t i = 0; i < count; i++) {
        used += (size_t)snprintf(joined + used, sizeof joined - used, "%s%s", i > 0 ? "," : "",
                                 spaces[i]);
    }
    return joined;
}

static void no_policy_takes_emergency_numbers_away(void **state) {
    static const struct {
        const char *adjunct, *line, *emcc, *answered, *kept, *restored;
    } cases[] = {
        {"A", "L", "E", "A,L", "A,L", NULL},
        {"A", "L", "E", "L,E", "A,L,E", "A"},
        {"A", "L", "E", "L,A,E", "A,L,E",
         "A"}, /* behind another it could lose to an equal pattern */
        {"A", "L", "E", "", "A", "A"},
        {"A", "L", "E", "X!,Y", "A,X!,Y", "A"},
        {"A", "L", "E", "L,L,A,A", "A,L", "A"},
        {"", "L", "E!", "L", "L,E!", "E!"},
        {"", "L!", "E!", "X", "X,L!", "L!"},
        {"", "L", "E!", "", "E!", "E!"},
        {"", "L", "E!", "X!", "X!", NULL}, /* another way is a way */
        {"", "L", "E!", "E!,L", "E!,L", NULL},
        {"", "L", "E", "X", "X", NULL}, /* the default has none either */
        {"", "", "", "", "", NULL},
        {"A", "L", "E", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20",
         "A,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19", "A"},
        {"", "L", "E!", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20",
         "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,E!", "E!"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *restored;
        assert_string_equal(
            kept(cases[i].adjunct, cases[i].line, cases[i].emcc, cases[i].answered, &restored),
            cases[i].kept);
        if (cases[i].restored == NULL) {
            assert_null(restored);
        } else {
            assert_non_null(restored);
            assert_string_equal(restored, cases[i].restored);
        }
    }
}

static void limits(void **state) {
    static const struct {
        int64_t user, parameter, requested;
        bool enforced;
        int64_t minutes;
    } cases[] = {{0, 480, 0, false, 0},   {0, 480, 0, true, 480}, {60, 480, 0, true, 60},
                 {60, 480, 0, false, 60}, {0, 0, 0, true, 0},     {0, 480, 30, true, 30},
                 {60, 480, 90, true, 60}, {0, 480, 45, false, 45}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const sj_login_limit_input input = {.user_maximum_minutes = cases[i].user,
                                            .parameter_minutes = cases[i].parameter,
                                            .requested_minutes = cases[i].requested,
                                            .enforced = cases[i].enforced};
        sj_login_limit_output output;
        em_login_limit(&input, &output);
        assert_true(output.allowed);
        assert_int_equal(output.minutes, cases[i].minutes);
    }
}

static void security_modes(void **state) {
    /* code <- home mixed, visiting mixed, phone secure, template secure, home able, visiting able
     * -> secure */
    static const struct {
        enum em_code code;
        bool home, visiting, phone, emcc_template, home_able, visiting_able, secure;
    } rows[] = {{EM_OK, true, true, true, false, true, true, true},
                {EM_OK, true, true, false, false, true, true, false},
                {EM_OK, true, false, false, false, true, true, false},
                {EM_REMOTE_SECURITY_MODE, false, true, true, false, true, true, false},
                {EM_OK, false, false, false, false, true, true, false},
                {EM_OK, false, true, false, false, true, true, false},
                {EM_OK, false, false, true, false, true, true, false},
                {EM_REMOTE_VERSION, true, true, true, false, true, false, false},
                {EM_REMOTE_VERSION, true, true, true, false, false, true, false},
                {EM_OK, true, true, false, false, false, true, false},
                {EM_SECURITY_PROFILE, true, true, false, true, true, true, false},
                {EM_OK, true, true, true, true, true, true, true}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct em_security_case given = {rows[i].home,      rows[i].visiting,
                                               rows[i].home_able, rows[i].visiting_able,
                                               rows[i].phone,     rows[i].emcc_template};
        bool secure;
        assert_int_equal(em_security_decide(&given, &secure), rows[i].code);
        if (rows[i].code == EM_OK) {
            assert_int_equal(secure, rows[i].secure);
        }
    }
}

/* ---- reconcile, queue ---- */

static void views_are_compared(void **state) {
    const struct em_lease ours[] = {{"a", "SEP1", true, false, 10}, {"b", "SEP2", true, false, 10},
                                    {"c", "SEP3", true, false, 99}, {"d", "SEP4", false, true, 10},
                                    {"e", "SEP5", false, true, 10}, {"f", "SEP6", true, false, 10},
                                    {"g", "SEP7", false, false, 10}};
    const struct em_lease theirs[] = {
        {"d", "SEP4", true, false, 10},
        {"a", "SEP1", false, false, 10},
        {"f", "SEP6", true, false, 10}, /* both think themselves home */
        {"g", "SEP9", true, false, 10}, /* another phone */
        {"z", "SEP8", false, false, 10}};
    static const enum em_reconcile_action wanted[] = {
        EM_RECONCILE_CONFIRM, EM_RECONCILE_END, EM_RECONCILE_WAIT, EM_RECONCILE_NOTIFY,
        EM_RECONCILE_DELETE,  EM_RECONCILE_END, EM_RECONCILE_END};
    enum em_reconcile_action actions[7];
    (void)state;
    em_reconcile_decide(ours, 7, theirs, 5, 50, actions);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(actions[i], wanted[i]);
    }
    em_reconcile_decide(ours, 2, NULL, 0, 50, actions);
    assert_int_equal(actions[0], EM_RECONCILE_END);
}

static void the_lowest_comes_first(void **state) {
    struct em_name_queue queue = {0};
    int64_t last = -1;
    (void)state;
    char name[32];
    for (int64_t i = 0; i < 1000; i++) { /* each twice: the second number counts */
        (void)snprintf(name, sizeof name, "name%lld", (long long)i % 500);
        assert_true(em_name_queue_add(&queue, i * 7919 % 1000, name));
    }
    assert_int_equal(queue.numbers.count, 500);
    for (int i = 0; i < 500; i += 5) {
        (void)snprintf(name, sizeof name, "name%d", i);
        em_name_queue_remove(&queue, name);
        em_name_queue_remove(&queue, name);
    }
    for (size_t i = 0; i < 400; i++) {
        int number;
        assert_int_equal(sscanf(em_name_queue_first(&queue)->name, "name%d", &number), 1);
        assert_true(number % 5 != 0);
        assert_int_equal(em_name_queue_first(&queue)->by_number.key, (number + 500) * 7919 % 1000);
        assert_true(em_name_queue_first(&queue)->by_number.key >= last);
        last = em_name_queue_first(&queue)->by_number.key;
        em_name_queue_pop(&queue);
    }
    assert_null(em_name_queue_first(&queue));
    assert_true(em_name_queue_add(&queue, 1, "left"));
    em_name_queue_clear(&queue);
}

static void leases_that_are_over(void **state) {
    struct em_ended_leases *ended = calloc(1, sizeof *ended);
    char lease[80];
    (void)state;
    assert_false(em_ended_leases_has(ended, "BR", "", 1));
    em_ended_leases_add(ended, "BR", "", 1);
    assert_false(em_ended_leases_has(ended, "BR", "", 1));
    em_ended_leases_add(ended, "BR", "kept", 1);
    assert_true(em_ended_leases_has(ended, "BR", "kept", EM_ENDED_LEASE_MS));
    assert_false(
        em_ended_leases_has(ended, "BR", "kept", EM_ENDED_LEASE_MS + 1)); /* over in time */
    assert_false(em_ended_leases_has(ended, "ASIA", "kept", 2));
    em_ended_leases_add(ended, "ASIA", "kept", 2);
    for (int i = 0; i < EM_ENDED_LEASES + 10;
         i++) { /* one cluster cannot push out what another has given up */
        (void)snprintf(lease, sizeof lease, "lease-%d", i);
        em_ended_leases_add(ended, "BR", lease, 3);
        em_ended_leases_add(ended, "BR", lease, 3); /* takes no second place */
        assert_true(em_ended_leases_has(ended, "BR", lease, 3));
    }
    assert_true(em_ended_leases_has(ended, "ASIA", "kept", 3));
    assert_false(em_ended_leases_has(ended, "BR", "kept", 3));
    em_ended_leases_add(ended, "BR", "new", 3 + EM_ENDED_LEASE_MS); /* what is over makes room */
    assert_true(em_ended_leases_has(ended, "BR", "new", 3 + EM_ENDED_LEASE_MS));
    free(ended);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(codes_have_their_texts),
                                       cmocka_unit_test(pages_are_xml),
                                       cmocka_unit_test(softkeys_follow_the_model),
                                       cmocka_unit_test(login_types),
                                       cmocka_unit_test(pools_are_matched_by_place),
                                       cmocka_unit_test(filters_name_their_fields),
                                       cmocka_unit_test(spaces_in_their_order),
                                       cmocka_unit_test(no_policy_takes_emergency_numbers_away),
                                       cmocka_unit_test(limits),
                                       cmocka_unit_test(security_modes),
                                       cmocka_unit_test(views_are_compared),
                                       cmocka_unit_test(the_lowest_comes_first),
                                       cmocka_unit_test(leases_that_are_over)};
    return cmocka_run_group_tests_name("Extension Mobility, pure parts", tests, NULL, NULL);
}
