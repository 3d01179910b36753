/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/switch-root.h"

#include "linux/base/cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

static const char *const init_paths[] = { "/usr/lib/systemd/systemd", "/sbin/init", "/init" };
static const char *const moved[] = { "/proc", "/sys", "/dev", "/run" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int switch_root_check(const char *root)
{
        char path[256], buffer[65536];
        _cleanup_close_ int fd = -1;
        for (size_t i = 0; i < COUNT(init_paths) && fd < 0; i++) {
                (void)snprintf(path, sizeof(path), "%s%s", root, init_paths[i]);
                fd = open(path, O_RDONLY | O_CLOEXEC);
        }
        if (fd < 0)
                return -errno;
        ssize_t n;
        while ((n = read(fd, buffer, sizeof(buffer))) > 0)
                ;
        return n < 0 ? -errno : 0;
}

/* Everything on the initramfs itself; other file systems (already moved away or on top) are left alone. */
static void remove_tree(int directory_fd, dev_t device)
{
        DIR *directory = fdopendir(directory_fd);
        if (!directory) {
                (void)close(directory_fd);
                return;
        }
        for (struct dirent *entry; (entry = readdir(directory));) {
                struct stat status;
                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                    fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 || status.st_dev != device)
                        continue;
                if (S_ISDIR(status.st_mode)) {
                        int child = openat(dirfd(directory), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                        if (child >= 0)
                                remove_tree(child, device);
                        (void)unlinkat(dirfd(directory), entry->d_name, AT_REMOVEDIR);
                } else {
                        (void)unlinkat(dirfd(directory), entry->d_name, 0);
                }
        }
        (void)closedir(directory);
}

static void execute_init(void)
{
        for (size_t i = 0; i < COUNT(init_paths); i++) {
                char *const arguments[] = { (char *)init_paths[i], NULL };
                char *const environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/", "TERM=linux", NULL };
                (void)execve(init_paths[i], arguments, environment);
        }
}

int switch_root(const char *root)
{
        char target[256];
        struct stat status;
        _cleanup_close_ int old_root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (old_root < 0 || fstat(old_root, &status) < 0)
                return -errno;
        for (size_t i = 0; i < COUNT(moved); i++) {
                (void)snprintf(target, sizeof(target), "%s%s", root, moved[i]);
                if (mount(moved[i], target, NULL, MS_MOVE, NULL) < 0)
                        return -errno;
        }
        if (chdir(root) < 0 || mount(root, "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0)
                return -errno;
        remove_tree(dup(old_root), status.st_dev);
        execute_init();
        return -errno;
}
