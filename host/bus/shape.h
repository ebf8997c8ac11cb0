/* The shape of a declaration, as far as it is compared: two parties of the bus may have been built
 * with different versions of it. */
#ifndef SJ_HOST_BUS_SHAPE_H
#define SJ_HOST_BUS_SHAPE_H

#include <stddef.h>
#include <stdint.h>

#include <sojourn/types.h>

/* What is known of the shape of an event, request or reply while anybody uses it: own copies, since
 * plugins come and go. */
struct shape {
    uint64_t *fingerprints; /* fields + 1 */
    size_t fields, users;
};

/* Compares a party's declaration with what the others use: equal as far as both go. Counts a user;
 * drop each with sj_shape_release. */
int sj_shape_join(struct shape *shape, const sj_record_meta *meta, const char *what,
                  sj_error *error);
void sj_shape_release(struct shape *shape);

/* Do two declarations agree as far as both go? Else SJ_E_VERSION with the sentence. */
int sj_shape_agree(const sj_record_meta *one, const sj_record_meta *other, const char *what,
                   sj_error *error);

#endif
