/* Node files: any text is read or refused with sentences. */
#include <stddef.h>
#include <stdint.h>

#include "host/node/node_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *user, const char *sentence) {
    (void)user;
    (void)sentence;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct config config;
    (void)sj_config_read(&config, "node.lua", (const char *)data, size, ignore, NULL);
    sj_config_free(&config);
    return 0;
}
