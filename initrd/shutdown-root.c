/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leaves the program of initrd/shutdown/ where systemd-shutdown looks for one, and tells systemd which mounts are the initrd's.
 */
#include "initrd/shutdown-root.h"

#include "common/base/bytes.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define PROGRAM_MAX (4u << 20)
#define FIELD_MAX   256
#define MOUNTS_MAX  (1u << 20)

/* Mount points of systemd-shutdown's pivot: it could not make them any more. */
static const char *const directories[] = { "oldroot", "dev", "proc", "run", "sys" };

int shutdown_root_make(const char *program, const char *directory)
{
        _cleanup_free_ char *content = NULL;
        size_t size;
        int r = file_read(AT_FDCWD, program, PROGRAM_MAX, &content, &size);
        if (r < 0)
                return r;
        if ((mkdir(directory, 0755) < 0 && errno != EEXIST) ||
            mount("tmpfs", directory, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=5m") < 0)
                return -errno;
        _cleanup_close_ int root = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (root < 0)
                return -errno;
        for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
                if (mkdirat(root, directories[i], 0755) < 0)
                        return -errno;
        r = file_replace(root, "shutdown", content, size, 0755);
        if (r == 0 && mount(NULL, directory, NULL, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) < 0)
                r = -errno;
        return r;
}

/* One line of mountinfo (proc_pid_mountinfo(5)): which part of its file system is seen, where, and the device behind the dash. */
static bool read_line(const char *line, char part[static FIELD_MAX], char target[static FIELD_MAX], char source[static FIELD_MAX])
{
        const char *dash = strstr(line, " - "), *end = strchrnul(line, '\n');
        return dash && dash < end && sscanf(line, "%*s %*s %*s %255s %255s", part, target) == 2 &&
               sscanf(dash, " - %*s %255s", source) == 1 && strlen(part) < FIELD_MAX - 1 && strlen(target) < FIELD_MAX - 1 &&
               strlen(source) < FIELD_MAX - 1;
}

/* The kernel escapes what divides fields as libmount does, so names are taken over as they stand. */
int shutdown_root_mark_mounts(const char *mounts, const char *root, const char *table)
{
        char part[FIELD_MAX], source[FIELD_MAX], target[FIELD_MAX];
        size_t length = strlen(root);
        _cleanup_fclose_ FILE *stream = fopen(table, "we");
        if (!stream)
                return -errno;
        for (const char *line = mounts; *line; line += strcspn(line, "\n"), line += *line == '\n')
                if (read_line(line, part, target, source) && source[0] == '/' && strncmp(target, root, length) == 0 &&
                    target[length] == '/')
                        fprintf(stream, "SRC=%s TARGET=%s ROOT=%s OPTS=x-initrd.mount\n", source, target + length, part);
        return fflush(stream) == 0 ? 0 : -errno;
}

int shutdown_root_leave(const char *root)
{
        _cleanup_free_ char *mounts = NULL;
        int r = shutdown_root_make("/usr/lib/cleanslate/shutdown", "/run/initramfs");
        if (r == 0)
                r = file_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTS_MAX, &mounts, NULL);
        if (r == 0 && mkdir("/run/mount", 0755) < 0 && errno != EEXIST)
                r = -errno;
        return r < 0 ? r : shutdown_root_mark_mounts(mounts, root, "/run/mount/utab");
}
