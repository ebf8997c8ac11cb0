/* The node file on the disk, and which one a worker runs with: the one that stands there, or, after
 * a crash with a file that is being edited, the last one that the node served with. That one is
 * kept in the memory shared with the supervisor. */
#ifndef SJ_HOST_NODE_NODE_FILE_CHOICE_H
#define SJ_HOST_NODE_NODE_FILE_CHOICE_H

#include "host/node/node_file.h"

#include <sojourn/base/text.h>

/* The text of a node file (free it with sj_text_clear). False after a problem: it cannot be read,
 * it is too large, or everybody could have written it. */
bool sj_node_file_text(const char *file, sj_text *text, sj_config_problem problem, void *user);

/* What can only be known on this machine: are the directories there? Makes nothing. Returns the
 * number of problems. */
size_t sj_node_file_check_places(const struct config *config, sj_config_problem problem,
                                 void *user);

/* As sj_config_read. When the file has problems and another one was served with, they are told, and
 * that one is taken. */
size_t sj_node_file_load(struct config *config, const char *file, sj_config_problem problem,
                         void *user);

/* The node serves with what was loaded last. */
void sj_node_file_served(void);

#endif
