/* Writes softkey templates as phones read them. */
#include "softkey_file.h"

#include <stdio.h>
#include <string.h>

#include <sojourn/base/hash.h>

#include "resources/softkey_template.h"

/* What phones call the keys, and the numbers of each: tests/oracle. In the order of
 * sj_softkey_key. */
static const struct {
    const char *id;
    int tag, event, help;
} keys[] = {
    {"Undefined", 0, 0, 0},    {"Redial", 1, 1, 301},     {"NewCall", 2, 2, 302},
    {"Hold", 3, 3, 303},       {"Transfer", 4, 4, 304},   {"CFwdAll", 5, 5, 305},
    {"<<", 8, 8, 308},         {"EndCall", 9, 9, 309},    {"Resume", 10, 10, 310},
    {"Answer", 11, 11, 311},   {"Confrn", 13, 13, 313},   {"Park", 14, 14, 314},
    {"Join", 15, 15, 315},     {"MeetMe", 16, 16, 316},   {"PickUp", 17, 17, 317},
    {"GPickUp", 18, 18, 318},  {"RmLstC", 57, 19, 319},   {"CallBack", 65, 20, 320},
    {"DND", 63, 69, 369},      {"QRT", 75, 22, 322},      {"MCID", 76, 27, 327},
    {"Select", 78, 29, 329},   {"ConfList", 79, 30, 330}, {"iDivert", 80, 31, 331},
    {"OPickUp", 91, 34, 334},  {"HLog", 92, 35, 335},     {"AbbrDial", 7740, 71, 371},
    {"Record", 7747, 74, 374},
};

void softkey_file_name(const char *template_name, char name[SOFTKEY_FILE_ROOM]) {
    (void)snprintf(name, SOFTKEY_FILE_ROOM, "SK%s.xml", template_name);
    for (char *at = name; *at != '\0'; at++) {
        if (*at == ' ' || *at == '/') {
            *at = '_';
        }
    }
}

const char *softkey_default_template(sj_scope *scope) {
    static const char name[] = "Standard User";
    sj_softkey_template *template = NULL;
    const bool there = sj_softkey_template_get(scope, name, &template, NULL) == SJ_OK;
    sj_record_free(scope, template);
    return there ? name : "";
}

static void write_definitions(sj_xml_text *out) {
    sj_xml_text_raw(out, "<typeSoftKey>\n");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        sj_xml_text_raw(out, "<softKeyDef");
        sj_xml_text_attribute(out, "keyID", keys[i].id);
        sj_xml_text_format(out,
                           ">\n<tag>%d</tag>\n<eventID>%d</eventID>\n<helpID>%d</helpID>\n"
                           "</softKeyDef>\n",
                           keys[i].tag, keys[i].event, keys[i].help);
    }
    sj_xml_text_raw(out, "</typeSoftKey>\n");
}

static void write_set(sj_xml_text *out, const char *state, const sj_softkey *softkeys,
                      size_t count) {
    sj_xml_text_raw(out, "<softKeySet");
    sj_xml_text_attribute(out, "id", state);
    sj_xml_text_raw(out, ">\n");
    for (size_t i = 0; i < count; i++) {
        sj_xml_text_raw(out, "<softKey");
        sj_xml_text_attribute(out, "keyID", keys[softkeys[i].softkey].id);
        sj_xml_text_raw(out, "/>\n");
    }
    sj_xml_text_raw(out, "</softKeySet>\n");
}

static void write_template(sj_xml_text *out, const sj_softkey_template *template) {
    sj_xml_text sets = {0};
#define SET(state, field) write_set(&sets, state, template->field, template->field##_count)
    SET("On Hook", on_hook);
    SET("Off Hook", off_hook);
    SET("Off Hook With Feature", off_hook_with_feature);
    SET("Digits After First", digits_after_first);
    SET("Ring Out", ring_out);
    SET("Connected", connected);
    SET("Connected No Feature", connected_no_feature);
    SET("Connected Transfer", connected_transfer);
    SET("Connected Conference", connected_conference);
    SET("On Hold", on_hold);
    SET("Ring In", ring_in);
    write_set(&sets, "Remote In Use", NULL, 0);
#undef SET
    out->failed = out->failed || sets.failed;
    if (out->failed) {
        sj_xml_text_free(&sets);
        return;
    }
    sj_xml_text_raw(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<softKeyCfg>\n");
    sj_xml_text_format(out, "<versionStamp>%016llx</versionStamp>\n",
                       (unsigned long long)sj_hash_bytes(sets.data, sets.length));
    write_definitions(out);
    sj_xml_text_raw(out, "<softKeySets>\n");
    sj_xml_text_bytes(out, sets.data, sets.length);
    sj_xml_text_raw(out, "</softKeySets>\n</softKeyCfg>\n");
    sj_xml_text_free(&sets);
}

int softkey_file_build(sj_scope *scope, const char *name, struct device_file *file,
                       sj_error *error) {
    sj_list templates = {0};
    memset(file, 0, sizeof *file);
    file->what = "softkey template";
    int status = sj_softkey_template_list(scope, NULL, &templates, error);
    if (status != SJ_OK) {
        return status;
    }
    status = SJ_E_NOT_FOUND;
    for (size_t i = 0; status != SJ_OK && i < templates.count; i++) {
        const sj_softkey_template *template = sj_softkey_template_at(&templates, i);
        char of_template[SOFTKEY_FILE_ROOM];
        softkey_file_name(template->name, of_template);
        if (strcmp(of_template, name) == 0) {
            write_template(&file->text, template);
            status = file->text.failed ? SJ_E_NO_MEMORY : SJ_OK;
        }
    }
    sj_list_free(scope, &templates);
    return status == SJ_OK
               ? status
               : sj_error_set(error, status, "%s: %s", name,
                              status == SJ_E_NOT_FOUND ? "File not found" : "out of memory");
}
