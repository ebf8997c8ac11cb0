/* A request to change a PIN, kept while it is carried out here or at home. */
#ifndef EM_PIN_REQUEST_H
#define EM_PIN_REQUEST_H

#include "users/pin_change.h"

struct em_pin_wanted {
    sj_login_type login_type;
    char user_id[EM_USER_ROOM], old_pin[EM_PIN_ROOM], new_pin[EM_PIN_ROOM],
        device_name[EM_DEVICE_ROOM];
    char trace_id[EM_TRACE_ROOM];
};

static inline void em_pin_wanted_copy(struct em_pin_wanted *wanted,
                                      const struct em_pin_change_request *request) {
    wanted->login_type = request->login_type;
    em_copy(wanted->user_id, request->user_id);
    em_copy(wanted->old_pin, request->old_pin);
    em_copy(wanted->new_pin, request->new_pin);
    em_copy(wanted->device_name, request->device_name);
    em_copy(wanted->trace_id, request->trace_id);
}

static inline void em_pin_wanted_wipe(struct em_pin_wanted *wanted) {
    explicit_bzero(wanted->old_pin, sizeof wanted->old_pin);
    explicit_bzero(wanted->new_pin, sizeof wanted->new_pin);
}

#endif
