/* Room in arrays that grow: the number of items doubles, its size in bytes is checked. Pure.
 *
 *     struct list {
 *         struct hop *hops;
 *         size_t count, room;
 *     };
 *     if (!sj_array_room(&list->hops, &list->room, list->count + 1, sizeof *list->hops)) {
 *         return SJ_E_NO_MEMORY;
 *     }
 *     list->hops[list->count++] = hop;
 *
 * NULL with room 0 is an empty array. The array comes from malloc and belongs to the caller, who
 * frees it with free(). Pointers into it are valid until the next call. */
#ifndef SOJOURN_BASE_ARRAY_H
#define SOJOURN_BASE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Makes room for at least `count` items of `size` bytes each. `items` is the address of the pointer
 * to the array, `*room` is how many items there is room for; both change when the array has to
 * grow. What is added is not initialised. False: no memory, and nothing has changed. */
bool sj_array_room(void *items, size_t *room, size_t count, size_t size);

#ifdef __cplusplus
}
#endif
#endif
