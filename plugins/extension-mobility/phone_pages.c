/* The pages of Extension Mobility: see phone_pages.h. Pure. */
#include "phone_pages.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TITLE "Extension Mobility"

bool em_login_type_parse(const char *text, enum em_login_type *type) {
    *type = EM_LOGIN_TYPE_UID;
    if (text == NULL || text[0] == '\0' || strcmp(text, "UID") == 0) {
        return true;
    }
    if (strcmp(text, "SP") == 0) {
        *type = EM_LOGIN_TYPE_SP;
        return true;
    }
    if (strcmp(text, "DN") == 0) {
        *type = EM_LOGIN_TYPE_DN;
        return true;
    }
    return false;
}

static void open_document(struct xml_text *out, const char *root) {
    xml_text_raw(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<");
    xml_text_raw(out, root);
    xml_text_raw(out, ">\n  ");
    xml_text_element(out, "Title", TITLE);
    xml_text_raw(out, "\n");
}

static void close_document(struct xml_text *out, const char *root) {
    xml_text_raw(out, "</");
    xml_text_raw(out, root);
    xml_text_raw(out, ">\n");
}

/* The prompt line exists on the screens of the 79xx only. */
static bool is_79xx(const struct em_page *page) {
    return strncasecmp(page->model_name, "CP-79", 5) == 0;
}

static void prompt(struct xml_text *out, const struct em_page *page, const char *text) {
    if (is_79xx(page)) {
        xml_text_raw(out, "  ");
        xml_text_element(out, "Prompt", text);
        xml_text_raw(out, "\n");
    }
}

/* The servlet's URL with what came with the request; `further` is a parameter more ("&doLogout=true") or "". Escaped for XML.
 */
static void servlet_url(struct xml_text *out, const struct em_page *page, const char *further) {
    struct xml_text url = {0};
    xml_text_raw(&url, page->base_url);
    xml_text_raw(&url, "/emapp/EMAppServlet?device=");
    xml_text_percent(&url, page->device_name);
    if (page->emcc != NULL) {
        xml_text_raw(&url, "&EMCC=");
        xml_text_percent(&url, page->emcc);
    }
    if (page->login_type != NULL) {
        xml_text_raw(&url, "&loginType=");
        xml_text_percent(&url, page->login_type);
    }
    xml_text_raw(&url, further);
    if (url.failed) {
        out->failed = true;
    } else {
        xml_text_escaped(out, url.data);
    }
    xml_text_free(&url);
}

static void softkey(struct xml_text *out, const char *name, int position, const char *url) {
    char number[16];
    xml_text_raw(out, "  <SoftKeyItem>");
    xml_text_element(out, "Name", name);
    xml_text_raw(out, "<URL>");
    xml_text_raw(out, url); /* already escaped */
    xml_text_raw(out, "</URL>");
    (void)snprintf(number, sizeof number, "%d", position);
    xml_text_element(out, "Position", number);
    xml_text_raw(out, "</SoftKeyItem>\n");
}

/* The 79xx have the leaving key third, newer phones first. */
static void two_softkeys(struct xml_text *out, const struct em_page *page, const char *name, const char *url,
                         const char *leave) {
    softkey(out, name, is_79xx(page) ? 1 : 2, url);
    softkey(out, leave, is_79xx(page) ? 3 : 1, "SoftKey:Exit");
}

static void input_item(struct xml_text *out, const char *name, const char *parameter, const char *value, const char *flags) {
    xml_text_raw(out, "  <InputItem>");
    xml_text_element(out, "DisplayName", name);
    xml_text_element(out, "QueryStringParam", parameter);
    xml_text_element(out, "InputFlags", flags);
    xml_text_element(out, "DefaultValue", value);
    xml_text_raw(out, "</InputItem>\n");
}

void em_page_login_form(struct xml_text *out, const struct em_page *page, bool alphanumeric, const char *last_user) {
    enum em_login_type type;
    const bool known = em_login_type_parse(page->login_type, &type);
    const char *label = "User ID";
    const char *flags = alphanumeric ? "A" : "N";
    if (known && type == EM_LOGIN_TYPE_SP) {
        label = "Self-Service User ID";
        flags = "N";
    } else if (known && type == EM_LOGIN_TYPE_DN) {
        label = "Primary Extension";
        flags = "T";
    }
    open_document(out, "CiscoIPPhoneInput");
    prompt(out, page, "Enter your id and PIN");
    xml_text_raw(out, "  <URL>");
    servlet_url(out, page, "");
    xml_text_raw(out, "</URL>\n");
    input_item(out, label, "userid", last_user, flags);
    input_item(out, "PIN", "seq", "", "NP");
    softkey(out, "Submit", is_79xx(page) ? 1 : 2, "SoftKey:Submit");
    softkey(out, "&lt;&lt;", is_79xx(page) ? 2 : 3, "SoftKey:&lt;&lt;");
    softkey(out, "Exit", is_79xx(page) ? 3 : 1, "SoftKey:Exit");
    close_document(out, "CiscoIPPhoneInput");
}

void em_page_logout_question(struct xml_text *out, const struct em_page *page, const char *user_id) {
    struct xml_text url = {0};
    servlet_url(&url, page, "&doLogout=true");
    open_document(out, "CiscoIPPhoneText");
    prompt(out, page, "Yes logs out");
    xml_text_raw(out, "  <Text>");
    xml_text_escaped(out, user_id);
    xml_text_raw(out, " is logged in. Log out?</Text>\n");
    if (url.failed) {
        out->failed = true;
    } else {
        two_softkeys(out, page, "Yes", url.data, "No");
    }
    close_document(out, "CiscoIPPhoneText");
    xml_text_free(&url);
}

void em_page_profile_menu(struct xml_text *out, const struct em_page *page, const char *choice, const char *const *profiles,
                          size_t profiles_count) {
    open_document(out, "CiscoIPPhoneMenu");
    prompt(out, page, "Choose a device profile");
    for (size_t i = 0; i < profiles_count && i < 100; i++) {
        struct xml_text further = {0};
        xml_text_raw(&further, "&choice=");
        xml_text_percent(&further, choice);
        xml_text_raw(&further, "&profile=");
        xml_text_percent(&further, profiles[i]);
        xml_text_raw(out, "  <MenuItem>");
        xml_text_element(out, "Name", profiles[i]);
        xml_text_raw(out, "<URL>");
        if (further.failed) {
            out->failed = true;
        } else {
            servlet_url(out, page, further.data);
        }
        xml_text_raw(out, "</URL></MenuItem>\n");
        xml_text_free(&further);
    }
    two_softkeys(out, page, "Select", "SoftKey:Select", "Exit");
    close_document(out, "CiscoIPPhoneMenu");
}

static void text_page(struct xml_text *out, const struct em_page *page, const char *text) {
    open_document(out, "CiscoIPPhoneText");
    xml_text_raw(out, "  ");
    xml_text_element(out, "Text", text);
    xml_text_raw(out, "\n");
    softkey(out, "Exit", is_79xx(page) ? 3 : 1, "Init:Services");
    close_document(out, "CiscoIPPhoneText");
}

void em_page_success(struct xml_text *out, const struct em_page *page, bool login) {
    text_page(out, page, login ? "Login successful" : "Logout successful");
}

static void change_pin_url(struct xml_text *out, const struct em_page *page) {
    xml_text_escaped(out, page->base_url);
    xml_text_raw(out, "/changecredential/ChangeCredentialServlet?device=");
    xml_text_percent(out, page->device_name);
}

void em_page_error(struct xml_text *out, const struct em_page *page, int code, bool login) {
    const struct em_code_entry *entry = em_code_entry(code);
    struct xml_text url = {0};
    if (code != EM_PIN_CHANGE) {
        text_page(out, page, login ? entry->login_text : entry->logout_text);
        return;
    }
    /* From here the user gets to where the PIN is changed. */
    change_pin_url(&url, page);
    open_document(out, "CiscoIPPhoneText");
    xml_text_raw(out, "  ");
    xml_text_element(out, "Text", entry->login_text);
    xml_text_raw(out, "\n");
    if (url.failed) {
        out->failed = true;
    } else {
        two_softkeys(out, page, "Change", url.data, "Exit");
    }
    close_document(out, "CiscoIPPhoneText");
    xml_text_free(&url);
}

void em_page_message(struct xml_text *out, const struct em_page *page, const char *text) {
    text_page(out, page, text);
}

void em_page_change_pin(struct xml_text *out, const struct em_page *page, const char *user_id) {
    open_document(out, "CiscoIPPhoneInput");
    prompt(out, page, "Old PIN and new PIN twice");
    xml_text_raw(out, "  <URL>");
    change_pin_url(out, page);
    xml_text_raw(out, "</URL>\n");
    input_item(out, "User ID", "userid", user_id, "A");
    input_item(out, "Old PIN", "oldpin", "", "NP");
    input_item(out, "New PIN", "newpin", "", "NP");
    input_item(out, "New PIN again", "confirmpin", "", "NP");
    softkey(out, "Submit", is_79xx(page) ? 1 : 2, "SoftKey:Submit");
    softkey(out, "Exit", is_79xx(page) ? 3 : 1, "SoftKey:Exit");
    close_document(out, "CiscoIPPhoneInput");
}

void em_page_refresh(struct xml_text *out, const struct em_page *page, bool clear_call_logs) {
    if (!clear_call_logs) {
        xml_text_raw(out, "2; url=Init:Services");
        return;
    }
    xml_text_raw(out, "2; url=");
    xml_text_raw(out, page->base_url);
    xml_text_raw(out, "/emapp/EMAppServlet?device=");
    xml_text_percent(out, page->device_name);
    xml_text_raw(out, "&clearCallLogs=true");
}

void em_page_clear_call_logs(struct xml_text *out) {
    xml_text_raw(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CiscoIPPhoneExecute>\n"
                      "  <ExecuteItem URL=\"Init:CallHistory\" Priority=\"0\"/>\n"
                      "  <ExecuteItem URL=\"Init:Services\" Priority=\"0\"/>\n</CiscoIPPhoneExecute>\n");
}
