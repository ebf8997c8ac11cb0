/* The shell's words and files against a real node: what an apply file may be, and where options
 * end. test_cli_files SOJOURND SOJOURN */
#define CLI_NODE_ADDRESS "127.77.2.2"
#include "cli_kit.h"

static void apply_keeps_the_order_of_the_file(void **state) {
    struct real_node *node = *state;
    /* Some editors begin a file with a mark that it is UTF-8. */
    write_file(node, "site.lua",
               "\xef\xbb\xbf#!/usr/bin/lua\nreturn { partitions = { { name = 'Marked' } } }\n");
    run(node, "apply site.lua --dry-run", 0, "1 added");
    write_file(node, "site.lua",
               "-- phones = first? no: a comment\n"
               "return {\n  sip_profiles = { { name = \"R2\" }, { name = \"R1\" } },\n  "
               "[\"partitions\"] = { { name = \"Z\" }, { "
               "name = \"A\" } },\n"
               "  parameters = { Enterprise = { [\"Maximum Number of Phones\"] = 5000 } },\n"
               "  calling_search_spaces = { { name = \"C\", description = \"of [[ A ]]\", "
               "partitions = { \"A\" } } },\n}\n");
    for (int i = 0; i < 5; i++) {
        run(node, "apply site.lua --dry-run", 0,
            "+ sip_profile R2\n+ sip_profile R1\n+ partition Z\n+ partition A\n"
            "~ parameter Maximum Number of Phones: value 60000 -> 5000\n+ calling_search_space "
            "C\n");
    }
    run(node, "apply site.lua", 0, "5 added, 1 changed");
    write_file(node, "site.lua",
               "return { calling_search_spaces = { { name = \"C\", description = \"other\", "
               "partitions = { \"A\", \"Z\" } } } }");
    run(node, "apply site.lua", 0,
        "~ calling_search_space C: description \"of [[ A ]]\" -> \"other\", partitions [\"A\"] -> "
        "[\"A\",\"Z\"]\n");
    write_file(node, "site.lua",
               "return { phones = { { name = \"SEP1\", model = 7 } }, partitions = { { name = "
               "\"a<b\" } },\n"
               "  calling_search_spaces = { { name = \"D\", partitions = { \"Q\" } }, { nam = "
               "\"E\" } }, end_users = { { "
               "user_id = \"u\" } } }");
    for (int i = 0; i < 5; i++) {
        run(node, "apply site.lua", 1,
            "phones[1].model: expected the key of a record, a text, got the number 7\n  "
            "partitions[1].name: expected printable "
            "text");
        run(node, "apply site.lua", 1,
            "calling_search_spaces[1].partitions[1]: expected the key of a partition, got \"Q\"");
    }
}

static void apply(void **state) {
    struct real_node *node = *state;
    write_file(node, "site.lua",
               "-- a site\nreturn { parameters = { Enterprise = { ['Cluster ID'] = 'HQ2' } },\n"
               "  partitions = { { name = 'PT' } },\n  phones = {},\n"
               "  directory_numbers = { { pattern = '1001', partition = 'PT' } } }\n");
    run(node, "apply site.lua --dry-run", 0, "dry run: 2 added, 1 changed");
    run(node, "partition list --json", 0, "[]");
    run(node, "apply site.lua", 0, "+ directory_number 1001@PT");
    run(node, "apply site.lua", 0, "0 added, 0 changed, 0 removed, 3 unchanged");
    run(node, "param get Enterprise 'Cluster ID'", 0, "value: HQ2");
}

/* A file that leaves out the role takes the cluster out of its network: that is said. */
static void a_file_that_leaves_a_network_says_so(void **state) {
    struct real_node *node = *state;
    static const char note[] = "note: ils_configuration.role: leaves the ILS network as hub: ";
    write_file(node, "ils.lua",
               "return { ils_configuration = { advertised_route_string = 'a.example' } }\n");
    run(node, "apply ils.lua --dry-run | grep -c leaves", 1, "0\n"); /* it is in none */
    run(node, "ils-configuration set role=hub", 0, NULL);
    run(node, "apply ils.lua --dry-run", 0, note);
    run(node, "ils-configuration get", 0, "role: hub");
    run(node, "apply ils.lua", 0, note);
    run(node, "apply ils.lua | grep -c leaves", 1, "0\n");
    run(node, "ils-configuration set role=hub", 0, NULL);
    write_file(node, "hub.lua",
               "return { ils_configuration = { advertised_route_string = 'b.example', role = 'hub' "
               "} }\n");
    run(node, "apply hub.lua | grep -c leaves", 1, "0\n");
}

/* What never ends, or asks for all that a machine has, is refused, whichever command reads it. */
static void files_without_end(struct real_node *node) {
    write_file(node, "doubles.lua", "local a = 'a' while true do a = a .. a end return { a }\n");
    run(node, "apply doubles.lua", 1, "doubles.lua: not enough memory");
    write_file(node, "shared.lua",
               "local a = { 'x' } for i = 1, 30 do a = { a, a, a, a } end return { x = a }\n");
    run(node, "apply shared.lua", 1, "more than the 64 MiB that a node takes at once");
    run(node, "apply /dev/zero", 1, "/dev/zero cannot be read: expected at most");
    run(node, "dna test /dev/zero", 1, "/dev/zero cannot be read: expected at most");
    run(node, "policy check /dev/zero", 1, "/dev/zero cannot be read: expected at most");
    run(node, "imported-catalog import x /dev/zero", 1, "/dev/zero cannot be read: expected at");
    run(node, "apply /dev/null", 1, "the file must return a table, not a nil");
}

/* Which line it is that a node would not take, also behind lines that are many. */
static void a_line_without_end(struct real_node *node) {
    static const char *const makes[] = {
        "(echo pattern,description; echo 8001,a; printf 8002,; yes x | head -n 3000000 | tr -d "
        "'\\n'; echo; echo 8003,b) > long.csv",
        "(echo pattern,description; seq 8100 8999; yes '1,x' | head -n 200000; echo '8004,\"open'; "
        "yes '2,y' | head -n 200000) > long.csv"};
    static const char *const says[] = {
        "long.csv, line 3: expected a line of at most 262144 bytes, got 3000006",
        "long.csv, line 200902: expected a line of at most 262144 bytes, got 800011"};
    for (size_t i = 0; i < sizeof makes / sizeof makes[0]; i++) {
        run_line(node, makes[i], 0, "");
        run(node, "imported-catalog import x long.csv", 1, says[i]);
    }
}

static void wrong_files(void **state) {
    struct real_node *node = *state;
    a_line_without_end(node);
    run(node, "apply", 2, "usage");
    run(node, "apply nowhere.lua", 1, "nowhere.lua");
    write_file(node, "broken.lua", "return {\n  partitions = { { name = 'PT' \n}\n");
    run(node, "apply broken.lua", 1, "broken.lua:");
    /* A pipe can be read once; a first line for the system is not Lua's. */
    run(node,
        "apply /dev/stdin 2>&1 <<END || exit 1\n#!/usr/bin/env sojourn\n"
        "return { partitions = { { nme = 'A' } } }\nEND\n",
        1, "partitions[1].nme");
    write_file(node, "calls.lua", "return { partitions = { { name = os.time() } } }\n");
    run(node, "apply calls.lua", 1, "calls.lua:1");
    write_file(node, "loops.lua", "while true do end\n");
    run(node, "apply loops.lua", 1, "loops.lua");
    files_without_end(node);
    write_file(node, "number.lua", "return 7\n");
    run(node, "apply number.lua", 1, NULL);
    write_file(node, "infinite.lua",
               "return { parameters = { Enterprise = { ['Lockout Duration'] = 1/0 } } }\n");
    run(node, "apply infinite.lua", 1,
        "infinite.lua: parameters: Enterprise: Lockout Duration: a number is not finite");
    write_file(node, "function.lua", "return { partitions = { { name = function() end } } }\n");
    run(node, "apply function.lua", 1, NULL);
    write_file(node, "names.lua", "return { phons = {} , partitions = { { nme = 'A' } } }\n");
    run(node, "apply names.lua", 1, "phons: expected the name of a list of records");
    run(node, "apply names.lua", 1, "partitions[1].nme");
    run(node, "partition list --json", 0, "[]");
    write_file(node, "both.lua",
               "return { partitions = { { name = 'B' } }, remove = { partitions = { 'B' } } }\n");
    run(node, "apply both.lua", 1,
        "remove.partitions[1]: expected a record that the file does not declare too, got \"B\"");
    run(node, "partition add name=B", 0, NULL);
    run(node, "apply both.lua", 1,
        "remove.partitions[1]: expected a record that the file does not declare too, got \"B\"");
    run(node, "apply both.lua --dry-run", 1, "remove.partitions[1]: expected a record");
    run(node, "partition list --json", 0, "\"B\"");
}

/* Behind "--" a word is what it says, though it looks like an option. */
static void options_end(void **state) {
    struct real_node *node = *state;
    static const char *const names[] = {"--x", "--json", "--help", "-h", "--"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char words[80];
        (void)snprintf(words, sizeof words, "location add -- name=%s", names[i]);
        run(node, words, 0, NULL);
        (void)snprintf(words, sizeof words, "location get -- %s", names[i]);
        run(node, words, 0, names[i]);
        (void)snprintf(words, sizeof words, "location set -- %s audio_bandwidth=64", names[i]);
        run(node, words, 0, NULL);
        (void)snprintf(words, sizeof words, "location remove -- %s", names[i]);
        run(node, words, 0, NULL);
    }
    run(node, "location remove -- --x", 1, "there is no location \"--x\"");
    run(node, "--json -- location get Hub_None", 0, "\"name\":");
    run(node, "-- --node", 2, "there is no");
    run(node, "location list -- --json", 2, "\"--json\" is one word too many");
    /* A switch behind it is a value. */
    run(node, "service list --all", 0, "Mobile Voice Access");
    run(node, "service list -- --all", 2, "one word too many");
    write_file(node, "-site.lua", "return { partitions = { { name = 'PT' } } }\n");
    run(node, "apply -site.lua", 2, "usage");
    run(node, "apply --dry-run -- -site.lua", 0, "+ partition PT");
    run(node, "apply -- -site.lua --dry-run", 2, "usage");
    run(node, "dna test -- -site.lua", 1, "-site.lua: expected a list of tests, got names");
}

int main(int count, char **words) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(apply_keeps_the_order_of_the_file, setup, teardown),
        cmocka_unit_test_setup_teardown(apply, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_leaves_a_network_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_files, setup, teardown),
        cmocka_unit_test_setup_teardown(options_end, setup, teardown),
    };
    if (count != 3) {
        return 2;
    }
    server = words[1];
    shell = words[2];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
