/* The same files over HTTP (port 6970), which newer phones try first. */
#ifndef SJ_TFTP_HTTP_FILES_H
#define SJ_TFTP_HTTP_FILES_H

#include "file_source.h"

/* Listens; everything it needs lives in `scope`. */
int http_files_open(sj_scope *scope, struct file_source *files, sj_error *error);

#endif
