/* Transfers. Whoever sends a REFER within a call (the transferor) wants the other party of it (the
 * transferee) put through to a third one (the target): one that it has called in a second call
 * (attended, by Replaces), which may still ring (early attended), or one that is to be called for
 * it (blind), with the transferor's rights.
 *
 * In each case there are two calls, and the transferee and the transferor's place in the second
 * one are exchanged (call_exchange.h) as soon as the target has answered; then the two who stay
 * agree upon media (call_join.h), and the first call ends, which has only the transferor's own
 * dialogs by then. Until it is certain that this succeeds the exchange can be undone. For a blind
 * transfer the second call's caller is a leg without a dialog, which stands for the transferee.
 *
 * When the transferor hangs up before the target has answered, the transferee takes the caller's
 * place at once; when the target cannot be reached then, it is called back to the transferor's
 * number. */
#ifndef CALLMANAGER_TRANSFER_H
#define CALLMANAGER_TRANSFER_H

#include "calls/call_routing.h"

/* A REFER within a call: answered, and begun when it can be done. */
void transfer_refer(struct call_leg *from, const struct sip_message *request,
                    const struct sip_flow *flow);

/* The transferor sends the transferee to that number, as a number that forwards does: `hop` says
 * which. False: no memory, or too many calls. */
bool transfer_divert(struct call_leg *from, const struct call_origin *rights, const char *number,
                     const struct forward_hop *hop);

/* A call to `dialled` on behalf of the transferee, with a caller's leg that has no dialog. NULL: no
 * memory. */
struct call *transfer_call_for(struct call_leg *transferee, const char *dialled);

enum transfer_kind {
    TRANSFER_BLIND,
    TRANSFER_ATTENDED,
    TRANSFER_DIVERT, /* blind, on behalf of immediate divert */
};

/* Begins when all has been checked. `refer` NULL: it was no REFER (`silent`). `replaced` is the
 * transferor's leg in the call with the target, or the one that stands for the transferee;
 * `silent`: the transferor is told nothing. False: no memory. */
bool transfer_begin(struct call_leg *transferor, struct call_leg *replaced,
                    const struct call_origin *rights, const struct sip_message *refer,
                    enum transfer_kind kind, bool silent);

/* The caller of a new call is to take the place of a party of an answered one (an INVITE with
 * Replaces): the same exchange, upon which the replaced dialog ends. False: no memory. */
bool transfer_replace(struct call_leg *caller, struct call_leg *replaced);

/* The caller of a call, which was parked, is put through to whoever answers next: nobody had taken
 * it at the park number. False: no memory. */
bool transfer_return(struct call_leg *caller, const char *number);

/* ---- what happens to the calls of a transfer ---- */
/* Its parties are being exchanged, or get their media back: other requests have to wait. */
bool transfer_changes(const struct call *call);
/* The target rings. */
void transfer_rings(struct call *call, int status);
/* The target has answered. */
void transfer_answered(struct call *call, const struct sip_message *response);
/* The target is this node itself (calls/park.h), which has answered. */
void transfer_answered_here(struct call *call);
/* The INVITE of a call has expired. True: the call has ended with its transfer (transfer_replace).
 */
bool transfer_expired(const struct call *call);
/* The caller of a call gives up. True: the call goes on, with the transferee in its place. */
bool transfer_cancelled(struct call_leg *caller);
/* Who is called in the call that ends as this one takes its place, where it is made for a blind
 * transfer that is under way; NULL: none. */
const struct call_leg *transfer_leaves(const struct call *call);
/* One of the calls is about to end. True: it goes on. */
bool transfer_before_end(struct call *call, const struct call_leg *who_left, int status);
/* The call is freed. */
void transfer_forget(struct call *call);

#endif
