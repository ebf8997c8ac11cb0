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
static bool skip_past(struct walk *of, const char *what) {
    const size_t length = strlen(what);
    for (; (size_t)(of->end - of->at) >= length; of->at++) {
        if (memcmp(of->at, what, length) == 0) {
            of->at += length;
            return true;
        }
    }
    return false;
}

static bool begins(const struct walk *of, const char *what) {
    const size_t length = strlen(what);
    return (size_t)(of->end - of->at) >= length && memcmp(of->at, what, length) == 0;
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

static bool close_tag(struct walk *of, struct sip_text name) {
    if (of->depth == 0 || !sip_text_equal(of->open[of->depth - 1], name)) {
        return false;
    }
    of->depth--;
    of->presence = of->depth == 0;
    return true;
}

static bool open_tag(struct walk *of, struct sip_text name, bool empty) {
    const struct sip_text local = local_name(name);
    if (of->presence || of->depth == DEPTH_MAX ||
        (of->depth == 0 && (empty || !sip_text_is(local, "presence")))) {
        return false; /* nothing follows the root, and the root is a presence */
    }
    if (of->depth > 0 && sip_text_is(local, "dnd") &&
        sip_text_is(local_name(of->open[of->depth - 1]), "activities")) {
        of->do_not_disturb = true;
    }
    if (!empty) {
        of->open[of->depth++] = name;
    }
    return true;
}

/* One tag, at its '<'. */
static bool tag(struct walk *of) {
    const char *end;
    struct sip_text name;
    bool closing;
    if (begins(of, "<!--")) {
        return skip_past(of, "-->");
    }
    if (begins(of, "<?")) {
        return skip_past(of, "?>");
    }
    if (begins(of, "<![CDATA[")) {
        return of->depth > 0 && skip_past(of, "]]>");
    }
    if (begins(of, "<!")) {
        return false; /* a document type has no place here */
    }
    of->at++;
    closing = of->at < of->end && *of->at == '/';
    of->at += closing;
    end = tag_end(of->at, of->end);
    if (end == NULL) {
        return false;
    }
    name.at = of->at;
    name.length = 0;
    while (name.at + name.length < end && !is_name_end(name.at[name.length])) {
        name.length++;
    }
    of->at = end + 1;
    if (name.length == 0) {
        return false;
    }
    return closing ? close_tag(of, name) : open_tag(of, name, end[-1] == '/');
}

bool presence_document_read(struct sip_text document, bool *do_not_disturb) {
    struct walk of;
    memset(&of, 0, sizeof of);
    of.at = document.at;
    of.end = document.at + document.length;
    while (of.at < of.end) {
        if (*of.at == '<') {
            if (!tag(&of)) {
                return false;
            }
        } else if (of.depth == 0 && !sip_is_space(*of.at) && (unsigned char)*of.at < 0x80) {
            return false; /* text outside of the root; a byte order mark is let pass */
        } else {
            of.at++;
        }
    }
    *do_not_disturb = of.do_not_disturb;
    return of.presence;
}
