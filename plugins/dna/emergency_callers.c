/* Who may call for help: lines of phones, of device profiles with which users log in on them, of
 * phones on which somebody is logged in now, of users who travel. One stands for all of whom the
 * same decides, so that many phones are few callers. Reads the store, a page a turn. */
#include <stdarg.h>
#include <stdlib.h>

#include <sojourn/base/array.h>

#include "emergency_finding.h"
#include "resources/device_profile.h"
#include "resources/directory_number.h"
#include "resources/end_user.h"
#include "resources/live_device.h"
#include "resources/partition.h"
#include "resources/phone.h"

enum { PAGE = 50, COMBINED_A_TURN = 1000, SPACES_MAX = 21, KEY_ROOM = 4000 };

struct seen {
    sj_map_link by_key;
    char key[];
};

static const struct seen *find_seen(const struct emergency_finding *finding, const char *key) {
    SJ_MAP_EACH_OF(one, &finding->seen, sj_hash_keyed_text(key), struct seen, by_key) {
        if (strcmp(one->key, key) == 0) {
            return one;
        }
    }
    return NULL;
}

static void note_seen(struct emergency_finding *finding, const char *key) {
    struct seen *one = sj_scope_alloc(finding->scope, sizeof *one + strlen(key) + 1);
    if (one == NULL) {
        finding->cases->cut = true;
        return;
    }
    memcpy(one->key, key, strlen(key) + 1);
    sj_map_add(&finding->seen, &one->by_key, sj_hash_keyed_text(key));
}

/* Whether nobody is there yet of whom this decides; the next time it is. Names have no line ends.
 */
SJ_PRINTF(2, 3)
static bool is_new(struct emergency_finding *finding, const char *format, ...) {
    char key[KEY_ROOM];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(key, sizeof key, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof key) {
        return true; /* for itself */
    }
    if (find_seen(finding, key) != NULL) {
        return false;
    }
    note_seen(finding, key);
    return true;
}

/* Room for one more of `count`; where there is none the matrix says that there are more. */
static bool room_for(struct emergency_finding *finding, void *items, size_t *room, size_t count,
                     size_t size) {
    if (count < EMERGENCY_CASES_MAX && sj_array_room(items, room, count + 1, size)) {
        return true;
    }
    finding->cases->cut = true;
    return false;
}

bool emergency_is_searched(const struct emergency_finding *finding, const char *space) {
    char key[80];
    (void)snprintf(key, sizeof key, "searched\n%s", space);
    return find_seen(finding, key) != NULL;
}

/* ---- lines ---- */

/* "\\+4420@UK" is the number +4420. */
static const char *number_of(const struct emergency_finding *finding, const char *key) {
    char number[130];
    size_t used = 0;
    for (size_t i = 0; key[i] != '\0' && key[i] != '@' && used + 1 < sizeof number; i++) {
        number[used] = key[i];
        used += key[i] != '\\' ? 1 : 0;
    }
    number[used] = '\0';
    return emergency_keep(finding, number);
}

static bool is_intercom(const struct emergency_finding *finding, const char *partition) {
    for (size_t i = 0; i < finding->intercoms.count; i++) {
        if (strcmp(sj_partition_at(&finding->intercoms, i)->name, partition) == 0) {
            return true;
        }
    }
    return false;
}

/* What a line searches of its own. */
struct line_rights {
    char css[52];
    bool intercom; /* the device CSS does not count */
};

/* NULL, of a phone without lines: it has nothing of its own. */
static struct line_rights rights_of(const struct emergency_finding *finding,
                                    const sj_device_line *line) {
    struct line_rights rights = {0};
    sj_directory_number *number = NULL;
    if (line != NULL && sj_directory_number_get(finding->dna->scope, line->directory_number,
                                                &number, NULL) == SJ_OK) {
        (void)snprintf(rights.css, sizeof rights.css, "%s", number->calling_search_space);
        rights.intercom = is_intercom(finding, number->partition);
        sj_record_free(finding->dna->scope, number);
    }
    return rights;
}

/* An intercom line dials intercom numbers alone: it has no row where there is another line. */
static bool is_left_out(struct emergency_finding *finding, const struct line_rights *rights,
                        const sj_device_line *lines, size_t count) {
    for (size_t i = 0; rights->intercom && i < count; i++) {
        if (!rights_of(finding, &lines[i]).intercom) {
            finding->cases->intercom = true;
            return true;
        }
    }
    return false;
}

/* A phone without lines calls as one with a line that has nothing of its own. */
static size_t lines_of(size_t count) {
    return count > 0 ? count : 1;
}

static const sj_device_line *line_at(const sj_device_line *lines, size_t count, size_t index) {
    return index < count ? &lines[index] : NULL;
}

/* ", line 4002" of all but the first. */
static const char *named(const struct emergency_finding *finding, const char *device,
                         const char *as, const char *who, const char *line, bool first) {
    char text[420];
    (void)snprintf(text, sizeof text, "%.130s%s%.130s%s%s", device, as, who, first ? "" : ", line ",
                   first ? "" : line);
    return emergency_keep(finding, text);
}

/* ---- callers at places of this cluster ---- */

/* Each once, in the order in which they are searched. */
static size_t add_space(const char *spaces[SPACES_MAX], size_t count, const char *name) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(spaces[i], name) == 0) {
            return count;
        }
    }
    if (name[0] != '\0' && count < SPACES_MAX) {
        spaces[count++] = name;
    }
    return count;
}

/* Whether nobody of that place is there yet who searches these. */
static bool is_new_caller(struct emergency_finding *finding, const char *place,
                          const char *const *spaces, size_t count) {
    char names[SPACES_MAX * 52] = "";
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        used += (size_t)snprintf(names + used, sizeof names - used, "\n%.50s", spaces[i]);
    }
    return is_new(finding, "caller\n%s%s", place, names);
}

/* The same of a place of this cluster, whose numbers are those that its callers search for. */
static bool is_new_at_pool(struct emergency_finding *finding, const char *pool,
                           const char *const *spaces, size_t count) {
    char key[80];
    if (!is_new_caller(finding, pool, spaces, count)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!emergency_is_searched(finding, spaces[i])) {
            (void)snprintf(key, sizeof key, "searched\n%s", spaces[i]);
            note_seen(finding, key);
        }
    }
    return true;
}

static bool is_new_here(struct emergency_finding *finding, const char *pool, const char *line_css,
                        const char *device_css) {
    const char *spaces[SPACES_MAX];
    size_t count = add_space(spaces, 0, line_css);
    count = add_space(spaces, count, device_css);
    return is_new_at_pool(finding, pool, spaces, count);
}

static struct emergency_caller *add_caller(struct emergency_finding *finding) {
    if (!room_for(finding, &finding->callers, &finding->callers_room, finding->callers_count,
                  sizeof *finding->callers)) {
        return NULL;
    }
    struct emergency_caller *caller = &finding->callers[finding->callers_count++];
    *caller = (struct emergency_caller){
        .line_css = "", .device_css = "", .number = "", .mask = "", .visited = "", .adjunct = ""};
    return caller;
}

static void take_line(struct emergency_finding *finding, const sj_phone *phone, size_t index) {
    const sj_device_line *line = line_at(phone->lines, phone->lines_count, index);
    const struct line_rights rights = rights_of(finding, line);
    const char *device_css = rights.intercom ? "" : phone->calling_search_space;
    if (is_left_out(finding, &rights, phone->lines, phone->lines_count) ||
        !is_new_here(finding, phone->device_pool, rights.css, device_css)) {
        return;
    }
    struct emergency_caller *caller = add_caller(finding);
    if (caller != NULL) {
        caller->number = line != NULL ? number_of(finding, line->directory_number) : "";
        caller->name = named(finding, phone->name, "", "", caller->number, index == 0);
        caller->device_pool = emergency_keep(finding, phone->device_pool);
        caller->line_css = emergency_keep(finding, rights.css);
        caller->device_css = emergency_keep(finding, device_css);
        caller->mask =
            emergency_keep(finding, line != NULL ? line->external_phone_number_mask : "");
    }
}

/* A phone with a logout profile is that while nobody is logged in, and never itself. */
static bool runs_log_out_profile(const struct emergency_finding *finding, const sj_phone *phone) {
    sj_live_device *live = NULL;
    const bool runs = phone->enable_extension_mobility && sj_given(phone->logout_profile) &&
                      sj_live_device_get(finding->dna->scope, phone->name, &live, NULL) == SJ_OK;
    sj_record_free(finding->dna->scope, live);
    return runs;
}

static void take_site(struct emergency_finding *finding, const sj_phone *phone) {
    if (phone->enable_extension_mobility &&
        is_new(finding, "site\n%s\n%s", phone->device_pool, phone->calling_search_space) &&
        room_for(finding, &finding->sites, &finding->sites_room, finding->sites_count,
                 sizeof *finding->sites)) {
        finding->sites[finding->sites_count++] = (struct emergency_site){
            .phone = emergency_keep(finding, phone->name),
            .device_pool = emergency_keep(finding, phone->device_pool),
            .device_css = emergency_keep(finding, phone->calling_search_space)};
    }
}

static void take_phone(struct emergency_finding *finding, const sj_phone *phone) {
    finding->cases->phones++;
    take_site(finding, phone);
    if (runs_log_out_profile(finding, phone)) {
        return;
    }
    for (size_t i = 0; i < lines_of(phone->lines_count); i++) {
        take_line(finding, phone, i);
    }
}

static void take_profile(struct emergency_finding *finding, const sj_device_profile *profile) {
    for (size_t i = 0; i < lines_of(profile->lines_count); i++) {
        const sj_device_line *line = line_at(profile->lines, profile->lines_count, i);
        const struct line_rights rights = rights_of(finding, line);
        if (!is_left_out(finding, &rights, profile->lines, profile->lines_count) &&
            is_new(finding, "profile\n%s\n%d", rights.css, rights.intercom) &&
            room_for(finding, &finding->profile_lines, &finding->profile_lines_room,
                     finding->profile_lines_count, sizeof *finding->profile_lines)) {
            finding->profile_lines[finding->profile_lines_count++] =
                (struct emergency_profile_line){
                    .profile = emergency_keep(finding, profile->name),
                    .line_css = emergency_keep(finding, rights.css),
                    .intercom = rights.intercom,
                    .number = line != NULL ? number_of(finding, line->directory_number) : "",
                    .mask = emergency_keep(finding,
                                           line != NULL ? line->external_phone_number_mask : ""),
                    .first = i == 0};
        }
    }
}

/* Somebody logs in with that profile on a phone there. */
static void combine(struct emergency_finding *finding, const struct emergency_site *site,
                    const struct emergency_profile_line *line) {
    const char *device_css = line->intercom ? "" : site->device_css;
    if (!is_new_here(finding, site->device_pool, line->line_css, device_css)) {
        return;
    }
    struct emergency_caller *caller = add_caller(finding);
    if (caller != NULL) {
        caller->name = named(finding, site->phone, " with device profile ", line->profile,
                             line->number, line->first);
        caller->device_pool = site->device_pool;
        caller->line_css = line->line_css;
        caller->device_css = device_css;
        caller->number = line->number;
        caller->mask = line->mask;
    }
}

/* ---- phones on which somebody is logged in now ---- */

/* What a line of it searches; as the call manager puts it together. */
static size_t spaces_of_live(const sj_live_device *live, const char *css,
                             const char *spaces[SPACES_MAX]) {
    const char *first =
        live->line_calling_search_spaces_count > 0 ? live->line_calling_search_spaces[0] : "";
    bool holds = false;
    for (size_t i = 0; i < live->calling_search_spaces_count; i++) {
        holds = holds || (first[0] != '\0' && strcmp(live->calling_search_spaces[i], first) == 0);
    }
    size_t count = !holds && !live->emcc ? add_space(spaces, 0, css) : 0;
    for (size_t i = 0; i < live->calling_search_spaces_count; i++) {
        const bool is_line = holds && strcmp(live->calling_search_spaces[i], first) == 0;
        count = add_space(spaces, count, is_line ? css : live->calling_search_spaces[i]);
        holds = holds && !is_line;
    }
    return count;
}

static bool is_new_live(struct emergency_finding *finding, const sj_live_device *live,
                        const char *css) {
    const char *spaces[SPACES_MAX];
    char place[200];
    const size_t count = spaces_of_live(live, css, spaces);
    if (!live->emcc) {
        return is_new_at_pool(finding, live->device_pool, spaces, count);
    }
    (void)snprintf(place, sizeof place, "%s\nat %s\n%s", live->device_pool,
                   live->visiting_cluster_id, live->adjunct_calling_search_space);
    return is_new_caller(finding, place, spaces, count);
}

static bool is_of_this_cluster(const struct emergency_finding *finding,
                               const sj_live_device *live) {
    sj_phone *phone = NULL;
    const bool found =
        !live->emcc && sj_phone_get(finding->dna->scope, live->name, &phone, NULL) == SJ_OK;
    sj_record_free(finding->dna->scope, phone);
    return found;
}

static void take_live(struct emergency_finding *finding, const sj_live_device *live) {
    for (size_t i = 0; i < lines_of(live->lines_count); i++) {
        const sj_device_line *line = line_at(live->lines, live->lines_count, i);
        const char *css =
            i < live->line_calling_search_spaces_count ? live->line_calling_search_spaces[i] : "";
        const struct line_rights rights = rights_of(finding, line);
        if ((!live->emcc && !is_of_this_cluster(finding, live)) ||
            is_left_out(finding, &rights, live->lines, live->lines_count) ||
            !is_new_live(finding, live, css)) {
            continue;
        }
        struct emergency_caller *caller = add_caller(finding);
        if (caller != NULL) {
            caller->line = line != NULL ? number_of(finding, line->directory_number) : "";
            caller->device = emergency_keep(finding, live->name);
            caller->name = named(finding, live->name,
                                 live->log_out_profile ? " with device profile " : " with user ",
                                 live->log_out_profile ? live->device_profile : live->user_id,
                                 caller->line, i == 0);
            caller->device_pool = emergency_keep(finding, live->device_pool);
            caller->visited = live->emcc ? emergency_keep(finding, live->visiting_cluster_id) : "";
            caller->adjunct = emergency_keep(finding, live->adjunct_calling_search_space);
        }
    }
}

/* ---- travellers ---- */

static void take_traveller_line(struct emergency_finding *finding, const sj_end_user *user,
                                const sj_device_profile *profile, size_t index) {
    const sj_device_line *line = line_at(profile->lines, profile->lines_count, index);
    const struct line_rights first = rights_of(finding,
                                               line_at(profile->lines, profile->lines_count, 0)),
                             rights = rights_of(finding, line);
    if (is_left_out(finding, &rights, profile->lines, profile->lines_count) ||
        !is_new(finding, "traveller\n%s\n%s\n%s\n%s\n%s", first.css, rights.css,
                profile->emcc_calling_search_space, finding->one_by_one ? user->user_id : "",
                finding->one_by_one ? profile->name : "") ||
        !room_for(finding, &finding->travellers, &finding->travellers_room,
                  finding->travellers_count, sizeof *finding->travellers)) {
        return;
    }
    const char *number = line != NULL ? number_of(finding, line->directory_number) : "";
    finding->travellers[finding->travellers_count++] = (struct emergency_traveller){
        .name = named(finding, user->user_id, "", "", number, index == 0),
        .user_id = emergency_keep(finding, user->user_id),
        .device_profile = emergency_keep(finding, profile->name),
        .line = line != NULL ? emergency_keep(finding, line->directory_number) : ""};
}

static void take_traveller_profile(struct emergency_finding *finding, const sj_end_user *user,
                                   const char *name) {
    sj_device_profile *profile = NULL;
    if (sj_given(name) &&
        sj_device_profile_get(finding->dna->scope, name, &profile, NULL) == SJ_OK) {
        for (size_t i = 0; i < lines_of(profile->lines_count); i++) {
            take_traveller_line(finding, user, profile, i);
        }
    }
    sj_record_free(finding->dna->scope, profile);
}

/* With each profile that may be chosen at a login; a user who has none cannot log in. */
static void take_user(struct emergency_finding *finding, const sj_end_user *user) {
    if (!user->enable_emcc) {
        return;
    }
    take_traveller_profile(finding, user, user->default_profile);
    for (size_t i = 0; i < user->controlled_profiles_count; i++) {
        take_traveller_profile(finding, user, user->controlled_profiles[i]);
    }
}

/* ---- page after page ---- */

static void on_turn(void *user) {
    struct emergency_finding *finding = user;
    finding->step(finding);
}

void emergency_finding_go_on(struct emergency_finding *finding) {
    if (sj_timer_start(finding->scope, 0, 0, on_turn, finding) == NULL) {
        const sj_error error = {.code = SJ_E_NO_MEMORY, .text = "no memory for the matrix"};
        finding->done(finding->user, error.code, &error);
    }
}

static void next_step(struct emergency_finding *finding, emergency_step_fn *step) {
    finding->after[0] = '\0';
    finding->step = step;
    emergency_finding_go_on(finding);
}

typedef int list_fn(sj_scope *scope, const sj_query *query, sj_list *list, sj_error *error);

/* False: the finding has ended. */
static bool read_page(struct emergency_finding *finding, list_fn *list, sj_list *page) {
    const sj_query query = {.after_key = finding->after[0] != '\0' ? finding->after : NULL,
                            .limit = PAGE};
    sj_error error = {0};
    const int status = list(finding->dna->scope, &query, page, &error);
    if (status != SJ_OK) {
        finding->done(finding->user, status, &error);
    }
    return status == SJ_OK;
}

/* `last`: the key of the page's last record. Then the next page comes, or the next step. */
static void end_page(struct emergency_finding *finding, sj_list *page, const char *last,
                     emergency_step_fn *next) {
    const bool more = page->count == PAGE;
    (void)snprintf(finding->after, sizeof finding->after, "%s", last);
    sj_list_free(finding->dna->scope, page);
    if (more) {
        emergency_finding_go_on(finding);
    } else {
        next_step(finding, next);
    }
}

static void read_users(struct emergency_finding *finding) {
    sj_list page = {0};
    if (!read_page(finding, sj_end_user_list, &page)) {
        return;
    }
    for (size_t i = 0; i < page.count; i++) {
        take_user(finding, sj_end_user_at(&page, i));
    }
    end_page(finding, &page, page.count > 0 ? sj_end_user_at(&page, page.count - 1)->user_id : "",
             finding->then);
}

static void read_live_devices(struct emergency_finding *finding) {
    sj_list page = {0};
    if (!read_page(finding, sj_live_device_list, &page)) {
        return;
    }
    for (size_t i = 0; i < page.count; i++) {
        take_live(finding, sj_live_device_at(&page, i));
    }
    end_page(finding, &page, page.count > 0 ? sj_live_device_at(&page, page.count - 1)->name : "",
             read_users);
}

/* Each line of profiles at each site. */
static void combine_some(struct emergency_finding *finding) {
    for (size_t i = 0; i < COMBINED_A_TURN && finding->next_site < finding->sites_count; i++) {
        if (finding->next_profile_line < finding->profile_lines_count) {
            combine(finding, &finding->sites[finding->next_site],
                    &finding->profile_lines[finding->next_profile_line++]);
        } else {
            finding->next_profile_line = 0;
            finding->next_site++;
        }
    }
    if (finding->next_site < finding->sites_count && !finding->cases->cut) {
        emergency_finding_go_on(finding);
    } else {
        next_step(finding, read_live_devices);
    }
}

static void read_profiles(struct emergency_finding *finding) {
    sj_list page = {0};
    if (!read_page(finding, sj_device_profile_list, &page)) {
        return;
    }
    for (size_t i = 0; i < page.count; i++) {
        take_profile(finding, sj_device_profile_at(&page, i));
    }
    end_page(finding, &page,
             page.count > 0 ? sj_device_profile_at(&page, page.count - 1)->name : "", combine_some);
}

static void read_phones(struct emergency_finding *finding) {
    sj_list page = {0};
    if (!read_page(finding, sj_phone_list, &page)) {
        return;
    }
    for (size_t i = 0; i < page.count; i++) {
        take_phone(finding, sj_phone_at(&page, i));
    }
    end_page(finding, &page, page.count > 0 ? sj_phone_at(&page, page.count - 1)->name : "",
             read_profiles);
}

void emergency_callers_read(struct emergency_finding *finding, emergency_step_fn *then) {
    finding->then = then;
    next_step(finding, read_phones);
}

void emergency_callers_clear(struct emergency_finding *finding) {
    sj_map_clear(&finding->seen);
    free(finding->callers);
    free(finding->sites);
    free(finding->profile_lines);
    free(finding->travellers);
}
