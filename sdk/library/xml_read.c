/* Feeds a document to libxml2 in pieces and stops at the first error, or where a limit is passed.
 */
#include <sojourn/xml_read.h>

#include <limits.h>
#include <stdbool.h>

#include <libxml/parser.h>

enum { WARNINGS_MAX = 50, ATTRIBUTES_MAX = 1000 };

struct messages {
    xmlParserCtxt *parser;
    unsigned warnings;
    bool wrong;
};

static void heard(void *user, xmlError *error) {
    struct messages *messages = ((xmlParserCtxt *)user)->_private;
    messages->wrong =
        messages->wrong || error->level >= XML_ERR_ERROR || ++messages->warnings > WARNINGS_MAX;
    if (messages->wrong) {
        xmlStopParser(messages->parser);
    }
}

/* The parser compares each attribute of an element with each. Up to the next '<', which no tag can
 * hold, counts as the tag: who puts '>' into values gains nothing. */
static bool has_too_many_attributes(const char *text, size_t length) {
    size_t count = 0;
    for (size_t i = 0; i < length && count <= ATTRIBUTES_MAX; i++) {
        count = text[i] == '<' ? 0 : count + (text[i] == '=');
    }
    return count > ATTRIBUTES_MAX;
}

struct _xmlDoc *sj_xml_read(const char *text, size_t length) {
    xmlParserCtxt *parser =
        length <= INT_MAX && !has_too_many_attributes(text, length) ? xmlNewParserCtxt() : NULL;
    struct messages messages = {.parser = parser};
    if (parser == NULL) {
        return NULL;
    }
    parser->_private = &messages;
    parser->sax->serror = heard;
    xmlDoc *document = xmlCtxtReadMemory(parser, text, (int)length, NULL, NULL, XML_PARSE_NONET);
    if (document == NULL || messages.wrong) {
        xmlFreeDoc(document);
        document = NULL;
    }
    xmlFreeParserCtxt(parser);
    return document;
}
