/* What others change while a large change is prepared. */
#ifndef HOST_STORE_BULK_REVIEW_H
#define HOST_STORE_BULK_REVIEW_H

#include <stddef.h>

struct store_bulk;
struct store_change;

void store_bulk_note_meanwhile(struct store_bulk *bulk, const struct store_change *changes,
                               size_t count);
void store_bulk_forget_meanwhile(struct store_bulk *bulk);

#endif
