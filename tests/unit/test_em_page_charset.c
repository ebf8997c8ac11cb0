/* The character set of a phone's page: what Accept-Charset takes, and that the page says the same
 * in ISO-8859-1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libxml/parser.h>

#include "pages/page_charset.h"

#define PAGE_OF(text) "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Text>" text "</Text>\n"

static const char *charset_for(const char *accept) {
    sj_xml_text page = {0};
    sj_xml_text_raw(&page, PAGE_OF("\xc3\xbc"));
    const char *type = em_page_charset(&page, accept);
    const bool utf8 = strcmp(type, EM_PAGE_CONTENT_TYPE) == 0;
    assert_string_equal(strstr(page.data, "<Text>"),
                        utf8 ? "<Text>\xc3\xbc</Text>\n" : "<Text>\xfc</Text>\n");
    sj_xml_text_free(&page);
    return type;
}

static void what_phones_accept(void **state) {
    static const char *const utf8[] = {"utf-8,iso-8859-1;q=0.8",
                                       "iso-8859-1,utf-8;q=0.8",
                                       "utf-8,;q=0.8",
                                       "UTF-8",
                                       "*",
                                       "iso-8859-1, *;q=0.1",
                                       "",
                                       ",,;;,",
                                       "shift_jis",
                                       "iso-8859-1;q=0",
                                       "iso-8859-15",
                                       "iso-8859-1;q=0.0,utf-8;q=0"};
    static const char *const iso_8859_1[] = {"iso-8859-1",
                                             "ISO-8859-1;q=0.8",
                                             " iso-8859-1 , us-ascii",
                                             "utf-8;q=0, iso-8859-1",
                                             "iso-8859-1,;q=0.8",
                                             "*;q=0.000,iso-8859-1;q=0.001"};
    (void)state;
    assert_string_equal(charset_for(NULL), EM_PAGE_CONTENT_TYPE);
    for (size_t i = 0; i < sizeof utf8 / sizeof *utf8; i++) {
        assert_string_equal(charset_for(utf8[i]), EM_PAGE_CONTENT_TYPE);
    }
    for (size_t i = 0; i < sizeof iso_8859_1 / sizeof *iso_8859_1; i++) {
        assert_string_equal(charset_for(iso_8859_1[i]), EM_PAGE_CONTENT_TYPE_ISO_8859_1);
    }
}

static xmlChar *text_of(const sj_xml_text *page) {
    xmlDocPtr document =
        xmlReadMemory(page->data, (int)page->length, "", NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);
    assert_non_null(document);
    xmlChar *text = xmlNodeGetContent(xmlDocGetRootElement(document));
    xmlFreeDoc(document);
    return text;
}

/* A parser reads the same from both. */
static void every_character_stays(void **state) {
    sj_xml_text page = {0}, same = {0};
    (void)state;
    sj_xml_text_raw(&page, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Text>");
    for (uint32_t code = 0x20; code < 0x11000; code += code < 0x900 ? 1 : 97) {
        char utf8[5] = {0};
        if (code < 0x80) {
            utf8[0] = (char)code;
        } else if (code < 0x800) {
            utf8[0] = (char)(0xc0 | code >> 6);
            utf8[1] = (char)(0x80 | (code & 0x3f));
        } else if (code < 0x10000) {
            utf8[0] = (char)(0xe0 | code >> 12);
            utf8[1] = (char)(0x80 | (code >> 6 & 0x3f));
            utf8[2] = (char)(0x80 | (code & 0x3f));
        } else {
            utf8[0] = (char)(0xf0 | code >> 18);
            utf8[1] = (char)(0x80 | (code >> 12 & 0x3f));
            utf8[2] = (char)(0x80 | (code >> 6 & 0x3f));
            utf8[3] = (char)(0x80 | (code & 0x3f));
        }
        sj_xml_text_escaped(&page, utf8);
    }
    sj_xml_text_raw(&page, "</Text>");
    sj_xml_text_bytes(&same, page.data, page.length);
    assert_string_equal(em_page_charset(&same, "iso-8859-1"), EM_PAGE_CONTENT_TYPE_ISO_8859_1);
    assert_int_equal(
        strncmp(same.data, "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<Text>", 50), 0);
    xmlChar *one = text_of(&page), *other = text_of(&same);
    assert_string_equal((char *)one, (char *)other);
    xmlFree(one);
    xmlFree(other);
    sj_xml_text_free(&page);
    sj_xml_text_free(&same);
}

static void what_is_no_page_stays(void **state) {
    sj_xml_text page = {0};
    (void)state;
    assert_string_equal(em_page_charset(&page, "iso-8859-1"), EM_PAGE_CONTENT_TYPE);
    assert_null(page.data);
    sj_xml_text_raw(&page,
                    PAGE_OF("\xe2\x82")); /* cut off: not written by us, but no harm either */
    (void)em_page_charset(&page, "iso-8859-1");
    assert_non_null(strstr(page.data, "</Text>"));
    sj_xml_text_free(&page);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_phones_accept),
        cmocka_unit_test(every_character_stays),
        cmocka_unit_test(what_is_no_page_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
