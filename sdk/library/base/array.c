/* Room in arrays that grow. Touches nothing but the heap. */
#include <sojourn/base/array.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 8 };

bool sj_array_room(void *items, size_t *room, size_t count, size_t size) {
    const size_t most = SIZE_MAX / 2 / size;
    void *array = NULL;
    if (count <= *room) {
        return true;
    }
    if (count > most) {
        return false;
    }
    size_t wanted = *room == 0 ? FIRST_ROOM : *room * 2;
    wanted = wanted < count ? count : wanted > most ? most : wanted;
    memcpy(&array, items, sizeof array); /* whatever type of pointer it is */
    array = realloc(array, wanted * size);
    if (array == NULL) {
        return false;
    }
    memcpy(items, &array, sizeof array);
    *room = wanted;
    return true;
}
