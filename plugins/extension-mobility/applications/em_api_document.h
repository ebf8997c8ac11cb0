/* The documents of the Extension Mobility API: what an application sends, read, and what it gets,
 * written. Pure. The published document type and what real systems send differ in places; both are
 * read. XML is read without network, without loading a DTD, and a document that declares entities
 * is refused. */
#ifndef EM_EM_API_DOCUMENT_H
#define EM_EM_API_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sojourn/xml_text.h>

#include "reporting/error_codes.h"

enum api_kind {
    API_LOGIN,
    API_LOGOUT,
    API_LOGOUT_ALL,
    API_DEVICE_USER_QUERY,
    API_USER_DEVICES_QUERY,
    API_CHECK_USER,
    API_DEVICE_PROFILE_QUERY,
};

enum {
    API_NAMES = 100,
    API_NAME_ROOM = 129,
    API_DOCUMENT_MAX = 64 * 1024,
    API_MINUTES_MAX = 100000
};

struct em_api_request {
    enum api_kind kind;
    bool encrypted_certificate; /* appEncryptedCertificate instead of appCertificate */
    bool query;                 /* not a request */
    bool via_header;
    bool emcc; /* users and sessions of other clusters too: an extension of Sojourn */
    char application_id[API_NAME_ROOM], certificate[API_NAME_ROOM];
    char pin[API_NAME_ROOM]; /* userPIN of a login: an extension of Sojourn; "": none */
    char device_profile[API_NAME_ROOM], remote_address[64], login_type[64];
    int64_t duration_minutes; /* exclusiveDuration; 0: none, or indefinite */
    size_t names_count;
    char names[API_NAMES][API_NAME_ROOM]; /* devices or users asked for; a login's device */
    char user_id[API_NAME_ROOM];          /* of a login */
};

/* The bytes of one field of a form body, in place of what is read of it for other purposes: a
 * document says itself in which encoding it is. Allocated; NULL when there is no such field, or no
 * memory. */
char *em_api_form_field(const char *body, size_t length, const char *name, size_t *field_length);

/* EM_OK; EM_PARSING, EM_QUERY_TYPE for a query without a valid element, EM_LOGOUT_REQUEST for a
 * time that is none; with a sentence in `why`. */
enum em_code em_api_request_parse(const char *xml, size_t length, struct em_api_request *request,
                                  char why[256]);

void em_api_write_success(sj_xml_text *out);
void em_api_write_failure(sj_xml_text *out, int code, const char *text);
/* Of a query, in the published document type's form. */
void em_api_write_failure_message(sj_xml_text *out, int code, const char *text);
/* <response><NAME> ... </NAME></response> around what the caller writes. */
void em_api_open_results(sj_xml_text *out, const char *name);
void em_api_close_results(sj_xml_text *out, const char *name);
/* One device: who is on it now and who was last ("" for none), and whether across clusters. */
void em_api_write_device(sj_xml_text *out, const char *name, const char *user_id,
                         const char *last_user_id, bool emcc);
/* The same in the published document type's form: the user on it now, else the last one, else none.
 */
void em_api_write_device_documented(sj_xml_text *out, const char *name, const char *user_id,
                                    const char *last_user_id);
void em_api_write_device_unknown(sj_xml_text *out, const char *name);
/* <user id="..."> with the id percent-encoded, as the interface wants it. */
void em_api_open_user(sj_xml_text *out, const char *user_id);
void em_api_close_user(sj_xml_text *out);
/* <none/>, <doesNotExist/>, <exists/> */
void em_api_write_empty(sj_xml_text *out, const char *element);
void em_api_write_device_profile(sj_xml_text *out, const char *name, bool is_default);

#endif
