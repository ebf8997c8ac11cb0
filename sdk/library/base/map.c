/* Linear hashing over embedded links. Pure. */
#include <sojourn/base/array.h>
#include <sojourn/base/map.h>

#include <stdlib.h>

enum { FEW = 4 };

static sj_map_link **bucket_of(sj_map *map, uint64_t hash) {
    if (map->buckets == NULL) {
        return &map->few;
    }
    size_t index = (size_t)hash & map->mask;
    index = index < map->buckets_count ? index : index & map->mask >> 1;
    map->lowest = index < map->lowest ? index : map->lowest;
    return &map->buckets[index];
}

/* Moves those that belong into another bucket to its end, in their order. */
static void split(sj_map_link **from, sj_map_link **to, size_t mask, size_t index) {
    while (*from != NULL) {
        sj_map_link *link = *from;
        if (((size_t)link->hash & mask) == index) {
            *from = link->next;
            link->next = NULL;
            *to = link;
            to = &link->next;
        } else {
            from = &link->next;
        }
    }
}

/* For one bucket more. */
static bool make_room(sj_map *map) {
    return sj_array_room(&map->buckets, &map->room, map->buckets_count + 1, sizeof(void *));
}

static void make_first_buckets(sj_map *map) {
    if (make_room(map)) {
        map->buckets_count = 1;
        map->mask = 1;
        map->buckets[0] = map->few;
        map->few = NULL;
        map->lowest = 0;
    }
}

/* One bucket more, to which those of one that stands before it move. */
static void grow(sj_map *map) {
    const size_t index = map->buckets_count;
    if (!make_room(map)) {
        return; /* longer chains, no loss */
    }
    map->buckets[index] = NULL;
    split(&map->buckets[index & map->mask >> 1], &map->buckets[index], map->mask, index);
    map->buckets_count++;
    if (map->buckets_count > map->mask) {
        map->mask = map->mask * 2 + 1;
    }
}

void sj_map_add(sj_map *map, sj_map_link *link, uint64_t hash) {
    map->count++;
    if (map->buckets == NULL && map->count > FEW) {
        make_first_buckets(map);
    }
    /* Two buckets for each thing; a map that had no memory for a while catches up. */
    for (int i = 0; i < 4 && map->buckets != NULL && map->buckets_count / 2 < map->count; i++) {
        grow(map);
    }
    sj_map_link **bucket = bucket_of(map, hash);
    link->hash = hash;
    link->next = *bucket;
    *bucket = link;
}

bool sj_map_remove(sj_map *map, sj_map_link *link) {
    for (sj_map_link **at = bucket_of(map, link->hash); *at != NULL; at = &(*at)->next) {
        if (*at == link) {
            *at = link->next;
            link->next = NULL;
            map->count--;
            return true;
        }
    }
    return false;
}

static sj_map_link *bucket_at(const sj_map *map, size_t index) {
    return map->buckets == NULL ? map->few : map->buckets[index];
}

sj_map_link *sj_map_walk(const sj_map *map, sj_map_place *place) {
    const size_t count = map->buckets == NULL ? 1 : map->buckets_count;
    sj_map_link *link = place->next;
    while (link == NULL && place->bucket < count) {
        link = bucket_at(map, place->bucket++);
    }
    place->next = link == NULL ? NULL : link->next;
    return link;
}

sj_map_link *sj_map_take_any(sj_map *map) {
    sj_map_link *link = NULL;
    for (size_t i = map->lowest; map->count > 0 && link == NULL; i++) {
        link = bucket_at(map, i);
        map->lowest = i;
    }
    if (link != NULL) {
        (void)sj_map_remove(map, link);
    }
    return link;
}

void sj_map_clear(sj_map *map) {
    free(map->buckets);
    *map = (sj_map){0};
}
