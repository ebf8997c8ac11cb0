/* Lays masks over numbers. */
#include <sojourn/number_mask.h>

#include <string.h>

void sj_number_mask(const char *mask, const char *number, char *result, size_t room) {
    size_t length = 0;
    size_t left = strlen(number);
    for (size_t i = strlen(mask); i > 0 && length + 1 < room; i--) {
        const char place = mask[i - 1];
        if (place == '\\') {
            continue; /* of "\+" */
        }
        if (place != 'X' && place != 'x') {
            result[length++] = place;
            left -= left > 0 ? 1 : 0;
        } else if (left > 0) {
            result[length++] = number[--left];
        }
    }
    for (size_t i = 0; i < length / 2; i++) { /* it was written from its end */
        const char swapped = result[i];
        result[i] = result[length - 1 - i];
        result[length - 1 - i] = swapped;
    }
    result[length] = '\0';
}
