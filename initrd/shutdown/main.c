/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of an ordinary boot: systemd-shutdown(8) pivots to /run/initramfs and starts this as its PID 1, when nothing is left
 * but what it cannot let go of itself, the root file system under its own feet. Unmounts what is left, closes the mappings, and
 * does what was asked for. Alone in there: statically linked, reads nothing but /proc/self/mounts, the kernel's list of mappings
 * and systemd's argument for a restart. Destroys nothing.
 */
#include "linux/image/running-root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <linux/reboot.h>
#include <mntent.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define OLD_ROOT         "/oldroot"
#define MOUNTS_MAX       128
#define PASSES_MAX       8
#define REBOOT_ARGUMENT  "/run/systemd/reboot-param"
#define MAPPINGS_CONTROL "/dev/mapper/control"

struct mounted {
        char path[256];
        bool has_device; /* is of a block device */
};

/* To the kernel log, which the console shows. */
__attribute__((format(printf, 2, 3))) static void say(int priority, const char *format, ...)
{
        char line[512];
        int size = snprintf(line, sizeof(line), "<%d>cleanslate-shutdown: ", priority);
        va_list arguments;
        va_start(arguments, format);
        size += vsnprintf(line + size, sizeof(line) - (size_t)size - 1, format, arguments);
        va_end(arguments);
        int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
        if (fd >= 0) {
                (void)!write(fd, line, size < (int)sizeof(line) ? (size_t)size : sizeof(line) - 1);
                (void)close(fd);
        }
}

static bool is_at_or_below(const char *path, const char *directory)
{
        size_t length = strlen(directory);
        return strncmp(path, directory, length) == 0 && (!path[length] || path[length] == '/');
}

/* Below the old root, and where the image still is, in the order in which they were mounted. */
static size_t read_mounts(struct mounted found[static MOUNTS_MAX])
{
        size_t count = 0;
        FILE *mounts = setmntent("/proc/self/mounts", "re");
        for (const struct mntent *entry; mounts && count < MOUNTS_MAX && (entry = getmntent(mounts));) {
                if ((!is_at_or_below(entry->mnt_dir, OLD_ROOT) && !is_at_or_below(entry->mnt_dir, RUNNING_USR_IMAGE)) ||
                    strlen(entry->mnt_dir) >= sizeof(found[0].path))
                        continue;
                (void)snprintf(found[count].path, sizeof(found[count].path), "%s", entry->mnt_dir);
                found[count++].has_device = entry->mnt_fsname[0] == '/';
        }
        if (mounts)
                (void)endmntent(mounts);
        return count;
}

/* The last mounted first. What holds nothing that could get lost, and may be in use by this very program, is let go of at once.
 */
static size_t unmount_all(bool tell)
{
        static struct mounted found[MOUNTS_MAX];
        size_t count = read_mounts(found), left = 0;
        while (count-- > 0) {
                if (umount2(found[count].path, found[count].has_device ? UMOUNT_NOFOLLOW : MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
                        continue;
                left++;
                if (tell)
                        say(3, "Cannot unmount %s: %s",
                            found[count].path + (is_at_or_below(found[count].path, OLD_ROOT) ? strlen(OLD_ROOT) : 0),
                            strerror(errno));
                if (tell && found[count].has_device)
                        (void)mount(NULL, found[count].path, NULL, MS_REMOUNT | MS_RDONLY, NULL);
        }
        return left;
}

static void address(struct dm_ioctl *request, size_t size, uint64_t device)
{
        memset(request, 0, size);
        request->version[0] = DM_VERSION_MAJOR;
        request->data_size = (uint32_t)size;
        request->data_start = sizeof(*request);
        request->dev = device;
}

/* One is closed only when none of the others lies on it: the caller tries again. */
static size_t close_mappings(int control, bool tell)
{
        static union {
                struct dm_ioctl request;
                char bytes[65536];
        } list;
        size_t left = 0;
        address(&list.request, sizeof(list), 0);
        if (ioctl(control, DM_LIST_DEVICES, &list) < 0 || list.request.data_size <= list.request.data_start)
                return 0;
        for (const char *at = list.bytes + list.request.data_start;;) {
                const struct dm_name_list *entry = (const struct dm_name_list *)(const void *)at;
                struct dm_ioctl remove;
                address(&remove, sizeof(remove), entry->dev);
                if (entry->dev && ioctl(control, DM_DEV_REMOVE, &remove) < 0) {
                        left++;
                        if (tell)
                                say(3, "Cannot close the mapping %s: %s", entry->name, strerror(errno));
                }
                if (entry->next == 0)
                        return left;
                at += entry->next;
        }
}

static _Noreturn void end(const char *verb)
{
        char argument[256] = "";
        int how = strcmp(verb, "poweroff") == 0 ? LINUX_REBOOT_CMD_POWER_OFF
                  : strcmp(verb, "halt") == 0   ? LINUX_REBOOT_CMD_HALT
                  : strcmp(verb, "kexec") == 0  ? LINUX_REBOOT_CMD_KEXEC
                                                : LINUX_REBOOT_CMD_RESTART;
        int fd = how == LINUX_REBOOT_CMD_RESTART ? open(REBOOT_ARGUMENT, O_RDONLY | O_CLOEXEC) : -1;
        ssize_t size = fd >= 0 ? read(fd, argument, sizeof(argument) - 1) : 0;
        argument[size > 0 ? (size_t)size : 0] = 0;
        argument[strcspn(argument, "\n")] = 0;
        sync();
        if (argument[0])
                (void)syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_RESTART2, argument);
        (void)syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, how, NULL);
        say(2, "The kernel does not %s: %s", verb, strerror(errno));
        (void)syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_RESTART, NULL);
        for (;;)
                (void)pause();
}

int main(int argc, char **argv)
{
        int control = open(MAPPINGS_CONTROL, O_RDWR | O_CLOEXEC);
        size_t left = 1;
        for (int pass = 0; pass < PASSES_MAX && left > 0; pass++) {
                bool last = pass == PASSES_MAX - 1;
                left = unmount_all(last);
                if (control >= 0)
                        left += close_mappings(control, last);
        }
        if (left == 0)
                say(6, "All file systems are unmounted and all mappings are closed.");
        end(argc > 1 ? argv[1] : "poweroff");
}
