/* Walks the tags of a presence document and looks for <dnd/> inside <activities>, whatever their
 * prefixes. Pure. */
#include "phones/presence_document.h"

enum { DEPTH_MAX = 32 };

struct walk {
    const char *at, *end;
    struct sip_text open[DEPTH_MAX]; /* names of the elements that are open */
    size_t depth;
    bool presence; /* the root is one, and has been closed at the end */
    bool do_not_disturb;
};

static struct sip_text local_name(struct sip_text name) {
    const char *colon = memchr(name.at, ':', name.length);
    if (colon != NULL) {
        name.length -= (size_t)(colon + 1 - name.at);
        name.at = colon + 1;
    }
    return name;
}

/* Behind the next `what`; false when there is none. */
static bool skip_past(struct walk *walk, const char *what) {
    const size_t length = strlen(what);
    for (; (size_t)(walk->end - walk->at) >= length; walk->at++) {
        if (memcmp(walk->at, what, length) == 0) {
            walk->at += length;
            return true;
        }
    }
    return false;
}

static bool begins(const struct walk *walk, const char *what) {
    const size_t length = strlen(what);
    return (size_t)(walk->end - walk->at) >= length && memcmp(walk->at, what, length) == 0;
}

static bool is_name_end(char c) {
    return sip_is_space(c) || c == '>' || c == '/';
}

/* The end of a tag that begins at `at`: its '>', not counting those in attribute values. NULL: it
 * has none. */
static const char *tag_end(const char *at, const char *end) {
    char quote = '\0';
    for (; at < end; at++) {
        if (quote != '\0') {
            if (*at == quote) {
                quote = '\0';
            }
        } else if (*at == '"' || *at == '\'') {
            quote = *at;
        } else if (*at == '>') {
            return at;
        } else if (*at == '<') {
            return NULL;
        }
    }
    return NULL;
}

static bool close_tag(struct walk *walk, struct sip_text name) {
    if (walk->depth == 0 || !sip_text_equal(walk->open[walk->depth - 1], name)) {
        return false;
    }
    walk->depth--;
    walk->presence = walk->depth == 0;
    return true;
}

static bool open_tag(struct walk *walk, struct sip_text name, bool empty) {
    const struct sip_text local = local_name(name);
    if (walk->presence || walk->depth == DEPTH_MAX ||
        (walk->depth == 0 && (empty || !sip_text_is(local, "presence")))) {
        return false; /* nothing follows the root, and the root is a presence */
    }
    if (walk->depth > 0 && sip_text_is(local, "dnd") &&
        sip_text_is(local_name(walk->open[walk->depth - 1]), "activities")) {
        walk->do_not_disturb = true;
    }
    if (!empty) {
        walk->open[walk->depth++] = name;
    }
    return true;
}

/* One tag, at its '<'. */
static bool tag(struct walk *walk) {
    const char *end;
    struct sip_text name;
    bool closing;
    if (begins(walk, "<!--")) {
        return skip_past(walk, "-->");
    }
    if (begins(walk, "<?")) {
        return skip_past(walk, "?>");
    }
    if (begins(walk, "<![CDATA[")) {
        return walk->depth > 0 && skip_past(walk, "]]>");
    }
    if (begins(walk, "<!")) {
        return false; /* a document type has no place here */
    }
    walk->at++;
    closing = walk->at < walk->end && *walk->at == '/';
    walk->at += closing;
    end = tag_end(walk->at, walk->end);
    if (end == NULL) {
        return false;
    }
    name.at = walk->at;
    name.length = 0;
    while (name.at + name.length < end && !is_name_end(name.at[name.length])) {
        name.length++;
    }
    walk->at = end + 1;
    if (name.length == 0) {
        return false;
    }
    return closing ? close_tag(walk, name) : open_tag(walk, name, end[-1] == '/');
}

bool presence_document_read(struct sip_text document, bool *do_not_disturb) {
    struct walk walk;
    memset(&walk, 0, sizeof walk);
    walk.at = document.at;
    walk.end = document.at + document.length;
    while (walk.at < walk.end) {
        if (*walk.at == '<') {
            if (!tag(&walk)) {
                return false;
            }
        } else if (walk.depth == 0 && !sip_is_space(*walk.at) && (unsigned char)*walk.at < 0x80) {
            return false; /* text outside of the root; a byte order mark is let pass */
        } else {
            walk.at++;
        }
    }
    *do_not_disturb = walk.do_not_disturb;
    return walk.presence;
}
