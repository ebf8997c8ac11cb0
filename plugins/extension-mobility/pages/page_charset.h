/* The character set of a page: UTF-8, or ISO-8859-1 for old phones that take nothing else. Pure. */
#ifndef EM_PAGE_CHARSET_H
#define EM_PAGE_CHARSET_H

#include "pages/phone_pages.h"

/* The page, which is UTF-8, made into what Accept-Charset takes (NULL: the header is absent);
 * returns its Content-Type. Read leniently: phones send things like "utf-8,;q=0.8". UTF-8 whenever
 * it is accepted or none is named that is known. */
const char *em_page_charset(sj_xml_text *page, const char *accept_charset);

#endif
