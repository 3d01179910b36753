/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/policy/mount-options.h"
#include "common/base/bytes.h"
#include "common/base/memory.h"
#include "common/policy/policy-values.h"

#define ATIME (MOUNT_NO_ATIME | MOUNT_RELATIVE_ATIME | MOUNT_STRICT_ATIME)

static const struct {
        const char *name;
        unsigned set, clear;
} for_kernel[] = {
        { "defaults", 0, 0 },
        { "auto", 0, 0 }, /* as everything that has a mount point */
        { "rw", 0, MOUNT_READ_ONLY },
        { "ro", MOUNT_READ_ONLY, 0 },
        { "noatime", MOUNT_NO_ATIME, ATIME },
        { "relatime", MOUNT_RELATIVE_ATIME, ATIME },
        { "strictatime", MOUNT_STRICT_ATIME, ATIME },
        { "atime", 0, MOUNT_NO_ATIME },
        { "nodiratime", MOUNT_NO_DIR_ATIME, 0 },
        { "diratime", 0, MOUNT_NO_DIR_ATIME },
        { "lazytime", MOUNT_LAZY_TIME, 0 },
        { "nolazytime", 0, MOUNT_LAZY_TIME },
        { "sync", MOUNT_SYNCHRONOUS, 0 },
        { "async", 0, MOUNT_SYNCHRONOUS },
        { "dirsync", MOUNT_DIR_SYNC, 0 },
        { "noexec", 0, 0 }, /* set anyway */
        { "nosuid", 0, 0 },
        { "nodev", 0, 0 },
};

enum value { NO_VALUE = 1, A_VALUE = 2 };

/* Of ext4(5), btrfs(5), xfs(5) and the kernel's vfat.rst, what changes neither what the files are nor whether the mark of
 * completeness is seen. */
static const struct {
        const char *format, *name;
        unsigned value;
} for_file_system[] = {
        { "ext4", "discard", NO_VALUE },
        { "ext4", "nodiscard", NO_VALUE },
        { "ext4", "commit", A_VALUE },
        { "ext4", "data", A_VALUE },
        { "ext4", "errors", A_VALUE },
        { "ext4", "barrier", A_VALUE },
        { "ext4", "stripe", A_VALUE },
        { "ext4", "delalloc", NO_VALUE },
        { "ext4", "nodelalloc", NO_VALUE },
        { "ext4", "auto_da_alloc", NO_VALUE | A_VALUE },
        { "ext4", "noauto_da_alloc", NO_VALUE },
        { "ext4", "acl", NO_VALUE },
        { "ext4", "user_xattr", NO_VALUE },
        { "ext4", "usrquota", NO_VALUE },
        { "ext4", "grpquota", NO_VALUE },
        { "ext4", "prjquota", NO_VALUE },
        { "btrfs", "subvol", A_VALUE },
        { "btrfs", "compress", NO_VALUE | A_VALUE },
        { "btrfs", "compress-force", NO_VALUE | A_VALUE },
        { "btrfs", "discard", NO_VALUE | A_VALUE },
        { "btrfs", "nodiscard", NO_VALUE },
        { "btrfs", "commit", A_VALUE },
        { "btrfs", "autodefrag", NO_VALUE },
        { "btrfs", "noautodefrag", NO_VALUE },
        { "btrfs", "space_cache", NO_VALUE | A_VALUE },
        { "btrfs", "ssd", NO_VALUE },
        { "btrfs", "nossd", NO_VALUE },
        { "btrfs", "acl", NO_VALUE },
        { "btrfs", "flushoncommit", NO_VALUE },
        { "btrfs", "noflushoncommit", NO_VALUE },
        { "btrfs", "max_inline", A_VALUE },
        { "btrfs", "metadata_ratio", A_VALUE },
        { "btrfs", "thread_pool", A_VALUE },
        { "btrfs", "user_subvol_rm_allowed", NO_VALUE },
        { "xfs", "discard", NO_VALUE },
        { "xfs", "nodiscard", NO_VALUE },
        { "xfs", "allocsize", A_VALUE },
        { "xfs", "logbufs", A_VALUE },
        { "xfs", "logbsize", A_VALUE },
        { "xfs", "inode32", NO_VALUE },
        { "xfs", "inode64", NO_VALUE },
        { "xfs", "largeio", NO_VALUE },
        { "xfs", "nolargeio", NO_VALUE },
        { "xfs", "swalloc", NO_VALUE },
        { "xfs", "noquota", NO_VALUE },
        { "xfs", "uquota", NO_VALUE },
        { "xfs", "gquota", NO_VALUE },
        { "xfs", "pquota", NO_VALUE },
        { "xfs", "usrquota", NO_VALUE },
        { "xfs", "grpquota", NO_VALUE },
        { "xfs", "prjquota", NO_VALUE },
        { "vfat", "umask", A_VALUE },
        { "vfat", "dmask", A_VALUE },
        { "vfat", "fmask", A_VALUE },
        { "vfat", "uid", A_VALUE },
        { "vfat", "gid", A_VALUE },
        { "vfat", "utf8", NO_VALUE | A_VALUE },
        { "vfat", "codepage", A_VALUE },
        { "vfat", "iocharset", A_VALUE },
        { "vfat", "shortname", A_VALUE },
        { "vfat", "tz", A_VALUE },
        { "vfat", "discard", NO_VALUE },
        { "vfat", "flush", NO_VALUE },
        { "vfat", "errors", A_VALUE },
        { "vfat", "quiet", NO_VALUE },
};

static bool is(const char *text, size_t length, const char *name)
{
        return text_length(name) == length && memcmp(text, name, length) == 0;
}

static bool take_for_kernel(const char *option, size_t length, struct mount_options *options)
{
        for (size_t i = 0; i < ARRAY_SIZE(for_kernel); i++)
                if (is(option, length, for_kernel[i].name)) {
                        options->flags = (options->flags & ~for_kernel[i].clear) | for_kernel[i].set;
                        return true;
                }
        return false;
}

static bool is_known_to(const char *format, const char *option, size_t name_length, bool has_value)
{
        for (size_t i = 0; i < ARRAY_SIZE(for_file_system); i++)
                if (text_equal(format, for_file_system[i].format) && is(option, name_length, for_file_system[i].name))
                        return (for_file_system[i].value & (has_value ? A_VALUE : NO_VALUE)) != 0;
        return false;
}

/* subvol=v and subvol=/v are one. */
static bool take_sub_volume(const char *value, size_t length, struct mount_options *options)
{
        char path[POLICY_PATH_MAX + 1] = "/";

        if (length == 0 || length >= POLICY_PATH_MAX - 1)
                return false;
        memcpy(path + 1, value, length);
        return value_to_path(path, length + 1, options->sub_volume) == ERR_OK;
}

static enum err take(const char *format, const char *option, size_t length, struct mount_options *options, struct writer *data,
                     const char **ret_detail)
{
        static const char execution[] = "what can be written to is never executed: always noexec, nosuid and nodev";
        static const char unknown[] = "a mount option that is not known here for this file system; see docs/repart.md";
        size_t name = 0;

        if (length == 0 || (length > 2 && memcmp(option, "x-", 2) == 0) || take_for_kernel(option, length, options))
                return ERR_OK;
        *ret_detail = is(option, length, "exec") || is(option, length, "suid") || is(option, length, "dev") ? execution : unknown;
        while (name < length && option[name] != '=')
                name++;
        if (!is_known_to(format, option, name, name < length))
                return ERR_RANGE;
        if (is(option, name, "subvol") && !take_sub_volume(option + name + 1, length - name - 1, options))
                return ERR_RANGE;
        if (data->size > 0)
                writer_char(data, ',');
        writer_bytes(data, option, length);
        return ERR_OK;
}

enum err mount_options_parse(const char *format, const char *text, struct mount_options *ret, const char **ret_detail)
{
        struct mount_options options = { 0 };
        struct writer data = writer_over(options.data, sizeof(options.data) - 1);

        for (;;) {
                size_t length = 0;
                enum err err;

                while (text[length] != '\0' && text[length] != ',')
                        length++;
                err = take(format, text, length, &options, &data, ret_detail);
                if (err != ERR_OK)
                        return err;
                if (text[length] == '\0')
                        break;
                text += length + 1;
        }
        if (data.overflow) {
                *ret_detail = "at most 126 bytes of mount options";
                return ERR_TOO_LARGE;
        }
        options.data[data.size] = '\0';
        *ret = options;
        return ERR_OK;
}
