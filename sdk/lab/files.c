/* Directories of a run, and the lock by which runs side by side take different loopback addresses.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab.h"

/* core.make_directory(path, shared): with its parents. A shared one is for all users of the
 * machine, like /tmp. */
static int make_directory(lua_State *L) {
    char path[PATH_MAX];
    size_t length;
    const char *wanted = luaL_checklstring(L, 1, &length);
    luaL_argcheck(L, length > 0 && length < sizeof path, 1, "a path is expected");
    memcpy(path, wanted, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (path[i] == '/' || path[i] == '\0') {
            char kept = path[i];
            path[i] = '\0';
            if (mkdir(path, 0700) != 0 && errno != EEXIST) {
                return luaL_error(L, "%s: %s", path, strerror(errno));
            }
            path[i] = kept;
        }
    }
    if (lua_toboolean(L, 2)) {
        (void)chmod(path, 01777); /* whose it is may do so, and has */
    }
    return 0;
}

static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *at) {
    (void)facts;
    (void)kind;
    (void)at;
    (void)remove(path);
    return 0;
}

/* core.remove_tree(path) */
static int remove_tree(lua_State *L) {
    (void)nftw(luaL_checkstring(L, 1), remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}

/* core.list_directory(path): the names in it. */
static int list_directory(lua_State *L) {
    DIR *directory = opendir(luaL_checkstring(L, 1));
    lua_Integer count = 0;
    lua_newtable(L);
    if (directory != NULL) {
        for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
            if (entry->d_name[0] != '.') {
                lua_pushstring(L, entry->d_name);
                lua_rawseti(L, -2, ++count);
            }
        }
        (void)closedir(directory);
    }
    return 1;
}

/* core.lock(path): true when this process has it now, until it ends; false when another has it, or
 * another user's it was. */
static int lock(lua_State *L) {
    int file = open(luaL_checkstring(L, 1), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0 && errno == EACCES) {
        lua_pushboolean(L, 0);
        return 1;
    }
    if (file < 0) {
        return luaL_error(L, "%s: %s", lua_tostring(L, 1), strerror(errno));
    }
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
        (void)close(file);
        lua_pushboolean(L, 0);
    } else {
        lua_pushboolean(L, 1);
    }
    return 1;
}

/* core.real_path(path): nil when there is no such thing. */
static int real_path(lua_State *L) {
    char path[PATH_MAX];
    lua_pushstring(L, realpath(luaL_checkstring(L, 1), path));
    return 1;
}

/* core.pid() */
static int process_id(lua_State *L) {
    lua_pushinteger(L, getpid());
    return 1;
}

void lab_open_files(lua_State *L) {
    static const luaL_Reg functions[] = {{"make_directory", make_directory},
                                         {"remove_tree", remove_tree},
                                         {"list_directory", list_directory},
                                         {"lock", lock},
                                         {"real_path", real_path},
                                         {"pid", process_id},
                                         {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
