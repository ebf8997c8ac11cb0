/* Location documents. Pure. */
#include "media/pidf_lo.h"

#include <sojourn/base/text.h>

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <sojourn/xml_read.h>

#define NS_PIDF "urn:ietf:params:xml:ns:pidf"
#define NS_GEOPRIV NS_PIDF ":geopriv10"
#define NS_CIVIC NS_GEOPRIV ":civicAddr"
#define NS_CIVIC_4119 NS_GEOPRIV ":civicLoc"

enum { VALID_MS = 24 * 60 * 60 * 1000 };

/* In the order of RFC 5139. */
static const struct civic_field {
    const char *element;
    size_t offset, filter_offset;
} fields[] = {
#define FIELD(element, name)                                                                       \
    { element, offsetof(sj_civic_address, name), offsetof(sj_geolocation_filter, use_##name) }
    FIELD("country", country),
    FIELD("A1", national_subdivision),
    FIELD("A2", district),
    FIELD("A3", community_name),
    FIELD("A4", city_division),
    FIELD("A5", neighbourhood),
    FIELD("PRD", leading_street_direction),
    FIELD("RD", street),
    FIELD("STS", street_suffix),
    FIELD("POD", trailing_street_suffix),
    FIELD("HNO", house_number),
    FIELD("HNS", house_number_suffix),
    FIELD("LMK", landmark),
    FIELD("LOC", location),
    FIELD("FLR", floor),
    FIELD("NAM", occupant_name),
    FIELD("PC", postal_code),
#undef FIELD
};
enum { FIELDS = sizeof fields / sizeof fields[0] };

static const char **member(sj_civic_address *address, size_t field) {
    return (const char **)(void *)((char *)address + fields[field].offset);
}

static const char *value(const sj_civic_address *address, size_t field) {
    const char *const *at =
        (const char *const *)(const void *)((const char *)address + fields[field].offset);
    return sj_or_empty(*at);
}

bool pidf_lo_reduce(const sj_civic_address *address, const sj_geolocation_filter *filter,
                    sj_civic_address *reduced) {
    memset(reduced, 0, sizeof *reduced);
    for (size_t i = 0; i < FIELDS; i++) {
        const bool wanted =
            filter == NULL ||
            *(const bool *)(const void *)((const char *)filter + fields[i].filter_offset);
        *member(reduced, i) = wanted ? value(address, i) : "";
    }
    return pidf_lo_given(reduced);
}

bool pidf_lo_given(const sj_civic_address *address) {
    for (size_t i = 0; i < FIELDS; i++) {
        if (value(address, i)[0] != '\0') {
            return true;
        }
    }
    return false;
}

void pidf_lo_words(const sj_civic_address *address, char *words, size_t room) {
    size_t used = 0;
    words[0] = '\0';
    for (size_t i = 0; i < FIELDS; i++) {
        if (value(address, i)[0] != '\0') {
            const int length = snprintf(words + used, room - used, "%s%s", used == 0 ? "" : ", ",
                                        value(address, i));
            if (length < 0 || (size_t)length >= room - used) {
                return;
            }
            used += (size_t)length;
        }
    }
}

/* ---- writing ---- */

static void put_time(sj_xml_text *text, const char *element, int64_t ms) {
    const time_t seconds = (time_t)(ms / 1000);
    struct tm parts;
    char words[40];
    (void)gmtime_r(&seconds, &parts);
    (void)strftime(words, sizeof words, "%Y-%m-%dT%H:%M:%SZ", &parts);
    sj_xml_text_element(text, element, words);
}

void pidf_lo_write(sj_xml_text *text, const sj_civic_address *address,
                   const struct pidf_lo_about *about) {
    sj_xml_text_raw(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<presence xmlns=\"" NS_PIDF
                          "\" xmlns:gp=\"" NS_GEOPRIV "\" xmlns:gbp=\"" NS_GEOPRIV
                          ":basicPolicy\" xmlns:ca=\"" NS_CIVIC "\"");
    sj_xml_text_attribute(text, "entity", about->entity);
    sj_xml_text_raw(text, "><tuple");
    sj_xml_text_attribute(text, "id", about->id);
    sj_xml_text_raw(text, "><status><gp:geopriv><gp:location-info><ca:civicAddress>");
    for (size_t i = 0; i < FIELDS; i++) {
        if (value(address, i)[0] != '\0') {
            char element[12];
            (void)snprintf(element, sizeof element, "ca:%s", fields[i].element);
            sj_xml_text_element(text, element, value(address, i));
        }
    }
    sj_xml_text_raw(text, "</ca:civicAddress></gp:location-info><gp:usage-rules>");
    sj_xml_text_element(text, "gbp:retransmission-allowed", "true");
    put_time(text, "gbp:retention-expiry", about->now_ms + VALID_MS);
    sj_xml_text_raw(text, "</gp:usage-rules><gp:method>Manual</gp:method></gp:geopriv></status>");
    put_time(text, "timestamp", about->now_ms);
    sj_xml_text_raw(text, "</tuple></presence>\r\n");
}

/* ---- reading ---- */

static bool is(const xmlNode *node, const char *space, const char *name) {
    return node->type == XML_ELEMENT_NODE && node->ns != NULL &&
           strcmp((const char *)node->ns->href, space) == 0 &&
           (name == NULL || strcmp((const char *)node->name, name) == 0);
}

/* The first such element at or below a node. The parser limits how deep a document can be. */
static const xmlNode *find(const xmlNode *node, const char *space, const char *name) {
    if (is(node, space, name)) {
        return node;
    }
    for (const xmlNode *child = node->children; child != NULL; child = child->next) {
        const xmlNode *found = child->type == XML_ELEMENT_NODE ? find(child, space, name) : NULL;
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

/* Puts the words of an element behind those that are there; false when they do not fit. */
static bool take_words(const xmlNode *node, struct pidf_lo_place *place, size_t *used,
                       const char **words) {
    xmlChar *content = xmlNodeGetContent(node);
    const char *text = sj_or_empty((const char *)content);
    text += strspn(text, " \t\r\n");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL) {
        length--;
    }
    const bool fits = length < sizeof place->words - *used;
    if (fits) {
        *words = memcpy(place->words + *used, text, length);
        place->words[*used + length] = '\0';
        *used += length + 1;
    }
    xmlFree(content);
    return fits;
}

static bool read_civic(const xmlNode *civic, bool old, struct pidf_lo_place *place) {
    size_t used = 1;
    for (const xmlNode *node = civic->children; node != NULL; node = node->next) {
        for (size_t i = 0; node->type == XML_ELEMENT_NODE && i < FIELDS; i++) {
            const bool street = strcmp(fields[i].element, "RD") == 0;
            const char *const name = (const char *)node->name;
            /* Before RFC 5139 the street was A6; some write it so under the new name too. */
            const bool named = strcmp(name, fields[i].element) == 0 ||
                               (street && strcmp(name, "A6") == 0 &&
                                (old || value(&place->address, i)[0] == '\0'));
            if (named && !take_words(node, place, &used, member(&place->address, i))) {
                return false;
            }
        }
    }
    return true;
}

static bool read_document(const xmlDoc *document, struct pidf_lo_place *place, const char **why) {
    const xmlNode *root = xmlDocGetRootElement(document);
    const xmlNode *information = root == NULL ? NULL : find(root, NS_GEOPRIV, "location-info");
    const xmlNode *civic, *child;
    if (document->intSubset != NULL) {
        *why = "it has a document type declaration";
        return false;
    }
    if (root == NULL || !is(root, NS_PIDF, "presence") || information == NULL) {
        *why = "expected presence with a location-info";
        return false;
    }
    for (child = information->children; child != NULL && child->type != XML_ELEMENT_NODE;
         child = child->next) {
    }
    if (child == NULL) {
        *why = "its location-info is empty";
        return false;
    }
    civic = find(information, NS_CIVIC, "civicAddress");
    const bool old = civic == NULL;
    civic = old ? find(information, NS_CIVIC_4119, "civicAddress") : civic;
    if (civic != NULL && !read_civic(civic, old, place)) {
        *why = "its civic address is too long";
        return false;
    }
    return true;
}

bool pidf_lo_read(const char *document, size_t length, struct pidf_lo_place *place,
                  const char **why) {
    static const char doctype[] = "<!DOCTYPE";
    xmlDoc *parsed;
    bool good;
    memset(place, 0, sizeof *place);
    for (size_t i = 0; i < FIELDS; i++) {
        *member(&place->address, i) = place->words; /* empty */
    }
    if (length == 0 || length > PIDF_LO_MAX) {
        *why = "expected 1 to 32768 bytes";
        return false;
    }
    /* Before any parser sees it: other encodings could hide one. */
    if (memchr(document, '\0', length) != NULL ||
        memmem(document, length, doctype, sizeof doctype - 1) != NULL) {
        *why = "it has a document type declaration, or is not UTF-8";
        return false;
    }
    parsed = sj_xml_read(document, length);
    if (parsed == NULL) {
        *why = "it is not well-formed XML";
        return false;
    }
    good = read_document(parsed, place, why);
    xmlFreeDoc(parsed);
    return good;
}
