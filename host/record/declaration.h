/* Deep copies of declarations. What a plugin declares lies in the plugin's code and leaves memory
 * with it, so that the host copies what it keeps. Pure.
 *
 * The copies lie in the arena. NULL when memory is short. */
#ifndef HOST_RECORD_DECLARATION_H
#define HOST_RECORD_DECLARATION_H

#include <sojourn/schema.h>

#include "host/record/arena.h"

const sj_schema *sj_declaration_copy(struct sj_arena *arena, const sj_schema *schema);
const sj_resource_meta *sj_declaration_copy_resource(struct sj_arena *arena,
                                                     const sj_resource_meta *meta);
const sj_param_meta *sj_declaration_copy_param(struct sj_arena *arena, const sj_param_meta *meta);
const sj_policy_meta *sj_declaration_copy_policy(struct sj_arena *arena,
                                                 const sj_policy_meta *meta);

#endif
