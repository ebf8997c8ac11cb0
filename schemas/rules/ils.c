/* Rules of the Intercluster Lookup Service: what a cluster advertises leads to it, and what it does
 * not want can be learned at all. */
#include "rules/rules.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <sojourn/number_mask.h>
#include <sojourn/words.h>

#include "resources/ils.h"
#include "resources/node.h"
#include "resources/remote_cluster.h"

#define DIGITS "0123456789"

enum { KEY_ROOM = 256, NUMBER_ROOM = 120 };

/* The catalogs, or an empty list. */
static sj_list catalogs_of(const struct sj_rule_check *check) {
    const sj_list *list = NULL;
    return check->list(check->user, &sj_imported_catalog_meta, NULL, &list) == SJ_OK
               ? *list
               : (sj_list){NULL, 0};
}

/* Two of one route string would be one: letters differ in no domain. */
static void check_own_route(const struct sj_rule_check *check, const char *route) {
    const sj_list list = catalogs_of(check);
    for (size_t i = 0; i < list.count; i++) {
        const sj_imported_catalog *catalog = list.records[i];
        if (route[0] != '\0' && strcasecmp(catalog->route_string, route) == 0) {
            sj_rule_tell(check, sj_rule_field("advertised_route_string"),
                         "expected a route string of this cluster alone, got \"%s\", which is that "
                         "of the imported catalog \"%s\"",
                         route, catalog->name);
        }
    }
}

/* Whether a remote cluster record has this name: another cluster may stand at the same address. */
static bool is_of_remote_cluster(const struct sj_rule_check *check, const char *name) {
    const sj_query query = {.field = "fully_qualified_name", .value = name, .limit = 1};
    const sj_list *list = NULL;
    return check->list(check->user, &sj_remote_cluster_meta, &query, &list) == SJ_OK &&
           list->count > 0;
}

/* Who registers with a node of its own cluster waits for an answer for ever. */
static void check_registration_server(const struct sj_rule_check *check, const char *server) {
    const char *own = check->node->cluster_id;
    const sj_list *nodes = NULL;
    bool is_own = own != NULL && strcmp(server, own) == 0;
    if (server[0] == '\0' || (!is_own && is_of_remote_cluster(check, server)) ||
        check->list(check->user, &sj_cluster_node_meta, NULL, &nodes) != SJ_OK) {
        return;
    }
    for (size_t i = 0; i < nodes->count; i++) {
        const sj_cluster_node *node = nodes->records[i];
        is_own =
            is_own || strcasecmp(server, node->name) == 0 || strcasecmp(server, node->address) == 0;
    }
    if (is_own) {
        sj_rule_tell(check, sj_rule_field("registration_server"),
                     "expected a hub of another cluster, got \"%s\", which is this cluster; the "
                     "first hub has none",
                     server);
    }
}

void sj_rule_ils_configuration(const struct sj_rule_check *check, const void *record) {
    const sj_ils_configuration *ils = record;
    if (ils->role == SJ_ILS_ROLE_SPOKE && ils->registration_server[0] == '\0') {
        sj_rule_tell(check, sj_rule_field("registration_server"),
                     "expected the hub that a spoke registers with, got nothing");
    }
    check_registration_server(check, ils->registration_server);
    check_own_route(check, ils->advertised_route_string);
    if (ils->exchange_dial_plan && ils->advertised_route_string[0] == '\0') {
        sj_rule_tell(check, sj_rule_field("advertised_route_string"),
                     "expected the route string by which the others reach what this cluster "
                     "advertises, got nothing");
    }
}

/* A role that a file leaves out is standalone. */
void sj_rule_ils_leaves(const struct sj_rule_check *check, const void *record) {
    const sj_ils_configuration *ils = record;
    const void *found = NULL;
    if (check->find(check->user, &sj_ils_configuration_meta, "default", &found) != SJ_OK) {
        return;
    }
    const sj_ils_role before = ((const sj_ils_configuration *)found)->role;
    if (before != SJ_ILS_ROLE_STANDALONE && ils->role == SJ_ILS_ROLE_STANDALONE) {
        sj_rule_tell(check, sj_rule_field("role"),
                     "leaves the ILS network as %s: the others take out what this cluster has "
                     "advertised, and it forgets what it has learned; role = \"%s\" keeps it there",
                     sj_ils_role_text(before), sj_ils_role_text(before));
    }
}

/* A number over the PSTN: digits, whatever stands beside them, and behind a + nothing else. */
static void check_failover(const struct sj_rule_check *check, const char *number) {
    const char *plus = strrchr(number, '+');
    if (number[0] != '\0' && (strpbrk(number, DIGITS) == NULL ||
                              (plus != NULL && (plus[1] == '\0' || strpbrk(plus, "*#") != NULL ||
                                                strchr(number, '+') != plus)))) {
        sj_rule_tell(check, sj_rule_field("pstn_failover"),
                     "expected the number as it is dialled here, such as +49301234 or 90301234, or "
                     "nothing for none, got \"%s\"",
                     number);
    }
}

static void check_user_part(const struct sj_rule_check *check, const char *user) {
    if (strpbrk(user, " #^`{}|[]?@") != NULL) {
        sj_rule_tell(check, sj_rule_field("user"),
                     "expected the user part of a URI without blanks and # ^ ` { } | [ ] ? @, got "
                     "\"%s\"",
                     user);
    }
}

static void plain_domain(const void *record, char text[SJ_RULE_SAME_ROOM]) {
    sj_rule_lower(((const sj_directory_uri *)record)->host, text, SJ_RULE_SAME_ROOM);
}

void sj_rule_directory_uri(const struct sj_rule_check *check, const void *record) {
    const sj_directory_uri *uri = record;
    const sj_query of_user = {.field = "user", .value = uri->user};
    check_user_part(check, uri->user);
    check_failover(check, uri->pstn_failover);
    const sj_directory_uri *other =
        sj_rule_twin(check, &sj_directory_uri_meta, &of_user, plain_domain, uri);
    if (other != NULL) {
        sj_rule_tell(check, sj_rule_field("host"),
                     "expected another domain than that of \"%s@%s\", which is the same URI, "
                     "got \"%s\"",
                     other->user, other->host, uri->host);
    }
    if (uri->directory_number[0] != '\0' && uri->end_user[0] != '\0') {
        sj_rule_tell(check, sj_rule_field("end_user"),
                     "expected either a directory number or a user, got both, \"%s\" and \"%s\"",
                     uri->directory_number, uri->end_user);
    } else if (uri->directory_number[0] == '\0' && uri->end_user[0] == '\0') {
        sj_rule_tell(check, sj_rule_field("directory_number"),
                     "expected the directory number where calls to \"%s@%s\" ring, or in end_user "
                     "the user whose it is, got neither: nothing would ring",
                     uri->user, uri->host);
    }
}

/* What a mask leaves of a directory number is a number that others can dial, and another one. */
void sj_rule_alternate_number(const struct sj_rule_check *check, const void *record) {
    const sj_alternate_number *alternate = record;
    const char *dialled = alternate->directory_number, *mask = alternate->mask;
    const char *first = strpbrk(mask, "Xx");
    const struct sj_rule_place here = sj_rule_field("mask");
    char number[NUMBER_ROOM];
    if (mask[0] == '\0' || dialled[0] == '\0') {
        return; /* told already */
    }
    sj_number_mask(mask, dialled, number, sizeof number);
    const bool plus = number[0] == '+';
    const size_t digits = strspn(number + plus, plus ? DIGITS : DIGITS "*#");
    if (first != NULL && strlen(first) > strlen(dialled)) {
        sj_rule_tell(check, here,
                     "expected no more behind the first X than the %zu digit%s of \"%s\", got "
                     "\"%s\": an X without a digit stands for nothing",
                     strlen(dialled), sj_plural((int64_t)strlen(dialled)), dialled, mask);
    } else if (digits == 0 || number[plus + digits] != '\0') {
        sj_rule_tell(check, here,
                     "expected a mask that makes a number of \"%s\", of digits, * and #, or of "
                     "digits behind a +, got \"%s\", which makes \"%s\"",
                     dialled, mask, number);
    } else if (strcmp(number, dialled) == 0 && alternate->add_to_local_route_partition) {
        sj_rule_tell(check, here,
                     "expected a mask that makes another number of \"%s\", got \"%s\", which makes "
                     "the same: to advertise the number as it is, give false in "
                     "add_to_local_route_partition",
                     dialled, mask);
    }
    check_failover(check, alternate->pstn_failover);
}

/* The shortest number that a pattern stands for has as many characters as the pattern. */
static void check_stripped(const struct sj_rule_check *check, const char *pattern, int64_t strip,
                           const char *prepend) {
    const int64_t length = (int64_t)strlen(pattern);
    const char *plus = strchr(prepend, '+');
    if (strip > length) {
        sj_rule_tell(check, sj_rule_field("strip_digits"),
                     "expected %lld or less, since the shortest number of \"%s\" has no more, got "
                     "%lld",
                     (long long)length, pattern, (long long)strip);
    } else if (strip == length && strpbrk(prepend, DIGITS) == NULL) {
        sj_rule_tell(check, sj_rule_field("prepend_digits"),
                     "expected what is dialled in the place of the %lld digits of \"%s\" that "
                     "go, got \"%s\"",
                     (long long)strip, pattern, prepend);
    } else if (plus != NULL &&
               (strpbrk(plus + 1, "+*#") != NULL || (pattern[0] == '+' && strip == 0))) {
        sj_rule_tell(check, sj_rule_field("prepend_digits"),
                     "expected one + at most, with nothing but digits behind it, got \"%s\" before "
                     "what is left of \"%s\"",
                     prepend, pattern);
    }
}

static void check_pattern(const struct sj_rule_check *check, const char *pattern,
                          sj_ils_pattern_failover failover, int64_t strip, const char *prepend) {
    if (pattern[0] == '\0') {
        return; /* told already */
    }
    if (pattern[0] == '+' && (pattern[1] == '\0' || strpbrk(pattern, "*#") != NULL)) {
        sj_rule_tell(check, sj_rule_field("pattern"),
                     "expected digits and X behind the + of +E.164, got \"%s\"", pattern);
    } else if (strchr(pattern, '!') != NULL && strpbrk(pattern, DIGITS "*#") == NULL) {
        sj_rule_tell(check, sj_rule_field("pattern"),
                     "expected the digits in front by which no other cluster's numbers begin, such "
                     "as 83! or +4930!, got \"%s\", which claims everybody's",
                     pattern);
    }
    if (failover != SJ_ILS_PATTERN_FAILOVER_STRIP_AND_PREPEND &&
        (strip > 0 || prepend[0] != '\0')) {
        sj_rule_tell(check, sj_rule_field("pstn_failover"),
                     "expected strip_and_prepend where digits are stripped or prepended, got "
                     "another setting");
    }
    check_stripped(check, pattern, strip, prepend);
}

void sj_rule_advertised_pattern(const struct sj_rule_check *check, const void *record) {
    const sj_advertised_pattern *one = record;
    check_pattern(check, one->pattern, one->pstn_failover, one->strip_digits, one->prepend_digits);
}

static void plain_name(const void *record, char text[SJ_RULE_SAME_ROOM]) {
    sj_rule_lower(((const sj_imported_catalog *)record)->name, text, SJ_RULE_SAME_ROOM);
}

static void plain_route_string(const void *record, char text[SJ_RULE_SAME_ROOM]) {
    sj_rule_lower(((const sj_imported_catalog *)record)->route_string, text, SJ_RULE_SAME_ROOM);
}

void sj_rule_imported_catalog(const struct sj_rule_check *check, const void *record) {
    const sj_imported_catalog *catalog = record, *other;
    const void *own = NULL;
    if (check->find(check->user, &sj_ils_configuration_meta, "default", &own) == SJ_OK &&
        strcasecmp(((const sj_ils_configuration *)own)->advertised_route_string,
                   catalog->route_string) == 0) {
        sj_rule_tell(check, sj_rule_field("route_string"),
                     "expected the route string of another call control, got \"%s\", which this "
                     "cluster advertises for itself (ils-configuration)",
                     catalog->route_string);
    }
    other = sj_rule_twin(check, &sj_imported_catalog_meta, NULL, plain_name, catalog);
    if (other != NULL) {
        sj_rule_tell(check, sj_rule_field("name"),
                     "expected a name that differs from others in more than small and capital "
                     "letters, got \"%s\" beside \"%s\"",
                     catalog->name, other->name);
    }
    other = sj_rule_twin(check, &sj_imported_catalog_meta, NULL, plain_route_string, catalog);
    if (other != NULL) {
        sj_rule_tell(check, sj_rule_field("route_string"),
                     "expected a route string of this catalog alone, got \"%s\", which is that "
                     "of the imported catalog \"%s\": import both files into one, or name "
                     "another in its SIP route pattern",
                     catalog->route_string, other->name);
    }
}

/* The key of something that names the catalog; false: nothing does. */
static bool find_imported(const struct sj_rule_check *check, const char *name, char key[KEY_ROOM]) {
    static const sj_resource_meta *const kinds[] = {
        &sj_imported_number_meta, &sj_imported_pattern_meta, &sj_imported_directory_uri_meta};
    const sj_query query = {.field = "catalog", .value = name, .limit = 1};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const sj_list *list = NULL;
        if (check->list(check->user, kinds[i], &query, &list) == SJ_OK && list->count > 0) {
            const void *first = list->records[0];
            const sj_imported_directory_uri *uri = first;
            if (kinds[i] == &sj_imported_directory_uri_meta) {
                (void)snprintf(key, KEY_ROOM, "%s@%s", uri->user, uri->host);
            } else {
                (void)snprintf(key, KEY_ROOM, "%s",
                               kinds[i] == &sj_imported_number_meta
                                   ? ((const sj_imported_number *)first)->number
                                   : ((const sj_imported_pattern *)first)->pattern);
            }
            return true;
        }
    }
    return false;
}

/* What belonged to a removed catalog is removed after it; one of the same name would take it. */
void sj_rule_new_imported_catalog(const struct sj_rule_check *check, const void *record) {
    const sj_imported_catalog *catalog = record;
    const void *found = NULL;
    char key[KEY_ROOM];
    if (catalog->name[0] == '\0' ||
        check->find(check->user, &sj_imported_catalog_meta, catalog->name, &found) == SJ_OK) {
        return;
    }
    if (find_imported(check, catalog->name, key)) {
        sj_rule_tell(check, sj_rule_field("name"),
                     "expected a name to which nothing belongs, got \"%s\": %s of the removed "
                     "catalog of that name is still here. The Cisco Intercluster Lookup Service "
                     "removes what is left, while it is activated: try again then, or take another "
                     "name",
                     catalog->name, key);
    }
}

/* No reference: the catalog can be removed as it is, and what belongs to it goes with it. */
static void check_catalog(const struct sj_rule_check *check, const char *name) {
    const void *found = NULL;
    if (name[0] != '\0' &&
        check->find(check->user, &sj_imported_catalog_meta, name, &found) == SJ_E_NOT_FOUND) {
        sj_rule_tell(check, sj_rule_field("catalog"),
                     "expected an imported catalog that there is, got \"%s\"", name);
    }
}

void sj_rule_imported_directory_uri(const struct sj_rule_check *check, const void *record) {
    const sj_imported_directory_uri *uri = record;
    check_user_part(check, uri->user);
    check_failover(check, uri->pstn_failover);
    check_catalog(check, uri->catalog);
}

void sj_rule_imported_number(const struct sj_rule_check *check, const void *record) {
    const sj_imported_number *one = record;
    if (one->number[0] == '+' &&
        (one->number[1] == '\0' || strpbrk(one->number + 1, "+*#") != NULL)) {
        sj_rule_tell(check, sj_rule_field("number"),
                     "expected digits behind the + of +E.164, got \"%s\"", one->number);
    }
    check_failover(check, one->pstn_failover);
    check_catalog(check, one->catalog);
}

void sj_rule_imported_pattern(const struct sj_rule_check *check, const void *record) {
    const sj_imported_pattern *one = record;
    check_pattern(check, one->pattern, one->pstn_failover, one->strip_digits, one->prepend_digits);
    check_catalog(check, one->catalog);
}

/* A number or pattern of one kind, or a URI. */
static bool fits_kind(sj_ils_number_kind kind, const char *text) {
    const bool number = text[strspn(text, DIGITS "+*#Xx!")] == '\0';
    return text[0] == '\0' || kind == SJ_ILS_NUMBER_KIND_ANY ||
           (number && (text[0] == '+') == (kind == SJ_ILS_NUMBER_KIND_E164));
}

/* What can be learned: a URI, a number, a pattern. */
static bool can_be_learned(const char *text) {
    const char *at = strrchr(text, '@');
    const char *digits = text + (text[0] == '+');
    const char *end = digits + strspn(digits, DIGITS "*#Xx");
    return at != NULL ? at > text && at[1] != '\0' && strchr(text, ' ') == NULL
                      : *digits != '\0' && (*end == '\0' || strcmp(end, "!") == 0);
}

/* A rule that nothing fits blocks nothing, and looks as if it did. */
static void check_blocked(const struct sj_rule_check *check, const sj_learned_block_rule *rule) {
    if (rule->pattern[0] != '\0' && !can_be_learned(rule->pattern)) {
        sj_rule_tell(check, sj_rule_field("pattern"),
                     "expected a number, pattern or URI as clusters advertise them, such as 4001, "
                     "83XX, +4930! or anna@example.com (ils learned shows them), got \"%s\"",
                     rule->pattern);
    }
    if (strpbrk(rule->prefix, " \"<>\\^`{|}[]") != NULL) {
        sj_rule_tell(check, sj_rule_field("prefix"),
                     "expected how a number or URI begins, such as 83, +49 or anna, got \"%s\"",
                     rule->prefix);
    }
    if (rule->pattern[0] != '\0' &&
        strncasecmp(rule->pattern, rule->prefix, strlen(rule->prefix)) != 0) {
        sj_rule_tell(
            check, sj_rule_field("prefix"),
            "expected how the pattern \"%s\" begins, or nothing, got \"%s\": both must fit",
            rule->pattern, rule->prefix);
    }
    if (!fits_kind(rule->kind, rule->pattern) || !fits_kind(rule->kind, rule->prefix)) {
        sj_rule_tell(check, sj_rule_field("kind"),
                     "expected any, or the kind of what is blocked: e164 begins with +, enterprise "
                     "does not, and a URI is neither; got %s with \"%s\"",
                     sj_ils_number_kind_text(rule->kind),
                     rule->pattern[0] != '\0' ? rule->pattern : rule->prefix);
    }
}

void sj_rule_learned_block_rule(const struct sj_rule_check *check, const void *record) {
    const sj_learned_block_rule *rule = record;
    const char *own = check->node->cluster_id;
    if (rule->kind == SJ_ILS_NUMBER_KIND_ANY && rule->pattern[0] == '\0' &&
        rule->prefix[0] == '\0' && rule->cluster_id[0] == '\0') {
        sj_rule_tell(check, sj_rule_field(NULL),
                     "expected a type, pattern, prefix or cluster_id, got none of them: it would "
                     "block all that is ever learned, as standalone does (ils-configuration set "
                     "role=standalone)");
    }
    if (own != NULL && strcmp(rule->cluster_id, own) == 0) {
        sj_rule_tell(check, sj_rule_field("cluster_id"),
                     "expected another cluster, got \"%s\", which is this one: nothing of its own "
                     "is learned",
                     own);
    }
    check_blocked(check, rule);
}
