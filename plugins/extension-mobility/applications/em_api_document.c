/* The documents of the Extension Mobility API. Pure. */
#include "applications/em_api_document.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <sojourn/base/form.h>
#include <sojourn/xml_read.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "reporting/error_codes.h"

struct reading {
    struct em_api_request *request;
    char *why;
    enum em_code code;
};

static bool refuse(struct reading *reading, enum em_code code, const char *why, const char *what) {
    if (reading->code == EM_OK) {
        reading->code = code;
        (void)snprintf(reading->why, 256, "%s%.100s", why, what);
    }
    return false;
}

static const char *name_of(const xmlNode *node) {
    return (const char *)node->name;
}

static bool is(const xmlNode *node, const char *name) {
    return node->type == XML_ELEMENT_NODE && strcmp(name_of(node), name) == 0;
}

/* The text inside an element, without blanks around it; false when it does not fit, or is more than
 * text. */
static bool text_of(struct reading *reading, const xmlNode *node, char *text, size_t room) {
    for (const xmlNode *child = node->children; child != NULL; child = child->next) {
        if (child->type == XML_ELEMENT_NODE || child->type == XML_ENTITY_REF_NODE) {
            return refuse(reading, EM_PARSING, "expected text and nothing else in ", name_of(node));
        }
    }
    xmlChar *content = xmlNodeGetContent(node);
    const char *from = content != NULL ? (const char *)content : "";
    size_t length;
    from += strspn(from, " \t\r\n");
    length = strlen(from);
    while (length > 0 && strchr(" \t\r\n", from[length - 1]) != NULL) {
        length--;
    }
    const bool fits = length < room;
    if (fits) {
        memcpy(text, from, length);
        text[length] = '\0';
    }
    xmlFree(content);
    return fits ? true : refuse(reading, EM_PARSING, "too long: ", name_of(node));
}

static bool read_boolean(struct reading *reading, const xmlNode *node, bool *truth) {
    char text[16] = "";
    if (!text_of(reading, node, text, sizeof text)) {
        return false;
    }
    static const char *const yes[] = {"true", "1", "yes", "t"}, *const no[] = {"false", "0", "no",
                                                                               "f"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
            *truth = strcasecmp(text, yes[i]) == 0;
            return true;
        }
    }
    return refuse(reading, EM_PARSING, "expected true or false in ", name_of(node));
}

static bool add_name(struct reading *reading, const xmlNode *node) {
    struct em_api_request *request = reading->request;
    if (request->names_count == API_NAMES) {
        return refuse(reading, EM_PARSING, "more than 100 names in one query: ", name_of(node));
    }
    return text_of(reading, node, request->names[request->names_count++], API_NAME_ROOM);
}

/* <time>minutes</time> or <indefinite/>. A document that says neither is invalid; a time that
 * cannot be is a code of its own. */
static bool read_duration(struct reading *reading, const xmlNode *node) {
    unsigned times = 0, others = 0;
    for (const xmlNode *child = node->children; child != NULL; child = child->next) {
        char text[24] = "";
        others += is(child, "indefinite");
        if (!is(child, "time")) {
            continue;
        }
        times++;
        if (!text_of(reading, child, text, sizeof text)) {
            return false;
        }
        const bool digits =
            text[0] != '\0' && strspn(text, "0123456789") == strlen(text) && strlen(text) < 10;
        reading->request->duration_minutes = digits ? strtol(text, NULL, 10) : -1;
        if (!digits || reading->request->duration_minutes > API_MINUTES_MAX) {
            return refuse(reading, EM_LOGOUT_REQUEST,
                          "exclusiveDuration: expected a number of minutes up to 100000, got ",
                          text);
        }
    }
    return times + others == 1
               ? true
               : refuse(reading, EM_PARSING,
                        "exclusiveDuration: expected either time or indefinite", "");
}

/* Elements that may stand once only: the second of two would silently win. */
static bool check_once(struct reading *reading, unsigned *seen, unsigned which,
                       const xmlNode *node) {
    if ((*seen & 1u << which) != 0) {
        return refuse(reading, EM_PARSING, "given twice: ", name_of(node));
    }
    *seen |= 1u << which;
    return true;
}

static bool read_application(struct reading *reading, const xmlNode *node) {
    struct em_api_request *request = reading->request;
    unsigned seen = 0;
    bool good = true;
    for (const xmlNode *child = node->children; child != NULL && good; child = child->next) {
        if (is(child, "appID")) {
            good = check_once(reading, &seen, 0, child) &&
                   text_of(reading, child, request->application_id, sizeof request->application_id);
        } else if (is(child, "appCertificate")) {
            good = check_once(reading, &seen, 1, child) &&
                   text_of(reading, child, request->certificate, sizeof request->certificate);
        } else if (is(child, "appEncryptedCertificate")) {
            request->encrypted_certificate = true;
        }
    }
    return good;
}

/* The members of one action that are texts or truths and stand once; false when the node is none of
 * them. */
static bool read_single(struct reading *reading, const xmlNode *node, unsigned *seen, bool *good) {
    struct em_api_request *request = reading->request;
    const struct {
        const char *name;
        char *text;
        size_t room;
        bool *truth;
    } members[] = {{"deviceProfile", request->device_profile, sizeof request->device_profile, NULL},
                   {"remoteIPAddr", request->remote_address, sizeof request->remote_address, NULL},
                   {"loginType", request->login_type, sizeof request->login_type, NULL},
                   {"userPIN", request->pin, sizeof request->pin, NULL},
                   {"isViaHeaderSet", NULL, 0, &request->via_header},
                   {"emcc", NULL, 0, &request->emcc}};
    for (unsigned i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (is(node, members[i].name)) {
            *good =
                check_once(reading, seen, i, node) &&
                (members[i].text != NULL ? text_of(reading, node, members[i].text, members[i].room)
                                         : read_boolean(reading, node, members[i].truth));
            return true;
        }
    }
    return false;
}

/* The members of one action; what is not known is ignored, so that newer callers are understood. */
static bool read_members(struct reading *reading, const xmlNode *node) {
    struct em_api_request *request = reading->request;
    const bool of_users =
        request->kind == API_USER_DEVICES_QUERY || request->kind == API_CHECK_USER ||
        request->kind == API_DEVICE_PROFILE_QUERY || request->kind == API_LOGOUT_ALL;
    const bool of_devices = !of_users || request->kind == API_LOGOUT_ALL;
    unsigned seen = 0;
    bool good = true;
    for (const xmlNode *child = node->children; child != NULL && good; child = child->next) {
        if (child->type != XML_ELEMENT_NODE || read_single(reading, child, &seen, &good)) {
            continue;
        }
        if ((is(child, "deviceName") && of_devices) || (is(child, "userID") && of_users)) {
            good = add_name(reading, child);
        } else if (is(child, "userID") && request->kind == API_LOGIN) {
            good = check_once(reading, &seen, 30, child) &&
                   text_of(reading, child, request->user_id, sizeof request->user_id);
        } else if (is(child, "exclusiveDuration")) {
            good = check_once(reading, &seen, 31, child) && read_duration(reading, child);
        }
    }
    return good;
}

static bool find_kind(const xmlNode *node, bool query, enum api_kind *kind) {
    static const struct {
        const char *name;
        bool query;
        enum api_kind kind;
    } kinds[] = {{"login", false, API_LOGIN},
                 {"logout", false, API_LOGOUT},
                 {"logoutAll", false, API_LOGOUT_ALL},
                 {"deviceUserQuery", true, API_DEVICE_USER_QUERY},
                 {"userDevicesQuery", true, API_USER_DEVICES_QUERY},
                 {"checkUser", true, API_CHECK_USER},
                 {"deviceProfileQuery", true, API_DEVICE_PROFILE_QUERY},
                 {"userDeviceProfileQuery", true, API_DEVICE_PROFILE_QUERY}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].query == query && is(node, kinds[i].name)) {
            *kind = kinds[i].kind;
            return true;
        }
    }
    return false;
}

static bool check_members(struct reading *reading) {
    const struct em_api_request *request = reading->request;
    if (request->kind == API_LOGOUT_ALL && request->names_count > 0) {
        return refuse(
            reading, EM_PARSING,
            "logoutAll logs all users out: expected no device and no user, as logout has them", "");
    }
    if (request->kind == API_LOGIN && (request->names_count != 1 || request->user_id[0] == '\0')) {
        return refuse(reading, EM_PARSING, "login: expected one deviceName and one userID", "");
    }
    if ((request->kind == API_LOGIN || request->kind == API_LOGOUT) && request->names_count == 1 &&
        request->names[0][0] == '\0') {
        return refuse(reading, EM_PARSING, "deviceName is empty: the request names no device", "");
    }
    if (request->kind == API_LOGOUT && request->names_count != 1) {
        return refuse(reading, EM_PARSING, "logout: expected one deviceName", "");
    }
    if (request->kind != API_LOGOUT_ALL &&
        (request->names_count == 0 || request->names[0][0] == '\0')) {
        return refuse(reading, EM_PARSING, "the query names no user and no device", "");
    }
    return true;
}

static bool read_root(struct reading *reading, const xmlNode *root) {
    const bool query = root != NULL && is(root, "query");
    reading->request->query = query;
    bool found = false, good = true;
    unsigned seen = 0;
    if (root == NULL || (!query && !is(root, "request"))) {
        return refuse(reading, EM_PARSING, "expected <request> or <query>, got ",
                      root != NULL ? name_of(root) : "nothing");
    }
    for (const xmlNode *child = root->children; child != NULL && good; child = child->next) {
        enum api_kind kind;
        if (is(child, "appInfo")) {
            good = check_once(reading, &seen, 0, child) && read_application(reading, child);
        } else if (find_kind(child, query, &kind)) {
            if (found) {
                return refuse(reading, EM_PARSING, "more than one action: ", name_of(child));
            }
            found = true;
            reading->request->kind = kind;
            good = read_members(reading, child);
        }
    }
    if (good && !found) {
        return refuse(reading, query ? EM_QUERY_TYPE : EM_PARSING,
                      query ? "the query holds none of deviceUserQuery, userDevicesQuery, "
                              "checkUser, deviceProfileQuery"
                            : "the request holds none of login, logout, logoutAll",
                      "");
    }
    return good && check_members(reading);
}

enum em_code em_api_request_parse(const char *xml, size_t length, struct em_api_request *request,
                                  char why[256]) {
    struct reading reading = {.request = request, .why = why, .code = EM_OK};
    memset(request, 0, sizeof *request);
    why[0] = '\0';
    if (length == 0 || length > API_DOCUMENT_MAX) {
        (void)refuse(&reading, EM_PARSING,
                     length == 0 ? "the field xml is empty" : "the document is larger than 64 KiB",
                     "");
        return reading.code;
    }
    xmlDoc *document = sj_xml_read(xml, length);
    if (document == NULL) {
        (void)refuse(&reading, EM_PARSING, "the field xml holds no well-formed XML", "");
    } else if (document->intSubset != NULL &&
               (document->intSubset->children != NULL || document->intSubset->entities != NULL)) {
        (void)refuse(&reading, EM_PARSING, "the document declares things of its own; expected none",
                     "");
    } else {
        (void)read_root(&reading, xmlDocGetRootElement(document));
    }
    xmlFreeDoc(document);
    return reading.code;
}

/* ---- the form around it ---- */

static char *decoded(const char *text, size_t length, size_t *out_length) {
    char *out = malloc(length + 1);
    if (out != NULL) {
        *out_length = sj_form_decode(text, length, out);
        out[*out_length] = '\0';
    }
    return out;
}

char *em_api_form_field(const char *body, size_t length, const char *name, size_t *field_length) {
    const size_t name_length = strlen(name);
    const char *end = body + length;
    for (const char *at = body; at < end;) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        const size_t room = (size_t)((stop != NULL ? stop : end) - at);
        if (room > name_length && memcmp(at, name, name_length) == 0 && at[name_length] == '=') {
            return decoded(at + name_length + 1, room - name_length - 1, field_length);
        }
        at += room + 1;
    }
    return NULL;
}

/* ---- answers ---- */

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response>"

void em_api_write_success(sj_xml_text *out) {
    sj_xml_text_raw(out, HEAD "<success/></response>\n");
}

void em_api_write_failure(sj_xml_text *out, int code, const char *text) {
    char number[16];
    (void)snprintf(number, sizeof number, "%d", code);
    sj_xml_text_raw(out, HEAD "<failure><error code=\"");
    sj_xml_text_raw(out, number);
    sj_xml_text_raw(out, "\">");
    sj_xml_text_escaped(out, text);
    sj_xml_text_raw(out, "</error></failure></response>\n");
}

void em_api_write_failure_message(sj_xml_text *out, int code, const char *text) {
    char number[16];
    (void)snprintf(number, sizeof number, " (%d)", code);
    sj_xml_text_raw(out, HEAD "<failure><errorMessage>");
    sj_xml_text_escaped(out, text);
    sj_xml_text_raw(out, number);
    sj_xml_text_raw(out, "</errorMessage></failure></response>\n");
}

void em_api_open_results(sj_xml_text *out, const char *name) {
    sj_xml_text_raw(out, HEAD "<");
    sj_xml_text_raw(out, name);
    sj_xml_text_raw(out, ">");
}

void em_api_close_results(sj_xml_text *out, const char *name) {
    sj_xml_text_raw(out, "</");
    sj_xml_text_raw(out, name);
    sj_xml_text_raw(out, "></response>\n");
}

void em_api_write_empty(sj_xml_text *out, const char *element) {
    sj_xml_text_raw(out, "<");
    sj_xml_text_raw(out, element);
    sj_xml_text_raw(out, "/>");
}

static void open_device(sj_xml_text *out, const char *name) {
    sj_xml_text_raw(out, "<device name=\"");
    sj_xml_text_escaped(out, name);
    sj_xml_text_raw(out, "\">");
}

static void user_or_none(sj_xml_text *out, const char *element, const char *user_id) {
    if (user_id[0] == '\0') {
        em_api_write_empty(out, "none");
        return;
    }
    sj_xml_text_raw(out, "<");
    sj_xml_text_raw(out, element);
    sj_xml_text_raw(out, ">");
    sj_xml_text_percent(out, user_id);
    sj_xml_text_raw(out, "</");
    sj_xml_text_raw(out, element);
    sj_xml_text_raw(out, ">");
}

void em_api_write_device(sj_xml_text *out, const char *name, const char *user_id,
                         const char *last_user_id, bool emcc) {
    open_device(out, name);
    user_or_none(out, "userID", user_id);
    user_or_none(out, "lastlogin", last_user_id);
    sj_xml_text_element(out, "emccDevice", emcc ? "yes" : "no");
    sj_xml_text_raw(out, "</device>");
}

void em_api_write_device_documented(sj_xml_text *out, const char *name, const char *user_id,
                                    const char *last_user_id) {
    open_device(out, name);
    user_or_none(out, user_id[0] != '\0' ? "userID" : "lastlogin",
                 user_id[0] != '\0' ? user_id : last_user_id);
    sj_xml_text_raw(out, "</device>");
}

void em_api_write_device_unknown(sj_xml_text *out, const char *name) {
    open_device(out, name);
    em_api_write_empty(out, "doesNotExist");
    sj_xml_text_raw(out, "</device>");
}

void em_api_open_user(sj_xml_text *out, const char *user_id) {
    sj_xml_text_raw(out, "<user id=\"");
    sj_xml_text_percent(out, user_id);
    sj_xml_text_raw(out, "\">");
}

void em_api_close_user(sj_xml_text *out) {
    sj_xml_text_raw(out, "</user>");
}

void em_api_write_device_profile(sj_xml_text *out, const char *name, bool is_default) {
    sj_xml_text_raw(out, "<deviceProfile>");
    sj_xml_text_element(out, "deviceProfileName", name);
    sj_xml_text_element(out, "isDefaultDeviceProfile", is_default ? "t" : "f");
    sj_xml_text_raw(out, "</deviceProfile>");
}
