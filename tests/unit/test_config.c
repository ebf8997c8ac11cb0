/* The node file: each mistake gets one sentence that names file, key, what was expected and what
 * came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "host/node/node_file.h"

struct problems {
    size_t count;
    char text[16][512];
};

static void collect(void *user, const char *sentence) {
    struct problems *problems = user;
    if (problems->count < 16) {
        (void)snprintf(problems->text[problems->count], sizeof problems->text[0], "%s", sentence);
    }
    problems->count++;
}

/* One mistake, one sentence. */
static void refuses(const char *text, const char *sentence) {
    struct problems problems = {0};
    struct config config;
    size_t count = sj_config_read(&config, "node.lua", text, strlen(text), collect, &problems);
    sj_config_free(&config);
    if (count != 1 || strcmp(problems.text[0], sentence) != 0) {
        fail_msg("expected \"%s\", got %zu: \"%s\" \"%s\"", sentence, count, problems.text[0],
                 problems.text[1]);
    }
}

#define ROLE                                                                                       \
    "role: expected \"publisher\" (a cluster has one node so far; a \"subscriber\" would serve "   \
    "from an empty store of its "                                                                  \
    "own)"
#define WITH(more)                                                                                 \
    "return { cluster = 'hq', node = 'hq-1', listen = { address = '127.0.0.1' }" more " }"

#define LISTENS(address)                                                                           \
    "return { cluster = 'hq', node = 'hq-1', listen = { address = " address " } }"
#define EXPECTED                                                                                   \
    "expected an IPv4 or IPv6 address of this machine, announced to phones and other clusters, "   \
    "got "

static void several_addresses(void **state) {
    static const char text[] = LISTENS("{ '127.0.0.1', '::1', '127.0.0.2' }");
    struct problems problems = {0};
    struct config config;
    (void)state;
    assert_int_equal(sj_config_read(&config, "node.lua", text, strlen(text), collect, &problems),
                     0);
    assert_string_equal(config.address, "127.0.0.1");
    assert_int_equal(config.further_addresses_count, 2);
    assert_string_equal(config.further_addresses[0], "::1");
    assert_string_equal(config.further_addresses[1], "127.0.0.2");
    sj_config_free(&config);
    refuses(LISTENS("{ '127.0.0.1', '::' }"),
            "node.lua: listen.address[2]: " EXPECTED
            "\"::\", which is no address but all: list those that are called");
    refuses(LISTENS("{ '2001:db8::1', '2001:DB8:0::1' }"),
            "node.lua: listen.address[2]: " EXPECTED "\"2001:DB8:0::1\", which is listed twice");
    refuses(LISTENS("{ 'fe80::1' }"), "node.lua: listen.address[1]: " EXPECTED
                                      "\"fe80::1\", which is good on one link alone");
    refuses(LISTENS("'::ffff:192.0.2.1'"),
            "node.lua: listen.address: " EXPECTED
            "\"::ffff:192.0.2.1\", which is an IPv4 address: write it as one");
    refuses(LISTENS("{ 7 }"), "node.lua: listen.address[1]: " EXPECTED "number 7");
    refuses(LISTENS("{}"),
            "node.lua: listen.address: expected a list of 1 to 8 addresses, got one of 0");
    refuses(LISTENS("{ '::1', '::2', '::3', '::4', '::5', '::6', '::7', '::8', '::9' }"),
            "node.lua: listen.address: expected a list of 1 to 8 addresses, got one of 9");
    refuses(LISTENS("{ first = '::1' }"), "node.lua: listen.address: expected a list of 1 to 8 "
                                          "addresses, got a table with names of 1");
}

static void defaults_are_those_of_the_design(void **state) {
    struct problems problems = {0};
    struct config config;
    static const char text[] = WITH("");
    (void)state;
    assert_int_equal(
        sj_config_read(&config, "/etc/sojourn/node.lua", text, strlen(text), collect, &problems),
        0);
    assert_string_equal(config.cluster, "hq");
    assert_string_equal(config.node, "hq-1");
    assert_string_equal(config.role, "publisher");
    assert_string_equal(config.address, "127.0.0.1");
    assert_int_equal(config.sip, 5060);
    assert_int_equal(config.sips, 5061);
    assert_int_equal(config.tftp, 69);
    assert_int_equal(config.tftp_http, 6970);
    assert_int_equal(config.http, 8080);
    assert_int_equal(config.https, 8443);
    assert_string_equal(config.state, "/var/lib/sojourn");
    assert_string_equal(config.log_level, "info");
    assert_string_equal(config.log_format, "text");
    assert_int_equal(config.callback_limit, 30);
    assert_int_equal(config.stop_limit, 60);
    sj_config_free(&config);
}

static void name_servers_are_addresses(void **state) {
    struct problems problems = {0};
    struct config config;
    static const char text[] =
        WITH(", dns = { servers = '192.0.2.53, [2001:db8::53]:5353,2001:db8::1 , 127.0.0.1:53' }");
    static const char *const wrong[] = {
        "",           "name.example", "192.0.2.53:0", "192.0.2.53:65536", "192.0.2.53,",
        "192.0.2.5a", "[2001:db8::1", "1.1.1.1:53x",  "1.1.1.1 2.2.2.2"};
    (void)state;
    assert_int_equal(sj_config_read(&config, "node.lua", text, strlen(text), collect, &problems),
                     0);
    assert_string_equal(config.dns_servers,
                        "192.0.2.53, [2001:db8::53]:5353,2001:db8::1 , 127.0.0.1:53");
    sj_config_free(&config);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char file[300], sentence[400];
        (void)snprintf(file, sizeof file, WITH(", dns = { servers = '%s' }"), wrong[i]);
        (void)snprintf(sentence, sizeof sentence,
                       "node.lua: dns.servers: expected addresses of name servers, with a port "
                       "where it is not 53 "
                       "(\"192.0.2.53, [2001:db8::53]:5353\"), got \"%s\"",
                       wrong[i]);
        refuses(file, sentence);
    }
}

static void directories_are_relative_to_the_file(void **state) {
    struct problems problems = {0};
    struct config config;
    static const char text[] = WITH(", directories = { state = 'state', plugins = '/p' }");
    (void)state;
    assert_int_equal(
        sj_config_read(&config, "/etc/sojourn/node.lua", text, strlen(text), collect, &problems),
        0);
    assert_string_equal(config.state, "/etc/sojourn/state");
    assert_string_equal(config.plugins, "/p");
    sj_config_free(&config);
}

static void each_mistake_gets_its_sentence(void **state) {
    (void)state;
    refuses("return { node = 'a', listen = { address = '::1' } }",
            "node.lua: cluster: expected a cluster id (letters, digits, \".\" and \"-\", at most "
            "50), got nothing");
    refuses("return { cluster = 'h q', node = 'a', listen = { address = '::1' } }",
            "node.lua: cluster: expected a cluster id (letters, digits, \".\" and \"-\", at most "
            "50), got \"h q\"");
    refuses(WITH(", role = 'boss'"), "node.lua: " ROLE ", got \"boss\"");
    refuses(WITH(", role = 'lisher'"), "node.lua: " ROLE ", got \"lisher\"");
    refuses(WITH(", role = ''"), "node.lua: " ROLE ", got \"\"");
    refuses(WITH(", role = 'subscriber'"), "node.lua: " ROLE ", got \"subscriber\"");
    refuses(WITH(", watchdog = { callback = 1 }"), "node.lua: watchdog.callback: expected a whole "
                                                   "number of seconds (2 to 3600), got number 1");
    refuses(
        WITH(", watchdog = { stop = 7200 }"),
        "node.lua: watchdog.stop: expected a whole number of seconds (2 to 3600), got number 7200");
    refuses(WITH(", rolle = 'publisher'"),
            "node.lua: rolle: unknown key, expected one of cluster, node, role, listen, "
            "directories, log, store, watchdog, dns");
    refuses(WITH(", [1] = 'x'"), "node.lua: [number 1]: unknown key, expected one of cluster, "
                                 "node, role, listen, directories, "
                                 "log, store, watchdog, dns");
    refuses("return { cluster = 'hq', node = 'n', listen = { address = 'localhost' } }",
            "node.lua: listen.address: expected an IPv4 or IPv6 address of this machine, "
            "announced to phones and other clusters, got "
            "\"localhost\"");
    for (size_t i = 0; i < 2; i++) { /* phones cannot be sent to every address */
        static const char *const any[] = {"0.0.0.0", "::"};
        char file[128], sentence[300];
        (void)snprintf(file, sizeof file,
                       "return { cluster = 'hq', node = 'n', listen = { address = '%s' } }",
                       any[i]);
        (void)snprintf(sentence, sizeof sentence,
                       "node.lua: listen.address: expected an IPv4 or IPv6 address of this "
                       "machine, announced to phones and "
                       "other clusters, got \"%s\", which is no address but all: list those "
                       "that are called",
                       any[i]);
        refuses(file, sentence);
    }
    refuses("return { cluster = 'hq', node = 'n', listen = { address = '::1', sip = 70000 } }",
            "node.lua: listen.sip: expected a port (1 to 65535), got number 70000");
    refuses("return { cluster = 'hq', node = 'n', listen = { address = '::1', sip = 0 } }",
            "node.lua: listen.sip: expected a port (1 to 65535), got number 0");
    refuses("return { cluster = 'hq', node = 'n', listen = { address = '::1', sip = 50.5 } }",
            "node.lua: listen.sip: expected a port (1 to 65535), got number 50.5");
    refuses("return { cluster = 'hq', node = 'n', listen = { address = '::1', sip = '5060' } }",
            "node.lua: listen.sip: expected a port (1 to 65535), got \"5060\"");
    refuses("return { cluster = 'hq', node = 'n', listen = { address = '::1', https = 8080 } }",
            "node.lua: listen.https: expected a port of its own, got 8080, which is listen.http");
    refuses("return { cluster = 'hq', node = 'n', listen = { address = '::1', port = 80 } }",
            "node.lua: listen.port: unknown key, expected one of address, sip, sips, tftp, "
            "tftp_http, http, https");
    refuses(WITH(", log = 'debug'"), "node.lua: log: expected a table, got \"debug\"");
    refuses(
        WITH(", log = { level = true }"),
        "node.lua: log.level: expected \"error\", \"warning\", \"info\" or \"debug\", got true");
    refuses(WITH(", directories = { state = {} }"),
            "node.lua: directories.state: expected a directory, got a table");
    refuses(WITH(", store = { kind = 'oracle' }"),
            "node.lua: store.kind: expected \"sqlite\", got \"oracle\"");
}

static void all_mistakes_are_told_at_once(void **state) {
    struct problems problems = {0};
    struct config config;
    static const char text[] = "return { cluster = 1, listen = { sip = -1 }, foo = 1 }";
    (void)state;
    assert_int_equal(sj_config_read(&config, "node.lua", text, strlen(text), collect, &problems),
                     5);
    sj_config_free(&config);
}

static void what_is_no_table_is_refused(void **state) {
    (void)state;
    refuses("", "node.lua: expected that it returns a table (\"return { ... }\"), got nil");
    refuses("return 7",
            "node.lua: expected that it returns a table (\"return { ... }\"), got number");
    refuses("return {", "node.lua:1: unexpected symbol near <eof>");
    refuses("return { cluster = os.getenv('X') }",
            "node.lua:1: there is no \"os\" here: texts stand in quotes, and functions cannot be "
            "called in such a file");
    refuses(WITH(", role = publisher"), "node.lua:1: there is no \"publisher\" here: texts stand "
                                        "in quotes, and functions cannot be called in such a file");
    refuses("while true do end", "node.lua:1: it does not end: 10000000 instructions were run");
    refuses("local t = {} for i = 1, 1e9 do t[i] = {} end", "node.lua: not enough memory");
    refuses("\x1bLua", "node.lua: attempt to load a binary chunk (mode is 't')");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_design),
        cmocka_unit_test(several_addresses),
        cmocka_unit_test(name_servers_are_addresses),
        cmocka_unit_test(directories_are_relative_to_the_file),
        cmocka_unit_test(each_mistake_gets_its_sentence),
        cmocka_unit_test(all_mistakes_are_told_at_once),
        cmocka_unit_test(what_is_no_table_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
