/* The typed bus. Use the generated wrappers (sj_publish_*, sj_on_*, sj_ask_*, sj_answer_*,
 * sj_reply_*); this header states the rules they follow.
 *
 * Events are facts in the past tense, for any number of subscribers, delivered on the loop before
 * sj_publish_* returns. The struct and everything it points to is borrowed: valid during the
 * handler. Handlers may subscribe, unsubscribe, close scopes, stop plugins and publish again; who
 * joins during an emission does not get that event, who leaves gets no more.
 *
 * Requests are imperatives with exactly one answerer. sj_ask_* copies nothing it does not need to:
 * the request struct is borrowed until the answerer's handler has returned. The reply callback runs
 * exactly once, always later than sj_ask_* returned, unless the asking scope closes before (then
 * never). A request that nobody answers, or whose answerer is stopped, fails with SJ_E_UNAVAILABLE;
 * past the deadline with SJ_E_TIMEOUT. The reply struct is borrowed during the callback and NULL
 * when status is not SJ_OK.
 *
 * An answerer settles each question once, with sj_reply_* or sj_fail, then or later; a question
 * that is never settled ends with the asker's deadline, and one still open when the answerer stops
 * fails as SJ_E_UNAVAILABLE. Settling late is safe.
 *
 * Subscribing, answering and asking fail with SJ_E_VERSION when the fingerprints of declaration and
 * counterpart disagree. */
#ifndef SOJOURN_BUS_H
#define SOJOURN_BUS_H

#include "host.h"

/* Settles a question with a refusal. The text is what the asker sees. */
static inline void sj_fail(sj_scope *scope, sj_question *question, int code, const char *format,
                           ...) SJ_PRINTF(4, 5);
static inline void sj_fail(sj_scope *scope, sj_question *question, int code, const char *format,
                           ...) {
    char text[640];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    scope->host->question_fail(question, code, "", text);
}

/* The same with a complete error, field included. */
static inline void sj_fail_error(sj_scope *scope, sj_question *question, const sj_error *error) {
    scope->host->question_fail(question, error->code, error->field, error->text);
}

#endif
