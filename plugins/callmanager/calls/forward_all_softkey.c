/* The CFwdALL softkey: an INVITE whose digits name the feature. It is answered when the number is
 * written. */
#include "calls/forward_all_softkey.h"
#include "core/later_answer.h"
#include "dial_plan/dial_codes.h"
#include "phones/forward_all.h"

static void written_for_phone(void *user, int status, const sj_error *error) {
    struct later_answer *answer = user;
    /* No call comes of it, and the phone shows what the REFER says. */
    later_answer_give(
        answer, status == SJ_OK ? 487 : 500, status == SJ_OK || error == NULL ? "" : error->text,
        status == SJ_OK ? "Reason: SIP;cause=200;text=\"Call forwarding is set\"\r\n" : "");
}

static void set_from_phone(struct call_manager *manager, const struct sip_message *request,
                           const struct sip_flow *flow, const struct call_origin *origin,
                           const char *destination) {
    const sj_directory_number *number =
        dial_plan_directory_number(&manager->plan, origin->line->key);
    char why[200] = "", shown[DIGITS_MAX];
    struct later_answer *answer;
    int status;
    if (destination[0] == '\0' && !forward_all_is_set(number)) {
        sip_answer(manager, request, flow, 484, "Expected the number that calls are forwarded to");
        return;
    }
    answer = later_answer_open(manager, request, flow, "forward all is being set");
    if (answer == NULL) {
        return;
    }
    status = forward_all_set(manager, answer->scope, origin->device, origin->line, destination,
                             written_for_phone, answer, why);
    if (status != 0) {
        sj_log_info(manager->scope, "forward all to %s is refused: %s",
                    dial_codes_shown(&manager->plan, destination, shown), why);
        later_answer_give(answer, status, why, "");
    }
}

/* What a user keys in and what a directory number takes. */
static bool is_destination(const char *text) {
    return strlen(text) <= 50 && text[strspn(text, "0123456789*#+")] == '\0';
}

void forward_all_softkey(struct call_manager *manager, const struct sip_message *request,
                         const struct sip_flow *flow, const struct call_origin *origin,
                         const char *service) {
    static const char name[] = "cfwdall";
    const size_t length = sizeof name - 1;
    if (strncmp(service, name, length) != 0 ||
        (service[length] != '\0' && service[length] != '-')) {
        sip_answer(manager, request, flow, 503, "This feature is not offered here");
    } else if (origin->device == NULL || origin->line == NULL) {
        sip_answer(manager, request, flow, 403, "Only a phone of this cluster forwards its lines");
    } else if (!is_destination(service + length + (service[length] == '-'))) {
        sip_answer(manager, request, flow, 484, "Expected a number of at most 50 digits");
    } else {
        set_from_phone(manager, request, flow, origin, service + length + (service[length] == '-'));
    }
}
