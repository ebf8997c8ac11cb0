/* sojournd as a process: arguments, node file, readiness, signals, exit codes, a kill -9, a crash
 * in a job. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { DEADLINE_S = 60 };

struct run {
    char directory[64], file[96];
    pid_t process;
    FILE *log; /* its stderr and stdout */
    char line[4096];
};

static int setup(void **state) {
    struct run *run = calloc(1, sizeof *run);
    (void)strcpy(run->directory, "/tmp/sojourn-daemon-XXXXXX");
    if (mkdtemp(run->directory) == NULL) {
        return -1;
    }
    (void)snprintf(run->file, sizeof run->file, "%s/node.lua", run->directory);
    *state = run;
    (void)alarm(DEADLINE_S);
    return 0;
}

static int teardown(void **state) {
    struct run *run = *state;
    char command[128];
    if (run->log != NULL) {
        (void)fclose(run->log);
    }
    if (run->process > 0) {
        (void)kill(run->process, SIGKILL);
        (void)waitpid(run->process, NULL, 0);
    }
    (void)snprintf(command, sizeof command, "rm -rf %s", run->directory);
    free(run);
    (void)alarm(0);
    return system(command);
}

static void write_file(const struct run *run, const char *more) {
    FILE *file = fopen(run->file, "w");
    assert_non_null(file);
    (void)fprintf(file,
                  "return { cluster = \"d\", node = \"d-1\", listen = { address = \"127.0.94.1\", "
                  "sip = 15060, sips = 15061, tftp = "
                  "15069,\n"
                  "tftp_http = 16970, http = 18080, https = 18443 }, directories = { state = "
                  "\"state\", plugins = \"plugins\" }%s }\n",
                  more);
    (void)fclose(file);
    char plugins[128];
    (void)snprintf(plugins, sizeof plugins, "%s/plugins", run->directory);
    (void)mkdir(plugins, 0700);
}

static void start(struct run *run, const char *const *arguments) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    run->process = fork();
    assert_true(run->process >= 0);
    if (run->process == 0) {
        (void)dup2(ends[1], STDERR_FILENO);
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
        (void)execv(SOJOURND, (char *const *)(uintptr_t)arguments);
        _exit(127);
    }
    (void)close(ends[1]);
    run->log = fdopen(ends[0], "r");
    assert_non_null(run->log);
}

#define START(run, ...) start(run, (const char *const[]){"sojournd", __VA_ARGS__, NULL})

static bool next_line_with(struct run *run, const char *text) {
    while (fgets(run->line, sizeof run->line, run->log) != NULL) {
        if (strstr(run->line, text) != NULL) {
            return true;
        }
    }
    return false;
}

static void wait_for(struct run *run, const char *text) {
    if (!next_line_with(run, text)) {
        fail_msg("the node ended before it said \"%s\"", text);
    }
}

static int exit_code(struct run *run) {
    int status = 0;
    assert_int_equal(waitpid(run->process, &status, 0), run->process);
    run->process = 0;
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void wrong_arguments_are_named(void **state) {
    struct run *run = *state;
    START(run, "--chekc");
    wait_for(run, "sojournd: unexpected argument \"--chekc\"");
    assert_int_equal(exit_code(run), 2);
}

static void no_node_file_is_an_error(void **state) {
    struct run *run = *state;
    START(run, "--check");
    wait_for(run, "sojournd: expected -c FILE, got no node file");
    assert_int_equal(exit_code(run), 2);
}

static void a_missing_node_file_is_named(void **state) {
    struct run *run = *state;
    START(run, "-c", "/nowhere/node.lua");
    wait_for(
        run,
        "/nowhere/node.lua: expected a node file, it cannot be opened: No such file or directory");
    assert_int_equal(exit_code(run), 2);
}

static void check_says_that_all_is_well(void **state) {
    struct run *run = *state;
    char state_directory[128];
    write_file(run, "");
    START(run, "-c", run->file, "--check");
    wait_for(run, "node.lua: complete and valid");
    assert_int_equal(exit_code(run), 0);
    (void)snprintf(state_directory, sizeof state_directory, "%s/state", run->directory);
    assert_int_equal(access(state_directory, F_OK), -1); /* and touches nothing */
}

static void check_says_what_is_wrong(void **state) {
    struct run *run = *state;
    write_file(run, ", log = { level = \"loud\" }");
    START(run, "-c", run->file, "--check");
    wait_for(run, "node.lua: log.level: expected \"error\", \"warning\", \"info\" or \"debug\", "
                  "got \"loud\"");
    assert_int_equal(exit_code(run), 2);
}

static void a_state_directory_that_cannot_be_made_is_named(void **state) {
    struct run *run = *state;
    FILE *blocker;
    char path[128];
    write_file(run, "");
    (void)snprintf(path, sizeof path, "%s/state", run->directory);
    blocker = fopen(path, "w");
    assert_non_null(blocker);
    (void)fclose(blocker);
    START(run, "-c", run->file);
    wait_for(run, "the node cannot start: directories.state: expected a directory at ");
    assert_int_equal(exit_code(run), 1);
}

static void term_stops_and_hup_reloads(void **state) {
    struct run *run = *state;
    write_file(run, "");
    START(run, "-c", run->file);
    wait_for(run, "node d-1 of cluster d serves on 127.0.94.1");
    write_file(run, ", log = { level = \"debug\", format = \"json\" }");
    assert_int_equal(kill(run->process, SIGHUP), 0);
    wait_for(run, "reloaded: log level debug, format json");
    assert_non_null(strstr(run->line, "{\"time\":\""));
    write_file(run, ", log = { level = 7 }");
    assert_int_equal(kill(run->process, SIGHUP), 0);
    wait_for(run, "log.level: expected ");
    wait_for(run, "the node file is not applied: the node keeps its settings");
    assert_int_equal(kill(run->process, SIGTERM), 0);
    wait_for(run, "node d-1 stops");
    assert_int_equal(exit_code(run), 0);
}

static void the_node_file_sets_level_and_format_of_the_log(void **state) {
    struct run *run = *state;
    write_file(run, ", log = { level = \"debug\", format = \"json\" }");
    START(run, "-c", run->file);
    wait_for(run, "node d-1 of cluster d serves on 127.0.94.1");
    assert_non_null(strstr(run->line, "{\"time\":\""));
    assert_int_equal(kill(run->process, SIGTERM), 0);
    wait_for(run, "node d-1 stops");
    assert_int_equal(exit_code(run), 0);
}

/* Waits for a datagram that begins so. */
static void hear(int manager, char *datagram, size_t room, const char *start) {
    do {
        memset(datagram, 0, room);
        assert_true(recv(manager, datagram, room - 1, 0) > 0);
    } while (strncmp(datagram, start, strlen(start)) != 0);
}

static void readiness_is_told_to_the_service_manager(void **state) {
    struct run *run = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char datagram[256] = "";
    int manager = socket(AF_UNIX, SOCK_DGRAM, 0);
    assert_true(manager >= 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/notify", run->directory);
    assert_int_equal(bind(manager, (const struct sockaddr *)&address, sizeof address), 0);
    (void)setenv("NOTIFY_SOCKET", address.sun_path, 1);
    (void)setenv("WATCHDOG_USEC", "1000000", 1);
    write_file(run, "");
    START(run, "-c", run->file);
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("WATCHDOG_USEC");
    hear(manager, datagram, sizeof datagram, "READY=1\n");
    assert_string_equal(
        datagram, "READY=1\nSTATUS=node d-1 serves on 127.0.94.1; 0 of 0 activated services run");
    hear(manager, datagram, sizeof datagram, "WATCHDOG=1");
    assert_int_equal(kill(run->process, SIGHUP), 0);
    hear(manager, datagram, sizeof datagram, "RELOADING=1\nMONOTONIC_USEC=");
    hear(manager, datagram, sizeof datagram, "READY=1\nSTATUS=node d-1 serves");
    write_file(run, ", log = { level = 7 }");
    assert_int_equal(kill(run->process, SIGHUP), 0);
    hear(manager, datagram, sizeof datagram, "RELOADING=1\n");
    hear(manager, datagram, sizeof datagram, "READY=1\n");
    assert_non_null(strstr(datagram, "; the node file is not applied"));
    assert_int_equal(kill(run->process, SIGTERM), 0);
    hear(manager, datagram, sizeof datagram, "STOPPING=1");
    assert_true(next_line_with(run, "node d-1 stops"));
    assert_int_equal(exit_code(run), 0);
    (void)close(manager);
}

/* The worker's process id, from its parent's. */
static pid_t worker_of(pid_t parent) {
    char path[64], text[64] = "";
    FILE *file;
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    (void)fclose(file);
    return (pid_t)strtol(text, NULL, 10);
}

static void a_killed_worker_comes_back(void **state) {
    struct run *run = *state;
    pid_t first;
    write_file(run, "");
    START(run, "-c", run->file);
    wait_for(run, "serves on 127.0.94.1");
    first = worker_of(run->process);
    assert_int_equal(kill(first, SIGKILL), 0);
    wait_for(run, "the node was killed by signal 9; it is started again");
    wait_for(run, "serves on 127.0.94.1");
    assert_int_not_equal(worker_of(run->process), first);
    assert_int_equal(kill(run->process, SIGTERM), 0);
    wait_for(run, "node d-1 stops");
    assert_int_equal(exit_code(run), 0);
}

/* Runs a command in the node's directory; it must end well. */
static void shell(const struct run *run, const char *command) {
    char text[512];
    (void)snprintf(text, sizeof text, "cd %s && %s", run->directory, command);
    assert_int_equal(system(text), 0);
}

static void stop_well(struct run *run) {
    assert_int_equal(kill(run->process, SIGTERM), 0);
    wait_for(run, "node d-1 stops");
    assert_int_equal(exit_code(run), 0);
}

static void the_supervisor_speaks_json_too(void **state) {
    struct run *run = *state;
    write_file(run, ", log = { format = \"json\" }");
    START(run, "-c", run->file);
    wait_for(run, "serves on 127.0.94.1");
    assert_int_equal(kill(worker_of(run->process), SIGSEGV), 0);
    wait_for(run,
             "the node died by signal 11 (Segmentation fault) in the host; it is started again");
    assert_int_equal(strncmp(run->line, "{\"time\":\"", 9), 0);
    assert_non_null(
        strstr(run->line, "\"level\":\"error\",\"service\":\"supervisor\",\"message\":\""));
    wait_for(run, "serves on 127.0.94.1");
    stop_well(run);
}

/* A crash while somebody edits the node file: first it is no node file at all, then one with which
 * the node cannot start. */
static void a_crash_with_a_half_edited_node_file_goes_on_with_the_last_good_one(void **state) {
    struct run *run = *state;
    write_file(run, "");
    START(run, "-c", run->file);
    wait_for(run, "serves on 127.0.94.1");
    shell(run, "cp node.lua good && head -c 90 good >node.lua");
    assert_int_equal(kill(worker_of(run->process), SIGKILL), 0);
    wait_for(run, "node.lua is not applied: the node keeps the settings it served with before");
    wait_for(run, "serves on 127.0.94.1");
    shell(run, "sed s/127.0.94.1/192.0.2.94/ good >node.lua");
    assert_int_equal(kill(worker_of(run->process), SIGKILL), 0);
    wait_for(run, "the node cannot start: ");
    wait_for(run, "the node does not start with the node file as it is now");
    wait_for(run, "serves on 127.0.94.1");
    assert_int_equal(kill(worker_of(run->process), SIGKILL), 0); /* and again, without trying */
    wait_for(run, "serves on 127.0.94.1");
    stop_well(run);
}

/* What a machine that was asleep and an operator who stops the process have in common: nothing
 * moves, and no callback is at fault. */
static void a_stopped_worker_is_not_taken_for_a_stuck_one(void **state) {
    struct run *run = *state;
    pid_t worker;
    write_file(run, ", watchdog = { callback = 2 }");
    START(run, "-c", run->file);
    wait_for(run, "serves on 127.0.94.1");
    worker = worker_of(run->process);
    assert_int_equal(kill(worker, SIGSTOP), 0);
    (void)sleep(3);
    assert_int_equal(kill(run->process, SIGSTOP), 0); /* the supervisor as well */
    (void)sleep(3);
    assert_int_equal(kill(worker, SIGCONT), 0);
    assert_int_equal(kill(run->process, SIGCONT), 0);
    assert_int_equal(kill(run->process, SIGHUP), 0);
    while (fgets(run->line, sizeof run->line, run->log) != NULL &&
           strstr(run->line, "reloaded: ") == NULL) {
        assert_null(strstr(run->line, "the loop has not moved"));
    }
    assert_int_equal(worker_of(run->process), worker);
    stop_well(run);
}

static void link_of(pid_t process, int descriptor, char *text, size_t room) {
    char path[64];
    ssize_t length;
    (void)snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)process, descriptor);
    length = readlink(path, text, room - 1);
    text[length > 0 ? length : 0] = '\0';
}

static void descriptors_that_were_closed_are_not_taken_by_others(void **state) {
    struct run *run = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char datagram[256], target[256];
    int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    pid_t pids[2];
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/notify", run->directory);
    assert_int_equal(bind(manager, (const struct sockaddr *)&address, sizeof address), 0);
    write_file(run, "");
    run->process = fork();
    if (run->process == 0) {
        (void)setenv("NOTIFY_SOCKET", address.sun_path, 1);
        (void)close_range(0, 2, 0);
        (void)execl(SOJOURND, SOJOURND, "-c", run->file, (char *)NULL);
        _exit(127);
    }
    hear(manager, datagram, sizeof datagram, "READY=1");
    pids[0] = run->process;
    pids[1] = worker_of(run->process);
    for (size_t i = 0; i < 6; i++) {
        link_of(pids[i / 3], (int)(i % 3), target, sizeof target);
        assert_string_equal(target, "/dev/null");
    }
    assert_int_equal(kill(run->process, SIGTERM), 0);
    assert_int_equal(exit_code(run), 0);
    (void)close(manager);
    /* The shell: what it says must not end up in the files that it writes. */
    shell(run, "mkdir a b && (cd a && " SOJOURN " plugin new weather >/dev/null) && "
               "(cd b && " SOJOURN " plugin new weather <&- >&- 2>&-) && diff -r a b");
}

/* Programs that read the file that they are given, which is a pipe here that nobody writes to: they
 * wait. */
static void descriptors_that_were_closed_are_not_taken_in_any_program(void **state) {
    struct run *run = *state;
    const char *const programs[][4] = {{SCHEMAC, "--json", "pipe.lua", NULL},
                                       {LAB, "run", "pipe.lua", NULL}};
    assert_int_equal(chdir(run->directory), 0);
    shell(run, "mkfifo pipe.lua");
    for (size_t i = 0; i < 2; i++) {
        const pid_t program = fork();
        if (program == 0) {
            (void)close_range(0, 2, 0);
            (void)execv(programs[i][0], (char *const *)(uintptr_t)programs[i]);
            _exit(127);
        }
        char target[256];
        bool opened = false;
        for (int tries = 0; tries < 1000 && !opened && waitpid(program, NULL, WNOHANG) == 0;
             tries++) {
            opened = true;
            for (int descriptor = 0; descriptor < 3; descriptor++) {
                link_of(program, descriptor, target, sizeof target);
                opened = opened && strcmp(target, "/dev/null") == 0;
            }
            (void)usleep(10000);
        }
        (void)kill(program, SIGKILL);
        (void)waitpid(program, NULL, 0);
        assert_true(opened);
    }
    assert_int_equal(chdir("/"), 0);
}

static void a_worker_that_crashes_leaves_no_core(void **state) {
    struct run *run = *state;
    const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    char path[64], text[32] = "";
    FILE *filter;
    write_file(run, "");
    (void)setrlimit(RLIMIT_CORE, &all);
    assert_int_equal(chdir(run->directory), 0);
    START(run, "-c", run->file);
    assert_int_equal(chdir("/"), 0);
    wait_for(run, "serves on 127.0.94.1");
    (void)snprintf(path, sizeof path, "/proc/%d/coredump_filter", (int)worker_of(run->process));
    filter = fopen(path, "r");
    assert_non_null(filter);
    assert_non_null(fgets(text, sizeof text, filter));
    (void)fclose(filter);
    assert_int_equal(strtoul(text, NULL, 16), 0); /* for those who have cores piped to a program */
    assert_int_equal(kill(worker_of(run->process), SIGABRT), 0);
    wait_for(run, "the node died by signal 6");
    wait_for(run, "serves on 127.0.94.1");
    shell(run, "! ls | grep core");
    stop_well(run);
}

/* An address that the machine does not have (RFC 5737): nothing could listen there. */
static void check_wants_an_address_of_the_machine(void **state) {
    struct run *run = *state;
    write_file(run, "");
    shell(run, "sed -i 's|address = \"[0-9.]*\"|address = \"192.0.2.77\"|' node.lua && grep -q "
               "192.0.2.77 node.lua");
    START(run, "-c", run->file, "--check");
    wait_for(run, "node.lua: listen.address: expected an address of this machine, got 192.0.2.77, "
                  "which it does not have");
    assert_int_equal(exit_code(run), 2);
}

static void check_wants_directories_that_are_there(void **state) {
    struct run *run = *state;
    write_file(run, "");
    shell(run, "rmdir plugins");
    START(run, "-c", run->file, "--check");
    wait_for(run, "node.lua: directories.plugins: expected a directory with plugins, got ");
    assert_non_null(strstr(run->line, "/plugins, which does not exist"));
    assert_int_equal(exit_code(run), 2);
    (void)fclose(run->log);
    write_file(run, "");
    shell(run, "sed -i 's|state = \"state\"|state = \"nowhere/state\"|' node.lua");
    START(run, "-c", run->file, "--check");
    wait_for(
        run,
        "node.lua: directories.state: expected a directory, or a path in one that exists, got ");
    assert_int_equal(exit_code(run), 2);
    (void)fclose(run->log);
    START(run, "-c", run->file); /* and a node does not make what a typing mistake may have named */
    wait_for(run,
             "cannot be made: No such file or directory (the directory that it is in must exist)");
    assert_int_equal(exit_code(run), 1);
}

/* One rule for what the node obeys and for what is secret. */
static void what_everybody_could_write_is_refused(void **state) {
    static const char *const files[][2] = {{"node.lua", "666"},
                                           {"plugins", "777"},
                                           {"state", "777"},
                                           {"state/identity/tomcat.key", "644"},
                                           {"state/secret.key", "644"}};
    struct run *run = *state;
    char command[256];
    write_file(run, "");
    START(run, "-c", run->file);
    wait_for(run, "made the state directory ");
    wait_for(run, "serves on 127.0.94.1");
    stop_well(run);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)fclose(run->log);
        (void)snprintf(command, sizeof command, "stat -c %%a %s >mode && chmod %s %s", files[i][0],
                       files[i][1], files[i][0]);
        shell(run, command);
        START(run, "-c", run->file);
        wait_for(run, "run \"chmod ");
        assert_non_null(strstr(run->line, files[i][0]));
        assert_int_not_equal(exit_code(run), 0);
        (void)snprintf(command, sizeof command, "chmod `cat mode` %s", files[i][0]);
        shell(run, command);
    }
}

static void when_the_supervisor_goes_the_worker_goes(void **state) {
    struct run *run = *state;
    write_file(run, "");
    START(run, "-c", run->file);
    wait_for(run, "serves on 127.0.94.1");
    assert_int_equal(kill(run->process, SIGKILL), 0);
    assert_int_equal(waitpid(run->process, NULL, 0), run->process);
    run->process = 0;
    assert_false(next_line_with(run, "no such line")); /* the pipe ends when the worker has gone */
}

static void a_taken_port_is_named(void **state) {
    struct run *run = *state, other = {.process = 0};
    write_file(run, "");
    START(run, "-c", run->file);
    wait_for(run, "serves on 127.0.94.1");
    (void)strcpy(other.directory, "/tmp/sojourn-daemon-XXXXXX");
    assert_non_null(mkdtemp(other.directory));
    (void)snprintf(other.file, sizeof other.file, "%s/node.lua", other.directory);
    write_file(&other, "");
    START(&other, "-c", other.file);
    wait_for(&other, "the node cannot start: ");
    assert_non_null(strstr(other.line, "127.0.94.1:18080"));
    assert_int_equal(exit_code(&other), 1);
    (void)fclose(other.log);
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", other.directory);
    assert_int_equal(system(command), 0);
    assert_int_equal(kill(run->process, SIGTERM), 0);
    assert_int_equal(exit_code(run), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(wrong_arguments_are_named),
        TEST(no_node_file_is_an_error),
        TEST(a_missing_node_file_is_named),
        TEST(check_says_that_all_is_well),
        TEST(check_says_what_is_wrong),
        TEST(check_wants_an_address_of_the_machine),
        TEST(a_state_directory_that_cannot_be_made_is_named),
        TEST(term_stops_and_hup_reloads),
        TEST(the_node_file_sets_level_and_format_of_the_log),
        TEST(readiness_is_told_to_the_service_manager),
        TEST(a_killed_worker_comes_back),
        TEST(the_supervisor_speaks_json_too),
        TEST(a_crash_with_a_half_edited_node_file_goes_on_with_the_last_good_one),
        TEST(a_stopped_worker_is_not_taken_for_a_stuck_one),
        TEST(descriptors_that_were_closed_are_not_taken_by_others),
        TEST(descriptors_that_were_closed_are_not_taken_in_any_program),
        TEST(a_worker_that_crashes_leaves_no_core),
        TEST(check_wants_directories_that_are_there),
        TEST(what_everybody_could_write_is_refused),
        TEST(when_the_supervisor_goes_the_worker_goes),
        TEST(a_taken_port_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
