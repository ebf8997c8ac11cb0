/* A question that a paired cluster puts to this one, until it is answered. */
#ifndef DNA_PEER_QUESTION_H
#define DNA_PEER_QUESTION_H

#include "dna.h"

enum { PEER_CANNOT_SAY = 1 /* the code of an answer that has no more than a cause */ };

struct peer_question;

/* What may be asked. Its messages have the fields protocol and cluster_id. */
struct peer_kind {
    const char *path, *what;
    const sj_record_meta *message;
    size_t at_once, of_one_cluster; /* so many are under way; more are answered 503 */
    const char *(*cluster_of)(const void *message);
    void (*ask)(struct peer_question *asked); /* answers it, now or later */
};

struct peer_question {
    struct dna *dna;
    sj_scope *scope; /* its own */
    const struct peer_kind *kind;
    sj_http_request *request;
    void *message;
    sj_list_link link;
    uint64_t since_ms; /* monotonic */
    void *work;        /* of the kind, which allocates it in the scope; or NULL */
};

int peer_question_open(struct dna *dna, const struct peer_kind *kind, sj_error *error);
/* Ends the question. `json` is an answer as written, taken over (sj_text_free); NULL: there was no
 * memory for it. */
void peer_question_answer(struct peer_question *asked, char *json);

#endif
