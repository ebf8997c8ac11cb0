/* Analyses what was dialled, and asks ils.lookup for what the dial plan does not hold. */
#include "calls/call_analysis.h"
#include "parameters/enterprise.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

struct call_question {
    struct call_manager *manager;
    sj_scope *scope; /* of what is asked */
    struct kept_origin *kept;
    struct call_destination destination;
    struct call_facts facts;
    struct number_route route; /* of the last analysis */
    struct call_question **under_way;
    call_asked_fn *done;
    void *user;
};

static const char *own_route_string(const struct call_manager *manager) {
    const sj_ils_configuration *ils =
        dial_plan_get(&manager->plan, PLAN_ILS_CONFIGURATION, "default");
    return ils == NULL ? "" : ils->advertised_route_string;
}

int call_analyse(struct call_manager *manager, const struct call_origin *origin,
                 const struct call_destination *destination, const struct call_facts *facts,
                 struct number_route *route) {
    static const struct learned_fact nothing;
    const char *own = own_route_string(manager);
    const bool routed = destination->route_string[0] != '\0';
    const bool here = routed && strcasecmp(destination->route_string, own) == 0;
    /* A domain by which others reach this cluster is nowhere else. */
    const bool own_domain = own[0] != '\0' && strcasecmp(destination->host, own) == 0;
    const bool learns = facts != NULL && !destination->own && !routed;
    struct number_caller caller = call_number_caller(manager, origin);
    caller.learned = learns ? &facts->numbers : NULL;
    if (routed && !here) { /* on its way to another cluster */
        return host_routing(&manager->plan, &caller, destination->digits, destination->route_string,
                            route);
    }
    if (destination->host[0] == '\0') {
        return number_routing(&manager->plan, &caller, destination->digits, route);
    }
    const struct uri_query query = {
        .user = destination->digits,
        .host = destination->host,
        .learned = !learns            ? &nothing
                   : facts->uri_asked ? &facts->uri
                                      : NULL,
        .ends_here = here || own_domain ||
                     sj_node_has_address(manager->scope->host->node, destination->host),
        .any_case = sj_param_enterprise_uri_lookup_policy(manager->scope) ==
                    SJ_ENTERPRISE_URI_LOOKUP_POLICY_CASE_INSENSITIVE};
    return uri_routing(&manager->plan, &caller, &query, route);
}

/* ---- asking ---- */

static void closed(void *user) {
    struct call_question *question = user;
    kept_origin_free(question->kept);
    free(question);
}

void call_ask_cancel(struct call_question **under_way) {
    if (*under_way != NULL) {
        sj_scope_close((*under_way)->scope);
        *under_way = NULL;
    }
}

struct learned_fact call_fact_of(const sj_ils_lookup_reply *reply) {
    struct learned_fact fact = {.partition = ""};
    if (reply == NULL || !reply->found || reply->own) {
        return fact;
    }
    fact.partition = learned_partition(reply->kind);
    fact.known = fact.partition != NULL || strcmp(reply->kind, "directory_uri") == 0;
    fact.partition = sj_or_empty(fact.partition);
    learned_pattern(reply->key, fact.pattern);
    (void)snprintf(fact.cluster_id, sizeof fact.cluster_id, "%s", reply->cluster_id);
    (void)snprintf(fact.route_string, sizeof fact.route_string, "%s", reply->route_string);
    if (strlen(reply->pstn_failover) < sizeof fact.failover) {
        (void)snprintf(fact.failover, sizeof fact.failover, "%s", reply->pstn_failover);
    }
    return fact;
}

static void go_on(struct call_question *question);

void call_lacks(const struct call_destination *destination, const struct number_route *route,
                char dialled[CALL_DIALLED]) {
    const bool number = destination->host[0] == '\0';
    (void)snprintf(dialled, CALL_DIALLED, "%s%s%s", number ? route->digits : destination->digits,
                   number ? "" : "@", destination->host);
}

bool call_facts_add(struct call_facts *facts, const struct call_destination *destination,
                    const struct number_route *route, const struct learned_fact *fact) {
    if (destination->host[0] == '\0') {
        return learned_numbers_add(&facts->numbers, route->digits, fact);
    }
    facts->uri = *fact;
    facts->uri_asked = true;
    return true;
}

static void heard(void *user, int status, const sj_error *error, const sj_ils_lookup_reply *reply) {
    struct call_question *question = user;
    const struct learned_fact fact = call_fact_of(status == SJ_OK ? reply : NULL);
    (void)error;
    if (!call_facts_add(&question->facts, &question->destination, &question->route, &fact)) {
        question->destination.own = true;
    }
    go_on(question);
}

static bool look_up(struct call_question *question) {
    char dialled[CALL_DIALLED];
    call_lacks(&question->destination, &question->route, dialled);
    const sj_ils_lookup request = {.dialled = dialled};
    return sj_ask_ils_lookup(question->scope, &request, CALL_LOOKUP_MS, heard, question, NULL) ==
           SJ_OK;
}

/* Analyses with what is known by now, and asks for what still lacks. */
static void go_on(struct call_question *question) {
    const struct call_origin *origin = kept_origin_find(question->manager, question->kept);
    bool known = false;
    if (origin != NULL) {
        const int status = call_analyse(question->manager, origin, &question->destination,
                                        &question->facts, &question->route);
        known = status == SJ_OK && question->route.outcome != NUMBER_UNASKED &&
                !question->destination.own;
        if (status == SJ_OK && question->route.outcome == NUMBER_UNASKED && look_up(question)) {
            return;
        }
    }
    *question->under_way = NULL;
    question->done(question->user, origin, known ? &question->facts : NULL);
    sj_scope_close(question->scope);
}

bool call_ask(struct call_manager *manager, sj_scope *scope, const struct call_origin *origin,
              const struct call_destination *destination, struct call_question **under_way,
              call_asked_fn *done, void *user) {
    struct kept_origin *kept = kept_origin_new(origin);
    struct call_question *question = calloc(1, sizeof *question);
    sj_scope *own =
        kept == NULL || question == NULL ? NULL : sj_scope_open(scope, "look-up", closed, question);
    if (own == NULL) {
        kept_origin_free(kept);
        free(question);
        return false;
    }
    question->manager = manager;
    question->scope = own;
    question->kept = kept;
    question->destination = *destination;
    question->under_way = under_way;
    question->done = done;
    question->user = user;
    *under_way = question;
    if (call_analyse(manager, origin, destination, &question->facts, &question->route) == SJ_OK &&
        question->route.outcome == NUMBER_UNASKED && look_up(question)) {
        return true;
    }
    call_ask_cancel(under_way);
    return false;
}
