/* What is said of those who want to watch. */
#include "subscriptions/event_package.h"

#include <stdarg.h>
#include <stdio.h>

void watch_grant(struct watch_verdict *verdict, const char *key, const char *number) {
    (void)snprintf(verdict->key, sizeof verdict->key, "%s", key);
    (void)snprintf(verdict->number, sizeof verdict->number, "%s", number);
}

void watch_refuse(struct watch_verdict *verdict, int status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(verdict->why, sizeof verdict->why, format, arguments);
    va_end(arguments);
    verdict->status = status;
}
