/* Compares an analysis with what was expected of it. Pure. */
#include "expectation.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <string.h>

enum { FIELDS = 7, FOUND_MAX = 3 };

/* Which of the two is judged. A call that is refused reaches nothing that must names, unless it
 * names such an outcome; where the plan leads it may go yet, and must_not means that too. */
enum side { MUST, MUST_NOT };

/* One field of what is expected, and what was found of it; the cluster has several names: where a
 * traveller's call goes back to, whose address it is, and who advertised what matched. */
struct compared {
    const char *name, *expected, *found[FOUND_MAX];
};

/* The call would get an answer although what it matched leads somewhere. */
static bool is_refused(const sj_call_analyse_reply *reply) {
    static const char *const leading[] = {"phone", "trunk",  "return_to_visiting_cluster",
                                          "hunt",  "pickup", "message_waiting"};
    for (size_t i = 0; i < sizeof leading / sizeof leading[0]; i++) {
        if (reply->status != 0 && strcmp(reply->outcome, leading[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* For one of the devices that are tried; NULL: none is. */
static void pair(const sj_expected_route *expected, const sj_call_analyse_reply *reply,
                 enum side side, const sj_call_destination *tried, struct compared pairs[FIELDS]) {
    const bool refused = is_refused(reply);
    const struct compared all[FIELDS] = {
        {"outcome",
         expected->outcome == SJ_EXPECTED_ROUTE_OUTCOME_ANY
             ? ""
             : sj_expected_route_outcome_text(expected->outcome),
         {refused ? "refused" : reply->outcome, refused && side == MUST_NOT ? reply->outcome : ""}},
        {"pattern", expected->pattern, {reply->pattern}},
        {"partition", expected->partition, {reply->partition}},
        {"device",
         expected->device,
         {tried != NULL && !(reply->status != 0 && side == MUST) ? tried->device : ""}},
        {"called_number",
         expected->called_number,
         {tried != NULL ? tried->called_number : reply->called_number}},
        {"calling_number",
         expected->calling_number,
         {tried != NULL ? tried->calling_number : reply->calling_number}},
        {"remote_cluster_id",
         expected->remote_cluster_id,
         {tried != NULL ? tried->remote_cluster_id : "",
          tried != NULL ? tried->next_cluster_id : "", reply->learned_from}},
    };
    memcpy(pairs, all, sizeof all);
}

bool expectation_is_empty(const sj_expected_route *expected) {
    return expected->outcome == SJ_EXPECTED_ROUTE_OUTCOME_ANY && !sj_given(expected->pattern) &&
           !sj_given(expected->partition) && !sj_given(expected->device) &&
           !sj_given(expected->called_number) && !sj_given(expected->calling_number) &&
           !sj_given(expected->remote_cluster_id);
}

/* The first field that is another than expected; NULL: all that are given are as expected. */
static const struct compared *difference(const struct compared pairs[FIELDS]) {
    for (size_t i = 0; i < FIELDS; i++) {
        bool equal = !sj_given(pairs[i].expected);
        for (size_t k = 0; k < FOUND_MAX && !equal; k++) {
            equal =
                sj_given(pairs[i].found[k]) && strcmp(pairs[i].expected, pairs[i].found[k]) == 0;
        }
        if (!equal) {
            return &pairs[i];
        }
    }
    return NULL;
}

static const char *found_text(const struct compared *pair) {
    for (size_t k = 0; k < FOUND_MAX; k++) {
        if (sj_given(pair->found[k])) {
            return pair->found[k];
        }
    }
    return "";
}

/* Whether there is a device that is tried at which all of what is given is as expected. If not,
 * `text` says what is different at each. */
static bool is_so(const sj_expected_route *expected, const sj_call_analyse_reply *reply,
                  enum side side, char *text, size_t room) {
    const size_t count = reply->destinations_count > 0 ? reply->destinations_count : 1;
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const sj_call_destination *tried =
            reply->destinations_count > 0 ? &reply->destinations[i] : NULL;
        const bool again = i > 0 && strcmp(tried->device, tried[-1].device) == 0;
        struct compared pairs[FIELDS];
        pair(expected, reply, side, tried, pairs);
        const struct compared *other = difference(pairs);
        if (other == NULL) {
            return true;
        }
        if (used < room && !again) { /* the addresses of a device have the same */
            used += (size_t)snprintf(text + used, room - used, "%s%s: expected \"%s\", got \"%s\"",
                                     i > 0 ? "; then " : "", other->name, other->expected,
                                     found_text(other));
        }
    }
    return false;
}

/* The call ends somewhere else than in an answer that refuses it. */
static bool reaches_something(const sj_call_analyse_reply *reply) {
    static const char *const nowhere[] = {"blocked", "no_match", "loop", "incomplete", "refused"};
    for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        if (strcmp(reply->outcome, nowhere[i]) == 0) {
            return false;
        }
    }
    return reply->status == 0;
}

bool expectation_judge(const sj_expected_route *must, const sj_expected_route *must_not,
                       const sj_call_analyse_reply *reply, char *text, size_t room) {
    if (!is_so(must, reply, MUST, text, room)) {
        return false;
    }
    if (!expectation_is_empty(must) && must->outcome == SJ_EXPECTED_ROUTE_OUTCOME_ANY &&
        !reaches_something(reply)) {
        (void)snprintf(text, room, "outcome: expected a call that reaches something, got \"%s\"",
                       is_refused(reply) ? "refused" : reply->outcome);
        return false;
    }
    if (!expectation_is_empty(must_not) && is_so(must_not, reply, MUST_NOT, text, room)) {
        (void)snprintf(text, room, "it goes where it must not");
        return false;
    }
    text[0] = '\0';
    return true;
}
