/* Phones that may have moved. Asks through the transactions. */
#include "phones/address_check.h"
#include "core/refusals.h"
#include "phones/request_to_phone.h"

#include <stdio.h>
#include <stdlib.h>

enum { WAIT_MS = 2000, REMEMBERED_S = 60, CHECKS_MAX = 500 };

struct address_check {
    sj_list_link link;
    struct wheel_timer deadline;
    struct call_manager *manager;
    struct sip_transaction *question;
    sip_receive_fn *moved;
    struct sip_flow flow; /* of the request */
    char device_name[130];
    size_t length;
    char request[]; /* as it came */
};

/* Ends the question and its timer, and takes it from the list. */
static void stop_asking(struct address_check *check) {
    sj_list_remove(&check->link);
    check->manager->address_check_count--;
    timer_wheel_stop(&check->manager->fast.wheel, &check->deadline);
    if (check->question != NULL) {
        sip_client_give_up(check->question);
    }
}

static void refuse(struct call_manager *manager, const struct sip_message *request,
                   const struct sip_flow *flow, const char *device_name) {
    (void)refusals_note(
        manager, REFUSED_MOVE, flow,
        "REGISTER of phone %s from another address is refused: the phone answers at its own",
        device_name);
    sip_answer(manager, request, flow, 403,
               "The phone is registered at another address and answers there");
}

static void settle(struct address_check *check, bool answers) {
    struct call_manager *manager = check->manager;
    struct registration *registration =
        registration_find(manager->registrations, check->device_name);
    struct sip_message request;
    stop_asking(check);
    if (sip_message_parse(check->request, check->length, &request)) {
        if (answers && registration != NULL) {
            registration->seen_there_s = (uint32_t)(sj_monotonic_ms(manager->scope) / 1000);
            refuse(manager, &request, &check->flow, check->device_name);
        } else {
            check->moved(manager, &request, &check->flow);
        }
    }
    free(check);
}

static void on_response(void *user, struct sip_transaction *transaction,
                        const struct sip_message *response) {
    struct address_check *check = user;
    if (response->status >= 200) {
        /* "Not here": another phone has got the address. */
        const bool gone = response->status == 404 || response->status == 410 ||
                          response->status == 481 || response->status == 604;
        check->question = NULL;
        sip_transaction_detach(transaction);
        settle(check, !gone);
    }
}

static void on_timeout(void *user, struct sip_transaction *transaction) {
    struct address_check *check = user;
    check->question = NULL;
    sip_transaction_detach(transaction);
    if (sip_flow_reliable(sip_transaction_flow(transaction))) {
        settle(check, false);
    } /* what the network says of a datagram moves no phone: only the deadline does */
}

static const struct sip_transaction_events events = {on_response, on_timeout, NULL};

static void deadline(struct wheel_timer *timer) {
    settle(SJ_OWNER(timer, struct address_check, deadline), false);
}

static bool ask(struct address_check *check, const struct registration *registered) {
    struct call_manager *manager = check->manager;
    struct sip_writer writer = call_manager_writer(manager);
    char token[SIP_TAG], branch[32];
    call_manager_token(manager, token);
    (void)snprintf(branch, sizeof branch, "z9hG4bK%s", token);
    sip_put_request_to_phone(manager, &writer, "OPTIONS", registered, branch);
    sip_put_body(&writer, sip_text_of(""), sip_text_of(""));
    check->question = writer.overflow ? NULL
                                      : sip_client_begin(&manager->transactions, SIP_OPTIONS,
                                                         branch, &registered->flow, writer.data,
                                                         writer.used, &events, check);
    return check->question != NULL;
}

static struct address_check *find(const struct call_manager *manager, const char *device_name) {
    SJ_LIST_EACH(check, &manager->address_checks, struct address_check, link) {
        if (strcmp(check->device_name, device_name) == 0) {
            return check;
        }
    }
    return NULL;
}

void address_check_begin(struct call_manager *manager, const struct sip_message *request,
                         const struct sip_flow *flow, struct registration *registered,
                         sip_receive_fn *moved) {
    const char *name = registered->device->name;
    const uint64_t now_ms = sj_monotonic_ms(manager->scope);
    const struct address_check *earlier = find(manager, name);
    struct address_check *new_check;
    if (earlier != NULL && sip_flow_same_host(&earlier->flow, flow)) {
        return; /* repeated: it is answered when the phone has been asked */
    }
    if (registered->seen_there_s != 0 && now_ms / 1000 - registered->seen_there_s < REMEMBERED_S) {
        refuse(manager, request, flow, name);
        return;
    }
    new_check = earlier != NULL || manager->address_check_count >= CHECKS_MAX
                    ? NULL
                    : calloc(1, sizeof *new_check + request->length);
    if (new_check == NULL) {
        sip_answer(manager, request, flow, 503,
                   "The phone is registered at another address, which is being checked");
        return;
    }
    new_check->manager = manager;
    new_check->flow = *flow;
    new_check->moved = moved;
    new_check->length = request->length;
    memcpy(new_check->request, request->method_text.at, request->length);
    (void)snprintf(new_check->device_name, sizeof new_check->device_name, "%s", name);
    sj_list_add_first(&manager->address_checks, &new_check->link);
    manager->address_check_count++;
    if (!ask(new_check, registered)) {
        stop_asking(new_check);
        free(new_check);
        sip_answer(manager, request, flow, 503,
                   "The address where the phone is registered cannot be checked");
        return;
    }
    timer_wheel_start(&manager->fast.wheel, &new_check->deadline, now_ms, WAIT_MS, deadline);
}

void address_checks_free(struct call_manager *manager) {
    SJ_LIST_EACH(check, &manager->address_checks, struct address_check, link) {
        stop_asking(check);
        free(check);
    }
}
