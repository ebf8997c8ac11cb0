/* Answers dna.analyze. */
#include "analysis_page.h"
#include "dna.h"

struct analyzing {
    struct dna *dna;
    sj_scope *scope; /* of this question */
    sj_question *question;
    bool html;
    char digits[330];
};

static void reply_page(struct analyzing *analyzing, const struct dna_answer *answer) {
    sj_xml_text page = {0};
    analysis_page(&page, analyzing->digits, answer);
    if (page.failed) {
        sj_fail(analyzing->dna->scope, analyzing->question, SJ_E_NO_MEMORY,
                "no memory for the page");
    } else {
        const sj_dna_analyze_reply reply = {.message = page.data};
        sj_reply_dna_analyze(analyzing->dna->scope, analyzing->question, &reply);
    }
    sj_xml_text_free(&page);
}

static void analyzed(void *user, int status, const sj_error *error,
                     const struct dna_answer *answer) {
    struct analyzing *analyzing = user;
    if (status != SJ_OK) {
        sj_fail_error(analyzing->dna->scope, analyzing->question, error);
    } else if (analyzing->html) {
        reply_page(analyzing, answer);
    } else {
        const sj_call_analyse_reply *found = answer->reply;
        const struct dna_numbers numbers = dna_numbers_of(found);
        const sj_dna_analyze_reply reply = {.outcome = found->outcome,
                                            .status = found->status,
                                            .cause = answer->continued.cause,
                                            .pattern = found->pattern,
                                            .partition = found->partition,
                                            .calling_search_space = found->calling_search_space,
                                            .called_number = numbers.called,
                                            .calling_number = numbers.calling,
                                            .prefixes = found->prefixes,
                                            .prefixes_count = found->prefixes_count,
                                            .destinations = found->destinations,
                                            .destinations_count = found->destinations_count,
                                            .course = answer->steps,
                                            .course_count = answer->steps_count,
                                            .message = found->explanation};
        sj_reply_dna_analyze(analyzing->dna->scope, analyzing->question, &reply);
    }
    sj_scope_close(analyzing->scope);
}

static void on_analyze(void *user, sj_question *question, const sj_dna_analyze *request) {
    struct dna *dna = user;
    sj_error error;
    const struct dna_call call = {
        .caller = {.device_name = request->device_name,
                   .line = request->line,
                   .returned = request->returned,
                   .user_id = request->user_id,
                   .device_profile = request->device_profile,
                   .visiting_cluster_id = request->visiting_cluster_id,
                   .device_pool = request->device_pool,
                   .calling_search_spaces = request->calling_search_spaces,
                   .calling_search_spaces_count = request->calling_search_spaces_count,
                   .calling_number = request->calling_number,
                   .external_phone_number_mask = request->external_phone_number_mask},
        .digits = request->digits,
        .at = request->at,
        .digit_by_digit = request->digit_by_digit,
        .phones_assumed = request->phones_assumed,
        .continues = !request->here_only};
    sj_scope *scope = sj_scope_open(dna->scope, "dna analyze", NULL, NULL);
    struct analyzing *analyzing = scope == NULL ? NULL : sj_scope_alloc(scope, sizeof *analyzing);
    if (analyzing == NULL) {
        sj_fail(dna->scope, question, SJ_E_NO_MEMORY, "no memory for the analysis");
        return;
    }
    *analyzing =
        (struct analyzing){.dna = dna, .scope = scope, .question = question, .html = request->html};
    (void)snprintf(analyzing->digits, sizeof analyzing->digits, "%s", request->digits);
    if (dna_ask(dna, scope, &call, analyzed, analyzing, &error) != SJ_OK) {
        sj_fail_error(dna->scope, question, &error);
        sj_scope_close(scope);
    }
}

int analyze_open(struct dna *dna, sj_error *error) {
    return sj_answer_dna_analyze(dna->scope, on_analyze, dna, error) != NULL ? SJ_OK : error->code;
}
