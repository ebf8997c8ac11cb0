/* Reads what a message is about, and finds its secrets. */
#include "sip/outline_reader.h"

/* What of Digest credentials is no secret; the rest is. */
static const struct sip_text public_parameters[] = {{"username", 8},  {"realm", 5}, {"nonce", 5},
                                                    {"uri", 3},       {"qop", 3},   {"nc", 2},
                                                    {"algorithm", 9}, {"opaque", 6}};

/* Most lines are none of those that are looked for: their first letter says it. */
enum { LOOKED_FOR = 1, LOOKED_FOR_IN_BODY = 2 };
static const unsigned char first_letters[256] = {['a'] = LOOKED_FOR | LOOKED_FOR_IN_BODY,
                                                 ['c'] = LOOKED_FOR | LOOKED_FOR_IN_BODY,
                                                 ['e'] = LOOKED_FOR,
                                                 ['i'] = LOOKED_FOR,
                                                 ['o'] = LOOKED_FOR,
                                                 ['k'] = LOOKED_FOR_IN_BODY,
                                                 ['p'] = LOOKED_FOR | LOOKED_FOR_IN_BODY,
                                                 ['s'] = LOOKED_FOR_IN_BODY,
                                                 ['A'] = LOOKED_FOR | LOOKED_FOR_IN_BODY,
                                                 ['C'] = LOOKED_FOR | LOOKED_FOR_IN_BODY,
                                                 ['E'] = LOOKED_FOR,
                                                 ['I'] = LOOKED_FOR,
                                                 ['O'] = LOOKED_FOR,
                                                 ['K'] = LOOKED_FOR_IN_BODY,
                                                 ['P'] = LOOKED_FOR | LOOKED_FOR_IN_BODY,
                                                 ['S'] = LOOKED_FOR_IN_BODY};

void outline_add_secret(struct outline_reader *reader, struct sip_text secret) {
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

static size_t end_of_word(struct sip_text text) {
    size_t at = 0;
    while (at < text.length && !sip_is_space(text.at[at])) {
        at++;
    }
    return at;
}

/* Takes a name and the sign behind it off a text, with the blanks behind each. */
static bool take(struct sip_text *text, const char *name, char sign) {
    const struct sip_text rest = text_behind_blanks(text_from(*text, strlen(name)));
    if (!text_begins(*text, name) || rest.length == 0 || rest.at[0] != sign) {
        return false;
    }
    *text = text_behind_blanks(text_from(rest, 1));
    return true;
}

/* Takes the next line, without its end; false at the end of the message. */
static bool next_line(struct outline_reader *reader, struct sip_text *line) {
    if (reader->at >= reader->length) {
        return false;
    }
    const struct sip_text rest = {reader->message + reader->at, reader->length - reader->at};
    const size_t end = text_find(rest, '\n');
    *line = (struct sip_text){rest.at, end > 0 && rest.at[end - 1] == '\r' ? end - 1 : end};
    reader->at += end < rest.length ? end + 1 : end;
    return true;
}

/* A text that ends with the last line, and the lines into which that is folded. */
static struct sip_text with_folds(struct outline_reader *reader, struct sip_text text) {
    struct sip_text more;
    while (reader->at < reader->length &&
           (reader->message[reader->at] == ' ' || reader->message[reader->at] == '\t') &&
           next_line(reader, &more)) {
        text.length = (size_t)(more.at + more.length - text.at);
    }
    return text;
}

static bool next_header(struct outline_reader *reader, struct sip_text *line) {
    if (!next_line(reader, line)) {
        return false;
    }
    *line = line->length > 0 ? with_folds(reader, *line) : *line;
    return true;
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

/* Escapes are for numbers. */
static bool is_name(struct sip_text text) {
    size_t at = 0;
    while (at < text.length && sip_is_token_char(text.at[at]) && text.at[at] != '%') {
        at++;
    }
    return at > 0 && at == text.length;
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

/* Whether a value is one word, or one quoted text: where a quote is missing, others follow in it.
 */
static bool is_single(struct sip_text value) {
    const bool quoted = value.length > 0 && value.at[0] == '"';
    size_t at = quoted ? 1 : 0;
    for (; at < value.length && value.at[at] != '"'; at++) {
        const char c = value.at[at];
        if (c == '\r' || c == '\n' || (!quoted && (c == ' ' || c == '\t' || c == ';'))) {
            return false;
        }
        at += quoted && c == '\\' ? 1 : 0;
    }
    return quoted ? at + 1 == value.length : at == value.length;
}

/* The uri among what is public has the number that is called. */
static void read_parameters(struct outline_reader *reader, struct sip_text rest) {
    while (rest.length > 0) {
        const size_t end = end_of_parameter(rest);
        const struct sip_text parameter = {rest.at, end};
        const size_t equals = text_find(parameter, '=');
        const struct sip_text value =
            sip_text_trim(text_from(parameter, equals < parameter.length ? equals + 1 : 0));
        const struct sip_text name = sip_text_trim((struct sip_text){parameter.at, equals});
        if (!is_name(name)) {
            outline_add_secret(reader, parameter);
        } else if (!is_public(name)) {
            outline_add_secret(reader, sip_text_unquote(value));
        } else if (is_single(value)) {
            outline_read_numbers(reader, parameter);
        } else {
            outline_add_secret(reader, text_from(rest, (size_t)(value.at - rest.at)));
            return;
        }
        rest = text_from(rest, end + 1);
    }
}

static void read_credentials(struct outline_reader *reader, struct sip_text value) {
    const size_t end = end_of_word(value);
    const struct sip_text scheme = {value.at, end};
    if (sip_text_is_nocase(scheme, "Digest")) {
        read_parameters(reader, text_from(value, end));
    } else {
        const bool known =
            sip_text_is_nocase(scheme, "Basic") || sip_text_is_nocase(scheme, "Bearer");
        outline_add_secret(reader, text_from(value, known ? end : 0));
    }
}

/* Takes the type of a body, or of a part of it, that is digits. */
static bool take_dtmf(struct sip_text *type) {
    struct sip_text rest = *type;
    if (!take(&rest, "application", '/') || !text_begins(rest, "dtmf") ||
        text_begins(rest, "dtmf-")) {
        return false;
    }
    *type = text_from(rest, strlen("dtmf"));
    return true;
}

/* True: the body is digits. */
static bool read_header(struct outline_reader *reader, struct sip_text line) {
    line = text_behind_blanks(line);
    if (line.length == 0 || (first_letters[(unsigned char)line.at[0]] & LOOKED_FOR) == 0) {
        outline_read_numbers(reader, line);
        return false;
    }
    const size_t colon = text_find(line, ':');
    const struct sip_text name = sip_text_trim((struct sip_text){line.at, colon});
    struct sip_text value = sip_text_trim(text_from(line, colon + 1));
    struct sip_outline *outline = reader->outline;
    if (sip_text_is_nocase(name, "Call-ID") || sip_text_is_nocase(name, "i")) {
        outline->call_id = value;
    } else if (sip_text_is_nocase(name, "CSeq")) {
        const struct sip_text method = text_from(value, end_of_word(value));
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
        return take_dtmf(&value);
    } else {
        outline_read_numbers(reader, line);
    }
    return false;
}

/* ---- the body ---- */

/* What stands behind so many words of a line. */
static struct sip_text behind_words(struct sip_text line, unsigned words) {
    for (; words > 0; words--) {
        line = sip_text_trim(text_from(line, end_of_word(line)));
    }
    return line;
}

/* "1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^20|1:4;inline:KEY UNENCRYPTED_SRTP": what is no tag and
 * no suite is a key. */
static void read_crypto(struct outline_reader *reader, struct sip_text keys) {
    if (text_consists((struct sip_text){keys.at, end_of_word(keys)}, "0123456789")) {
        keys = behind_words(keys, 1);
    }
    if (text_consists((struct sip_text){keys.at, end_of_word(keys)},
                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789")) {
        keys = behind_words(keys, 1);
    }
    outline_add_secret(reader,
                       text_from(keys, text_begins(keys, "inline:") ? strlen("inline:") : 0));
}

/* digits="1234" of a KPML report, which may be broken over lines anywhere. */
static void read_digits(struct outline_reader *reader, struct sip_text line) {
    static const char name[] = "digits";
    for (const char *at; line.length > sizeof name &&
                         (at = memmem(line.at, line.length, name, sizeof name - 1)) != NULL;) {
        line = sip_text_trim(text_from(line, (size_t)(at - line.at) + sizeof name - 1));
        if (line.length > 0 && line.at[0] == '=') {
            line = sip_text_trim(text_from(line, 1));
            const char quote = (char)(line.length > 0 ? line.at[0] : ' ');
            const size_t end = quote == '"' || quote == '\''
                                   ? text_find(text_from(line, 1), quote) + 1
                                   : end_of_word(line);
            outline_add_secret(
                reader, text_from((struct sip_text){line.at, end < line.length ? end : line.length},
                                  quote == '"' || quote == '\'' ? 1 : 0));
            line = text_from(line, end);
        }
    }
}

/* Most lines of a body are other attributes of media: letters say it. */
static bool may_be_secret(struct sip_text line) {
    if (line.length < 3 || (first_letters[(unsigned char)line.at[0]] & LOOKED_FOR_IN_BODY) == 0) {
        return false;
    }
    const char type = (char)(line.at[0] | ' ');
    return line.at[1] != '=' || type == 'k' ||
           (type == 'a' && strchr("ckiCKI \t", line.at[2]) != NULL);
}

/* A part of several: where it ends is not looked for. */
static bool read_part(struct outline_reader *reader, struct sip_text value) {
    const size_t at = (size_t)(value.at - reader->message);
    struct sip_text type = sip_text_trim(
        (struct sip_text){value.at, reader->length - at}); /* its line may be folded */
    if (take_dtmf(&type)) {
        outline_add_secret(reader, type);
        reader->at = reader->length;
        return true;
    }
    return false;
}

static bool read_attribute(struct outline_reader *reader, struct sip_text line) {
    if (take(&line, "crypto", ':')) {
        read_crypto(reader, with_folds(reader, line));
    } else if (take(&line, "key-mgmt", ':')) {
        line = with_folds(reader, line);
        outline_add_secret(reader, behind_words(line, text_begins(line, "mikey ") ? 1 : 0));
    } else if (take(&line, "ice-pwd", ':')) {
        outline_add_secret(reader, with_folds(reader, line));
    } else {
        return false;
    }
    return true;
}

/* Reads a line in which a secret stands, with those into which it is folded; false: it is another.
 * Its end is a line feed, as for all that reads bodies here. */
static bool read_secret_line(struct outline_reader *reader, struct sip_text line) {
    line = text_behind_blanks(line);
    if (!may_be_secret(line)) {
        return false;
    }
    if (take(&line, "a", '=')) {
        return read_attribute(reader, line);
    }
    if (take(&line, "k", '=')) {
        outline_add_secret(reader, with_folds(reader, line));
    } else if (text_begins(line, "Signal")) {
        if (!take(&line, "Signal", '=')) {
            line = text_from(line, strlen("Signal"));
        }
        outline_add_secret(reader, with_folds(reader, line));
    } else if (take(&line, "Authorization", ':') || take(&line, "Proxy-Authorization", ':')) {
        read_credentials(reader, sip_text_trim(with_folds(reader, line)));
    } else if (take(&line, "Authentication-Info", ':') ||
               take(&line, "Proxy-Authentication-Info", ':')) {
        read_parameters(reader, with_folds(reader, line));
    } else {
        return (take(&line, "Content-Type", ':') || take(&line, "c", ':')) &&
               read_part(reader, line);
    }
    return true;
}

/* Some end lines with a carriage return alone: others may begin behind each. */
static void read_body_line(struct outline_reader *reader, struct sip_text line) {
    while (!read_secret_line(reader, line)) {
        const size_t end = text_find(line, '\r');
        outline_read_numbers(reader, (struct sip_text){line.at, end});
        if (end == line.length) {
            return;
        }
        line = text_from(line, end + 1);
    }
}

void sip_outline_read(const char *message, size_t length, struct sip_outline *outline) {
    const bool hashes = length > 0 && (memchr(message, '#', length) != NULL ||
                                       memchr(message, '%', length) != NULL ||
                                       memchr(message, '&', length) != NULL);
    struct outline_reader reader = {message, length, 0, hashes, outline};
    struct sip_text line;
    bool digits = false;
    *outline = (struct sip_outline){.call_id = {"", 0}, .method = {"", 0}, .event = {"", 0}};
    outline_read_uris(&reader);
    for (bool more = next_line(&reader, &line); more && line.length > 0;
         more = next_header(&reader, &line)) {
        digits = read_header(&reader, line) || digits;
    }
    if (digits) {
        outline_add_secret(&reader, (struct sip_text){message + reader.at, length - reader.at});
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
