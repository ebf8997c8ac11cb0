/* Which registration each Contact of a REGISTER stands for. A phone that names itself in a Cisco
 * way has one contact for all its lines. A plain one has contacts for each address of record that
 * is the number of one of its lines, and for its other addresses together; how many, its SIP
 * profile says. No input or output. */
#ifndef CALLMANAGER_REGISTER_CONTACTS_H
#define CALLMANAGER_REGISTER_CONTACTS_H

#include "phones/register_judge.h"

struct register_step {
    const struct register_contact *contact; /* NULL: all are taken off, or asked for */
    struct registration *old; /* that has this contact, or gives way to it; NULL: there is none */
    struct register_verdict verdict;
};

struct register_steps {
    struct register_step steps[REGISTER_CONTACTS_MAX];
    size_t count;       /* at least one */
    const char *record; /* number of the line that the contacts are for; "": all lines */
    size_t most;        /* contacts that may be registered so */
};

/* `phone`: one of its registrations; NULL: it has none. The device and the facts are pointed into.
 */
void register_contacts_lay_out(const struct device *device, struct registration *phone,
                               const struct register_facts *facts, const struct sip_flow *flow,
                               struct register_steps *steps);

/* The next registration for that record, of the same phone: begin with NULL. */
struct registration *register_contacts_of(struct registration *phone, const char *record,
                                          const struct registration *previous);

#endif
