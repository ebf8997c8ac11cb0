/* A phone asks for a page: what every such request has in common, from its set-up to the answer.
 * Reads the request; owns the scope that the handling lives in. */
#ifndef EM_PHONE_REQUEST_H
#define EM_PHONE_REQUEST_H

#include "em.h"
#include "pages/phone_pages.h"
#include "reporting/error_codes.h"
#include "users/access.h"
#include "users/login_type.h"

/* The first member of each handler's own struct. */
struct em_phone_request {
    struct em *em;
    sj_scope *scope;
    sj_http_request *request;
    size_t size; /* of the whole struct: it may hold PINs, and is wiped when the request is over */
    struct em_page page;
    bool via_header, emcc;
    bool too_long; /* the user id is longer than any */
    sj_login_type login_type;
    bool login_type_known;
    char base_url[EM_BASE_URL_ROOM], device_name[EM_DEVICE_ROOM], emcc_text[16],
        login_type_text[16], model_name[64];
    char user_id[EM_USER_ROOM], remote_address[SJ_ADDRESS_TEXT], trace_id[EM_TRACE_ROOM];
};

/* A struct of `size` bytes that begins with an em_phone_request, filled in from the request, in a
 * scope of its own. NULL when memory is short: the request has been answered then. */
void *em_phone_request_open(struct em *em, sj_http_request *request, const char *name, size_t size);
const char *em_phone_parameter(const struct em_phone_request *phone, const char *name);
bool em_phone_parameter_is_true(const struct em_phone_request *phone, const char *name);
/* A parameter copied to `room` bytes at `target`, without blanks around it; false when it is longer
 * than that. */
bool em_phone_copy(const struct em_phone_request *phone, const char *name, char *target,
                   size_t room);
/* EM_OK, or the code with which a request that names no device, or none that can be, is refused. */
enum em_code em_phone_check_device(const struct em_phone_request *phone, const char **cause);
/* Who asks: see em_access_check. */
void em_phone_check_access(struct em_phone_request *phone, em_access_fn done);
/* Answers with a page; the scope closes, which frees the struct. `refresh`: the header of that
 * name, or NULL. */
void em_phone_send(struct em_phone_request *phone, sj_xml_text *page, const char *refresh);

#endif
