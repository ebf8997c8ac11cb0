/* Rules of the house's own records that no declaration can say, since they join two fields or two records. */
#include <string.h>

#include "../record/record.h"
#include "internal.h"
#include "resources/default_device_profile.h"
#include "resources/device_profile.h"
#include "resources/phone.h"
#include "resources/phone_model.h"

static bool is_of(const sj_resource_meta *meta, const sj_resource_meta *house) {
    return strcmp(meta->record->name, house->record->name) == 0;
}

/* SCCP is a word of the field that no service here speaks. */
static void check_protocol(const sj_resource_meta *meta, const void *record, const sj_path *path, sj_problems *problems) {
    const sj_field *field = sj_record_field(meta->record, "protocol");
    const sj_path here = {path, "protocol", 0};
    if (field != NULL && strcmp(sj_enum_word(field, *(const int *)sj_member_const(record, field->offset)), "SCCP") == 0) {
        sj_problem(problems, &here, SJ_E_INVALID,
                   "expected \"SIP\", got \"SCCP\": no service of this node speaks SCCP; load SIP firmware");
    }
}

/* A phone has keys for so many lines; expansion modules bring at most 36 more each. */
static void check_lines(struct store *store, const sj_resource_meta *meta, const void *record, const sj_path *path,
                        sj_problems *problems) {
    enum { MODULE_KEYS = 36 };
    const sj_field *lines = sj_record_field(meta->record, "lines"), *model = sj_record_field(meta->record, "model"),
                   *modules = sj_record_field(meta->record, "expansion_modules");
    const sj_path here = {path, "lines", 0};
    size_t count = 0, attached = 0;
    void *found = NULL;
    if (lines == NULL || model == NULL || modules == NULL) {
        return;
    }
    (void)sj_member_items(record, lines, &count);
    (void)sj_member_items(record, modules, &attached);
    if (count < 2 || sj_store_get(store, &sj_phone_model_meta, sj_member_text(record, model->offset), &found, NULL) != SJ_OK) {
        return;
    }
    const sj_phone_model *of = found;
    const size_t most = (size_t)of->maximum_lines + attached * MODULE_KEYS;
    if (count > most) {
        sj_problem(problems, &here, SJ_E_INVALID,
                   "expected at most %zu lines, as a %s has keys for (maximum_lines of the phone_model), got %zu", most,
                   of->name, count);
    }
    sj_host_record_free(found);
}

void store_check_house_rules(struct store *store, const sj_resource_meta *meta, const void *record, const sj_path *path,
                             sj_problems *problems) {
    if (is_of(meta, &sj_phone_meta) || is_of(meta, &sj_device_profile_meta)) {
        check_protocol(meta, record, path, problems);
        check_lines(store, meta, record, path, problems);
    } else if (is_of(meta, &sj_default_device_profile_meta)) {
        check_protocol(meta, record, path, problems);
    }
}
