/* The TFTP server: for each address of the node one socket that takes requests, and
 * a few from which all transfers are sent. A
 * transfer is known by the client's address and the socket it was given; successive transfers of a
 * client get different ones. */
#ifndef SJ_TFTP_SERVER_H
#define SJ_TFTP_SERVER_H

#include "file_source.h"

struct tftp_server;

struct tftp_server *tftp_server_open(sj_scope *scope, struct file_source *files, sj_error *error);
void tftp_server_close(struct tftp_server *server);

#endif
