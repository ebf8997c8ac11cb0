/* The password by which clusters join: what argon2id makes of it, in a file of the node's. */
#ifndef ILS_JOIN_PASSWORD_H
#define ILS_JOIN_PASSWORD_H

#include "joining.h"

int ils_password_open(struct ils_service *service, sj_error *error);
/* Forgets it in memory. */
void ils_password_close(struct ils_service *service);
/* Keeps what has proved to be right. */
void ils_password_keep(struct ils_service *service, const uint8_t salt[JOIN_SALT],
                       const uint8_t key[JOIN_KEY]);

/* What is to be known of it, a sentence each, at most `most`: hubs that let clusters join by
 * another one, and who came by a former one. */
size_t ils_password_findings(struct ils_service *service, char (*sentences)[ILS_REASON_ROOM],
                             size_t most);

#endif
