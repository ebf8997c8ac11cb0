/* Rules of locations, links and regions: a link joins two different places, once; two regions have
 * one relationship; a hub is a node, of one group. */
#include "rules/rules.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <sojourn/locations.h>

#include "resources/lbm_hub_group.h"
#include "resources/location.h"
#include "resources/region.h"

/* The @ joins the two names in the key of what stands between them. */
static void check_name(const struct sj_rule_check *check, const char *name, const char *joined) {
    if (strchr(name, '@') != NULL) {
        sj_rule_tell(check, sj_rule_field("name"),
                     "expected a name without @, which joins the names of %s, got \"%s\"", joined,
                     name);
    }
}

/* Names of locations have case, and who writes hub_none means Hub_None. */
static void check_built_in(const struct sj_rule_check *check, const char *name) {
    for (const char *const *always = sj_rule_always(&sj_location_meta); *always != NULL; always++) {
        if (strcasecmp(name, *always) == 0 && strcmp(name, *always) != 0) {
            sj_rule_tell(check, sj_rule_field("name"),
                         "expected a name that differs from \"%s\", which is always there, in "
                         "more than small and capital letters, got \"%s\"",
                         *always, name);
        }
    }
}

void sj_rule_location(const struct sj_rule_check *check, const void *record) {
    const sj_location *location = record;
    check_name(check, location->name, "a link");
    check_built_in(check, location->name);
}

const char *const *sj_rule_always(const sj_resource_meta *meta) {
    static const char *const locations[] = {SJ_LOCATION_HUB_NONE, SJ_LOCATION_PHANTOM,
                                            SJ_LOCATION_SHADOW, NULL};
    static const char *const none[] = {NULL};
    return strcmp(meta->record->name, sj_location_meta.record->name) == 0 ? locations : none;
}

const char *sj_rule_stays(const sj_resource_meta *meta, const char *key) {
    for (const char *const *always = sj_rule_always(meta); *always != NULL; always++) {
        if (strcmp(key, *always) == 0) {
            return "it is always there: calls, links and trunks between clusters name it";
        }
    }
    return NULL;
}

/* The other hub group that has the node; NULL: none. */
static const sj_lbm_hub_group *other_group_of(const sj_list *groups, const char *name,
                                              const char *node) {
    for (size_t i = 0; i < groups->count; i++) {
        const sj_lbm_hub_group *other = groups->records[i];
        for (size_t k = 0; k < other->members_count && strcmp(other->name, name) != 0; k++) {
            if (strcmp(other->members[k], node) == 0) {
                return other;
            }
        }
    }
    return NULL;
}

static void check_one_group(const struct sj_rule_check *check, const sj_lbm_hub_group *group) {
    const sj_list *groups = NULL;
    if (check->list(check->user, &sj_lbm_hub_group_meta, NULL, &groups) != SJ_OK) {
        return;
    }
    for (size_t i = 0; i < group->members_count; i++) {
        const sj_lbm_hub_group *other =
            group->members[i] == NULL ? NULL
                                      : other_group_of(groups, group->name, group->members[i]);
        if (other != NULL) {
            sj_rule_tell(check, (struct sj_rule_place){"members", i, NULL},
                         "expected a node of no other hub group, got \"%.100s\", which is a member "
                         "of \"%s\": take it out there first",
                         group->members[i], other->name);
        }
    }
}

/* A node that is none is no hub, and of two groups one counts: nobody counts with the other
 * clusters as was meant, and nothing says so. */
void sj_rule_lbm_hub_group(const struct sj_rule_check *check, const void *record) {
    const sj_lbm_hub_group *group = record;
    sj_rule_nodes(check, "members", group->members, group->members_count);
    check_one_group(check, group);
    if (group->members_count == 0 && group->bootstrap_hubs_count > 0) {
        sj_rule_tell(check, sj_rule_field("members"),
                     "expected the node of this cluster that asks the bootstrap hubs, such as %s, "
                     "got none",
                     check->node->name);
    }
}

void sj_rule_region(const struct sj_rule_check *check, const void *record) {
    check_name(check, ((const sj_region *)record)->name, "a relationship");
}

void sj_rule_region_relation(const struct sj_rule_check *check, const void *record) {
    const sj_region_relation *relation = record;
    const void *found = NULL;
    char reversed[128];
    (void)snprintf(reversed, sizeof reversed, "%s@%s", relation->other_region, relation->region);
    if (strcmp(relation->region, relation->other_region) != 0 &&
        check->find(check->user, &sj_region_relation_meta, reversed, &found) == SJ_OK) {
        sj_rule_tell(check, sj_rule_field("other_region"),
                     "the relationship of \"%s\" and \"%s\" is there already, as \"%s\": it "
                     "holds in both directions",
                     relation->region, relation->other_region, reversed);
    }
}

static void check_end(const struct sj_rule_check *check, const char *name, const char *field) {
    if (strcmp(name, SJ_LOCATION_PHANTOM) == 0 || strcmp(name, SJ_LOCATION_SHADOW) == 0) {
        sj_rule_tell(check, sj_rule_field(field),
                     "expected a location that links can lead to, got \"%s\", which has none: "
                     "calls with an end there are counted otherwise",
                     name);
    }
}

void sj_rule_location_link(const struct sj_rule_check *check, const void *record) {
    const sj_location_link *link = record;
    const struct sj_rule_place there = sj_rule_field("other_location");
    const void *found = NULL;
    char reversed[128];
    check_end(check, link->location, "location");
    check_end(check, link->other_location, "other_location");
    if (strcmp(link->location, link->other_location) == 0) {
        sj_rule_tell(check, there,
                     "expected another location than \"%s\": calls within a location take from "
                     "the location's own bandwidth",
                     link->location);
        return;
    }
    (void)snprintf(reversed, sizeof reversed, "%s@%s", link->other_location, link->location);
    if (check->find(check->user, &sj_location_link_meta, reversed, &found) == SJ_OK) {
        sj_rule_tell(check, there,
                     "the link between \"%s\" and \"%s\" is there already, as \"%s\": a link "
                     "holds in both directions",
                     link->location, link->other_location, reversed);
    }
}
