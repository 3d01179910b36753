/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/base/command.h"

#include "linux/base/cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int spawn(const char *const argv[], int output, pid_t *ret)
{
        static const char *const environment[] = { "LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
        posix_spawn_file_actions_t actions;
        int r = posix_spawn_file_actions_init(&actions);
        if (r == 0)
                r = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        if (r == 0)
                r = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
        if (r == 0) /* POSIX has argv without const, and does not write to it */
                r = posix_spawnp(ret, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv,
                                 (char *const *)(uintptr_t)environment);
        (void)posix_spawn_file_actions_destroy(&actions);
        return -r;
}

/* To the end, also of what does not fit, so that the program is not stopped by a full pipe. */
static void read_output(int fd, char *ret, size_t capacity)
{
        char rest[512];
        size_t size = 0;
        for (;;) {
                bool fits = ret && size + 1 < capacity;
                ssize_t got = read(fd, fits ? ret + size : rest, fits ? capacity - 1 - size : sizeof(rest));
                if (got < 0 && errno == EINTR)
                        continue;
                if (got <= 0)
                        break;
                size += fits ? (size_t)got : 0;
        }
        if (ret && capacity > 0)
                ret[size] = '\0';
}

int command_run(const char *const argv[], char *ret_output, size_t capacity)
{
        int ends[2], status;
        pid_t child;
        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        int r = spawn(argv, ends[1], &child);
        close_fd(&ends[1]);
        if (r == 0)
                read_output(ends[0], ret_output, capacity);
        close_fd(&ends[0]);
        if (r < 0)
                return r;
        while (waitpid(child, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
