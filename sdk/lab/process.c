/* Child processes: the nodes under test and the commands that are tried on them. Each leads a
 * process group of its own, writes into files, and dies with the lab. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sojourn/base/list.h>

#include "lab.h"

#define PROCESS "lab.process"

struct process {
    sj_list_link link;
    pid_t pid;
    int status; /* once it has ended */
    struct lab_box *box;
    int self, function;
};
static sj_list_head processes;
static uv_signal_t child_signal;

static void process_ended(struct process *process) {
    const int status = process->status;
    int function = process->function;
    process->box->thing = NULL;
    lab_forget(&process->self);
    free(process);
    if (function == LUA_NOREF) {
        return;
    }
    if (WIFEXITED(status)) {
        lua_pushinteger(lab.lua, WEXITSTATUS(status));
        lua_pushnil(lab.lua);
    } else {
        lua_pushnil(lab.lua);
        lua_pushinteger(lab.lua, WTERMSIG(status));
    }
    lab_call(function, 2);
    lab_forget(&function);
}

static void child_ended(uv_signal_t *handle, int number) {
    (void)handle;
    (void)number;
    sj_list_head ended = {0};
    struct process *process;
    SJ_LIST_EACH(running, &processes, struct process, link) {
        if (waitpid(running->pid, &running->status, WNOHANG) == running->pid) {
            sj_list_add_last(&ended, &running->link);
        }
    }
    while ((process = SJ_OWNER(sj_list_take_first(&ended), struct process, link)) != NULL) {
        process_ended(process); /* whose function may start another */
    }
}

static void open_as(const char *path, int flags, int descriptor) {
    int opened = open(path, flags, 0644);
    if (opened < 0 || dup2(opened, descriptor) < 0) {
        _exit(126);
    }
}

/* In the child: between fork and exec only calls that are safe there. */
static _Noreturn void become(char **arguments, const char *output, const char *error,
                             pid_t parent) {
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(126);
    }
    open_as("/dev/null", O_RDONLY, 0);
    open_as(output, O_WRONLY | O_CREAT | O_APPEND, 1);
    open_as(error, O_WRONLY | O_CREAT | O_APPEND, 2);
    (void)close_range(3, ~0U, 0);
    execvp(arguments[0], arguments);
    static const char message[] = "sojourn-lab: the program cannot be run\n";
    (void)!write(2, message, sizeof message - 1);
    _exit(127);
}

static char **argument_list(lua_State *L, int index) {
    lua_Unsigned count = lua_rawlen(L, index);
    char **list = calloc((size_t)count + 1, sizeof *list);
    for (lua_Unsigned i = 0; list != NULL && i < count; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        list[i] = strdup(luaL_tolstring(L, -1, NULL));
        lua_pop(L, 2);
    }
    return list;
}

static void free_list(char **list) {
    for (char **at = list; at != NULL && *at != NULL; at++) {
        free(*at);
    }
    free(list);
}

/* core.spawn({program, argument...}, output_file, error_file, function(code, signal)) */
static int process_spawn(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    const char *output = luaL_checkstring(L, 2);
    const char *error = luaL_checkstring(L, 3);
    char **arguments = argument_list(L, 1);
    struct process *process = calloc(1, sizeof *process);
    if (arguments == NULL || arguments[0] == NULL || process == NULL) {
        free_list(arguments);
        free(process);
        return luaL_error(L, "a program is expected");
    }
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        become(arguments, output, error, parent);
    }
    free_list(arguments);
    if (pid < 0) {
        free(process);
        return luaL_error(L, "fork: %s", strerror(errno));
    }
    (void)setpgid(pid, pid); /* whoever comes first, so that a signal to the group finds it */
    process->pid = pid;
    process->function = lua_isnoneornil(L, 4) ? LUA_NOREF : lab_function(L, 4);
    process->self = lab_box_make(L, PROCESS, process, &process->box);
    sj_list_add_first(&processes, &process->link);
    return 1;
}

static int process_pid(lua_State *L) {
    struct process *process = lab_box_thing(L, 1, PROCESS);
    if (process == NULL) {
        return 0;
    }
    lua_pushinteger(L, process->pid);
    return 1;
}

/* process:signal(number, group): to the process, or to all of its group. False when it is gone. */
static int process_signal(lua_State *L) {
    struct process *process = lab_box_thing(L, 1, PROCESS);
    int number = (int)luaL_checkinteger(L, 2);
    lua_pushboolean(L, process != NULL &&
                           kill(lua_toboolean(L, 3) ? -process->pid : process->pid, number) == 0);
    return 1;
}

void lab_kill_processes(void) {
    struct process *process;
    while ((process = SJ_OWNER(sj_list_take_first(&processes), struct process, link)) != NULL) {
        (void)kill(-process->pid, SIGCONT);
        (void)kill(-process->pid, SIGKILL);
        (void)waitpid(process->pid, NULL, 0);
        free(process);
    }
}

void lab_open_process(lua_State *L) {
    static const luaL_Reg methods[] = {
        {"pid", process_pid}, {"signal", process_signal}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"spawn", process_spawn}, {NULL, NULL}};
    lab_box_type(L, PROCESS, methods);
    luaL_setfuncs(L, functions, 0);
    (void)uv_signal_init(lab.loop, &child_signal);
    (void)uv_signal_start(&child_signal, child_ended, SIGCHLD);
    uv_unref((uv_handle_t *)&child_signal);
}
