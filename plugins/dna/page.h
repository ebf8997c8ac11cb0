/* Pages for a browser: one document without anything from elsewhere. Pure. */
#ifndef DNA_PAGE_H
#define DNA_PAGE_H

#include <sojourn/xml_text.h>

void page_begin(sj_xml_text *page, const char *title);
void page_end(sj_xml_text *page);
/* <td>value</td>, or the same of another element. */
void page_cell(sj_xml_text *page, const char *value);
/* A row of headings; ends with NULL. */
void page_headings(sj_xml_text *page, const char *const *headings);

#endif
