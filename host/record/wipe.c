/* Wiping what is freed. */
#include "host/record/wipe.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "host/record/record.h"

void sj_wipe_and_free(void *memory) {
    if (memory != NULL) {
        explicit_bzero(memory, malloc_usable_size(memory));
        free(memory);
    }
}

void sj_host_record_free(void *record) {
    sj_wipe_and_free(record);
}
