/* What two declarations of a hook have in common. Pure. */
#include "host/policy/meta.h"

#include <stdint.h>

size_t sj_meta_common(const sj_record_meta *own, const sj_record_meta *caller) {
    size_t count =
        own->fields_count < caller->fields_count ? own->fields_count : caller->fields_count;
    return own->fingerprints[count] == caller->fingerprints[count] ? count : SIZE_MAX;
}
