/* Writes a directory number's forwarding into the store, after a look at where it would lead.
 * Phones hear of it when the store says that the number has changed, whoever changed it. */
#include "phones/forward_all.h"
#include "dial_plan/dial_codes.h"
#include "dial_plan/intercom_numbers.h"
#include "dial_plan/number_routing.h"
#include "events/call.h"
#include "parameters/call_manager.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

/* ---- where it would lead ---- */

static int analyse(struct call_manager *manager, const sj_directory_number *number,
                   struct number_route *route) {
    struct calling_search_spaces spaces;
    calling_search_spaces_of_phone(number->forward_all_calling_search_space,
                                   number->forward_all_secondary_calling_search_space, &spaces);
    const struct number_caller caller = {.spaces = &spaces,
                                         .number = "",
                                         .external_mask = "",
                                         .device_pool = "",
                                         .adjunct_css = "",
                                         .turn = manager->turn};
    return number_routing(&manager->plan, &caller, number->forward_all_destination, route);
}

bool forward_all_is_set(const sj_directory_number *number) {
    return number != NULL && sj_given(number->forward_all_destination);
}

/* The SIP status that refuses `wanted`, with a sentence; 0 when calls would arrive somewhere. */
static int fault_of(struct call_manager *manager, const sj_directory_number *wanted,
                    const char *key, struct number_route *route, char why[200]) {
    const sj_directory_number *number = wanted;
    char shown[DIGITS_MAX];
    const int64_t most = sj_param_ccm_forward_maximum_hop_count(manager->scope);
    for (int64_t hops = 0; forward_all_is_set(number); hops++) {
        if (hops > 0 && hops >= most) {
            (void)snprintf(why, 200, "Calls would exceed the limit of %d forwarding hops",
                           (int)most);
            return 482;
        }
        if (analyse(manager, number, route) != SJ_OK) {
            (void)snprintf(why, 200, "Out of memory");
            return 503;
        }
        if (route->outcome == NUMBER_PHONE && strcmp(route->directory_number_key, key) == 0) {
            (void)snprintf(why, 200, "Forwarding would lead in a circle back to %.60s",
                           wanted->pattern);
            return 482;
        }
        if (hops == 0 && route->outcome == NUMBER_BLOCKED) {
            (void)snprintf(
                why, 200, "Calls to %.60s are blocked",
                dial_codes_shown(&manager->plan, wanted->forward_all_destination, shown));
            return 403;
        }
        if (hops == 0 && route->outcome != NUMBER_PHONE && route->outcome != NUMBER_ROUTE &&
            route->outcome != NUMBER_HUNT) {
            (void)snprintf(
                why, 200,
                "No pattern within reach of the calling search space for forwarding matches %.60s",
                dial_codes_shown(&manager->plan, wanted->forward_all_destination, shown));
            return 404;
        }
        number = route->outcome == NUMBER_PHONE ? route->directory_number : NULL;
    }
    return 0;
}

/* ---- what may be reached ---- */

static bool activating_spaces_count(const struct call_manager *manager,
                                    const sj_directory_number *number) {
    switch (number->forward_all_activation_policy) {
    case SJ_DIRECTORY_NUMBER_FORWARD_ALL_ACTIVATION_POLICY_WITH_CONFIGURED_CSS: return false;
    case SJ_DIRECTORY_NUMBER_FORWARD_ALL_ACTIVATION_POLICY_WITH_ACTIVATING_DEVICE_LINE_CSS:
        return true;
    default:
        return sj_param_ccm_cfa_css_activation_policy(manager->scope) ==
               SJ_CCM_CFA_CSS_ACTIVATION_POLICY_WITH_ACTIVATING_DEVICE_LINE_CSS;
    }
}

/* Line CSS and device CSS of the phone. A visitor's device CSS is the EMCC CSS; what the adjunct
 * CSS reaches is for whoever stands in the visited country, not for calls that are forwarded. */
static void take_activating_spaces(const struct device *device, const struct device_line *line,
                                   sj_directory_number *number) {
    number->forward_all_secondary_calling_search_space = device_text(device, device->device_css_at);
    if (device->live) {
        number->forward_all_calling_search_space = line_live_css(line);
        number->forward_all_secondary_calling_search_space = "";
        for (size_t i = 0; i < device->login->calling_search_spaces_count; i++) {
            const char *space = device->login->calling_search_spaces[i];
            if (strcmp(space, device->login->adjunct_css) != 0 &&
                strcmp(space, line_live_css(&device->lines[0])) != 0) {
                number->forward_all_secondary_calling_search_space = space;
                break;
            }
        }
    } else {
        number->forward_all_calling_search_space = number->calling_search_space;
    }
}

/* ---- writing ---- */

/* Sets it, to be told when that is durable. 0, or the SIP status of a refusal with a sentence. */
static int set_forwarding(struct call_manager *manager, sj_scope *scope, const char *key,
                          const char *destination, const struct device *device,
                          const struct device_line *line, sj_result_fn durable, void *user,
                          char why[200]) {
    sj_directory_number *record = NULL;
    struct number_route *route = calloc(1, sizeof *route);
    sj_error error = {SJ_E_NO_MEMORY, "", "out of memory"};
    int status = 503;
    if (route != NULL && sj_directory_number_get(scope, key, &record, &error) == SJ_OK) {
        sj_directory_number wanted = *record;
        wanted.forward_all_destination = destination;
        if (destination[0] != '\0' && device != NULL && line != NULL &&
            activating_spaces_count(manager, record)) {
            take_activating_spaces(device, line, &wanted);
        }
        status = fault_of(manager, &wanted, key, route, why);
        if (intercom_number(&manager->plan, key)) {
            status = 403;
            (void)snprintf(why, 200, "An intercom line forwards no calls");
        }
        if (status == 0) {
            bool begun = sj_store_begin(scope, &error) == SJ_OK;
            if (!begun ||
                sj_directory_number_put(scope, &wanted, SJ_PUT_REPLACE, &error) != SJ_OK) {
                status = 503;
                if (begun) {
                    sj_store_rollback(scope);
                }
            } else if (sj_store_commit(scope, durable, user, &error) != SJ_OK) {
                status = 503;
            }
        } else {
            error.code = SJ_OK;
        }
        sj_record_free(scope, record);
    }
    if (status == 503 && error.code != SJ_OK) {
        (void)snprintf(why, 200, "The number's forwarding is not written: %.120s", error.text);
    }
    free(route);
    return status;
}

int forward_all_set(struct call_manager *manager, sj_scope *scope, const struct device *device,
                    const struct device_line *line, const char *destination, sj_result_fn done,
                    void *user, char why[200]) {
    char key[130], number[DIGITS_MAX], name[130], shown[DIGITS_MAX];
    (void)snprintf(key, sizeof key, "%s",
                   line->key); /* the phone is made anew while the number is written */
    (void)snprintf(number, sizeof number, "%s", line_number(line));
    (void)snprintf(name, sizeof name, "%s", device->name);
    const int status =
        set_forwarding(manager, scope, key, destination, device, line, done, user, why);
    if (status == 0) {
        sj_log_info(manager->scope, "%s of phone %s %s%s", number, name,
                    destination[0] == '\0' ? "no longer forwards all calls"
                                           : "forwards all calls to ",
                    dial_codes_shown(&manager->plan, destination, shown));
    }
    return status;
}

/* ---- the administrator ---- */

struct set_request {
    sj_scope *scope; /* its own */
    sj_question *question;
    char message[300];
};

static void written_for_asker(void *user, int status, const sj_error *error) {
    struct set_request *setting = user;
    if (status == SJ_OK) {
        const sj_forward_all_set_reply reply = {.message = setting->message};
        sj_reply_forward_all_set(setting->scope, setting->question, &reply);
    } else {
        sj_fail(setting->scope, setting->question, status, "%s",
                error == NULL ? "the store has failed" : error->text);
    }
    sj_scope_close(setting->scope);
}

static struct set_request *open_request(struct call_manager *manager, sj_question *question,
                                        const sj_forward_all_set *request) {
    char shown[DIGITS_MAX];
    sj_scope *scope = sj_scope_open(manager->scope, "forward all is being set", NULL, NULL);
    struct set_request *setting = scope == NULL ? NULL : sj_scope_alloc(scope, sizeof *setting);
    if (setting == NULL) {
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        return NULL;
    }
    setting->scope = scope;
    setting->question = question;
    if (request->destination[0] == '\0') {
        (void)snprintf(setting->message, sizeof setting->message,
                       "%s no longer forwards all calls.", request->directory_number);
    } else {
        (void)snprintf(setting->message, sizeof setting->message, "%s forwards all calls to %s.",
                       request->directory_number,
                       dial_codes_shown(&manager->plan, request->destination, shown));
    }
    return setting;
}

static void set_for_asker(struct call_manager *manager, sj_question *question,
                          const sj_forward_all_set *request, struct device *device) {
    struct set_request *setting;
    char why[200] = "";
    const struct device_line *line = NULL;
    int status;
    for (size_t i = 0; device != NULL && i < device->line_count; i++) {
        line =
            strcmp(device->lines[i].key, request->directory_number) == 0 ? &device->lines[i] : line;
    }
    if (device != NULL && line == NULL) {
        sj_fail(manager->scope, question, SJ_E_INVALID, "phone %s has no line %s", device->name,
                request->directory_number);
        return;
    }
    setting = open_request(manager, question, request);
    if (setting == NULL) {
        sj_fail(manager->scope, question, SJ_E_NO_MEMORY, "out of memory");
        return;
    }
    status = set_forwarding(manager, setting->scope, request->directory_number,
                            request->destination, device, line, written_for_asker, setting, why);
    if (status != 0) {
        sj_fail(manager->scope, question, status == 503 ? SJ_E_UNAVAILABLE : SJ_E_CONFLICT, "%s",
                why);
        sj_scope_close(setting->scope);
    }
}

static void on_set(void *user, sj_question *question, const sj_forward_all_set *request) {
    struct call_manager *manager = user;
    struct device *device = NULL;
    sj_error error;
    if (dial_plan_directory_number(&manager->plan, request->directory_number) == NULL) {
        (void)sj_error_field(&error, SJ_E_NOT_FOUND, "directory_number",
                             "there is no directory number %s", request->directory_number);
        sj_fail_error(manager->scope, question, &error);
        return;
    }
    if (request->device_name[0] != '\0' &&
        device_load(manager->scope, request->device_name, true, &device, &error) != SJ_OK) {
        (void)snprintf(error.field, sizeof error.field, "device_name");
        sj_fail_error(manager->scope, question, &error);
        return;
    }
    set_for_asker(manager, question, request, device);
    device_free(device);
}

int forward_all_open(struct call_manager *manager, sj_error *error) {
    return sj_answer_forward_all_set(manager->scope, on_set, manager, error) != NULL ? SJ_OK
                                                                                     : error->code;
}
