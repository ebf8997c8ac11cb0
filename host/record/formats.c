/* The named formats of texts. Pure: nothing is resolved or opened. */
#include "host/record/formats.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "host/record/dial_pattern.h"
#include "host/record/invisible.h"
#include "host/record/time_zones.h"

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool consists_of(const char *text, const char *characters, size_t longest) {
    size_t length = strlen(text);
    return length > 0 && length <= longest && strspn(text, characters) == length;
}

static bool is_printable(const char *text) {
    uint32_t point;
    return sj_invisible_find(text, &point) == NULL;
}

/* Of a key: two that look alike are one. */
static bool is_plain(const char *text) {
    return is_printable(text) && !sj_invisible_joiner(text);
}

static bool is_name(const char *text) {
    size_t length = strlen(text);
    return length > 0 && is_plain(text) && text[0] != ' ' && text[length - 1] != ' ' &&
           strpbrk(text, "<>\"%&\\") == NULL;
}

static bool is_device_name(const char *text) {
    return consists_of(text, LETTERS DIGITS "._-", 128);
}

static bool is_address(const char *text) {
    unsigned char binary[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, text, binary) == 1 || inet_pton(AF_INET6, text, binary) == 1;
}

static bool is_hostname(const char *text) {
    size_t length = strlen(text);
    size_t label = 0;
    if (is_address(text)) {
        return true;
    }
    if (length == 0 || length > 253 || strspn(text, LETTERS DIGITS "-_.") != length) {
        return false;
    }
    if (strspn(text, DIGITS ".") == length) {
        return false; /* it means to be an IPv4 address and is none */
    }
    for (size_t i = 0; i <= length; i++) {
        if (text[i] != '.' && text[i] != '\0') {
            label++;
            continue;
        }
        if ((label == 0 && i != length) || label > 63 || text[i - label] == '-' ||
            (label > 0 && text[i - 1] == '-')) {
            return false;
        }
        label = 0;
    }
    return true;
}

/* scheme://host[:port][/...], without blanks and control characters. */
static bool is_url(const char *text) {
    const char *host = strstr(text, "://");
    size_t scheme = host != NULL ? (size_t)(host - text) : 0;
    if (scheme == 0 || strspn(text, LETTERS DIGITS "+.-") < scheme || strspn(text, LETTERS) == 0 ||
        !is_printable(text) || strpbrk(text, " \"<>\\^`{|}") != NULL) {
        return false;
    }
    if (strncmp(text, "file:", 5) == 0) {
        return host[3] == '/';
    }
    return host[3] != '\0' && host[3] != '/' && host[3] != ':';
}

/* What phones and pages can open. */
static bool is_web_url(const char *text) {
    return is_url(text) &&
           (strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0);
}

static bool is_digits(const char *text) {
    return consists_of(text, DIGITS "*#+", 64);
}

/* Day, month and year once each, separated alike, with an A behind for the clock of twelve hours:
 * "D.M.Y", "M/D/YA". */
static bool is_date_template(const char *text) {
    const size_t length = strlen(text);
    return (length == 5 || (length == 6 && text[5] == 'A')) && strchr("/.-", text[1]) != NULL &&
           text[3] == text[1] && strchr("DMY", text[0]) != NULL && strchr("DMY", text[2]) != NULL &&
           strchr("DMY", text[4]) != NULL && text[0] != text[2] && text[2] != text[4] &&
           text[0] != text[4];
}

/* "08:30"; "24:00" is the end of a day. */
static bool is_time_of_day(const char *text) {
    int hour, minute;
    return strlen(text) == 5 && strspn(text, DIGITS) == 2 && text[2] == ':' &&
           strspn(text + 3, DIGITS) == 2 && sscanf(text, "%2d:%2d", &hour, &minute) == 2 &&
           minute < 60 && hour * 60 + minute <= 24 * 60;
}

static bool is_cluster_id(const char *text) {
    return consists_of(text, LETTERS DIGITS ".-", 50);
}

/* ISO 3166-1, in capitals or not; AA, QM to QZ, XA to XZ and ZZ are for everybody's own use. "UK"
 * is none: two clusters of which one says so would not find each other's places. */
static bool is_country(const char *text) {
    static const char codes[] = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG "
                                "BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA "
                                "CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM "
                                "DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA "
                                "GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR "
                                "HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP "
                                "KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY "
                                "MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS "
                                "MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE "
                                "PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS "
                                "RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY "
                                "SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW "
                                "TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW ";
    char code[] = "AA ";
    if (!consists_of(text, LETTERS, 2) || strlen(text) != 2) {
        return false;
    }
    code[0] = (char)toupper((unsigned char)text[0]);
    code[1] = (char)toupper((unsigned char)text[1]);
    return strstr(codes, code) != NULL || strcmp(code, "AA ") == 0 || strcmp(code, "ZZ ") == 0 ||
           code[0] == 'X' || (code[0] == 'Q' && code[1] >= 'M');
}

/* Letters, digits and the separators of the names that phone loads use: "English_United_States",
 * "en_US", "de-DE". */
static bool is_locale(const char *text) {
    return consists_of(text, LETTERS DIGITS "_-", 64) && strchr(LETTERS, text[0]) != NULL;
}

static bool is_user_id(const char *text) {
    size_t length = strlen(text);
    return length > 0 && length <= 128 && is_plain(text) && text[0] != ' ' &&
           text[length - 1] != ' ' && strpbrk(text, "<>\"%&\\/:;,=") == NULL;
}

/* A path below a directory of the node's, or an absolute one; never with "..". */
static bool is_path(const char *text) {
    const char *part = text;
    if (text[0] == '\0' || !is_printable(text)) {
        return false;
    }
    while (part != NULL) {
        part += part[0] == '/' ? 1 : 0;
        if (strncmp(part, "..", 2) == 0 && (part[2] == '\0' || part[2] == '/')) {
            return false;
        }
        part = strchr(part, '/');
    }
    return true;
}

static bool is_hex(const char *text) {
    return consists_of(text, DIGITS "abcdefABCDEF", SIZE_MAX);
}

/* The name of an XML element, without a prefix. */
static bool is_xml_name(const char *text) {
    return consists_of(text, LETTERS DIGITS "._-", SIZE_MAX) &&
           strchr(LETTERS "_", text[0]) != NULL;
}

static bool is_pin(const char *text) {
    return consists_of(text, DIGITS, SIZE_MAX);
}

/* What a user may be permitted: the roles that the product asks for. */
static bool is_role(const char *text) {
    static const char *const roles[] = {"Standard CCM Super Users", "Standard CCM Read Only",
                                        "Standard EM Authentication Proxy Rights",
                                        "Standard CTI Allow Control of All Devices"};
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(text, roles[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* "192.0.2.1; phones.example.com": each as a whole, since ranges and networks are not looked into.
 */
static bool is_host_list(const char *text) {
    while (text[0] != '\0') {
        char entry[256];
        const size_t length = strcspn(text, "; ");
        if (length >= sizeof entry) {
            return false;
        }
        memcpy(entry, text, length);
        entry[length] = '\0';
        if (length > 0 && (!is_hostname(entry) ||
                           (strchr(entry, '-') != NULL && strspn(entry, DIGITS ".-") == length))) {
            return false;
        }
        text += length;
        text += strspn(text, "; ");
    }
    return true;
}

/* The 32 bytes of a SHA-256 in base64, as `ssh-keygen -l` prints them behind "SHA256:": the last
 * digit bears four bits. */
static bool is_host_key(const char *text) {
    static const char base64[] = LETTERS DIGITS "+/", kind[] = "SHA256:";
    enum { BASE64_DIGITS = 43 };
    if (strncmp(text, kind, sizeof kind - 1) == 0) {
        text += sizeof kind - 1;
    }
    return strspn(text, base64) == BASE64_DIGITS &&
           strchr("AEIMQUYcgkosw048", text[BASE64_DIGITS - 1]) != NULL &&
           strcmp(text + BASE64_DIGITS + (text[BASE64_DIGITS] == '='), "") == 0;
}

static bool is_password(const char *text) {
    bool printable = true, blank = *text != '\0';
    for (; *text != '\0'; text++) {
        printable = printable && (unsigned char)*text >= ' ' && *text != 0x7f;
        blank = blank && *text == ' ';
    }
    return printable && !blank;
}

static const struct {
    const char *name;
    bool (*check)(const char *text);
    const char *expected;
} formats[] = {
    {"name", is_name, "printable text without leading or trailing blank and without < > \" % & \\"},
    {"device_name", is_device_name, "at most 128 letters, digits, '.', '_' and '-'"},
    {"hostname", is_hostname, "a host name or address"},
    {"address", is_address, "an IPv4 or IPv6 address"},
    {"web_url", is_web_url, "a URL with http or https, such as https://host/path"},
    {"url", is_url, "a URL such as https://host/path"},
    {"digits", is_digits, "digits, '*', '#' and '+'"},
    {"dial_pattern", sj_dial_pattern_valid,
     "a pattern of digits, '*', '#', 'X', '!', sets such as [2-9], a plus sign as \\+, each with "
     "'?' or '+' behind it where it "
     "may "
     "repeat, and at most one '.'"},
    {"mask", sj_transformation_mask_valid,
     "a mask of digits, '*', '#' and 'X', with a '+' in front where it is wanted"},
    {"advertised_pattern", sj_advertised_pattern_valid,
     "a pattern of digits, '*', '#' and 'X', with a '!' at the end and a '+' in front where they "
     "are wanted"},
    {"domain", sj_domain_valid,
     "a domain such as example.com, of letters, digits, '.' and '-', which ends in a letter or a "
     "digit and is not of digits alone, or an IPv4 address"},
    {"domain_pattern", sj_domain_pattern_valid,
     "a domain, host name or IPv4 address, *.DOMAIN, * alone, or a network such as 192.0.2.0/24"},
    {"new_password", is_password, "a password without control characters, and not of blanks alone"},
    {"time_zone", sj_time_zone_exists, "the name of a time zone such as Europe/London"},
    {"date_template", is_date_template,
     "the order of D, M and Y with one of / . - between them, and A behind for a 12-hour clock"},
    {"time_of_day", is_time_of_day, "a time of day such as 08:30, from 00:00 to 24:00"},
    {"cluster_id", is_cluster_id, "at most 50 letters, digits, '.' and '-'"},
    {"country", is_country, "a country code of ISO 3166 such as GB or US"},
    {"locale", is_locale, "a locale such as English_United_States"},
    {"user_id", is_user_id,
     "a user id of at most 128 printable characters without a blank at either end and without < > "
     "\" % & \\ / : ; , ="},
    {"path", is_path, "a path without \"..\""},
    {"hex", is_hex, "hexadecimal digits"},
    {"pin", is_pin, "a PIN of digits alone"},
    {"role", is_role,
     "Standard CCM Super Users, Standard CCM Read Only, Standard EM Authentication Proxy Rights or "
     "Standard CTI Allow Control "
     "of All Devices"},
    {"host_key", is_host_key,
     "the SHA-256 fingerprint of a host key as ssh-keygen -lf prints it: 43 digits of base64, with "
     "or without \"SHA256:\""},
    {"host_list", is_host_list, "addresses or host names separated by ';', no networks or ranges"},
    {"xml_name", is_xml_name,
     "the name of an XML element: a letter or '_', then letters, digits, '.', '-' and '_'"},
};

const char *sj_format_check(const char *format, const char *text) {
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(formats[i].name, format) == 0) {
            return formats[i].check(text) ? NULL : formats[i].expected;
        }
    }
    return NULL;
}

/* ---- times ---- */

/* Years that have four digits: 0001 to 9999. */
#define EARLIEST INT64_C(-62135596800000)
#define LATEST INT64_C(253402300799999)

void sj_time_text(int64_t milliseconds, char out[SJ_TIME_TEXT]) {
    int64_t seconds, rest;
    struct tm tm;
    time_t when;
    milliseconds = milliseconds < EARLIEST ? EARLIEST
                   : milliseconds > LATEST ? LATEST
                                           : milliseconds;
    seconds = milliseconds / 1000;
    rest = milliseconds % 1000;
    if (rest < 0) {
        rest += 1000;
        seconds--;
    }
    when = (time_t)seconds;
    out[0] = '\0';
    if (gmtime_r(&when, &tm) != NULL) {
        int used =
            snprintf(out, SJ_TIME_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u",
                     (unsigned)(tm.tm_year + 1900) % 10000u, (unsigned)(tm.tm_mon + 1) % 100u,
                     (unsigned)tm.tm_mday % 100u, (unsigned)tm.tm_hour % 100u,
                     (unsigned)tm.tm_min % 100u, (unsigned)tm.tm_sec % 100u);
        (void)snprintf(out + used, SJ_TIME_TEXT - (size_t)used, rest != 0 ? ".%03uZ" : "Z",
                       (unsigned)rest % 1000u);
    }
}

static bool two_digits(const char *text, int highest, int *value) {
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9') {
        return false;
    }
    *value = (text[0] - '0') * 10 + (text[1] - '0');
    return *value <= highest;
}

bool sj_time_parse(const char *text, int64_t *milliseconds) {
    struct tm tm, normal;
    int century, year, offset_hours = 0, offset_minutes = 0, fraction = 0, weight = 100;
    time_t seconds;
    const char *rest;
    memset(&tm, 0, sizeof tm);
    if (strlen(text) < 20 || !two_digits(text, 99, &century) || !two_digits(text + 2, 99, &year) ||
        text[4] != '-' || !two_digits(text + 5, 12, &tm.tm_mon) || text[7] != '-' ||
        !two_digits(text + 8, 31, &tm.tm_mday) ||
        (text[10] != 'T' && text[10] != 't' && text[10] != ' ') ||
        !two_digits(text + 11, 23, &tm.tm_hour) || text[13] != ':' ||
        !two_digits(text + 14, 59, &tm.tm_min) || text[16] != ':' ||
        !two_digits(text + 17, 60, &tm.tm_sec)) {
        return false;
    }
    tm.tm_year = century * 100 + year - 1900;
    tm.tm_mon--;
    rest = text + 19;
    if (*rest == '.') {
        rest++;
        if (*rest < '0' || *rest > '9') {
            return false;
        }
        for (; *rest >= '0' && *rest <= '9'; rest++, weight /= 10) {
            fraction += (*rest - '0') * weight;
        }
    }
    if (*rest == '+' || *rest == '-') {
        int sign = *rest == '-' ? -1 : 1;
        if (strlen(rest) != 6 || !two_digits(rest + 1, 23, &offset_hours) || rest[3] != ':' ||
            !two_digits(rest + 4, 59, &offset_minutes)) {
            return false;
        }
        offset_hours *= sign;
        offset_minutes *= sign;
    } else if ((*rest != 'Z' && *rest != 'z') || rest[1] != '\0') {
        return false;
    }
    if (tm.tm_mon < 0 || tm.tm_mday < 1) {
        return false;
    }
    normal = tm;
    seconds = timegm(&normal);
    if (normal.tm_mday != tm.tm_mday || normal.tm_mon != tm.tm_mon) {
        return false; /* 31 April */
    }
    *milliseconds =
        ((int64_t)seconds - (int64_t)offset_hours * 3600 - (int64_t)offset_minutes * 60) * 1000 +
        fraction;
    return *milliseconds >= EARLIEST && *milliseconds <= LATEST;
}

bool sj_minutes_parse(const char *text, int64_t *minutes) {
    size_t digits = strspn(text, DIGITS);
    int64_t value = 0;
    int rest;
    if (digits > 9 || (digits == 0 && text[0] != ':')) {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        value = value * 10 + (text[i] - '0');
    }
    if (text[digits] == '\0') {
        *minutes = value;
        return value == 0; /* hours or minutes? Whoever wrote "25" may have meant either */
    }
    if (text[digits] != ':' || strlen(text + digits) != 3 ||
        !two_digits(text + digits + 1, 59, &rest)) {
        return false;
    }
    *minutes = value * 60 + rest;
    return true;
}
