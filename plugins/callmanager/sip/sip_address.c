/* Parsers for what stands inside headers. Pure: touches nothing but its arguments. */
#include "sip/sip_address.h"

#include <sojourn/base/hex.h>
#include <sojourn/net.h>

static bool is_host_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
}

/* Reads "host[:port]" or "[v6][:port]"; returns how much was read, 0 when malformed. */
static size_t parse_host_port(struct sip_text text, struct sip_text *host, int *port) {
    size_t i = 0;
    *port = 0;
    if (text.length > 0 && text.at[0] == '[') {
        const char *close = memchr(text.at, ']', text.length);
        if (close == NULL || close == text.at + 1) {
            return 0;
        }
        host->at = text.at + 1;
        host->length = (size_t)(close - text.at - 1);
        i = host->length + 2;
    } else {
        while (i < text.length && is_host_char(text.at[i])) {
            i++;
        }
        host->at = text.at;
        host->length = i;
        if (i == 0) {
            return 0;
        }
    }
    if (i < text.length && text.at[i] == ':') {
        struct sip_text number = {text.at + i + 1, 0};
        uint64_t value = 0;
        while (i + 1 + number.length < text.length && number.at[number.length] >= '0' &&
               number.at[number.length] <= '9') {
            number.length++;
        }
        if (!sip_text_number(number, 65535, &value)) {
            return 0;
        }
        *port = (int)value;
        i += 1 + number.length;
    }
    return i;
}

static bool clean_uri(struct sip_text text) {
    for (size_t i = 0; i < text.length; i++) {
        const unsigned char c = (unsigned char)text.at[i];
        if (c <= ' ' || c == '<' || c == '>' || c == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool parse_tel(struct sip_text rest, struct sip_uri *uri) {
    const char *semicolon = memchr(rest.at, ';', rest.length);
    uri->user = rest;
    if (semicolon != NULL) {
        uri->user.length = (size_t)(semicolon - rest.at);
        uri->params.at = semicolon;
        uri->params.length = rest.length - uri->user.length;
    }
    return uri->user.length > 0;
}

bool sip_uri_parse(struct sip_text text, struct sip_uri *uri) {
    const char *colon;
    const char *at;
    struct sip_text rest;
    size_t used;
    memset(uri, 0, sizeof *uri);
    uri->scheme = uri->user = uri->host = uri->params = uri->headers = sip_text_of("");
    colon = text.length == 0 ? NULL : memchr(text.at, ':', text.length);
    if (colon == NULL || colon == text.at || !clean_uri(text)) {
        return false;
    }
    uri->scheme.at = text.at;
    uri->scheme.length = (size_t)(colon - text.at);
    rest.at = colon + 1;
    rest.length = text.length - uri->scheme.length - 1;
    if (sip_text_is_nocase(uri->scheme, "tel")) {
        return parse_tel(rest, uri);
    }
    if (!sip_text_is_nocase(uri->scheme, "sip") && !sip_text_is_nocase(uri->scheme, "sips")) {
        return true;
    }
    at = rest.length == 0 ? NULL : memchr(rest.at, '@', rest.length);
    if (at != NULL) {
        const char *password;
        uri->user.at = rest.at;
        uri->user.length = (size_t)(at - rest.at);
        password = uri->user.length == 0 ? NULL : memchr(uri->user.at, ':', uri->user.length);
        if (uri->user.length == 0) {
            return false;
        }
        if (password != NULL) {
            uri->user.length = (size_t)(password - uri->user.at);
        }
        rest.length -= (size_t)(at + 1 - rest.at);
        rest.at = at + 1;
    }
    used = parse_host_port(rest, &uri->host, &uri->port);
    if (used == 0) {
        return false;
    }
    rest.at += used;
    rest.length -= used;
    if (rest.length > 0 && rest.at[0] == ';') {
        const char *question = memchr(rest.at, '?', rest.length);
        uri->params = rest;
        uri->params.length = question == NULL ? rest.length : (size_t)(question - rest.at);
        rest.at += uri->params.length;
        rest.length -= uri->params.length;
    }
    if (rest.length > 0 && rest.at[0] == '?') {
        uri->headers.at = rest.at + 1;
        uri->headers.length = rest.length - 1;
        rest.length = 0;
    }
    return rest.length == 0;
}

/* Skips a quoted string that begins at `i`; returns the index after its end, or 0 when it does not
 * end. */
static size_t skip_quoted(struct sip_text text, size_t i) {
    for (i++; i < text.length; i++) {
        if (text.at[i] == '\\') {
            i++;
        } else if (text.at[i] == '"') {
            return i + 1;
        }
    }
    return 0;
}

/* Cuts parameters and the rest after a comma. */
static bool cut_params(struct sip_text text, struct sip_text *params, struct sip_text *rest) {
    size_t i = 0;
    *rest = sip_text_of("");
    while (i < text.length && text.at[i] != ',') {
        if (text.at[i] == '"') {
            i = skip_quoted(text, i);
            if (i == 0) {
                return false;
            }
        } else {
            i++;
        }
    }
    params->at = text.at;
    params->length = i;
    *params = sip_text_trim(*params);
    if (i < text.length) {
        rest->at = text.at + i + 1;
        rest->length = text.length - i - 1;
        *rest = sip_text_trim(*rest);
        if (rest->length == 0) {
            return false; /* a comma that nothing follows */
        }
    }
    return params->length == 0 || params->at[0] == ';';
}

static bool is_token_or_space(char c) {
    return sip_is_space(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || (c != '\0' && strchr("-.!%*_+`'~", c) != NULL) ||
           (unsigned char)c >= 0x80;
}

bool sip_name_address_parse(struct sip_text text, struct sip_name_address *result) {
    size_t i = 0;
    text = sip_text_trim(text);
    memset(result, 0, sizeof *result);
    result->display = result->uri = sip_text_of("");
    if (text.length == 0) {
        return false;
    }
    if (text.at[0] == '"') {
        i = skip_quoted(text, 0);
        if (i == 0) {
            return false;
        }
        result->display.at = text.at + 1;
        result->display.length = i - 2;
        while (i < text.length && sip_is_space(text.at[i])) {
            i++;
        }
        if (i == text.length || text.at[i] != '<') {
            return false;
        }
    } else {
        const char *open = memchr(text.at, '<', text.length);
        if (open != NULL) {
            /* Before "<" only tokens may stand; otherwise it belongs to something later, as in
             * "sip:a@b, <sip:c@d>". */
            size_t stop = (size_t)(open - text.at);
            while (i < stop && is_token_or_space(text.at[i])) {
                i++;
            }
            if (i == stop) {
                result->display.at = text.at;
                result->display.length = stop;
                result->display = sip_text_trim(result->display);
            } else if (memchr(text.at, ':', stop) == NULL) {
                return false;
            } else {
                i = 0;
            }
        }
    }
    if (text.at[i] == '<') {
        const char *close = memchr(text.at + i, '>', text.length - i);
        if (close == NULL || close == text.at + i + 1) {
            return false;
        }
        result->uri.at = text.at + i + 1;
        result->uri.length = (size_t)(close - result->uri.at);
        i = (size_t)(close - text.at) + 1;
    } else {
        /* Without brackets all parameters are the header's, and the URI may hold no comma, question
         * mark or semicolon. */
        size_t stop = i;
        while (stop < text.length && text.at[stop] != ';' && text.at[stop] != ',' &&
               text.at[stop] != '?' && !sip_is_space(text.at[stop])) {
            stop++;
        }
        result->uri.at = text.at + i;
        result->uri.length = stop - i;
        i = stop;
    }
    while (i < text.length && sip_is_space(text.at[i])) {
        i++;
    }
    const struct sip_text tail = {text.at + i, text.length - i};
    return result->uri.length > 0 && clean_uri(result->uri) &&
           cut_params(tail, &result->params, &result->rest);
}

bool sip_param(struct sip_text params, const char *name, struct sip_text *value) {
    size_t i = 0;
    while (i < params.length) {
        struct sip_text key, found = {"", 0};
        while (i < params.length && (params.at[i] == ';' || sip_is_space(params.at[i]))) {
            i++;
        }
        key.at = params.at + i;
        while (i < params.length && params.at[i] != '=' && params.at[i] != ';') {
            i++;
        }
        key.length = (size_t)(params.at + i - key.at);
        key = sip_text_trim(key);
        if (i < params.length && params.at[i] == '=') {
            found.at = params.at + ++i;
            while (i < params.length && params.at[i] != ';') {
                const size_t after = params.at[i] == '"' ? skip_quoted(params, i) : i + 1;
                i = after == 0 ? params.length : after;
            }
            found.length = (size_t)(params.at + i - found.at);
            found = sip_text_trim(found);
        }
        if (key.length > 0 && sip_text_is_nocase(key, name)) {
            *value = sip_text_unquote(found);
            return true;
        }
    }
    return false;
}

/* ---- are two URIs the same? ---- */

/* The next character, escapes undone. */
static int take_char(struct sip_text *text) {
    int c = (unsigned char)text->at[0];
    size_t taken = 1;
    if (c == '%' && text->length > 2 && sj_hex_byte(text->at + 1) >= 0) {
        c = sj_hex_byte(text->at + 1);
        taken = 3;
    }
    text->at += taken;
    text->length -= taken;
    return c;
}

static int lower(int c) {
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* The same but for escapes, and for case when `any_case`. */
static bool same(struct sip_text a, struct sip_text b, bool any_case) {
    while (a.length > 0 && b.length > 0) {
        const int left = take_char(&a), right = take_char(&b);
        if (any_case ? lower(left) != lower(right) : left != right) {
            return false;
        }
    }
    return a.length == b.length;
}

/* Takes the next "name=value" out of a list. */
static bool take_pair(struct sip_text *list, char between, struct sip_text *name,
                      struct sip_text *value) {
    while (list->length > 0 && list->at[0] == between) {
        list->at++;
        list->length--;
    }
    const char *end = list->length == 0 ? NULL : memchr(list->at, between, list->length);
    name->at = list->at;
    name->length = end == NULL ? list->length : (size_t)(end - list->at);
    list->at += name->length;
    list->length -= name->length;
    const char *equals = name->length == 0 ? NULL : memchr(name->at, '=', name->length);
    *value = sip_text_of("");
    if (equals != NULL) {
        value->at = equals + 1;
        value->length = (size_t)(name->at + name->length - value->at);
        name->length = (size_t)(equals - name->at);
    }
    return name->length > 0;
}

static bool find_pair(struct sip_text list, char between, struct sip_text wanted,
                      struct sip_text *value) {
    struct sip_text name;
    while (take_pair(&list, between, &name, value)) {
        if (same(name, wanted, true)) {
            return true;
        }
    }
    return false;
}

/* Whether each parameter of `a` is as in `b`; some may be missing there. */
static bool params_agree(struct sip_text a, struct sip_text b) {
    static const char *const never_missing[] = {"transport", "user", "ttl", "method", "maddr"};
    struct sip_text name, value, other;
    while (take_pair(&a, ';', &name, &value)) {
        if (find_pair(b, ';', name, &other)) {
            if (!same(value, other, true)) {
                return false;
            }
            continue;
        }
        for (size_t i = 0; i < sizeof never_missing / sizeof never_missing[0]; i++) {
            if (sip_text_is_nocase(name, never_missing[i])) {
                return false;
            }
        }
    }
    return true;
}

/* Whether each header of `a` is in `b` as well. */
static bool headers_agree(struct sip_text a, struct sip_text b) {
    struct sip_text name, value, other;
    while (take_pair(&a, '&', &name, &value)) {
        if (!find_pair(b, '&', name, &other) || !same(value, other, false)) {
            return false;
        }
    }
    return true;
}

bool sip_uri_equal(struct sip_text a, struct sip_text b) {
    struct sip_uri left, right;
    if (sip_text_equal(a, b)) {
        return true;
    }
    return sip_uri_parse(a, &left) && sip_uri_parse(b, &right) &&
           sip_text_is_nocase(left.scheme, "sip") == sip_text_is_nocase(right.scheme, "sip") &&
           sip_text_is_nocase(left.scheme, "sips") == sip_text_is_nocase(right.scheme, "sips") &&
           left.host.length > 0 && same(left.host, right.host, true) && left.port == right.port &&
           same(left.user, right.user, false) && params_agree(left.params, right.params) &&
           params_agree(right.params, left.params) && headers_agree(left.headers, right.headers) &&
           headers_agree(right.headers, left.headers);
}

bool sip_via_parse(struct sip_text text, struct sip_via *via) {
    struct sip_text params, rport;
    size_t i = 0, used;
    unsigned slashes = 0;
    memset(via, 0, sizeof *via);
    via->branch = sip_text_of("");
    text = sip_text_trim(text);
    /* "SIP / 2.0 / UDP": blanks may stand around the slashes. */
    while (i < text.length && slashes < 2) {
        slashes += text.at[i] == '/' ? 1 : 0;
        i++;
    }
    if (text.length < 3 || strncasecmp(text.at, "SIP", 3) != 0) {
        return false;
    }
    while (i < text.length && sip_is_space(text.at[i])) {
        i++;
    }
    via->transport.at = text.at + i;
    while (i < text.length && !sip_is_space(text.at[i])) {
        i++;
    }
    via->transport.length = (size_t)(text.at + i - via->transport.at);
    while (i < text.length && sip_is_space(text.at[i])) {
        i++;
    }
    const struct sip_text tail = {text.at + i, text.length - i};
    used = parse_host_port(tail, &via->host, &via->port);
    if (slashes != 2 || via->transport.length == 0 || used == 0) {
        return false;
    }
    i += used;
    while (i < text.length && sip_is_space(text.at[i])) {
        i++;
    }
    if (via->port == 0 && i < text.length && text.at[i] == ':') { /* "host : 5060" */
        struct sip_text number = {text.at + i + 1, 0};
        uint64_t value = 0;
        size_t stop = i + 1;
        while (stop < text.length && text.at[stop] != ';' && text.at[stop] != ',') {
            stop++;
        }
        number.length = stop - i - 1;
        if (!sip_text_number(sip_text_trim(number), 65535, &value)) {
            return false;
        }
        via->port = (int)value;
        i = stop;
    }
    const struct sip_text after = {text.at + i, text.length - i};
    if (!cut_params(after, &params, &via->rest)) {
        return false;
    }
    for (size_t j = 0; j + 1 < params.length; j++) {
        if (params.at[j] == ';' && params.at[j + 1] == ';') {
            return false;
        }
    }
    via->text.at = text.at;
    via->text.length = (size_t)(params.at + params.length - text.at);
    (void)sip_param(params, "branch", &via->branch);
    via->rport_wanted = sip_param(params, "rport", &rport) && rport.length == 0;
    return true;
}

bool sip_unescape(struct sip_text text, char *result, size_t room) {
    size_t used = 0;
    for (size_t i = 0; i < text.length; i++) {
        int c = (unsigned char)text.at[i];
        const int escaped = c == '%' && i + 2 < text.length ? sj_hex_byte(text.at + i + 1) : -1;
        if (escaped >= 0) {
            c = escaped;
            i += 2;
        }
        if (c < ' ' || c == 0x7f || used + 1 >= room) {
            return false;
        }
        result[used++] = (char)(unsigned char)c;
    }
    result[used] = '\0';
    return true;
}

bool sip_user_number(struct sip_text user, char *number, size_t room) {
    const char *semicolon = user.length == 0 ? NULL : memchr(user.at, ';', user.length);
    size_t used = 0;
    bool digits = false;
    if (semicolon != NULL) {
        user.length = (size_t)(semicolon - user.at);
    }
    while (user.length > 0) {
        const int c = take_char(&user);
        const bool separator = c != '\0' && strchr("-.()", c) != NULL;
        const bool digit = c >= '0' && c <= '9';
        if (used + 1 >= room ||
            !(digit || separator || c == '*' || c == '#' || (c == '+' && used == 0))) {
            return false;
        }
        if (!separator) {
            number[used++] = (char)c;
        }
        digits = digits || digit || c == '*' || c == '#';
    }
    number[used] = '\0';
    return digits;
}

bool sip_uri_user(const struct sip_uri *uri, char *user, size_t room) {
    struct sip_text kind;
    const bool number =
        sip_text_is_nocase(uri->scheme, "tel") ||
        (sip_param(uri->params, "user", &kind) && sip_text_is_nocase(kind, "phone")) ||
        (uri->user.length > 0 &&
         (uri->user.at[0] == '+' || memchr(uri->user.at, ';', uri->user.length) != NULL));
    return (number && sip_user_number(uri->user, user, room)) ||
           sip_unescape(uri->user, user, room);
}

void sip_address_user(struct sip_text value, char *user, size_t room) {
    struct sip_name_address party;
    struct sip_uri uri;
    user[0] = '\0';
    if (sip_name_address_parse(value, &party) && sip_uri_parse(party.uri, &uri) &&
        !sip_uri_user(&uri, user, room)) {
        user[0] = '\0';
    }
}

void sip_display_copy(struct sip_text display, char *result, size_t room) {
    size_t used = 0;
    for (size_t i = 0; i < display.length && used + 1 < room; i++) {
        char c = display.at[i];
        if (c == '\\' && i + 1 < display.length) {
            c = display.at[++i];
        }
        if ((unsigned char)c < ' ' || c == 0x7f) {
            c = ' ';
        }
        result[used++] = c;
    }
    result[used] = '\0';
}

bool sip_uri_address(const struct sip_uri *uri, int default_port, sj_address *address) {
    char host[SJ_ADDRESS_TEXT];
    return sip_text_copy(uri->host, host, sizeof host) &&
           sj_address_parse(host, uri->port != 0 ? uri->port : default_port, address) == SJ_OK;
}
