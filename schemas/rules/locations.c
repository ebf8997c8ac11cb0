/* Rules of locations and links: a link joins two different places, once. */
#include "rules/rules.h"

#include <stdio.h>
#include <string.h>

#include "resources/location.h"

/* The @ joins the two names of a link. */
void sj_rule_location(const struct sj_rule_check *check, const void *record) {
    const sj_location *location = record;
    if (strchr(location->name, '@') != NULL) {
        sj_rule_tell(check, sj_rule_field("name"),
                     "expected a name without @, which joins the names of a link, got \"%s\"",
                     location->name);
    }
}

static void check_end(const struct sj_rule_check *check, const char *name, const char *field) {
    if (strcmp(name, "Phantom") == 0 || strcmp(name, "Shadow") == 0) {
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
