/* Who may ask: Validate IP Address with its device cache, the trusted list and the registered
 * phones, and web proxies. */
#include "users/access.h"

#include <sojourn/base/hash.h>
#include <stdlib.h>

#include "events/device.h"
#include "parameters/extension_mobility.h"
#include "policies/proxy_allow.h"
#include "reporting/error_codes.h"
#include "users/trusted_names.h"

enum { WAYS = 4 }; /* addresses that share one place of the cache */

struct em_address {
    char text[SJ_ADDRESS_TEXT];
};

struct access_check {
    struct em *em;
    sj_scope *scope;
    em_access_fn done;
    void *user;
    char remote_address[SJ_ADDRESS_TEXT];
};

static struct em_address *cache_set(struct em *em, const char *address) {
    const size_t wanted =
        (size_t)sj_param_em_extension_mobility_cache_size(em->scope) / WAYS * WAYS;
    if (em->addresses_count != wanted) {
        free(em->addresses);
        em->addresses = calloc(wanted, sizeof *em->addresses);
        em->addresses_count = em->addresses != NULL ? wanted : 0;
    }
    if (em->addresses_count == 0) {
        return NULL;
    }
    return &em->addresses[sj_hash_keyed_text(address) % (em->addresses_count / WAYS) * WAYS];
}

static bool cached(struct em *em, const char *address) {
    const struct em_address *set = cache_set(em, address);
    for (size_t i = 0; set != NULL && i < WAYS; i++) {
        if (strcmp(set[i].text, address) == 0) {
            return true;
        }
    }
    return false;
}

static void remember(struct em *em, const char *address) {
    struct em_address *set = cache_set(em, address);
    if (set != NULL && !cached(em, address)) {
        memmove(&set[1], &set[0], (WAYS - 1) * sizeof *set);
        em_copy(set[0].text, address);
    }
}

void em_access_close(struct em *em) {
    free(em->addresses);
    em->addresses = NULL;
    em->addresses_count = 0;
}

static void allowed(struct access_check *check) {
    remember(check->em, check->remote_address);
    check->done(check->user, EM_OK, "");
}

static void looked_up(void *user, int status, const sj_error *error,
                      const sj_registration_lookup_reply *reply) {
    struct access_check *check = user;
    char cause[EM_CAUSE_ROOM];
    if (status != SJ_OK) {
        em_print(cause, sizeof cause, "no registered phone can be asked for: %.400s",
                 error != NULL ? error->text : "");
        check->done(check->user, EM_REGISTRATIONS_DOWN, cause);
    } else if (reply->registered) {
        allowed(check);
    } else {
        em_print(
            cause, sizeof cause,
            "%s is neither in the device cache, nor in the trusted list, nor a registered phone's",
            check->remote_address);
        check->done(check->user, EM_UNTRUSTED_ADDRESS, cause);
    }
}

static void ask_registrations(struct access_check *check) {
    const sj_registration_lookup question = {.device_name = "", .address = check->remote_address};
    sj_error error = {0};
    const int status =
        sj_ask_registration_lookup(check->scope, &question, 0, looked_up, check, &error);
    if (status != SJ_OK) {
        looked_up(check, status, &error, NULL);
    }
}

/* Whether the address stands in the list, as such or under a host name. */
static bool is_trusted(const struct em *em, const char *address) {
    char copy[1025];
    char *rest = NULL;
    bool found = em_trusted_names_have(em, address);
    em_print(copy, sizeof copy, "%s", sj_param_em_trusted_list_of_ips(em->scope));
    for (char *entry = strtok_r(copy, "; ", &rest); entry != NULL && !found;
         entry = strtok_r(NULL, "; ", &rest)) {
        found = strcmp(entry, address) == 0;
    }
    return found;
}

bool em_access_allows_proxy(struct em *em, const struct em_access_request *request, bool validate,
                            char cause[EM_CAUSE_ROOM]) {
    const bool parameter = request->emcc ? sj_param_em_emcc_allow_proxy(em->scope)
                                         : sj_param_em_allow_proxy(em->scope);
    const sj_proxy_allow_input input = {.device_name = request->device_name,
                                        .user_id = request->user_id,
                                        .remote_address = request->remote_address,
                                        .via_header = request->via_header,
                                        .emcc = request->emcc,
                                        .application_user = sj_or_empty(request->application_user),
                                        .validate_ip_address = validate,
                                        .allow_proxy = parameter,
                                        .visiting_cluster_id =
                                            sj_or_empty(request->visiting_cluster)};
    sj_proxy_allow_output output = {.allowed = !request->via_header || !validate || parameter,
                                    .reason = request->emcc ? "EMCC Allow Proxy" : "Allow Proxy"};
    (void)sj_decide_proxy_allow(em->scope, request->trace_id, &input, &output);
    if (!output.allowed) {
        em_print(cause, EM_CAUSE_ROOM, "%s: %.300s",
                 request->via_header ? "a web proxy stands between the phone and this cluster"
                                     : "the policy proxy.allow refuses it",
                 output.reason);
    }
    return output.allowed;
}

void em_access_check(struct em *em, sj_scope *scope, const struct em_access_request *request,
                     em_access_fn done, void *user) {
    const bool validate = sj_param_em_validate_ip_address(em->scope);
    char cause[EM_CAUSE_ROOM];
    if (!em_access_allows_proxy(em, request, validate, cause)) {
        done(user, EM_PROXY, cause);
        return;
    }
    if (!validate || cached(em, request->remote_address)) {
        done(user, EM_OK, "");
        return;
    }
    if (is_trusted(em, request->remote_address)) {
        remember(em, request->remote_address);
        done(user, EM_OK, "");
        return;
    }
    struct access_check *check = sj_scope_alloc(scope, sizeof *check);
    if (check == NULL) {
        done(user, EM_DATABASE, "out of memory");
        return;
    }
    check->em = em;
    check->scope = scope;
    check->done = done;
    check->user = user;
    em_copy(check->remote_address, request->remote_address);
    ask_registrations(check);
}
