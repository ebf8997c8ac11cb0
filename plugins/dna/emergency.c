/* Answers dna.emergency: each caller at each place dials each emergency number. */
#include "emergency.h"
#include "pattern_numbers.h"

#include <stdlib.h>

struct matrix {
    struct dna *dna;
    sj_scope *scope;
    sj_question *question;
    bool html;
    const char *at; /* when the calls are made */
    struct emergency_cases cases;
    size_t next;
    sj_dna_emergency_reply_row *rows;
    int64_t holes, not_known;
};

/* What is said of a way. */
static const char hole_word[] = "yes", way_word[] = "no", not_known_word[] = "not known";

static void matrix_closed(void *user) {
    struct matrix *matrix = user;
    emergency_cases_clear(&matrix->cases);
    free(matrix->rows);
    free(matrix);
}

static void reply_page(struct matrix *matrix, const sj_dna_emergency_reply *reply) {
    sj_xml_text page = {0};
    emergency_page(&page, reply);
    if (page.failed) {
        sj_fail(matrix->dna->scope, matrix->question, SJ_E_NO_MEMORY, "no memory for the page");
    } else {
        const sj_dna_emergency_reply drawn = {.valid = reply->valid, .message = page.data};
        sj_reply_dna_emergency(matrix->dna->scope, matrix->question, &drawn);
    }
    sj_xml_text_free(&page);
}

/* " 9.!, 91X!: more than ...", or "". */
static void tell_wide(const struct emergency_cases *cases, char *text, size_t room) {
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < cases->wide_count; i++) {
        used += (size_t)snprintf(text + used, room - used, "%s%.60s", i > 0 ? ", " : " ",
                                 cases->wide[i]);
    }
    if (cases->wide_count > 0) {
        (void)snprintf(text + used, room - used,
                       "%s: more than %d numbers each, which are not asked about; name those of "
                       "help with numbers=112,911.",
                       cases->more_wide ? " and others" : "", PATTERN_NUMBERS_MAX);
    }
}

static void finish(struct matrix *matrix) {
    char message[1400], wide[800];
    tell_wide(&matrix->cases, wide, sizeof wide);
    (void)snprintf(
        message, sizeof message,
        "%zu way%s of emergency calls, %lld hole%s, %lld not known.%s%s%s%s", matrix->next,
        sj_plural((int64_t)matrix->next), (long long)matrix->holes, sj_plural(matrix->holes),
        (long long)matrix->not_known,
        matrix->not_known > 0
            ? " What is not known is another cluster's to say: ask there with sojourn dna "
              "emergency."
            : "",
        matrix->cases.no_numbers && matrix->cases.wide_count == 0
            ? " No route pattern that can be reached is marked Is an Emergency Services Number or "
              "urgent: name the numbers with numbers=112,911."
            : "",
        wide, matrix->cases.cut ? " There are more than are shown." : "");
    const sj_dna_emergency_reply reply = {
        .rows = matrix->rows,
        .rows_count = matrix->next,
        .holes = matrix->holes,
        .not_known = matrix->not_known,
        .valid = matrix->holes == 0 && matrix->not_known == 0 && !matrix->cases.no_numbers &&
                 matrix->cases.wide_count == 0 && !matrix->cases.cut,
        .message = message};
    if (matrix->html) {
        reply_page(matrix, &reply);
    } else {
        sj_reply_dna_emergency(matrix->dna->scope, matrix->question, &reply);
    }
    sj_scope_close(matrix->scope);
}

static const char *keep(const struct matrix *matrix, const char *text) {
    return text[0] == '\0' ? "" : sj_or_empty(sj_scope_strdup(matrix->scope, text));
}

static void ask_next(struct matrix *matrix);

/* Whether it leads to a gateway here, or is another cluster's to say: `text` has why it does not,
 * or where to ask. NULL reply: it could not be analysed, for the reason in `text`. */
static const char *judge(const sj_call_analyse_reply *reply, const char *number, char *text,
                         size_t room) {
    const bool returns = reply != NULL && strcmp(reply->outcome, "return_to_visiting_cluster") == 0;
    const sj_call_destination *first = reply != NULL &&
                                               (returns || strcmp(reply->outcome, "trunk") == 0) &&
                                               reply->destinations_count > 0
                                           ? &reply->destinations[0]
                                           : NULL;
    if (first == NULL) {
        if (reply != NULL) {
            (void)snprintf(text, room, "%s", reply->explanation);
        }
        return hole_word;
    }
    if (reply->learned_from[0] != '\0') {
        (void)snprintf(text, room,
                       "it is a number that cluster %s advertises, and no gateway here: a route "
                       "pattern of %s must be reached first",
                       reply->learned_from, number);
        return hole_word;
    }
    const char *cluster_id = returns ? first->remote_cluster_id : first->next_cluster_id;
    if (returns || cluster_id[0] != '\0') {
        (void)snprintf(text, room,
                       "cluster %s decides: ask there, sojourn dna emergency numbers=%s%s",
                       cluster_id, first->called_number, returns ? ", of its visitors" : "");
        return not_known_word;
    }
    return way_word;
}

static void add_row(struct matrix *matrix, const sj_call_analyse_reply *reply, const char *fault) {
    const struct emergency_case *one = &matrix->cases.cases[matrix->next];
    char text[1800];
    (void)snprintf(text, sizeof text, "%s", fault);
    const char *hole = judge(reply, one->call.digits, text, sizeof text);
    const bool way = hole != hole_word;
    const sj_call_destination *first = way ? &reply->destinations[0] : NULL;
    matrix->rows[matrix->next++] = (sj_dna_emergency_reply_row){
        .cluster_id = one->cluster_id,
        .place = one->place,
        .caller = one->caller,
        .number = one->call.digits,
        .gateway = way ? keep(matrix, first->device) : "",
        .called_number = way ? keep(matrix, first->called_number) : "",
        .calling_number = way ? keep(matrix, reply->calling_number) : "",
        .remote_cluster_id = way ? keep(matrix, first->remote_cluster_id) : "",
        .hole = hole,
        .text = hole == way_word ? "" : keep(matrix, text)};
    matrix->holes += way ? 0 : 1;
    matrix->not_known += hole == not_known_word ? 1 : 0;
}

static void on_answer(void *user, int status, const sj_error *error,
                      const struct dna_answer *answer) {
    struct matrix *matrix = user;
    if (status == SJ_E_UNAVAILABLE || status == SJ_E_TIMEOUT ||
        (status == SJ_E_INVALID && strcmp(error->field, "at") == 0)) { /* so it is for the others */
        sj_fail_error(matrix->dna->scope, matrix->question, error);
        sj_scope_close(matrix->scope);
        return;
    }
    add_row(matrix, status == SJ_OK ? answer->reply : NULL, status == SJ_OK ? "" : error->text);
    ask_next(matrix);
}

static void ask_next(struct matrix *matrix) {
    while (matrix->next < matrix->cases.count) {
        struct dna_call call = matrix->cases.cases[matrix->next].call;
        sj_error error = {0};
        call.at = matrix->at;
        if (dna_ask(matrix->dna, matrix->scope, &call, on_answer, matrix, &error) == SJ_OK) {
            return;
        }
        add_row(matrix, NULL, error.text);
    }
    finish(matrix);
}

static void on_cases(void *user, int status, const sj_error *error) {
    struct matrix *matrix = user;
    if (status == SJ_OK) {
        matrix->rows = calloc(matrix->cases.count + 1, sizeof *matrix->rows);
    }
    if (status != SJ_OK) {
        sj_fail_error(matrix->dna->scope, matrix->question, error);
        sj_scope_close(matrix->scope);
    } else if (matrix->rows == NULL) {
        sj_fail(matrix->dna->scope, matrix->question, SJ_E_NO_MEMORY, "no memory for the matrix");
        sj_scope_close(matrix->scope);
    } else {
        ask_next(matrix);
    }
}

static void on_emergency(void *user, sj_question *question, const sj_dna_emergency *request) {
    struct dna *dna = user;
    sj_error error = {0};
    for (size_t i = 0; i < request->numbers_count; i++) {
        const char *number = request->numbers[i];
        const size_t digits = strspn(number, "0123456789*#+");
        if (digits == 0 || digits > 50 || number[digits] != '\0') {
            (void)sj_error_field(&error, SJ_E_INVALID, "numbers",
                                 "expected at most 50 of 0-9 * # +, got something else");
            sj_fail_error(dna->scope, question, &error);
            return;
        }
    }
    struct matrix *matrix = calloc(1, sizeof *matrix);
    sj_scope *scope =
        matrix == NULL ? NULL : sj_scope_open(dna->scope, "dna emergency", matrix_closed, matrix);
    if (scope == NULL) {
        free(matrix);
        sj_fail(dna->scope, question, SJ_E_NO_MEMORY, "no memory for the matrix");
        return;
    }
    *matrix = (struct matrix){.dna = dna,
                              .scope = scope,
                              .question = question,
                              .html = request->html,
                              .at = sj_scope_strdup(scope, sj_or_empty(request->at))};
    if (emergency_cases_find(dna, scope, request, &matrix->cases, on_cases, matrix, &error) !=
        SJ_OK) {
        sj_fail_error(dna->scope, question, &error);
        sj_scope_close(scope);
    }
}

int emergency_open(struct dna *dna, sj_error *error) {
    return sj_answer_dna_emergency(dna->scope, on_emergency, dna, error) != NULL ? SJ_OK
                                                                                 : error->code;
}
