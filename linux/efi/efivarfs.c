/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One variable is one file: NAME-GUID, attributes in front of the value. See efivarfs.h. */
#include "linux/efi/efivarfs.h"

#include "common/base/bytes.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#define ATTRIBUTES_SIZE 4
#define EFIVARFS_TYPE   0xde5e81e4 /* linux/magic.h, absent in older headers */
#define FILE_NAME_MAX   255
#define INTERRUPTED_MAX 3
#define VALUE_PADDING   2 /* a UTF-16 NUL, for callers that read text */

int efivarfs_open(const char *path, struct efivarfs *ret)
{
        struct statfs file_system;
        _cleanup_close_ int fd = open(path ? path : EFIVARFS_PATH, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOTDIR ? -ENOENT : -errno;
        /* the mount point exists on every EFI system, but as an empty sysfs directory until efivarfs is mounted on it */
        if (!path && (fstatfs(fd, &file_system) < 0 || (unsigned long)file_system.f_type != EFIVARFS_TYPE))
                return -EOPNOTSUPP;
        ret->directory_fd = fd;
        fd = -1;
        return 0;
}

void efivarfs_close(struct efivarfs *store)
{
        close_fd(&store->directory_fd);
        store->directory_fd = -1;
}

static int file_name(const struct guid *vendor, const char *name, char ret[static FILE_NAME_MAX + 1])
{
        char guid[GUID_TEXT_SIZE];
        guid_format(vendor, guid);
        if (name[0] == 0 || strchr(name, '/'))
                return -EINVAL;
        return (size_t)snprintf(ret, FILE_NAME_MAX + 1, "%s-%s", name, guid) > FILE_NAME_MAX ? -ENAMETOOLONG : 0;
}

static int read_with_attributes(const struct efivarfs *store, const struct guid *vendor, const char *name,
                                uint32_t *ret_attributes, void **ret_value, size_t *ret_size)
{
        char file[FILE_NAME_MAX + 1];
        _cleanup_free_ char *content = NULL;
        size_t size;
        int r = file_name(vendor, name, file);
        if (r == 0)
                r = file_read(store->directory_fd, file, ATTRIBUTES_SIZE + EFI_VALUE_MAX, &content, &size);
        if (r < 0)
                return r;
        if (size < ATTRIBUTES_SIZE)
                return -EIO;

        size -= ATTRIBUTES_SIZE;
        char *value = calloc(1, size + VALUE_PADDING);
        if (!value)
                return -ENOMEM;
        memcpy(value, content + ATTRIBUTES_SIZE, size);
        *ret_attributes = load_le32(content);
        *ret_value = value;
        *ret_size = size;
        return 0;
}

int efivarfs_read(const struct efivarfs *store, const struct guid *vendor, const char *name, void **ret_value, size_t *ret_size)
{
        uint32_t attributes;
        return read_with_attributes(store, vendor, name, &attributes, ret_value, ret_size);
}

/* -EPERM unless, of the attributes in `mask`, it has exactly `wanted`. */
static int read_if(const struct efivarfs *store, const struct guid *vendor, const char *name, uint32_t mask, uint32_t wanted,
                   void **ret_value, size_t *ret_size)
{
        _cleanup_free_ void *value = NULL;
        uint32_t attributes;
        size_t size;
        int r = read_with_attributes(store, vendor, name, &attributes, &value, &size);
        if (r < 0)
                return r;
        if ((attributes & mask) != wanted)
                return -EPERM;
        *ret_size = size;
        *ret_value = value;
        value = NULL;
        return 0;
}

int efivarfs_read_volatile(const struct efivarfs *store, const struct guid *vendor, const char *name, void **ret_value,
                           size_t *ret_size)
{
        return read_if(store, vendor, name, EFI_VARIABLE_NV, 0, ret_value, ret_size);
}

int efivarfs_read_ordinary(const struct efivarfs *store, const struct guid *vendor, const char *name, void **ret_value,
                           size_t *ret_size)
{
        return read_if(store, vendor, name, UINT32_MAX, EFI_VARIABLE_NV_BS_RT, ret_value, ret_size);
}

/* The kernel marks variables it does not know immutable, so that `rm -rf` bricks no machine. File systems without such flags are
 * fine. */
static int clear_immutable(const struct efivarfs *store, const char *file)
{
        unsigned flags; /* the kernel takes an int, whatever the macro's type says (ioctl_iflags(2)) */
        _cleanup_close_ int fd = openat(store->directory_fd, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
                return errno == ENOENT ? 0 : -errno;
        if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
                return errno == ENOTTY || errno == EOPNOTSUPP ? 0 : -errno;
        if (!(flags & FS_IMMUTABLE_FL))
                return 0;
        flags &= ~(unsigned)FS_IMMUTABLE_FL;
        return ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0 ? -errno : 0;
}

/* The firmware sees one SetVariable() for one write(): never split, never resumed. It is repeated a few times where it was
 * interrupted, and no more: efivarfs also says EINTR for EFI_ABORTED, and firmware may say that each time. */
static int write_once(int fd, const void *data, size_t size)
{
        struct stat after;
        ssize_t n = write(fd, data, size);
        for (int again = 0; n < 0 && errno == EINTR && again < INTERRUPTED_MAX; again++)
                n = write(fd, data, size);
        if (n < 0)
                return -errno;
        if ((size_t)n != size || fstat(fd, &after) < 0)
                return -EIO;
        /* efivarfs has replaced the value; in a plain directory a longer one may have left its tail */
        return after.st_size > n && ftruncate(fd, n) < 0 ? -errno : 0;
}

int efivarfs_write(const struct efivarfs *store, const struct guid *vendor, const char *name, const void *value, size_t size)
{
        char file[FILE_NAME_MAX + 1];
        struct stat before;
        if (size == 0 || size > EFI_VALUE_MAX)
                return size == 0 ? -EINVAL : -E2BIG;
        int r = file_name(vendor, name, file);
        if (r == 0)
                r = clear_immutable(store, file);
        if (r < 0)
                return r;

        _cleanup_free_ uint8_t *data = malloc(ATTRIBUTES_SIZE + size);
        if (!data)
                return -ENOMEM;
        store_le32(data, EFI_VARIABLE_NV_BS_RT);
        memcpy(data + ATTRIBUTES_SIZE, value, size);

        bool existed = fstatat(store->directory_fd, file, &before, AT_SYMLINK_NOFOLLOW) == 0;
        /* no O_TRUNC: where the write then fails, Linux >= 6.14 drops the emptied file although the variable lives on */
        _cleanup_close_ int fd = openat(store->directory_fd, file, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (fd < 0)
                return -errno;
        r = write_once(fd, data, ATTRIBUTES_SIZE + size);
        if (r < 0 && !existed) /* a variable the firmware refused leaves an empty file behind */
                (void)unlinkat(store->directory_fd, file, 0);
        return r;
}

int efivarfs_remove(const struct efivarfs *store, const struct guid *vendor, const char *name)
{
        char file[FILE_NAME_MAX + 1];
        int r = file_name(vendor, name, file);
        if (r == 0)
                r = clear_immutable(store, file);
        if (r < 0)
                return r;
        if (unlinkat(store->directory_fd, file, 0) < 0)
                return errno == ENOENT ? 0 : -errno;
        return 1;
}

int efivarfs_remove_seen(const struct efivarfs *store, const struct guid *vendor, const char *name)
{
        static const uint8_t anything = 0;
        int r = efivarfs_remove(store, vendor, name);
        if (r != 0)
                return r;
        r = efivarfs_write(store, vendor, name, &anything, sizeof(anything));
        return r < 0 ? r : efivarfs_remove(store, vendor, name);
}

bool efivarfs_forgets(const struct efivarfs *store)
{
        _cleanup_free_ void *value = NULL;
        size_t size;
        return efivarfs_read_volatile(store, &guid_variable_file, "RTStorageVolatile", &value, &size) == 0;
}

int efivarfs_has_room(const struct efivarfs *store, size_t size)
{
        struct statvfs space;
        if (fstatvfs(store->directory_fd, &space) < 0)
                return -errno;
        if (space.f_flag & ST_RDONLY)
                return -EROFS;
        if (space.f_blocks == 0)
                return 0;
        return (uint64_t)space.f_bavail * space.f_frsize >= size ? 1 : -ENOSPC;
}

static int is_visible(const struct dirent *entry)
{
        return entry->d_name[0] != '.';
}

/* What is no variable: it has gone meanwhile, or in a plain directory is no file. */
static bool is_no_variable(int error)
{
        return error == ENOENT || error == EISDIR || error == ELOOP || error == ENXIO;
}

static bool read_entry(const struct efivarfs *store, const char *file, struct efivar *ret)
{
        uint8_t attributes[ATTRIBUTES_SIZE];
        size_t length = strlen(file), digits = GUID_TEXT_SIZE - 1;

        if (length < digits + 2 || length - digits - 1 >= sizeof(ret->name) || file[length - digits - 1] != '-' ||
            !guid_parse(file + length - digits, digits, &ret->vendor))
                return false;
        _cleanup_close_ int fd = openat(store->directory_fd, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        ssize_t n = fd < 0 ? -1 : read(fd, attributes, sizeof(attributes));
        if (n < 0 ? is_no_variable(errno) : n != (ssize_t)sizeof(attributes))
                return false;
        memcpy(ret->name, file, length - digits - 1);
        ret->name[length - digits - 1] = 0;
        ret->unreadable = n < 0;
        ret->attributes = ret->unreadable ? EFI_VARIABLE_NV_BS_RT : load_le32(attributes);
        return true;
}

int efivarfs_list(const struct efivarfs *store, struct efivar **ret, size_t *ret_count)
{
        struct dirent **entries = NULL;
        int count = scandirat(store->directory_fd, ".", &entries, is_visible, alphasort);
        if (count < 0)
                return -errno;

        struct efivar *list = count <= EFIVARFS_COUNT_MAX ? calloc((size_t)count + 1, sizeof(*list)) : NULL;
        size_t filled = 0;
        for (int i = 0; i < count; i++) {
                if (list && read_entry(store, entries[i]->d_name, &list[filled]))
                        filled++;
                free(entries[i]);
        }
        free(entries);
        if (!list)
                return count <= EFIVARFS_COUNT_MAX ? -ENOMEM : -E2BIG;
        *ret = list;
        *ret_count = filled;
        return 0;
}
