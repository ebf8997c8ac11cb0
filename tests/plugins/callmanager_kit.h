/* The call manager in the test kit with a small dial plan, and phones, a gateway and a remote
 * cluster that the test plays over UDP. */
#ifndef CALLMANAGER_KIT_H
#define CALLMANAGER_KIT_H

#include <sojourn/testkit.h>

extern const sj_plugin sj_plugin_descriptor;

enum { PORT = 5060, DIALOG = 3000 };
static const char *const alice = "192.0.2.1", *const bob = "192.0.2.2", *const dave = "192.0.2.4",
                         *const gateway = "192.0.2.90", *const remote = "198.51.100.1";

/* Around each test; *state is the sj_testkit. Alice (1001), Bob (1002), Carol with digest
 * credentials (1003), a gateway behind 9. */
int setup(void **state);
/* The same on another node. */
int setup_with(void **state, const sj_testkit_options *options);
/* On one that has, behind 127.0.0.1, the addresses 2001:db8::1 and 127.0.0.2. */
int setup_both_families(void **state);
int teardown(void **state);
/* JSON into a resource; must succeed. */
void put(sj_testkit *kit, const sj_resource_meta *meta, const char *json);
/* Alice's visit to the cluster br, and what it takes: the EMCC trunk, the remote cluster, an
 * emergency number by place. */
void emcc_world(sj_testkit *kit);

void send_text(sj_testkit *kit, const char *from, int port, const char *text);
/* The newest datagram to that address that begins with `head`, as text; NULL when there is none. */
const char *sent_to(sj_testkit *kit, const char *address, const char *head);
/* The same; there must be one. */
const char *expect(sj_testkit *kit, const char *address, const char *head);
/* That party gives up its last INVITE, to `number`. */
void gives_up(sj_testkit *kit, const char *from, const char *number);
/* The same with further headers, each with its CRLF. */
void gives_up_with(sj_testkit *kit, const char *from, const char *number, const char *more);
/* The value of a header in a message, in a ring of buffers. */
const char *header(const char *message, const char *name);
/* The tag in the value of From or To; four of them are kept. */
const char *tag_of(const char *value);

void register_phone(sj_testkit *kit, const char *from, const char *device, const char *number,
                    int cseq, int expires);
/* As a phone that has started anew: with another Call-ID. */
void register_again(sj_testkit *kit, const char *from, const char *device, const char *number);
void both_register(sj_testkit *kit);
/* The same with further headers, each with its CRLF. */
void answer_with(sj_testkit *kit, const char *from, const char *request, int status,
                 const char *more, const char *body);
void answer(sj_testkit *kit, const char *from, const char *request, int status, const char *body);
void invite(sj_testkit *kit, const char *from, const char *contact, const char *number,
            const char *caller, const char *more);
/* The same with a body of any type; "" for none. */
void invite_with(sj_testkit *kit, const char *from, const char *contact, const char *number,
                 const char *caller, const char *more, const char *type, const char *body);
/* The same over the EMCC trunk: "X-Sojourn-Emcc: device=...;cluster=br", and the challenge answered
 * with the lease. */
void invite_from_cluster(sj_testkit *kit, const char *number, const char *device, const char *lease,
                         const char *more, const char *type, const char *body);
/* A request of the caller within its dialog, from an answer it got. */
void within(sj_testkit *kit, const char *from, const char *method, int cseq, const char *dialog);
void within_with(sj_testkit *kit, const char *from, const char *method, int cseq,
                 const char *dialog, const char *sdp);
/* The same with further headers, each with its CRLF. */
void within_more(sj_testkit *kit, const char *from, const char *method, int cseq,
                 const char *dialog, const char *more, const char *sdp);

/* A third phone, 1004. */
void dave_registers(sj_testkit *kit);
/* The dialog of a message as its other end has it: to be given to `within`. */
void turned_round(const char *message, char dialog[DIALOG]);
/* A REFER within a dialog; `more` as above. */
void refer_to(sj_testkit *kit, const char *from, int cseq, const char *dialog, const char *target,
              const char *more);
/* The same with Replaces: `consultation` is the transferor's dialog with the target, as it has it.
 */
void refer_attended(sj_testkit *kit, const char *from, int cseq, const char *dialog,
                    const char *consultation);
/* A call from a phone by an INVITE; what was sent before is forgotten. */
void phone_dials(sj_testkit *kit, const char *from, const char *number, const char *to);
/* A call that is answered; the dialogs of the caller and of the called. */
void phones_talk(sj_testkit *kit, const char *from, const char *number, const char *to,
                 const char *called, char caller[DIALOG], char callee[DIALOG]);
/* A softkey that is sent as REFER, in a call of which `dialog` is the phone's own side. */
void press_softkey(sj_testkit *kit, const char *from, const char *number, const char *key,
                   const char *dialog);
/* A REFER with that body, as Cisco's phones send what their users want. */
void send_remote_control(sj_testkit *kit, const char *from, const char *number, const char *type,
                         const char *body);

#endif
