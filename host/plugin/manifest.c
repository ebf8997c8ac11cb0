/* Reads what a plugin says about itself, and judges whether it fits this host. */
#include "host/plugin/manifest.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include <sojourn/host.h>

static int take(const cJSON *object, const char *name, char *out, size_t room, sj_error *error) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!cJSON_IsString(item)) {
        return sj_error_field(error, SJ_E_INVALID, name,
                              "section .sj_plugin: expected text for \"%s\"", name);
    }
    if (strlen(item->valuestring) >= room) {
        return sj_error_field(error, SJ_E_INVALID, name,
                              "section .sj_plugin: expected at most %zu bytes for \"%s\", got %zu",
                              room - 1, name, strlen(item->valuestring));
    }
    (void)snprintf(out, room, "%s", item->valuestring);
    return SJ_OK;
}

static int read_abi(struct manifest *manifest, const cJSON *object, sj_error *error) {
    char abi[32], rest;
    int status = take(object, "abi", abi, sizeof abi, error);
    if (status == SJ_OK &&
        sscanf(abi, "%5d.%5d%c", &manifest->abi_major, &manifest->abi_minor, &rest) != 2) {
        return sj_error_field(error, SJ_E_INVALID, "abi",
                              "section .sj_plugin: expected an ABI as \"1.0\", got \"%s\"", abi);
    }
    return status;
}

static int check_name(const char *name, sj_error *error) {
    if (name[0] == '\0' || name[0] == '-' ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(name)) {
        return sj_error_field(error, SJ_E_INVALID, "name",
                              "section .sj_plugin: expected a name of lower-case letters, digits "
                              "and \"-\", got \"%s\"",
                              name);
    }
    if (strcmp(name, "host") == 0) {
        return sj_error_field(error, SJ_E_INVALID, "name",
                              "section .sj_plugin: the name \"host\" is the host's own");
    }
    return SJ_OK;
}

int sj_manifest_read(struct manifest *manifest, const char *text, size_t length, sj_error *error) {
    char magic[32] = "";
    cJSON *object = cJSON_ParseWithLength(text, length);
    int status;
    memset(manifest, 0, sizeof *manifest);
    if (!cJSON_IsObject(object)) {
        cJSON_Delete(object);
        return sj_error_set(error, SJ_E_INVALID, "section .sj_plugin: expected a JSON object");
    }
    status = take(object, "magic", magic, sizeof magic, error);
    if (status == SJ_OK && strcmp(magic, "sojourn-plugin") != 0) {
        status = sj_error_field(error, SJ_E_INVALID, "magic",
                                "section .sj_plugin: expected magic \"sojourn-plugin\", got \"%s\"",
                                magic);
    }
    const struct {
        const char *name;
        char *out;
        size_t room;
    } texts[] = {{"name", manifest->name, sizeof manifest->name},
                 {"title", manifest->title, sizeof manifest->title},
                 {"version", manifest->version, sizeof manifest->version},
                 {"summary", manifest->summary, sizeof manifest->summary},
                 {"needs", manifest->needs, sizeof manifest->needs},
                 {"provides", manifest->provides, sizeof manifest->provides}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && status == SJ_OK; i++) {
        status = take(object, texts[i].name, texts[i].out, texts[i].room, error);
    }
    if (status == SJ_OK) {
        status = read_abi(manifest, object, error);
    }
    if (status == SJ_OK) {
        status = check_name(manifest->name, error);
    }
    cJSON_Delete(object);
    return status;
}

int sj_manifest_fits(const struct manifest *manifest, sj_error *error) {
    if (manifest->abi_major != SJ_ABI_MAJOR) {
        return sj_error_set(error, SJ_E_VERSION,
                            "%s %s was built for ABI %d.%d; this host speaks ABI %d.%d: the first "
                            "numbers must be equal",
                            manifest->name, manifest->version, manifest->abi_major,
                            manifest->abi_minor, SJ_ABI_MAJOR, SJ_ABI_MINOR);
    }
    if (manifest->abi_minor > SJ_ABI_MINOR) {
        return sj_error_set(error, SJ_E_VERSION,
                            "%s %s needs ABI %d.%d; this host is older and speaks ABI %d.%d",
                            manifest->name, manifest->version, manifest->abi_major,
                            manifest->abi_minor, SJ_ABI_MAJOR, SJ_ABI_MINOR);
    }
    return SJ_OK;
}
