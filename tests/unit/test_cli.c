/* The shell against a real node: what it prints, how it ends, and everything a person can type
 * wrongly. test_cli SOJOURND SOJOURN */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdbool.h>
#include <termios.h>

#define CLI_NODE_ADDRESS "127.77.2.1"
#include "cli_kit.h"

static void objects(void **state) {
    struct real_node *node = *state;
    run(node, "partition add name='PT one' description=first", 0, NULL);
    run(node, "partition list", 0, "PT one");
    run(node, "partitions list name='PT one' --json", 0, "\"first\"");
    run(node, "partition get 'PT one'", 0, "description: first");
    run(node, "partition set 'PT one' description=second", 0, NULL);
    run(node, "partition get 'PT one' --json", 0, "\"second\"");
    run(node, "partition set 'PT one' description=null", 0, NULL);
    run(node, "partition get 'PT one' --json", 0, "\"description\":\t\"\"");
    run(node, "partition set 'PT one' description='\"null\"'", 0, NULL);
    run(node, "partition get 'PT one'", 0, "description: null");
    run(node, "directory-number add pattern='\\+49[1-3]XX' partition='PT one'", 0, NULL);
    run(node,
        "phone add name=SEP000000000001 model='Cisco 7965' "
        "lines='[{\"directory_number\":\"\\\\+49[1-3]XX@PT one\"}]' "
        "expansion_modules='7914 14-Button Line Expansion Module,"
        "7915 24-Button Line Expansion Module' "
        "enable_extension_mobility=yes",
        0, NULL);
    run(node, "phone get SEP000000000001", 0, "49[1-3]XX@PT one");
    run(node, "partition remove 'PT one'", 1, "still in use");
    run(node, "phone remove SEP000000000001", 0, NULL);
    run(node, "phone get SEP000000000001", 1, "there is no phone \"SEP000000000001\"");
    run(node, "end-user add user_id=a last_name=A pin=12345", 0, NULL);
    run(node, "end-user set a pin=", 1, "null takes it away (in the shell: pin=null)");
    run(node, "end-user set a pin=null", 0, NULL);
    run(node, "help end-user", 0,
        "FIELD=null sets a field back to its default; it is how a secret is taken away");
    run(node, "intercluster-service-profile set emcc_active=true", 0, NULL);
    run(node, "intercluster-service-profile get", 0, "emcc_active: yes");
}

static void parameters(void **state) {
    struct real_node *node = *state;
    run(node, "param get Enterprise 'Cluster ID'", 0, "value: HQ");
    run(node, "param set Enterprise 'Maximum Number of Phones' 1234", 0, NULL);
    run(node, "param get Enterprise enterprise_max_phones", 0, "value: 1234");
    run(node, "param set Enterprise 'Maximum Number of Phones' null", 0, NULL);
    run(node, "param get Enterprise enterprise_max_phones", 0, "value: 60000");
    run(node, "param list Enterprise", 0, "Maximum Number of Phones");
    run(node, "param list Enterprise", 0, "1 to 1440 minutes"); /* Lockout Duration */
    run(node, "param list --json", 0, "\"maximum\":\t1440");
    run(node, "param get Enterprise credential_lockout_minutes", 0, "range: 1 to 1440 minutes");
    run(node, "param get 'Cisco Extension Mobility' 'Inter-cluster Maximum Login Time'", 0,
        "value: 10:00");
    run(node, "param get 'Cisco Extension Mobility' 'Inter-cluster Maximum Login Time'", 0,
        "range: 0:00 to 168:00");
    run(node, "param get 'Cisco Extension Mobility' 'Intra-cluster Multiple Login Behavior'", 0,
        "not_allowed | allowed | auto_logout");
    run(node, "end-user add user_id=alice last_name=A maximum_login_time=1:30", 0, NULL);
    run(node, "end-user get alice", 0, "maximum_login_time: 1:30");
    run(node, "end-user get alice --json", 0, "90");
    run(node, "end-user set alice maximum_login_time=:45", 0, NULL);
    run(node, "end-user get alice", 0, "maximum_login_time: 0:45");
    run(node, "end-user set alice maximum_login_time=25", 1, "HHH:MM");
    run(node, "end-user get alice", 0, "maximum_login_time: 0:45");
    run(node, "param set 'Cisco Extension Mobility' 'Inter-cluster Maximum Login Time' 25", 1,
        "expected HHH:MM");
    run(node, "param set 'Cisco Extension Mobility' 'Inter-cluster Maximum Login Time' 2:30", 0,
        NULL);
    run(node, "param get 'Cisco Extension Mobility' 'Inter-cluster Maximum Login Time'", 0,
        "value: 2:30");
    run(node, "param set 'Cisco Extension Mobility' 'EMCC Allow Proxy' no", 0, NULL);
    run(node, "param get 'Cisco Extension Mobility' 'EMCC Allow Proxy'", 0, "value: no");
    run(node, "param set EMCC 'Default TFTP Server for EMCC Login Device' 127.10.0.300", 1,
        "expected a host name or address");
    run(node, "param set EMCC 'Default TFTP Server for EMCC Login Device' ''", 0, NULL);
    run(node, "param set Enterprise 'Maximum Number of Phones' many", 1,
        "expected a whole number, got the text \"many\"");
    /* What strtod reads, and JSON does not have, is no number. */
    run(node, "param set Enterprise 'Lockout Duration' 30", 0, NULL);
    run(node, "param set Enterprise 'Lockout Duration' nan", 1, "got the text \"nan\"");
    run(node, "param set Enterprise 'Lockout Duration' -inf", 1, "got the text \"-inf\"");
    run(node, "param set Enterprise 'Lockout Duration' 1e999", 1, "expected a whole number");
    run(node, "param set Enterprise 'Lockout Duration' 0x1e", 1, "got the text \"0x1e\"");
    run(node, "param get Enterprise 'Lockout Duration'", 0, "value: 30");
    run(node, "param set Enterprise 'Cluster ID' 'H Q'", 1, "letters, digits");
    run(node, "param set Enterprise enterprise_max_phones 0", 1,
        "sojourn: Maximum Number of Phones: expected a number from 1 to");
    run(node, "param get Enterprise 'Clster ID'", 1,
        "no parameter \"Clster ID\" of service \"Enterprise\"; did you mean \"Cluster ID\"?");
    run(node, "param get Enterprise", 2, "usage");
}

/* A password need not stand in the command line, which everybody on the machine can read. */
static void passwords_that_are_not_typed(struct real_node *node) {
    static const char words[] =
        "--url https://127.77.2.1:18443 --user hub --insecure application-user list";
    static const char on_a_terminal[] =
        "printf 'sesame-street\\n' | script -qec \"SOJOURN_PASSWORD= '%s' %s\" /dev/null";
    char line[600];
    const int terminal = open("/dev/tty", O_RDWR | O_NOCTTY);
    (void)setenv("SOJOURN_PASSWORD", "sesame-street", 1);
    run(node, words, 0, "hub");
    (void)setenv("SOJOURN_PASSWORD", "another-street", 1);
    run(node, words, 1, "user name and password");
    (void)unsetenv("SOJOURN_PASSWORD");
    (void)snprintf(line, sizeof line, on_a_terminal, shell, words);
    run_line(node, line, 0, "Password of hub: ");
    if (terminal < 0) {
        run(node, words, 2, "--user hub: expected a password: from a terminal");
    } else {
        (void)close(terminal);
    }
}

/* The shell on a terminal of its own, up to its prompt, behind which nothing that is typed is
 * shown. */
static pid_t prompt_on_terminal(const char *user, int *terminal) {
    char text[512] = "";
    size_t length = 0;
    struct termios modes;
    const pid_t child = forkpty(terminal, NULL, NULL, NULL);
    assert_true(child >= 0);
    if (child == 0) {
        (void)unsetenv("SOJOURN_PASSWORD");
        (void)execl(shell, shell, "--url", "https://127.77.2.1:18443", "--user", user, "--insecure",
                    "partition", "list", (char *)NULL);
        _exit(127);
    }
    while (strstr(text, ": ") == NULL) {
        const ssize_t got = read(*terminal, text + length, sizeof text - 1 - length);
        assert_true(got > 0);
        length += (size_t)got;
        text[length] = '\0';
    }
    assert_int_equal(tcgetattr(*terminal, &modes), 0);
    assert_false(modes.c_lflag & ECHO);
    return child;
}

/* What else the child says until it ends, and how it does; its terminal shows again what is typed.
 */
static int end_on_terminal(pid_t child, int terminal, int slave, char *text, size_t room) {
    struct termios modes;
    size_t length = 0;
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(tcgetattr(slave, &modes), 0);
    assert_true(modes.c_lflag & ECHO);
    (void)close(slave);
    for (ssize_t got;
         (got = read(terminal, text + length, room - 1 - length)) > 0 && length < room - 1;) {
        length += (size_t)got;
    }
    text[length] = '\0';
    (void)close(terminal);
    return status;
}

/* Held open, so that the modes can be read after the child. */
static int open_slave(int terminal) {
    char name[64];
    assert_int_equal(ptsname_r(terminal, name, sizeof name), 0);
    const int slave = open(name, O_RDWR | O_NOCTTY);
    assert_true(slave >= 0);
    return slave;
}

static void a_terminal_shows_again_what_is_typed(struct real_node *node) {
    char text[4096], typed[600];
    int terminal, status;
    (void)node;
    pid_t child = prompt_on_terminal("hub", &terminal);
    int slave = open_slave(terminal);
    assert_int_equal(write(terminal, "\x03", 1), 1);
    status = end_on_terminal(child, terminal, slave, text, sizeof text);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
    child = prompt_on_terminal("hub", &terminal);
    slave = open_slave(terminal);
    memset(typed, 'p', sizeof typed - 1);
    typed[sizeof typed - 1] = '\n';
    assert_int_equal(write(terminal, typed, sizeof typed), sizeof typed);
    status = end_on_terminal(child, terminal, slave, text, sizeof text);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 2);
    assert_non_null(strstr(text, "the password is too long: expected at most 298 bytes"));
}

/* What does not fit is refused with the reason, and is not cut off. */
static void passwords_that_are_too_long(struct real_node *node) {
    char words[800], name[301] = "";
    memset(name, 'n', sizeof name - 1);
    for (size_t length = 297; length < sizeof name; length++) {
        (void)snprintf(words, sizeof words,
                       "--url https://127.77.2.1:18443 --user %.*s partition list", (int)length,
                       name);
        (void)setenv("SOJOURN_PASSWORD", length == 297 ? "pp" : "", 1);
        run(node, words, 2,
            length == 297 ? "SOJOURN_PASSWORD is too long" : "the name is too long");
    }
    (void)unsetenv("SOJOURN_PASSWORD");
    (void)snprintf(words, sizeof words,
                   "--url https://127.77.2.1:18443 --user hub:%s partition list", name);
    run(node, words, 2, "the name and password are too long");
}

/* Before there is a log, as well. */
static void a_node_that_cannot_begin_says_why(void **state) {
    struct real_node *node = *state;
    char line[200];
    (void)snprintf(line, sizeof line, "(ulimit -n 7; exec '%s' -c node.lua --single)", server);
    run_line(node, line, 1, "the node cannot start: its event loop cannot be made: too many open");
}

static void from_elsewhere(void **state) {
    static const char url[] = "--url https://127.77.2.1:18443 --user hub:sesame-street ";
    struct real_node *node = *state;
    char words[400];
    run(node,
        "application-user add user_id=hub password=sesame-street roles='Standard CCM Super Users'",
        0, NULL);
    (void)snprintf(words, sizeof words, "%s phone list", url);
    run(node, words, 3, "give --cacert FILE");
    (void)snprintf(words, sizeof words, "%s --cacert state/identity/tomcat.pem partition list",
                   url);
    run(node, words, 0, NULL);
    (void)snprintf(words, sizeof words, "%s --insecure partition list", url);
    run(node, words, 0, NULL);
    (void)snprintf(words, sizeof words, "%s --cacert node.lua partition list", url);
    run(node, words, 3, "cannot reach");
    run(node, "--cacert", 2, "needs a value");
    run(node, "--url http://127.77.2.1:18080 --user hub:sesame-street phone list", 2,
        "expected https://HOST:PORT");
    run(node, "--url 127.77.2.1:18443 --user hub:sesame-street phone list", 2,
        "would send the password");
    passwords_that_are_not_typed(node);
    passwords_that_are_too_long(node);
    a_terminal_shows_again_what_is_typed(node);
}

static const char *read_log(const struct real_node *node) {
    static char text[65536];
    char path[160];
    FILE *file;
    (void)snprintf(path, sizeof path, "%s/log", node->directory);
    file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    return text;
}

static void expect_logged(const struct real_node *node, const char *part) {
    const char *text = read_log(node);
    if (strstr(text, part) == NULL) {
        fail_msg("expected \"%s\" in the log, got \"%.2000s\"", part, text);
    }
}

/* Who changed what, and from where, stands in the log, and no value does. */
static void changes_are_logged(void **state) {
    static const char url[] = "--url https://127.77.2.1:18443 --user ann:sesame-street --insecure";
    struct real_node *node = *state;
    char words[400];
    run(node,
        "end-user add user_id=ann last_name=A password=sesame-street roles='Standard CCM Super "
        "Users'",
        0, NULL);
    run(node, "param set Enterprise 'Maximum Number of Phones' 1234", 0, NULL);
    (void)snprintf(words, sizeof words, "%s partition add name=P1", url);
    run(node, words, 0, NULL);
    (void)snprintf(words, sizeof words, "%s end-user set ann last_name=B password=other-street",
                   url);
    run(node, words, 0, NULL);
    run(node, "partition remove P1", 0, NULL);
    run(node, "partition remove P1", 1, "there is no partition");
    write_file(node, "site.lua", "return { partitions = { { name = 'PT' } } }\n");
    run(node, "apply site.lua", 0, "1 added");
    expect_logged(node, "end_user ann is added by ");
    expect_logged(node, "parameter Maximum Number of Phones of Enterprise is set by ");
    expect_logged(node, "partition P1 is added by ann from 127.");
    expect_logged(node, "end_user ann is changed (last_name, password) by ann from 127.");
    expect_logged(node, "partition P1 is removed by ");
    expect_logged(node, "site.lua applied: 1 added, 0 changed, 0 removed, 0 unchanged by ");
    expect_logged(node, " from this machine");
    /* Commands too; what only tells something is not noted. */
    (void)snprintf(words, sizeof words,
                   "--url https://127.77.2.1:18443 --user ann:other-street --insecure service "
                   "deactivate tftp");
    run(node, words, 1, NULL);
    run(node, "service list", 0, NULL);
    expect_logged(node, "command \"service deactivate tftp\" is given by ann from 127.");
    run(node, "policy show nothing", 1, NULL);
    assert_null(strstr(read_log(node), "command \"service list"));
    assert_null(strstr(read_log(node), "command \"policy show"));
}

/* What the field knows and this node does not offer is a service with a sentence, not a typing
 * mistake; what is neither stays one. */
static void services_that_are_not_offered(void **state) {
    struct real_node *node = *state;
    run(node, "service list --all", 0, "Cisco CTIManager");
    run(node, "service list all=true", 0, "not_offered");
    run(node, "service activate 'Cisco CTIManager'", 1,
        "Cisco CTIManager is not offered: it would let TAPI and JTAPI applications");
    run(node, "service activate 'cisco dhcp monitor service'", 1,
        "without it the DHCP server of the site gives option 150 or 66");
    run(node, "service activate 'Cisco Extended Functions'", 1,
        "the key Quality Report Tool does nothing, and the Cisco CallManager serves CallBack");
    run(node, "service activate CTIManager", 1, "Cisco CTIManager is not offered");
    run(node, "service activate 'mobile voice access'", 1,
        "Cisco Unified Mobile Voice Access Service is not offered");
    run(node, "service activate 'DN Alias Sync'", 1, "Cisco Directory Number Alias Sync is not");
    run(node, "service activate 'dn-alias-lookup'", 1, "Number Alias Lookup is not offered");
    run(node, "service activate 'CTI Manager'", 1, "Cisco CTIManager is not offered");
    run(node, "service activate dhcp-monitor", 1, "Cisco DHCP Monitor Service is not offered");
    run(node, "service activate ctimanger", 1,
        "there is no service \"ctimanger\" (did you mean CTIManager?); expected one of ");
    run(node, "service activate ctimanger", 1, "\"sojourn service list --all\" shows all");
    run(node, "service activate Cisco", 1, "there is no service \"Cisco\"");
    run(node, "service activate 'Cisco CTI'", 1, "there is no service \"Cisco CTI\"");
}

/* Problems and differences stand in the order of the file, and changes show what was and what is.
 */
static void typing_wrongly(void **state) {
    struct real_node *node = *state;
    run(node, "", 2, "usage");
    run(node, "--version", 0, "sojourn 1.");
    run(node, "--help", 0, "usage");
    run(node, "help service", 0, "service activate");
    run(node, "service help", 0, "service activate");
    run(node, "session help", 0, "Fields:");
    run(node, "help session", 0, "Fields:");
    run(node, "param help", 0, "usage");
    run(node, "help sesion", 2, "did you mean \"session\"?");
    run(node, "--jsn phone list", 2, "unknown option --jsn");
    run(node, "--node", 2, "needs a value");
    run(node, "phne list", 2, "did you mean \"phone\"?");
    run(node, "phone lst", 2,
        "there is no command \"phone lst\": expected one of those below, or reset");
    run(node, "phone delete SEP000000000001", 2, "usage: sojourn phone list");
    run(node, "directory-number get", 2, "KEY is the pattern@partition");
    run(node, "session add", 2, "usage: sojourn session list [FIELD=VALUE...] | get KEY\n");
    run(node, "service stop tftp", 2, "there is no command \"service stop\": expected one of ");
    run(node, "cert", 2, "\"cert\" wants one more word");
    run(node, "version", 0, "sojourn 1.");
    run(node, "-h", 0, "usage");
    run(node, "phone add --help", 0, "protocol (SIP | SCCP");
    run(node, "service activate -h", 0, "service activate");
    run(node, "help", 0, "usage");
    run(node, "--node /nonexistent help", 3, "usage");
    run(node, "param list 'Cisco Extenson Mobility'", 1, "expected one of \"Cisco CallManager\"");
    run(node, "param get 'Cisco Extenson Mobility' x", 1, "no service");
    run(node, "phone add name=SEP000000000001 devce_pool=x", 2, "did you mean \"device_pool\"?");
    run(node, "phone add SEP000000000001", 2, "one word too many");
    run(node, "phone-service add Name=x", 2,
        "phone_service has no field \"Name\"; did you mean \"name\"?");
    run(node, "phone-service add name=x url=htp://x/", 1, "url: expected a URL with http or https");
    run(node, "phone-service add name=x url=sftp://x/", 1,
        "url: expected a URL with http or https");
    run(node, "param set Enterprise 'URL Services' htp://x/", 1,
        "expected a URL with http or https");
    run(node, "phone add name=SEP000000000001 model='Cisco 8841' owner_user_id=nobody", 1,
        "expected the key of an end_user, got \"nobody\"");
    run(node, "device-pool list", 0, "Default");
    run(node, "phone add name=SEP000000000001 model='Cisco 8841' device_pool=Defualt", 1,
        "got \"Defualt\", which does not exist; did you mean \"Default\"?");
    run(node, "phone add name=SEP000000000001 model='Cisco 8814'", 1, "did you mean \"Cisco 8");
    run(node, "partition add name=P", 0, NULL);
    run(node, "calling-search-space add name=C partitions=P,P", 1,
        "partitions[1]: expected each of them once, got \"P\" again");
    run(node, "directory-number add pattern=4001 partition=P", 0, NULL);
    run(node,
        "phone add name=SEP000000000001 model='Cisco 8841' "
        "lines='[{\"directory_number\":\"4001@P\"},{\"directory_number\":\"4001@P\"}]'",
        1,
        "lines[1].directory_number: expected a directory number that no other line here has, got "
        "\"4001@P\", which line 1 has");
    run(node,
        "device-profile add name=D model='Cisco 8841' "
        "lines='[{\"directory_number\":\"4001@P\"},{\"directory_number\":\"4001@P\"}]'",
        1, "which line 1 has");
    run(node,
        "call-manager add name=hq-9 starting_directory_number=1 ending_directory_number=2 "
        "template_device=SEP000000000000",
        1,
        "name: expected the name of a node of this cluster such as hq-1, got \"hq-9\", which does "
        "not exist; sojourn node list "
        "shows them");
    run(node, "call-manager-group set Default nodes=hq-1,hq-1", 1,
        "nodes[1]: expected each of them once, got \"hq-1\" again");
    run(node, "phone add name=SEP000000000001 name=SEP000000000002", 2, "given twice");
    run(node, "phone add name=SEP000000000001", 1, "model: expected a value");
    run(node, "phone add name=SEP000000000001 model='Cisco 8841' enable_extension_mobility=perhaps",
        1, "expected true or false");
    run(node, "phone add name=SEP000000000001 model='Cisco 8841' lines=4001", 1,
        "expected a list of objects, such as [{\"directory_number\":...}] in JSON, got the text "
        "\"4001\"");
    run(node, "phone add name=SEP000000000001 model=None", 1, "expected the key of a phone_model");
    run(node, "phone list protocol=H323", 1, "one of");
    run(node, "route-pattern add pattern=9.XXXX", 1,
        "sip_trunk: expected the SIP trunk to which the calls go");
    run(node, "route-pattern add pattern=9.XXXX block=true", 0, NULL);
    run(node, "route-pattern set 9.XXXX block=false", 1, "got none of them");
    run(node, "sip-trunk add name=Gateway", 0, NULL);
    run(node, "sip-trunk add name=Between trunk_service_type=extension_mobility_cross_clusters", 0,
        NULL);
    run(node, "route-list add name=Ways", 0, NULL);
    run(node, "route-pattern add pattern=7X sip_trunk=Gateway route_list=Ways", 1,
        "sip_trunk: expected either a SIP trunk or a route list, got both, \"Gateway\" and "
        "\"Ways\"");
    run(node, "route-pattern add pattern=7X sip_trunk=Between", 1,
        "sip_trunk: expected a SIP trunk with destinations, got \"Between\", whose service type is "
        "Extension Mobility Cross "
        "Clusters");
    run(node, "route-group add name=Group members=Gateway,Between", 1,
        "members[1]: expected a SIP trunk with destinations, got \"Between\"");
    run(node, "route-pattern get 9.XXXY", 1,
        "there is no route_pattern \"9.XXXY\"; did you mean \"9.XXXX\"?");
    run(node, "route-pattern set 9.XXXY block=true", 1, "did you mean \"9.XXXX\"?");
    run(node, "route-pattern remove 9.XXXY", 1, "did you mean \"9.XXXX\"?");
    run(node, "directory-number get 4001", 1,
        "there is no directory_number \"4001\"; did you mean \"4001@P\"?");
    run(node,
        "device-profile add name=E model='Cisco 8841' lines='[{\"directory_number\":\"4001\"}]'", 1,
        "got \"4001\", which does not exist; did you mean \"4001@P\"?");
    run(node, "geolocation add name=G address='{\"country\":\"UK\"}'", 1,
        "address.country: expected a country code of ISO 3166 such as GB or US, got \"UK\"");
    run(node, "policy tst x.lua", 2, "expected one of check, test, list,");
    run(node, "plugin foo", 2, "expected one of new, inspect, check, list,");
    run(node, "param list 'Cisco Extension Mobility' | grep -c '168:00 minutes'", 1, "0\n");
    run(node, "phone get", 2, "usage");
    run(node, "phone reset", 1, "device_name");
    run(node, "phone reset SEP000000000001 mode=softly", 1, "one of");
    run(node, "service activate nothing", 1, NULL);
    run(node, "trace xyz", 1, "32 hexadecimal digits");
    run(node, "trace 00000000000000000000000000000000", 1, "not all of them zeros");
    run(node, "events tail --type session.startd", 1, "did you mean session.started?");
    run(node, "events head", 2, "usage");
    run(node, "session list", 0, "sojourn: no session is stored\n");
    run(node, "session list 2>/dev/null | wc -c", 0, "0\n"); /* no line on stdout */
    run(node, "phone list name='SEP*'", 0, "name=SEP* compares equal");
    run(node, "phone list name='SEP*'", 0, "no phone matches");
    run(node, "plugin new callmanager", 2, "it is a service of Sojourn");
    run(node, "--node /nonexistent phone list", 3, "cannot reach the node");
    run(node, "help", 0, "device-pool");
    run(node, "help phone", 0, "model (phone-model KEY; required)");
    run(node, "help phone", 0, "device_pool (device-pool KEY; default Default)");
    run(node, "help phone", 0, "enable_extension_mobility (true | false)");
    run(node, "help phone", 0, "lines (list '[{\"directory_number\":...},...]')");
    run(node, "help phone", 0, "services (list of phone-service KEY,KEY...)");
    run(node, "help phone", 0, "mode (reset | restart");
    run(node, "help end-user", 0, "maximum_login_time (HHH:MM, 0:00 to 168:00)");
    run(node, "help session", 0, "login_time (time such as");
}

/* Events are seen by those who watch, as they happen. */
static void live_events(void **state) {
    struct real_node *node = *state;
    char command[1024], line[512] = "";
    bool seen = false;
    FILE *tail;
    (void)snprintf(command, sizeof command,
                   "cd '%s' && SOJOURN_SOCKET=state/sojourn.sock exec timeout 30 '%s' events tail "
                   "--type config.changed",
                   node->directory, shell);
    tail = popen(command, "r");
    assert_non_null(tail);
    for (int i = 0; i < 100 && !seen; i++) { /* until the watcher is there */
        struct pollfd ready = {fileno(tail), POLLIN, 0};
        char words[64];
        (void)snprintf(words, sizeof words, "partition add name=P%d", i);
        run(node, words, 0, NULL);
        seen = poll(&ready, 1, 100) == 1;
    }
    assert_true(seen);
    assert_non_null(fgets(line, sizeof line, tail));
    assert_non_null(strstr(line, "{\"type\":\"config.changed\",\"time\":\"20"));
    assert_non_null(strstr(line, "\"resource\":\"partition\""));
    assert_non_null(strstr(line, "\"action\":\"added\""));
    (void)real_node_stop(node, SIGKILL); /* ends the stream, and with it the watcher */
    const int ended = pclose(tail);
    assert_true(WIFEXITED(ended) && WEXITSTATUS(ended) == 3); /* never "done" */
    real_node_start(node);
    real_node_wait(node);
}

int main(int count, char **words) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(objects, setup, teardown),
        cmocka_unit_test_setup_teardown(parameters, setup, teardown),
        cmocka_unit_test_setup_teardown(from_elsewhere, setup, teardown),
        cmocka_unit_test_setup_teardown(a_node_that_cannot_begin_says_why, setup, teardown),
        cmocka_unit_test_setup_teardown(changes_are_logged, setup, teardown),
        cmocka_unit_test_setup_teardown(services_that_are_not_offered, setup, teardown),
        cmocka_unit_test_setup_teardown(typing_wrongly, setup, teardown),
        cmocka_unit_test_setup_teardown(live_events, setup, teardown),
    };
    if (count != 3) {
        return 2;
    }
    server = words[1];
    shell = words[2];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
