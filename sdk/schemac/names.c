/* Names in C and on the wire, made from those of declarations. */
#include "names.h"

#include <ctype.h>
#include <string.h>

static const char *const reserved[] = {
    "alignas",      "alignof",
    "and",          "and_eq",
    "asm",          "auto",
    "bitand",       "bitor",
    "bool",         "break",
    "case",         "catch",
    "char",         "char16_t",
    "char32_t",     "class",
    "compl",        "const",
    "const_cast",   "constexpr",
    "continue",     "decltype",
    "default",      "delete",
    "do",           "double",
    "dynamic_cast", "else",
    "elseif",       "end",
    "enum",         "explicit",
    "export",       "extern",
    "false",        "float",
    "for",          "friend",
    "function",     "goto",
    "if",           "in",
    "inline",       "int",
    "local",        "long",
    "mutable",      "namespace",
    "new",          "nil",
    "noexcept",     "not",
    "not_eq",       "nullptr",
    "operator",     "or",
    "or_eq",        "private",
    "protected",    "public",
    "register",     "reinterpret_cast",
    "repeat",       "restrict",
    "return",       "short",
    "signed",       "sizeof",
    "static",       "static_assert",
    "static_cast",  "struct",
    "switch",       "template",
    "then",         "this",
    "thread_local", "throw",
    "true",         "try",
    "typedef",      "typeid",
    "typename",     "typeof",
    "union",        "unsigned",
    "until",        "using",
    "virtual",      "void",
    "volatile",     "wchar_t",
    "while",        "xor",
    "xor_eq",
};

/* Words that are printed in capitals in the field's literature. */
static const char *const capitals[] = {
    "aar", "css",  "dn",  "emcc", "em",   "http", "https", "id",  "ip",
    "lsc", "mac",  "mtp", "pin",  "pstn", "rsvp", "sccp",  "sip", "srst",
    "tcp", "tftp", "tls", "tmms", "udp",  "url",  "uri",
};

static const char *const of_sdk[] = {
    "address",      "code",          "datagram",   "error",        "field",       "handle",
    "host",         "http_call",     "http_reply", "http_request", "http_result", "http_server",
    "list",         "log_level",     "metric",     "metric_kind",  "node",        "param_meta",
    "plugin",       "policy_meta",   "query",      "question",     "record_kind", "record_meta",
    "request_meta", "resource_meta", "schema",     "scope",        "stream",      "stream_events",
    "topic",        "type",          "udp",
};

bool name_is_plain(const char *name) {
    if (!islower((unsigned char)name[0])) {
        return false;
    }
    const size_t length = strlen(name);
    return length <= 60 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length &&
           name[length - 1] != '_' && strstr(name, "__") == NULL;
}

bool name_is_dotted(const char *name) {
    char word[64];
    for (;;) {
        const size_t length = strcspn(name, ".");
        if (length == 0 || length >= sizeof word) {
            return false;
        }
        memcpy(word, name, length);
        word[length] = '\0';
        if (!name_is_plain(word)) {
            return false;
        }
        if (name[length] == '\0') {
            return true;
        }
        name += length + 1;
    }
}

static bool is_among(const char *name, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], name) == 0) {
            return true;
        }
    }
    return false;
}

bool name_is_reserved(const char *name) {
    return is_among(name, reserved, sizeof reserved / sizeof reserved[0]);
}

bool name_is_of_sdk(const char *name) {
    return is_among(name, of_sdk, sizeof of_sdk / sizeof of_sdk[0]);
}

char *name_with_underscores(struct arena *arena, const char *dotted) {
    char *name = arena_copy(arena, dotted, strlen(dotted));
    for (char *at = name; *at != '\0'; at++) {
        if (*at == '.') {
            *at = '_';
        }
    }
    return name;
}

/* Names that are one word although their letters change in size. */
static const char *const unsplit[] = {"IPv4", "IPv6", "VoIP"};

/* How many bytes of `words` are one word in CamelCase: "EMCC" of "EMCCFailed", "Local" of
 * "LocalCluster", "PINs", "SHA256". */
static size_t camel_word(const char *words) {
    for (size_t i = 0; i < sizeof unsplit / sizeof unsplit[0]; i++) {
        const size_t length = strlen(unsplit[i]);
        if (strncmp(words, unsplit[i], length) == 0 && !islower((unsigned char)words[length])) {
            return length;
        }
    }
    const unsigned char *at = (const unsigned char *)words;
    size_t length = 0;
    while (isupper(at[length]) || isdigit(at[length])) {
        length++;
    }
    const bool plural =
        length > 1 && at[length] == 's' && !islower(at[length + 1]) && !isdigit(at[length + 1]);
    if (plural) {
        return length + 1;
    }
    if (length > 1 && islower(at[length]) && isupper(at[length - 1])) {
        return length - 1; /* the last capital begins the next word */
    }
    while (islower(at[length]) || isdigit(at[length])) {
        length++;
    }
    return length;
}

char *name_as_constant(struct arena *arena, const char *words) {
    char *name = arena_alloc(arena, 2 * strlen(words) + 1);
    char *to = name;
    const char *from = words;
    while (*from != '\0') {
        const size_t length = camel_word(from);
        if (length == 0) {
            from++;
            continue;
        }
        if (to > name) {
            *to++ = '_';
        }
        for (size_t i = 0; i < length; i++) {
            *to++ = (char)toupper((unsigned char)*from++);
        }
    }
    *to = '\0';
    return name;
}

/* Where the words of `name` begin that `owner` ends with: "trunk" for sip_trunk and
 * trunk_service_type. Returns how many bytes of `name` they are, the underscore behind them
 * included. */
static size_t said_already(const char *owner, const char *name) {
    const size_t owner_length = strlen(owner);
    for (size_t length = strlen(name); length > 0; length--) {
        const bool whole = name[length] == '\0' || name[length] == '_';
        if (!whole || length > owner_length ||
            strncmp(owner + owner_length - length, name, length) != 0) {
            continue;
        }
        if (length == owner_length || owner[owner_length - length - 1] == '_') {
            return name[length] == '_' ? length + 1 : length;
        }
    }
    return 0;
}

char *name_of_member(struct arena *arena, const char *owner, const char *name) {
    const char *rest = name + said_already(owner, name);
    return arena_format(arena, "%s%s%s", owner, rest[0] != '\0' ? "_" : "", rest);
}

static bool is_capital(const char *word, size_t length) {
    for (size_t i = 0; i < sizeof capitals / sizeof capitals[0]; i++) {
        if (strlen(capitals[i]) == length && strncmp(capitals[i], word, length) == 0) {
            return true;
        }
    }
    return false;
}

char *name_as_title(struct arena *arena, const char *name) {
    char *title = arena_copy(arena, name, strlen(name));
    char *word = title;
    while (*word != '\0') {
        const size_t length = strcspn(word, "_.");
        const size_t raised = is_capital(word, length) ? length : 1;
        for (size_t i = 0; i < raised && i < length; i++) {
            word[i] = (char)toupper((unsigned char)word[i]);
        }
        word += length;
        if (*word != '\0') {
            *word++ = ' ';
        }
    }
    return title;
}

char *name_plural(struct arena *arena, const char *name) {
    const size_t length = strlen(name);
    char last = '\0', before = '\0';
    if (length > 0) {
        last = name[length - 1];
    }
    if (length > 1) {
        before = name[length - 2];
    }
    if (last == 'y' && before != '\0' && strchr("aeiou", before) == NULL) {
        return arena_format(arena, "%.*sies", (int)(length - 1), name);
    }
    const bool hisses =
        last == 's' || last == 'x' || (last == 'h' && (before == 's' || before == 'c'));
    return arena_format(arena, "%s%s", name, hisses ? "es" : "s");
}
