/* Each branch that is heard has a tag of its own towards the caller, for some of them. */
#include "calls/early_media.h"
#include "calls/call_leg.h"
#include "calls/call_reliable.h"

enum { BRANCHES_MOST = 8 }; /* beside the first one, of a caller that hears one after another */

bool early_media_tell(struct call_leg *caller, const struct call_leg *callee,
                      const struct sip_message *response) {
    const uint64_t dialog = call_reliable_dialog(callee, response);
    if (caller->told_of != 0 && caller->told_of != dialog) {
        if (caller->call->offer_length == 0 || caller->forks >= BRANCHES_MOST ||
            call_reliable_repeats(caller)) {
            return false;
        }
        caller->forks++;
        call_leg_renew_tag(caller);
    }
    caller->told_of = dialog;
    return true;
}
