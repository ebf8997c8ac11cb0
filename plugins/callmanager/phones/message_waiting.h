/* Whether messages wait for a directory number: kept in the store, so that it outlives restarts and
 * is the same wherever the number is. */
#ifndef CALLMANAGER_MESSAGE_WAITING_H
#define CALLMANAGER_MESSAGE_WAITING_H

#include "core/call_manager.h"
#include "phones/message_summary.h"

/* Nothing waits where nobody has said so. */
void message_waiting_get(struct call_manager *manager, const char *directory_number,
                         struct message_summary *summary);
/* Writes it; `done` is called when that is durable. Phones hear of it as the store says that it has
 * changed. SJ_OK, or a negative code with the error; then `done` is not called. */
int message_waiting_keep(sj_scope *scope, const char *directory_number,
                         const struct message_summary *summary, const char *source,
                         sj_result_fn done, void *user, sj_error *error);
/* The number is no more. */
void message_waiting_forget(struct call_manager *manager, const char *directory_number);
/* Answers message_waiting.set. */
int message_waiting_open(struct call_manager *manager, sj_error *error);

#endif
