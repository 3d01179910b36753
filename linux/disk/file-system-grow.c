/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/disk/file-system-grow.h"

#include "common/base/bytes.h"
#include "linux/base/blockdev.h"
#include "linux/base/cleanup.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/magic.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Documentation/filesystems/ext4/super.rst; the ioctl is in none of the headers of Linux 6.1. */
#define EXT4_SUPER_OFFSET   1024
#define EXT4_SUPER_SIZE     1024
#define EXT4_BLOCKS_LOW     0x04
#define EXT4_LOG_BLOCK_SIZE 0x18
#define EXT4_LOG_BLOCK_MAX  6 /* 64 KiB */
#define EXT4_MAGIC          0x38
#define EXT4_INCOMPAT       0x60
#define EXT4_INCOMPAT_64BIT UINT32_C(0x80)
#define EXT4_BLOCKS_HIGH    0x150
#define EXT4_IOCTL_RESIZE   _IOW('f', 16, uint64_t)
#define XFS_IOCTL_GEOMETRY  _IOR('X', 100, struct xfs_geometry)
#define XFS_IOCTL_GROW      _IOW('X', 110, struct xfs_growth)
#define BTRFS_FIRST_DEVICE  1
#define BTRFS_SECTOR_MAX    65536

/* fs/xfs/libxfs/xfs_fs.h: xfs_fsop_geom_v1 and xfs_growfs_data */
struct xfs_geometry {
        uint32_t block_bytes, rt_extent_blocks, ag_blocks, ag_count, log_blocks, sector_bytes, inode_bytes, inodes_percent_max;
        uint64_t data_blocks, rt_blocks, rt_extents, log_start;
        uint8_t uuid[16];
        uint32_t stripe_unit, stripe_width;
        int32_t version;
        uint32_t flags, log_sector_bytes, rt_sector_bytes, directory_block_bytes;
};
static_assert(sizeof(struct xfs_geometry) == 112 && offsetof(struct xfs_geometry, data_blocks) == 32 &&
                      offsetof(struct xfs_geometry, directory_block_bytes) == 104,
              "as the kernel has it");

struct xfs_growth {
        uint64_t data_blocks;
        uint32_t inodes_percent_max;
};
static_assert(sizeof(struct xfs_growth) == 16, "as the kernel has it");

/* As the kernel has written it: the file system is mounted. */
static int ext4_size(int device_fd, uint64_t *ret_blocks, uint64_t *ret_block_bytes)
{
        uint8_t super[EXT4_SUPER_SIZE];
        ssize_t size = pread(device_fd, super, sizeof(super), EXT4_SUPER_OFFSET);
        if (size < 0)
                return -errno;
        if ((size_t)size != sizeof(super) || load_le16(super + EXT4_MAGIC) != EXT4_SUPER_MAGIC ||
            load_le32(super + EXT4_LOG_BLOCK_SIZE) > EXT4_LOG_BLOCK_MAX)
                return -EUCLEAN;
        *ret_blocks = load_le32(super + EXT4_BLOCKS_LOW);
        if (load_le32(super + EXT4_INCOMPAT) & EXT4_INCOMPAT_64BIT)
                *ret_blocks |= (uint64_t)load_le32(super + EXT4_BLOCKS_HIGH) << 32;
        *ret_block_bytes = UINT64_C(1024) << load_le32(super + EXT4_LOG_BLOCK_SIZE);
        return 0;
}

static int grow_ext4(int fd, int device_fd, uint64_t device_bytes)
{
        uint64_t blocks = 0, block_bytes = 1, wanted;
        int r = ext4_size(device_fd, &blocks, &block_bytes);
        if (r < 0)
                return r;
        wanted = device_bytes / block_bytes;
        if (wanted <= blocks) /* asked for nothing, it would write its journal out in each boot */
                return 0;
        return ioctl(fd, EXT4_IOCTL_RESIZE, &wanted) < 0 ? -errno : 1;
}

static int grow_btrfs(int fd, uint64_t device_bytes)
{
        struct btrfs_ioctl_dev_info_args device = { .devid = BTRFS_FIRST_DEVICE };
        struct btrfs_ioctl_vol_args wanted = { .name = "max" }; /* of that device */
        if (ioctl(fd, BTRFS_IOC_DEV_INFO, &device) < 0)
                return -errno;
        if (device_bytes < device.total_bytes || device_bytes - device.total_bytes < BTRFS_SECTOR_MAX)
                return 0;
        return ioctl(fd, BTRFS_IOC_RESIZE, &wanted) < 0 ? -errno : 1;
}

/* The last bit, which is too small for an allocation group, is left over each time. */
static int grow_xfs(int fd, uint64_t device_bytes)
{
        struct xfs_geometry before, after;
        struct xfs_growth wanted = { 0 };
        if (ioctl(fd, XFS_IOCTL_GEOMETRY, &before) < 0)
                return -errno;
        wanted.data_blocks = before.block_bytes > 0 ? device_bytes / before.block_bytes : 0;
        wanted.inodes_percent_max = before.inodes_percent_max;
        if (wanted.data_blocks <= before.data_blocks)
                return 0;
        if (ioctl(fd, XFS_IOCTL_GROW, &wanted) < 0 || ioctl(fd, XFS_IOCTL_GEOMETRY, &after) < 0)
                return -errno;
        return after.data_blocks > before.data_blocks;
}

int file_system_grow(const char *device_path, const char *mounted_at, uint64_t *ret_bytes)
{
        struct statfs status;
        uint64_t bytes;
        _cleanup_close_ int fd = open(mounted_at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_close_ int device_fd = open(device_path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || device_fd < 0 || fstatfs(fd, &status) < 0)
                return -errno;
        int r = blockdev_size(device_fd, &bytes);
        if (r < 0)
                return r;
        if ((unsigned long)status.f_type == EXT4_SUPER_MAGIC)
                r = grow_ext4(fd, device_fd, bytes);
        else if ((unsigned long)status.f_type == BTRFS_SUPER_MAGIC)
                r = grow_btrfs(fd, bytes);
        else if ((unsigned long)status.f_type == XFS_SUPER_MAGIC)
                r = grow_xfs(fd, bytes);
        if (r > 0)
                *ret_bytes = bytes;
        return r;
}
