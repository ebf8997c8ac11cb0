/* The memory of cJSON: wiped when it is freed, as a JSON text from outside may hold a PIN; and
 * whether there was too little of it, which cJSON does not tell from a text that is wrong. */
#ifndef HOST_RECORD_JSON_MEMORY_H
#define HOST_RECORD_JSON_MEMORY_H

#include <stdbool.h>

/* From now on, in this process. */
void sj_json_memory_hooks(void);
/* Whether an allocation has failed in this thread since the last call. */
bool sj_json_memory_was_short(void);

#endif
