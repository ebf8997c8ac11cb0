/* Characters that cannot be seen. Pure. */
#include "host/record/invisible.h"

#include <string.h>

#include <sojourn/base/utf8.h>

static const struct {
    uint32_t first, last;
} ranges[] = {
    {0x00, 0x1f},
    {0x7f, 0x9f}, /* control characters */
    {0xad, 0xad}, /* soft hyphen */
    {0x61c, 0x61c},
    {0x180e, 0x180e}, /* Arabic letter mark, Mongolian vowel separator */
    {0x200b, 0x200b},
    {0x200e, 0x200f}, /* zero width space, direction marks */
    {0x2028, 0x202e}, /* separators of lines and paragraphs, embeddings and overrides */
    {0x2060, 0x206f},
    {0xfeff, 0xfeff}, /* word joiner, isolates, deprecated marks, byte order mark */
    {0xfff9, 0xfffb},
    {0xe0000, 0xe007f}, /* annotations, tags */
};

size_t sj_invisible(const char *at, uint32_t *point) {
    size_t length = sj_utf8_decode(at, SIZE_MAX, point);
    for (size_t i = 0; length > 0 && i < sizeof ranges / sizeof ranges[0]; i++) {
        if (*point >= ranges[i].first && *point <= ranges[i].last) {
            return length;
        }
    }
    return 0;
}

const char *sj_invisible_find(const char *text, uint32_t *point) {
    for (; *text != '\0'; text++) {
        if (((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f) &&
            sj_invisible(text, point) > 0) {
            return text;
        }
    }
    return NULL;
}

bool sj_invisible_joiner(const char *text) {
    return strstr(text, "\xe2\x80\x8c") != NULL || strstr(text, "\xe2\x80\x8d") != NULL;
}
