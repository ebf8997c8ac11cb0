/* Calls with a file URL, on a thread. */
#ifndef SJ_HOST_HTTP_CLIENT_FILE_URL_H
#define SJ_HOST_HTTP_CLIENT_FILE_URL_H

#include "host/http/client/fetch.h"

int sj_file_url_begin(struct fetch *fetch, sj_error *error);
void sj_file_url_cancel(struct fetch *fetch);

/* Sorts the names of a listing, one a line, and leaves out "." and "..", and files that are still
 * being written. */
int sj_fetch_sort_names(struct bytes *names);

#endif
