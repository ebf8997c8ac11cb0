/* Causes of Q.850 by SIP status. Pure. */
#include "sip/release_cause.h"

#include <stddef.h>

int q850_of_status(int status) {
    static const struct {
        int status, cause;
    } known[] = {{400, 41},          {401, 21},  {402, 21},  {403, 21},  {404, 1},   {405, 63},
                 {406, 79},          {407, 21},  {408, 102}, {410, 22},  {413, 127}, {414, 127},
                 {415, 79},          {416, 127}, {420, 127}, {421, 127}, {423, 127}, {480, 18},
                 {481, 41},          {482, 25},  {483, 25},  {484, 28},  {485, 1},   {486, 17},
                 {487, Q850_NORMAL}, {488, 31},  {500, 41},  {501, 79},  {502, 38},  {503, 41},
                 {504, 102},         {505, 127}, {513, 127}, {600, 17},  {603, 21},  {604, 1},
                 {606, 31}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].status == status) {
            return known[i].cause;
        }
    }
    return 31;
}
