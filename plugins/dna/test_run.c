/* Answers dna.test: analyses one call after the other and judges each. */
#include "dna.h"
#include "expectation.h"
#include "expected_names.h"
#include "expected_texts.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT = 1800 };

struct test_run {
    struct dna *dna;
    sj_scope *scope;
    sj_question *question;
    sj_dna_test *request; /* a copy */
    size_t next;
    sj_dna_test_reply_result *results;
    char (*texts)[TEXT];
    int64_t failed;
    sj_call_analyse_expected_pattern patterns[2]; /* of the test that is asked about */
    size_t patterns_count;
};

static void run_closed(void *user) {
    struct test_run *run = user;
    free(run->results);
    free(run->texts);
    sj_record_free(run->dna->scope, run->request);
    free(run);
}

static void finish(struct test_run *run) {
    const sj_dna_test_reply reply = {
        .results = run->results, .results_count = run->next, .failed = run->failed};
    sj_reply_dna_test(run->dna->scope, run->question, &reply);
    sj_scope_close(run->scope);
}

static void ask_next(struct test_run *run);

static void note(struct test_run *run, bool passed) {
    run->results[run->next] =
        (sj_dna_test_reply_result){.name = run->request->tests[run->next].name,
                                   .passed = passed,
                                   .text = run->texts[run->next]};
    run->failed += passed ? 0 : 1;
    run->next++;
}

static void on_answer(void *user, int status, const sj_error *error,
                      const struct dna_answer *answer) {
    struct test_run *run = user;
    const sj_dna_test_test *test = &run->request->tests[run->next];
    char *text = run->texts[run->next];
    if (status == SJ_E_UNAVAILABLE || status == SJ_E_TIMEOUT ||
        (status != SJ_OK && strcmp(error->field, "changes") == 0)) { /* so it is for the others */
        sj_fail_error(run->dna->scope, run->question, error);
        sj_scope_close(run->scope);
        return;
    }
    if (status != SJ_OK) {
        (void)snprintf(text, TEXT, "%s%s%s", error->field, error->field[0] != '\0' ? ": " : "",
                       error->text);
        note(run, false);
    } else {
        char difference[600];
        const bool passed = expected_pattern_exists("must", &test->must, answer->reply, difference,
                                                    sizeof difference) &&
                            expected_pattern_exists("must_not", &test->must_not, answer->reply,
                                                    difference, sizeof difference) &&
                            expectation_judge(&test->must, &test->must_not, answer->reply,
                                              difference, sizeof difference);
        (void)snprintf(text, TEXT, "%s%s%s", difference, passed ? "" : ". ",
                       answer->reply->explanation);
        note(run, passed);
    }
    ask_next(run);
}

/* Nobody reaches anything who is no one, and is nowhere. */
static bool has_caller(const sj_dna_test_test *test, char *text) {
    const sj_analysed_caller *from = &test->from;
    const bool has = sj_given(from->device_name) || sj_given(from->user_id) ||
                     from->calling_search_spaces_count > 0 || sj_given(from->device_pool);
    if (!has) {
        (void)snprintf(text, TEXT,
                       "from: expected who calls: a device_name, a user_id, calling_search_spaces, "
                       "or the device_pool of somebody who has none");
    }
    return has;
}

/* A test that expects nothing proves nothing, nor one that names what is not there, nor one in
 * which nobody calls. */
static bool is_test(const struct test_run *run, const sj_dna_test_test *test, char *text) {
    if (expectation_is_empty(&test->must) && expectation_is_empty(&test->must_not)) {
        (void)snprintf(text, TEXT,
                       "expected must or must_not with what to look at, such as device = \"...\"");
        return false;
    }
    const sj_plan_change *changes = run->request->changes;
    const size_t count = run->request->changes_count;
    return has_caller(test, text) &&
           expected_names_exist(run->dna, "must", &test->must, changes, count, text) &&
           expected_names_exist(run->dna, "must_not", &test->must_not, changes, count, text) &&
           expected_digits_are(test, text, TEXT) &&
           expected_numbers_are("must", &test->must, test, text, TEXT) &&
           expected_numbers_are("must_not", &test->must_not, test, text, TEXT);
}

static void note_pattern(struct test_run *run, const sj_expected_route *expected) {
    if (sj_given(expected->pattern)) {
        run->patterns[run->patterns_count++] = (sj_call_analyse_expected_pattern){
            .pattern = expected->pattern, .partition = expected->partition};
    }
}

static void note_patterns(struct test_run *run, const sj_dna_test_test *test) {
    run->patterns_count = 0;
    note_pattern(run, &test->must);
    note_pattern(run, &test->must_not);
}

static void ask_next(struct test_run *run) {
    for (; run->next < run->request->tests_count;) {
        const sj_dna_test_test *test = &run->request->tests[run->next];
        sj_error error = {0};
        note_patterns(run, test);
        const struct dna_call call = {.caller = test->from,
                                      .digits = test->digits,
                                      .at = test->at,
                                      .digit_by_digit = test->digit_by_digit,
                                      .phones_assumed = !run->request->phones_as_they_are,
                                      .changes = run->request->changes,
                                      .changes_count = run->request->changes_count,
                                      .expected_patterns = run->patterns,
                                      .expected_patterns_count = run->patterns_count};
        if (!is_test(run, test, run->texts[run->next])) {
            note(run, false);
        } else if (dna_ask(run->dna, run->scope, &call, on_answer, run, &error) != SJ_OK) {
            (void)snprintf(run->texts[run->next], TEXT, "%s: %s", error.field, error.text);
            note(run, false);
        } else {
            return;
        }
    }
    finish(run);
}

static void on_test(void *user, sj_question *question, const sj_dna_test *request) {
    struct dna *dna = user;
    struct test_run *run = calloc(1, sizeof *run);
    sj_scope *scope = run == NULL ? NULL : sj_scope_open(dna->scope, "dna test", run_closed, run);
    if (scope == NULL) {
        free(run);
        sj_fail(dna->scope, question, SJ_E_NO_MEMORY, "no memory for the tests");
        return;
    }
    *run = (struct test_run){.dna = dna, .scope = scope, .question = question};
    run->request = dna_copy(dna->scope, sj_dna_test_meta.request, request);
    run->results = calloc(request->tests_count + 1, sizeof *run->results);
    run->texts = calloc(request->tests_count + 1, sizeof *run->texts);
    if (run->request == NULL || run->results == NULL || run->texts == NULL) {
        sj_fail(dna->scope, question, SJ_E_NO_MEMORY, "no memory for %zu tests",
                request->tests_count);
        sj_scope_close(scope);
    } else {
        ask_next(run);
    }
}

int test_run_open(struct dna *dna, sj_error *error) {
    return sj_answer_dna_test(dna->scope, on_test, dna, error) != NULL ? SJ_OK : error->code;
}
