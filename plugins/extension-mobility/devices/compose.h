/* What a phone becomes, put together from the store by one function for each kind of session: what
 * a login writes is what a change of its sources writes later. Reads only. */
#ifndef EM_COMPOSE_H
#define EM_COMPOSE_H

#include "devices/overlay.h"
#include "em.h"
#include "resources/device_pool.h"
#include "resources/device_profile.h"
#include "resources/end_user.h"
#include "resources/live_device.h"
#include "resources/phone.h"

struct em_composition {
    struct em_overlay overlay; /* .device: the live device */
    sj_scope *scope;
    sj_list services;
    void *records[4]; /* what the live device points into */
    size_t records_count;
    const char *service_names[50], *spaces[20];
};

/* What a home cluster knows of a traveller's phone and has chosen for it. */
struct em_visitor {
    struct em_visiting_phone phone;
    const char *base_device;
    const sj_emcc_template *emcc_template;
    const sj_device_pool *roaming_device_pool; /* NULL: none fits */
};

/* Each: memory of `scope`; the records handed in must live as long. NULL when memory is short. */
struct em_composition *em_compose_local(struct em *em, sj_scope *scope, const sj_phone *phone,
                                        const sj_device_profile *profile, const sj_end_user *user);
struct em_composition *em_compose_visitor(struct em *em, sj_scope *scope,
                                          const struct em_visitor *visitor,
                                          const sj_device_profile *profile, const sj_end_user *user,
                                          const char *trace_id);
/* What the phone is while no user is logged in: SJ_OK with its logout profile's, or with NULL when
 * it is as it is configured (also when it does not exist). */
int em_compose_logged_out(struct em *em, sj_scope *scope, const char *device_name,
                          struct em_composition **composition, sj_error *error);
/* Before the scope closes. NULL is allowed. */
void em_composition_close(struct em_composition *composition);

/* Whether a phone speaks another language once it is `next` (NULL: as it is configured): it has to
 * boot to fetch it. */
bool em_language_changes(struct em *em, const char *device_name, const sj_live_device *next);

/* The names of all enabled phone services with enterprise subscription; at most `room`, borrowed
 * from `list`. */
size_t em_compose_list_services(struct em *em, sj_list *list, const char **names, size_t room);
/* The CSS of each line of a profile, "" for none; memory of `scope`. NULL when memory is short. */
const char **em_compose_line_spaces(struct em *em, sj_scope *scope,
                                    const sj_device_profile *profile);

#endif
