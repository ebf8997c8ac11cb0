/* Has the transport tell of each message, and keeps it without its secrets, with the phone that is
 * registered there. */
#include "phones/message_history.h"
#include "events/node.h"
#include "parameters/call_manager.h"
#include "phones/registration_table.h"
#include "sip/sip_outline.h"

enum { MEGABYTE = 1024 * 1024 };

/* The phone from there; by UDP phones may send from another port than they have registered from. */
static struct sip_text owner_of(const struct call_manager *manager, const struct sip_flow *flow) {
    const struct registration_table *table = manager->registrations;
    const struct registration *phone = registration_from(table, flow, NULL);
    if (phone == NULL && flow->transport == SJ_SIP_TRANSPORT_UDP &&
        !registration_host_has(table, &flow->remote, 2)) {
        phone = registration_at(table, &flow->remote);
    }
    return sip_text_of(phone == NULL ? "" : phone->device->name);
}

/* Whether there is much of it: what no call is about. */
static bool is_frequent(const struct sip_outline *outline) {
    static const char *const methods[] = {"REGISTER", "OPTIONS", "SUBSCRIBE", "PUBLISH"};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (sip_text_is(outline->method, methods[i])) {
            return true;
        }
    }
    return sip_text_is(outline->method, "NOTIFY") && !sip_text_is_nocase(outline->event, "refer");
}

static void on_passed(void *user, const struct sip_passage *passage) {
    struct call_manager *manager = user;
    struct sip_outline outline;
    sip_outline_read(passage->data, passage->length, &outline);
    const struct kept kept = {.at_ms = sj_wall_ms(manager->scope),
                              .kind = KEPT_MESSAGE,
                              .frequent = is_frequent(&outline),
                              .received = passage->received,
                              .dialog = message_buffer_key(outline.call_id),
                              .transport = passage->flow->transport,
                              .local = passage->local,
                              .remote = passage->flow->remote,
                              .before_sent = passage->before_sent,
                              .before_received = passage->before_received,
                              .owner = owner_of(manager, passage->flow),
                              .data = {passage->data, passage->length}};
    char *copy = message_buffer_add(manager->history, &kept);
    if (copy != NULL) {
        sip_outline_redact(&outline, copy);
    }
}

void message_history_add(struct call_manager *manager, struct kept *kept) {
    if (manager->history != NULL) {
        kept->at_ms = sj_wall_ms(manager->scope);
        (void)message_buffer_add(manager->history, kept);
    }
}

/* As the parameter says now; what was kept is forgotten. */
static void apply(struct call_manager *manager) {
    const int64_t megabytes = sj_param_ccm_sip_message_buffer(manager->scope);
    message_history_close(manager);
    if (megabytes == 0) {
        return;
    }
    manager->history = message_buffer_new((size_t)megabytes * MEGABYTE);
    if (manager->history == NULL) {
        sj_log_warning(manager->scope,
                       "no memory for a SIP Message Buffer of %lld MB: no SIP messages are kept",
                       (long long)megabytes);
        return;
    }
    manager->history_since_ms = sj_wall_ms(manager->scope);
    manager->transport.passed = on_passed;
}

static void on_parameter_changed(void *user, const sj_parameter_changed *event) {
    if (strcmp(event->symbol, "ccm_sip_message_buffer") == 0) {
        apply(user);
    }
}

int message_history_open(struct call_manager *manager, sj_error *error) {
    if (sj_on_parameter_changed(manager->scope, on_parameter_changed, manager, error) == NULL) {
        return error->code;
    }
    apply(manager);
    return SJ_OK;
}

void message_history_close(struct call_manager *manager) {
    manager->transport.passed = NULL;
    message_buffer_free(manager->history);
    manager->history = NULL;
}
