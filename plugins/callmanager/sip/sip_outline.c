/* Reads what a message is about, and finds its secrets. */
#include "sip/sip_outline.h"

/* What of Digest credentials is no secret; the rest is. */
static const struct sip_text public_parameters[] = {{"username", 8},  {"realm", 5}, {"nonce", 5},
                                                    {"uri", 3},       {"qop", 3},   {"nc", 2},
                                                    {"algorithm", 9}, {"opaque", 6}};

/* Each message that is kept is read to its last character: a table says what one is. */
enum {
    ENDS_USER = 1,
    ENDS_TEL = 2,
    ENDS_CODES = 4,
    BEGINS_HASH = 8,
    LOOKED_FOR = 16,
    LOOKED_FOR_IN_BODY = 32,
};
static const unsigned char kinds[256] = {
    ['@'] = ENDS_USER | ENDS_CODES,
    ['<'] = ENDS_USER | ENDS_CODES,
    ['>'] = ENDS_USER | ENDS_CODES,
    ['"'] = ENDS_USER | ENDS_CODES,
    [' '] = ENDS_USER | ENDS_CODES,
    ['\t'] = ENDS_USER | ENDS_CODES,
    ['\r'] = ENDS_USER | ENDS_CODES,
    ['\n'] = ENDS_USER | ENDS_CODES,
    [';'] = ENDS_TEL | ENDS_CODES,
    ['?'] = ENDS_TEL | ENDS_CODES,
    ['\''] = ENDS_CODES,
    [','] = ENDS_CODES,
    ['&'] = ENDS_CODES | BEGINS_HASH,
    ['#'] = BEGINS_HASH,
    ['%'] = BEGINS_HASH,
    /* Most lines are none of those that are looked for: their first letter says it. */
    ['a'] = LOOKED_FOR | LOOKED_FOR_IN_BODY,
    ['c'] = LOOKED_FOR,
    ['e'] = LOOKED_FOR,
    ['i'] = LOOKED_FOR,
    ['o'] = LOOKED_FOR,
    ['k'] = LOOKED_FOR_IN_BODY,
    ['p'] = LOOKED_FOR | LOOKED_FOR_IN_BODY,
    ['s'] = LOOKED_FOR_IN_BODY,
    ['A'] = LOOKED_FOR | LOOKED_FOR_IN_BODY,
    ['C'] = LOOKED_FOR,
    ['E'] = LOOKED_FOR,
    ['I'] = LOOKED_FOR,
    ['O'] = LOOKED_FOR,
    ['K'] = LOOKED_FOR_IN_BODY,
    ['P'] = LOOKED_FOR | LOOKED_FOR_IN_BODY,
    ['S'] = LOOKED_FOR_IN_BODY};

struct outline_reader {
    const char *message;
    size_t length, at; /* the next line begins there */
    bool hashes;       /* there may be a # in it, as itself or as %23 */
    struct sip_outline *outline;
};

static void add_secret(struct outline_reader *reader, struct sip_text secret) {
    struct sip_outline *outline = reader->outline;
    const size_t at = (size_t)(secret.at - reader->message);
    if (outline->secrets_count == SIP_SECRETS_MAX) {
        struct sip_span *last = &outline->secrets[SIP_SECRETS_MAX - 1];
        last->at = at < last->at ? at : last->at;
        last->length = reader->length - last->at;
    } else if (secret.length > 0) {
        outline->secrets[outline->secrets_count++] = (struct sip_span){at, secret.length};
    }
}

/* ---- text ---- */

static struct sip_text from(struct sip_text text, size_t at) {
    at = at < text.length ? at : text.length;
    return (struct sip_text){text.at + at, text.length - at};
}

/* Where that character is, or the end of the text. */
static size_t find(struct sip_text text, char c) {
    const char *found = text.length == 0 ? NULL : memchr(text.at, c, text.length);
    return found == NULL ? text.length : (size_t)(found - text.at);
}

static size_t end_of_word(struct sip_text text) {
    size_t at = 0;
    while (at < text.length && !sip_is_space(text.at[at])) {
        at++;
    }
    return at;
}

static bool begins(struct sip_text text, const char *with) {
    const size_t length = strlen(with);
    return text.length >= length && strncasecmp(text.at, with, length) == 0;
}

/* Takes the next line, without its end; false at the end of the message. */
static bool next_line(struct outline_reader *reader, struct sip_text *line) {
    if (reader->at >= reader->length) {
        return false;
    }
    const struct sip_text rest = {reader->message + reader->at, reader->length - reader->at};
    const size_t end = find(rest, '\n');
    *line = (struct sip_text){rest.at, end > 0 && rest.at[end - 1] == '\r' ? end - 1 : end};
    reader->at += end < rest.length ? end + 1 : end;
    return true;
}

/* The same with the lines into which it is folded. */
static bool next_header(struct outline_reader *reader, struct sip_text *line) {
    struct sip_text more;
    if (!next_line(reader, line)) {
        return false;
    }
    while (line->length > 0 && reader->at < reader->length &&
           (reader->message[reader->at] == ' ' || reader->message[reader->at] == '\t') &&
           next_line(reader, &more)) {
        line->length = (size_t)(more.at + more.length - line->at);
    }
    return true;
}

/* ---- dialled numbers ---- */

static bool is(char c, unsigned char kind) {
    return (kinds[(unsigned char)c] & kind) != 0;
}

/* The length of a # there, which URIs and XML write otherwise; 0: there is none. */
static size_t hash_at(struct sip_text text, size_t at) {
    static const char *const forms[] = {"#", "%23", "&#35;", "&#x23;"};
    if (is(text.at[at], BEGINS_HASH)) {
        for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
            if (begins(from(text, at), forms[i])) {
                return strlen(forms[i]);
            }
        }
    }
    return 0;
}

/* Behind the first #: codes, perhaps. */
static struct sip_text behind_hash(struct sip_text number) {
    size_t at = 0, length = 0;
    while (at < number.length && (length = hash_at(number, at)) == 0) {
        at++;
    }
    return from(number, at + length);
}

static size_t end_at(struct sip_text text, unsigned char ends) {
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

/* "sip:user:password@host", wherever it stands in the message: what is before each @ is read back
 * to where the user may begin. */
static void read_passwords(struct outline_reader *reader) {
    const struct sip_text message = {reader->message, reader->length};
    for (size_t end = 0; (end += find(from(message, end), '@')) < message.length; end++) {
        size_t begin = end, colons = 0;
        for (; begin > 0 && !is(message.at[begin - 1], ENDS_USER); begin--) {
            colons += message.at[begin - 1] == ':' ? 1u : 0u;
        }
        for (size_t at = begin; colons > 1; at++, colons--) {
            at += find(from(message, at), ':');
            if (scheme_before(message.at, at) > 0) {
                const struct sip_text user = {message.at + at + 1, end - at - 1};
                add_secret(reader, from(user, find(user, ':') + 1));
                break;
            }
        }
    }
}

/* Codes in "sip:91234%234711@host", "tel:91234%234711", wherever it stands. */
static void read_uris(struct outline_reader *reader, struct sip_text line) {
    size_t end = 0; /* of a URI, or of its user: looked for once */
    for (size_t at = 0; (at += find(from(line, at), ':')) < line.length;) {
        const bool is_uri = scheme_before(line.at, at) > 0;
        at++;
        if (!is_uri) {
            continue;
        }
        if (end < at) {
            end = at + end_at(from(line, at), ENDS_USER);
        }
        const bool is_user = end < line.length && line.at[end] == '@';
        struct sip_text user = {line.at + at, end - at};
        user.length = is_user ? user.length : end_at(user, ENDS_TEL);
        add_secret(reader, behind_hash(user));
        at += user.length;
    }
}

static bool is_secret(const struct sip_outline *outline, size_t at) {
    for (size_t i = 0; i < outline->secrets_count; i++) {
        if (at >= outline->secrets[i].at &&
            at - outline->secrets[i].at < outline->secrets[i].length) {
            return true;
        }
    }
    return false;
}

/* "91234#4711" where it is in no URI: a display name, an element of a body. */
static void read_codes(struct outline_reader *reader, struct sip_text line) {
    for (size_t at = 1; at < line.length; at++) {
        const size_t length = hash_at(line, at);
        const char before = line.at[at - 1];
        if (length == 0 || !((before >= '0' && before <= '9') || before == '*')) {
            continue;
        }
        struct sip_text codes = from(line, at + length);
        if (!is_secret(reader->outline, (size_t)(codes.at - reader->message))) {
            codes.length = end_at(codes, ENDS_CODES);
            add_secret(reader, codes);
            at += length - 1 + codes.length;
        }
    }
}

/* What of dialled numbers is secret. */
static void read_numbers(struct outline_reader *reader, struct sip_text line) {
    if (reader->hashes) {
        read_uris(reader, line);
        read_codes(reader, line);
    }
}

/* ---- headers ---- */

/* Where a parameter ends: at a comma outside of quotes, or at the end. */
static size_t end_of_parameter(struct sip_text text) {
    bool quoted = false;
    for (size_t at = 0; at < text.length; at++) {
        if (quoted && text.at[at] == '\\') {
            at++;
        } else if (text.at[at] == '"') {
            quoted = !quoted;
        } else if (text.at[at] == ',' && !quoted) {
            return at;
        }
    }
    return text.length;
}

static bool is_public(struct sip_text name) {
    for (size_t i = 0; i < sizeof public_parameters / sizeof public_parameters[0]; i++) {
        if (name.length == public_parameters[i].length &&
            strncasecmp(name.at, public_parameters[i].at, name.length) == 0) {
            return true;
        }
    }
    return false;
}

/* The uri among what is public has the number that is called. */
static void read_parameters(struct outline_reader *reader, struct sip_text rest) {
    while (rest.length > 0) {
        const size_t end = end_of_parameter(rest);
        const struct sip_text parameter = {rest.at, end};
        const size_t equals = find(parameter, '=');
        if (is_public(sip_text_trim((struct sip_text){parameter.at, equals}))) {
            read_numbers(reader, parameter);
        } else {
            add_secret(reader, sip_text_unquote(sip_text_trim(
                                   from(parameter, equals < parameter.length ? equals + 1 : 0))));
        }
        rest = from(rest, end + 1);
    }
}

static void read_credentials(struct outline_reader *reader, struct sip_text value) {
    const size_t scheme = end_of_word(value);
    if (sip_text_is_nocase((struct sip_text){value.at, scheme}, "Digest")) {
        read_parameters(reader, from(value, scheme));
    } else {
        add_secret(reader, from(value, scheme));
    }
}

/* What the body is, as far as it matters here. */
static bool read_header(struct outline_reader *reader, struct sip_text line) {
    if (line.length == 0 || !is(line.at[0], LOOKED_FOR)) {
        read_numbers(reader, line);
        return false;
    }
    const size_t colon = find(line, ':');
    const struct sip_text name = sip_text_trim((struct sip_text){line.at, colon}),
                          value = sip_text_trim(from(line, colon + 1));
    struct sip_outline *outline = reader->outline;
    if (sip_text_is_nocase(name, "Call-ID") || sip_text_is_nocase(name, "i")) {
        outline->call_id = value;
    } else if (sip_text_is_nocase(name, "CSeq")) {
        const struct sip_text method = from(value, end_of_word(value));
        outline->method = sip_text_trim(method);
    } else if (sip_text_is_nocase(name, "Event") || sip_text_is_nocase(name, "o")) {
        outline->event = sip_text_token(value);
    } else if (sip_text_is_nocase(name, "Authorization") ||
               sip_text_is_nocase(name, "Proxy-Authorization")) {
        read_credentials(reader, value);
    } else if (sip_text_is_nocase(name, "Authentication-Info") ||
               sip_text_is_nocase(name, "Proxy-Authentication-Info")) {
        read_parameters(reader, value);
    } else if (sip_text_is_nocase(name, "Content-Type") || sip_text_is_nocase(name, "c")) {
        return sip_text_is_nocase(sip_text_token(value), "application/dtmf");
    } else {
        read_numbers(reader, line);
    }
    return false;
}

/* ---- the body ---- */

/* What stands behind so many words of a line. */
static struct sip_text behind_words(struct sip_text line, unsigned words) {
    for (; words > 0; words--) {
        line = sip_text_trim(from(line, end_of_word(line)));
    }
    return line;
}

/* "1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^20|1:4;inline:KEY UNENCRYPTED_SRTP" */
static void read_crypto(struct outline_reader *reader, struct sip_text line) {
    struct sip_text keys = behind_words(line, 2);
    add_secret(reader, from(keys, begins(keys, "inline:") ? strlen("inline:") : 0));
}

/* digits="1234" of a KPML report, which may be broken over lines anywhere. */
static void read_digits(struct outline_reader *reader, struct sip_text line) {
    static const char name[] = "digits";
    for (const char *at; line.length > sizeof name &&
                         (at = memmem(line.at, line.length, name, sizeof name - 1)) != NULL;) {
        line = sip_text_trim(from(line, (size_t)(at - line.at) + sizeof name - 1));
        if (line.length > 0 && line.at[0] == '=') {
            line = sip_text_trim(from(line, 1));
            const char quote = (char)(line.length > 0 ? line.at[0] : ' ');
            const size_t end =
                quote == '"' || quote == '\'' ? find(from(line, 1), quote) + 1 : end_of_word(line);
            add_secret(reader,
                       from((struct sip_text){line.at, end < line.length ? end : line.length},
                            quote == '"' || quote == '\'' ? 1 : 0));
            line = from(line, end);
        }
    }
}

/* Most lines of a body are other attributes of media: letters say it. */
static bool may_be_secret(struct sip_text line) {
    return line.length > 2 && is(line.at[0], LOOKED_FOR_IN_BODY) &&
           (line.at[1] != '=' || (line.at[0] | ' ') != 'a' || strchr("ckiCKI", line.at[2]) != NULL);
}

static void read_body_line(struct outline_reader *reader, struct sip_text line) {
    line = sip_text_trim(line);
    if (!may_be_secret(line)) {
        read_numbers(reader, line);
    } else if (begins(line, "a=crypto:")) {
        read_crypto(reader, line);
    } else if (begins(line, "a=key-mgmt:")) {
        add_secret(reader, behind_words(line, 1));
    } else if (begins(line, "a=ice-pwd:")) {
        add_secret(reader, from(line, strlen("a=ice-pwd:")));
    } else if (begins(line, "k=")) {
        add_secret(reader, from(line, strlen("k=")));
    } else if (begins(line, "Signal")) {
        add_secret(reader, sip_text_trim(from(line, find(line, '=') + 1)));
    } else if (begins(line, "Authorization:") || begins(line, "Proxy-Authorization:")) {
        read_credentials(reader, sip_text_trim(from(line, find(line, ':') + 1)));
    } else {
        read_numbers(reader, line);
    }
}

void sip_outline_read(const char *message, size_t length, struct sip_outline *outline) {
    const bool hashes = length > 0 && (memchr(message, '#', length) != NULL ||
                                       memchr(message, '%', length) != NULL);
    struct outline_reader reader = {message, length, 0, hashes, outline};
    struct sip_text line;
    bool digits = false;
    *outline = (struct sip_outline){.call_id = {"", 0}, .method = {"", 0}, .event = {"", 0}};
    read_passwords(&reader);
    while (next_header(&reader, &line) && line.length > 0) {
        digits = read_header(&reader, line) || digits;
    }
    if (digits) {
        add_secret(&reader, (struct sip_text){message + reader.at, length - reader.at});
        return;
    }
    read_digits(&reader, (struct sip_text){message + reader.at, length - reader.at});
    while (next_line(&reader, &line)) {
        read_body_line(&reader, line);
    }
}

void sip_outline_redact(const struct sip_outline *outline, char *copy) {
    for (size_t i = 0; i < outline->secrets_count; i++) {
        for (size_t k = 0; k < outline->secrets[i].length; k++) {
            char *c = copy + outline->secrets[i].at + k;
            *c = (char)(sip_is_space(*c) ? *c : 'x');
        }
    }
}
