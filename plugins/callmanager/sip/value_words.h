/* What the value of a header says, however it is written: for what must not be said there. Pure. */
#ifndef CALLMANAGER_VALUE_WORDS_H
#define CALLMANAGER_VALUE_WORDS_H

#include "sip/sip_text.h"

enum { SIP_VALUE_MOST = 4096 }; /* longer ones are not read */

/* Whether the value says that word, in any case. Neither blanks and folds, quotes and quoted pairs
 * nor the separators of numbers (-.()) count, in either; percent escapes are read, also such that
 * are escaped themselves. When in doubt it does: when it is too long, or escaped too often. */
bool sip_value_says(struct sip_text value, struct sip_text word);

#endif
