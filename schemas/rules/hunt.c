/* Rules of hunting: a pilot leads somewhere, and its timer ends no member's ringing. */
#include "rules/rules.h"

#include <sojourn/base/text.h>

#include "resources/hunt.h"

static const void *find(const struct sj_rule_check *check, const sj_resource_meta *meta,
                        const char *key) {
    const void *record = NULL;
    return sj_given(key) && check->find(check->user, meta, key, &record) == SJ_OK ? record : NULL;
}

/* With equal times it would hang on chance whether the next member rings or the hunt ends. */
static void check_timer(const struct sj_rule_check *check, const sj_hunt_pilot *pilot) {
    const sj_hunt_list *list = find(check, &sj_hunt_list_meta, pilot->hunt_list);
    for (size_t i = 0; list != NULL && i < list->members_count; i++) {
        const sj_line_group *group = find(check, &sj_line_group_meta, list->members[i]);
        if (group != NULL && group->rna_reversion_timeout == pilot->maximum_hunt_timer) {
            sj_rule_tell(check, sj_rule_field("maximum_hunt_timer"),
                         "expected another time than the RNA Reversion Timeout of line group "
                         "\"%s\", which is %lld s, too",
                         group->name, (long long)group->rna_reversion_timeout);
        }
    }
}

void sj_rule_hunt_pilot(const struct sj_rule_check *check, const void *record) {
    const sj_hunt_pilot *pilot = record;
    if (!sj_given(pilot->hunt_list) && !pilot->block) {
        sj_rule_tell(check, sj_rule_field("hunt_list"),
                     "expected the hunt list at whose members calls ring, or true in block, got "
                     "none of them");
    }
    check_timer(check, pilot);
}
