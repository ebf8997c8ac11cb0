/* Who waits for whom, and when it is told. Numbers that have changed are looked at a moment later,
 * so many at a time that thousands of them do not hold up calls. */
#include "calls/call_back.h"
#include "calls/call_destination.h"
#include "calls/call_leg.h"
#include "dial_plan/dial_codes.h"
#include "events/call.h"
#include "parameters/call_manager.h"
#include "phones/remote_control.h"
#include "phones/softkey_event.h"

#include <sojourn/base/hash.h>
#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

enum {
    CALL_BACKS_MAX = 20000,
    UNANSWERED_MAX = 4096,         /* calls that are remembered */
    UNANSWERED_MS = 2 * 60 * 1000, /* for so long */
    LASTS_MS = 3 * 60 * 60 * 1000,
    LOOK_MS = 1000, /* after a change */
    LOOKS_A_TURN = 40,
};

enum call_back_state {
    AWAITS_USE,  /* the number was not answered: nobody is there before it is used */
    AWAITS_REST, /* it is free once nothing is on its lines */
    IS_TOLD,     /* the phone shows that it is free */
};

struct call_back {
    sj_map_link by_caller, by_target;
    sj_list_link due;
    struct wheel_timer timer; /* its end */
    struct call_manager *manager;
    enum call_back_state state;
    char device_name[130];
    char caller[130], target[130]; /* directory numbers: "1001@Internal" */
    char dialled[DIGITS_MAX];
};

/* A call that was not answered. */
struct unanswered {
    uint64_t ended_ms; /* monotonic; 0: none */
    char device_name[130], caller[130], target[130];
    char dialled[DIGITS_MAX];
    bool busy;
};

struct call_backs {
    struct call_manager *manager;
    sj_map by_caller, by_target;
    sj_list_head due;
    struct wheel_timer turn;
    struct unanswered *unanswered; /* a ring of UNANSWERED_MAX */
    size_t next_unanswered;
    sj_metric *metric_count;
};

struct call_backs *call_backs_open(struct call_manager *manager) {
    struct call_backs *all = calloc(1, sizeof *all);
    if (all == NULL ||
        (all->unanswered = calloc(UNANSWERED_MAX, sizeof *all->unanswered)) == NULL) {
        free(all);
        return NULL;
    }
    all->manager = manager;
    all->metric_count = sj_metric_new(manager->scope, SJ_GAUGE, "sojourn_ccm_call_backs",
                                      "Call backs that are active");
    return all;
}

static void count(const struct call_backs *all) {
    sj_metric_set(all->manager->scope, all->metric_count, (double)all->by_caller.count);
}

static void drop(struct call_back *call_back) {
    struct call_backs *all = call_back->manager->call_backs;
    timer_wheel_stop(&all->manager->slow.wheel, &call_back->timer);
    (void)sj_map_remove(&all->by_caller, &call_back->by_caller);
    (void)sj_map_remove(&all->by_target, &call_back->by_target);
    sj_list_remove(&call_back->due);
    free(call_back);
    count(all);
}

void call_backs_free(struct call_backs *all) {
    sj_map_place place = {0};
    if (all == NULL) {
        return;
    }
    for (struct call_back *call_back;
         (call_back = SJ_OWNER(sj_map_walk(&all->by_caller, &place), struct call_back,
                               by_caller)) != NULL;) {
        drop(call_back);
    }
    timer_wheel_stop(&all->manager->slow.wheel, &all->turn);
    sj_map_clear(&all->by_caller);
    sj_map_clear(&all->by_target);
    free(all->unanswered);
    free(all);
}

static struct call_back *find(const struct call_backs *all, const char *caller) {
    SJ_MAP_EACH_OF(call_back, &all->by_caller, sj_hash_keyed_text(caller), struct call_back,
                   by_caller) {
        if (strcmp(call_back->caller, caller) == 0) {
            return call_back;
        }
    }
    return NULL;
}

static struct call_back *find_of_phone(const struct call_manager *manager,
                                       const struct registration *phone) {
    for (size_t i = 0; i < phone->device->line_count; i++) {
        struct call_back *call_back = find(manager->call_backs, phone->device->lines[i].key);
        if (call_back != NULL) {
            return call_back;
        }
    }
    return NULL;
}

static void publish(const struct call_back *call_back, const char *state) {
    const struct call_manager *manager = call_back->manager;
    const sj_call_back event = {.state = state,
                                .device_name = call_back->device_name,
                                .number = call_back->caller,
                                .target_number = call_back->target};
    sj_log_debug(manager->scope, "call back of %s to %s: %s", call_back->caller, call_back->target,
                 state);
    sj_publish_call_back(manager->scope, manager->call_back, &event);
}

static void end(struct call_back *call_back, const char *state) {
    publish(call_back, state);
    drop(call_back);
}

/* ---- what the phone shows ---- */

/* The phone where it was activated while that has the line, else one that has it now. */
static const struct registration *phone_of(const struct call_back *call_back) {
    const struct call_manager *manager = call_back->manager;
    const struct registration *phone =
        registration_find(manager->registrations, call_back->device_name);
    const struct device_line *line = NULL;
    if (phone != NULL && phone->cisco &&
        device_line_by_key(phone->device, (char *)call_back->caller) != NULL) {
        return phone;
    }
    while ((line = registration_lines(manager->registrations, call_back->caller, line)) != NULL) {
        phone = line_device(line)->registration;
        if (phone->cisco && !line_device(line)->removed) {
            return phone;
        }
    }
    return NULL;
}

static void show(const struct call_back *call_back, const struct registration *phone) {
    static const struct remote_key keys[] = {{"Dial", CALL_BACK_DIAL},
                                             {"Cancel", CALL_BACK_CANCEL}};
    const bool told = call_back->state == IS_TOLD;
    char text[200], shown[DIGITS_MAX];
    (void)dial_codes_shown(&call_back->manager->plan, call_back->dialled, shown);
    (void)snprintf(text, sizeof text,
                   told ? "%s has become available."
                        : "You will be notified when %s becomes available.",
                   shown);
    remote_control_ask(call_back->manager, phone, "CallBack", text, told ? keys : keys + 1,
                       told ? 2 : 1);
    if (told) {
        remote_control_alert(call_back->manager, phone, "", 0, true, NULL);
    }
}

/* ---- when it is free ---- */

static bool is_used(const struct call_manager *manager, const char *directory_number) {
    const struct call_leg *leg = NULL;
    while ((leg = call_leg_on_line(manager, directory_number, leg)) != NULL) {
        if (leg->inbound || leg->state == LEG_ANSWERED || leg->state == LEG_CONFIRMED) {
            return true;
        }
    }
    return false;
}

static bool is_free(const struct call_manager *manager, const char *directory_number) {
    return registration_lines(manager->registrations, directory_number, NULL) != NULL &&
           call_leg_on_line(manager, directory_number, NULL) == NULL;
}

static bool is_at_rest(const struct device *device) {
    for (size_t i = 0; i < device->line_count; i++) {
        if (device->lines[i].calls > 0) {
            return false;
        }
    }
    return true;
}

static void ends(struct wheel_timer *timer) {
    struct call_back *call_back = SJ_OWNER(timer, struct call_back, timer);
    const struct registration *phone = phone_of(call_back);
    if (phone != NULL) {
        remote_control_show(call_back->manager, phone, "CallBack is over",
                            sj_param_ccm_call_park_display_timer(call_back->manager->scope));
    }
    end(call_back, "over");
}

static void lasts(struct call_back *call_back, uint64_t for_ms) {
    struct call_manager *manager = call_back->manager;
    timer_wheel_start(&manager->slow.wheel, &call_back->timer, sj_monotonic_ms(manager->scope),
                      for_ms, ends);
}

static void look(struct call_back *call_back) {
    struct call_manager *manager = call_back->manager;
    const struct registration *phone = phone_of(call_back);
    if (!sj_param_ccm_call_back_enabled_flag(manager->scope)) {
        end(call_back, "over");
        return;
    }
    if (call_back->state != AWAITS_REST || phone == NULL || !is_free(manager, call_back->target) ||
        !is_at_rest(phone->device)) {
        return; /* what changes then is told again */
    }
    call_back->state = IS_TOLD;
    lasts(call_back, (uint64_t)sj_param_ccm_call_back_recall_t3_timer(manager->scope) * 1000);
    show(call_back, phone);
    publish(call_back, "available");
}

static void start_turn(struct call_backs *all);

static void take_turn(struct wheel_timer *timer) {
    struct call_backs *all = SJ_OWNER(timer, struct call_backs, turn);
    sj_list_link *link;
    for (int left = LOOKS_A_TURN; left > 0 && (link = sj_list_take_first(&all->due)) != NULL;
         left--) {
        look(SJ_OWNER(link, struct call_back, due));
    }
    start_turn(all);
}

static void start_turn(struct call_backs *all) {
    struct call_manager *manager = all->manager;
    if (!wheel_timer_running(&all->turn) && !sj_list_empty(&all->due)) {
        timer_wheel_start(&manager->slow.wheel, &all->turn, sj_monotonic_ms(manager->scope),
                          LOOK_MS, take_turn);
    }
}

static void look_soon(struct call_back *call_back) {
    struct call_backs *all = call_back->manager->call_backs;
    if (!sj_list_linked(&call_back->due)) {
        sj_list_add_last(&all->due, &call_back->due);
    }
    start_turn(all);
}

void call_back_number_changed(struct call_manager *manager, const char *directory_number) {
    struct call_backs *all = manager->call_backs;
    struct call_back *own = find(all, directory_number);
    if (own != NULL) {
        look_soon(own);
    }
    SJ_MAP_EACH_OF(call_back, &all->by_target, sj_hash_keyed_text(directory_number),
                   struct call_back, by_target) {
        if (strcmp(call_back->target, directory_number) == 0) {
            if (call_back->state == AWAITS_USE && is_used(manager, directory_number)) {
                call_back->state = AWAITS_REST;
            }
            look_soon(call_back);
        }
    }
}

static struct call_back *find_of_target(const struct call_backs *all, const char *target) {
    SJ_MAP_EACH_OF(call_back, &all->by_target, sj_hash_keyed_text(target), struct call_back,
                   by_target) {
        if (strcmp(call_back->target, target) == 0) {
            return call_back;
        }
    }
    return NULL;
}

void call_back_number_removed(struct call_manager *manager, const char *directory_number) {
    struct call_backs *all = manager->call_backs;
    struct call_back *call_back = find(all, directory_number);
    if (call_back != NULL) {
        end(call_back, "over");
    }
    while ((call_back = find_of_target(all, directory_number)) != NULL) {
        ends(&call_back->timer);
    }
}

/* ---- calls that were not answered ---- */

/* The directory number that was called, before it was forwarded; "": none of this cluster. */
static const char *target_of(const struct call *call) {
    return call->history.count > 0 ? call->history.hops[0].key : call->number_key;
}

static void remember(const struct call *call, bool busy) {
    struct call_backs *all = call->manager->call_backs;
    struct unanswered *entry = &all->unanswered[all->next_unanswered++ % UNANSWERED_MAX];
    *entry = (struct unanswered){.ended_ms = sj_monotonic_ms(call->manager->scope), .busy = busy};
    (void)snprintf(entry->device_name, sizeof entry->device_name, "%s", call->caller->device_name);
    (void)snprintf(entry->caller, sizeof entry->caller, "%s", call->caller->line_key);
    (void)snprintf(entry->target, sizeof entry->target, "%s", target_of(call));
    (void)snprintf(entry->dialled, sizeof entry->dialled, "%s", call->dialled);
}

void call_back_note(const struct call *call, int status) {
    const struct call_leg *caller = call->caller;
    if (caller == NULL || !caller->inbound || !caller->cisco || caller->line_key == NULL ||
        call_destination_feature(call->dialled) != NULL) {
        return;
    }
    struct call_back *call_back = find(call->manager->call_backs, caller->line_key);
    if (call->answered == NULL) {
        remember(call, status == 486);
    } else if (call_back != NULL && strcmp(call_back->target, target_of(call)) == 0) {
        end(call_back, "over");
    }
}

static bool find_unanswered(struct call_manager *manager, const struct registration *phone,
                            struct unanswered *wanted) {
    const struct call_backs *all = manager->call_backs;
    const uint64_t now_ms = sj_monotonic_ms(manager->scope);
    for (size_t back = 1; back <= UNANSWERED_MAX && back <= all->next_unanswered; back++) {
        const struct unanswered *entry =
            &all->unanswered[(all->next_unanswered - back) % UNANSWERED_MAX];
        if (now_ms - entry->ended_ms > UNANSWERED_MS) {
            return false;
        }
        if (strcmp(entry->device_name, phone->device->name) == 0 &&
            device_line_by_key(phone->device, (char *)entry->caller) != NULL) {
            *wanted = *entry;
            return true;
        }
    }
    return false;
}

/* ---- keys ---- */

static int activate(struct call_manager *manager, const struct registration *phone,
                    const struct unanswered *wanted, const char **why) {
    struct call_backs *all = manager->call_backs;
    if (wanted->target[0] == '\0' ||
        dial_plan_directory_number(&manager->plan, wanted->target) == NULL ||
        device_line_by_key(phone->device, (char *)wanted->target) != NULL) {
        *why = "Who was called is no other directory number of this cluster";
        return 603;
    }
    struct call_back *older = find(all, wanted->caller);
    if (older != NULL) {
        end(older, "cancelled");
    }
    struct call_back *call_back =
        all->by_caller.count >= CALL_BACKS_MAX ? NULL : calloc(1, sizeof *call_back);
    if (call_back == NULL) {
        *why = "There are too many call backs";
        return 503;
    }
    call_back->manager = manager;
    call_back->state = wanted->busy ? AWAITS_REST : AWAITS_USE;
    (void)snprintf(call_back->device_name, sizeof call_back->device_name, "%s",
                   phone->device->name);
    (void)snprintf(call_back->caller, sizeof call_back->caller, "%s", wanted->caller);
    (void)snprintf(call_back->target, sizeof call_back->target, "%s", wanted->target);
    (void)snprintf(call_back->dialled, sizeof call_back->dialled, "%s", wanted->dialled);
    sj_map_add(&all->by_caller, &call_back->by_caller, sj_hash_keyed_text(call_back->caller));
    sj_map_add(&all->by_target, &call_back->by_target, sj_hash_keyed_text(call_back->target));
    count(all);
    lasts(call_back, LASTS_MS);
    show(call_back, phone);
    publish(call_back, "activated");
    look_soon(call_back);
    return 0;
}

const char *call_back_hindrance(struct call_manager *manager, bool cisco) {
    return !sj_param_ccm_call_back_enabled_flag(manager->scope) ? "Call back is not enabled"
           : cisco                                              ? NULL
                   : "This phone has no way to show that a number is free";
}

int call_back_press(struct call_manager *manager, const struct registration *phone,
                    struct call_leg *leg, const char **why) {
    struct unanswered wanted = {0};
    if ((*why = call_back_hindrance(manager, phone->cisco)) != NULL) {
        return 603;
    }
    if (leg != NULL &&
        (!leg->caller || !leg->inbound || leg->call->answered != NULL || leg->line_key == NULL)) {
        *why = "Only whoever calls is called back, before the call is answered";
        return 603;
    }
    if (leg != NULL) {
        (void)snprintf(wanted.caller, sizeof wanted.caller, "%s", leg->line_key);
        (void)snprintf(wanted.target, sizeof wanted.target, "%s", target_of(leg->call));
        (void)snprintf(wanted.dialled, sizeof wanted.dialled, "%s", leg->call->dialled);
        return activate(manager, phone, &wanted, why);
    }
    const struct call_back *active = find_of_phone(manager, phone);
    if (find_unanswered(manager, phone, &wanted) &&
        (active == NULL || strcmp(active->target, wanted.target) != 0)) {
        return activate(manager, phone, &wanted, why);
    }
    if (active == NULL) {
        *why = "There is no call that was not answered";
        return 481;
    }
    show(active, phone);
    return 0;
}

int call_back_dial(struct call_manager *manager, const struct registration *phone,
                   struct call_leg *leg, const char **why) {
    struct call_back *call_back = find_of_phone(manager, phone);
    (void)leg;
    if (call_back == NULL || call_back->state != IS_TOLD) {
        *why = "No number has become available";
        return 481;
    }
    const struct device_line *line = device_line_by_key(phone->device, call_back->caller);
    remote_control_dial(manager, phone, call_back->dialled, (size_t)line->index + 1);
    end(call_back, "dialled");
    return 0;
}

int call_back_cancel(struct call_manager *manager, const struct registration *phone,
                     struct call_leg *leg, const char **why) {
    struct call_back *call_back = find_of_phone(manager, phone);
    (void)leg;
    if (call_back == NULL) {
        *why = "No call back is active";
        return 481;
    }
    end(call_back, "cancelled");
    return 0;
}
