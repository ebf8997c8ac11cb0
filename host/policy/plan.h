/* How a struct is copied with all it points to, worked out once per declaration: which offsets hold
 * texts (those of embedded records among them), which hold what must not be kept, and which fields
 * are lists. Pure. */
#ifndef HOST_POLICY_PLAN_H
#define HOST_POLICY_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sojourn/schema.h>

enum { SJ_PLAN_TEXTS = 96, SJ_PLAN_BLANKS = 16, SJ_PLAN_LISTS = 16 };

struct sj_plan {
    const sj_record_meta *meta;
    bool whole; /* everything found a place below; else copies walk the metadata */
    uint32_t texts[SJ_PLAN_TEXTS], blanks[SJ_PLAN_BLANKS];
    struct {
        const sj_field *field;
        uint32_t base; /* offset of the embedded record that has the list */
    } lists[SJ_PLAN_LISTS];
    size_t texts_count, blanks_count, lists_count;
};

void sj_plan_make(struct sj_plan *plan, const sj_record_meta *meta);

/* As sj_values_copy. */
void *sj_plan_copy(const struct sj_plan *plan, size_t fields, const void *record, char *bytes,
                   size_t size, size_t *used);

#endif
