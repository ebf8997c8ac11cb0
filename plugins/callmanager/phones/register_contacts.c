/* Finds the registrations that a REGISTER is about. */
#include "phones/register_contacts.h"

static const char *record_of(const struct device *device, const struct register_facts *facts) {
    for (size_t i = 0; !facts->named && i < device->line_count; i++) {
        if (strcmp(line_number(&device->lines[i]), facts->user) == 0) {
            return line_number(&device->lines[i]);
        }
    }
    return "";
}

struct registration *register_contacts_of(struct registration *phone, const char *record,
                                          const struct registration *previous) {
    struct registration *next = phone == NULL      ? NULL
                                : previous == NULL ? registration_first(phone)
                                                   : registration_next(previous);
    while (next != NULL && strcmp(registration_record(next), record) != 0) {
        next = registration_next(next);
    }
    return next;
}

static bool is_taken(const struct register_steps *steps, const struct registration *registration) {
    for (size_t i = 0; i < steps->count; i++) {
        if (steps->steps[i].old == registration) {
            return true;
        }
    }
    return false;
}

/* What gives way when there is no room: an earlier contact of the same registrar's client, of the
 * same host, or the one that ends first. */
static struct registration *giving_way(const struct register_steps *steps,
                                       struct registration *phone,
                                       const struct register_facts *facts,
                                       const struct sip_flow *flow) {
    struct registration *chosen = NULL, *next = NULL;
    int best = -1;
    while ((next = register_contacts_of(phone, steps->record, next)) != NULL) {
        const int rank = sip_text_is(facts->call_id, registration_call_id(next)) ? 2
                         : sip_flow_same_host(&next->flow, flow)                 ? 1
                                                                                 : 0;
        if (!is_taken(steps, next) &&
            (rank > best || (rank == best && next->expires_ms < chosen->expires_ms))) {
            chosen = next;
            best = rank;
        }
    }
    return chosen;
}

/* A step for each registration: all are taken off. */
static void lay_out_all(struct registration *phone, struct register_steps *steps) {
    struct registration *next = NULL;
    for (steps->count = 0; steps->count < REGISTER_CONTACTS_MAX &&
                           (next = register_contacts_of(phone, steps->record, next)) != NULL;) {
        steps->steps[steps->count++].old = next;
    }
    steps->count = steps->count == 0 ? 1 : steps->count;
}

/* The registration that has this very contact, unless another contact of the request has taken it:
 * two that differ may each be the same as a third (RFC 3261 19.1.4). */
static struct registration *with_contact(const struct register_steps *steps,
                                         struct registration *phone, struct sip_text uri) {
    struct registration *next = NULL;
    while ((next = register_contacts_of(phone, steps->record, next)) != NULL &&
           (is_taken(steps, next) || !sip_uri_equal(uri, sip_text_of(next->contact)))) {
    }
    return next;
}

void register_contacts_lay_out(const struct device *device, struct registration *phone,
                               const struct register_facts *facts, const struct sip_flow *flow,
                               struct register_steps *steps) {
    size_t used = 0;
    steps->record = record_of(device, facts);
    steps->most = facts->named ? 1 : device->maximum_contacts;
    steps->count = facts->contact_count > 0 ? facts->contact_count : 1;
    memset(steps->steps, 0,
           sizeof steps->steps[0] * (facts->star ? REGISTER_CONTACTS_MAX : steps->count));
    if (facts->star) {
        lay_out_all(phone, steps);
        return;
    }
    for (struct registration *next = NULL;
         (next = register_contacts_of(phone, steps->record, next)) != NULL;) {
        used++;
    }
    for (size_t i = 0; i < facts->contact_count; i++) {
        struct register_step *step = &steps->steps[i];
        step->contact = &facts->contacts[i];
        step->old = with_contact(steps, phone, step->contact->address.uri);
        used -= step->old != NULL && step->contact->expires_s == 0 ? 1 : 0;
    }
    for (size_t i = 0; i < facts->contact_count; i++) {
        struct register_step *step = &steps->steps[i];
        if (step->old == NULL && step->contact->expires_s > 0) {
            step->old = used < steps->most ? NULL : giving_way(steps, phone, facts, flow);
            used++;
        }
    }
}
