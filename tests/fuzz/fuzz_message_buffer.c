/* Messages that are kept: their secrets are found within them, what is left has their length and
 * their lines, and the buffer returns what it was given. */
#include "plugins/callmanager/sip/message_buffer.h"
#include "plugins/callmanager/sip/sip_outline.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct message_buffer *buffer;
    struct sip_outline outline;
    char *message = malloc(size + 1); /* of its own, so that ends are seen */
    if (buffer == NULL) {
        buffer = message_buffer_new(16 * 1024);
    }
    if (message == NULL || buffer == NULL) {
        abort();
    }
    if (size > 0) {
        memcpy(message, data, size);
    }
    sip_outline_read(message, size, &outline);
    const struct kept kept = {.frequent = size % 2 == 1,
                              .dialog = message_buffer_key(outline.call_id),
                              .owner = outline.method,
                              .data = {message, size}};
    char *copy = message_buffer_add(buffer, &kept);
    if (copy != NULL) {
        sip_outline_redact(&outline, copy);
        for (size_t i = 0; i < size; i++) {
            if (copy[i] != message[i] && (copy[i] != 'x' || sip_is_space(message[i]))) {
                abort();
            }
        }
    }
    struct message_walk walk = message_walk_from(buffer, 0);
    uint64_t before = 0;
    for (const struct kept *next; (next = message_walk_next(&walk)) != NULL;) {
        if (next->serial <= before) {
            abort();
        }
        before = next->serial;
    }
    free(message);
    return 0;
}
