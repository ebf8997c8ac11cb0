/* Rules of the call managers of a cluster, their groups, and how they speak SIP. */
#include "rules/rules.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/words.h>

#include "resources/call_manager.h"
#include "resources/call_manager_group.h"
#include "resources/node.h"
#include "resources/sip_profile.h"

/* What is given to a node that is none holds for nobody; NULL: no text, which is told already. */
static void check_node(const struct sj_rule_check *check, const char *name,
                       struct sj_rule_place place) {
    const void *found = NULL;
    if (name != NULL && name[0] != '\0' &&
        check->find(check->user, &sj_cluster_node_meta, name, &found) == SJ_E_NOT_FOUND) {
        sj_rule_tell(check, place,
                     "expected the name of a node of this cluster such as %s, got \"%s\", which "
                     "does not exist; sojourn node "
                     "list shows them",
                     check->node->name, name);
    }
}

/* The numbers that unknown phones are given: from the first to the last. */
static void check_number_range(const struct sj_rule_check *check, const sj_call_manager *manager) {
    enum { MOST = 10000 };
    static const char digits[] = "0123456789";
    const char *first = manager->starting_directory_number,
               *last = manager->ending_directory_number;
    const struct sj_rule_place from = sj_rule_field("starting_directory_number"),
                               to = sj_rule_field("ending_directory_number");
    if (strspn(first, digits) != strlen(first)) {
        sj_rule_tell(check, from, "expected digits, as numbers are counted from it, got \"%s\"",
                     first);
    } else if (strlen(first) != strlen(last) || strspn(last, digits) != strlen(last)) {
        sj_rule_tell(
            check, to,
            "expected %zu digit%s, as the starting directory number \"%s\" has, got \"%s\"",
            strlen(first), sj_plural((int64_t)strlen(first)), first, last);
    } else if (strcmp(last, first) < 0 ||
               strtoull(last, NULL, 10) - strtoull(first, NULL, 10) >= MOST) {
        sj_rule_tell(check, to,
                     "expected a number from the starting directory number \"%s\" on, of the %d "
                     "from there, got \"%s\"",
                     first, (int)MOST, last);
    }
}

void sj_rule_call_manager(const struct sj_rule_check *check, const void *record) {
    const sj_call_manager *manager = record;
    check_node(check, manager->name, sj_rule_field("name"));
    check_number_range(check, manager);
}

/* Whether the node stands before in the list already; NULL: no text, which is told already. */
static void check_once(const struct sj_rule_check *check, const char *const *names, size_t index,
                       const char *list) {
    for (size_t i = 0; i < index; i++) {
        if (names[i] != NULL && names[index] != NULL && names[index][0] != '\0' &&
            strcmp(names[i], names[index]) == 0) {
            sj_rule_tell(check, (struct sj_rule_place){list, index, NULL},
                         "expected each of them once, got \"%.100s\" again", names[index]);
            return;
        }
    }
}

void sj_rule_nodes(const struct sj_rule_check *check, const char *list, const char *const *names,
                   size_t count) {
    for (size_t i = 0; i < count; i++) {
        check_node(check, names[i], (struct sj_rule_place){list, i, NULL});
        check_once(check, names, i, list);
    }
}

/* A node that is none is passed over: phones of the group find fewer nodes, or none. */
void sj_rule_call_manager_group(const struct sj_rule_check *check, const void *record) {
    const sj_call_manager_group *group = record;
    sj_rule_nodes(check, "nodes", group->nodes, group->nodes_count);
}

void sj_rule_sip_profile(const struct sj_rule_check *check, const void *record) {
    const sj_sip_profile *profile = record;
    const struct sj_rule_place ports = sj_rule_field("stop_media_port"),
                               t2 = sj_rule_field("timer_t2_ms");
    if (profile->stop_media_port <= profile->start_media_port) {
        sj_rule_tell(check, ports, "expected more than start_media_port, %lld, got %lld",
                     (long long)profile->start_media_port, (long long)profile->stop_media_port);
    }
    if (profile->timer_t2_ms < profile->timer_t1_ms) {
        sj_rule_tell(check, t2, "expected timer_t1_ms, %lld, or more, got %lld",
                     (long long)profile->timer_t1_ms, (long long)profile->timer_t2_ms);
    }
    sj_rule_headers_passed_through(check, profile->headers_passed_through,
                                   profile->headers_passed_through_count);
}
