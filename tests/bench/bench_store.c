/* What the store costs with 60,000 phones of eight lines: laying them down, opening, keyed reads,
 * lists by a reference, writes. Prints one figure a line. bench_store [PHONES] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/core/node.h"
#include "host/node/host_table.h"
#include "host/params/params.h"
#include "host/record/record.h"
#include "host/store/store.h"
#include "measure.h"
#include "resources/directory_number.h"
#include "resources/partition.h"
#include "resources/phone.h"
#include "resources/registration.h"
#include "sojourn_schema.h"

enum { LINES = 8 };

static struct node node;
static uv_loop_t loop;

static void must(int status, const sj_error *error) {
    if (status < 0) {
        (void)fprintf(stderr, "bench_store: %s\n", error->text);
        exit(1);
    }
}

static void open_node(const char *path) {
    sj_error error;
    (void)uv_loop_init(&loop);
    must(sj_node_init(&node, &loop, &error), &error);
    sj_table_fill(&node.table);
    node.schema = &sojourn_schema;
    must(sj_store_open_at(&node, path, &error), &error);
    must(sj_params_open(&node, &error), &error);
}

static void close_node(void) {
    sj_params_close(&node);
    sj_store_close(&node);
    sj_node_finish(&node);
    (void)uv_loop_close(&loop);
}

static void lay_down(int phones) {
    sj_partition partition = {.name = "Phones"};
    sj_error error;
    char names[LINES][32];
    must(sj_store_transaction_begin(node.store, "bench", &error), &error);
    must(sj_store_put(node.store, &sj_partition_meta, &partition, 0, &error), &error);
    for (int i = 0; i < LINES; i++) {
        char pattern[16];
        (void)snprintf(pattern, sizeof pattern, "%d", 4000 + i);
        (void)snprintf(names[i], sizeof names[i], "%d@Phones", 4000 + i);
        sj_directory_number number = {.pattern = pattern, .partition = "Phones", .active = true};
        must(sj_store_put(node.store, &sj_directory_number_meta, &number, 0, &error), &error);
    }
    for (int i = 0; i < phones; i++) {
        char name[32];
        sj_device_line lines[LINES];
        sj_phone phone = {.name = name,
                          .model = "Cisco 8851",
                          .device_pool = "Default",
                          .common_phone_profile = "Standard Common Phone Profile",
                          .phone_security_profile = "Standard SIP Non-Secure Profile",
                          .sip_profile = "Standard SIP Profile",
                          .lines = lines,
                          .lines_count = LINES};
        memset(lines, 0, sizeof lines);
        for (int k = 0; k < LINES; k++) {
            lines[k].directory_number = names[k];
            lines[k].maximum_calls = 4;
            lines[k].busy_trigger = 2;
        }
        (void)snprintf(name, sizeof name, "SEP%d", i);
        must(sj_store_put(node.store, &sj_phone_meta, &phone, 0, &error), &error);
    }
    must(sj_store_transaction_commit(node.store, &error), &error);
}

static long resident_kb(void) {
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%ld %ld", &pages, &resident) != 2) {
        resident = 0;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void read_keys(int phones, int spread, const char *what) {
    enum { READS = 200000 };
    uint64_t begun = measure_now_us();
    for (int i = 0; i < READS; i++) {
        char key[32];
        void *record;
        sj_error error;
        (void)snprintf(
            key, sizeof key, "SEP%d",
            (int)(((unsigned)i * 2654435761u) % (unsigned)(spread < phones ? spread : phones)));
        must(sj_store_get(node.store, &sj_phone_meta, key, &record, &error), &error);
        sj_host_record_free(record);
    }
    (void)printf("%s\t%.0f\n", what, READS * 1e6 / (double)(measure_now_us() - begun));
}

static void write_registrations(int phones) {
    enum { WRITES = 20000 };
    uint64_t begun = measure_now_us();
    for (int i = 0; i < WRITES; i++) {
        char name[32];
        sj_error error;
        sj_registration registration = {.device_name = name,
                                        .node = "hq-1",
                                        .address = "10.0.0.1",
                                        .port = 5060,
                                        .expires_at = i + 1};
        (void)snprintf(name, sizeof name, "SEP%d", i % phones);
        must(sj_store_put(node.store, &sj_registration_meta, &registration, 0, &error), &error);
    }
    (void)printf("single writes/s\t%.0f\n", WRITES * 1e6 / (double)(measure_now_us() - begun));
}

static void list_all(void) {
    sj_list list;
    sj_error error;
    uint64_t begun = measure_now_us();
    must(sj_store_list(node.store, &sj_phone_meta, NULL, &list, &error), &error);
    (void)printf("list of all phones, ms\t%.0f\n", (double)(measure_now_us() - begun) / 1000);
    sj_host_list_free(&list);
}

static void param_gets(void) {
    enum { GETS = 20000000 };
    const sj_param_meta *meta =
        sj_catalog_param(sj_store_catalog(node.store), "Enterprise", "enterprise_max_phones");
    uint64_t begun = measure_now_us();
    int64_t sum = 0;
    for (int i = 0; i < GETS; i++) {
        sum += sj_host_param_integer(node.scope, meta);
    }
    (void)printf("parameter, ns%s\t%.1f\n", sum == 0 ? "?" : "",
                 (double)(measure_now_us() - begun) * 1000 / GETS);
}

int main(int count, char **words) {
    int phones = count > 1 ? atoi(words[1]) : 60000;
    char directory[] = "/tmp/sojourn-bench-XXXXXX", path[64], command[80];
    uint64_t begun;
    if (phones < 1 || mkdtemp(directory) == NULL) {
        return 2;
    }
    (void)snprintf(path, sizeof path, "%s/sojourn.db", directory);
    begun = measure_now_us();
    open_node(path);
    (void)printf("first opening, ms\t%.1f\n", (double)(measure_now_us() - begun) / 1000);
    begun = measure_now_us();
    lay_down(phones);
    (void)printf("laying down %d phones, ms\t%.0f\n", phones,
                 (double)(measure_now_us() - begun) / 1000);
    close_node();
    begun = measure_now_us();
    open_node(path);
    (void)printf("opening, ms\t%.1f\n", (double)(measure_now_us() - begun) / 1000);
    (void)printf("resident after opening, MB\t%.1f\n", (double)resident_kb() / 1024);
    read_keys(phones, phones, "keyed reads/s, any phone");
    read_keys(phones, 1000, "keyed reads/s, the same 1,000");
    (void)printf("resident after reads, MB\t%.1f\n", (double)resident_kb() / 1024);
    write_registrations(phones);
    list_all();
    param_gets();
    close_node();
    (void)snprintf(command, sizeof command, "rm -rf '%s'", directory);
    return system(command) == 0 ? 0 : 1;
}
