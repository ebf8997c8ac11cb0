/* Plugin files: the ELF reader, and then the text that it found; or the bytes as that text. */
#include <stddef.h>
#include <stdint.h>

#include "host/plugin/elf.h"
#include "host/plugin/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct elf_facts facts;
    struct manifest manifest;
    sj_error error;
    if (sj_elf_read(data, size, &facts, &error) == SJ_OK) {
        (void)sj_manifest_read(&manifest, facts.text, facts.text_length, &error);
    } else if (sj_manifest_read(&manifest, (const char *)data, size, &error) == SJ_OK) {
        (void)sj_manifest_fits(&manifest, &error);
    }
    return 0;
}
