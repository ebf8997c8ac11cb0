/* Location documents that come with calls: read, written, read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/callmanager/media/pidf_lo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(const sj_civic_address *a, const sj_civic_address *b) {
    const char *const *left = (const char *const *)(const void *)a,
                      *const *right = (const char *const *)(const void *)b;
    for (size_t i = 0; i < sizeof *a / sizeof(char *); i++) {
        if (strcmp(left[i], right[i]) != 0) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct pidf_lo_about about = {"sip:1@x", "p1", 1790000000000};
    struct pidf_lo_place place, again;
    sj_civic_address all;
    char words[64];
    const char *why = "";
    if (!pidf_lo_read((const char *)data, size, &place, &why)) {
        if (why[0] == '\0') {
            abort();
        }
        return 0;
    }
    pidf_lo_words(&place.address, words, sizeof words);
    if (pidf_lo_reduce(&place.address, NULL, &all)) {
        sj_xml_text text = {0};
        pidf_lo_write(&text, &all, &about);
        if (text.failed ||
            (text.length <= PIDF_LO_MAX && !pidf_lo_read(text.data, text.length, &again, &why))) {
            abort();
        }
        if (text.length <= PIDF_LO_MAX) {
            same(&place.address, &again.address);
        }
        sj_xml_text_free(&text);
    }
    return 0;
}
