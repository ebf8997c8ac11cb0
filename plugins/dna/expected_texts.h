/* Whether what a test says of patterns and numbers could be so at all: a call that must not match a
 * misspelt pattern never does. Pure. */
#ifndef DNA_EXPECTED_TEXTS_H
#define DNA_EXPECTED_TEXTS_H

#include "events/analysis.h"
#include "parts/expected_route.h"

/* The pattern is one that calls can match, as the call manager has said in the reply. False: `text`
 * says why not. `field`: "must" or "must_not". */
bool expected_pattern_exists(const char *field, const sj_expected_route *expected,
                             const sj_call_analyse_reply *reply, char *text, size_t room);
/* What the test dials can be dialled: a URI, or a number. False: `text` says what is wrong. */
bool expected_digits_are(const sj_dna_test_test *test, char *text, size_t room);
/* The numbers are numbers, as far as the test's call has some. False: `text` says what is wrong. */
bool expected_numbers_are(const char *field, const sj_expected_route *expected,
                          const sj_dna_test_test *test, char *text, size_t room);

#endif
