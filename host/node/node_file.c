/* The node file: options in one table, each checked the same way. Touches the file system only to
 * find the directories that stand by default beside the program. */
#include "host/node/node_file.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lauxlib.h>

#include <sojourn/net.h>

#include "host/node/node_file_lua.h"

enum form { WORD_OF, PORT, SECONDS, CLUSTER_ID, HOST_NAME, ADDRESSES, DIRECTORY, SERVERS };

struct option {
    const char *section; /* "" at the top */
    const char *name;
    enum form form;
    size_t offset;        /* of an int for PORT and SECONDS, else of a char * */
    const char *expected; /* in words */
    const char *fallback; /* text; NULL: must be given */
    const char *choices;  /* of WORD_OF, between blanks */
};

#define AT(member) offsetof(struct config, member)
static const struct option options[] = {
    {"", "cluster", CLUSTER_ID, AT(cluster),
     "a cluster id (letters, digits, \".\" and \"-\", at most 50)", NULL, NULL},
    {"", "node", HOST_NAME, AT(node), "a host name (letters, digits, \".\" and \"-\", at most 255)",
     NULL, NULL},
    {"", "role", WORD_OF, AT(role),
     "\"publisher\" (a cluster has one node so far; a \"subscriber\" would serve from an empty "
     "store of its own)",
     "publisher", " publisher "},
    {"listen", "address", ADDRESSES, AT(address),
     "an IPv4 or IPv6 address of this machine, announced to phones and other clusters", NULL, NULL},
    {"listen", "sip", PORT, AT(sip), "a port (1 to 65535)", "5060", NULL},
    {"listen", "sips", PORT, AT(sips), "a port (1 to 65535)", "5061", NULL},
    {"listen", "tftp", PORT, AT(tftp), "a port (1 to 65535)", "69", NULL},
    {"listen", "tftp_http", PORT, AT(tftp_http), "a port (1 to 65535)", "6970", NULL},
    {"listen", "http", PORT, AT(http), "a port (1 to 65535)", "8080", NULL},
    {"listen", "https", PORT, AT(https), "a port (1 to 65535)", "8443", NULL},
    {"directories", "state", DIRECTORY, AT(state), "a directory", "/var/lib/sojourn", NULL},
    {"directories", "plugins", DIRECTORY, AT(plugins), "a directory", "plugins", NULL},
    {"log", "level", WORD_OF, AT(log_level), "\"error\", \"warning\", \"info\" or \"debug\"",
     "info", " error warning info debug "},
    {"log", "format", WORD_OF, AT(log_format), "\"text\" or \"json\"", "text", " text json "},
    {"store", "kind", WORD_OF, AT(store_kind), "\"sqlite\"", "sqlite", " sqlite "},
    {"watchdog", "callback", SECONDS, AT(callback_limit), "a whole number of seconds (2 to 3600)",
     "30", NULL},
    {"watchdog", "stop", SECONDS, AT(stop_limit), "a whole number of seconds (2 to 3600)", "60",
     NULL},
    {"dns", "servers", SERVERS, AT(dns_servers),
     "addresses of name servers, with a port where it is not 53 (\"192.0.2.53, "
     "[2001:db8::53]:5353\")",
     "", NULL},
};
static const char *const sections[] = {"listen", "directories", "log", "store", "watchdog", "dns"};

enum {
    OPTIONS = sizeof options / sizeof options[0],
    SECTIONS = sizeof sections / sizeof sections[0]
};

struct reader {
    struct config *config;
    const char *file;
    lua_State *lua;
    sj_config_problem problem;
    void *user;
    size_t problems;
};

static void complain(struct reader *reader, const char *format, ...) SJ_PRINTF(2, 3);
static void complain(struct reader *reader, const char *format, ...) {
    char text[1024];
    int used = snprintf(text, sizeof text, "%s: ", reader->file);
    va_list arguments;
    va_start(arguments, format);
    if (used > 0 && (size_t)used < sizeof text) {
        (void)vsnprintf(text + used, sizeof text - (size_t)used, format, arguments);
    }
    va_end(arguments);
    reader->problems++;
    reader->problem(reader->user, text);
}

/* What stands in the file, for a sentence: `"yes"`, `number 70000`, `a table`, `nothing`. */
static void describe(lua_State *lua, int index, char *text, size_t room) {
    switch (lua_type(lua, index)) {
    case LUA_TNIL: (void)snprintf(text, room, "nothing"); break;
    case LUA_TSTRING: (void)snprintf(text, room, "\"%.60s\"", lua_tostring(lua, index)); break;
    case LUA_TNUMBER: (void)snprintf(text, room, "number %.15g", lua_tonumber(lua, index)); break;
    case LUA_TBOOLEAN:
        (void)snprintf(text, room, lua_toboolean(lua, index) ? "true" : "false");
        break;
    default: (void)snprintf(text, room, "a %s", luaL_typename(lua, index));
    }
}

/* "192.0.2.53, 192.0.2.54:5353, 2001:db8::53, [2001:db8::54]:5353"; at most eight. */
static bool valid_servers(const char *text) {
    unsigned char address[sizeof(struct in6_addr)];
    for (int i = 0; i < 8; i++) {
        char one[INET6_ADDRSTRLEN + 1], *end;
        const size_t blanks = strspn(text, " "), length = strcspn(text + blanks, ", ");
        const char *at = text + blanks, *colon = memchr(at, ':', length);
        size_t host = length;
        if (at[0] == '[') {
            const char *bracket = memchr(at, ']', length);
            host = bracket == NULL ? 0 : (size_t)(bracket - at) - 1;
            at++;
            colon = bracket == NULL || bracket[1] != ':' ? NULL : bracket + 1;
        } else if (colon != NULL &&
                   memchr(colon + 1, ':', length - (size_t)(colon + 1 - at)) == NULL) {
            host = (size_t)(colon - at);
        } else {
            colon = NULL;
        }
        if (host == 0 || host >= sizeof one) {
            return false;
        }
        (void)snprintf(one, sizeof one, "%.*s", (int)host, at);
        if (inet_pton(AF_INET, one, address) != 1 && inet_pton(AF_INET6, one, address) != 1) {
            return false;
        }
        text += blanks + length;
        if (colon != NULL) {
            const long port = strtol(colon + 1, &end, 10);
            if (end != text || end == colon + 1 || port < 1 || port > 65535) {
                return false;
            }
        }
        text += strspn(text, " ");
        if (*text == '\0') {
            return true;
        }
        if (*text++ != ',') {
            return false;
        }
    }
    return false;
}

/* One address that others can call: it stands in phone files, Contact headers and certificates.
 * NULL, or why it is none. */
static const char *address_fault(const char *text) {
    sj_address address;
    if (sj_address_parse(text, 0, &address) != SJ_OK) {
        return "";
    }
    if (address.any.sa_family == AF_INET) {
        return address.v4.sin_addr.s_addr != htonl(INADDR_ANY)
                   ? NULL
                   : ", which is no address but all: list those that are called";
    }
    return IN6_IS_ADDR_UNSPECIFIED(&address.v6.sin6_addr)
               ? ", which is no address but all: list those that are called"
           : IN6_IS_ADDR_V4MAPPED(&address.v6.sin6_addr)
               ? ", which is an IPv4 address: write it as one"
           : IN6_IS_ADDR_LINKLOCAL(&address.v6.sin6_addr) ? ", which is good on one link alone"
                                                          : NULL;
}

static bool valid_text(enum form form, const char *text, const char *choices) {
    static const char name_characters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    size_t length = strlen(text);
    const char *found;
    switch (form) {
    case CLUSTER_ID: return length > 0 && length <= 50 && strspn(text, name_characters) == length;
    case HOST_NAME: return length > 0 && length <= 255 && strspn(text, name_characters) == length;
    case SERVERS: return valid_servers(text);
    case DIRECTORY: return length > 0 && length < PATH_MAX / 2;
    case WORD_OF:
        found = strstr(choices, text);
        return length > 0 && strchr(text, ' ') == NULL && found != NULL && found[-1] == ' ' &&
               found[length] == ' ';
    default: return false;
    }
}

static void set_text(struct config *config, const struct option *option, const char *text) {
    char **member = (char **)(void *)((char *)config + option->offset);
    free(*member);
    *member = strdup(text);
}

static void set_number(struct config *config, const struct option *option, long long number) {
    *(int *)(void *)((char *)config + option->offset) = (int)number;
}

static bool is_number(const struct option *option) {
    return option->form == PORT || option->form == SECONDS;
}

static bool valid_number(enum form form, long long number) {
    return form == PORT ? number >= 1 && number <= 65535 : number >= 2 && number <= 3600;
}

/* Whether the config has the address already, however it is written. */
static bool is_listed(const struct config *config, const char *text) {
    const struct sj_node node = {.size = sizeof node,
                                 .address = config->address,
                                 .further_addresses =
                                     (const char *const *)config->further_addresses,
                                 .further_addresses_count = config->further_addresses_count};
    return config->address != NULL && sj_node_has_address(&node, text);
}

/* Takes one address, the value on top of the Lua stack, or complains. `place` is where it stands in
 * a list, 0: alone. */
static void take_address(struct reader *reader, const struct option *option, lua_Integer place) {
    struct config *config = reader->config;
    const char *text = lua_type(reader->lua, -1) == LUA_TSTRING &&
                               strlen(lua_tostring(reader->lua, -1)) == lua_rawlen(reader->lua, -1)
                           ? lua_tostring(reader->lua, -1)
                           : NULL;
    const char *fault = text == NULL              ? ""
                        : is_listed(config, text) ? ", which is listed twice"
                                                  : address_fault(text);
    char came[128], number[16] = "";
    if (fault == NULL && config->address == NULL) {
        config->address = strdup(text);
    } else if (fault == NULL) {
        config->further_addresses[config->further_addresses_count++] = strdup(text);
    } else {
        describe(reader->lua, -1, came, sizeof came);
        if (place > 0) {
            (void)snprintf(number, sizeof number, "[%d]", (int)place);
        }
        complain(reader, "%s.%s%s: expected %s, got %s%s", option->section, option->name, number,
                 option->expected, came, fault);
    }
}

/* Takes an address, or a list of them. */
static void take_addresses(struct reader *reader, const struct option *option) {
    lua_State *lua = reader->lua;
    const lua_Integer count = lua_istable(lua, -1) ? (lua_Integer)lua_rawlen(lua, -1) : 0;
    lua_Integer keys = 0;
    if (!lua_istable(lua, -1)) {
        take_address(reader, option, 0);
        return;
    }
    for (lua_pushnil(lua); lua_next(lua, -2) != 0; lua_pop(lua, 1)) {
        keys++;
    }
    if (count < 1 || count > SJ_NODE_ADDRESSES || keys != count) {
        complain(reader, "%s.%s: expected a list of 1 to %d addresses, got %s of %d",
                 option->section, option->name, SJ_NODE_ADDRESSES,
                 keys == count ? "one" : "a table with names", (int)keys);
        return;
    }
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(lua, -1, i);
        take_address(reader, option, i);
        lua_pop(lua, 1);
    }
}

/* Takes the value on top of the Lua stack into the config, or complains. */
static void take(struct reader *reader, const struct option *option) {
    lua_State *lua = reader->lua;
    const char *dot = option->section[0] == '\0' ? "" : ".";
    char came[128];
    if (lua_isnil(lua, -1) && option->fallback != NULL) {
        if (is_number(option)) {
            set_number(reader->config, option, strtoll(option->fallback, NULL, 10));
        } else {
            set_text(reader->config, option, option->fallback);
        }
        return;
    }
    if (option->form == ADDRESSES) {
        take_addresses(reader, option);
        return;
    }
    if (is_number(option)) {
        if (lua_isinteger(lua, -1) && valid_number(option->form, lua_tointeger(lua, -1))) {
            set_number(reader->config, option, lua_tointeger(lua, -1));
            return;
        }
    } else if (lua_type(lua, -1) == LUA_TSTRING &&
               strlen(lua_tostring(lua, -1)) == lua_rawlen(lua, -1) &&
               valid_text(option->form, lua_tostring(lua, -1), option->choices)) {
        set_text(reader->config, option, lua_tostring(lua, -1));
        return;
    }
    describe(lua, -1, came, sizeof came);
    complain(reader, "%s%s%s: expected %s, got %s", option->section, dot, option->name,
             option->expected, came);
}

static bool is_section(const char *name) {
    for (size_t i = 0; i < SECTIONS; i++) {
        if (strcmp(sections[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_option(const char *section, const char *name) {
    for (size_t i = 0; i < OPTIONS; i++) {
        if (strcmp(options[i].section, section) == 0 && strcmp(options[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Complains about keys of the table on top that nobody knows. */
static void refuse_unknown(struct reader *reader, const char *section) {
    lua_State *lua = reader->lua;
    char known[512] = "";
    size_t used = 0;
    for (size_t i = 0; i < OPTIONS + SECTIONS; i++) {
        const char *name = i < OPTIONS ? options[i].name : sections[i - OPTIONS];
        const char *of = i < OPTIONS ? options[i].section : "";
        if (strcmp(of, section) == 0 && used < sizeof known) {
            int length =
                snprintf(known + used, sizeof known - used, "%s%s", used > 0 ? ", " : "", name);
            used += length > 0 ? (size_t)length : 0;
        }
    }
    for (lua_pushnil(lua); lua_next(lua, -2) != 0; lua_pop(lua, 1)) {
        char key[128];
        if (lua_type(lua, -2) == LUA_TSTRING) {
            const char *name = lua_tostring(lua, -2);
            if (is_option(section, name) || (section[0] == '\0' && is_section(name))) {
                continue;
            }
            (void)snprintf(key, sizeof key, "%s%s%.60s", section, section[0] == '\0' ? "" : ".",
                           name);
        } else {
            char came[80];
            describe(lua, -2, came, sizeof came);
            (void)snprintf(key, sizeof key, "%s[%s]", section, came);
        }
        complain(reader, "%s: unknown key, expected one of %s", key, known);
    }
}

static void read_section(struct reader *reader, const char *section) {
    lua_State *lua = reader->lua;
    bool given = false;
    if (section[0] == '\0') {
        lua_pushvalue(lua, -1);
        given = true;
    } else if (lua_getfield(lua, -1, section) != LUA_TTABLE) {
        if (!lua_isnil(lua, -1)) {
            char came[128];
            describe(lua, -1, came, sizeof came);
            complain(reader, "%s: expected a table, got %s", section, came);
            lua_pop(lua, 1);
            return;
        }
        lua_pop(lua, 1);
        lua_newtable(lua); /* absent: all defaults */
    } else {
        given = true;
    }
    for (size_t i = 0; i < OPTIONS; i++) {
        if (strcmp(options[i].section, section) == 0) {
            lua_getfield(lua, -1, options[i].name);
            take(reader, &options[i]);
            lua_pop(lua, 1);
        }
    }
    if (given) {
        refuse_unknown(reader, section);
    }
    lua_pop(lua, 1);
}

/* Two services cannot listen on one TCP port; TFTP is UDP, SIP both. */
static void refuse_shared_ports(struct reader *reader) {
    const struct config *config = reader->config;
    const int ports[] = {config->sip, config->sips, config->tftp_http, config->http, config->https};
    const char *const names[] = {"sip", "sips", "tftp_http", "http", "https"};
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = 0; j < i; j++) {
            if (ports[i] != 0 && ports[i] == ports[j]) {
                complain(reader,
                         "listen.%s: expected a port of its own, got %d, which is listen.%s",
                         names[i], ports[i], names[j]);
            }
        }
    }
    if (config->sip != 0 && config->sip == config->tftp) {
        complain(reader, "listen.tftp: expected a UDP port of its own, got %d, which is listen.sip",
                 config->tftp);
    }
}

/* A default directory is looked for where the program was built or installed. */
static void find_default(char **directory, const char *name) {
    static const char *const places[] = {"..", SOJOURN_BIN_TO_LIBRARY, SOJOURN_BIN_TO_DATA};
    char program[PATH_MAX / 2], path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    char *slash;
    if (length <= 0) {
        return;
    }
    program[length] = '\0';
    slash = strrchr(program, '/');
    *slash = '\0';
    for (size_t i = 0; i < 3; i++) {
        struct stat status;
        (void)snprintf(path, sizeof path, "%s/%s/%s", program, places[i], name);
        if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
            char *real = realpath(path, NULL);
            if (real != NULL) {
                free(*directory);
                *directory = real;
            }
            return;
        }
    }
}

/* Relative directories are meant relative to the node file. */
static void make_absolute(char **directory, const char *file) {
    char base[PATH_MAX / 2], path[PATH_MAX];
    const char *slash;
    if (*directory == NULL || (*directory)[0] == '/') {
        return;
    }
    if (file[0] == '/') {
        (void)snprintf(base, sizeof base, "%s", file);
    } else {
        char here[PATH_MAX / 4];
        if (getcwd(here, sizeof here) == NULL) {
            return;
        }
        (void)snprintf(base, sizeof base, "%s/%s", here, file);
    }
    slash = strrchr(base, '/');
    (void)snprintf(path, sizeof path, "%.*s/%s", (int)(slash - base), base, *directory);
    free(*directory);
    *directory = strdup(path);
}

static bool given(lua_State *lua, const char *section, const char *name) {
    bool present = false;
    if (lua_getfield(lua, -1, section) == LUA_TTABLE) {
        present = lua_getfield(lua, -1, name) != LUA_TNIL;
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
    return present;
}

size_t sj_config_read(struct config *config, const char *file, const char *text, size_t length,
                      sj_config_problem problem, void *user) {
    struct reader reader = {.config = config, .file = file, .problem = problem, .user = user};
    sj_error error;
    memset(config, 0, sizeof *config);
    config->file = strdup(file);
    reader.lua = sj_config_lua(file, text, length, &error);
    if (reader.lua == NULL) {
        problem(user, error.text);
        return 1;
    }
    read_section(&reader, "");
    for (size_t i = 0; i < SECTIONS; i++) {
        read_section(&reader, sections[i]);
    }
    refuse_shared_ports(&reader);
    if (!given(reader.lua, "directories", "plugins")) {
        find_default(&config->plugins, "plugins");
    }
    make_absolute(&config->state, file);
    make_absolute(&config->plugins, file);
    sj_config_lua_close(reader.lua);
    return reader.problems;
}

void sj_config_free(struct config *config) {
    for (size_t i = 0; i < OPTIONS; i++) {
        if (!is_number(&options[i])) {
            free(*(char **)(void *)((char *)config + options[i].offset));
        }
    }
    for (size_t i = 0; i < config->further_addresses_count; i++) {
        free(config->further_addresses[i]);
    }
    free(config->file);
    memset(config, 0, sizeof *config);
}
