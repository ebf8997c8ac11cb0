/* An analysis as a page. Pure. */
#ifndef DNA_ANALYSIS_PAGE_H
#define DNA_ANALYSIS_PAGE_H

#include "dna.h"
#include "page.h"

void analysis_page(sj_xml_text *page, const char *digits, const struct dna_answer *answer);

#endif
