/* POST /intercluster/v1/emergency: a paired cluster asks over which gateways its users call for
 * help who are logged in on phones here. The emergency matrix of this cluster has them as rows. */
#include <stdlib.h>

#include "emergency.h"
#include "peer_question.h"

enum { MATRIX_MS = 20000 };

static const char *cluster_of(const void *message) {
    return ((const sj_intercluster_emergency *)message)->cluster_id;
}

static void reply(struct peer_question *asked, sj_intercluster_emergency_answer answer) {
    answer.protocol = 1;
    answer.cluster_id = asked->scope->host->node->cluster_id;
    peer_question_answer(asked, sj_intercluster_emergency_answer_to_json(asked->scope, &answer));
}

static void cannot_say(struct peer_question *asked, const char *why) {
    reply(asked, (sj_intercluster_emergency_answer){.code = PEER_CANNOT_SAY, .cause = why});
}

/* The rows about the asker's users. */
static void on_matrix(void *user, int status, const sj_error *error,
                      const sj_dna_emergency_reply *matrix) {
    struct peer_question *asked = user;
    if (status != SJ_OK) {
        cannot_say(asked, error->text);
        return;
    }
    sj_intercluster_emergency_answer_row *rows = calloc(VISITED_ROWS_MAX, sizeof *rows);
    size_t count = 0;
    bool cut = rows == NULL;
    for (size_t i = 0; rows != NULL && i < matrix->rows_count; i++) {
        const sj_dna_emergency_reply_row *row = &matrix->rows[i];
        if (strcmp(row->cluster_id, cluster_of(asked->message)) != 0 ||
            strcmp(row->caller, EMERGENCY_VISITOR) != 0) {
            continue;
        }
        if (count == VISITED_ROWS_MAX) {
            cut = true;
            break;
        }
        rows[count++] =
            (sj_intercluster_emergency_answer_row){.place = row->place,
                                                   .number = row->number,
                                                   .gateway = row->gateway,
                                                   .called_number = row->called_number,
                                                   .calling_number = row->calling_number,
                                                   .hole = row->hole,
                                                   .text = row->text};
    }
    reply(asked, (sj_intercluster_emergency_answer){
                     .cause = "", .cut = cut, .rows = rows, .rows_count = count});
    free(rows);
}

/* Of how many calls the caller is told: of all or none. What is no number tells nothing. */
static size_t callers_told(const sj_intercluster_emergency *message) {
    bool told = message->calling_numbers_count == message->numbers_count;
    for (size_t i = 0; told && i < message->numbers_count; i++) {
        const char *number = message->calling_numbers[i];
        told = number[0] == '\0' || emergency_is_number(number);
    }
    return told ? message->numbers_count : 0;
}

static void ask(struct peer_question *asked) {
    const sj_intercluster_emergency *message = asked->message;
    const sj_dna_emergency matrix = {.numbers = message->numbers,
                                     .numbers_count = message->numbers_count,
                                     .at = message->at,
                                     .calling_numbers = message->calling_numbers,
                                     .calling_numbers_count = callers_told(message),
                                     .here_only = true};
    sj_error error = {0};
    if (sj_ask_dna_emergency(asked->scope, &matrix, MATRIX_MS, on_matrix, asked, &error) != SJ_OK) {
        cannot_say(asked, error.text);
    }
}

int emergency_peer_open(struct dna *dna, sj_error *error) {
    static const struct peer_kind kind = {.path = "/intercluster/v1/emergency",
                                          .what = "emergency matrix of another cluster",
                                          .message = &sj_intercluster_emergency_meta,
                                          .at_once = 1, /* one matrix is work enough */
                                          .of_one_cluster = 1,
                                          .cluster_of = cluster_of,
                                          .ask = ask};
    return peer_question_open(dna, &kind, error);
}
