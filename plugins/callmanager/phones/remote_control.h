/* The state of features as Cisco's phones get it by REFER (RemoteCC): Do Not Disturb, where their
 * lines forward calls, and whether messages wait. */
#ifndef CALLMANAGER_REMOTE_CONTROL_H
#define CALLMANAGER_REMOTE_CONTROL_H

#include "core/call_manager.h"
#include "phones/registration_table.h"
#include "sip/refer.h"

/* All states, for a phone that has just registered. */
void remote_control_notify_all(struct call_manager *manager, struct registration *registration);
/* Its state of Do Not Disturb, unless it knows. */
void remote_control_notify_do_not_disturb(struct call_manager *manager,
                                          struct registration *registration);
/* Whether it keeps its calls on shared lines to itself, unless it knows. */
void remote_control_notify_privacy(struct call_manager *manager, struct registration *registration);
/* Whether it is logged into its hunt groups has changed: that, and words for its user. */
void remote_control_notify_hunt_login(struct call_manager *manager,
                                      const struct registration *registration);
/* All of Cisco's phones with that line: its state. */
void remote_control_notify_line(struct call_manager *manager, const char *directory_number);
/* All phones with that line: where it forwards all calls. */
void remote_control_notify_forward_all(struct call_manager *manager, const char *directory_number);

/* Has the phone go on with a call that it has put on hold. */
void remote_control_retrieve(struct call_manager *manager, const struct registration *registration,
                             const struct sip_replaces *dialog);

/* What phones show in the language of their user: these, and what follows. */
#define PARKED_AT_TEXT "\x80!"
#define PARK_FAILED_TEXT "\x80^"
#define MALICIOUS_CALL_TEXT "\x80T"
#define JOIN_FAILED_TEXT "\x80S"
/* Has the phone show a text on its status line. `for_s` 0: until something else is shown. */
void remote_control_show(struct call_manager *manager, const struct registration *registration,
                         const char *text, int64_t for_s);
/* The same and a short tone, to both parties of the call that `dialog` names, as the phone has it
 * (NULL: none). Without a text ("") the tone alone. */
void remote_control_alert(struct call_manager *manager, const struct registration *registration,
                          const char *text, int64_t for_s, bool tone,
                          const struct sip_replaces *dialog);

/* A key below a text; `word`: what the phone sends when it is pressed, see softkey_event.h. */
struct remote_key {
    const char *name, *word;
};
/* Has the phone show a text of its own page, with these keys below. `text` is UTF-8. */
void remote_control_ask(struct call_manager *manager, const struct registration *registration,
                        const char *title, const char *text, const struct remote_key *keys,
                        size_t key_count);
/* One of those in a conference, as a phone lists them; `number` is what the phone sends when it is
 * chosen. */
struct remote_member {
    char name[80]; /* UTF-8 */
    unsigned number;
};
/* Has the phone list them. `removes`: its user may remove one. */
void remote_control_list(struct call_manager *manager, const struct registration *registration,
                         unsigned conference, const struct remote_member *members, size_t count,
                         bool removes);
/* The key Join has done what it is for, in the call that `dialog` names. */
void remote_control_joined(struct call_manager *manager, const struct registration *registration,
                           const struct sip_replaces *dialog);
/* Has the phone call that number on a line (1 is the first). */
void remote_control_dial(struct call_manager *manager, const struct registration *registration,
                         const char *number, size_t line);

#endif
