/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mounting volumes: as the image's definitions say, and for the time of a rebuilding. */
#include "initrd/volumes.h"

#include "common/policy/mount-options.h"
#include "initrd/root-volume.h"
#include "linux/base/modules.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#define WRITABLE_NEVER_EXECUTABLE (MS_NOEXEC | MS_NOSUID | MS_NODEV)
#define DATA_MAX                  (2 * POLICY_PATH_MAX)

/* Who may read is not on the disk, and neither is the time zone of times; a definition's own options come behind these. */
#define VFAT_OPTIONS "umask=0022,utf8=1,tz=UTC"

static int mount_with(struct boot_context *context, const struct partition_definition *definition, const char *volume,
                      const char *target, unsigned long flags, const char *options)
{
        const bool vfat = strcmp(definition->format, "vfat") == 0;
        char data[DATA_MAX];
        (void)snprintf(data, sizeof(data), "%s%s%s", vfat ? VFAT_OPTIONS : "", vfat && options[0] ? "," : "", options);
        (void)modules_load(context->modules, definition->format); /* the kernel would ask a program that is not here */
        if (mount(volume, target, definition->format, WRITABLE_NEVER_EXECUTABLE | flags, data[0] ? data : NULL) == 0)
                return 0;
        if (errno == EINVAL && definition_is_encrypted(context, definition))
                return boot_trouble(
                        context, -EINVAL,
                        "%s holds no %s file system that was written with this device's key. A factory reset rebuilds "
                        "it.",
                        definition->label, definition->format);
        return boot_trouble(context, -errno, "%s cannot be mounted as %s: %s.", definition->label, definition->format,
                            strerror(errno));
}

static unsigned long kernel_flags(unsigned flags)
{
        static const struct {
                enum mount_flag flag;
                unsigned long kernel;
        } known[] = {
                { MOUNT_READ_ONLY, MS_RDONLY },         { MOUNT_NO_ATIME, MS_NOATIME },
                { MOUNT_NO_DIR_ATIME, MS_NODIRATIME },  { MOUNT_RELATIVE_ATIME, MS_RELATIME },
                { MOUNT_STRICT_ATIME, MS_STRICTATIME }, { MOUNT_LAZY_TIME, MS_LAZYTIME },
                { MOUNT_SYNCHRONOUS, MS_SYNCHRONOUS },  { MOUNT_DIR_SYNC, MS_DIRSYNC },
        };
        unsigned long result = 0;
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
                result |= flags & known[i].flag ? known[i].kernel : 0;
        return result;
}

static bool asks_for_read_only(const struct partition_definition *definition, size_t place)
{
        struct mount_options options = { 0 };
        const char *detail = "";
        return place < definition->mount_count &&
               mount_options_parse(definition->format, definition->mounts[place].options, &options, &detail) == ERR_OK &&
               (options.flags & MOUNT_READ_ONLY);
}

/* The kernel has a file system writable or read-only as a whole, and takes no second mount that wants it otherwise. */
static bool is_writable_elsewhere(const struct partition_definition *definition)
{
        for (size_t place = 0; place < definition->mount_count; place++)
                if (!asks_for_read_only(definition, place))
                        return true;
        return false;
}

/* As mount_with(), whatever the definition's other places want. */
static int mount_here(struct boot_context *context, const struct partition_definition *definition, const char *volume,
                      const char *target, const struct mount_options *options)
{
        const unsigned long flags = kernel_flags(options->flags);
        const bool read_only_here = (flags & MS_RDONLY) && is_writable_elsewhere(definition);
        int r = mount_with(context, definition, volume, target, read_only_here ? flags & ~(unsigned long)MS_RDONLY : flags,
                           options->data);
        if (r < 0 || !read_only_here ||
            mount(NULL, target, NULL, MS_REMOUNT | MS_BIND | WRITABLE_NEVER_EXECUTABLE | flags, NULL) == 0)
                return r;
        r = boot_trouble(context, -errno, "%s cannot be mounted as %s, read-only: %s.", definition->label, definition->format,
                         strerror(errno));
        (void)umount2(target, UMOUNT_NOFOLLOW);
        return r;
}

int volume_mount_place(struct boot_context *context, const struct partition_definition *definition, size_t place,
                       const char *volume, const char *target)
{
        struct mount_options options = { 0 };
        const char *detail = "";
        if (place < definition->mount_count &&
            mount_options_parse(definition->format, definition->mounts[place].options, &options, &detail) != ERR_OK)
                return boot_trouble(context, -EINVAL, "%s cannot be mounted: %s.", definition->label, detail);
        int r = root_volume_prepare(context, target);
        if (r == 0)
                r = mount_here(context, definition, volume, target, &options);
        if (r < 0 || place > 0 || !root_volume_is(context, definition))
                return r;
        r = root_volume_furnish(context, target);
        if (r < 0)
                (void)umount2(target, UMOUNT_NOFOLLOW);
        return r;
}

int volume_mount(struct boot_context *context, const struct partition_definition *definition, const char *volume,
                 const char *target)
{
        return volume_mount_place(context, definition, 0, volume, target);
}

int volume_unmount(const struct boot_context *context, const struct partition_definition *definition, const char *target)
{
        if (root_volume_is(context, definition))
                root_volume_strip(target);
        return umount2(target, UMOUNT_NOFOLLOW) < 0 ? -errno : 0;
}

/* All of it, whichever part of it is seen later. mkfs left ext4's inode tables for later. Later is the running system: with the
 * size of the volume they would grow the reset. */
int volume_mount_for_building(struct boot_context *context, const struct partition_definition *definition, const char *volume,
                              const char *target)
{
        char data[DATA_MAX] = "";
        if (strcmp(definition->format, "ext4") == 0)
                (void)snprintf(data, sizeof(data), "noinit_itable");
        else if (strcmp(definition->format, "btrfs") == 0)
                (void)snprintf(data, sizeof(data), "subvolid=5%s%s", definition->compression[0] ? ",compress=" : "",
                               definition->compression);
        return mount_with(context, definition, volume, target, 0, data);
}
