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

/* What stands behind an option's "=". */
enum value {
        ALONE,   /* nothing, and no "=" */
        NUMBER,  /* from least to most */
        OCTAL,   /* permissions */
        SIZE,    /* bytes, with k, m or g; a power of two, from least to most */
        WORD,    /* one of words */
        LEVELED, /* one of words, of which each may have a level behind ":" */
        PATH,    /* a subvolume: take_sub_volume() */
};

/* Of ext4(5), btrfs(5), xfs(5) and the kernel's vfat.rst, what changes neither what the files are nor whether the mark of
 * completeness is seen. Of character sets there are those that the initrd has. */
static const struct rule {
        const char *format, *name;
        enum value value;
        bool may_be_alone; /* as well */
        uint32_t least, most;
        const char *words; /* separated by spaces */
} for_file_system[] = {
        { "ext4", "discard", .value = ALONE },
        { "ext4", "nodiscard", .value = ALONE },
        { "ext4", "commit", NUMBER, .most = INT32_MAX / 1000 },
        { "ext4", "data", WORD, .words = "ordered writeback journal" },
        { "ext4", "errors", WORD, .words = "continue remount-ro panic" },
        { "ext4", "barrier", NUMBER, .most = 1 },
        { "ext4", "stripe", NUMBER, .most = UINT16_MAX },
        { "ext4", "delalloc", .value = ALONE },
        { "ext4", "nodelalloc", .value = ALONE },
        { "ext4", "auto_da_alloc", NUMBER, true, .most = 1 },
        { "ext4", "noauto_da_alloc", .value = ALONE },
        { "ext4", "acl", .value = ALONE },
        { "ext4", "user_xattr", .value = ALONE },
        { "ext4", "usrquota", .value = ALONE },
        { "ext4", "grpquota", .value = ALONE },
        { "btrfs", "subvol", .value = PATH },
        { "btrfs", "compress", LEVELED, true, .words = "zstd zlib lzo no none" },
        { "btrfs", "compress-force", LEVELED, true, .words = "zstd zlib lzo no none" },
        { "btrfs", "discard", WORD, true, .words = "sync async" },
        { "btrfs", "nodiscard", .value = ALONE },
        { "btrfs", "commit", NUMBER, .most = INT32_MAX / 1000 },
        { "btrfs", "autodefrag", .value = ALONE },
        { "btrfs", "noautodefrag", .value = ALONE },
        { "btrfs", "space_cache", WORD, .words = "v2" }, /* the other one cannot replace the tree that mkfs has made */
        { "btrfs", "ssd", .value = ALONE },
        { "btrfs", "nossd", .value = ALONE },
        { "btrfs", "acl", .value = ALONE },
        { "btrfs", "flushoncommit", .value = ALONE },
        { "btrfs", "noflushoncommit", .value = ALONE },
        { "btrfs", "max_inline", NUMBER, .most = 4096 },
        { "btrfs", "metadata_ratio", NUMBER, .most = INT32_MAX },
        { "btrfs", "thread_pool", NUMBER, .least = 1, .most = 1024 },
        { "btrfs", "user_subvol_rm_allowed", .value = ALONE },
        { "xfs", "discard", .value = ALONE },
        { "xfs", "nodiscard", .value = ALONE },
        { "xfs", "allocsize", SIZE, .least = 4096, .most = 1 << 30 },
        { "xfs", "logbufs", NUMBER, .least = 2, .most = 8 },
        { "xfs", "logbsize", SIZE, .least = 16 << 10, .most = 256 << 10 },
        { "xfs", "inode32", .value = ALONE },
        { "xfs", "inode64", .value = ALONE },
        { "xfs", "largeio", .value = ALONE },
        { "xfs", "nolargeio", .value = ALONE },
        { "xfs", "swalloc", .value = ALONE },
        { "xfs", "noquota", .value = ALONE },
        { "xfs", "uquota", .value = ALONE },
        { "xfs", "gquota", .value = ALONE },
        { "xfs", "pquota", .value = ALONE },
        { "xfs", "usrquota", .value = ALONE },
        { "xfs", "grpquota", .value = ALONE },
        { "xfs", "prjquota", .value = ALONE },
        { "vfat", "umask", .value = OCTAL },
        { "vfat", "dmask", .value = OCTAL },
        { "vfat", "fmask", .value = OCTAL },
        { "vfat", "uid", NUMBER, .most = INT32_MAX },
        { "vfat", "gid", NUMBER, .most = INT32_MAX },
        { "vfat", "utf8", WORD, true, .words = "0 1 no yes false true" },
        { "vfat", "codepage", WORD, .words = "437" },
        { "vfat", "iocharset", WORD, .words = "ascii iso8859-1" },
        { "vfat", "shortname", WORD, .words = "lower win95 winnt mixed" },
        { "vfat", "tz", WORD, .words = "UTC" },
        { "vfat", "discard", .value = ALONE },
        { "vfat", "flush", .value = ALONE },
        { "vfat", "errors", WORD, .words = "continue remount-ro panic" },
        { "vfat", "quiet", .value = ALONE },
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

static const struct rule *find_rule(const char *format, const char *option, size_t name_length)
{
        for (size_t i = 0; i < ARRAY_SIZE(for_file_system); i++)
                if (text_equal(format, for_file_system[i].format) && is(option, name_length, for_file_system[i].name))
                        return &for_file_system[i];
        return NULL;
}

/* All digits of a base up to 10, at least one. */
static bool read_digits(const char *text, size_t length, unsigned base, uint64_t *ret)
{
        uint64_t result = 0;

        if (length == 0)
                return false;
        for (size_t i = 0; i < length; i++) {
                const unsigned digit = (unsigned)(text[i] - '0');

                if (text[i] < '0' || digit >= base || result > UINT32_MAX)
                        return false;
                result = result * base + digit;
        }
        *ret = result;
        return true;
}

static bool is_size(const char *text, size_t length, const struct rule *rule)
{
        static const char units[] = "kmg";
        uint64_t number;
        unsigned shift = 0;

        for (unsigned i = 0; length > 0 && units[i] != '\0'; i++)
                if ((text[length - 1] | 0x20) == units[i])
                        shift = 10 * (i + 1);
        if (!read_digits(text, shift > 0 ? length - 1 : length, 10, &number))
                return false;
        number <<= shift;
        return number >= rule->least && number <= rule->most && (number & (number - 1)) == 0;
}

static bool is_one_of(const char *text, size_t length, const char *words)
{
        while (*words != '\0') {
                size_t word = 0;

                while (words[word] != ' ' && words[word] != '\0')
                        word++;
                if (word == length && memcmp(text, words, word) == 0)
                        return true;
                words += words[word] == ' ' ? word + 1 : word;
        }
        return false;
}

/* The kernel takes a level that is too high for its highest; one that is no number it refuses. */
static bool is_leveled(const char *text, size_t length, const char *words)
{
        size_t name = 0;
        uint64_t level;

        while (name < length && text[name] != ':')
                name++;
        return is_one_of(text, name, words) && (name == length || read_digits(text + name + 1, length - name - 1, 10, &level));
}

static bool takes_value(const struct rule *rule, const char *text, size_t length)
{
        uint64_t number;

        switch (rule->value) {
        case ALONE:
                return false;
        case NUMBER:
                return read_digits(text, length, 10, &number) && number >= rule->least && number <= rule->most;
        case OCTAL:
                return read_digits(text, length, 8, &number) && number <= 0777;
        case SIZE:
                return is_size(text, length, rule);
        case WORD:
                return is_one_of(text, length, rule->words);
        case LEVELED:
                return is_leveled(text, length, rule->words);
        case PATH:
                return true;
        }
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
        static const char value[] = "this file system does not take that value of a mount option; see docs/repart.md";
        const struct rule *rule;
        size_t name = 0;

        if (length == 0 || (length > 2 && memcmp(option, "x-", 2) == 0) || take_for_kernel(option, length, options))
                return ERR_OK;
        *ret_detail = is(option, length, "exec") || is(option, length, "suid") || is(option, length, "dev") ? execution : unknown;
        while (name < length && option[name] != '=')
                name++;
        rule = find_rule(format, option, name);
        if (!rule)
                return ERR_RANGE;
        *ret_detail = value;
        if (name == length ? rule->value != ALONE && !rule->may_be_alone
                           : !takes_value(rule, option + name + 1, length - name - 1))
                return ERR_RANGE;
        if (is(option, name, "subvol") && !take_sub_volume(option + name + 1, length - name - 1, options))
                return ERR_RANGE;
        if (data->size > 0)
                writer_char(data, ',');
        writer_bytes(data, option, length);
        return ERR_OK;
}

/* Whether it is one of the options, which commas separate. */
static bool has(const char *data, const char *option)
{
        while (*data != '\0') {
                size_t length = 0;

                while (data[length] != '\0' && data[length] != ',')
                        length++;
                if (is(data, length, option))
                        return true;
                data += length + (data[length] == ',');
        }
        return false;
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
        if (has(options.data, "data=journal") && has(options.data, "delalloc")) {
                *ret_detail = "ext4 delays no allocation with data=journal: omit delalloc";
                return ERR_RANGE;
        }
        *ret = options;
        return ERR_OK;
}
