/* For the main of a program: descriptors 0 to 2, which the first files that it opens would take
 * when it was started without them. What it says would go into one of these files then. */
#ifndef SOJOURN_STANDARD_FILES_H
#define SOJOURN_STANDARD_FILES_H

#ifdef __cplusplus
extern "C" {
#endif

/* Opens those that are closed on /dev/null. Call it before anything else. */
void sj_open_standard_files(void);

#ifdef __cplusplus
}
#endif

#endif
