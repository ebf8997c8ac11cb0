/* Location documents: written, checked against the schema of the RFCs' parts, read again; those of
 * others, and broken ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include "media/pidf_lo.h"

static const sj_civic_address everything = {.country = "GB",
                                            .national_subdivision = "England",
                                            .district = "Greater London",
                                            .community_name = "London",
                                            .city_division = "City & <Temple>",
                                            .neighbourhood = "Cheap",
                                            .street = "Cheapside \"north\"",
                                            .leading_street_direction = "N",
                                            .trailing_street_suffix = "W",
                                            .street_suffix = "Street",
                                            .house_number = "12",
                                            .house_number_suffix = "A 1/2",
                                            .landmark = "St Paul's",
                                            .location = "Zimmer 試験 3",
                                            .floor = "3",
                                            .occupant_name = "Müller & Söhne",
                                            .postal_code = "EC2V 6AA"};
static const struct pidf_lo_about about = {"sip:4001@192.0.2.1", "p1", 1790000000000};

static void same(const sj_civic_address *a, const sj_civic_address *b) {
    const char *const *left = (const char *const *)(const void *)a,
                      *const *right = (const char *const *)(const void *)b;
    for (size_t i = 0; i < sizeof *a / sizeof(char *); i++) {
        assert_string_equal(left[i] == NULL ? "" : left[i], right[i] == NULL ? "" : right[i]);
    }
}

static void is_valid(const char *document, size_t length) {
    xmlSchemaParserCtxt *reader = xmlSchemaNewParserCtxt(PIDF_SCHEMAS "/pidf.xsd");
    xmlSchema *schema = xmlSchemaParse(reader);
    assert_non_null(schema);
    xmlSchemaValidCtxt *validator = xmlSchemaNewValidCtxt(schema);
    xmlDoc *parsed = xmlReadMemory(document, (int)length, NULL, NULL, XML_PARSE_NONET);
    assert_non_null(parsed);
    assert_int_equal(xmlSchemaValidateDoc(validator, parsed), 0);
    xmlFreeDoc(parsed);
    xmlSchemaFreeValidCtxt(validator);
    xmlSchemaFree(schema);
    xmlSchemaFreeParserCtxt(reader);
}

static bool read(const char *document, struct pidf_lo_place *place) {
    const char *why = "";
    const bool good = pidf_lo_read(document, strlen(document), place, &why);
    assert_int_equal(good, why[0] == '\0');
    return good;
}

static void test_round_trip(void **state) {
    (void)state;
    sj_xml_text text = {0};
    struct pidf_lo_place place;
    pidf_lo_write(&text, &everything, &about);
    assert_false(text.failed);
    is_valid(text.data, text.length);
    assert_true(read(text.data, &place));
    same(&place.address, &everything);
    assert_non_null(strstr(text.data, "<ca:RD>Cheapside"));
    assert_non_null(strstr(text.data, "<timestamp>2026-09-21T14:13:20Z</timestamp>"));
    assert_non_null(
        strstr(text.data, "<gbp:retention-expiry>2026-09-22T14:13:20Z</gbp:retention-expiry>"));
    sj_xml_text_free(&text);
}

static void test_filter(void **state) {
    (void)state;
    const sj_geolocation_filter filter = {.use_country = true, .use_street = true},
                                nothing = {.name = "Nothing"};
    sj_civic_address reduced;
    char words[100];
    assert_true(pidf_lo_reduce(&everything, &filter, &reduced));
    pidf_lo_words(&reduced, words, sizeof words);
    assert_string_equal(words, "GB, Cheapside \"north\"");
    assert_false(pidf_lo_reduce(&everything, &nothing, &reduced));
    assert_true(pidf_lo_reduce(&everything, NULL, &reduced));
    same(&reduced, &everything);
    pidf_lo_words(&everything, words, 20);
    assert_true(strlen(words) < 20);
    const sj_civic_address empty = {0};
    assert_false(pidf_lo_given(&empty));
}

#define BEFORE                                                                                     \
    "<?xml version='1.0'?><p:presence xmlns:p='urn:ietf:params:xml:ns:pidf' "                      \
    "xmlns:g='urn:ietf:params:xml:ns:pidf:geopriv10' "                                             \
    "entity='pres:x@y'><p:tuple id='a'><p:status><g:geopriv><g:location-info>"
#define BEHIND "</g:location-info><g:usage-rules/></g:geopriv></p:status></p:tuple></p:presence>"
#define CIVIC                                                                                      \
    "<c:civicAddress xmlns:c='urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr' xml:lang='en'>"
#define CIVIC_OLD "<c:civicAddress xmlns:c='urn:ietf:params:xml:ns:pidf:geopriv10:civicLoc'>"

static void test_others_documents(void **state) {
    (void)state;
    struct pidf_lo_place place;
    assert_true(read(BEFORE CIVIC_OLD
                     "<c:country>US</c:country><c:A6> Broadway\n</c:A6></c:civicAddress>" BEHIND,
                     &place));
    assert_string_equal(place.address.country, "US");
    assert_string_equal(place.address.street, "Broadway");
    assert_true(read(
        BEFORE CIVIC
        "<c:A6>Lower level</c:A6><c:RD>Cheapside</c:RD><c:SEAT>7</c:SEAT></c:civicAddress>" BEHIND,
        &place));
    assert_string_equal(place.address.street, "Cheapside");
    /* In the form of RFC 5491, below a device of the data model. */
    assert_true(read(
        "<presence xmlns='urn:ietf:params:xml:ns:pidf' "
        "xmlns:dm='urn:ietf:params:xml:ns:pidf:data-model' "
        "xmlns:g='urn:ietf:params:xml:ns:pidf:geopriv10' entity='pres:x'><dm:device "
        "id='d'><g:geopriv><g:location-info>" CIVIC
        "<c:A3>Leeds</c:A3></c:civicAddress></g:location-info></g:geopriv></dm:device></presence>",
        &place));
    assert_string_equal(place.address.community_name, "Leeds");
    /* A place in coordinates: a location document without words. */
    assert_true(read(
        BEFORE
        "<m:Point xmlns:m='http://www.opengis.net/gml'><m:pos>51.5 -0.1</m:pos></m:Point>" BEHIND,
        &place));
    assert_false(pidf_lo_given(&place.address));
}

static void test_broken(void **state) {
    (void)state;
    struct pidf_lo_place place;
    static const char *const broken[] = {
        "",
        "<",
        "not XML",
        "<presence/>",
        "<presence xmlns='urn:ietf:params:xml:ns:pidf'/>",
        BEFORE BEHIND,
        BEFORE "words only" BEHIND,
        BEFORE CIVIC "<c:A3>no end" BEHIND,
        "<!DOCTYPE p [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><p>&x;</p>",
        "<?xml version='1.0'?><!DOCTYPE p SYSTEM 'http://192.0.2.1/p.dtd'>" BEFORE BEHIND,
        "<?xml version='1.0' encoding='UTF-7'?>+ADwAIQ-DOCTYPE p+AD4-",
        BEFORE CIVIC "<c:A3>&unknown;</c:A3></c:civicAddress>" BEHIND,
    };
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        assert_false(read(broken[i], &place));
    }
    const char *why = "";
    assert_false(pidf_lo_read("<\0!", 3, &place, &why));
    char *large = calloc(1, PIDF_LO_MAX + 2);
    assert_non_null(large);
    memset(large, ' ', PIDF_LO_MAX + 1);
    assert_false(pidf_lo_read(large, PIDF_LO_MAX + 1, &place, &why));
    /* A word too long to be kept. */
    (void)snprintf(large, PIDF_LO_MAX + 1, "%s%06000d%s", BEFORE CIVIC "<c:A3>", 7,
                   "</c:A3></c:civicAddress>" BEHIND);
    assert_false(read(large, &place));
    free(large);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_others_documents),
        cmocka_unit_test(test_broken),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    xmlCleanupParser();
    return failed;
}
