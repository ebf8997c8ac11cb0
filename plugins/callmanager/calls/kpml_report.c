/* Reads the attributes of the one element that counts, wherever its name space puts it. Pure. */
#include "calls/kpml_report.h"

static const char root[] = "kpml-response";

static void skip_blanks(struct sip_text *rest) {
    while (rest->length > 0 && sip_is_space(*rest->at)) {
        rest->at++;
        rest->length--;
    }
}

static void take(struct sip_text *rest, size_t length) {
    rest->at += length;
    rest->length -= length;
}

/* Behind the name of the root element, which may follow a declaration. */
static bool find_root(struct sip_text *rest) {
    const size_t length = sizeof root - 1;
    for (;;) {
        const char *tag = rest->length == 0 ? NULL : memchr(rest->at, '<', rest->length);
        if (tag == NULL) {
            return false;
        }
        take(rest, (size_t)(tag + 1 - rest->at));
        if (rest->length > 0 && *rest->at == '?') {
            continue;
        }
        size_t name = 0;
        for (size_t i = 0; i < rest->length && !sip_is_space(rest->at[i]) && rest->at[i] != '>' &&
                           rest->at[i] != '/';
             i++) {
            name = rest->at[i] == ':' ? i + 1 : name; /* behind the prefix */
        }
        if (rest->length < name + length || memcmp(rest->at + name, root, length) != 0) {
            return false;
        }
        take(rest, name + length);
        return true;
    }
}

/* The next attribute, and 1; 0 at the end of the tag, -1 when it is broken. */
static int next_attribute(struct sip_text *rest, struct sip_text *name, struct sip_text *value) {
    skip_blanks(rest);
    if (rest->length == 0) {
        return -1;
    }
    if (*rest->at == '>' || *rest->at == '/') {
        return 0;
    }
    const char *equals = memchr(rest->at, '=', rest->length);
    if (equals == NULL) {
        return -1;
    }
    *name = sip_text_trim((struct sip_text){rest->at, (size_t)(equals - rest->at)});
    take(rest, (size_t)(equals + 1 - rest->at));
    skip_blanks(rest);
    const char quote = (char)(rest->length == 0 ? '\0' : *rest->at);
    if (quote != '"' && quote != '\'') {
        return -1;
    }
    take(rest, 1);
    const char *end = rest->length == 0 ? NULL : memchr(rest->at, quote, rest->length);
    if (end == NULL) {
        return -1;
    }
    *value = (struct sip_text){rest->at, (size_t)(end - rest->at)};
    take(rest, value->length + 1);
    return 1;
}

bool kpml_report_read(struct sip_text body, struct kpml_report *report) {
    struct sip_text name, value;
    uint64_t code;
    int more;
    memset(report, 0, sizeof *report);
    if (!find_root(&body)) {
        return false;
    }
    while ((more = next_attribute(&body, &name, &value)) > 0) {
        if (sip_text_is(name, "code")) {
            if (!sip_text_number(value, 699, &code) || code < 100) {
                return false;
            }
            report->code = (unsigned)code;
        } else if (sip_text_is(name, "digits") &&
                   !sip_text_copy(value, report->digits, sizeof report->digits)) {
            return false;
        }
    }
    return more == 0 && report->code != 0 &&
           strspn(report->digits, "0123456789*#ABCD") == strlen(report->digits);
}
