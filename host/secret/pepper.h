/* The pepper: the key that goes into each hash of a PIN or password, kept in
 * <state directory>/secret.key and not in the store, readable by the node alone. */
#ifndef HOST_SECRET_PEPPER_H
#define HOST_SECRET_PEPPER_H

#include <sojourn/error.h>

struct node;

enum { SJ_PEPPER = 32 };

/* The node's pepper, made at the first start; without a state directory it is a new one each time.
 * An error when the store has hashes and the file is missing, empty, or of another store, unless
 * the operator made the file "forget-secrets". */
int sj_pepper_find(struct node *node, unsigned char pepper[SJ_PEPPER], sj_error *error);

#endif
