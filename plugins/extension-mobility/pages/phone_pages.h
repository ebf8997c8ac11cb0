/* The pages that Extension Mobility shows on a phone, as CiscoIPPhone XML. Pure: text in, text out;
 * the caller frees data. */
#ifndef EM_PHONE_PAGES_H
#define EM_PHONE_PAGES_H

#include <sojourn/xml_text.h>

#include "reporting/error_codes.h"

#define EM_PAGE_CONTENT_TYPE "text/xml; charset=UTF-8"
#define EM_PAGE_CONTENT_TYPE_ISO_8859_1 "text/xml; charset=ISO-8859-1"
/* In the past, so that the phone's Back key does not come to the page; newer phones want a date
 * after 1970. */
#define EM_PAGE_EXPIRES "Wed, 26 Feb 1997 08:21:57 GMT"

/* What all pages of one request have in common. */
struct em_page {
    const char *base_url; /* "http://192.0.2.1:8080": where the phone found us */
    const char *device_name;
    const char *emcc;       /* value of the parameter EMCC as it came, NULL when absent */
    const char *login_type; /* value of loginType as it came, NULL when absent */
    const char *model_name; /* x-CiscoIPPhoneModelName, "" when unknown */
};

/* The form for user id and PIN. `last_user` fills the first field in, "" leaves it empty. */
void em_page_login_form(sj_xml_text *out, const struct em_page *page, bool alphanumeric,
                        const char *last_user);
/* "Log out alice?" */
void em_page_logout_question(sj_xml_text *out, const struct em_page *page, const char *user_id);
/* The device profiles to choose from; `choice` stands for the PIN that was right. */
void em_page_profile_menu(sj_xml_text *out, const struct em_page *page, const char *choice,
                          const char *const *profiles, size_t profiles_count);
/* What came of it. */
void em_page_success(sj_xml_text *out, const struct em_page *page, bool login);
void em_page_error(sj_xml_text *out, const struct em_page *page, int code, bool login);
/* The value of the header Refresh that follows a success: back to the services, through the
 * clearing of the call logs if wanted. */
void em_page_refresh(sj_xml_text *out, const struct em_page *page, bool clear_call_logs);
/* The form to change a PIN, and what came of it. */
void em_page_change_pin(sj_xml_text *out, const struct em_page *page, bool alphanumeric,
                        const char *user_id);
void em_page_pin_changed(sj_xml_text *out, const struct em_page *page, bool login_follows);
void em_page_pin_again(sj_xml_text *out, const struct em_page *page, const char *text);
void em_page_message(sj_xml_text *out, const struct em_page *page, const char *text);
/* Has the phone clear its call logs and leave the services. */
void em_page_clear_call_logs(sj_xml_text *out);

#endif
