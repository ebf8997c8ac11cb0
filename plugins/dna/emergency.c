/* Answers dna.emergency: each caller at each place dials each emergency number. What another
 * cluster decides that is asked: about a call that goes there, and about the travellers who are
 * there. */
#include "emergency.h"
#include "continuation.h"
#include "events/sip_trunk.h"
#include "pattern_numbers.h"

#include <stdlib.h>

#include <sojourn/base/array.h>

enum { ASKING_MS = 40000 /* so long other clusters are asked */ };

/* A call that comes back to the cluster in which the traveller's phone stands. */
struct returned {
    const char *cluster_id; /* NULL: it does not come back, or that cluster was asked */
    const char *at;         /* in UTC */
    const char *scheduled;  /* the partition on whose schedule it depends that it does */
    const char *unobserved; /* that the trunk back answers was not observed; "": it was */
};

struct matrix {
    struct dna *dna;
    sj_scope *scope;
    sj_question *question;
    bool html;
    const char *at; /* when the calls are made */
    bool here_only;
    char not_asked[300]; /* why trunks could not be asked, as a sentence; "": they were */
    struct emergency_cases cases;
    size_t next;
    bool continued; /* the next case is analysed once more, with what the next cluster says */
    bool whole;     /* and with all its digits at once */
    struct {
        bool any;
        enum emergency_way known;
        const char *text;
    } sooner; /* what became of it digit after digit, when it went out before its last one */
    sj_dna_emergency_reply_row *rows;
    size_t count, room;
    struct returned *returned; /* by row */
    const char *visited;       /* the cluster that is asked about those that come back to it */
    uint64_t until;
};

static void matrix_closed(void *user) {
    struct matrix *matrix = user;
    emergency_cases_clear(&matrix->cases);
    free(matrix->rows);
    free(matrix->returned);
    free(matrix);
}

static int64_t count_of(const struct matrix *matrix, enum emergency_way way) {
    int64_t count = 0;
    for (size_t i = 0; i < matrix->count; i++) {
        count += emergency_way_of(matrix->rows[i].hole) == way;
    }
    return count;
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

/* Numbers and places about which nothing is asked. */
static void tell_left_out(const struct emergency_cases *cases, char *text, size_t room) {
    const char *unreached = cases->unreached, *silent = cases->silent;
    (void)snprintf(
        text, room, "%s%.130s%s%s%.60s%s%s", unreached != NULL ? " " : "", sj_or_empty(unreached),
        unreached != NULL ? " is an emergency number that no calling search space reaches." : "",
        silent != NULL ? " The adjunct CSS " : "", sj_or_empty(silent),
        silent != NULL ? " reaches no emergency number." : "",
        cases->intercom ? " Intercom lines have no row: they dial intercom numbers alone." : "");
}

static void finish(struct matrix *matrix) {
    const int64_t holes = count_of(matrix, EMERGENCY_HOLE),
                  not_known = count_of(matrix, EMERGENCY_NOT_KNOWN);
    char message[2200], wide[800], left_out[400];
    tell_wide(&matrix->cases, wide, sizeof wide);
    tell_left_out(&matrix->cases, left_out, sizeof left_out);
    (void)snprintf(
        message, sizeof message,
        "%zu way%s of emergency calls, %lld hole%s, %lld not known.%s%s%s%s%s%s", matrix->count,
        sj_plural((int64_t)matrix->count), (long long)holes, sj_plural(holes), (long long)not_known,
        not_known > 0 ? " The line of what is not known says how to learn it." : "",
        matrix->not_asked,
        matrix->cases.no_numbers && matrix->cases.wide_count == 0
            ? " No route pattern that can be reached is marked Is an Emergency Services Number or "
              "urgent: name the numbers with numbers=112,911."
            : "",
        wide, left_out, matrix->cases.cut ? " There are more than are shown." : "");
    const sj_dna_emergency_reply reply = {
        .rows = matrix->rows,
        .rows_count = matrix->count,
        .holes = holes,
        .not_known = not_known,
        .valid = holes == 0 && not_known == 0 && !matrix->cases.no_numbers &&
                 matrix->cases.unreached == NULL && matrix->cases.silent == NULL &&
                 matrix->cases.wide_count == 0 && !matrix->cases.cut &&
                 matrix->not_asked[0] == '\0',
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

/* False: there is no room for another row. */
static bool add(struct matrix *matrix, const sj_dna_emergency_reply_row *row) {
    if (!sj_array_room(&matrix->rows, &matrix->room, matrix->count + 1, sizeof *matrix->rows)) {
        matrix->cases.cut = true;
        return false;
    }
    matrix->rows[matrix->count++] = *row;
    return true;
}

static struct emergency_plan plan_of(const struct matrix *matrix) {
    return (struct emergency_plan){matrix->cases.has_locations, sj_given(matrix->at)};
}

/* The case goes out before its last digit, and is asked about as a whole next: both must help. */
static void keep_sooner(struct matrix *matrix, const struct dna_answer *answer) {
    const struct emergency_plan plan = plan_of(matrix);
    const sj_call_destination *way;
    char text[1800] = "";
    matrix->sooner.any = true;
    matrix->sooner.known =
        emergency_way_judge(&plan, answer->reply, matrix->continued ? &answer->continued : NULL,
                            matrix->cases.cases[matrix->next].call.digits, &way, text, sizeof text);
    matrix->sooner.text = keep(matrix, text);
}

/* What holds of a case that went out before its last digit: the worse of both. */
static enum emergency_way judge_both(const struct matrix *matrix, enum emergency_way whole,
                                     char *text, size_t room) {
    char said[1800];
    if (!matrix->sooner.any) {
        return whole;
    }
    if (whole == EMERGENCY_HOLE ||
        (whole == EMERGENCY_NOT_KNOWN && matrix->sooner.known != EMERGENCY_HOLE)) {
        (void)snprintf(said, sizeof said, "dialled in one piece: %s", text);
        (void)snprintf(text, room, "%s", said);
        return whole;
    }
    if (matrix->sooner.known != EMERGENCY_WAY) {
        (void)snprintf(text, room, "%s", matrix->sooner.text);
    }
    return matrix->sooner.known;
}

static struct returned returned_of(const struct matrix *matrix, const sj_call_analyse_reply *reply,
                                   const sj_call_destination *way) {
    char unobserved[400] = "";
    (void)emergency_way_observed(way, unobserved, sizeof unobserved);
    return (struct returned){.cluster_id = keep(matrix, way->remote_cluster_id),
                             .at = keep(matrix, reply->at),
                             .scheduled = keep(matrix, reply->scheduled_partition),
                             .unobserved = keep(matrix, unobserved)};
}

static void add_row(struct matrix *matrix, const sj_call_analyse_reply *reply,
                    const struct dna_continued *continued, const char *fault) {
    const struct emergency_case *one = &matrix->cases.cases[matrix->next++];
    const sj_call_destination *way;
    char text[1800] = "";
    (void)snprintf(text, sizeof text, "%s", fault);
    const struct emergency_plan plan = plan_of(matrix);
    enum emergency_way judged =
        emergency_way_judge(&plan, reply, continued, one->call.digits, &way, text, sizeof text);
    judged = judge_both(matrix, judged, text, sizeof text);
    matrix->sooner.any = matrix->continued = matrix->whole = false;
    const enum emergency_way known = one->not_known != NULL ? EMERGENCY_NOT_KNOWN : judged;
    const bool led = known != EMERGENCY_HOLE && reply != NULL;
    const sj_dna_emergency_reply_row row = {
        .cluster_id = one->cluster_id,
        .place = one->place,
        .caller = one->caller,
        .number = one->call.digits,
        .gateway = led ? keep(matrix, way->device) : "",
        .called_number = led ? keep(matrix, way->called_number) : "",
        .calling_number = led ? keep(matrix, way->calling_number) : "",
        .remote_cluster_id = led ? keep(matrix, way->remote_cluster_id) : "",
        .hole = emergency_way_word(known),
        .text = keep(matrix, text)};
    if (add(matrix, &row) && known == EMERGENCY_NOT_KNOWN && led &&
        way->remote_cluster_id[0] != '\0') {
        matrix->returned[matrix->count - 1] = returned_of(matrix, reply, way);
    }
}

/* ---- travellers at other clusters ---- */

static void ask_visited(struct matrix *matrix);

/* What the rows of the visited cluster make of a call that comes back to it with this number. */
static void judge_visited(struct matrix *matrix, sj_dna_emergency_reply_row *row,
                          const sj_intercluster_emergency_answer *answer) {
    enum emergency_way worst = EMERGENCY_NOT_KNOWN;
    char text[1800];
    (void)snprintf(text, sizeof text,
                   "cluster %s has no phone of which it could say where such a call leaves",
                   matrix->visited);
    bool told = false;
    for (size_t i = 0; i < answer->rows_count && worst != EMERGENCY_HOLE; i++) {
        const sj_intercluster_emergency_answer_row *theirs = &answer->rows[i];
        const enum emergency_way known = emergency_way_of(theirs->hole);
        if (strcmp(theirs->number, row->called_number) != 0 ||
            (told && (known == EMERGENCY_WAY || known == worst))) {
            continue;
        }
        (void)snprintf(text, sizeof text, "from %.100s at cluster %s: %.1500s", theirs->place,
                       matrix->visited, theirs->text);
        worst = known;
        told = true;
    }
    if (worst == EMERGENCY_WAY) {
        const struct emergency_plan plan = plan_of(matrix);
        const struct returned *returned = &matrix->returned[row - matrix->rows];
        (void)snprintf(text, sizeof text,
                       "cluster %s has a gateway for it at each of its places%s%s", matrix->visited,
                       returned->unobserved[0] != '\0' ? "; " : "", returned->unobserved);
        const bool depends = emergency_way_depends(&plan, returned->scheduled, text, sizeof text);
        worst = depends || returned->unobserved[0] != '\0' ? EMERGENCY_NOT_KNOWN : EMERGENCY_WAY;
    }
    row->hole = emergency_way_word(worst);
    row->text = keep(matrix, text);
}

/* With which number the call came back that was asked about. */
static const char *visitor_of(const struct matrix *matrix, const char *number) {
    for (size_t i = 0; i < matrix->count; i++) {
        const sj_dna_emergency_reply_row *row = &matrix->rows[i];
        if (strcmp(row->remote_cluster_id, matrix->visited) == 0 &&
            strcmp(row->called_number, number) == 0) {
            return row->calling_number;
        }
    }
    return "";
}

static void add_visited(struct matrix *matrix, const sj_intercluster_emergency_answer *answer) {
    const char *own = matrix->dna->scope->host->node->cluster_id;
    matrix->cases.cut = matrix->cases.cut || answer->cut;
    for (size_t i = 0; i < answer->rows_count && matrix->count < EMERGENCY_CASES_MAX; i++) {
        const sj_intercluster_emergency_answer_row *theirs = &answer->rows[i];
        const char *number = visitor_of(matrix, theirs->number);
        const bool shown = number[0] != '\0' && sj_given(theirs->calling_number);
        char place[200], caller[100];
        (void)snprintf(place, sizeof place, "%s: %.120s", matrix->visited, theirs->place);
        (void)snprintf(caller, sizeof caller, EMERGENCY_VISITOR "%s%.70s", shown ? ", " : "",
                       shown ? number : "");
        const sj_dna_emergency_reply_row row = {
            .cluster_id = own,
            .place = keep(matrix, place),
            .caller = keep(matrix, caller),
            .number = keep(matrix, theirs->number),
            .gateway = keep(matrix, theirs->gateway),
            .called_number = keep(matrix, theirs->called_number),
            .calling_number = keep(matrix, theirs->calling_number),
            .remote_cluster_id = matrix->visited,
            .hole = emergency_way_word(emergency_way_of(theirs->hole)),
            .text = keep(matrix, theirs->text)};
        (void)add(matrix, &row);
    }
}

static bool is_of_visited(const struct matrix *matrix, size_t row) {
    return row < matrix->next && matrix->returned[row].cluster_id != NULL &&
           strcmp(matrix->returned[row].cluster_id, matrix->visited) == 0;
}

static void on_visited(void *user, const sj_intercluster_emergency_answer *answer,
                       const char *why) {
    struct matrix *matrix = user;
    const size_t own_rows = matrix->count < matrix->next ? matrix->count : matrix->next;
    for (size_t i = 0; i < own_rows; i++) {
        if (!is_of_visited(matrix, i)) {
            continue;
        }
        sj_dna_emergency_reply_row *row = &matrix->rows[i];
        char text[600];
        if (answer != NULL) {
            judge_visited(matrix, row, answer);
        } else {
            (void)snprintf(text, sizeof text, "%.200s; it was asked, and has not said: %.300s",
                           row->text, why);
            row->text = keep(matrix, text);
        }
        matrix->returned[i].cluster_id = NULL;
    }
    if (answer != NULL) {
        add_visited(matrix, answer);
    }
    ask_visited(matrix);
}

/* The next cluster to which calls come back; or the end. */
static void ask_visited(struct matrix *matrix) {
    const char *numbers[EMERGENCY_NUMBERS_MAX], *callers[EMERGENCY_NUMBERS_MAX], *at = "";
    size_t count = 0, first = 0;
    const size_t own_rows = matrix->count < matrix->next ? matrix->count : matrix->next;
    while (first < own_rows && matrix->returned[first].cluster_id == NULL) {
        first++;
    }
    if (first == own_rows || matrix->here_only) {
        finish(matrix);
        return;
    }
    matrix->visited = matrix->returned[first].cluster_id;
    at = sj_given(matrix->at) ? matrix->returned[first].at : "";
    for (size_t i = first; i < own_rows; i++) {
        bool there = !is_of_visited(matrix, i) || count == VISITED_NUMBERS_MAX;
        for (size_t k = 0; k < count && !there; k++) {
            there = strcmp(numbers[k], matrix->rows[i].called_number) == 0;
        }
        if (!there) {
            callers[count] = matrix->rows[i].calling_number;
            numbers[count++] = matrix->rows[i].called_number;
        }
    }
    const struct visited_question question = {.cluster_id = matrix->visited,
                                              .numbers = numbers,
                                              .calling_numbers = callers,
                                              .numbers_count = count,
                                              .at = at,
                                              .until = matrix->until};
    emergency_visited_ask(matrix->dna, matrix->scope, &question, on_visited, matrix);
}

/* ---- one case after the other ---- */

static void ask_next(struct matrix *matrix);

/* Whether the case is to be asked about once more, since the next cluster decides. */
static bool goes_further(const struct matrix *matrix, const sj_call_analyse_reply *reply) {
    const sj_call_destination *way = dna_callable(reply);
    return !matrix->here_only && !matrix->continued && strcmp(reply->outcome, "trunk") == 0 &&
           reply->learned_from[0] == '\0' && way != NULL && way->next_cluster_id[0] != '\0' &&
           sj_monotonic_ms(matrix->dna->scope) < matrix->until;
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
    if (status == SJ_OK && !matrix->whole &&
        emergency_way_is_refused_early(answer->reply,
                                       matrix->cases.cases[matrix->next].call.digits)) {
        matrix->whole = true;
        ask_next(matrix);
        return;
    }
    if (status == SJ_OK && goes_further(matrix, answer->reply)) {
        matrix->continued = true;
        ask_next(matrix);
        return;
    }
    if (status == SJ_OK && !matrix->whole &&
        emergency_way_ends_sooner(answer->reply, matrix->cases.cases[matrix->next].call.digits)) {
        keep_sooner(matrix, answer);
        matrix->whole = true;
        matrix->continued = false;
        ask_next(matrix);
        return;
    }
    add_row(matrix, status == SJ_OK ? answer->reply : NULL,
            matrix->continued && status == SJ_OK ? &answer->continued : NULL,
            status == SJ_OK ? "" : error->text);
    ask_next(matrix);
}

static void ask_next(struct matrix *matrix) {
    while (matrix->next < matrix->cases.count) {
        const struct emergency_case *one = &matrix->cases.cases[matrix->next];
        struct dna_call call = one->call;
        sj_error error = {0};
        if (one->not_known != NULL) {
            add_row(matrix, NULL, NULL, one->not_known);
            continue;
        }
        call.at = matrix->at;
        call.digit_by_digit = one->by_digits && !matrix->whole;
        call.continues = matrix->continued;
        call.observe = matrix->continued;
        call.wait_ms = CONTINUATION_WAIT_MS;
        if (dna_ask(matrix->dna, matrix->scope, &call, on_answer, matrix, &error) == SJ_OK) {
            return;
        }
        add_row(matrix, NULL, NULL, error.text);
    }
    ask_visited(matrix);
}

static void trunks_not_asked(struct matrix *matrix, const sj_error *error) {
    (void)snprintf(matrix->not_asked, sizeof matrix->not_asked,
                   " Trunks could not be asked: %.180s; what was observed of them before counts.",
                   error->text);
}

/* Trunks have just been asked, so that each way is judged by what was observed. */
static void on_trunks(void *user, int status, const sj_error *error,
                      const sj_sip_trunk_status_reply *reply) {
    struct matrix *matrix = user;
    (void)reply;
    if (status != SJ_OK) {
        trunks_not_asked(matrix, error);
    }
    ask_next(matrix);
}

static void on_cases(void *user, int status, const sj_error *error) {
    static const sj_sip_trunk_status trunks = {.name = "", .ask = true};
    struct matrix *matrix = user;
    sj_error not_asked = {0};
    if (status == SJ_OK) {
        matrix->returned = calloc(matrix->cases.count + 1, sizeof *matrix->returned);
    }
    if (status != SJ_OK) {
        sj_fail_error(matrix->dna->scope, matrix->question, error);
        sj_scope_close(matrix->scope);
    } else if (matrix->returned == NULL) {
        sj_fail(matrix->dna->scope, matrix->question, SJ_E_NO_MEMORY, "no memory for the matrix");
        sj_scope_close(matrix->scope);
    } else if (sj_ask_sip_trunk_status(matrix->scope, &trunks, 0, on_trunks, matrix, &not_asked) !=
               SJ_OK) {
        trunks_not_asked(matrix, &not_asked);
        ask_next(matrix);
    }
}

static int check(const sj_dna_emergency *request, sj_error *error) {
    for (size_t i = 0; i < request->numbers_count; i++) {
        if (!emergency_is_number(request->numbers[i])) {
            return sj_error_field(error, SJ_E_INVALID, "numbers",
                                  "expected numbers of at most 50 of 0-9 * # +, got \"%.60s\"",
                                  request->numbers[i]);
        }
    }
    for (size_t i = 0; i < request->calling_numbers_count; i++) {
        const char *number = request->calling_numbers[i];
        if (number[0] != '\0' && !emergency_is_number(number)) {
            return sj_error_field(error, SJ_E_INVALID, "calling_numbers",
                                  "expected numbers of at most 50 of 0-9 * # +, got \"%.60s\"",
                                  number);
        }
    }
    return request->calling_numbers_count == 0 ||
                   request->calling_numbers_count == request->numbers_count
               ? SJ_OK
               : sj_error_field(error, SJ_E_INVALID, "calling_numbers",
                                "expected one of each of the %zu numbers, got %zu",
                                request->numbers_count, request->calling_numbers_count);
}

static void on_emergency(void *user, sj_question *question, const sj_dna_emergency *request) {
    struct dna *dna = user;
    sj_error error = {0};
    if (check(request, &error) != SJ_OK) {
        sj_fail_error(dna->scope, question, &error);
        return;
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
                              .here_only = request->here_only,
                              .until = sj_monotonic_ms(scope) + ASKING_MS,
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
