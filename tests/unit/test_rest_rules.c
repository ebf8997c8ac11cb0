/* Records that can never work, which the REST interface refuses. test_rest_rules SOJOURND */
#define TEST_ADDRESS "127.77.1.62"
#include "rest_fixture.h"

/* Values that can never work, alone or together, are refused where they are given. */
static void what_can_never_work_is_refused(void **state) {
    struct real_node *node = *state;
    static const struct {
        const char *path, *body, *sentence;
    } never[] = {
        {"parameters/EMCC/emcc_default_tftp_server", "{\"value\":\"not a host!\"}",
         "expected a host name or address"},
        {"parameters/EMCC/emcc_backup_tftp_server", "{\"value\":\"http://a/b\"}",
         "expected a host name or address"},
        {"parameters/EMCC/emcc_default_server_for_remote_cluster_update", "{\"value\":\"a b\"}",
         "expected a host name or address"},
        {"parameters/EMCC/emcc_backup_server_for_remote_cluster_update", "{\"value\":\"1.2.3\"}",
         "expected a host name or address"},
        {"parameters/Enterprise/enterprise_url_authentication", "{\"value\":\"nonsense\"}",
         "expected a URL"},
        {"parameters/Enterprise/enterprise_url_services", "{\"value\":\"ftp//\"}",
         "expected a URL"},
        {"parameters/Enterprise/enterprise_url_directories", "{\"value\":\"x y\"}",
         "expected a URL"},
        {"end_users/klingon",
         "{\"user_id\":\"klingon\",\"last_name\":\"K\",\"user_locale\":\"Klingon_Land\"}",
         "user_locale: expected a language and a country of the vendor's locale installers"},
        {"common_device_configurations/C", "{\"name\":\"C\",\"user_locale\":\"Germn_Germany\"}",
         "got \\\"Germn_Germany\\\" (did you mean German_Germany?)"},
        {"phones/SEP001122334455",
         "{\"name\":\"SEP001122334455\",\"model\":\"Cisco 8851\",\"user_locale\":\"German\"}",
         "user_locale: expected a language and a country"},
        {"device_profiles/P",
         "{\"name\":\"P\",\"model\":\"Cisco 8851\",\"user_locale\":\"Klingon_Land\"}",
         "user_locale: expected a language and a country"},
        {"device_pools/D", "{\"name\":\"D\",\"network_locale\":\"Untied_Kingdom\"}",
         "network_locale: expected a country whose tones phones have, such as United_Kingdom, got "
         "\\\"Untied_Kingdom\\\" (did you mean United_Kingdom?)"},
        {"phones/SEP001122334455",
         "{\"name\":\"SEP001122334455\",\"model\":\"Cisco 8851\",\"expansion_modules\":["
         "\"XYZ-Module\"]}",
         "expected an expansion module (7914 14-Button Line Expansion Module, "},
        {"device_profiles/P",
         "{\"name\":\"P\",\"model\":\"Cisco 7841\",\"expansion_modules\":[\"BEKEM\"]}",
         "expected a module that a Cisco 7841 takes, got \\\"BEKEM\\\", which goes with: Cisco "
         "8851 "
         "(2), Cisco 8861 (3), Cisco 8865 (3)"},
        {"phones/SEP001122334455",
         "{\"name\":\"SEP001122334455\",\"model\":\"Cisco 8851\",\"expansion_modules\":["
         "\"BEKEM\",\"BEKEM\",\"BEKEM\"]}",
         "expected at most 2 expansion modules, as a Cisco 8851 takes, got 3"},
        {"phone_security_profiles/P",
         "{\"name\":\"P\",\"device_security_mode\":\"encrypted\",\"transport\":\"udp\"}",
         "transport: expected tls, as the device security mode is encrypted, got udp: no phone "
         "could register"},
        {"phone_security_profiles/P", "{\"name\":\"P\",\"device_security_mode\":\"authenticated\"}",
         "transport: expected tls"},
        {"call_managers/hq-1",
         "{\"name\":\"hq-1\",\"template_device\":\"T\",\"starting_directory_number\":\"4999\","
         "\"ending_directory_number\":"
         "\"4900\"}",
         "ending_directory_number: expected a number from the starting directory number "
         "\\\"4999\\\" on"},
        {"call_managers/hq-1",
         "{\"name\":\"hq-1\",\"template_device\":\"T\",\"starting_directory_number\":\"10000\","
         "\"ending_directory_number\":"
         "\"20000\"}",
         "of the 10000 from there, got"},
        {"call_managers/hq-1",
         "{\"name\":\"hq-1\",\"template_device\":\"T\",\"starting_directory_number\":\"4900\","
         "\"ending_directory_number\":"
         "\"50000\"}",
         "ending_directory_number: expected 4 digits"},
        {"call_managers/hq-1",
         "{\"name\":\"hq-1\",\"template_device\":\"T\",\"starting_directory_number\":\"*490\","
         "\"ending_directory_number\":\"*"
         "499\"}",
         "starting_directory_number: expected digits"},
        {"call_managers/hq-1",
         "{\"name\":\"hq-1\",\"template_device\":\"T\",\"starting_directory_number\":\"4900\","
         "\"ending_directory_number\":"
         "\"4999\",\"external_phone_number_mask\":\"[2-9]XX\"}",
         "external_phone_number_mask: expected a mask"},
        {"time_periods/P", "{\"name\":\"P\",\"start_time\":\"08:00\"}",
         "end_time: expected both start_time and end_time, or neither for no office hours"},
        {"time_periods/P", "{\"name\":\"P\",\"start_time\":\"18:00\",\"end_time\":\"08:00\"}",
         "end_time: expected a time later than the start, 18:00, got \\\"08:00\\\": hours over "
         "midnight are two periods"},
        {"time_periods/P", "{\"name\":\"P\",\"start_time\":\"08:00\",\"end_time\":\"24:30\"}",
         "expected a time of day such as 08:30"},
        {"time_periods/P", "{\"name\":\"P\",\"repeat_every\":\"year\"}",
         "day_of_month: expected a date of the year, got day 0 of month 0"},
        {"time_periods/P",
         "{\"name\":\"P\",\"repeat_every\":\"year\",\"month_of_year\":2,\"day_of_month\":30}",
         "day_of_month: expected a date of the year, got day 30 of month 2"},
        {"time_periods/P",
         "{\"name\":\"P\",\"repeat_every\":\"year\",\"month_of_year\":13,\"day_of_month\":1}",
         "month_of_year: expected"},
        {"time_periods/P",
         "{\"name\":\"P\",\"repeat_every\":\"year\",\"month_of_year\":2,\"day_of_month\":29,"
         "\"month_of_year_end\":6,\"day_of_month_end\":31}",
         "day_of_month_end: expected a date of the year, got day 31 of month 6"},
        {"softkey_templates/S", "{\"name\":\"S\",\"on_hook\":[{\"softkey\":\"redial\"}]}",
         "expected new_call among the softkeys"},
        {"softkey_templates/S",
         "{\"name\":\"S\",\"ring_in\":[{\"softkey\":\"answer\"},{\"softkey\":\"hold\"}]}",
         "expected a softkey that phones have in this state, got hold"},
        {"sip_profiles/S", "{\"name\":\"S\",\"start_media_port\":20000,\"stop_media_port\":19998}",
         "stop_media_port: expected more than start_media_port, 20000, got 19998"},
        {"sip_profiles/S", "{\"name\":\"S\",\"timer_t1_ms\":5000,\"timer_t2_ms\":4000}",
         "timer_t2_ms: expected timer_t1_ms, 5000, or more, got 4000"},
        {"sip_profiles/S", "{\"name\":\"S\",\"headers_passed_through\":[\"Subject\",\"via\"]}",
         "headers_passed_through[1]: expected a header that can pass, such as User-to-User or "
         "Subject, got \\\"via\\\": the call manager writes its own for each party"},
        {"bulk_certificate_managements/default", "{\"url\":\"http://h/\"}",
         "url: expected sftp://"},
        {"route_patterns/X", "{\"pattern\":\"9[^]\",\"block\":true}",
         "pattern: expected a pattern"},
        {"sip_trunks/T", "{\"name\":\"T\",\"calling_party_transformation_css\":\"Out\"}",
         "calling_party_transformation_css: expected "
         "use_device_pool_calling_party_transformation_css = false with a calling search space of "
         "the trunk's own, got \\\"Out\\\" and true"},
        {"phones/SEP00000000AAAA",
         "{\"name\":\"SEP00000000AAAA\",\"model\":\"Cisco "
         "8851\",\"calling_party_transformation_css\":\"Out\"}",
         "calling_party_transformation_css: expected "
         "use_device_pool_calling_party_transformation_css = false with a calling search space of "
         "the phone's own, got \\\"Out\\\" and true"},
        {"sip_trunks/T", "{\"name\":\"T\",\"called_party_transformation_css\":\"Out\"}",
         "called_party_transformation_css: expected "
         "use_device_pool_called_party_transformation_css = false"},
        {"device_pools/D", "{\"name\":\"D\",\"called_party_transformation_css\":\"In\"}",
         "called_party_transformation_css: "},
        {"calling_party_transformation_patterns/1XXX@In",
         "{\"pattern\":\"1XXX\",\"partition\":\"In\"}", "partition: "},
        {"calling_party_transformation_patterns/1XXX",
         "{\"pattern\":\"1XXX\",\"calling_party_transform_mask\":\"4O8\"}",
         "calling_party_transform_mask: expected a mask"},
        {"called_party_transformation_patterns/1XXX",
         "{\"pattern\":\"1XXX\",\"called_party_transform_mask\":\"[2-9]XX\"}",
         "called_party_transform_mask: expected a mask"},
        {"call_manager_groups/G", "{\"name\":\"G\",\"nodes\":[\"hq-1\",\"hq1\"]}",
         "nodes[1]: expected the name of a node of this cluster such as hq-1, got \\\"hq1\\\", "
         "which does not exist"},
        {"end_users/u",
         "{\"user_id\":\"u\",\"last_name\":\"U\",\"controlled_profiles\":[\"P1\"],\"default_"
         "profile\":\"P2\"}",
         "default_profile: expected one of the user's controlled_profiles, got \\\"P2\\\""},
        {"calling_search_spaces/C",
         "{\"name\":\"C\",\"partitions\":[\"Global Learned E.164 Numbers\"]}",
         "the Cisco Intercluster Lookup Service makes this partition when it first runs: activate "
         "it before"},
        {"directory_uris/anna@example.com", "{\"user\":\"anna\",\"host\":\"example.com\"}",
         "directory_number: expected the directory number where calls to \\\"anna@example.com\\\" "
         "ring, or in end_user the user whose it is, got neither"},
        {"advertised_patterns/54XXX",
         "{\"pattern\":\"54XXX\",\"pstn_failover\":\"strip_and_prepend\",\"strip_digits\":6,"
         "\"prepend_digits\":\"9\"}",
         "strip_digits: expected 5 or less, since the shortest number of \\\"54XXX\\\" has no "
         "more, "
         "got 6"},
        {"advertised_patterns/54XXX",
         "{\"pattern\":\"54XXX\",\"pstn_failover\":\"strip_and_prepend\",\"strip_digits\":5}",
         "prepend_digits: expected what is dialled in the place of the 5 digits"},
        {"voice_mail_profiles/V", "{\"name\":\"V\",\"message_waiting_sip_trunk\":\"Between\"}",
         "message_waiting_sip_trunk: expected a SIP trunk with destinations"},
        {"learned_block_rules/B", "{\"name\":\"B\"}",
         "expected a type, pattern, prefix or cluster_id, got none of them"},
    };
    expect(node, "POST", "/api/v1/phones",
           "{\"name\":\"T\",\"model\":\"Third-party SIP Device (Basic)\"}", 201, NULL);
    expect(node, "POST", "/api/v1/calling_search_spaces", "{\"name\":\"Out\"}", 201, NULL);
    expect(node, "POST", "/api/v1/sip_trunks",
           "{\"name\":\"Between\",\"trunk_service_type\":\"extension_mobility_cross_clusters\"}",
           201, NULL);
    expect(node, "POST", "/api/v1/device_profiles", "{\"name\":\"P1\",\"model\":\"Cisco 8851\"}",
           201, NULL);
    expect(node, "POST", "/api/v1/device_profiles", "{\"name\":\"P2\",\"model\":\"Cisco 8851\"}",
           201, NULL);
    expect(node, "POST", "/api/v1/end_users",
           "{\"user_id\":\"right\",\"last_name\":\"U\",\"controlled_profiles\":[\"P1\",\"P2\"],"
           "\"default_profile\":\"P2\"}",
           201, NULL);
    expect(node, "POST", "/api/v1/call_manager_groups", "{\"name\":\"Right\",\"nodes\":[\"hq-1\"]}",
           201, NULL);
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        char path[256];
        (void)snprintf(path, sizeof path, "/api/v1/%s", never[i].path);
        expect(node, "PUT", path, never[i].body, 400, never[i].sentence);
    }
}

/* What clusters would advertise to each other, or not learn, and that leads nowhere. */
static void what_leads_nowhere_is_not_advertised(void **state) {
    struct real_node *node = *state;
    static const struct {
        const char *path, *body, *sentence;
    } never[] = {
        {"ils_configuration/default", "{\"advertised_route_string\":\"hq.example.\"}",
         "advertised_route_string: expected a domain such as example.com"},
        {"ils_configuration/default", "{\"advertised_route_string\":\"-hq\"}",
         "advertised_route_string: expected a domain"},
        {"ils_configuration/default", "{\"advertised_route_string\":\"hq..example\"}",
         "advertised_route_string: expected a domain"},
        {"ils_configuration/default", "{\"advertised_route_string\":\"4711\"}",
         "advertised_route_string: expected a domain"},
        {"ils_configuration/default",
         "{\"role\":\"spoke\",\"registration_server\":\"" TEST_ADDRESS "\"}",
         "registration_server: expected a hub of another cluster, got \\\"" TEST_ADDRESS
         "\\\", which is this cluster"},
        {"ils_configuration/default", "{\"role\":\"spoke\",\"registration_server\":\"HQ-1\"}",
         "registration_server: expected a hub of another cluster"},
        {"imported_catalogs/C", "{\"name\":\"C\",\"route_string\":\"pbx.example.\"}",
         "route_string: expected a domain"},
        {"directory_uris/anna@example.com.",
         "{\"user\":\"anna\",\"host\":\"example.com.\",\"directory_number\":\"4001@P\"}",
         "host: expected a domain"},
        {"directory_uris/anna@2001:db8::1",
         "{\"user\":\"anna\",\"host\":\"2001:db8::1\",\"directory_number\":\"4001@P\"}",
         "host: expected a domain"},
        {"directory_uris/anna@my_pbx.example",
         "{\"user\":\"anna\",\"host\":\"my_pbx.example\",\"directory_number\":\"4001@P\"}",
         "host: expected a domain"},
        {"directory_uris/anna@example.com",
         "{\"user\":\"anna\",\"host\":\"example.com\",\"directory_number\":\"4001@P\","
         "\"pstn_failover\":\"+\"}",
         "pstn_failover: expected the number as it is dialled here, such as +49301234 or 90301234, "
         "or nothing for none, got \\\"+\\\""},
        {"imported_directory_uris/a@pbx.example.",
         "{\"user\":\"a\",\"host\":\"pbx.example.\",\"catalog\":\"PBX\"}",
         "host: expected a domain"},
        {"imported_numbers/8001",
         "{\"number\":\"8001\",\"catalog\":\"PBX\",\"pstn_failover\":\"++49\"}",
         "pstn_failover: expected the number as it is dialled here"},
        {"alternate_numbers/54XX@4001",
         "{\"mask\":\"54XX\",\"directory_number\":\"4001\",\"pstn_failover\":\"#\"}",
         "pstn_failover: expected the number as it is dialled here"},
        {"alternate_numbers/XXXX@4001", "{\"mask\":\"XXXX\",\"directory_number\":\"4001\"}",
         "mask: expected a mask that makes another number of \\\"4001\\\", got \\\"XXXX\\\", "
         "which makes the same"},
        {"alternate_numbers/40XX@4001", "{\"mask\":\"40XX\",\"directory_number\":\"4001\"}",
         "which makes the same"},
        {"alternate_numbers/5XXXXX@4001", "{\"mask\":\"5XXXXX\",\"directory_number\":\"4001\"}",
         "mask: expected no more behind the first X than the 4 digits of \\\"4001\\\", got "
         "\\\"5XXXXX\\\""},
        {"alternate_numbers/5AXX@4001", "{\"mask\":\"5AXX\",\"directory_number\":\"4001\"}",
         "mask: expected a mask that makes a number of \\\"4001\\\", of digits, * and #, or of "
         "digits behind a +, got \\\"5AXX\\\", which makes \\\"5A01\\\""},
        {"alternate_numbers/+49*XX@4001", "{\"mask\":\"+49*XX\",\"directory_number\":\"4001\"}",
         "which makes \\\"+49*01\\\""},
        {"advertised_patterns/!", "{\"pattern\":\"!\"}",
         "pattern: expected the digits in front by which no other cluster's numbers begin"},
        {"advertised_patterns/X!", "{\"pattern\":\"X!\"}", "which claims everybody's"},
        {"advertised_patterns/+!", "{\"pattern\":\"+!\"}", "which claims everybody's"},
        {"advertised_patterns/+xX!", "{\"pattern\":\"+xX!\"}", "which claims everybody's"},
        {"imported_patterns/X!", "{\"pattern\":\"X!\",\"catalog\":\"PBX\"}",
         "which claims everybody's"},
        {"advertised_patterns/54XX",
         "{\"pattern\":\"54XX\",\"pstn_failover\":\"strip_and_prepend\",\"strip_digits\":4,"
         "\"prepend_digits\":\"+\"}",
         "prepend_digits: expected what is dialled in the place of the 4 digits"},
        {"advertised_patterns/+54XX",
         "{\"pattern\":\"+54XX\",\"pstn_failover\":\"strip_and_prepend\",\"prepend_digits\":"
         "\"+49\"}",
         "prepend_digits: expected one + at most"},
        {"learned_block_rules/B", "{\"name\":\"B\",\"pattern\":\"4[12]XX\"}",
         "pattern: expected a number, pattern or URI as clusters advertise them"},
        {"learned_block_rules/B", "{\"name\":\"B\",\"pattern\":\"83!4\"}",
         "pattern: expected a number, pattern or URI"},
        {"learned_block_rules/B", "{\"name\":\"B\",\"pattern\":\"@example.com\"}",
         "pattern: expected a number, pattern or URI"},
        {"learned_block_rules/B", "{\"name\":\"B\",\"prefix\":\"8[34]\"}",
         "prefix: expected how a number or URI begins"},
        {"learned_block_rules/B", "{\"name\":\"B\",\"pattern\":\"83XX\",\"prefix\":\"84\"}",
         "prefix: expected how the pattern \\\"83XX\\\" begins"},
        {"learned_block_rules/B", "{\"name\":\"B\",\"kind\":\"e164\",\"prefix\":\"49\"}",
         "kind: expected any, or the kind of what is blocked"},
        {"learned_block_rules/B", "{\"name\":\"B\",\"kind\":\"enterprise\",\"pattern\":\"+49!\"}",
         "got enterprise with \\\"+49!\\\""},
        {"learned_block_rules/B", "{\"name\":\"B\",\"kind\":\"e164\",\"pattern\":\"a@b.example\"}",
         "a URI is neither"},
        {"lbm_hub_groups/G", "{\"name\":\"G\",\"members\":[\"hq-1\",\"hq1\"]}",
         "members[1]: expected the name of a node of this cluster such as hq-1, got \\\"hq1\\\""},
        {"lbm_hub_groups/G", "{\"name\":\"G\",\"members\":[\"hq-1\",\"hq-1\"]}",
         "members[1]: expected each of them once"},
        {"locations/hub_none", "{\"name\":\"hub_none\"}",
         "name: expected a name that differs from \\\"Hub_None\\\", which is always there, in more "
         "than small and capital letters"},
        {"locations/PHANTOM", "{\"name\":\"PHANTOM\"}", "differs from \\\"Phantom\\\""},
        {"locations/shadow", "{\"name\":\"shadow\"}", "differs from \\\"Shadow\\\""},
    };
    static const struct {
        const char *path, *body;
    } right[] = {
        {"alternate_numbers/XXXX@4001",
         "{\"mask\":\"XXXX\",\"directory_number\":\"4001\",\"add_to_local_route_partition\":"
         "false,\"pstn_failover\":\"+49304001\"}"},
        {"alternate_numbers/5XX12@4001", "{\"mask\":\"5XX12\",\"directory_number\":\"4001\"}"},
        {"advertised_patterns/83!", "{\"pattern\":\"83!\"}"},
        {"advertised_patterns/0049X!",
         "{\"pattern\":\"0049X!\",\"pstn_failover\":\"strip_and_prepend\",\"strip_digits\":2,"
         "\"prepend_digits\":\"+\"}"},
        {"learned_block_rules/A", "{\"name\":\"A\",\"kind\":\"e164\",\"prefix\":\"+\"}"},
        {"learned_block_rules/C", "{\"name\":\"C\",\"pattern\":\"83xx\",\"prefix\":\"83X\"}"},
        {"learned_block_rules/D", "{\"name\":\"D\",\"prefix\":\"anna@\"}"},
        {"lbm_hub_groups/G", "{\"name\":\"G\",\"members\":[\"hq-1\"]}"},
    };
    expect(node, "POST", "/api/v1/imported_catalogs",
           "{\"name\":\"PBX\",\"route_string\":\"pbx.example\"}", 201, NULL);
    expect(node, "POST", "/api/v1/partitions", "{\"name\":\"P\"}", 201, NULL);
    expect(node, "POST", "/api/v1/directory_numbers", "{\"pattern\":\"4001\",\"partition\":\"P\"}",
           201, NULL);
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        char path[256];
        (void)snprintf(path, sizeof path, "/api/v1/%s", never[i].path);
        expect(node, "PUT", path, never[i].body, 400, never[i].sentence);
    }
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        char path[256];
        (void)snprintf(path, sizeof path, "/api/v1/%s", right[i].path);
        expect(node, "PUT", path, right[i].body, 201, NULL);
    }
    /* A node is in one hub group, and moves in one step. */
    expect(
        node, "PUT", "/api/v1/lbm_hub_groups/H", "{\"name\":\"H\",\"members\":[\"hq-1\"]}", 400,
        "members[0]: expected a node of no other hub group, got \\\"hq-1\\\", which is a member of "
        "\\\"G\\\"");
    expect(node, "POST", "/api/v1/apply",
           "{\"content\":{\"lbm_hub_groups\":[{\"name\":\"G\"},{\"name\":\"H\",\"members\":[\"hq-"
           "1\"]}]"
           "}}",
           200, NULL);
    expect(node, "PUT", "/api/v1/locations/Hub_None",
           "{\"name\":\"Hub_None\",\"audio_bandwidth\":100}", 200, NULL);
    /* Another cluster at the same address. */
    expect(node, "POST", "/api/v1/remote_clusters",
           "{\"cluster_id\":\"LX\",\"fully_qualified_name\":\"" TEST_ADDRESS
           "\",\"https_port\":18444}",
           201, NULL);
    expect(node, "PATCH", "/api/v1/ils_configuration/default",
           "{\"role\":\"spoke\",\"registration_server\":\"" TEST_ADDRESS "\"}", 200, NULL);
    expect(node, "PUT", "/api/v1/lbm_hub_groups/G", "{\"name\":\"G\",\"bootstrap_hubs\":[\"LX\"]}",
           400,
           "members: expected the node of this cluster that asks the bootstrap hubs, such as hq-1, "
           "got none");
}

/* One mistake, one sentence: nothing is told of what is empty. */
static void what_is_empty_is_told_once(void **state) {
    struct real_node *node = *state;
    struct answer answer = real_node_ask(node, "POST", "/api/v1/advertised_patterns",
                                         "{\"pattern\":\"\"}", NULL, NULL);
    assert_int_equal(answer.status, 400);
    assert_non_null(strstr(answer.body, "pattern"));
    assert_null(strstr(answer.body, "prepend_digits"));
    free(answer.body);
}

/* Whichever way it is given: by the record, by a file, by the parameter. */
static void a_cluster_is_not_remote_to_itself(void **state) {
    struct real_node *node = *state;
    const char *cluster_id = "/api/v1/parameters/Enterprise/enterprise_cluster_id";
    expect(node, "PUT", cluster_id, "{\"value\":\"HQ\"}", 200, NULL);
    expect(node, "PUT", "/api/v1/remote_clusters/HQ",
           "{\"cluster_id\":\"HQ\",\"fully_qualified_name\":\"127.77.1.9\"}", 400,
           "cluster_id: expected the Cluster ID of another cluster, got \\\"HQ\\\", which is this "
           "cluster's own");
    expect(node, "POST", "/api/v1/learned_block_rules", "{\"name\":\"B\",\"cluster_id\":\"HQ\"}",
           400, "cluster_id: expected another cluster, got \\\"HQ\\\", which is this one");
    expect(node, "POST", "/api/v1/apply",
           "{\"content\":{\"remote_clusters\":[{\"cluster_id\":\"HQ\",\"fully_qualified_name\":"
           "\"127.77.1.9\"}]}}",
           400, "which is this cluster's own");
    expect(node, "PUT", "/api/v1/remote_clusters/BR",
           "{\"cluster_id\":\"BR\",\"fully_qualified_name\":\"127.77.1.9\"}", 201, NULL);
    expect(node, "PUT", cluster_id, "{\"value\":\"BR\"}", 400,
           "expected an id of its own, got \\\"BR\\\"");
    char body[160];
    (void)snprintf(body, sizeof body,
                   "{\"cluster_id\":\"LX\",\"fully_qualified_name\":\"%s\",\"https_port\":18443}",
                   node->address);
    expect(node, "POST", "/api/v1/remote_clusters", body, 400,
           "fully_qualified_name: expected the name or address of a node of cluster LX, got");
    (void)snprintf(body, sizeof body,
                   "{\"cluster_id\":\"LX\",\"fully_qualified_name\":\"%s\",\"https_port\":18444}",
                   node->address);
    expect(node, "POST", "/api/v1/remote_clusters", body, 201,
           NULL); /* another node on the same machine */
    expect(node, "GET", "/api/v1/remote_clusters", NULL, 200, "\"cluster_id\":\"BR\"");
}

/* Of two catalogs nobody would know which is which; this cluster's own way leads to nobody else. */
static void a_catalog_is_another_call_control(void **state) {
    struct real_node *node = *state;
    const char *own = "/api/v1/ils_configuration/default";
    expect(node, "POST", "/api/v1/imported_catalogs",
           "{\"name\":\"Old PBX\",\"route_string\":\"pbx.example\"}", 201, NULL);
    expect(node, "PATCH", "/api/v1/imported_catalogs/Old%20PBX", "{\"description\":\"old\"}", 200,
           NULL);
    expect(node, "POST", "/api/v1/imported_catalogs",
           "{\"name\":\"old pbx\",\"route_string\":\"pbx2.example\"}", 400,
           "name: expected a name that differs from others in more than small and capital letters, "
           "got \\\"old pbx\\\" beside \\\"Old PBX\\\"");
    expect(node, "POST", "/api/v1/apply",
           "{\"content\":{\"imported_catalogs\":[{\"name\":\"New\",\"route_string\":\"n.example\"},"
           "{\"name\":\"NEW\",\"route_string\":\"m.example\"}]}}",
           400, "differs from others in more than small and capital letters");
    expect(node, "PATCH", own, "{\"advertised_route_string\":\"PBX.example\"}", 400,
           "advertised_route_string: expected a route string of this cluster alone, got "
           "\\\"PBX.example\\\", which is that of the imported catalog \\\"Old PBX\\\"");
    expect(node, "PATCH", own, "{\"advertised_route_string\":\"hq.example\"}", 200, NULL);
    expect(node, "POST", "/api/v1/imported_catalogs",
           "{\"name\":\"Other\",\"route_string\":\"hq.example\"}", 400,
           "route_string: expected the route string of another call control");
    expect(node, "POST", "/api/v1/imported_catalogs",
           "{\"name\":\"Other\",\"route_string\":\"PBX.example\"}", 400,
           "route_string: expected a route string of this catalog alone, got \\\"PBX.example\\\", "
           "which is that of the imported catalog \\\"Old PBX\\\"");
}

/* What belonged to a removed catalog does not become that of a new one, however that is given. */
static void a_catalog_made_anew_takes_nothing_over(void **state) {
    struct real_node *node = *state;
    static const char again[] = "{\"name\":\"Old PBX\",\"route_string\":\"pbx.example\"}";
    static const char left[] = "name: expected a name to which nothing belongs, got \\\"Old "
                               "PBX\\\": otto@pbx.example of the removed catalog of that name is "
                               "still here";
    expect(node, "POST", "/api/v1/imported_catalogs", again, 201, NULL);
    expect(node, "POST", "/api/v1/imported_directory_uris",
           "{\"user\":\"otto\",\"host\":\"pbx.example\",\"catalog\":\"Old PBX\"}", 201, NULL);
    expect(node, "POST", "/api/v1/imported_catalogs", again, 409, NULL);
    expect(node, "PUT", "/api/v1/imported_catalogs/Old%20PBX", again, 200, NULL);
    expect(node, "DELETE", "/api/v1/imported_catalogs/Old%20PBX", NULL, 204, NULL);
    expect(node, "POST", "/api/v1/imported_catalogs", again, 400, left);
    expect(node, "PUT", "/api/v1/imported_catalogs/Old%20PBX", again, 400, left);
    expect(node, "POST", "/api/v1/apply",
           "{\"content\":{\"imported_catalogs\":[{\"name\":\"Old PBX\",\"route_string\":"
           "\"pbx.example\"}]}}",
           400, "otto@pbx.example of the removed catalog");
    expect(node, "DELETE", "/api/v1/imported_directory_uris/otto@pbx.example", NULL, 204, NULL);
    expect(node, "POST", "/api/v1/apply",
           "{\"content\":{\"imported_numbers\":[{\"number\":\"8001\",\"catalog\":\"Old PBX\"}],"
           "\"imported_catalogs\":[{\"name\":\"Old PBX\",\"route_string\":\"pbx.example\"}]}}",
           200, NULL); /* one file gives both, in any order */
}

static void what_is_always_there_stays(void **state) {
    struct real_node *node = *state;
    static const char *const names[] = {"Hub_None", "Phantom", "Shadow"};
    for (size_t i = 0; i < 3; i++) {
        char path[80], body[120];
        (void)snprintf(path, sizeof path, "/api/v1/locations/%s", names[i]);
        expect(node, "DELETE", path, NULL, 409, "is always there");
        (void)snprintf(path, sizeof path, "/api/v1/locations/%s?force=true", names[i]);
        expect(node, "DELETE", path, NULL, 409, "is always there");
        (void)snprintf(body, sizeof body,
                       "{\"content\":{\"force\":true,\"remove\":{\"locations\":[\"%s\"]}}}",
                       names[i]);
        expect(node, "POST", "/api/v1/apply", body, 409, "is always there");
    }
    expect(node, "POST", "/api/v1/locations", "{\"name\":\"Berlin\"}", 201, NULL);
    expect(node, "DELETE", "/api/v1/locations/Berlin", NULL, 204, NULL);
}

/* The host of a URI has no case. */
static void a_directory_uri_is_there_once(void **state) {
    struct real_node *node = *state;
    static const char first[] = "{\"user\":\"alice\",\"host\":\"Example.COM\","
                                "\"directory_number\":\"4001@P\"}",
                      again[] = "{\"user\":\"alice\",\"host\":\"example.com\","
                                "\"directory_number\":\"4001@P\"}";
    expect(node, "POST", "/api/v1/partitions", "{\"name\":\"P\"}", 201, NULL);
    expect(node, "POST", "/api/v1/directory_numbers", "{\"pattern\":\"4001\",\"partition\":\"P\"}",
           201, NULL);
    expect(node, "POST", "/api/v1/directory_uris", first, 201, NULL);
    expect(node, "POST", "/api/v1/directory_uris", again, 400,
           "host: expected another domain than that of \\\"alice@Example.COM\\\"");
    expect(node, "PUT", "/api/v1/directory_uris/alice@Example.COM", first, 200, NULL);
    expect(node, "POST", "/api/v1/directory_uris",
           "{\"user\":\"alice\",\"host\":\"example.org\",\"directory_number\":\"4001@P\"}", 201,
           NULL);
}

/* A host has no case, and of a network its bits alone count: calls could not tell the two. */
static void a_sip_route_is_there_once(void **state) {
    struct real_node *node = *state;
    static const char *const pairs[][2] = {{"br.example", "BR.EXAMPLE"},
                                           {"*.example", "*.Example"},
                                           {"192.0.2.0/24", "192.0.2.5/24"},
                                           {"0.0.0.0/0", "192.0.2.5/0"},
                                           {"192.0.2.8/8", "192.0.2.8/08"}};
    static const char *const others[] = {"br2.example", "192.0.2.0/25", "192.0.3.0/24",
                                         "192.0.2.0"};
    static const char route[] = "{\"pattern\":\"%s\",\"partition\":%s,\"block\":true}";
    char body[200], sentence[100];
    expect(node, "POST", "/api/v1/partitions", "{\"name\":\"Routes\"}", 201, NULL);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        (void)snprintf(body, sizeof body, route, pairs[i][0], "null");
        expect(node, "POST", "/api/v1/sip_route_patterns", body, 201, NULL);
        (void)snprintf(body, sizeof body, route, pairs[i][1], "null");
        (void)snprintf(sentence, sizeof sentence,
                       "pattern: expected another pattern than \\\"%s\\\", which is the same",
                       pairs[i][0]);
        expect(node, "POST", "/api/v1/sip_route_patterns", body, 400, sentence);
        (void)snprintf(body, sizeof body, route, pairs[i][1], "\"Routes\"");
        expect(node, "POST", "/api/v1/sip_route_patterns", body, 201, NULL);
    }
    expect(node, "PATCH", "/api/v1/sip_route_patterns/br.example", "{\"description\":\"B\"}", 200,
           NULL);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        (void)snprintf(body, sizeof body, route, others[i], "null");
        expect(node, "POST", "/api/v1/sip_route_patterns", body, 201, NULL);
    }
}

/* Who dials it picks up calls of one group. */
static void a_pickup_number_is_there_once(void **state) {
    struct real_node *node = *state;
    static const char groups[] = "/api/v1/call_pickup_groups";
    expect(node, "POST", "/api/v1/partitions", "{\"name\":\"Pickup\"}", 201, NULL);
    expect(node, "POST", groups, "{\"name\":\"Sales\",\"number\":\"4801\"}", 201, NULL);
    expect(node, "POST", groups, "{\"name\":\"New\",\"number\":\"4801\"}", 400,
           "number: expected another number than that of the call pickup group \\\"Sales\\\" in "
           "this partition, got \\\"4801\\\"");
    expect(node, "POST", groups, "{\"name\":\"New\",\"number\":\"4801\",\"partition\":\"Pickup\"}",
           201, NULL);
    expect(node, "PATCH", "/api/v1/call_pickup_groups/Sales", "{\"description\":\"S\"}", 200, NULL);
}

/* Intercom partitions, calling search spaces, numbers and lines are apart from all others. */
static void intercom_is_apart(void **state) {
    struct real_node *node = *state;
    static const char numbers[] = "/api/v1/directory_numbers", phones[] = "/api/v1/phones";
    static const char phone[] =
        "{\"name\":\"%s\",\"model\":\"Cisco 8851\",\"device_pool\":\"Default\",\"lines\":"
        "[{\"directory_number\":\"%s\",\"speed_dial\":%s}]}";
    char body[400];
    expect(node, "POST", "/api/v1/partitions", "{\"name\":\"I\",\"usage\":\"intercom\"}", 201,
           NULL);
    expect(node, "POST", "/api/v1/partitions", "{\"name\":\"G\"}", 201, NULL);
    expect(node, "POST", "/api/v1/calling_search_spaces",
           "{\"name\":\"Bad\",\"usage\":\"intercom\",\"partitions\":[\"I\",\"G\"]}", 400,
           "partitions[1]: expected a partition that is for intercom, as the calling search space "
           "is, got \\\"G\\\", which is not for intercom");
    expect(node, "POST", "/api/v1/calling_search_spaces",
           "{\"name\":\"ICSS\",\"usage\":\"intercom\",\"partitions\":[\"I\"]}", 201, NULL);
    expect(node, "PATCH", "/api/v1/partitions/I", "{\"usage\":\"general\"}", 400,
           "usage: expected \\\"intercom\\\", as the calling search space \\\"ICSS\\\" has");
    expect(node, "POST", numbers,
           "{\"pattern\":\"100\",\"partition\":\"G\",\"calling_search_space\":\"ICSS\"}", 400,
           "calling_search_space: expected a calling search space that is not for intercom");
    expect(node, "POST", numbers,
           "{\"pattern\":\"700\",\"partition\":\"I\",\"forward_all_destination\":\"1\"}", 400,
           "forward_all_destination: expected null of an intercom number");
    expect(node, "POST", "/api/v1/route_patterns",
           "{\"pattern\":\"9.!\",\"partition\":\"I\",\"block\":true}", 400,
           "partition: expected a partition that is not for intercom");
    expect(node, "POST", numbers,
           "{\"pattern\":\"701\",\"partition\":\"I\",\"calling_search_space\":\"ICSS\"}", 201,
           NULL);
    expect(node, "POST", numbers, "{\"pattern\":\"101\",\"partition\":\"G\"}", 201, NULL);
    (void)snprintf(body, sizeof body, phone, "SEP0000000000A1", "101@G", "\"701\"");
    expect(node, "POST", phones, body, 400, "as \\\"101@G\\\" is no intercom number");
    (void)snprintf(body, sizeof body, phone, "SEP0000000000A1", "701@I", "\"702\"");
    expect(node, "POST", phones, body, 201, NULL);
    (void)snprintf(body, sizeof body, phone, "SEP0000000000A2", "701@I", "null");
    expect(node, "POST", phones, body, 400, "which \\\"SEP0000000000A1\\\" has");
    (void)snprintf(body, sizeof body, phone, "SEP0000000000A3", "101@G", "null");
    expect(node, "POST", phones, body, 201, NULL);
    expect(node, "PATCH", "/api/v1/directory_numbers/701@I",
           "{\"default_activated_device\":\"SEP0000000000A3\"}", 400,
           "default_activated_device: expected \\\"SEP0000000000A1\\\", whose line it is");
    expect(node, "PATCH", "/api/v1/directory_numbers/701@I",
           "{\"default_activated_device\":\"SEP0000000000A1\"}", 200, NULL);
    expect(node, "POST", "/api/v1/line_groups", "{\"name\":\"L\",\"members\":[\"701@I\"]}", 400,
           "expected a number that is not for intercom");
}

static void host_keys_have_their_form(void **state) {
    struct real_node *node = *state;
    expect(node, "PATCH", "/api/v1/bulk_certificate_management/default",
           "{\"host_key_sha256\":\"c3NoLWtleQ==\"}", 400,
           "host_key_sha256: expected the SHA-256 fingerprint of a host key as ssh-keygen -lf "
           "prints it");
    expect(node, "PATCH", "/api/v1/bulk_certificate_management/default",
           "{\"host_key_sha256\":\"SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\"}", 200,
           NULL);
}

int main(int count, char **words) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_can_never_work_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(what_leads_nowhere_is_not_advertised, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_empty_is_told_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cluster_is_not_remote_to_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(a_catalog_is_another_call_control, setup, teardown),
        cmocka_unit_test_setup_teardown(a_catalog_made_anew_takes_nothing_over, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_always_there_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(a_directory_uri_is_there_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_sip_route_is_there_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_pickup_number_is_there_once, setup, teardown),
        cmocka_unit_test_setup_teardown(intercom_is_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(host_keys_have_their_form, setup, teardown),
    };
    if (count != 2) {
        return 2;
    }
    program = words[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
