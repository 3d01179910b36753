/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/image/authenticated.h"

#include "common/format/integrity-superblock.h"
#include "linux/base/blockdev.h"
#include "linux/base/cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <libdevmapper.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define SECTOR       512
#define DM_NAME_SIZE 128 /* DM_NAME_LEN of linux/dm-ioctl.h */
#define TABLE_MAX    512
#define SPEC         "capi:authenc(hmac(sha256),xts(aes))-plain64" /* as LUKS2 has it for hmac(sha256) with aes-xts-plain64 */
#define LOWER_NAME   "_dif"                                        /* as libcryptsetup calls it, so that its tools know it */

static void free_task(struct dm_task **task)
{
        if (*task)
                dm_task_destroy(*task);
}

/* callers turn the error code into words */
static void discard_log(int level, const char *file, int line, int error, const char *format, ...)
{
}

static int run(struct dm_task *task)
{
        if (!dm_task_run(task)) {
                int r = dm_task_get_errno(task);
                return r > 0 ? -r : -EIO;
        }
        dm_task_update_nodes(); /* there is no udev to make them */
        return 0;
}

static struct dm_task *task_for(int type, const char *name)
{
        dm_log_with_errno_init(discard_log);
        struct dm_task *task = dm_task_create(type);
        if (task && !dm_task_set_name(task, name)) {
                dm_task_destroy(task);
                return NULL;
        }
        return task;
}

static int lower_name(const char *name, char ret[static DM_NAME_SIZE])
{
        return snprintf(ret, DM_NAME_SIZE, "%s" LOWER_NAME, name) < DM_NAME_SIZE ? 0 : -ENAMETOOLONG;
}

static int get_info(const char *name, struct dm_info *ret)
{
        _cleanup_(free_task) struct dm_task *task = task_for(DM_DEVICE_INFO, name);
        if (!task)
                return -ENOMEM;
        int r = run(task);
        return r < 0 ? r : dm_task_get_info(task, ret) ? 0 : -EIO;
}

static int create(const char *name, const char *kind, uint64_t sectors, const char *target, const char *table)
{
        char uuid[DM_NAME_SIZE + 32];
        _cleanup_(free_task) struct dm_task *task = task_for(DM_DEVICE_CREATE, name);
        (void)snprintf(uuid, sizeof(uuid), "CRYPT-%s-%s", kind, name);
        if (!task || !dm_task_set_uuid(task, uuid) || !dm_task_secure_data(task) ||
            !dm_task_add_target(task, 0, sectors, target, table))
                return -ENOMEM;
        return run(task);
}

static int remove_mapping(const char *name)
{
        _cleanup_(free_task) struct dm_task *task = task_for(DM_DEVICE_REMOVE, name);
        if (!task || !dm_task_retry_remove(task))
                return -ENOMEM;
        return run(task);
}

static int read_sectors(const char *device, uint64_t offset_bytes, uint64_t *ret_sectors)
{
        _cleanup_close_ int fd = open(device, O_RDONLY | O_CLOEXEC);
        uint8_t superblock[INTEGRITY_SUPERBLOCK_SIZE];
        uint64_t size;
        int r = fd < 0 ? -errno : blockdev_size(fd, &size);
        if (r < 0)
                return r;
        if (size <= offset_bytes)
                return -EUCLEAN;
        ssize_t got = pread(fd, superblock, sizeof(superblock), (off_t)offset_bytes);
        if (got < 0)
                return -errno;
        return integrity_superblock_judge((struct bytes){ superblock, (size_t)got }, (size - offset_bytes) / SECTOR,
                                          ret_sectors) == ERR_OK
                       ? 0
                       : -EUCLEAN;
}

static int open_lower(const char *device, uint64_t offset_bytes, const char *name, enum authenticated_mode mode, uint64_t sectors,
                      struct dm_info *ret)
{
        char table[TABLE_MAX];
        int size = snprintf(table, sizeof(table), "%s %llu %d %c 2 block_size:%d fix_padding", device,
                            (unsigned long long)(offset_bytes / SECTOR), INTEGRITY_TAG_SIZE,
                            mode == AUTHENTICATED_FILLING ? 'D' : 'J', INTEGRITY_BLOCK_SIZE);
        if (size >= (int)sizeof(table))
                return -ENAMETOOLONG;
        int r = create(name, "INTEGRITY", sectors, "integrity", table);
        if (r < 0)
                return r;
        r = get_info(name, ret);
        if (r < 0)
                (void)remove_mapping(name);
        return r;
}

static int open_upper(const char *name, const struct dm_info *lower, uint64_t sectors,
                      const uint8_t volume_key[static VOLUME_KEY_MAX])
{
        char table[TABLE_MAX];
        struct writer writer = writer_over(table, sizeof(table));
        writer_text(&writer, SPEC " ");
        writer_hex(&writer, volume_key, VOLUME_KEY_MAX);
        writer_text(&writer, " 0 ");
        writer_decimal(&writer, lower->major);
        writer_char(&writer, ':');
        writer_decimal(&writer, lower->minor);
        writer_text(&writer, " 0 2 sector_size:");
        writer_decimal(&writer, INTEGRITY_BLOCK_SIZE);
        writer_text(&writer, " integrity:");
        writer_decimal(&writer, INTEGRITY_TAG_SIZE);
        writer_text(&writer, ":aead");
        int r = writer.overflow ? -E2BIG : create(name, "PLAIN", sectors, "crypt", table);
        explicit_bzero(table, sizeof(table));
        return r;
}

/* The kernel formats what is blank as soon as it maps some of it. */
int authenticated_format_blank(const char *device, const char *name)
{
        char lower[DM_NAME_SIZE];
        struct dm_info info;
        int r = lower_name(name, lower);
        if (r == 0)
                r = open_lower(device, 0, lower, AUTHENTICATED_JOURNAL, INTEGRITY_BLOCK_SIZE / SECTOR, &info);
        return r < 0 ? r : remove_mapping(lower);
}

int authenticated_open(const char *device, uint64_t offset_bytes, const char *name,
                       const uint8_t volume_key[static VOLUME_KEY_MAX], enum authenticated_mode mode)
{
        char lower[DM_NAME_SIZE];
        struct dm_info info;
        uint64_t sectors;
        int r = lower_name(name, lower);
        if (r == 0)
                r = read_sectors(device, offset_bytes, &sectors);
        if (r == 0)
                r = open_lower(device, offset_bytes, lower, mode, sectors, &info);
        if (r < 0)
                return r;
        r = open_upper(name, &info, sectors, volume_key);
        if (r < 0)
                (void)remove_mapping(lower);
        return r;
}

bool authenticated_is(const char *name)
{
        char lower[DM_NAME_SIZE];
        struct dm_info info;
        return lower_name(name, lower) == 0 && get_info(lower, &info) == 0 && info.exists;
}

int authenticated_close(const char *name)
{
        char lower[DM_NAME_SIZE];
        int r = lower_name(name, lower);
        if (r == 0)
                r = remove_mapping(name);
        return r < 0 ? r : remove_mapping(lower);
}
