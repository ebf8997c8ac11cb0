/* The node file: a Lua table read in a bare environment.
 *
 *     return {
 *       cluster = "hq", node = "hq-1", role = "publisher",
 *       listen = { address = "127.0.1.1", sip = 5060, sips = 5061, tftp = 69, tftp_http = 6970,
 * http = 8080, https = 8443 }, directories = { state = "state", plugins = "plugins" },   --
 * relative to the node file log = { level = "info", format = "text" }, store = { kind = "sqlite" },
 *       watchdog = { callback = 30, stop = 60 },   -- seconds
 *       dns = { servers = "192.0.2.53, 192.0.2.54:5353" },   -- without it: those of
 * /etc/resolv.conf
 *     }
 *
 * listen.address may be a list: { "192.0.2.1", "2001:db8::1" }.
 * cluster, node and listen.address must be given; the rest has the defaults shown (directories: see
 * docs). */
#ifndef SJ_HOST_NODE_NODE_FILE_H
#define SJ_HOST_NODE_NODE_FILE_H

#include <stdbool.h>

#include <sojourn/error.h>
#include <sojourn/node_address.h>

struct config {
    char *file; /* as it was named */
    char *cluster, *node, *role;
    char *address;                                  /* the first */
    char *further_addresses[SJ_NODE_ADDRESSES - 1]; /* those behind it */
    size_t further_addresses_count;
    int sip, sips, tftp, tftp_http, http, https;
    char *state, *plugins; /* absolute */
    char *log_level, *log_format;
    char *store_kind;
    int callback_limit, stop_limit; /* s */
    char *dns_servers;              /* "": the system's */
};

/* Called with one sentence for each thing that is wrong: file, key path, what was expected, what
 * came. */
typedef void (*sj_config_problem)(void *user, const char *sentence);

/* Returns the number of problems; 0: `config` is complete. Free it in any case. `file` is what
 * problems are said to be in, and what relative directories are relative to. */
size_t sj_config_read(struct config *config, const char *file, const char *text, size_t length,
                      sj_config_problem problem, void *user);

void sj_config_free(struct config *config);

#endif
