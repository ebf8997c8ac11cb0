/* What a login would give a traveller at a place, for the parts of `sojourn emcc check`. */
#ifndef EM_CHECK_SPACES_H
#define EM_CHECK_SPACES_H

#include <stddef.h>

struct em_check_spaces {
    const char *user_id, *const *names; /* calling search spaces, in their order */
    size_t count;
    const char *adjunct, *device_pool; /* "": none */
};

#endif
