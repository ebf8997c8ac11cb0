/* Finds the vendor's name of a time zone by comparing clocks. */
#include "phone_time_zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each of the vendor's names with zones whose clock it stands for: tests/oracle says where the
 * names and the pairs are from. "Standard/Daylight" moves its clock twice a year, "Standard" does
 * not. */
static const struct vendor_zone {
    const char *name;
    const char *zones[4];
} vendor_zones[] = {
    {"GMT Standard/Daylight Time", {"Europe/London", "Europe/Dublin", "Europe/Lisbon"}},
    {"Greenwich Standard Time", {"Etc/GMT", "Africa/Accra", "Atlantic/Reykjavik"}},
    {"W. Europe Standard/Daylight Time", {"Europe/Berlin", "Europe/Amsterdam", "Europe/Zurich"}},
    {"Romance Standard/Daylight Time", {"Europe/Paris", "Europe/Madrid", "Europe/Brussels"}},
    {"Central Europe Standard/Daylight Time", {"Europe/Prague", "Europe/Budapest"}},
    {"E. Europe Standard/Daylight Time", {"Europe/Helsinki", "Europe/Kyiv"}},
    {"GTB Standard/Daylight Time", {"Europe/Athens", "Europe/Bucharest"}},
    {"Egypt Standard/Daylight Time", {"Africa/Cairo"}},
    {"South Africa Standard Time", {"Africa/Johannesburg"}},
    {"Jerusalem Standard/Daylight Time", {"Asia/Jerusalem"}},
    {"Saudi Arabia Standard Time", {"Asia/Riyadh"}},
    {"Russian Standard/Daylight Time", {"Europe/Moscow"}},
    {"Iran Standard/Daylight Time", {"Asia/Tehran"}},
    {"Arabian Standard Time", {"Asia/Dubai"}},
    {"Caucasus Standard/Daylight Time", {"Asia/Yerevan"}},
    {"Afghanistan Standard Time", {"Asia/Kabul"}},
    {"West Asia Standard Time", {"Asia/Tashkent", "Asia/Karachi"}},
    {"Ekaterinburg Standard Time", {"Asia/Yekaterinburg"}},
    {"India Standard Time", {"Asia/Kolkata"}},
    {"Central Asia Standard Time", {"Asia/Dhaka"}},
    {"SE Asia Standard Time", {"Asia/Bangkok", "Asia/Jakarta"}},
    {"China Standard/Daylight Time", {"Asia/Shanghai"}},
    {"Taipei Standard Time", {"Asia/Taipei", "Asia/Singapore"}},
    {"Tokyo Standard Time", {"Asia/Tokyo", "Asia/Seoul"}},
    {"AUS Central Standard Time", {"Australia/Darwin"}},
    {"Cen. Australia Standard/Daylight Time", {"Australia/Adelaide"}},
    {"E. Australia Standard Time", {"Australia/Brisbane"}},
    {"AUS Eastern Standard/Daylight Time", {"Australia/Sydney", "Australia/Melbourne"}},
    {"Tasmania Standard/Daylight Time", {"Australia/Hobart"}},
    {"West Pacific Standard Time", {"Pacific/Port_Moresby", "Pacific/Guam"}},
    {"Central Pacific Standard Time", {"Pacific/Guadalcanal"}},
    {"Fiji Standard Time", {"Pacific/Fiji"}},
    {"New Zealand Standard/Daylight Time", {"Pacific/Auckland"}},
    {"Azores Standard/Daylight Time", {"Atlantic/Azores"}},
    {"Mid-Atlantic Standard/Daylight Time", {"Etc/GMT+2"}},
    {"SA Eastern Standard Time", {"America/Cayenne"}},
    {"E. South America Standard/Daylight Time", {"America/Sao_Paulo"}},
    {"Newfoundland Standard/Daylight Time", {"America/St_Johns"}},
    {"Atlantic Standard/Daylight Time", {"America/Halifax"}},
    {"SA Western Standard Time", {"America/La_Paz"}},
    {"Pacific SA Standard Time", {"Etc/GMT+4"}},
    {"Eastern Standard/Daylight Time", {"America/New_York", "America/Toronto"}},
    {"US Eastern Standard Time", {"Etc/GMT+5"}},
    {"SA Pacific Standard Time", {"America/Bogota"}},
    {"Central Standard/Daylight Time", {"America/Chicago", "America/Winnipeg"}},
    {"Mexico Standard/Daylight Time", {"America/Mexico_City"}},
    {"Canada Central Standard Time", {"America/Regina"}},
    {"Mountain Standard/Daylight Time", {"America/Denver"}},
    {"US Mountain Standard Time", {"America/Phoenix"}},
    {"Pacific Standard/Daylight Time", {"America/Los_Angeles", "America/Vancouver"}},
    {"Alaskan Standard/Daylight Time", {"America/Anchorage"}},
    {"Hawaiian Standard Time", {"Pacific/Honolulu"}},
    {"Samoa Standard Time", {"Pacific/Pago_Pago"}},
    {"Dateline Standard Time", {"Etc/GMT+12"}},
};

enum { SAMPLES = 52, WEEK_S = 7 * 24 * 3600, FIRST_SAMPLE_S = 1767225600 /* 2026-01-01 */ };

struct year {
    int32_t offset_s[SAMPLES];
};

/* The clock of a zone through a year, one with the rules that hold from now on. */
static bool read_year(const char *zone, zone_clock_fn clock, void *user, struct year *year) {
    for (int i = 0; i < SAMPLES; i++) {
        if (!clock(user, zone, FIRST_SAMPLE_S + (int64_t)i * WEEK_S, &year->offset_s[i])) {
            return false;
        }
    }
    return true;
}

static bool moves(const struct year *year) {
    for (int i = 1; i < SAMPLES; i++) {
        if (year->offset_s[i] != year->offset_s[0]) {
            return true;
        }
    }
    return false;
}

/* The sum over the year of how far two clocks are apart. */
static int64_t apart(const struct year *one, const struct year *other) {
    int64_t sum = 0;
    for (int i = 0; i < SAMPLES; i++) {
        sum += llabs((int64_t)one->offset_s[i] - other->offset_s[i]);
    }
    return sum;
}

static bool is_known_by(const struct vendor_zone *row, const char *zone) {
    for (size_t i = 0; i < sizeof row->zones / sizeof row->zones[0] && row->zones[i] != NULL; i++) {
        if (strcmp(row->zones[i], zone) == 0) {
            return true;
        }
    }
    return false;
}

const char *phone_time_zone(const char *zone, zone_clock_fn clock, void *user, bool *exact) {
    struct year wanted, year;
    const char *best = "Greenwich Standard Time";
    int64_t best_distance = INT64_MAX;
    bool best_known = false;
    *exact = false;
    if (!read_year(zone, clock, user, &wanted)) {
        return best;
    }
    for (size_t i = 0; i < sizeof vendor_zones / sizeof vendor_zones[0]; i++) {
        const struct vendor_zone *row = &vendor_zones[i];
        if (!read_year(row->zones[0], clock, user, &year)) {
            continue;
        }
        /* Firmware may still move a clock that has been left alone since: a name that says
         * "Daylight" where nothing moves any more is only better than a wrong hour. */
        const bool says_moves = strstr(row->name, "/Daylight") != NULL;
        const int64_t doubt = says_moves != moves(&year) ? 1 : 0;
        const int64_t distance = apart(&wanted, &year) * 2 + doubt;
        const bool known = is_known_by(row, zone);
        if (distance < best_distance || (distance == best_distance && known && !best_known)) {
            best = row->name;
            best_distance = distance;
            best_known = known;
        }
    }
    *exact = best_distance <= 1;
    return best;
}

const char *phone_time_zones_find(struct phone_time_zones *zones, const char *zone,
                                  zone_clock_fn clock, void *user, bool *exact) {
    for (size_t i = 0; i < PHONE_TIME_ZONES; i++) {
        const struct phone_time_zone_found *found = &zones->found[i];
        if (strcmp(found->zone, zone) == 0 && found->name != NULL) {
            *exact = found->exact;
            return found->name;
        }
    }
    const char *name = phone_time_zone(zone, clock, user, exact);
    struct phone_time_zone_found *place = &zones->found[zones->next];
    if (strlen(zone) < sizeof place->zone) {
        (void)snprintf(place->zone, sizeof place->zone, "%s", zone);
        place->name = name;
        place->exact = *exact;
        zones->next = (zones->next + 1) % PHONE_TIME_ZONES;
    }
    return name;
}
