/* The SDK's XML writer: what a parser reads back is what was written, whatever the values hold;
 * limits, and failure that stays.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libxml/parser.h>

#include <sojourn/xml_text.h>

#define FFFD "\xef\xbf\xbd"

static void markup_is_escaped(void **state) {
    sj_xml_text text = {0};
    (void)state;
    sj_xml_text_element(&text, "e", "a&b<c>d\"e'f\r\t\n");
    assert_string_equal(text.data, "<e>a&amp;b&lt;c&gt;d&quot;e&apos;f&#13;\t\n</e>");
    sj_xml_text_free(&text);
    sj_xml_text_attribute(&text, "a", "<'\"&>\r\t\n ");
    assert_string_equal(text.data, " a=\"&lt;&apos;&quot;&amp;&gt;&#13;&#9;&#10; \"");
    sj_xml_text_free(&text);
    sj_xml_text_element(&text, "e", "");
    assert_string_equal(text.data, "<e></e>");
    assert_int_equal(text.length, strlen(text.data));
    sj_xml_text_free(&text);
    assert_null(text.data);
}

static void what_xml_cannot_hold_is_replaced(void **state) {
    static const struct {
        const char *value, *written;
    } cases[] = {
        {"", ""},
        {"\x01\x08\x0b\x1f", FFFD FFFD FFFD FFFD},
        {"\x7f", "\x7f"}, /* allowed */
        {"S\xc3\xb6hne \xf0\x9f\x98\x80", "S\xc3\xb6hne \xf0\x9f\x98\x80"},
        {"\xef\xbf\xbd\xef\xbf\xbc", "\xef\xbf\xbd\xef\xbf\xbc"},
        {"\xef\xbf\xbe\xef\xbf\xbf", FFFD FFFD FFFD FFFD FFFD FFFD}, /* U+FFFE, U+FFFF */
        {"\xc0\x80", FFFD FFFD},                                     /* over-long */
        {"\xe0\x9f\xbf", FFFD FFFD FFFD},
        {"\xf0\x8f\xbf\xbf", FFFD FFFD FFFD FFFD},
        {"\xed\xa0\x80", FFFD FFFD FFFD},          /* a surrogate */
        {"\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD}, /* beyond U+10FFFF */
        {"\xf4\x8f\xbf\xbd", "\xf4\x8f\xbf\xbd"},
        {"\xfe\xff", FFFD FFFD},
        {"a\xe2\x82", "a" FFFD FFFD}, /* cut off by the end */
        {"\xe2\x82z", FFFD FFFD "z"},
        {"\xbfz", FFFD "z"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sj_xml_text text = {0};
        sj_xml_text_escaped(&text, cases[i].value);
        assert_string_equal(text.data, cases[i].written);
        sj_xml_text_free(&text);
    }
}

/* Every byte and every pair of bytes, as element and attribute: well-formed, and the same to a
 * parser. */
static void a_parser_reads_it_back(void **state) {
    (void)state;
    for (unsigned first = 1; first < 256; first++) {
        sj_xml_text text = {0};
        sj_xml_text_raw(&text, "<all>");
        for (unsigned second = 1; second < 256; second++) {
            const char value[] = {'x', (char)first, (char)second, 'y', '\0'};
            sj_xml_text_raw(&text, "<e");
            sj_xml_text_attribute(&text, "a", value);
            sj_xml_text_raw(&text, ">");
            sj_xml_text_escaped(&text, value);
            sj_xml_text_raw(&text, "</e>");
        }
        sj_xml_text_raw(&text, "</all>");
        assert_false(text.failed);
        xmlDocPtr document = xmlReadMemory(text.data, (int)text.length, "", NULL,
                                           XML_PARSE_NONET | XML_PARSE_NOERROR);
        assert_non_null(document);
        unsigned second = 1;
        for (xmlNodePtr element = xmlDocGetRootElement(document)->children; element != NULL;
             element = element->next, second++) {
            xmlChar *content = xmlNodeGetContent(element),
                    *attribute = xmlGetProp(element, BAD_CAST "a");
            assert_non_null(content);
            assert_non_null(attribute);
            assert_string_equal((char *)content, (char *)attribute);
            if (first < 0x80 && second < 0x80 && strchr("\t\n\r", (int)first) != NULL) {
                assert_int_equal(content[1], first);
            }
            xmlFree(content);
            xmlFree(attribute);
        }
        assert_int_equal(second, 256);
        xmlFreeDoc(document);
        sj_xml_text_free(&text);
    }
}

static void urls_are_percent_encoded(void **state) {
    sj_xml_text text = {0};
    (void)state;
    sj_xml_text_percent(&text, "aZ09-_.~ /?&=%+#\xc3\xbc\x01");
    assert_string_equal(text.data, "aZ09-_.~%20%2F%3F%26%3D%25%2B%23%C3%BC%01");
    sj_xml_text_free(&text);
    sj_xml_text_percent(&text, "");
    assert_string_equal(text.data, "");
    sj_xml_text_free(&text);
}

static void it_grows(void **state) {
    sj_xml_text text = {0};
    char *piece = malloc(10001);
    (void)state;
    assert_non_null(piece);
    memset(piece, 'p', 10000);
    piece[10000] = '\0';
    for (size_t i = 0; i < 5000; i++) {
        sj_xml_text_format(&text, "%04zu,", i); /* over every boundary */
    }
    assert_int_equal(text.length, 25000);
    assert_memory_equal(text.data + 24995, "4999,", 6);
    sj_xml_text_format(&text, "<%s>", piece); /* more than is left */
    assert_int_equal(text.length, 35002);
    assert_string_equal(text.data + 35000, "p>");
    sj_xml_text_bytes(&text, piece, 10000);
    assert_int_equal(text.length, 45002);
    assert_false(text.failed);
    sj_xml_text_free(&text);
    free(piece);
}

static void the_limit_holds_and_failure_stays(void **state) {
    sj_xml_text text = {.limit = 10};
    (void)state;
    sj_xml_text_raw(&text, "0123456789");
    assert_false(text.failed);
    sj_xml_text_raw(&text, "");
    assert_false(text.failed);
    sj_xml_text_format(&text, "%d", 0);
    assert_true(text.failed);
    assert_string_equal(text.data, "0123456789");
    text.limit = 0; /* too late */
    sj_xml_text_raw(&text, "a");
    sj_xml_text_escaped(&text, "a");
    sj_xml_text_percent(&text, "a");
    sj_xml_text_format(&text, "a");
    assert_true(text.failed);
    assert_string_equal(text.data, "0123456789");
    sj_xml_text_free(&text);
    assert_false(text.failed);

    text.limit = SIZE_MAX;
    sj_xml_text_raw(&text, "a");
    assert_false(text.failed);
    sj_xml_text_bytes(&text, "a", SIZE_MAX);
    assert_true(text.failed);
    assert_string_equal(text.data, "a");
    sj_xml_text_free(&text);

    /* The limit when none is said. */
    sj_xml_text usual = {0};
    while (!usual.failed) {
        sj_xml_text_raw(&usual, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    }
    assert_int_equal(usual.length, SJ_XML_TEXT_LIMIT);
    sj_xml_text_free(&usual);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(markup_is_escaped),
        cmocka_unit_test(what_xml_cannot_hold_is_replaced),
        cmocka_unit_test(a_parser_reads_it_back),
        cmocka_unit_test(urls_are_percent_encoded),
        cmocka_unit_test(it_grows),
        cmocka_unit_test(the_limit_holds_and_failure_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
