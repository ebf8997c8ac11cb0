/* Chooses the charset of a page from the header Accept-Charset. */
#include "pages/page_charset.h"

#include <sojourn/base/utf8.h>
#include <string.h>
#include <strings.h>

#include "pages/phone_pages.h"

/* Whether the item (";q=0.8" behind the name) is wanted at all: its q is not 0. */
static bool is_wanted(const char *parameters, size_t length) {
    for (size_t i = 0; i + 1 < length; i++) {
        if ((parameters[i] == 'q' || parameters[i] == 'Q') && parameters[i + 1] == '=') {
            const size_t zeros = strspn(parameters + i + 2, "0. \t");
            return zeros == 0 || i + 2 + zeros < length;
        }
    }
    return true;
}

static bool is_named(const char *name, size_t length, const char *wanted) {
    return length == strlen(wanted) && strncasecmp(name, wanted, length) == 0;
}

static bool takes_only_iso_8859_1(const char *accept) {
    bool utf8 = false, iso_8859_1 = false;
    while (*accept != '\0') {
        accept += strspn(accept, ", \t");
        const size_t item = strcspn(accept, ","), name = strcspn(accept, ",; \t");
        const bool wanted = is_wanted(accept + name, item - name);
        utf8 = utf8 || (wanted && (is_named(accept, name, "utf-8") || is_named(accept, name, "*")));
        iso_8859_1 = iso_8859_1 || (wanted && is_named(accept, name, "iso-8859-1"));
        accept += item;
    }
    return iso_8859_1 && !utf8;
}

/* What ISO-8859-1 has no byte for stays as a character reference. The page is well-formed UTF-8. */
static void to_iso_8859_1(sj_xml_text *out, const char *page) {
    const char *end_of_declaration = strstr(page, "?>");
    const char *at = end_of_declaration != NULL ? end_of_declaration + 2 : page;
    sj_xml_text_raw(out, "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>");
    while (*at != '\0') {
        uint32_t code;
        const size_t length = sj_utf8_decode(at, SIZE_MAX, &code);
        if (code <= 0xff) {
            const char byte = (char)code;
            sj_xml_text_bytes(out, &byte, 1);
        } else {
            sj_xml_text_format(out, "&#%u;", (unsigned)code);
        }
        at += length > 0 ? length : 1;
    }
}

const char *em_page_charset(sj_xml_text *page, const char *accept_charset) {
    if (page->failed || page->data == NULL || accept_charset == NULL ||
        !takes_only_iso_8859_1(accept_charset)) {
        return EM_PAGE_CONTENT_TYPE;
    }
    sj_xml_text other = {0};
    to_iso_8859_1(&other, page->data);
    sj_xml_text_free(page);
    *page = other;
    return EM_PAGE_CONTENT_TYPE_ISO_8859_1;
}
