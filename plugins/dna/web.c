/* Cisco Dialed Number Analyzer: analyses and the emergency matrix as pages, for administrators.
 * Descriptor, a form, and what the Dialed Number Analyzer Server answers. */
#include <stdlib.h>

#include <sojourn/sojourn.h>

#include "events/analysis.h"
#include "page.h"

struct web {
    sj_scope *scope;
};

/* A page that waits for its answer. */
struct waiting {
    struct web *web;
    sj_scope *scope;
    sj_http_request *request;
};

static void reply(struct web *web, sj_http_request *request, int status, const char *page,
                  size_t length) {
    static const sj_http_header headers[] = {
        {"Content-Security-Policy",
         "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors "
         "'none'"},
        {"Cache-Control", "no-store"}};
    const sj_http_reply answer = {.status = status,
                                  .content_type = "text/html; charset=UTF-8",
                                  .body = page,
                                  .body_length = length,
                                  .headers = headers,
                                  .headers_count = sizeof headers / sizeof headers[0]};
    sj_http_reply_send(web->scope, request, &answer);
}

/* ---- the form ---- */

static void put_field(sj_xml_text *page, struct web *web, sj_http_request *request,
                      const char *name, const char *label) {
    const char *value = sj_http_param(web->scope, request, name);
    sj_xml_text_raw(page, "<tr>");
    sj_xml_text_element(page, "th", label);
    sj_xml_text_raw(page, "<td><input");
    sj_xml_text_attribute(page, "name", name);
    sj_xml_text_attribute(page, "value", sj_or_empty(value));
    sj_xml_text_raw(page, "/></td></tr>\n");
}

static void put_choice(sj_xml_text *page, const char *name, const char *label) {
    sj_xml_text_raw(page, "<label><input type=\"checkbox\" value=\"1\"");
    sj_xml_text_attribute(page, "name", name);
    sj_xml_text_raw(page, "/> ");
    sj_xml_text_escaped(page, label);
    sj_xml_text_raw(page, "</label><br/>\n");
}

/* `fault` NULL: nothing was asked yet. */
static void reply_form(struct web *web, sj_http_request *request, int status, const char *fault) {
    static const char *const fields[][2] = {
        {"digits", "Dialed digits"},
        {"device_name", "Phone or trunk"},
        {"line", "Line of the phone"},
        {"calling_search_spaces", "or calling search spaces, separated by commas"},
        {"device_pool", "Device pool"},
        {"calling_number", "Calling number"},
        {"user_id", "or a traveller's user id"},
        {"visiting_cluster_id", "on a phone of cluster"},
        {"at", "when: 2026-12-24T18:30; now when empty"},
    };
    sj_xml_text page = {0};
    page_begin(&page, "Dialed Number Analyzer");
    if (fault != NULL) {
        sj_xml_text_raw(&page, "<p class=\"hole\">");
        sj_xml_text_escaped(&page, fault);
        sj_xml_text_raw(&page, "</p>\n");
    }
    sj_xml_text_raw(&page, "<form method=\"get\" action=\"/dna/analyze\"><table>\n");
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        put_field(&page, web, request, fields[i][0], fields[i][1]);
    }
    sj_xml_text_raw(&page, "</table>\n");
    put_choice(&page, "digit_by_digit", "digit by digit");
    put_choice(&page, "phones_assumed", "take phones to be registered and free");
    put_choice(&page, "returned", "the call comes back from a traveller's home cluster");
    sj_xml_text_raw(&page, "<p><button>Analyze</button></p></form>\n"
                           "<p><a href=\"/dna/emergency\">Emergency calls</a></p>\n");
    page_end(&page);
    if (page.failed) {
        sj_http_reply_text(web->scope, request, 503, "text/plain", "out of memory\n");
    } else {
        reply(web, request, status, page.data, page.length);
    }
    sj_xml_text_free(&page);
}

/* ---- answers ---- */

static void finish(struct waiting *waiting, int status, const sj_error *error, const char *page) {
    if (status == SJ_OK) {
        reply(waiting->web, waiting->request, 200, page, strlen(page));
    } else {
        char fault[800];
        (void)snprintf(fault, sizeof fault, "%s%s%s", error->field,
                       error->field[0] != '\0' ? ": " : "", error->text);
        reply_form(waiting->web, waiting->request,
                   status == SJ_E_UNAVAILABLE || status == SJ_E_TIMEOUT ? 503 : 400, fault);
    }
    sj_scope_close(waiting->scope);
}

static void on_analyzed(void *user, int status, const sj_error *error,
                        const sj_dna_analyze_reply *answer) {
    finish(user, status, error, status == SJ_OK ? answer->message : "");
}

static void on_emergency(void *user, int status, const sj_error *error,
                         const sj_dna_emergency_reply *answer) {
    finish(user, status, error, status == SJ_OK ? answer->message : "");
}

static struct waiting *wait_for(struct web *web, sj_http_request *request) {
    sj_scope *scope = sj_scope_open(web->scope, "page", NULL, NULL);
    struct waiting *waiting = scope == NULL ? NULL : sj_scope_alloc(scope, sizeof *waiting);
    if (waiting == NULL) {
        sj_http_reply_text(web->scope, request, 503, "text/plain", "out of memory\n");
    } else {
        *waiting = (struct waiting){web, scope, request};
    }
    return waiting;
}

/* "A,B" into its parts; `text` is cut. */
static size_t split(char *text, const char *parts[20]) {
    size_t count = 0;
    for (char *rest = text; rest != NULL && *rest != '\0' && count < 20;) {
        char *comma = strchr(rest, ',');
        parts[count++] = rest;
        if (comma != NULL) {
            *comma = '\0';
        }
        rest = comma == NULL ? NULL : comma + 1;
    }
    return count;
}

static void analyze(void *user, sj_http_request *request) {
    struct web *web = user;
    const char *digits = sj_http_param(web->scope, request, "digits");
    if (!sj_given(digits)) {
        reply_form(web, request, 200, NULL);
        return;
    }
    struct waiting *waiting = wait_for(web, request);
    if (waiting == NULL) {
        return;
    }
    const char *spaces[20];
    char *listed = sj_scope_strdup(
        waiting->scope, sj_or_empty(sj_http_param(web->scope, request, "calling_search_spaces")));
    sj_error error = {0};
    const sj_dna_analyze question = {
        .digits = digits,
        .device_name = sj_or_empty(sj_http_param(web->scope, request, "device_name")),
        .line = sj_or_empty(sj_http_param(web->scope, request, "line")),
        .calling_search_spaces = spaces,
        .calling_search_spaces_count = split(listed, spaces),
        .device_pool = sj_or_empty(sj_http_param(web->scope, request, "device_pool")),
        .calling_number = sj_or_empty(sj_http_param(web->scope, request, "calling_number")),
        .user_id = sj_or_empty(sj_http_param(web->scope, request, "user_id")),
        .visiting_cluster_id =
            sj_or_empty(sj_http_param(web->scope, request, "visiting_cluster_id")),
        .at = sj_or_empty(sj_http_param(web->scope, request, "at")),
        .digit_by_digit = sj_given(sj_http_param(web->scope, request, "digit_by_digit")),
        .phones_assumed = sj_given(sj_http_param(web->scope, request, "phones_assumed")),
        .returned = sj_given(sj_http_param(web->scope, request, "returned")),
        .html = true};
    if (sj_ask_dna_analyze(waiting->scope, &question, 0, on_analyzed, waiting, &error) != SJ_OK) {
        finish(waiting, error.code, &error, "");
    }
}

static void emergency(void *user, sj_http_request *request) {
    struct web *web = user;
    struct waiting *waiting = wait_for(web, request);
    const sj_dna_emergency question = {.at = sj_or_empty(sj_http_param(web->scope, request, "at")),
                                       .html = true};
    sj_error error = {0};
    if (waiting != NULL && sj_ask_dna_emergency(waiting->scope, &question, 0, on_emergency, waiting,
                                                &error) != SJ_OK) {
        finish(waiting, error.code, &error, "");
    }
}

static int init(sj_scope *scope, void *state, sj_error *error) {
    struct web *web = state;
    web->scope = scope;
    return sj_http_route(scope, "GET", "/dna/analyze", SJ_ROUTE_ADMIN, analyze, web, error) !=
                       NULL &&
                   sj_http_route(scope, "GET", "/dna/", SJ_ROUTE_ADMIN, analyze, web, error) !=
                       NULL &&
                   sj_http_route(scope, "GET", "/dna/emergency", SJ_ROUTE_ADMIN, emergency, web,
                                 error) != NULL
               ? SJ_OK
               : error->code;
}

SJ_PLUGIN("dna", "Cisco Dialed Number Analyzer", SOJOURN_VERSION,
          "Shows in a browser what calls would do.", "request:dna.analyze request:dna.emergency",
          "", 0, struct web, NULL, init, NULL, NULL, NULL);
