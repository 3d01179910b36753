/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/steps/hook-cage.h"

#include "linux/base/cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MEMORY_FLAGS  (MS_NOEXEC | MS_NOSUID | MS_NODEV)
#define CANNOT_ENTER  126
#define CANNOT_START  127
#define NAMESPACES    (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)
#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))
#define NULL_DEVICE   "/dev/null"
#define RANDOM_DEVICE 9 /* minor of urandom; devices.txt of the kernel's documentation */

/* Read-only: who is root needs no capability to write to most of /proc/sys, and core_pattern names a program for the kernel to
 * run. The image's directories for these are empty. /sys is there for what the machine says about itself, its serial number for
 * one.
 */
static int mount_kernel_file_systems(void)
{
        static const struct {
                const char *type, *target, *options;
                unsigned long flags;
        } mounts[] = {
                { "proc", "/proc", NULL, MEMORY_FLAGS | MS_RDONLY },
                { "sysfs", "/sys", NULL, MEMORY_FLAGS | MS_RDONLY },
                { "tmpfs", "/dev", "mode=0755,size=64k", MS_NOEXEC | MS_NOSUID },
                { "tmpfs", "/run", "mode=0755,size=10%", MEMORY_FLAGS },
                { "tmpfs", "/tmp", "mode=1777,size=10%", MEMORY_FLAGS },
        };
        for (size_t i = 0; i < COUNT(mounts); i++)
                if (mount(mounts[i].type, mounts[i].target, mounts[i].type, mounts[i].flags, mounts[i].options) < 0)
                        return -errno;
        return 0;
}

static int make_devices(void)
{
        static const struct {
                const char *path;
                unsigned minor;
        } devices[] = { { NULL_DEVICE, 3 }, { "/dev/zero", 5 }, { "/dev/urandom", RANDOM_DEVICE } };
        for (size_t i = 0; i < COUNT(devices); i++)
                if (mknod(devices[i].path, S_IFCHR | 0666, makedev(1, devices[i].minor)) < 0 || chmod(devices[i].path, 0666) < 0)
                        return -errno;
        return 0;
}

/* What is left is root over files. */
static int drop_capabilities(void)
{
        static const int kept[] = { CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_SETGID, CAP_SETUID };
        for (int capability = 0; capability <= CAP_LAST_CAP; capability++) {
                bool keep = false;
                for (size_t i = 0; i < COUNT(kept); i++)
                        keep |= kept[i] == capability;
                if (!keep && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0 && errno != EINVAL) /* the kernel has fewer */
                        return -errno;
        }
        return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

/* In the first process of the new namespaces. It cannot mount, so the image and everything mounted in it stay as they are. */
static int enter(const char *root_path)
{
        if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || chroot(root_path) < 0 || chdir("/") < 0)
                return -errno;
        int r = mount_kernel_file_systems();
        if (r == 0)
                r = make_devices();
        return r < 0 ? r : drop_capabilities();
}

static int status_of(pid_t child)
{
        int status;
        while (waitpid(child, &status, 0) < 0)
                if (errno != EINTR)
                        return CANNOT_ENTER;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static _Noreturn void run_program(char *const argv[], int output)
{
        char *const environment[] = { "PATH=/usr/sbin:/usr/bin", "LANG=C.UTF-8", NULL };
        int input = open(NULL_DEVICE, O_RDONLY);
        if (input < 0 || dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0 || close_range(3, ~0u, 0) < 0)
                _exit(CANNOT_ENTER);
        (void)execve(argv[0], argv, environment);
        _exit(CANNOT_START);
}

/* The first process of the namespace, which signals of its own do not reach; so the program is the second. When this one ends,
 * whatever that has left running ends, too. Until then it holds the output open, whatever the program does with its own. */
static _Noreturn void run_first(const char *root_path, char *const argv[], int output)
{
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        pid_t program = enter(root_path) < 0 ? -1 : fork();
        if (program == 0)
                run_program(argv, output);
        _exit(program < 0 ? CANNOT_ENTER : status_of(program));
}

/* fork(2) into new namespaces. The first process is our own child, with none between: waiting for the first process of a process
 * namespace is waiting for all of it (pid_namespaces(7)), so that no process of a hook's outlives the call.
 */
static pid_t fork_into_namespaces(void)
{
        return (pid_t)syscall(SYS_clone, NAMESPACES | SIGCHLD, NULL, NULL, NULL, 0);
}

static uint64_t milliseconds(void)
{
        struct timespec now;
        (void)clock_gettime(CLOCK_BOOTTIME, &now);
        return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Until the last of its processes has ended; false when time has run out. */
static bool listen_to(int fd, uint64_t deadline, char said[static HOOK_OUTPUT_MAX])
{
        char dropped[512];
        size_t length = 0;
        for (;;) {
                uint64_t now = milliseconds();
                struct pollfd wait = { .fd = fd, .events = POLLIN };
                int ready = now < deadline ? poll(&wait, 1, (int)(deadline - now)) : 0;
                if (ready < 0 && errno == EINTR)
                        continue;
                if (ready <= 0)
                        return false;
                size_t room = HOOK_OUTPUT_MAX - 1 - length;
                ssize_t n = read(fd, room > 0 ? said + length : dropped, room > 0 ? room : sizeof(dropped));
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return true;
                if (room > 0)
                        said[length += (size_t)n] = 0;
        }
}

int hook_cage_run(const char *root_path, char *const argv[], unsigned seconds, char said[static HOOK_OUTPUT_MAX])
{
        int ends[2];
        said[0] = 0;
        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        _cleanup_close_ int output = ends[0];
        pid_t first = fork_into_namespaces();
        if (first == 0)
                run_first(root_path, argv, ends[1]);
        int error = errno;
        (void)close(ends[1]);
        if (first < 0)
                return -error;
        bool ended = listen_to(output, milliseconds() + UINT64_C(1000) * seconds, said);
        if (!ended)
                (void)kill(first, SIGKILL); /* and by that all of its namespace */
        int status = status_of(first);
        said[strcspn(said, "\n")] = 0;
        if (!ended)
                return HOOK_TIMED_OUT;
        return status == CANNOT_ENTER ? -EPERM : status == CANNOT_START ? -ENOEXEC : status;
}
