/* Form decoding. Pure. */
#include <sojourn/base/form.h>
#include <sojourn/base/hex.h>

size_t sj_form_decode(const char *text, size_t length, char *out) {
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        const int byte = text[i] == '%' && length - i > 2 ? sj_hex_byte(text + i + 1) : -1;
        char c = text[i];
        if (byte >= 0) {
            c = (char)byte;
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        out[count++] = c;
    }
    return count;
}
