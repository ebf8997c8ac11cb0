/* How long a login may last. Pure. */
#include "sessions/login_limit.h"

void em_login_limit(const sj_login_limit_input *input, sj_login_limit_output *output) {
    output->allowed = true;
    output->minutes = 0;
    output->reason = "no maximum login time";
    if (input->user_maximum_minutes > 0) {
        output->minutes = input->user_maximum_minutes;
        output->reason = "the user's own maximum login time";
    } else if (input->enforced && input->parameter_minutes > 0) {
        output->minutes = input->parameter_minutes;
        output->reason = "the service parameter's maximum login time";
    }
    if (input->requested_minutes > 0 &&
        (output->minutes == 0 || input->requested_minutes < output->minutes)) {
        output->minutes = input->requested_minutes;
        output->reason = "the application asked for it";
    }
}
