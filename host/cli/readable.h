/* Values as people read them: minutes as H:MM, a parameter's range in words. Changes JSON that was
 * received, nothing else. */
#ifndef HOST_CLI_READABLE_H
#define HOST_CLI_READABLE_H

#include <cjson/cJSON.h>

/* `record` is of this resource of the catalogue. */
void cli_make_record_readable(const cJSON *resource, cJSON *record);

/* `param` is one of /api/v1/parameters: minimum, maximum and choices become one member "range". */
void cli_make_param_readable(const cJSON *catalogue, cJSON *param);

#endif
