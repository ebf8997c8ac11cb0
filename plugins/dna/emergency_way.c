/* What is known of one way of emergency calls, from the analysis of it. Nothing that was not
 * observed is a way. Pure. */
#include "emergency.h"

static const char *const words[] = {
    [EMERGENCY_WAY] = "no", [EMERGENCY_HOLE] = "yes", [EMERGENCY_NOT_KNOWN] = "not known"};

const char *emergency_way_word(enum emergency_way way) {
    return words[way];
}

enum emergency_way emergency_way_of(const char *word) {
    return strcmp(word, words[EMERGENCY_WAY]) == 0    ? EMERGENCY_WAY
           : strcmp(word, words[EMERGENCY_HOLE]) == 0 ? EMERGENCY_HOLE
                                                      : EMERGENCY_NOT_KNOWN;
}

bool emergency_is_number(const char *text) {
    const size_t digits = strspn(text, "0123456789*#+");
    return digits > 0 && digits <= 50 && text[digits] == '\0';
}

/* Through the cluster to which the call goes. */
static enum emergency_way judge_continued(const char *cluster_id,
                                          const struct dna_continued *continued, char *text,
                                          size_t room) {
    if (continued->outcome == NULL) {
        (void)snprintf(text, room,
                       continued->circle ? "at cluster %s: %s"
                                         : "cluster %s decides, and has not said: %s",
                       cluster_id, sj_or_empty(continued->why_not));
        return continued->circle ? EMERGENCY_HOLE : EMERGENCY_NOT_KNOWN;
    }
    const bool trunk = strcmp(continued->outcome, "trunk") == 0;
    const bool leaves = trunk && !continued->not_callable && !continued->further;
    (void)snprintf(text, room, "at cluster %s: %s%s", cluster_id, continued->explanation,
                   continued->circle         ? "; from there it goes in a circle"
                   : continued->not_callable ? "; none of these trunks can be called"
                   : leaves && !continued->reached
                       ? "; that such a trunk answers has not been observed there"
                       : "");
    if (continued->circle) {
        return EMERGENCY_HOLE;
    }
    if (continued->further || strcmp(continued->outcome, "return_to_visiting_cluster") == 0) {
        return EMERGENCY_NOT_KNOWN;
    }
    return !leaves ? EMERGENCY_HOLE : continued->reached ? EMERGENCY_WAY : EMERGENCY_NOT_KNOWN;
}

static void add_words(char *text, size_t room, const char *subject, const char *said) {
    const size_t used = strlen(text);
    (void)snprintf(text + used, room - used, "%s%s%s", used > 0 ? "; " : "", subject, said);
}

enum emergency_way emergency_way_observed(const sj_call_destination *way, char *text, size_t room) {
    if (way->reachable) {
        return EMERGENCY_WAY;
    }
    char said[400];
    (void)snprintf(said, sizeof said,
                   "that %.150s answers has not been observed: sojourn sip-trunk status %.150s",
                   way->device, way->device);
    add_words(text, room, said, "");
    return EMERGENCY_NOT_KNOWN;
}

/* The digit after which dialling ends, when that is not the number's last; NULL: it is. */
static const sj_dialled_prefix *early_end(const sj_call_analyse_reply *reply, const char *number) {
    const sj_dialled_prefix *last =
        reply->prefixes_count > 0 ? &reply->prefixes[reply->prefixes_count - 1] : NULL;
    return last != NULL && strcmp(last->digits, number) != 0 ? last : NULL;
}

bool emergency_way_is_refused_early(const sj_call_analyse_reply *reply, const char *number) {
    const sj_dialled_prefix *end = early_end(reply, number);
    return end != NULL && strcmp(end->state, "nothing") == 0;
}

static bool leads_to_help(const sj_call_analyse_reply *reply) {
    return reply->destinations_count > 0 && reply->destinations[0].never_refused;
}

bool emergency_way_ends_sooner(const sj_call_analyse_reply *reply, const char *number) {
    return early_end(reply, number) != NULL && leads_to_help(reply) &&
           strcmp(reply->outcome, "trunk") == 0;
}

bool emergency_way_depends(const struct emergency_plan *plan, const char *scheduled, char *text,
                           size_t room) {
    const bool depends = scheduled[0] != '\0' && !plan->at_a_time;
    if (depends) {
        add_words(text, room, scheduled,
                  " has a time schedule, and at another time the call may go elsewhere: ask of "
                  "each with at=TIME");
    }
    return depends;
}

/* Whether the call goes this way at any time, however many others do. */
static enum emergency_way judge_always(const struct emergency_plan *plan,
                                       const sj_call_analyse_reply *reply,
                                       const struct dna_continued *continued, const char *number,
                                       const sj_call_destination *way, char *text, size_t room) {
    const char *scheduled = reply->scheduled_partition[0] != '\0' ? reply->scheduled_partition
                            : continued != NULL ? sj_or_empty(continued->scheduled_partition)
                                                : "";
    enum emergency_way known =
        emergency_way_depends(plan, scheduled, text, room) ? EMERGENCY_NOT_KNOWN : EMERGENCY_WAY;
    if (way->needs_lbm && !way->lbm_answers) {
        add_words(text, room, "no Location Bandwidth Manager answers",
                  ", and Call Treatment When No LBM Available is to reject calls");
        add_words(text, room, number,
                  " is no emergency number in the dial plan (Is an Emergency Services Number)");
        return EMERGENCY_HOLE;
    }
    if (way->needs_lbm) {
        add_words(text, room, number,
                  " is no emergency number in the dial plan (Is an Emergency Services Number): "
                  "while no Location Bandwidth Manager answers it is refused (Call Treatment When "
                  "No LBM Available), and where there is too little bandwidth it may be");
        known = EMERGENCY_NOT_KNOWN;
    } else if (plan->has_locations && !way->never_refused) {
        add_words(text, room, number,
                  " is no emergency number in the dial plan (Is an Emergency Services "
                  "Number): where there is too little bandwidth it may be refused");
        known = EMERGENCY_NOT_KNOWN;
    }
    return known;
}

/* Who helps has to call back. What comes back to another cluster is shown by that one's gateway. */
static enum emergency_way judge_shown(const sj_call_destination *way, bool returns,
                                      const char *number, char *text, size_t room) {
    if (way->calling_uri[0] == '\0' && (!way->withheld || returns)) {
        return EMERGENCY_WAY;
    }
    (void)snprintf(
        text, room,
        "who helps is shown no number to call back: %.300s; %s is no emergency number in "
        "the dial plan (Is an Emergency Services Number)",
        way->text, number);
    return EMERGENCY_HOLE;
}

enum emergency_way emergency_way_judge(const struct emergency_plan *plan,
                                       const sj_call_analyse_reply *reply,
                                       const struct dna_continued *continued, const char *number,
                                       const sj_call_destination **way, char *text, size_t room) {
    const bool returns = reply != NULL && strcmp(reply->outcome, "return_to_visiting_cluster") == 0;
    *way = NULL;
    if (reply == NULL) {
        return EMERGENCY_HOLE;
    }
    text[0] = '\0';
    const sj_dialled_prefix *early = early_end(reply, number);
    if (early != NULL && !leads_to_help(reply)) {
        (void)snprintf(text, room,
                       "of a phone that sends digit after digit the call goes out after %s, before "
                       "the number is complete (%s): %s",
                       early->digits, early->text, reply->explanation);
        return EMERGENCY_HOLE;
    }
    if ((!returns && strcmp(reply->outcome, "trunk") != 0) || reply->destinations_count == 0 ||
        reply->destinations == NULL) {
        (void)snprintf(text, room, "%s", reply->explanation);
        return EMERGENCY_HOLE;
    }
    if (reply->learned_from[0] != '\0') {
        (void)snprintf(text, room,
                       "it is a number that cluster %s advertises, and no gateway here: a route "
                       "pattern of %s must be reached first",
                       reply->learned_from, number);
        return EMERGENCY_HOLE;
    }
    *way = reply->status == 0 ? dna_callable(reply) : NULL;
    if (reply->status != 0) {
        (void)snprintf(text, room, "%s", reply->explanation);
        return EMERGENCY_HOLE;
    }
    if (*way == NULL) {
        (void)snprintf(text, room, "it goes to %s, which %s", reply->destinations[0].device,
                       reply->destinations[0].unreachable
                           ? "does not answer: sojourn sip-trunk status"
                           : "cannot be called at present: sojourn sip-trunk status");
        return EMERGENCY_HOLE;
    }
    if (judge_shown(*way, returns, number, text, room) != EMERGENCY_WAY) {
        return EMERGENCY_HOLE;
    }
    const char *cluster_id = returns ? (*way)->remote_cluster_id : (*way)->next_cluster_id;
    if (returns || (cluster_id[0] != '\0' && continued == NULL)) {
        (void)snprintf(text, room,
                       "cluster %s decides: ask there, sojourn dna emergency numbers=%s%s",
                       cluster_id, (*way)->called_number, returns ? ", of its visitors" : "");
        return EMERGENCY_NOT_KNOWN;
    }
    const enum emergency_way there =
        cluster_id[0] == '\0' ? EMERGENCY_WAY : judge_continued(cluster_id, continued, text, room);
    if (there != EMERGENCY_WAY) {
        return there;
    }
    const enum emergency_way always =
                                 judge_always(plan, reply, continued, number, *way, text, room),
                             observed = emergency_way_observed(*way, text, room);
    return always == EMERGENCY_WAY ? observed : always;
}
