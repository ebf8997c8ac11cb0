/* The file of a phone of each model against facts that are not ours: each element, its attributes,
 * its value and its place among the others stand in phone_configuration.tsv, with a source. */
#include <regex.h>
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
#include <sojourn/expansion_module.h>
#include <sojourn/testkit.h>

#include "resources/date_time_group.h"
#include "resources/device_pool.h"
#include "resources/directory_number.h"
#include "resources/enterprise_phone_configuration.h"
#include "resources/phone.h"
#include "resources/phone_model.h"
#include "resources/phone_service.h"

extern const sj_plugin sj_plugin_descriptor;

enum { MOST_FACTS = 400, PATH_ROOM = 256 };

struct fact {
    char path[PATH_ROOM];
    char form[2048]; /* of the value, or of the attributes: "@priority=[0-4] @..."; "" for none */
};

struct oracle {
    struct fact facts[MOST_FACTS];
    size_t count;
    char always[MOST_FACTS][PATH_ROOM]; /* what a file has for sure */
    size_t always_count;
};

/* The columns of a line of a table, which it cuts up; false for comments. */
static bool columns_of(char *line, char *columns[4]) {
    size_t count = 0;
    line[strcspn(line, "\n")] = '\0';
    for (char *rest = NULL, *column = strtok_r(line, "\t", &rest); column != NULL && count < 4;
         column = strtok_r(NULL, "\t", &rest)) {
        columns[count++] = column;
    }
    return count > 0 && columns[0][0] != '#';
}

/* Elements that all foreign files have; those that ours leave out have a reason. */
static void read_always(struct oracle *oracle) {
    char line[512], *columns[4] = {NULL};
    FILE *file = fopen(ALWAYS, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (columns_of(line, columns)) {
            assert_non_null(columns[1]);
            if (strcmp(columns[1], "-") == 0) {
                assert_true(oracle->always_count < MOST_FACTS);
                (void)snprintf(oracle->always[oracle->always_count++], PATH_ROOM, "%s", columns[0]);
            }
        }
    }
    assert_int_equal(fclose(file), 0);
    assert_true(oracle->always_count > 100);
}

static void read_oracle(struct oracle *oracle) {
    char line[4096];
    FILE *file = fopen(ORACLE, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (line[0] == '#') {
            continue;
        }
        char *form = strchr(line, '\t'), *sources = form != NULL ? strchr(form + 1, '\t') : NULL;
        if (form == NULL || sources == NULL) {
            fail_msg("%s has no form or no sources", line);
            return;
        }
        *form = *sources = '\0';
        assert_true(strlen(sources + 1) > 1); /* whoever adds a fact says where it is from */
        assert_true(oracle->count < MOST_FACTS);
        struct fact *fact = &oracle->facts[oracle->count++];
        assert_true(strlen(line) < sizeof fact->path);
        memcpy(fact->path, line, strlen(line) + 1);
        if (strcmp(form + 1, "-") != 0) {
            assert_true(strlen(form + 1) < sizeof fact->form);
            memcpy(fact->form, form + 1, strlen(form + 1) + 1);
        }
    }
    assert_int_equal(fclose(file), 0);
    assert_true(oracle->count > 100);
}

/* Where a path stands in the oracle, or its number of facts. */
static size_t place_of(const struct oracle *oracle, const char *path) {
    size_t place = 0;
    while (place < oracle->count && strcmp(oracle->facts[place].path, path) != 0) {
        place++;
    }
    return place;
}

static bool matches(const char *form, const char *value) {
    char whole[2100];
    regex_t expression;
    (void)snprintf(whole, sizeof whole, "^(%s)$", form);
    assert_int_equal(regcomp(&expression, whole, REG_EXTENDED | REG_NOSUB), 0);
    const bool found = regexec(&expression, value, 0, NULL, 0) == 0;
    regfree(&expression);
    return found;
}

/* "@button=[1-9] @lineIndex=[1-9]": each attribute that is there has a form. */
static void check_attributes(const struct fact *fact, const xmlNode *node) {
    for (const xmlAttr *attribute = node->properties; attribute != NULL;
         attribute = attribute->next) {
        char named[64], forms[2048];
        const char *found = NULL;
        (void)snprintf(named, sizeof named, "@%s=", (const char *)attribute->name);
        (void)snprintf(forms, sizeof forms, "%s", fact->form);
        for (char *rest = NULL, *form = strtok_r(forms, " ", &rest); form != NULL;
             form = strtok_r(NULL, " ", &rest)) {
            if (strncmp(form, named, strlen(named)) == 0) {
                found = form + strlen(named);
            }
        }
        xmlChar *value = xmlNodeListGetString(node->doc, attribute->children, 1);
        if (found == NULL || !matches(found, value == NULL ? "" : (const char *)value)) {
            fail_msg("%s has %s\"%s\", which no source has", fact->path, named,
                     value == NULL ? "" : (const char *)value);
        }
        xmlFree(value);
    }
}

static bool has_child(const xmlNode *node, const char *name) {
    for (const xmlNode *child = xmlFirstElementChild((xmlNode *)node); child != NULL;
         child = xmlNextElementSibling((xmlNode *)child)) {
        if (strcmp((const char *)child->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Of what stands in the sources always, an element has all that stands directly in it. A key that
 * is no line has what its kind has. */
static void check_nothing_missing(const struct oracle *oracle, const xmlNode *node,
                                  const char *path, const char *what) {
    const size_t length = strlen(path);
    if (strcmp((const char *)node->name, "line") == 0 &&
        xmlHasProp((xmlNode *)node, (const xmlChar *)"lineIndex") == NULL) {
        return;
    }
    for (size_t i = 0; i < oracle->always_count; i++) {
        const char *wanted = oracle->always[i];
        if (strncmp(wanted, path, length) == 0 && wanted[length] == '/' &&
            strchr(wanted + length + 1, '/') == NULL && !has_child(node, wanted + length + 1)) {
            fail_msg("%s: %s is missing, which all sources have", what, wanted);
        }
    }
}

static void check_element(const struct oracle *oracle, const xmlNode *node, const char *path,
                          const char *what) {
    size_t latest = 0;
    const xmlNode *first = xmlFirstElementChild((xmlNode *)node);
    const size_t own = place_of(oracle, path);
    check_nothing_missing(oracle, node, path, what);
    if (own < oracle->count) {
        const struct fact *fact = &oracle->facts[own];
        if (fact->form[0] == '@' || first != NULL) {
            check_attributes(fact, node);
        } else {
            xmlChar *value = xmlNodeGetContent(node);
            const bool blank = value[strspn((const char *)value, "\n")] == '\0';
            if (!matches(fact->form, blank ? "" : (const char *)value)) {
                fail_msg("%s: %s is \"%s\", which no source has", what, path, (const char *)value);
            }
            xmlFree(value);
        }
    }
    for (const xmlNode *child = first; child != NULL;
         child = xmlNextElementSibling((xmlNode *)child)) {
        char name[PATH_ROOM];
        (void)snprintf(name, sizeof name, "%s/%s", path, (const char *)child->name);
        const size_t place = place_of(oracle, name);
        if (place == oracle->count) {
            fail_msg("%s: %s stands in no source", what, name);
        }
        if (place < latest) {
            fail_msg("%s: %s stands before %s in the sources", what, name,
                     oracle->facts[latest].path);
        }
        latest = place;
        check_element(oracle, child, name, what);
    }
}

static void check_file(const struct oracle *oracle, sj_testkit *kit, const char *phone,
                       const char *what) {
    char path[64];
    (void)snprintf(path, sizeof path, "/%s.cnf.xml", phone);
    sj_testkit_request request = {.path = path,
                                  .port = sj_testkit_scope(kit)->host->node->tftp_http_port};
    const sj_testkit_reply *reply = sj_testkit_send(kit, &request);
    assert_int_equal(reply->status, 200);
    xmlDocPtr document =
        xmlReadMemory(reply->body, (int)reply->body_length, "phone.xml", NULL, XML_PARSE_NONET);
    assert_non_null(document);
    check_element(oracle, xmlDocGetRootElement(document), "device", what);
    xmlSchemaParserCtxtPtr reader = xmlSchemaNewParserCtxt(XSD);
    xmlSchemaPtr schema = xmlSchemaParse(reader);
    xmlSchemaValidCtxtPtr validator = xmlSchemaNewValidCtxt(schema);
    assert_int_equal(xmlSchemaValidateDoc(validator, document), 0);
    xmlSchemaFreeValidCtxt(validator);
    xmlSchemaFree(schema);
    xmlSchemaFreeParserCtxt(reader);
    xmlFreeDoc(document);
}

static int setup(void **state) {
    sj_error error = {0};
    sj_testkit *kit = sj_testkit_open(NULL);
    *state = kit;
    const struct {
        const sj_resource_meta *meta;
        const char *json;
    } records[] = {
        {&sj_directory_number_meta, "{\"pattern\":\"4001\"}"},
        {&sj_directory_number_meta, "{\"pattern\":\"\\\\+4940400\"}"},
        {&sj_date_time_group_meta,
         "{\"name\":\"Place\",\"time_zone\":\"Europe/Berlin\",\"date_template\":\"D.M.Y\","
         "\"phone_ntp_references\":[\"192.0.2.1\",\"time.example\"]}"},
        {&sj_device_pool_meta, "{\"name\":\"Place\",\"date_time_group\":\"Place\","
                               "\"network_locale\":\"Germany\"}"},
        {&sj_enterprise_phone_configuration_meta,
         "{\"pc_port\":\"disabled\",\"camera\":\"enabled\",\"settings_access\":\"disabled\"}"},
        {&sj_phone_service_meta, "{\"name\":\"Extension Mobility\",\"url\":\"http://192.0.2.1/"
                                 "emapp?device=#DEVICENAME#&EMCC=#EMCC#\","
                                 "\"enterprise_subscription\":true}"},
    };
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        assert_int_equal(sj_testkit_put(kit, records[i].meta, records[i].json, &error), SJ_OK);
    }
    return sj_testkit_start(kit, &sj_plugin_descriptor, &error);
}

static int teardown(void **state) {
    sj_error error = {0};
    int status = sj_testkit_end(*state, &error);
    if (status != SJ_OK) {
        print_error("%s\n", error.text);
    }
    return status;
}

/* A module that the model takes, or "". */
static const char *module_of(const char *model) {
    size_t count = 0;
    const struct sj_expansion_module *modules = sj_expansion_modules(&count);
    for (size_t i = 0; i < count; i++) {
        if (sj_expansion_module_most(model, modules[i].type) > 0) {
            return modules[i].name;
        }
    }
    return "";
}

static void files_of_all_models(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    sj_list models = {0};
    struct oracle *oracle = calloc(1, sizeof *oracle);
    assert_non_null(oracle);
    read_oracle(oracle);
    read_always(oracle);
    assert_int_equal(sj_phone_model_list(sj_testkit_scope(kit), NULL, &models, &error), SJ_OK);
    assert_true(models.count > 20);
    for (size_t i = 0; i < models.count; i++) {
        const sj_phone_model *model = sj_phone_model_at(&models, i);
        const char *module = module_of(model->name);
        char name[32], json[1024];
        if (model->third_party) {
            continue;
        }
        (void)snprintf(name, sizeof name, "SEP0011223344%02zX", i);
        (void)snprintf(json, sizeof json, "{\"name\":\"%s\",\"model\":\"%s\"}", name, model->name);
        assert_int_equal(sj_testkit_put(kit, &sj_phone_meta, json, &error), SJ_OK);
        check_file(oracle, kit, name, model->name);
        (void)snprintf(
            json, sizeof json,
            "{\"name\":\"%s\",\"model\":\"%s\",\"device_pool\":\"Place\",\"user_locale\":"
            "\"German_Germany\",\"softkey_template\":\"Standard "
            "User\",\"load_information\":\"sip78xx.12-5-1SR2-2\",\"expansion_modules\":[%s%s%s],"
            "\"mlpp_domain\":\"00000A\",\"lines\":["
            "{\"directory_number\":\"4001\",\"display\":\"Anna\",\"external_phone_number_mask\":"
            "\"+4940400XXXX\"}%s],"
            "\"speed_dials\":[{\"number\":\"0\",\"label\":\"Operator\"}]}",
            name, model->name, module[0] != '\0' ? "\"" : "", module, module[0] != '\0' ? "\"" : "",
            model->maximum_lines > 1 ? ",{\"directory_number\":\"\\\\+4940400\"}" : "");
        assert_int_equal(sj_testkit_put(kit, &sj_phone_meta, json, &error), SJ_OK);
        check_file(oracle, kit, name, model->name);
    }
    sj_list_free(sj_testkit_scope(kit), &models);
    free(oracle);
}

static void time_zone_is(sj_testkit *kit, const char *zone, const char *name) {
    char json[160], expected[256];
    sj_error error = {0};
    (void)snprintf(json, sizeof json, "{\"name\":\"Place\",\"time_zone\":\"%s\"}", zone);
    assert_int_equal(sj_testkit_put(kit, &sj_date_time_group_meta, json, &error), SJ_OK);
    (void)snprintf(expected, sizeof expected,
                   "<timeZone>%s</timeZone>\n<olsonTimeZone>%s</olsonTimeZone>", name, zone);
    sj_testkit_request request = {.path = "/SEP001122334455.cnf.xml",
                                  .port = sj_testkit_scope(kit)->host->node->tftp_http_port};
    const sj_testkit_reply *reply = sj_testkit_send(kit, &request);
    assert_int_equal(reply->status, 200);
    if (strstr(reply->body, expected) == NULL) {
        fail_msg("%s is not %s: %.200s", zone, name, strstr(reply->body, "<timeZone>"));
    }
}

/* The vendor's name has the clock of the zone; of several that do, the one that the sources pair
 * with it. */
static void clocks(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    static const char *const zones[][2] = {
        {"Europe/London", "GMT Standard/Daylight Time"},
        {"Europe/Berlin", "W. Europe Standard/Daylight Time"},
        {"Europe/Rome", "W. Europe Standard/Daylight Time"},
        {"Europe/Paris", "Romance Standard/Daylight Time"},
        {"Europe/Athens", "GTB Standard/Daylight Time"},
        {"America/Chicago", "Central Standard/Daylight Time"}, /* C */
        /* "US Eastern" stands still, as Indiana did once. */
        {"America/Indianapolis", "Eastern Standard/Daylight Time"},
        {"US/Pacific", "Pacific Standard/Daylight Time"},
        {"Etc/GMT", "Greenwich Standard Time"},
        {"Asia/Kolkata", "India Standard Time"},
        {"Asia/Calcutta", "India Standard Time"},
        {"Australia/Sydney", "AUS Eastern Standard/Daylight Time"},
        {"Australia/Brisbane", "E. Australia Standard Time"},
        {"Pacific/Auckland", "New Zealand Standard/Daylight Time"},
        {"America/St_Johns", "Newfoundland Standard/Daylight Time"},
        /* Their clocks moved once, and have not since: a name that says so counts. */
        {"America/Mexico_City", "Canada Central Standard Time"},
        {"America/Sao_Paulo", "SA Eastern Standard Time"},
        {"Europe/Moscow", "Saudi Arabia Standard Time"},
        {"Europe/Istanbul", "Saudi Arabia Standard Time"},
        {"Asia/Shanghai", "Taipei Standard Time"},
        /* No other name has this hour. */
        {"Asia/Tehran", "Iran Standard/Daylight Time"},
    };
    assert_int_equal(sj_testkit_put(kit, &sj_phone_meta,
                                    "{\"name\":\"SEP001122334455\",\"model\":\"Cisco 7841\","
                                    "\"device_pool\":\"Place\"}",
                                    &error),
                     SJ_OK);
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        time_zone_is(kit, zones[i][0], zones[i][1]);
    }
    assert_null(sj_testkit_find(kit, "log", "no time zone of phones"));
    time_zone_is(kit, "Asia/Kathmandu", "India Standard Time");
    assert_non_null(sj_testkit_find(kit, "log",
                                    "no time zone of phones has the clock of "
                                    "Asia/Kathmandu"));
}

/* The number by which a phone says which model it is stands in declarations of ours alone: a wrong
 * one would have its firmware sent to others. */
static void numbers_of_models(void **state) {
    sj_testkit *kit = *state;
    char line[256], *columns[4];
    size_t known = 0;
    FILE *table = fopen(MODELS, "r");
    assert_non_null(table);
    while (fgets(line, sizeof line, table) != NULL) {
        sj_phone_model *model = NULL;
        if (columns_of(line, columns) &&
            sj_phone_model_get(sj_testkit_scope(kit), columns[0], &model, NULL) == SJ_OK) {
            known++;
            if (model->number != atoi(columns[1])) {
                fail_msg("%s has the number %s", columns[0], columns[1]);
            }
            sj_record_free(sj_testkit_scope(kit), model);
        }
    }
    assert_int_equal(fclose(table), 0);
    assert_true(known >= 28); /* all but the two that are third-party */
}

static const xmlNode *child_with(const xmlNode *parent, const char *attribute, const char *value) {
    for (const xmlNode *child = xmlFirstElementChild((xmlNode *)parent); child != NULL;
         child = xmlNextElementSibling((xmlNode *)child)) {
        xmlChar *found = xmlGetProp((xmlNode *)child, (const xmlChar *)attribute);
        const bool same = found != NULL && strcmp((const char *)found, value) == 0;
        xmlFree(found);
        if (same) {
            return child;
        }
    }
    return NULL;
}

/* A key of the file has these numbers: tag, event and help, in this order. */
static void check_softkey(const xmlNode *definitions, char *columns[4]) {
    const xmlNode *key = child_with(definitions, "keyID", columns[0]);
    assert_non_null(key);
    const xmlNode *number = xmlFirstElementChild((xmlNode *)key);
    for (size_t i = 1; i < 4; i++, number = xmlNextElementSibling((xmlNode *)number)) {
        xmlChar *text = xmlNodeGetContent(number);
        assert_string_equal((const char *)text, columns[i]);
        xmlFree(text);
    }
}

/* The keys of a state are among those that it may have; those with a ! are there. */
static void check_state(const xmlNode *sets, const char *state, char *may) {
    const xmlNode *set = child_with(sets, "id", state);
    size_t known = 0, there = 0;
    assert_non_null(set);
    for (char *rest = NULL, *key = strtok_r(may, " ", &rest); key != NULL;
         key = strtok_r(NULL, " ", &rest)) {
        const bool must = key[0] == '!';
        const bool has = child_with(set, "keyID", key + (must ? 1 : 0)) != NULL;
        if (must && !has) {
            fail_msg("%s without %s", state, key + 1);
        }
        known += has;
    }
    for (const xmlNode *key = xmlFirstElementChild((xmlNode *)set); key != NULL;
         key = xmlNextElementSibling((xmlNode *)key)) {
        there++;
    }
    assert_int_equal(known, there);
}

static void softkeys_of_the_templates(void **state) {
    static const char *const files[] = {"/SKStandard_User.xml", "/SKStandard_Feature.xml"};
    sj_testkit *kit = *state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        sj_testkit_request request = {.path = files[i],
                                      .port = sj_testkit_scope(kit)->host->node->tftp_http_port};
        const sj_testkit_reply *reply = sj_testkit_send(kit, &request);
        assert_int_equal(reply->status, 200);
        xmlDocPtr document =
            xmlReadMemory(reply->body, (int)reply->body_length, "SK.xml", NULL, XML_PARSE_NONET);
        const xmlNode *root = xmlDocGetRootElement(document);
        assert_string_equal((const char *)root->name, "softKeyCfg");
        const xmlNode *stamp = xmlFirstElementChild((xmlNode *)root);
        const xmlNode *definitions = xmlNextElementSibling((xmlNode *)stamp);
        const xmlNode *sets = xmlNextElementSibling((xmlNode *)definitions);
        char line[512], *columns[4];
        FILE *table = fopen(SOFTKEYS, "r");
        assert_non_null(table);
        while (fgets(line, sizeof line, table) != NULL) {
            if (!columns_of(line, columns)) {
                continue;
            }
            if (strcmp(columns[0], "state") == 0) {
                check_state(sets, columns[1], columns[2]);
            } else {
                check_softkey(definitions, columns);
            }
        }
        assert_int_equal(fclose(table), 0);
        xmlFreeDoc(document);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_of_all_models, setup, teardown),
        cmocka_unit_test_setup_teardown(clocks, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_of_models, setup, teardown),
        cmocka_unit_test_setup_teardown(softkeys_of_the_templates, setup, teardown),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    xmlCleanupParser();
    return failed;
}
