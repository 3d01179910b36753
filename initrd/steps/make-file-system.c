/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/steps/make-file-system.h"

#include "linux/image/file-system-maker.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#define TARGET_NODE "/dev/target"

/* In the child. The image's /dev is an empty directory: a tmpfs there holds the target and /dev/null. */
static int enter_cage(const char *root_path, dev_t device)
{
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                return -errno;
        if (chroot(root_path) < 0 || chdir("/") < 0 ||
            mount("tmpfs", "/dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=0755,size=64k") < 0)
                return -errno;
        if (mknod(TARGET_NODE, S_IFBLK | 0600, device) < 0 || mknod("/dev/null", S_IFCHR | 0666, makedev(1, 3)) < 0)
                return -errno;
        return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

static void redirect_to_null(void)
{
        int fd = open("/dev/null", O_RDWR);
        for (int i = 0; i < 3; i++)
                (void)dup2(fd, i);
        if (fd > 2)
                (void)close(fd);
}

static void run_maker(const char *root_path, const char *format, dev_t device, const char *label)
{
        char program[FILE_SYSTEM_MAKER_PATH_MAX];
        file_system_maker_path(format, program);
        /* the erase step has discarded already; ext4 need not ask a second time */
        char *const ext4[] = { program, "-q",          "-F",        "-E", "nodiscard,lazy_itable_init=1,lazy_journal_init=1",
                               "-L",    (char *)label, TARGET_NODE, NULL };
        char *const vfat[] = { program, "-n", (char *)label, TARGET_NODE, NULL };
        char *const other[] = { program, "-f", "-L", (char *)label, TARGET_NODE, NULL };
        char *const environment[] = { "PATH=/usr/sbin:/usr/bin", "MKE2FS_CONFIG=/usr/share/factory/etc/mke2fs.conf", NULL };
        if (enter_cage(root_path, device) < 0)
                _exit(126);
        redirect_to_null();
        (void)execve(program, strncmp(format, "ext", 3) == 0 ? ext4 : strcmp(format, "vfat") == 0 ? vfat : other, environment);
        _exit(127);
}

int make_file_system(const char *root_path, const char *format, const char *device, const char *label)
{
        struct stat status;
        int exit_status;
        if (stat(device, &status) < 0)
                return -errno;
        pid_t child = fork();
        if (child < 0)
                return -errno;
        if (child == 0)
                run_maker(root_path, format, status.st_rdev, label);
        while (waitpid(child, &exit_status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        return WIFEXITED(exit_status) && WEXITSTATUS(exit_status) == 0 ? 0 : -EIO;
}
