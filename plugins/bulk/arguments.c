/* Reads the arguments of a job. */
#include "arguments.h"

#include <cjson/cJSON.h>
#include <stdio.h>

int64_t argument_number(const char *arguments, const char *name) {
    cJSON *object = cJSON_Parse(arguments);
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);
    const int64_t number = cJSON_IsNumber(value) ? (int64_t)value->valuedouble
                           : cJSON_IsTrue(value) ? 1
                                                 : 0;
    cJSON_Delete(object);
    return number;
}

void argument_text(const char *arguments, const char *name, char *text, size_t room) {
    cJSON *object = cJSON_Parse(arguments);
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);
    (void)snprintf(text, room, "%s", cJSON_IsString(value) ? value->valuestring : "");
    cJSON_Delete(object);
}
