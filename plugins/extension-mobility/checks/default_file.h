/* XMLDefault.cnf.xml, by which a TFTP server of this program is known: it names the call managers
 * of its cluster. */
#ifndef EM_DEFAULT_FILE_H
#define EM_DEFAULT_FILE_H

#include "em.h"

static const char default_file_name[] = "XMLDefault.cnf.xml";

/* Whether `text`, or what it begins with, is such a file. */
bool em_default_file_is(const char *text);
/* Whether it names a node of this cluster: else phones get the files of another cluster there. */
bool em_default_file_is_own(sj_scope *scope, const char *text);

#endif
