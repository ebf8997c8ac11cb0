/* Two rings, each with heads of one size in one array, so that a search reads no messages, and
 * their texts in another. */
#include "sip/message_buffer.h"

#include <stdlib.h>

enum { FREQUENT_SHARE = 4, TEXT_USUAL = 600 }; /* bytes of the texts of one, for each head */

struct ring {
    struct kept *heads; /* their texts point into these: first the owner, then the data */
    size_t room, first, count;
    char *texts;
    size_t bytes, end; /* the next text begins there, or at 0 */
    int64_t forgotten_ms;
};

struct message_buffer {
    struct ring rings[2]; /* by `frequent` */
    uint64_t serial;      /* of the last one */
};

static struct kept *head_at(const struct ring *ring, size_t index) {
    return &ring->heads[(ring->first + index) % ring->room];
}

/* Where the texts of the oldest begin. */
static size_t first_text(const struct ring *ring) {
    return (size_t)(head_at(ring, 0)->owner.at - ring->texts);
}

static bool ring_open(struct ring *ring, size_t bytes) {
    ring->room = bytes / (sizeof *ring->heads + TEXT_USUAL) + 1;
    ring->bytes = bytes - (ring->room - 1) * sizeof *ring->heads;
    ring->heads = calloc(ring->room, sizeof *ring->heads);
    ring->texts = malloc(ring->bytes);
    return ring->heads != NULL && ring->texts != NULL;
}

struct message_buffer *message_buffer_new(size_t bytes) {
    struct message_buffer *buffer = calloc(1, sizeof *buffer);
    const size_t frequent = bytes / FREQUENT_SHARE;
    if (buffer != NULL && (!ring_open(&buffer->rings[true], frequent) ||
                           !ring_open(&buffer->rings[false], bytes - frequent))) {
        message_buffer_free(buffer);
        return NULL;
    }
    return buffer;
}

void message_buffer_free(struct message_buffer *buffer) {
    for (size_t i = 0; buffer != NULL && i < 2; i++) {
        free(buffer->rings[i].heads);
        free(buffer->rings[i].texts);
    }
    free(buffer);
}

uint64_t message_buffer_key(struct sip_text id) {
    const uint64_t key = sj_hash_keyed(id.at, id.length);
    return key == 0 ? 1 : key;
}

static void forget_first(struct ring *ring) {
    ring->forgotten_ms = head_at(ring, 0)->at_ms;
    ring->first = (ring->first + 1) % ring->room;
    ring->count--;
}

/* Where so many bytes fit in one piece; what stands there is forgotten. The texts stand one behind
 * the other, the oldest behind `end`. */
static size_t make_room(struct ring *ring, size_t length) {
    if (ring->count == ring->room) {
        forget_first(ring);
    }
    if (ring->end + length > ring->bytes) { /* to the beginning: what stands up to the end goes */
        while (ring->count > 0 && first_text(ring) >= ring->end) {
            forget_first(ring);
        }
        ring->end = 0;
    }
    while (ring->count > 0 && first_text(ring) >= ring->end &&
           first_text(ring) < ring->end + length) {
        forget_first(ring);
    }
    if (ring->count == 0) {
        ring->end = 0;
    }
    return ring->end;
}

char *message_buffer_add(struct message_buffer *buffer, const struct kept *kept) {
    struct ring *ring = &buffer->rings[kept->frequent];
    const size_t owner =
        kept->owner.length < KEPT_OWNER_MAX ? kept->owner.length : (size_t)KEPT_OWNER_MAX;
    const size_t length = owner + kept->data.length;
    if (length > ring->bytes) {
        return NULL;
    }
    const size_t at = make_room(ring, length);
    char *text = ring->texts + at;
    struct kept *head = head_at(ring, ring->count++);
    *head = *kept;
    head->serial = ++buffer->serial;
    if (owner > 0) {
        memcpy(text, kept->owner.at, owner);
    }
    if (kept->data.length > 0) {
        memcpy(text + owner, kept->data.at, kept->data.length);
    }
    head->owner = (struct sip_text){text, owner};
    head->data = (struct sip_text){text + owner, kept->data.length};
    ring->end = at + length;
    return text + owner;
}

/* The index of the first whose serial is not below; serials rise. */
static size_t search(const struct ring *ring, uint64_t serial) {
    size_t low = 0, high = ring->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (head_at(ring, middle)->serial < serial) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct message_walk message_walk_from(const struct message_buffer *buffer, uint64_t from) {
    return (struct message_walk){
        buffer, {search(&buffer->rings[0], from), search(&buffer->rings[1], from)}};
}

const struct kept *message_walk_next(struct message_walk *walk) {
    const struct kept *next = NULL;
    size_t taken = 0;
    for (size_t i = 0; i < 2; i++) {
        const struct ring *ring = &walk->buffer->rings[i];
        const struct kept *head = walk->at[i] < ring->count ? head_at(ring, walk->at[i]) : NULL;
        if (head != NULL && (next == NULL || head->serial < next->serial)) {
            next = head;
            taken = i;
        }
    }
    walk->at[taken] += next == NULL ? 0 : 1;
    return next;
}

int64_t message_buffer_forgotten_ms(const struct message_buffer *buffer, bool frequent) {
    return buffer->rings[frequent].forgotten_ms;
}
