/* What a phone may dial, as rules that tell it when a number is complete (a dial template). Pure.
 *
 * Phones take the rule that has most digits in common with what was dialled. A rule never says "at
 * once" unless no other rule goes on from there, so that no number is sent off half dialled; urgent
 * and emergency ones do so always. */
#ifndef SJ_TFTP_DIAL_RULES_H
#define SJ_TFTP_DIAL_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sojourn/xml_text.h>

enum { DIAL_RULE_ROOM = 72 };

/* Urgent and emergency numbers never wait. Rules of emergency numbers are never left out. */
enum dial_urgency { DIAL_NORMAL, DIAL_URGENT, DIAL_EMERGENCY };

struct dial_rule {
    char match[DIAL_RULE_ROOM]; /* "." a digit, "*" any number of them, "\*" the star key */
    uint64_t hash;              /* of it and the line */
    unsigned line;              /* 1 and so on; 0: all lines */
    enum dial_urgency urgency;
};

struct dial_rules {
    struct dial_rule *rules;
    size_t count, room;
    bool coarse; /* there were too many: of normal ones the first digit and the length are left */
    bool failed; /* out of memory */
};

/* Adds the rules of a dial pattern ("0[1-9]X!", "\+49XXX", "9.112"). */
void dial_rules_add(struct dial_rules *rules, const char *pattern, enum dial_urgency urgency,
                    unsigned line);

/* Writes the template: at most as many bytes as phones read, urgent rules first, and at the end one
 * that lets every other number wait. False: there were too many rules, and some numbers wait that
 * need not. */
bool dial_rules_write(sj_xml_text *out, struct dial_rules *rules, int64_t t302_ms);

void dial_rules_free(struct dial_rules *rules);

#endif
