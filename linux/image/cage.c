/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/image/cage.h"

#include "common/base/bytes.h"
#include "common/base/safe-text.h"
#include "linux/base/cleanup.h"
#include "linux/base/clock.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/falloc.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
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
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEMORY_FLAGS    (MS_NOEXEC | MS_NOSUID | MS_NODEV)
#define CANNOT_ENTER    126
#define CANNOT_START    127
#define NAMESPACES      (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)
#define NULL_DEVICE     "/dev/null"
#define LOW_HALF        (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : sizeof(uint32_t)) /* of a 64-bit argument */
#define BARE_ROOT       "/tmp"
#define DEVICES_MEMORY  (UINT64_C(64) << 10)
#define FILE_MEMORY_MAX (UINT64_C(256) << 20) /* or a quarter of the machine's */
#define RANDOM_DEVICE   9                     /* minor of urandom; devices.txt of the kernel's documentation */

/* What a file in memory may take: enough for what any mkfs writes to a disk of some terabytes, and never most of the machine's.
 */
static void device_memory(const struct cage *cage, char *ret_options, size_t capacity)
{
        struct sysinfo machine;
        uint64_t bytes = DEVICES_MEMORY;
        if (cage->file_bytes && sysinfo(&machine) == 0) {
                uint64_t quarter = (uint64_t)machine.totalram * machine.mem_unit / 4;
                bytes = quarter < FILE_MEMORY_MAX ? quarter : FILE_MEMORY_MAX;
        }
        (void)snprintf(ret_options, capacity, "mode=0755,size=%llu", (unsigned long long)bytes);
}

/* Read-only: who is root needs no capability to write to most of /proc/sys, and core_pattern names a program for the kernel to
 * run. The image's directories for these are empty. /sys is there for what the machine says about itself, its serial number for
 * one.
 */
static int mount_kernel_file_systems(const struct cage *cage)
{
        char devices[64];
        device_memory(cage, devices, sizeof(devices));
        const struct {
                const char *type, *target, *options;
                unsigned long flags;
        } mounts[] = {
                { "proc", "/proc", NULL, MEMORY_FLAGS | MS_RDONLY },     { "sysfs", "/sys", NULL, MEMORY_FLAGS | MS_RDONLY },
                { "tmpfs", "/dev", devices, MS_NOEXEC | MS_NOSUID },     { "tmpfs", "/run", "mode=0755,size=10%", MEMORY_FLAGS },
                { "tmpfs", "/tmp", "mode=1777,size=10%", MEMORY_FLAGS },
        };
        for (size_t i = 0; i < ARRAY_SIZE(mounts); i++)
                if (mount(mounts[i].type, mounts[i].target, mounts[i].type, mounts[i].flags, mounts[i].options) < 0)
                        return -errno;
        return 0;
}

/* What a mkfs leaves out costs no memory: the file is all hole. */
static int make_file(uint64_t bytes)
{
        _cleanup_close_ int fd = open(CAGE_DEVICE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        return fd < 0 || ftruncate(fd, (off_t)bytes) < 0 ? -errno : 0;
}

static int make_devices(const struct cage *cage)
{
        static const struct {
                const char *path;
                unsigned minor;
        } devices[] = { { NULL_DEVICE, 3 }, { "/dev/zero", 5 }, { "/dev/urandom", RANDOM_DEVICE } };
        for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
                if (mknod(devices[i].path, S_IFCHR | 0666, makedev(1, devices[i].minor)) < 0 || chmod(devices[i].path, 0666) < 0)
                        return -errno;
        if (cage->file_bytes)
                return make_file(cage->file_bytes);
        return cage->device && mknod(CAGE_DEVICE, S_IFBLK | 0600, cage->device) < 0 ? -errno : 0;
}

/* What is left is root over files. */
static int drop_capabilities(void)
{
        static const int kept[] = { CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_SETGID, CAP_SETUID };
        for (int capability = 0; capability <= CAP_LAST_CAP; capability++) {
                bool keep = false;
                for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
                        keep |= kept[i] == capability;
                if (!keep && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0 && errno != EINVAL) /* the kernel has fewer */
                        return -errno;
        }
        return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

/* mkfs.xfs gives up where it cannot set the block size of the kernel's cache of its device (BLKBSZSET), nor empty that cache
 * (BLKFLSBUF): for both the kernel wants CAP_SYS_ADMIN, the power to mount. It is told that they were done. The first matters to
 * who uses that cache; the second is done when it has ended. A kernel without these filters leaves it to mkfs.xfs to say what is
 * missing.
 */
static void answer_for_the_cache(void)
{
        struct sock_filter filter[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 4),
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1]) + LOW_HALF),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)BLKBSZSET, 1, 0),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)BLKFLSBUF, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO), /* and the number 0: success */
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        const struct sock_fprog program = { .len = ARRAY_SIZE(filter), .filter = filter };
        (void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

/* A tmpfs cannot zero a range and keep it allocated (FALLOC_FL_ZERO_RANGE), and mkfs.xfs then writes zeros, as much as its log
 * takes: hundreds of megabytes of memory. It is told that it was done: the file is new, and reads as zeros there already. */
static void answer_for_the_zeros(void)
{
        struct sock_filter filter[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fallocate, 0, 3),
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1]) + LOW_HALF),
                BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, FALLOC_FL_ZERO_RANGE, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO), /* and the number 0: success */
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        const struct sock_fprog program = { .len = ARRAY_SIZE(filter), .filter = filter };
        (void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

/* A running system's root with nothing over it, where nobody but this namespace sees it. */
static int go_to_root(const struct cage *cage)
{
        const char *path = cage->root_path;
        if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                return -errno;
        if (cage->is_bare && mount(path, BARE_ROOT, NULL, MS_BIND, NULL) < 0)
                return -errno;
        return chroot(cage->is_bare ? BARE_ROOT : path) < 0 || chdir("/") < 0 ? -errno : 0;
}

/* In the first process of the new namespaces. It cannot mount, so the image and everything mounted in it stay as they are. */
static int enter(const struct cage *cage)
{
        int r = go_to_root(cage);
        if (r == 0)
                r = mount_kernel_file_systems(cage);
        if (r == 0)
                r = make_devices(cage);
        if (r == 0)
                r = drop_capabilities();
        if (r == 0 && cage->device)
                answer_for_the_cache();
        if (r == 0 && cage->file_bytes)
                answer_for_the_zeros();
        return r;
}

static int status_of(pid_t child)
{
        int status;
        while (waitpid(child, &status, 0) < 0)
                if (errno != EINTR)
                        return CANNOT_ENTER;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static _Noreturn void run_program(const struct cage *cage, char *const argv[], int output)
{
        char *const environment[] = { "PATH=/usr/sbin:/usr/bin", "LANG=C.UTF-8", (char *)cage->variable, NULL };
        int nobody = open(NULL_DEVICE, O_RDWR);
        if (nobody < 0 || dup2(nobody, 0) < 0 || dup2(cage->line == CAGE_FIRST_LINE ? output : nobody, 1) < 0 ||
            dup2(output, 2) < 0 || close_range(3, ~0u, 0) < 0)
                _exit(CANNOT_ENTER);
        (void)execve(argv[0], argv, environment);
        _exit(CANNOT_START);
}

/* A mkfs that had no more room in the file's memory says only that writing failed. */
static int explain(const struct cage *cage, int status)
{
        struct statvfs room;
        bool is_full = status != 0 && cage->file_bytes && statvfs("/dev", &room) == 0 && room.f_bfree == 0;
        return is_full ? CAGE_FILE_FULL : status;
}

/* The first process of the namespace, which signals of its own do not reach; so the program is the second. When this one ends,
 * whatever that has left running ends, too. Until then it holds the output open, whatever the program does with its own. */
static _Noreturn void run_first(const struct cage *cage, char *const argv[], int output)
{
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        pid_t program = enter(cage) < 0 ? -1 : fork();
        if (program == 0)
                run_program(cage, argv, output);
        _exit(program < 0 ? CANNOT_ENTER : explain(cage, status_of(program)));
}

/* fork(2) into new namespaces. The first process is our own child, with none between: waiting for the first process of a process
 * namespace is waiting for all of it (pid_namespaces(7)), so that no process of a program's outlives the call.
 */
static pid_t fork_into_namespaces(void)
{
        return (pid_t)syscall(SYS_clone, NAMESPACES | SIGCHLD, NULL, NULL, NULL, 0);
}

/* The first or the last line of the output, as far as there is room for it. */
struct captured {
        char text[CAGE_OUTPUT_MAX];
        size_t length;
        enum cage_line line;
};

static void captured_add(struct captured *captured, const char *text, size_t size)
{
        size_t room = sizeof(captured->text) - 1 - captured->length;
        if (captured->line == CAGE_LAST_ERROR_LINE && size > room) {
                size_t kept = sizeof(captured->text) - 1 - size < captured->length ? sizeof(captured->text) - 1 - size
                                                                                   : captured->length;
                memmove(captured->text, captured->text + captured->length - kept, kept);
                captured->length = kept;
                room = size;
        }
        size = size < room ? size : room;
        memcpy(captured->text + captured->length, text, size);
        captured->length += size;
}

static void captured_line(struct captured *captured, char ret[static CAGE_OUTPUT_MAX])
{
        const char *line = captured->text;
        while (captured->length > 0 && captured->text[captured->length - 1] == '\n')
                captured->length--;
        captured->text[captured->length] = 0;
        if (captured->line == CAGE_LAST_ERROR_LINE)
                line = strrchr(captured->text, '\n') ? strrchr(captured->text, '\n') + 1 : captured->text;
        else
                captured->text[strcspn(captured->text, "\n")] = 0;
        (void)safe_text(line, ret, CAGE_OUTPUT_MAX);
}

/* Until the last of its processes has ended; false when time has run out. A deadline of 0 never comes. */
static bool capture_from(int fd, uint64_t deadline, struct captured *captured)
{
        char text[CAGE_OUTPUT_MAX - 1];
        for (;;) {
                uint64_t now = now_ms();
                struct pollfd wait = { .fd = fd, .events = POLLIN };
                int ready = deadline == 0 ? poll(&wait, 1, -1) : now < deadline ? poll(&wait, 1, (int)(deadline - now)) : 0;
                if (ready < 0 && errno == EINTR)
                        continue;
                if (ready <= 0)
                        return false;
                ssize_t n = read(fd, text, sizeof(text));
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return true;
                captured_add(captured, text, (size_t)n);
        }
}

int cage_run(const struct cage *cage, char *const argv[], char ret_line[static CAGE_OUTPUT_MAX])
{
        int ends[2];
        struct captured captured = { .line = cage->line };
        ret_line[0] = 0;
        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        _cleanup_close_ int output = ends[0];
        pid_t first = fork_into_namespaces();
        if (first == 0)
                run_first(cage, argv, ends[1]);
        int error = errno;
        (void)close(ends[1]);
        if (first < 0)
                return -error;
        bool ended = capture_from(output, cage->timeout_s > 0 ? now_ms() + UINT64_C(1000) * cage->timeout_s : 0, &captured);
        if (!ended)
                (void)kill(first, SIGKILL); /* and by that all of its namespace */
        int status = status_of(first);
        captured_line(&captured, ret_line);
        if (!ended)
                return CAGE_TIMED_OUT;
        return status == CANNOT_ENTER ? -EPERM : status == CANNOT_START ? -ENOEXEC : status;
}
