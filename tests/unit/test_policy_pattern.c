/* The pattern matcher against what Lua's manual says, and against patterns that are made to take
 * for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/policy/pattern.h"

/* "start-end" of the first match, -1 for none, -2 for a refusal. */
static int find(const char *subject, const char *text, size_t *start, size_t *end,
                struct sj_match *match) {
    struct sj_pattern pattern;
    assert_null(sj_pattern_compile(&pattern, text, strlen(text)));
    *match = (struct sj_match){.subject = subject, .length = strlen(subject), .steps = 100000};
    for (*start = 0; *start <= match->length; ++*start) {
        if (sj_pattern_match(&pattern, match, *start, end)) {
            return 1;
        }
        if (match->refusal != NULL) {
            return -2;
        }
        if (pattern.anchored) {
            break;
        }
    }
    return -1;
}

static void matches_as_lua_does(void **state) {
    static const struct {
        const char *subject, *pattern;
        int found;
        size_t start, end;
    } cases[] = {
        {"hello", "l+", 1, 2, 4},
        {"hello", "^h", 1, 0, 1},
        {"hello", "^e", -1, 0, 0},
        {"hello", "o$", 1, 4, 5},
        {"hello", "l$", -1, 0, 0},
        {"a$b", "$b", 1, 1, 3},
        {"x=1", "%w=%d", 1, 0, 3},
        {"[tag]", "%[(.-)%]", 1, 0, 5},
        {"aXb", "[%u]", 1, 1, 2},
        {"a-z", "[a-]+", 1, 0, 2},
        {"]x", "[]]", 1, 0, 1},
        {"abc", "[^a]+", 1, 1, 3},
        {"f(a(b)c)", "%b()", 1, 1, 8},
        {"THE (x)", "%f[%l]x", 1, 5, 6},
        {"say \"hi\"", "([\"'])(.-)%1", 1, 4, 8},
        {"", "a*", 1, 0, 0},
        {"baa", "a-$", 1, 1, 3},
        {"colour", "colou?r", 1, 0, 6},
        {"color", "colou?r", 1, 0, 5},
        {"0049731", "^00(%d%d)", 1, 0, 4},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t start, end = 0;
        struct sj_match match;
        assert_int_equal(find(cases[i].subject, cases[i].pattern, &start, &end, &match),
                         cases[i].found);
        if (cases[i].found == 1) {
            assert_int_equal(start, cases[i].start);
            assert_int_equal(end, cases[i].end);
        }
    }
}

static void captures_are_of_the_branch_that_succeeded(void **state) {
    size_t start, end;
    struct sj_match match;
    (void)state;
    assert_int_equal(find("key = value", "(%w+)%s*=%s*()(%w+)", &start, &end, &match), 1);
    assert_int_equal(match.start[0], 0);
    assert_int_equal(match.end[0], 3);
    assert_int_equal(match.start[1], 6);
    assert_true(match.end[1] == SIZE_MAX);
    assert_int_equal(match.end[2], 11);
}

static void malformed_patterns_are_named(void **state) {
    static const char *const bad[] = {"[a", "%", "(a", "a)", "%b(", "%f", "%1", "(%1)", "[%", "%0"};
    char many[400];
    struct sj_pattern pattern;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_non_null(sj_pattern_compile(&pattern, bad[i], strlen(bad[i])));
    }
    memset(many, 'a', sizeof many);
    assert_non_null(sj_pattern_compile(&pattern, many, 65));
    assert_non_null(sj_pattern_compile(&pattern, many, 300));
    memset(many, '(', sizeof many);
    assert_non_null(sj_pattern_compile(&pattern, many, 30));
}

static void exponential_patterns_are_given_up(void **state) {
    char subject[64], pattern[64];
    size_t start, end;
    struct sj_match match;
    (void)state;
    memset(subject, 'a', sizeof subject);
    subject[40] = '\0';
    strcpy(pattern, "a*a*a*a*a*a*a*a*a*a*a*a*a*a*b");
    assert_int_equal(find(subject, pattern, &start, &end, &match), -2);
    assert_string_equal(match.refusal, "takes too many steps on this text");
    assert_int_equal(find(subject, ".-.-.-.-.-.-.-.-.-b", &start, &end, &match), -2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_as_lua_does),
        cmocka_unit_test(captures_are_of_the_branch_that_succeeded),
        cmocka_unit_test(malformed_patterns_are_named),
        cmocka_unit_test(exponential_patterns_are_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
