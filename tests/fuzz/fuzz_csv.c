/* A file for an imported catalog, whatever it holds: the reader stays within it, ends, and its
 * lines go up. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "catalog_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct catalog_file file;
    static struct catalog_object object;
    char why[CSV_WHY_ROOM];
    char *text = calloc(1, size + 1);
    if (text == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(text, data, size);
    }
    size_t line = 0;
    if (catalog_file_begin(&file, text, size, why)) {
        enum csv_result result;
        while ((result = catalog_file_next(&file, &object)) != CSV_END) {
            if (object.line <= line || (result == CSV_WRONG) != (object.why[0] != '\0') ||
                (result == CSV_ROW && object.key[0] == '\0')) {
                abort();
            }
            line = object.line;
        }
    }
    free(text);
    return 0;
}
