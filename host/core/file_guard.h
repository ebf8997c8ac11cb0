/* Files that others must keep their hands off. One rule for all of them: what is secret belongs to
 * the node alone, what the node obeys cannot be written by everybody. What is too open is refused
 * with the command that helps. */
#ifndef SJ_HOST_CORE_FILE_GUARD_H
#define SJ_HOST_CORE_FILE_GUARD_H

#include <sojourn/error.h>

enum sj_guard {
    SJ_GUARD_SECRET,  /* keys, the pepper, the store: nobody else may read or write it */
    SJ_GUARD_TRUSTED, /* code, the node file, the state directory: not everybody may write it */
};

/* SJ_E_IO with the sentence: path, mode, remedy. A file that is not there is fine. */
int sj_guarded(int file, enum sj_guard guard, const char *path, sj_error *error);
int sj_guarded_path(const char *path, enum sj_guard guard, sj_error *error);

#endif
