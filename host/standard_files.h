/* Descriptors 0 to 2, which the first files that a program opens would take when it was started without them. */
#ifndef SJ_HOST_STANDARD_FILES_H
#define SJ_HOST_STANDARD_FILES_H

/* Opens those that are closed on /dev/null. Call it before anything else. */
void sj_open_standard_files(void);

#endif
