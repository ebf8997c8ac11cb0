/* What is asked for with a login: by a phone, an application, or a visiting cluster. */
#ifndef EM_LOGIN_REQUEST_H
#define EM_LOGIN_REQUEST_H

#include "em.h"
#include "users/login_type.h"

struct em_login_request {
    char device_name[EM_DEVICE_ROOM], user_id[EM_USER_ROOM], pin[EM_PIN_ROOM],
        device_profile[EM_NAME_ROOM], trace_id[EM_TRACE_ROOM];
    char remote_address[SJ_ADDRESS_TEXT], logout_url[EM_URL_ROOM];
    char source[EM_NAME_ROOM]; /* who gave the PIN: an address, whatever it says of others, or
                                  (vouched) the cluster that was authenticated */
    bool vouched;
    sj_login_type login_type;
    bool emcc;           /* the phone may be sent to another cluster */
    bool via_header;     /* came through a proxy */
    bool by_application; /* who asks has been authenticated: no PIN is needed, and the user cannot
                            be asked for a profile */
    char application_user[EM_USER_ROOM]; /* the application, when it has the proxy right; "": the
                                            user, or it has none */
    int64_t requested_minutes; /* how long an application wants the login to last; 0: not said */
};

#endif
