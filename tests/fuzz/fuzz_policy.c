/* Policy files: whatever the text is, loading it ends, keeps to its memory and its budget, and a
 * version that was loaded can be asked. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/policy/version.h"
#include "tests/unit/policy_hooks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const sj_policy_meta *const metas[] = {&try_meta, NULL};
    static const struct sj_sandbox_limits limits = {1u << 20, 20000, 1000000};
    struct sj_version *version;
    sj_error error;
    if (sj_version_load("fuzz.lua", (const char *)data, size, &(struct sj_hook_list){metas},
                        &limits, true, NULL, NULL, &version, &error) == SJ_OK) {
        struct try_output output = {.allowed = true, .reason = ""};
        struct sj_arena arena = {0};
        struct sj_fault fault;
        for (int i = 0; i < 3; i++) {
            (void)sj_version_ask(version, &version->hooks[0], &try_example,
                                 try_input_meta.fields_count, &output, sizeof output, &arena, NULL,
                                 &fault);
            if (output.reason == NULL || output.spaces_count > 3 || output.minutes < 0 ||
                output.minutes > 1000 || output.level > 2) {
                abort();
            }
        }
        if (version->sandbox->peak > limits.bytes) {
            abort();
        }
        sj_arena_free(&arena);
        sj_version_drop(version);
    } else if (error.text[0] == '\0') {
        abort();
    }
    return 0;
}
