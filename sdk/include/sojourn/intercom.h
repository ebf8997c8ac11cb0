/* Which numbers are intercom numbers: those of partitions that are for intercom. */
#ifndef SOJOURN_INTERCOM_H
#define SOJOURN_INTERCOM_H

#include "scope.h"

/* Whether the directory number with that key ("7001@Intercom") is one, as the store has it now. */
bool sj_is_intercom_number(sj_scope *scope, const char *key);

#endif
