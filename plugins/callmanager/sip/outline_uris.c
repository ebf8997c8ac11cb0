/* Finds the secrets of URIs and of dialled numbers: passwords, credentials, codes behind a #. */
#include "sip/outline_reader.h"

/* Each message that is kept is read to its last character: a table says what one is. */
enum {
    ENDS_USER = 1,
    ENDS_TEL = 2,
    ENDS_CODES = 4,
    ENDS_URI = 8,
    BEGINS_HASH = 16,
    SEPARATES = 32, /* what is written between digits, to be read more easily */
    DIALLED = 64,
};
static const unsigned char kinds[256] = {['@'] = ENDS_USER | ENDS_CODES,
                                         ['<'] = ENDS_USER | ENDS_CODES | ENDS_URI,
                                         ['>'] = ENDS_USER | ENDS_CODES | ENDS_URI,
                                         ['"'] = ENDS_USER | ENDS_CODES,
                                         [' '] = ENDS_USER | ENDS_CODES | ENDS_URI | SEPARATES,
                                         ['\t'] = ENDS_USER | ENDS_CODES | ENDS_URI | SEPARATES,
                                         ['\r'] = ENDS_USER | ENDS_CODES | ENDS_URI,
                                         ['\n'] = ENDS_USER | ENDS_CODES | ENDS_URI,
                                         [';'] = ENDS_TEL | ENDS_CODES,
                                         ['?'] = ENDS_TEL | ENDS_CODES,
                                         ['\''] = ENDS_CODES,
                                         [','] = ENDS_CODES,
                                         ['&'] = ENDS_CODES | BEGINS_HASH,
                                         ['-'] = SEPARATES,
                                         ['.'] = SEPARATES,
                                         ['('] = SEPARATES,
                                         [')'] = SEPARATES,
                                         ['0'] = DIALLED,
                                         ['1'] = DIALLED,
                                         ['2'] = DIALLED,
                                         ['3'] = DIALLED,
                                         ['4'] = DIALLED,
                                         ['5'] = DIALLED,
                                         ['6'] = DIALLED,
                                         ['7'] = DIALLED,
                                         ['8'] = DIALLED,
                                         ['9'] = DIALLED,
                                         ['*'] = DIALLED,
                                         ['#'] = BEGINS_HASH | DIALLED,
                                         ['%'] = BEGINS_HASH};

static bool is(char c, unsigned kind) {
    return (kinds[(unsigned char)c] & kind) != 0;
}

/* The length of what URIs write for a character with that code, escaped once or several times. */
static size_t escaped_at(struct sip_text text, const char *code) {
    size_t at = 1;
    if (!text_begins(text, "%")) {
        return 0;
    }
    while (text_begins(text_from(text, at), "25")) {
        at += 2;
    }
    return text_begins(text_from(text, at), code) ? at + 2 : 0;
}

/* The same of XML, for a #. */
static size_t hash_reference_at(struct sip_text text) {
    static const char *const codes[] = {"35;", "23;"};
    size_t at = 1;
    while (text_begins(text_from(text, at), "amp;")) {
        at += strlen("amp;");
    }
    if (text_begins(text_from(text, at), "num;")) {
        return at + strlen("num;");
    }
    if (text_begins(text_from(text, at), "#")) {
        const size_t radix = text_begins(text_from(text, ++at), "x") ? 1 : 0;
        at += radix;
        while (text_begins(text_from(text, at), "0")) {
            at++;
        }
        return text_begins(text_from(text, at), codes[radix]) ? at + strlen(codes[radix]) : 0;
    }
    return 0;
}

/* The length of a # there, which URIs and XML write otherwise; 0: there is none. */
static size_t hash_at(struct sip_text text, size_t at) {
    if (!is(text.at[at], BEGINS_HASH)) {
        return 0;
    }
    return text.at[at] == '#'   ? 1
           : text.at[at] == '%' ? escaped_at(text_from(text, at), "23")
                                : hash_reference_at(text_from(text, at));
}

/* Behind the first #: codes, perhaps. */
static struct sip_text behind_hash(struct sip_text number) {
    size_t at = 0, length = 0;
    while (at < number.length && (length = hash_at(number, at)) == 0) {
        at++;
    }
    return text_from(number, at + length);
}

static size_t end_at(struct sip_text text, unsigned ends) {
    size_t at = 0;
    while (at < text.length && !is(text.at[at], ends)) {
        at++;
    }
    return at;
}

/* The length of the scheme of a URI with a user that ends before that colon; 0: it is none. */
static size_t scheme_before(const char *text, size_t colon) {
    const char last = (char)(colon >= 3 ? text[colon - 1] | ' ' : ' ');
    if (last == 'p' || last == 'l') {
        return strncasecmp(text + colon - 3, last == 'p' ? "sip" : "tel", 3) == 0 ? 3 : 0;
    }
    return last == 's' && colon >= 4 && strncasecmp(text + colon - 4, "sips", 4) == 0 ? 4 : 0;
}

/* Where the next colon is, and how long it is written; the end of the text: there is none. */
static size_t next_colon(struct sip_text text, size_t at, bool escaped, size_t *length) {
    *length = 1;
    if (!escaped) {
        return at + text_find(text_from(text, at), ':');
    }
    for (; at < text.length && text.at[at] != ':'; at++) {
        const size_t written = escaped_at(text_from(text, at), "3A");
        if (written > 0) {
            *length = written;
            break;
        }
    }
    return at;
}

/* What stands behind the scheme of a URI, its "//" and the colon of its user: that of the first
 * letters with a colon, or the name of a header stands before it. */
static struct sip_text behind_scheme(struct sip_text text, bool escaped) {
    size_t length = 0;
    for (size_t at = 0; (at = next_colon(text, at, escaped, &length)) < text.length; at += length) {
        const char last = (char)(at > 0 ? text.at[at - 1] | ' ' : ' ');
        if (last >= 'a' && last <= 'z') {
            const struct sip_text rest = text_from(text, at + length);
            const bool is_name = scheme_before(text.at, at) == 0 &&
                                 (text_begins(rest, "sip:") || text_begins(rest, "sips:") ||
                                  text_begins(rest, "tel:"));
            return is_name ? text_from(rest, text_find(rest, ':') + 1) : rest;
        }
    }
    return text_from(text, text.length);
}

/* Of what stands before the @ of a URI. */
static struct sip_text password_of(struct sip_text text, bool escaped) {
    static const char address[] = "0123456789abcdefABCDEF:";
    struct sip_text user = behind_scheme(text, escaped);
    size_t length = 0;
    const bool authority = text_begins(user, "//");
    if (authority && text_begins(user, "//[")) {
        const size_t end = text_find(user, ']');
        user = text_from(user,
                         text_consists((struct sip_text){user.at + 3, end - 3}, address) ? end : 0);
    }
    const size_t colon = next_colon(user, 0, escaped, &length);
    const struct sip_text password = text_from(user, colon + length);
    const size_t port = text_find(password, '/');
    if (text_consists(text, address) ||
        (authority && port < password.length && text_find(password, ':') == password.length &&
         text_consists((struct sip_text){password.at, port}, "0123456789"))) {
        return text_from(password, password.length);
    }
    return password;
}

/* What stands before an @ where a blank stands before its word: behind the < of its line, if there
 * is one. */
static struct sip_text behind_bracket(struct sip_text message, size_t begin, size_t end) {
    while (begin > 0 &&
           (!is(message.at[begin - 1], ENDS_USER) || is(message.at[begin - 1], SEPARATES))) {
        begin--;
    }
    return (struct sip_text){message.at + begin,
                             begin > 0 && message.at[begin - 1] == '<' ? end - begin : 0};
}

/* "sip:user:password@host", wherever it stands in the message: what is before each @ is read back
 * to where the user may begin. */
static void read_passwords(struct outline_reader *reader) {
    const struct sip_text message = {reader->message, reader->length};
    size_t hidden = message.length; /* the @ behind the last password */
    for (size_t end = 0; (end += text_find(text_from(message, end), '@')) < message.length; end++) {
        size_t begin = end, colons = 0;
        for (; begin > 0 && !is(message.at[begin - 1], ENDS_USER); begin--) {
            colons += message.at[begin - 1] == ':' ? 1u : 0u;
        }
        struct sip_text text = {message.at + begin, end - begin};
        if (begin > 0 && begin - 1 == hidden) {
            outline_add_secret(reader, text); /* it has an @ within */
            hidden = end;
            continue;
        }
        if (colons < 2 && begin > 0 && is(message.at[begin - 1], SEPARATES)) {
            text = behind_bracket(message, begin, end);
        }
        if (text.length > 0 && (colons > 1 || text.at != message.at + begin)) {
            const struct sip_text password = password_of(text, false);
            outline_add_secret(reader, password);
            hidden = password.length > 0 ? end : hidden;
        }
    }
}

/* The same where a URI stands in another: "%3Csip%3Auser%3Apassword%40host". */
static void read_escaped_passwords(struct outline_reader *reader) {
    const struct sip_text message = {reader->message, reader->length};
    for (size_t at = 0, before = 0; (at += text_find(text_from(message, at), '%')) < message.length;
         at++) {
        if (escaped_at(text_from(message, at), "40") > 0) {
            size_t begin = at;
            while (begin > before && !is(message.at[begin - 1], ENDS_USER | ENDS_TEL) &&
                   message.at[begin - 1] != '&') {
                begin--;
            }
            outline_add_secret(
                reader, password_of((struct sip_text){message.at + begin, at - begin}, true));
            before = at + 1;
        }
    }
}

/* Whether a header in a URI may bring a secret: credentials, a body, a name that is escaped. */
static bool brings_secret(struct sip_text name) {
    for (size_t at = 0; at < name.length; at++) {
        const struct sip_text rest = text_from(name, at);
        if (rest.at[0] == '%' || text_begins(rest, "auth") || text_begins(rest, "body")) {
            return true;
        }
    }
    return false;
}

/* "<sip:user@host?Authorization=Digest%20response...>": all to the end of the URI. */
static void read_embedded(struct outline_reader *reader) {
    const struct sip_text message = {reader->message, reader->length};
    for (size_t at = 0; (at += text_find(text_from(message, at), '?')) < message.length;) {
        struct sip_text rest = text_from(message, at + 1);
        rest.length = end_at(rest, ENDS_URI);
        at += 1 + rest.length;
        while (rest.length > 0) {
            const size_t next = text_find(rest, '&');
            const size_t equals = text_find((struct sip_text){rest.at, next}, '=');
            if (equals < next && brings_secret((struct sip_text){rest.at, equals})) {
                outline_add_secret(reader, text_from(rest, equals + 1));
                break;
            }
            rest = text_from(rest, next + 1);
        }
    }
}

/* Codes in "sip:91234%234711@host", "tel:91234%234711", wherever it stands. */
static void read_uris(struct outline_reader *reader, struct sip_text line) {
    size_t end = 0; /* of a URI, or of its user: looked for once */
    for (size_t at = 0; (at += text_find(text_from(line, at), ':')) < line.length;) {
        const bool is_uri = scheme_before(line.at, at) > 0;
        at++;
        if (!is_uri) {
            continue;
        }
        if (end < at) {
            end = at + end_at(text_from(line, at), ENDS_USER);
        }
        const bool is_user = end < line.length && line.at[end] == '@';
        struct sip_text user = {line.at + at, end - at};
        user.length = is_user ? user.length : end_at(user, ENDS_TEL);
        outline_add_secret(reader, behind_hash(user));
        at += user.length;
    }
}

static bool is_secret(const struct outline_reader *reader, struct sip_text text) {
    const struct sip_outline *outline = reader->outline;
    const size_t at = (size_t)(text.at - reader->message);
    for (size_t i = 0; i < outline->secrets_count; i++) {
        const struct sip_span *secret = &outline->secrets[i];
        if (at >= secret->at && at + text.length <= secret->at + secret->length) {
            return true;
        }
    }
    return false;
}

/* Whether a number stands before that place, blanks and the like between. */
static bool is_behind_number(struct sip_text line, size_t at) {
    while (at > 0 && is(line.at[at - 1], SEPARATES)) {
        at--;
    }
    return at > 0 && is(line.at[at - 1], DIALLED) && line.at[at - 1] != '#';
}

/* Where the codes end: with their word, and with further ones of digits alone. */
static size_t end_of_codes(struct sip_text codes) {
    size_t end = end_at(codes, ENDS_CODES);
    for (;;) {
        const struct sip_text rest = text_behind_blanks(text_from(codes, end));
        const struct sip_text word = {rest.at, end_at(rest, ENDS_CODES)};
        const bool first = end == 0 && word.length > 0 && is(word.at[0], DIALLED | BEGINS_HASH);
        const bool further = text_consists(word, "0123456789*#-.()") &&
                             (word.length == rest.length || rest.at[word.length] != '&');
        if (word.length == 0 || rest.at == codes.at + end || !(first || further)) {
            return end;
        }
        end = (size_t)(word.at - codes.at) + word.length;
    }
}

/* "91234#4711" where it is in no URI: a display name, an element of a body. */
static void read_codes(struct outline_reader *reader, struct sip_text line) {
    for (size_t at = 1; at < line.length; at++) {
        const size_t length = hash_at(line, at);
        if (length == 0 || !is_behind_number(line, at)) {
            continue;
        }
        struct sip_text codes = text_from(line, at + length);
        codes.length = end_of_codes(codes);
        if (!is_secret(reader, codes)) {
            outline_add_secret(reader, codes);
        }
        at += length - 1 + codes.length;
    }
}

void outline_read_numbers(struct outline_reader *reader, struct sip_text line) {
    if (reader->hashes) {
        read_uris(reader, line);
        read_codes(reader, line);
    }
}

void outline_read_uris(struct outline_reader *reader) {
    read_passwords(reader);
    if (reader->hashes) {
        read_escaped_passwords(reader);
        read_embedded(reader);
    }
}
