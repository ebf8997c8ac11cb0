/* Answers on the bus: device.reset, registration.lookup, registrations.list, route.test,
 * number.analyse; call.analyse (analysis.c) and forward_all.set are answered next door. */
#include "requests.h"
#include "analysis.h"
#include "calls/call_destination.h"
#include "calls/call_inquiry.h"
#include "calls/call_ladder.h"
#include "calls/hunt_status.h"
#include "events/call.h"
#include "events/device.h"
#include "phones/forward_all.h"
#include "phones/hunt_login.h"
#include "phones/message_waiting.h"
#include "phones/registration_store.h"
#include "phones/registrations.h"
#include "phones/service_control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_device_reset(void *user, sj_question *question, const sj_device_reset *request) {
    service_control_reset(user, question, request);
}

/* ---- registrations ---- */

/* What takes all registrations to be right cannot be answered before they are read. */
static bool refused_while_reading(struct call_manager *manager, sj_question *question) {
    if (manager->reading) {
        sj_fail(manager->scope, question, SJ_E_UNAVAILABLE,
                "the call manager has just been started and reads its saved registrations: ask "
                "again in a few seconds");
    }
    return manager->reading;
}

static struct registration *at_address(const struct call_manager *manager, const char *text) {
    sj_address address;
    return sj_address_parse(text, 0, &address) == SJ_OK
               ? registration_at(manager->registrations, &address)
               : NULL;
}

static void on_registration_lookup(void *user, sj_question *question,
                                   const sj_registration_lookup *request) {
    struct call_manager *manager = user;
    sj_registration_lookup_reply reply;
    char address[SJ_ADDRESS_TEXT] = "";
    if (request->device_name[0] == '\0' && refused_while_reading(manager, question)) {
        return;
    }
    const struct registration *registration =
        request->device_name[0] != '\0' ? registration_store_find(manager, request->device_name)
                                        : at_address(manager, request->address);
    memset(&reply, 0, sizeof reply);
    reply.device_name = reply.address = "";
    if (registration != NULL) {
        reply.registered = true;
        reply.device_name = registration->device->name;
        reply.port = sj_address_format(&registration->flow.remote, address, sizeof address);
        reply.address = address;
    }
    sj_reply_registration_lookup(manager->scope, question, &reply);
}

static int by_name(const void *a, const void *b) {
    return strcmp((*(struct registration *const *)a)->device->name,
                  (*(struct registration *const *)b)->device->name);
}

static void on_registration_list(void *user, sj_question *question,
                                 const sj_registrations_list *request) {
    struct call_manager *manager = user;
    const struct registration_table *table = manager->registrations;
    const size_t total = table->by_name.count;
    const size_t limit =
        request->limit > 0 && (size_t)request->limit < total ? (size_t)request->limit : total;
    if (refused_while_reading(manager, question)) {
        return;
    }
    struct registration **sorted = calloc(total + 1, sizeof(struct registration *));
    sj_registrations_list_reply_entry *entries = calloc(limit + 1, sizeof *entries);
    char(*addresses)[SJ_ADDRESS_TEXT] = calloc(limit + 1, sizeof *addresses);
    sj_registrations_list_reply reply;
    sj_map_place place = {0};
    size_t count = 0;
    if (sorted == NULL || entries == NULL || addresses == NULL) {
        sj_fail(manager->scope, question, SJ_E_NO_MEMORY, "out of memory for %zu registrations",
                total);
    } else {
        for (struct registration *registration;
             (registration = SJ_OWNER(sj_map_walk(&table->by_name, &place), struct registration,
                                      by_name)) != NULL;) {
            sorted[count++] = registration;
        }
        qsort(sorted, count, sizeof(struct registration *), by_name);
        for (size_t i = 0; i < limit; i++) {
            entries[i].device_name = sorted[i]->device->name;
            entries[i].port =
                sj_address_format(&sorted[i]->flow.remote, addresses[i], sizeof addresses[i]);
            entries[i].address = addresses[i];
            entries[i].transport = sorted[i]->flow.transport == SJ_SIP_TRANSPORT_UDP   ? "udp"
                                   : sorted[i]->flow.transport == SJ_SIP_TRANSPORT_TCP ? "tcp"
                                                                                       : "tls";
            entries[i].user_id = sorted[i]->device->login->user_id;
            entries[i].expires_in_s = registrations_left_ms(manager, sorted[i]) / 1000;
        }
        memset(&reply, 0, sizeof reply);
        reply.total = (int64_t)total;
        reply.registrations = entries;
        reply.registrations_count = limit;
        sj_reply_registrations_list(manager->scope, question, &reply);
    }
    free(addresses);
    free(entries);
    free(sorted);
}

/* ---- route.test ---- */

static void reply_route(struct call_manager *manager, sj_question *question,
                        const struct call_outcome *outcome) {
    const struct call_target *targets = manager->target_scratch;
    const char *names[CALL_TARGETS_MAX];
    for (size_t i = 0; i < outcome->target_count; i++) {
        names[i] = targets[i].device_name;
    }
    const sj_route_test_reply reply = {
        .outcome = strcmp(outcome->word, "loop") == 0 ? "no_match" : outcome->word,
        .pattern = outcome->route.pattern,
        .partition = outcome->route.partition,
        .calling_search_space = outcome->route.origin,
        .called_number = outcome->target_count > 0 ? targets[0].called : outcome->route.digits,
        .destinations = names,
        .destinations_count = outcome->target_count,
        .explanation = outcome->explanation};
    sj_reply_route_test(manager->scope, question, &reply);
}

/* A question that may have to wait for what other clusters have. */
struct route_test {
    struct call_manager *manager;
    sj_scope *scope;
    sj_question *question;
    char device_name[130], digits[DESTINATION_URI];
    struct inquiry_facts facts;
    struct call_outcome outcome;
};

static void route_test_closed(void *user) {
    free(user);
}

static int test_route(struct route_test *test, sj_error *error) {
    static const struct call_inquiry inquiry = {.course = NULL};
    struct call_destination destination;
    struct call_origin origin;
    int status = call_origin_by_name(test->manager, test->device_name, "", &origin, error);
    if (status != SJ_OK) {
        return status;
    }
    origin.inquiry = &inquiry;
    status = call_destination_typed(test->manager, test->digits, &origin, "", &destination, error);
    if (status == SJ_OK && call_inquire(test->manager, &origin, &destination, &test->facts,
                                        &test->outcome, NULL) != SJ_OK) {
        status = sj_error_set(error, SJ_E_NO_MEMORY, "out of memory");
    }
    device_free(origin.device);
    return status;
}

/* Again and again until nothing lacks. */
static void inquire(void *user) {
    struct route_test *test = user;
    sj_error error = {0};
    int status = test_route(test, &error);
    while (status == SJ_OK && test->outcome.lacks[0] != '\0') {
        if (inquiry_facts_ask(&test->facts, test->scope, test->outcome.lacks, inquire, test)) {
            return;
        }
        status = test_route(test, &error);
    }
    if (status == SJ_OK) {
        reply_route(test->manager, test->question, &test->outcome);
    } else {
        sj_fail_error(test->manager->scope, test->question, &error);
    }
    sj_scope_close(test->scope);
}

static void on_route_test(void *user, sj_question *question, const sj_route_test *request) {
    struct call_manager *manager = user;
    if (refused_while_reading(manager, question)) {
        return;
    }
    struct route_test *test = calloc(1, sizeof *test);
    sj_scope *scope =
        test == NULL ? NULL : sj_scope_open(manager->scope, "route test", route_test_closed, test);
    if (scope == NULL) {
        free(test);
        sj_fail(manager->scope, question, SJ_E_NO_MEMORY, "out of memory");
        return;
    }
    test->manager = manager;
    test->scope = scope;
    test->question = question;
    (void)snprintf(test->device_name, sizeof test->device_name, "%s", request->device_name);
    (void)snprintf(test->digits, sizeof test->digits, "%s", request->digits);
    inquire(test);
}

static sj_number_analyse_reply_result_outcome
outcome_for_traveller(const struct number_route *route) {
    switch (route->outcome) {
    case NUMBER_FEATURE:
    case NUMBER_HUNT:
    case NUMBER_PHONE: return SJ_NUMBER_ANALYSE_REPLY_RESULT_OUTCOME_PHONE;
    case NUMBER_BLOCKED: return SJ_NUMBER_ANALYSE_REPLY_RESULT_OUTCOME_BLOCKED;
    case NUMBER_ROUTE:
        return route->steps.count == 0 ? SJ_NUMBER_ANALYSE_REPLY_RESULT_OUTCOME_BLOCKED
               : route->steps.steps[0].kind == ROUTE_RETURN_TO_VISITING_CLUSTER
                   ? SJ_NUMBER_ANALYSE_REPLY_RESULT_OUTCOME_RETURN_TO_VISITING_CLUSTER
                   : SJ_NUMBER_ANALYSE_REPLY_RESULT_OUTCOME_TRUNK;
    default: return SJ_NUMBER_ANALYSE_REPLY_RESULT_OUTCOME_NO_MATCH;
    }
}

static void on_number_analyse(void *user, sj_question *question, const sj_number_analyse *request) {
    struct call_manager *manager = user;
    const size_t count = request->numbers_count;
    struct number_route *routes = calloc(count + 1, sizeof *routes);
    sj_number_analyse_reply_result *results = calloc(count + 1, sizeof *results);
    struct calling_search_spaces spaces = {.count = 0};
    for (size_t i = 0;
         i < request->calling_search_spaces_count && spaces.count < CALLING_SEARCH_SPACES_MAX;
         i++) {
        spaces.names[spaces.count++] = request->calling_search_spaces[i];
    }
    const struct number_caller caller = {.spaces = &spaces,
                                         .number = "",
                                         .external_mask = "",
                                         .device_pool = request->device_pool,
                                         .emcc = true,
                                         .adjunct_css = request->adjunct_calling_search_space,
                                         .turn = manager->turn};
    bool done = routes != NULL && results != NULL;
    for (size_t i = 0; i < count && done; i++) {
        done = strlen(request->numbers[i]) < DIGITS_MAX &&
               number_routing(&manager->plan, &caller, request->numbers[i], &routes[i]) == SJ_OK;
        results[i].number = request->numbers[i];
        results[i].outcome = outcome_for_traveller(&routes[i]);
        results[i].pattern = routes[i].pattern;
        results[i].partition = routes[i].partition;
        results[i].calling_search_space = routes[i].origin;
    }
    if (done) {
        const sj_number_analyse_reply reply = {.results = results, .results_count = count};
        sj_reply_number_analyse(manager->scope, question, &reply);
    } else {
        sj_fail(manager->scope, question, SJ_E_INVALID,
                "numbers: expected at most %d digits each, and memory for them", DIGITS_MAX - 1);
    }
    free(results);
    free(routes);
}

int requests_open(struct call_manager *manager, sj_error *error) {
    sj_scope *scope = manager->scope;
    const bool open =
        sj_answer_device_reset(scope, on_device_reset, manager, error) != NULL &&
        sj_answer_registration_lookup(scope, on_registration_lookup, manager, error) != NULL &&
        sj_answer_registrations_list(scope, on_registration_list, manager, error) != NULL &&
        sj_answer_route_test(scope, on_route_test, manager, error) != NULL &&
        sj_answer_number_analyse(scope, on_number_analyse, manager, error) != NULL &&
        analysis_open(manager, error) == SJ_OK && call_ladder_open(manager, error) == SJ_OK &&
        forward_all_open(manager, error) == SJ_OK &&
        message_waiting_open(manager, error) == SJ_OK && hunt_login_open(manager, error) == SJ_OK &&
        hunt_status_open(manager, error) == SJ_OK;
    return open ? SJ_OK : error->code;
}
