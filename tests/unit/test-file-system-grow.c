/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel's file systems are asked for when their device has become larger, and that they are asked for nothing
 * otherwise. Device and file system are doubles; tests/attack and tests/uml have real ones of ext4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/base/bytes.h"
#include "linux/disk/file-system-grow.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* of __wrap_, which the linker calls */

#define MIB(number) ((uint64_t)(number) << 20)

enum { MOUNT_FD = 1000, DEVICE_FD };

/* By number, as the kernel's headers have them: _IOW('f', 16, __u64), _IOR('X', 100, 112 bytes), _IOW('X', 110, 16 bytes). */
#define EXT4_RESIZE  0x40086610ul
#define XFS_GEOMETRY 0x80705864ul
#define XFS_GROW     0x4010586eul

static struct {
        unsigned long magic;
        uint64_t device_bytes;
        uint8_t super[1024];
        ssize_t super_size;
        uint64_t btrfs_bytes, xfs_blocks, xfs_grows_to;
        int open_error, error;
        unsigned asked;
        uint64_t blocks;
        char name[16];
} world;

int __real_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode)
{
        if (strcmp(path, "/sysroot/srv") != 0 && strcmp(path, "/dev/mapper/srv") != 0)
                return __real_open(path, flags, mode); /* no device of the world's: what counts lines opens its files here, too */
        assert_int_equal(flags & O_ACCMODE, O_RDONLY);
        if (strcmp(path, "/sysroot/srv") == 0)
                return MOUNT_FD;
        errno = world.open_error;
        return world.open_error ? -1 : DEVICE_FD;
}

int __real_close(int fd);
int __wrap_close(int fd)
{
        return fd >= MOUNT_FD ? 0 : __real_close(fd);
}

int __wrap_fstatfs(int fd, struct statfs *ret)
{
        assert_int_equal(fd, MOUNT_FD);
        ret->f_type = (typeof(ret->f_type))world.magic;
        return 0;
}

ssize_t __wrap_pread(int fd, void *data, size_t size, off_t offset)
{
        assert_int_equal(fd, DEVICE_FD);
        assert_true(size == sizeof(world.super) && offset == 1024);
        memcpy(data, world.super, size);
        errno = EIO;
        return world.super_size;
}

static int grow(void *data, unsigned long request)
{
        world.asked++;
        if (request == EXT4_RESIZE)
                world.blocks = *(uint64_t *)data;
        else if (request == XFS_GROW) {
                world.blocks = *(uint64_t *)data;
                assert_int_equal(((uint32_t *)data)[2], 25); /* inodes' share stays */
                world.xfs_blocks = world.xfs_grows_to;
        } else
                memcpy(world.name, ((struct btrfs_ioctl_vol_args *)data)->name, sizeof(world.name));
        errno = world.error;
        return world.error ? -1 : 0;
}

int __wrap_ioctl(int fd, unsigned long request, void *data)
{
        assert_int_equal(fd, request == BLKGETSIZE64 ? DEVICE_FD : MOUNT_FD);
        switch (request) {
        case BLKGETSIZE64:
                *(uint64_t *)data = world.device_bytes;
                return 0;
        case BTRFS_IOC_DEV_INFO:
                assert_int_equal(((struct btrfs_ioctl_dev_info_args *)data)->devid, 1);
                ((struct btrfs_ioctl_dev_info_args *)data)->total_bytes = world.btrfs_bytes;
                return 0;
        case XFS_GEOMETRY:
                memset(data, 0, 112);
                ((uint32_t *)data)[0] = 4096;
                ((uint32_t *)data)[7] = 25;
                ((uint64_t *)data)[4] = world.xfs_blocks;
                return 0;
        case EXT4_RESIZE:
        case XFS_GROW:
        case BTRFS_IOC_RESIZE:
                return grow(data, request);
        default:
                fail_msg("ioctl %#lx", request);
                return -1;
        }
}

static int set_up(void **state)
{
        memset(&world, 0, sizeof(world));
        world.device_bytes = MIB(100) + 512;
        world.super_size = sizeof(world.super);
        store_le16(world.super + 56, EXT4_SUPER_MAGIC);
        store_le32(world.super + 24, 2); /* blocks of 4 KiB */
        return 0;
}

static int result(void)
{
        uint64_t bytes = 7;
        int r = file_system_grow("/dev/mapper/srv", "/sysroot/srv", &bytes);

        assert_int_equal(bytes, r > 0 ? world.device_bytes : 7);
        return r;
}

static void ext4_gets_whole_blocks(void **state)
{
        world.magic = EXT4_SUPER_MAGIC;
        store_le32(world.super + 4, (uint32_t)(MIB(100) / 4096 - 1));
        assert_int_equal(result(), 1);
        assert_int_equal(world.blocks, MIB(100) / 4096);
        store_le32(world.super + 4, (uint32_t)(MIB(100) / 4096));
        assert_int_equal(result(), 0);
        assert_int_equal(world.asked, 1);
}

static void ext4_has_more_than_32_bits_of_blocks(void **state)
{
        world.magic = EXT4_SUPER_MAGIC;
        store_le32(world.super + 0x150, 1);
        assert_int_equal(result(), 1); /* without the feature nobody has written that */
        store_le32(world.super + 0x60, 0x80);
        assert_int_equal(result(), 0);
        world.device_bytes = UINT64_C(0x100000001) * 4096;
        assert_int_equal(result(), 1);
        assert_int_equal(world.blocks, UINT64_C(0x100000001));
}

static void a_super_block_that_is_none_is_an_error(void **state)
{
        world.magic = EXT4_SUPER_MAGIC;
        world.super_size = 512;
        assert_int_equal(result(), -EUCLEAN);
        world.super_size = -1;
        assert_int_equal(result(), -EIO);
        (void)set_up(state);
        world.magic = EXT4_SUPER_MAGIC;
        store_le32(world.super + 24, 7);
        assert_int_equal(result(), -EUCLEAN);
        store_le32(world.super + 24, 6);
        assert_int_equal(result(), 1);
        store_le16(world.super + 56, 1);
        assert_int_equal(result(), -EUCLEAN);
        assert_int_equal(world.asked, 1);
}

static void btrfs_gets_all_of_its_device(void **state)
{
        world.magic = BTRFS_SUPER_MAGIC;
        world.btrfs_bytes = MIB(50);
        assert_int_equal(result(), 1);
        assert_string_equal(world.name, "max");
        world.btrfs_bytes = MIB(100) + 512 - 65535;
        assert_int_equal(result(), 0);
        world.btrfs_bytes = MIB(100) + 512 - 65536;
        assert_int_equal(result(), 1);
        world.btrfs_bytes = MIB(200);
        assert_int_equal(result(), 0);
        assert_int_equal(world.asked, 2);
}

static void xfs_gets_whole_blocks_and_may_leave_some(void **state)
{
        world.magic = XFS_SUPER_MAGIC;
        world.xfs_blocks = world.xfs_grows_to = MIB(90) / 4096;
        assert_int_equal(result(), 0); /* asked, it takes none: too little for an allocation group */
        assert_int_equal(world.blocks, MIB(100) / 4096);
        world.xfs_grows_to = MIB(96) / 4096;
        assert_int_equal(result(), 1);
        world.xfs_blocks = MIB(100) / 4096;
        assert_int_equal(result(), 0);
        assert_int_equal(world.asked, 2);
}

static void what_the_kernel_says_is_told(void **state)
{
        static const unsigned long magics[] = { EXT4_SUPER_MAGIC, BTRFS_SUPER_MAGIC, XFS_SUPER_MAGIC };

        world.error = EPERM;
        for (size_t i = 0; i < 3; i++) {
                world.magic = magics[i];
                assert_int_equal(result(), -EPERM);
        }
        world.open_error = ENXIO;
        assert_int_equal(result(), -ENXIO);
}

static void others_are_left_as_they_are(void **state)
{
        world.magic = MSDOS_SUPER_MAGIC;
        assert_int_equal(result(), 0);
        assert_int_equal(world.asked, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(ext4_gets_whole_blocks, set_up),
                cmocka_unit_test_setup(ext4_has_more_than_32_bits_of_blocks, set_up),
                cmocka_unit_test_setup(a_super_block_that_is_none_is_an_error, set_up),
                cmocka_unit_test_setup(btrfs_gets_all_of_its_device, set_up),
                cmocka_unit_test_setup(xfs_gets_whole_blocks_and_may_leave_some, set_up),
                cmocka_unit_test_setup(what_the_kernel_says_is_told, set_up),
                cmocka_unit_test_setup(others_are_left_as_they_are, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
