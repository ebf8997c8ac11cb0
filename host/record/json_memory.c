/* The memory of cJSON, by its hooks. */
#include "host/record/json_memory.h"

#include <stdlib.h>

#include <cjson/cJSON.h>

#include "host/record/wipe.h"

static _Thread_local bool was_short;

static void *allocate(size_t size) {
    void *memory = malloc(size);
    was_short = was_short || memory == NULL;
    return memory;
}

void sj_json_memory_hooks(void) {
    cJSON_Hooks hooks = {allocate, sj_wipe_and_free};
    cJSON_InitHooks(&hooks);
}

bool sj_json_memory_was_short(void) {
    const bool before = was_short;
    was_short = false;
    return before;
}
