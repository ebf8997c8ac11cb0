/* Phones that may have moved. Asks through the transactions. */
#include "phones/address_check.h"
#include "core/refusals.h"
#include "phones/request_to_phone.h"

#include <stdio.h>
#include <stdlib.h>

enum { WAIT_MS = 2000, REMEMBERED_MS = 60 * 1000, CHECKS_MAX = 500 };

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
static void stop_asking(struct address_check *gone) {
    sj_list_remove(&gone->link);
    gone->manager->address_check_count--;
    timer_wheel_stop(&gone->manager->fast.wheel, &gone->deadline);
    if (gone->question != NULL) {
        sip_client_give_up(gone->question);
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

static void settle(struct address_check *of, bool answers) {
    struct call_manager *manager = of->manager;
    struct registration *there = registration_find(manager->registrations, of->device_name);
    struct sip_message request;
    stop_asking(of);
    if (sip_message_parse(of->request, of->length, &request)) {
        if (answers && there != NULL) {
            there->seen_there_ms = sj_monotonic_ms(manager->scope);
            refuse(manager, &request, &of->flow, of->device_name);
        } else {
            of->moved(manager, &request, &of->flow);
        }
    }
    free(of);
}

static void on_response(void *user, struct sip_transaction *transaction,
                        const struct sip_message *response) {
    struct address_check *of = user;
    if (response->status >= 200) {
        /* "Not here": another phone has got the address. */
        const bool gone = response->status == 404 || response->status == 410 ||
                          response->status == 481 || response->status == 604;
        of->question = NULL;
        sip_transaction_detach(transaction);
        settle(of, !gone);
    }
}

static void on_timeout(void *user, struct sip_transaction *transaction) {
    struct address_check *of = user;
    of->question = NULL;
    sip_transaction_detach(transaction);
    settle(of, false);
}

static const struct sip_transaction_events events = {on_response, on_timeout, NULL};

static void deadline(struct wheel_timer *timer) {
    settle(SJ_OWNER(timer, struct address_check, deadline), false);
}

static bool ask(struct address_check *of, const struct registration *registered) {
    struct call_manager *manager = of->manager;
    struct sip_writer writer = call_manager_writer(manager);
    char token[SIP_TAG], branch[32];
    call_manager_token(manager, token);
    (void)snprintf(branch, sizeof branch, "z9hG4bK%s", token);
    sip_put_request_to_phone(manager, &writer, "OPTIONS", registered, branch);
    sip_put_body(&writer, sip_text_of(""), sip_text_of(""));
    of->question = writer.overflow
                       ? NULL
                       : sip_client_begin(&manager->transactions, SIP_OPTIONS, branch,
                                          &registered->flow, writer.data, writer.used, &events, of);
    return of->question != NULL;
}

static struct address_check *find(const struct call_manager *manager, const char *device_name) {
    SJ_LIST_EACH(of, &manager->address_checks, struct address_check, link) {
        if (strcmp(of->device_name, device_name) == 0) {
            return of;
        }
    }
    return NULL;
}

void address_check_begin(struct call_manager *manager, const struct sip_message *request,
                         const struct sip_flow *flow, struct registration *registered,
                         sip_receive_fn *moved) {
    const char *name = registered->device->name;
    const uint64_t now_ms = sj_monotonic_ms(manager->scope);
    const struct address_check *asked = find(manager, name);
    struct address_check *made;
    if (asked != NULL && sip_flow_same_host(&asked->flow, flow)) {
        return; /* repeated: it is answered when the phone has been asked */
    }
    if (registered->seen_there_ms != 0 && now_ms - registered->seen_there_ms < REMEMBERED_MS) {
        refuse(manager, request, flow, name);
        return;
    }
    made = asked != NULL || manager->address_check_count >= CHECKS_MAX
               ? NULL
               : calloc(1, sizeof *made + request->length);
    if (made == NULL) {
        sip_answer(manager, request, flow, 503,
                   "The phone is registered at another address, which is being checked");
        return;
    }
    made->manager = manager;
    made->flow = *flow;
    made->moved = moved;
    made->length = request->length;
    memcpy(made->request, request->method_text.at, request->length);
    (void)snprintf(made->device_name, sizeof made->device_name, "%s", name);
    sj_list_add_first(&manager->address_checks, &made->link);
    manager->address_check_count++;
    if (!ask(made, registered)) {
        stop_asking(made);
        free(made);
        sip_answer(manager, request, flow, 503,
                   "The address where the phone is registered cannot be checked");
        return;
    }
    timer_wheel_start(&manager->fast.wheel, &made->deadline, now_ms, WAIT_MS, deadline);
}

void address_checks_free(struct call_manager *manager) {
    SJ_LIST_EACH(of, &manager->address_checks, struct address_check, link) {
        stop_asking(of);
        free(of);
    }
}
