/* The emergency matrix as a page; holes are red, what is not known yellow. Pure. */
#include "emergency.h"

void emergency_page(sj_xml_text *page, const sj_dna_emergency_reply *reply) {
    static const char *const headings[] = {"Cluster of the caller",
                                           "Place",
                                           "Caller",
                                           "Dials",
                                           "Gateway",
                                           "Is sent",
                                           "Shows",
                                           "By way of",
                                           "Hole",
                                           "",
                                           NULL};
    static const char *const classes[] = {[EMERGENCY_WAY] = "<tr>",
                                          [EMERGENCY_HOLE] = "<tr class=\"hole\">",
                                          [EMERGENCY_NOT_KNOWN] = "<tr class=\"unknown\">"};
    page_begin(page, "Emergency calls");
    sj_xml_text_element(page, "p", reply->message);
    sj_xml_text_raw(page, "<table>");
    page_headings(page, headings);
    for (size_t i = 0; i < reply->rows_count; i++) {
        const sj_dna_emergency_reply_row *row = &reply->rows[i];
        const enum emergency_way known = emergency_way_of(row->hole);
        sj_xml_text_raw(page, classes[known]);
        page_cell(page, row->cluster_id);
        page_cell(page, row->place);
        page_cell(page, row->caller);
        page_cell(page, row->number);
        page_cell(page, known == EMERGENCY_HOLE ? "none" : row->gateway);
        page_cell(page, row->called_number);
        page_cell(page, row->calling_number);
        page_cell(page, row->remote_cluster_id);
        page_cell(page, row->hole);
        page_cell(page, row->text);
        sj_xml_text_raw(page, "</tr>\n");
    }
    sj_xml_text_raw(page, "</table>\n");
    page_end(page);
}
