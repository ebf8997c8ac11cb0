/* A challenged request is sent once more, in the same transaction. */
#include "sip/sip_transaction_state.h"

#include <sojourn/base/hash.h>

#include <stdlib.h>

/* What remains of a challenged INVITE: it acknowledges repetitions of the challenge. */
static bool leave_behind(struct sip_transaction *transaction) {
    if (!transaction->invite || sip_flow_reliable(&transaction->flow)) {
        return true;
    }
    struct sip_transaction *rest =
        transaction_begin(transaction->all, transaction->key, transaction->key_length,
                          &transaction->flow, NULL, NULL);
    if (rest == NULL) {
        return false;
    }
    rest->invite = true;
    rest->state = COMPLETED;
    transaction_keep(rest, transaction->message, transaction->message_length);
    if (rest->message == NULL) {
        transaction_end(rest);
        return false;
    }
    transaction_start(rest, &rest->deadline, 64 * (uint64_t)transaction->all->t1_ms,
                      transaction_deadline_end);
    return true;
}

bool transaction_answer_challenge(struct sip_transaction *transaction,
                                  const struct sip_message *response) {
    struct sip_transactions *transactions = transaction->all;
    struct sip_request_anew anew = {.branch = ""};
    struct sip_message request;
    char key[TRANSACTION_KEY_MAX], *copy;
    if ((response->status != 401 && response->status != 407) || transactions->challenged == NULL ||
        transaction->cancelled) {
        return false;
    }
    (void)sip_message_parse(transaction->message, transaction->message_length, &request);
    /* All branches of ours are of one length, and so the keys. */
    if (!transactions->challenged(transactions->user, &transaction->flow, &request, response,
                                  transaction->challenges_answered, &anew) ||
        transaction_client_key(sip_text_of(anew.branch), request.method, key) !=
            transaction->key_length ||
        (copy = malloc(anew.length)) == NULL) {
        return false;
    }
    memcpy(copy, anew.data, anew.length);
    if (!leave_behind(transaction)) {
        free(copy);
        return false;
    }
    (void)sj_map_remove(&transactions->table, &transaction->link);
    memcpy(transaction->key, key, transaction->key_length);
    sj_map_add(&transactions->table, &transaction->link,
               sj_hash_keyed(key, transaction->key_length));
    free(transaction->message);
    transaction->message = copy;
    transaction->message_length = anew.length;
    transaction->challenges_answered++;
    transaction_send_first(transaction);
    return true;
}
