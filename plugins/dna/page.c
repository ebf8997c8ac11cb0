/* The frame of pages. Pure. */
#include "page.h"

static const char style[] =
    "body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:70em;padding:0 1em;"
    "color:#1b2631;background:#fff}"
    "table{border-collapse:collapse;margin:.6em 0 1.4em}"
    "th,td{border:1px solid #ccd1d1;padding:.25em .6em;text-align:left;vertical-align:top}"
    "th{background:#f2f4f4}ul{list-style:none;padding-left:1.3em;margin:.1em 0}"
    "li{margin:.15em 0}code{font:14px ui-monospace,monospace}"
    ".kind{color:#5d6d7e;font-size:.85em;margin-right:.5em}"
    ".match>code,.outcome>code{font-weight:bold}.beaten,.longer,.partition{color:#5d6d7e}"
    ".hole{background:#f5b7b1;color:#78281f}.routes{background:#d5f5e3}"
    ".waits,.unknown{background:#fcf3cf}";

void page_begin(sj_xml_text *page, const char *title) {
    sj_xml_text_raw(page, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>");
    sj_xml_text_element(page, "title", title);
    sj_xml_text_raw(page, "<style>");
    sj_xml_text_raw(page, style);
    sj_xml_text_raw(page, "</style></head><body>\n");
    sj_xml_text_element(page, "h1", title);
}

void page_end(sj_xml_text *page) {
    sj_xml_text_raw(page, "</body></html>");
}

void page_cell(sj_xml_text *page, const char *value) {
    sj_xml_text_element(page, "td", value);
}

void page_headings(sj_xml_text *page, const char *const *headings) {
    sj_xml_text_raw(page, "<tr>");
    for (; *headings != NULL; headings++) {
        sj_xml_text_element(page, "th", *headings);
    }
    sj_xml_text_raw(page, "</tr>\n");
}
