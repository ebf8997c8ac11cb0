/* Which expansion modules there are, and which models take them (tests/oracle). */
#include <sojourn/expansion_module.h>

#include <string.h>

enum { MOST_IN_A_RECORD = 3 };

static const struct sj_expansion_module modules[] = {
    {"7914", "7914 14-Button Line Expansion Module", 14},
    {"7915", "7915 12-Button Line Expansion Module", 12},
    {"7915", "7915 24-Button Line Expansion Module", 24},
    {"7916", "7916 12-Button Line Expansion Module", 12},
    {"7916", "7916 24-Button Line Expansion Module", 24},
    {"CKEM", "CKEM 36-Button Line Expansion Module", 36},
    {"BEKEM", "BEKEM 36-Button Line Expansion Module", 36},
    {"CP-8800-Audio", "CP-8800-Audio 28-Button Key Expansion Module", 28},
    {"CP-8800-Video", "CP-8800-Video 28-Button Key Expansion Module", 28},
};

/* Models that take none have no type. */
static const struct {
    const char *model, *types[3];
    size_t most;
} takers[] = {
    {"Cisco 7811", {NULL}, 0},
    {"Cisco 7821", {NULL}, 0},
    {"Cisco 7832", {NULL}, 0},
    {"Cisco 7841", {NULL}, 0},
    {"Cisco 7861", {NULL}, 0},
    {"Cisco 7906", {NULL}, 0},
    {"Cisco 7911", {NULL}, 0},
    {"Cisco 7925", {NULL}, 0},
    {"Cisco 7931", {NULL}, 0},
    {"Cisco 7940", {NULL}, 0},
    {"Cisco 7941", {NULL}, 0},
    {"Cisco 7941G-GE", {NULL}, 0},
    {"Cisco 7942", {NULL}, 0},
    {"Cisco 7945", {NULL}, 0},
    {"Cisco 7960", {"7914"}, 2},
    {"Cisco 7961G-GE", {"7914"}, 2},
    {"Cisco 7962", {"7914", "7915", "7916"}, 2},
    {"Cisco 7965", {"7914", "7915", "7916"}, 2},
    {"Cisco 7971", {"7914"}, 2},
    {"Cisco 7975", {"7914", "7915", "7916"}, 2},
    {"Cisco 8811", {NULL}, 0},
    {"Cisco 8832", {NULL}, 0},
    {"Cisco 8841", {NULL}, 0},
    {"Cisco 8845", {NULL}, 0},
    {"Cisco 8851", {"BEKEM", "CP-8800-Audio"}, 2},
    {"Cisco 8861", {"BEKEM", "CP-8800-Audio"}, 3},
    {"Cisco 8865", {"BEKEM", "CP-8800-Video"}, 3},
    {"Cisco Unified Client Services Framework", {NULL}, 0},
    {"Third-party SIP Device (Basic)", {NULL}, 0},
    {"Third-party SIP Device (Advanced)", {NULL}, 0},
};

enum { TAKERS = sizeof takers / sizeof takers[0], TYPES = 3 };

const struct sj_expansion_module *sj_expansion_modules(size_t *count) {
    *count = sizeof modules / sizeof modules[0];
    return modules;
}

const struct sj_expansion_module *sj_expansion_module_find(const char *words) {
    const struct sj_expansion_module *found = NULL;
    for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++) {
        if (strcmp(modules[i].name, words) == 0) {
            return &modules[i];
        }
        found = strcmp(modules[i].type, words) == 0 ? &modules[i] : found;
    }
    return found;
}

static bool takes(size_t taker, const char *type) {
    for (size_t i = 0; i < TYPES && takers[taker].types[i] != NULL; i++) {
        if (strcmp(takers[taker].types[i], type) == 0) {
            return true;
        }
    }
    return false;
}

size_t sj_expansion_module_most(const char *model, const char *type) {
    for (size_t i = 0; i < TAKERS; i++) {
        if (strcmp(takers[i].model, model) == 0) {
            return takes(i, type) ? takers[i].most : 0;
        }
    }
    return MOST_IN_A_RECORD;
}

const char *sj_expansion_module_model(const char *type, const char *after) {
    bool passed = after == NULL;
    for (size_t i = 0; i < TAKERS; i++) {
        if (passed && takes(i, type)) {
            return takers[i].model;
        }
        passed = passed || strcmp(takers[i].model, after) == 0;
    }
    return NULL;
}
