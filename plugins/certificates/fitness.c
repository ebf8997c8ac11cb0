/* Judges a certificate's dates, key and use for the purpose that it is imported for. */
#include "fitness.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *date_of(int64_t when, char text[32]) {
    const time_t seconds = (time_t)(when / 1000);
    struct tm utc;
    text[0] = '\0';
    if (gmtime_r(&seconds, &utc) != NULL) {
        (void)strftime(text, 32, "%Y-%m-%d %H:%M:%SZ", &utc);
    }
    return text;
}

bool certificate_is_fit(const struct bundle_entry *entry, int64_t now, char why[FITNESS_ROOM]) {
    const bool is_rsa = strcmp(entry->key_type, "RSA") == 0,
               is_ec = strcmp(entry->key_type, "EC") == 0;
    char date[32];
    why[0] = '\0';
    if (entry->not_after <= now) {
        (void)snprintf(why, FITNESS_ROOM, "it has expired on %s: renew it there and export again",
                       date_of(entry->not_after, date));
    } else if (entry->not_before > now) {
        (void)snprintf(why, FITNESS_ROOM,
                       "it is not valid before %s: compare the clocks of both clusters",
                       date_of(entry->not_before, date));
    } else if (is_rsa && entry->key_bits < FITNESS_RSA_BITS) {
        (void)snprintf(why, FITNESS_ROOM, "its RSA key has %d bits; expected %d or more",
                       entry->key_bits, FITNESS_RSA_BITS);
    } else if (is_ec && entry->key_bits < FITNESS_EC_BITS) {
        (void)snprintf(why, FITNESS_ROOM, "its EC key has %d bits; expected %d or more",
                       entry->key_bits, FITNESS_EC_BITS);
    } else if (!is_rsa && !is_ec) {
        (void)snprintf(why, FITNESS_ROOM, "its key is of type \"%s\"; expected RSA or EC",
                       entry->key_type);
    }
    return why[0] == '\0';
}
