/* Compares an analysis with what was expected of it. Pure. */
#include "expectation.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <string.h>

enum { FIELDS = 7 };

/* The same field of what is expected and of what was found. */
struct compared {
    const char *name, *expected, *found;
};

static void pair(const sj_expected_route *expected, const sj_call_analyse_reply *reply,
                 struct compared pairs[FIELDS]) {
    const sj_call_destination *first =
        reply->destinations_count > 0 ? &reply->destinations[0] : NULL;
    const struct compared all[FIELDS] = {
        {"outcome",
         expected->outcome == SJ_EXPECTED_ROUTE_OUTCOME_ANY
             ? ""
             : sj_expected_route_outcome_text(expected->outcome),
         reply->outcome},
        {"pattern", expected->pattern, reply->pattern},
        {"partition", expected->partition, reply->partition},
        {"device", expected->device, first != NULL ? first->device : ""},
        {"called_number", expected->called_number, reply->called_number},
        {"calling_number", expected->calling_number, reply->calling_number},
        {"remote_cluster_id", expected->remote_cluster_id,
         first != NULL ? first->remote_cluster_id : ""},
    };
    memcpy(pairs, all, sizeof all);
}

bool expectation_is_empty(const sj_expected_route *expected) {
    return expected->outcome == SJ_EXPECTED_ROUTE_OUTCOME_ANY && !sj_given(expected->pattern) &&
           !sj_given(expected->partition) && !sj_given(expected->device) &&
           !sj_given(expected->called_number) && !sj_given(expected->calling_number) &&
           !sj_given(expected->remote_cluster_id);
}

static bool is_as_it_must(const sj_expected_route *must, const sj_call_analyse_reply *reply,
                          char *text, size_t room) {
    struct compared pairs[FIELDS];
    pair(must, reply, pairs);
    for (size_t i = 0; i < FIELDS; i++) {
        if (sj_given(pairs[i].expected) && strcmp(pairs[i].expected, pairs[i].found) != 0) {
            (void)snprintf(text, room, "%s: expected \"%s\", got \"%s\"", pairs[i].name,
                           pairs[i].expected, pairs[i].found);
            return false;
        }
    }
    return true;
}

/* All of what is given, at any of the devices that are tried. */
static bool is_as_it_must_not(const sj_expected_route *must_not,
                              const sj_call_analyse_reply *reply) {
    struct compared pairs[FIELDS];
    pair(must_not, reply, pairs);
    for (size_t i = 0; i < FIELDS; i++) {
        bool equal = !sj_given(pairs[i].expected) || strcmp(pairs[i].expected, pairs[i].found) == 0;
        for (size_t k = 1;
             !equal && strcmp(pairs[i].name, "device") == 0 && k < reply->destinations_count; k++) {
            equal = strcmp(pairs[i].expected, reply->destinations[k].device) == 0;
        }
        if (!equal) {
            return false;
        }
    }
    return true;
}

bool expectation_judge(const sj_expected_route *must, const sj_expected_route *must_not,
                       const sj_call_analyse_reply *reply, char *text, size_t room) {
    text[0] = '\0';
    if (!is_as_it_must(must, reply, text, room)) {
        return false;
    }
    if (!expectation_is_empty(must_not) && is_as_it_must_not(must_not, reply)) {
        (void)snprintf(text, room, "it goes where it must not");
        return false;
    }
    return true;
}
