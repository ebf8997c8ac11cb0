/* The pages of Extension Mobility. Pure. */
#include "pages/phone_pages.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "reporting/error_codes.h"
#include "users/login_type.h"

#define TITLE "Extension Mobility"

static void open_document(sj_xml_text *out, const char *root) {
    sj_xml_text_raw(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<");
    sj_xml_text_raw(out, root);
    sj_xml_text_raw(out, ">\n  ");
    sj_xml_text_element(out, "Title", TITLE);
    sj_xml_text_raw(out, "\n");
}

static void close_document(sj_xml_text *out, const char *root) {
    sj_xml_text_raw(out, "</");
    sj_xml_text_raw(out, root);
    sj_xml_text_raw(out, ">\n");
}

/* The prompt line exists on the screens of the 79xx only. */
static bool is_79xx(const struct em_page *page) {
    return strncasecmp(page->model_name, "CP-79", 5) == 0;
}

static void prompt(sj_xml_text *out, const struct em_page *page, const char *text) {
    if (is_79xx(page)) {
        sj_xml_text_raw(out, "  ");
        sj_xml_text_element(out, "Prompt", text);
        sj_xml_text_raw(out, "\n");
    }
}

/* A servlet's URL with what came with the request; `further` is a parameter more ("&doLogout=true")
 * or "". Escaped for XML. */
static void page_url(sj_xml_text *out, const struct em_page *page, const char *path,
                     const char *further) {
    sj_xml_text url = {0};
    sj_xml_text_raw(&url, page->base_url);
    sj_xml_text_raw(&url, path);
    sj_xml_text_raw(&url, "?device=");
    sj_xml_text_percent(&url, page->device_name);
    if (page->emcc != NULL) {
        sj_xml_text_raw(&url, "&EMCC=");
        sj_xml_text_percent(&url, page->emcc);
    }
    if (page->login_type != NULL) {
        sj_xml_text_raw(&url, "&loginType=");
        sj_xml_text_percent(&url, page->login_type);
    }
    sj_xml_text_raw(&url, further);
    if (url.failed) {
        out->failed = true;
    } else {
        sj_xml_text_escaped(out, url.data);
    }
    sj_xml_text_free(&url);
}

static void servlet_url(sj_xml_text *out, const struct em_page *page, const char *further) {
    page_url(out, page, "/emapp/EMAppServlet", further);
}

/* Where the PIN is changed; id type and EMCC go along, so that the way back is the same login. */
static void change_pin_url(sj_xml_text *out, const struct em_page *page) {
    page_url(out, page, "/changecredential/ChangeCredentialServlet", "");
}

static void softkey(sj_xml_text *out, const char *name, int position, const char *url) {
    char number[16];
    sj_xml_text_raw(out, "  <SoftKeyItem>");
    sj_xml_text_element(out, "Name", name);
    sj_xml_text_raw(out, "<URL>");
    sj_xml_text_raw(out, url); /* already escaped */
    sj_xml_text_raw(out, "</URL>");
    (void)snprintf(number, sizeof number, "%d", position);
    sj_xml_text_element(out, "Position", number);
    sj_xml_text_raw(out, "</SoftKeyItem>\n");
}

/* The 79xx have the leaving key third, newer phones first. */
static void two_softkeys(sj_xml_text *out, const struct em_page *page, const char *name,
                         const char *url, const char *leave) {
    softkey(out, name, is_79xx(page) ? 1 : 2, url);
    softkey(out, leave, is_79xx(page) ? 3 : 1, "SoftKey:Exit");
}

/* Under a form: submit, the eraser, leave. */
static void form_softkeys(sj_xml_text *out, const struct em_page *page) {
    softkey(out, "Submit", is_79xx(page) ? 1 : 2, "SoftKey:Submit");
    softkey(out, "<<", is_79xx(page) ? 2 : 3, "SoftKey:&lt;&lt;");
    softkey(out, "Exit", is_79xx(page) ? 3 : 1, "SoftKey:Exit");
}

static void input_item(sj_xml_text *out, const char *name, const char *parameter, const char *value,
                       const char *flags) {
    sj_xml_text_raw(out, "  <InputItem>");
    sj_xml_text_element(out, "DisplayName", name);
    sj_xml_text_element(out, "QueryStringParam", parameter);
    sj_xml_text_element(out, "InputFlags", flags);
    sj_xml_text_element(out, "DefaultValue", value);
    sj_xml_text_raw(out, "</InputItem>\n");
}

/* The field for the kind of id that the service asks for. */
static void id_item(sj_xml_text *out, const struct em_page *page, bool alphanumeric,
                    const char *value) {
    sj_login_type type;
    const bool known = em_login_type_parse(page->login_type, &type);
    const char *label = "User ID";
    const char *flags = alphanumeric ? "A" : "N";
    if (known && type == SJ_LOGIN_TYPE_SP) {
        label = "Self-Service User ID";
        flags = "N";
    } else if (known && type == SJ_LOGIN_TYPE_DN) {
        label = "Primary Extension";
        flags = "T";
    }
    input_item(out, label, "userid", value, flags);
}

void em_page_login_form(sj_xml_text *out, const struct em_page *page, bool alphanumeric,
                        const char *last_user) {
    open_document(out, "CiscoIPPhoneInput");
    prompt(out, page, "Enter your id and PIN");
    sj_xml_text_raw(out, "  <URL>");
    servlet_url(out, page, "");
    sj_xml_text_raw(out, "</URL>\n");
    id_item(out, page, alphanumeric, last_user);
    input_item(out, "PIN", "seq", "", "NP");
    form_softkeys(out, page);
    close_document(out, "CiscoIPPhoneInput");
}

void em_page_logout_question(sj_xml_text *out, const struct em_page *page, const char *user_id) {
    sj_xml_text url = {0};
    servlet_url(&url, page, "&doLogout=true");
    open_document(out, "CiscoIPPhoneText");
    prompt(out, page, "Yes logs out");
    sj_xml_text_raw(out, "  <Text>");
    sj_xml_text_escaped(out, user_id);
    sj_xml_text_raw(out, " is logged in. Log out?</Text>\n");
    if (url.failed) {
        out->failed = true;
    } else {
        two_softkeys(out, page, "Yes", url.data, "No");
    }
    close_document(out, "CiscoIPPhoneText");
    sj_xml_text_free(&url);
}

void em_page_profile_menu(sj_xml_text *out, const struct em_page *page, const char *choice,
                          const char *const *profiles, size_t profiles_count) {
    open_document(out, "CiscoIPPhoneMenu");
    prompt(out, page, "Choose a device profile");
    for (size_t i = 0; i < profiles_count && i < 100; i++) {
        sj_xml_text further = {0};
        sj_xml_text_raw(&further, "&choice=");
        sj_xml_text_percent(&further, choice);
        sj_xml_text_raw(&further, "&profile=");
        sj_xml_text_percent(&further, profiles[i]);
        sj_xml_text_raw(out, "  <MenuItem>");
        sj_xml_text_element(out, "Name", profiles[i]);
        sj_xml_text_raw(out, "<URL>");
        if (further.failed) {
            out->failed = true;
        } else {
            servlet_url(out, page, further.data);
        }
        sj_xml_text_raw(out, "</URL></MenuItem>\n");
        sj_xml_text_free(&further);
    }
    two_softkeys(out, page, "Select", "SoftKey:Select", "Exit");
    close_document(out, "CiscoIPPhoneMenu");
}

static void text_page(sj_xml_text *out, const struct em_page *page, const char *text) {
    open_document(out, "CiscoIPPhoneText");
    sj_xml_text_raw(out, "  ");
    sj_xml_text_element(out, "Text", text);
    sj_xml_text_raw(out, "\n");
    softkey(out, "Exit", is_79xx(page) ? 3 : 1, "Init:Services");
    close_document(out, "CiscoIPPhoneText");
}

void em_page_success(sj_xml_text *out, const struct em_page *page, bool login) {
    text_page(out, page, login ? "Login successful" : "Logout successful");
}

/* A text whose first key leads on. */
static void text_page_with_key(sj_xml_text *out, const struct em_page *page, const char *text,
                               const char *key,
                               void (*where)(sj_xml_text *url, const struct em_page *page)) {
    sj_xml_text url = {0};
    where(&url, page);
    open_document(out, "CiscoIPPhoneText");
    sj_xml_text_raw(out, "  ");
    sj_xml_text_element(out, "Text", text);
    sj_xml_text_raw(out, "\n");
    if (url.failed) {
        out->failed = true;
    } else {
        two_softkeys(out, page, key, url.data, "Exit");
    }
    close_document(out, "CiscoIPPhoneText");
    sj_xml_text_free(&url);
}

static void login_url(sj_xml_text *out, const struct em_page *page) {
    servlet_url(out, page, "");
}

void em_page_error(sj_xml_text *out, const struct em_page *page, int code, bool login) {
    const struct em_code_entry *entry = em_code_entry(code);
    if (code == EM_PIN_CHANGE) {
        /* From here the user gets to where the PIN is changed. */
        text_page_with_key(out, page, entry->login_text, "Change", change_pin_url);
    } else {
        text_page(out, page, login ? entry->login_text : entry->logout_text);
    }
}

void em_page_pin_changed(sj_xml_text *out, const struct em_page *page, bool login_follows) {
    if (login_follows) {
        text_page_with_key(out, page, "PIN changed", "Log in", login_url);
    } else {
        text_page(out, page, "PIN changed");
    }
}

void em_page_pin_again(sj_xml_text *out, const struct em_page *page, const char *text) {
    text_page_with_key(out, page, text, "Again", change_pin_url);
}

void em_page_message(sj_xml_text *out, const struct em_page *page, const char *text) {
    text_page(out, page, text);
}

void em_page_change_pin(sj_xml_text *out, const struct em_page *page, bool alphanumeric,
                        const char *user_id) {
    open_document(out, "CiscoIPPhoneInput");
    prompt(out, page, "Old PIN and new PIN twice");
    sj_xml_text_raw(out, "  <URL>");
    change_pin_url(out, page);
    sj_xml_text_raw(out, "</URL>\n");
    id_item(out, page, alphanumeric, user_id);
    input_item(out, "Old PIN", "oldpin", "", "NP");
    input_item(out, "New PIN", "newpin", "", "NP");
    input_item(out, "New PIN again", "confirmpin", "", "NP");
    form_softkeys(out, page);
    close_document(out, "CiscoIPPhoneInput");
}

void em_page_refresh(sj_xml_text *out, const struct em_page *page, bool clear_call_logs) {
    if (!clear_call_logs) {
        sj_xml_text_raw(out, "2; url=Init:Services");
        return;
    }
    sj_xml_text_raw(out, "2; url=");
    sj_xml_text_raw(out, page->base_url);
    sj_xml_text_raw(out, "/emapp/EMAppServlet?device=");
    sj_xml_text_percent(out, page->device_name);
    sj_xml_text_raw(out, "&clearCallLogs=true");
}

void em_page_clear_call_logs(sj_xml_text *out) {
    sj_xml_text_raw(
        out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CiscoIPPhoneExecute>\n"
             "  <ExecuteItem URL=\"Init:CallHistory\" Priority=\"0\"/>\n"
             "  <ExecuteItem URL=\"Init:Services\" Priority=\"0\"/>\n</CiscoIPPhoneExecute>\n");
}
