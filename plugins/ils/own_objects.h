/* What this cluster states: what its records say. A change of a record costs what that record
 * costs; what takes longer (a start, a role, a catalog) is done in steps of the loop. */
#ifndef ILS_OWN_OBJECTS_H
#define ILS_OWN_OBJECTS_H

#include "own_records.h"

/* Looks at a record, which has changed or is read: states what it says, withdraws what it does not
 * say any more. `record` NULL: there is none of this key. */
void ils_own_look(struct ils_service *service, enum ils_source source, const char *record_key,
                  const void *record);
/* Withdraws, of at most so many objects behind `own.withdrawn`, those that no record makes. False:
 * that were all. */
bool ils_own_withdraw_others(struct ils_service *service, size_t most);

enum { ILS_SENTENCES_MOST = 100, ILS_SENTENCE_ROOM = 2 * ILS_RECORD_ROOM + ILS_KEY_MAX + 100 };
/* What is not told to others, a sentence each; `conflicts`: only where several records make the
 * same. */
size_t ils_own_sentences(struct ils_service *service, bool conflicts,
                         char (*sentences)[ILS_SENTENCE_ROOM], size_t most);
/* Nothing is known of any record any more. */
void ils_own_free(struct ils_own_objects *own);

#endif
