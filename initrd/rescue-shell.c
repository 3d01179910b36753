/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/rescue-shell.h"

#include "initrd/terminal.h"
#include "linux/base/cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* Memory that can be written is never executable. */
#define MEMORY_FLAGS (MS_NOEXEC | MS_NOSUID | MS_NODEV)

static int bind(const char *root_path, const char *path)
{
        char target[256];
        (void)snprintf(target, sizeof(target), "%s%s", root_path, path);
        return mount(path, target, NULL, MS_BIND | MS_REC, NULL) < 0 ? -errno : 0;
}

static int mount_memory(const char *root_path, const char *path)
{
        char target[256];
        (void)snprintf(target, sizeof(target), "%s%s", root_path, path);
        return mount("tmpfs", target, "tmpfs", MEMORY_FLAGS, "mode=0755,size=10%") < 0 ? -errno : 0;
}

static int enter_root(const char *root_path)
{
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                return -errno;
        int r = bind(root_path, "/proc");
        if (r == 0)
                r = bind(root_path, "/sys");
        if (r == 0)
                r = bind(root_path, "/dev");
        if (r == 0)
                r = mount_memory(root_path, "/run");
        if (r == 0)
                r = mount_memory(root_path, "/tmp");
        if (r < 0)
                return r;
        return chroot(root_path) < 0 || chdir("/") < 0 ? -errno : 0;
}

/* From the set that execve(2) gives to root. */
static int drop_capabilities(void)
{
        static const int dropped[] = { CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_SYS_BOOT, CAP_SYS_PTRACE, CAP_LINUX_IMMUTABLE };
        for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
                if (prctl(PR_CAPBSET_DROP, dropped[i], 0, 0, 0) < 0)
                        return -errno;
        return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

/* A session of its own with this terminal, so that Ctrl-C reaches what runs in it and nothing else. */
static int take_terminal(const char *path)
{
        if (setsid() < 0)
                return -errno;
        int fd = open(path, O_RDWR);
        if (fd < 0)
                return -errno;
        if (ioctl(fd, TIOCSCTTY, 1) < 0)
                return -errno;
        terminal_restore(fd);
        for (int i = 0; i < 3; i++)
                if (dup2(fd, i) < 0)
                        return -errno;
        if (fd > 2)
                (void)close(fd);
        return 0;
}

/* What goes wrong before the shell runs is written to `failure`, which closes when it does. */
static _Noreturn void become_shell(const struct report *report, const char *root_path, int failure)
{
        static const char *const shells[] = { "/bin/bash", "/bin/sh" };
        const bool screen = strncmp(report->consoles.preferred, "/dev/tty", 8) == 0 && report->consoles.preferred[8] <= '9';
        char *const environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/run",          "PS1=break-glass# ",
                                      screen ? "TERM=linux" : "TERM=vt220", "HISTFILE=/dev/null", NULL };
        int r = take_terminal(report->consoles.preferred);
        if (r == 0)
                r = enter_root(root_path);
        if (r == 0)
                r = drop_capabilities();
        for (size_t i = 0; r == 0 && i < sizeof(shells) / sizeof(shells[0]); i++) {
                char *const arguments[] = { (char *)shells[i], NULL };
                (void)execve(shells[i], arguments, environment);
        }
        if (r == 0)
                r = -errno;
        (void)!write(failure, &r, sizeof(r));
        _exit(EXIT_FAILURE);
}

/* Reaps whatever the shell has orphaned, too: this is PID 1. */
static void wait_for(pid_t shell)
{
        pid_t gone;
        do
                gone = wait(NULL);
        while (gone != shell && (gone > 0 || errno == EINTR));
}

int rescue_shell(struct report *report, const char *root_path)
{
        int failure[2], r = 0;
        report_line(report, "break-glass: the shell is on %s; leaving it (exit) restarts the machine",
                    report->consoles.preferred);
        if (pipe2(failure, O_CLOEXEC) < 0)
                return -errno;
        pid_t shell = fork();
        if (shell < 0)
                r = -errno;
        if (shell == 0)
                become_shell(report, root_path, failure[1]);
        (void)close(failure[1]);
        if (shell > 0 && read(failure[0], &r, sizeof(r)) != (ssize_t)sizeof(r))
                r = 0; /* it runs */
        (void)close(failure[0]);
        if (shell < 0)
                return r;
        wait_for(shell);
        (void)kill(-1, SIGKILL);
        while (wait(NULL) > 0 || errno == EINTR)
                ;
        report_reopen(report);
        return r;
}
