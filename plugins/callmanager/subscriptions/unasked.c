/* A subscription like others, in a dialog that the node has made up. */
#include "subscriptions/unasked.h"

static void put_address(struct sip_writer *writer, const char *user, const char *address) {
    sip_put(writer, "<sip:");
    sip_put_user(writer, user);
    sip_put(writer, "@");
    sip_put_host(writer, address, 0);
    sip_put(writer, ">");
}

bool unasked_tell(struct call_manager *manager, const struct registration *phone,
                  const struct event_package *package, const struct watch_verdict *what,
                  bool once) {
    const struct device *device = phone->device;
    const char *own = call_manager_address(manager, &phone->flow);
    char local_text[200], remote_text[300], call_id[SIP_TAG];
    struct sip_writer local, remote;
    sip_writer_init(&local, local_text, sizeof local_text);
    sip_writer_init(&remote, remote_text, sizeof remote_text);
    put_address(&local, what->number, own);
    put_address(&remote, device->line_count > 0 ? line_number(&device->lines[0]) : device->name,
                own);
    call_manager_token(manager, call_id);
    const struct subscription_texts texts = {
        .device_name = sip_text_of(device->name),
        .number = sip_text_of(what->number),
        .asked = sip_text_of(what->asked),
        .call_id = sip_text_of(call_id),
        .local = {local_text, local.used},
        .remote = {remote_text, remote.used},
        .target = sip_text_of(phone->contact),
        .routes = sip_text_of(""),
        .event = sip_text_of(package->name),
    };
    struct subscription *subscription =
        local.overflow || remote.overflow
            ? NULL
            : subscription_new(manager, package, what->key, &texts, &phone->flow);
    if (subscription == NULL) {
        return false;
    }
    subscription->unasked = true;
    subscription->once = once;
    subscription_wait(subscription);
    return true;
}

bool unasked_is_told(const struct call_manager *manager, const char *device_name,
                     const struct event_package *package, const char *key) {
    const struct subscription *subscription = NULL;
    while ((subscription = subscription_of_phone(manager, device_name, subscription)) != NULL) {
        if (subscription->unasked && subscription->package == package &&
            strcmp(subscription->watched->key, key) == 0) {
            return true;
        }
    }
    return false;
}
