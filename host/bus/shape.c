/* The shapes of declarations: own copies while anybody uses them, and their comparison. */
#include "host/bus/shape.h"

#include <stdlib.h>
#include <string.h>

static int compare(const uint64_t *known, size_t known_fields, const sj_record_meta *meta,
                   const char *what, sj_error *error) {
    size_t common = known_fields < meta->fields_count ? known_fields : meta->fields_count;
    if (known[common] == meta->fingerprints[common]) {
        return SJ_OK;
    }
    return sj_error_set(error, SJ_E_VERSION,
                        "%s %s is declared differently by its users: their first %zu fields have "
                        "fingerprint %016llx, here %016llx",
                        what, meta->name, common, (unsigned long long)known[common],
                        (unsigned long long)meta->fingerprints[common]);
}

int sj_shape_agree(const sj_record_meta *one, const sj_record_meta *other, const char *what,
                   sj_error *error) {
    return one == other ? SJ_OK : compare(one->fingerprints, one->fields_count, other, what, error);
}

int sj_shape_join(struct shape *shape, const sj_record_meta *meta, const char *what,
                  sj_error *error) {
    int status =
        shape->users == 0 ? SJ_OK : compare(shape->fingerprints, shape->fields, meta, what, error);
    if (status != SJ_OK) {
        return status;
    }
    if (shape->users == 0 || meta->fields_count > shape->fields) {
        size_t bytes = (meta->fields_count + 1) * sizeof *shape->fingerprints;
        uint64_t *copy = malloc(bytes);
        if (copy == NULL) {
            return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for %s %s", what, meta->name);
        }
        memcpy(copy, meta->fingerprints, bytes);
        free(shape->fingerprints);
        shape->fingerprints = copy;
        shape->fields = meta->fields_count;
    }
    shape->users++;
    return SJ_OK;
}

void sj_shape_release(struct shape *shape) {
    if (--shape->users == 0) {
        free(shape->fingerprints);
        shape->fingerprints = NULL;
        shape->fields = 0;
    }
}
