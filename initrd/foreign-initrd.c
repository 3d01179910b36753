/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/foreign-initrd.h"

#include "initrd/early.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define INIT_PATH "/init"

bool foreign_initrd_is_there(void)
{
        char self[PATH_MAX];
        ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
        if (length <= 0)
                return false;
        self[length] = 0;
        return strcmp(self, INIT_PATH) != 0 && access(INIT_PATH, X_OK) == 0;
}

/* /run stays for an init that takes it as it is, as systemd does; another one mounts its own over it, and copies. */
static int leave_mounts(void)
{
        static const char *const mounted[] = { "/proc", "/sys", "/dev" };
        if (mkdir(FOREIGN_INITRD_RUN_PATH, 0755) < 0 && errno != EEXIST)
                return -errno;
        if (mount("/run", FOREIGN_INITRD_RUN_PATH, NULL, MS_BIND, NULL) < 0)
                return -errno;
        for (size_t i = 0; i < sizeof(mounted) / sizeof(mounted[0]); i++)
                if (umount2(mounted[i], MNT_DETACH) < 0) /* whoever has a file open in it keeps that */
                        return -errno;
        return 0;
}

int foreign_initrd_execute(void)
{
        static char *const arguments[] = { (char *)INIT_PATH, NULL };
        int r = leave_mounts();
        if (r == 0) {
                (void)unsetenv("DM_DISABLE_UDEV"); /* that initrd may well have udev */
                (void)unsetenv("TSS2_LOG");
                (void)execve(INIT_PATH, arguments, environ);
                r = -errno;
        }
        early_mounts(); /* the recovery page wants its consoles */
        return r;
}
