/* Writes an analysis as a page: the result, each digit, where it goes, and the course as a tree.
 * Pure. */
#include "analysis_page.h"

static void put_fact(sj_xml_text *page, const char *name, const char *value) {
    if (value[0] != '\0') {
        sj_xml_text_raw(page, "<tr>");
        sj_xml_text_element(page, "th", name);
        page_cell(page, value);
        sj_xml_text_raw(page, "</tr>\n");
    }
}

static void put_result(sj_xml_text *page, const sj_call_analyse_reply *reply) {
    const struct dna_numbers numbers = dna_numbers_of(reply);
    sj_xml_text_element(page, "p", reply->explanation);
    sj_xml_text_raw(page, "<table>");
    put_fact(page, "Outcome", reply->outcome);
    put_fact(page, "Pattern", reply->pattern);
    put_fact(page, "Partition", reply->partition);
    put_fact(page, "Calling search space", reply->calling_search_space);
    put_fact(page, "Called number", numbers.called);
    put_fact(page, "Calling number", numbers.calling);
    sj_xml_text_raw(page, "</table>\n");
}

static void put_prefixes(sj_xml_text *page, const sj_call_analyse_reply *reply) {
    static const char *const headings[] = {
        "Digits", "State", "Pattern", "Partition", "Could match after more", "", NULL};
    if (reply->prefixes_count == 0) {
        return;
    }
    sj_xml_text_raw(page, "<h2>Digit by digit</h2>\n<table>");
    page_headings(page, headings);
    for (size_t i = 0; i < reply->prefixes_count; i++) {
        const sj_dialled_prefix *prefix = &reply->prefixes[i];
        sj_xml_text_raw(page, "<tr");
        sj_xml_text_attribute(page, "class", prefix->state);
        sj_xml_text_raw(page, ">");
        page_cell(page, prefix->digits);
        page_cell(page, prefix->state);
        page_cell(page, prefix->pattern);
        page_cell(page, prefix->partition);
        sj_xml_text_format(page, "<td>%lld</td>", (long long)prefix->could_match);
        page_cell(page, prefix->text);
        sj_xml_text_raw(page, "</tr>\n");
    }
    sj_xml_text_raw(page, "</table>\n");
}

static void put_destinations(sj_xml_text *page, const sj_call_analyse_reply *reply) {
    static const char *const headings[] = {
        "Device", "Called number", "Calling number", "Address", "Cluster", "", NULL};
    if (reply->destinations_count == 0) {
        return;
    }
    sj_xml_text_raw(page, "<h2>Where it goes, in this order</h2>\n<table>");
    page_headings(page, headings);
    for (size_t i = 0; i < reply->destinations_count; i++) {
        const sj_call_destination *destination = &reply->destinations[i];
        sj_xml_text_raw(page, "<tr>");
        page_cell(page, destination->device);
        page_cell(page, destination->called_number);
        page_cell(page, destination->calling_number);
        page_cell(page, destination->address);
        page_cell(page, destination->remote_cluster_id);
        page_cell(page, destination->text);
        sj_xml_text_raw(page, "</tr>\n");
    }
    sj_xml_text_raw(page, "</table>\n");
}

static void put_step(sj_xml_text *page, const sj_routing_step *step) {
    const char *kind = sj_routing_step_kind_text(step->kind);
    sj_xml_text_raw(page, "<li");
    sj_xml_text_attribute(page, "class", kind);
    sj_xml_text_raw(page, "><span class=\"kind\">");
    sj_xml_text_escaped(page, kind);
    sj_xml_text_raw(page, "</span>");
    sj_xml_text_element(page, "code", step->subject);
    if (step->before[0] != '\0' || step->after[0] != '\0') {
        sj_xml_text_format(page, " ");
        sj_xml_text_element(page, "code", step->before);
        sj_xml_text_raw(page, " → ");
        sj_xml_text_element(page, "code", step->after);
    }
    sj_xml_text_raw(page, " ");
    sj_xml_text_escaped(page, step->text);
}

static void put_course(sj_xml_text *page, const struct dna_answer *answer) {
    int64_t open = -1; /* lists that are open, but for one */
    sj_xml_text_raw(page, "<h2>How it was decided</h2>\n");
    for (size_t i = 0; i < answer->steps_count; i++) {
        const int64_t depth = answer->steps[i].depth < open + 1 ? answer->steps[i].depth : open + 1;
        for (; open > depth; open--) {
            sj_xml_text_raw(page, "</li></ul>\n");
        }
        if (open == depth) {
            sj_xml_text_raw(page, "</li>\n");
        } else {
            sj_xml_text_raw(page, "<ul>");
            open++;
        }
        put_step(page, &answer->steps[i]);
    }
    for (; open >= 0; open--) {
        sj_xml_text_raw(page, "</li></ul>\n");
    }
}

void analysis_page(sj_xml_text *page, const char *digits, const struct dna_answer *answer) {
    char title[350];
    (void)snprintf(title, sizeof title, "What %s does", digits);
    page_begin(page, title);
    put_result(page, answer->reply);
    put_prefixes(page, answer->reply);
    put_destinations(page, answer->reply);
    put_course(page, answer);
    page_end(page);
}
