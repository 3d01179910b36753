/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which adapter is asked; see media.h. */
#include "linux/media/media.h"

#include "common/base/bytes.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/media/media-adapter.h"
#include "linux/media/media-sysfs.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

static int query_by_bus(int fd, struct media_facts *facts)
{
        switch (facts->bus) {
        case MEDIA_NVME:
                return media_nvme_read(fd, facts);
        case MEDIA_ATA:
                return media_ata_read(fd, facts);
        case MEDIA_SCSI:
                return media_scsi_read(fd, facts);
        case MEDIA_MMC:
                return media_mmc_read(fd, facts);
        default:
                return 0;
        }
}

static int query_device(int fd, struct media_facts *facts)
{
        struct media_facts asked = *facts;
        int r = query_by_bus(fd, &asked);

        if (r == 0)
                *facts = asked;
        return r;
}

/* A SATA disk behind a bridge or a SAS adapter calls itself by its maker's name, but answers IDENTIFY DEVICE. */
static void look_for_ata(int fd, struct media_facts *facts)
{
        struct media_facts asked = *facts;

        asked.bus = MEDIA_ATA;
        asked.techniques = 0;
        if (media_ata_read(fd, &asked) == 0)
                *facts = asked;
}

int media_read(const char *path, struct media_facts *ret)
{
        char directory[PATH_MAX];
        struct media_facts facts;
        int r = media_sysfs_directory(path, "", directory);

        if (r == 0)
                r = media_sysfs_read(directory, &facts);
        if (r < 0)
                return r;
        _cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        /* sticks and card readers are left alone: some hang at a command they do not know */
        bool maybe_ata = facts.bus == MEDIA_SCSI && !(facts.usb && facts.removable);
        (void)query_device(fd, &facts); /* what sysfs knows remains */
        if (maybe_ata && facts.techniques == 0)
                look_for_ata(fd, &facts);
        facts.removable = facts.removable || facts.usb;
        *ret = facts;
        return 0;
}

static bool hardware_of(const char *path, char ret[static PATH_MAX])
{
        char directory[PATH_MAX], link[PATH_MAX];

        if (media_sysfs_directory(path, "", directory) < 0 || !realpath(directory, ret))
                return false;
        /* the namespaces of one NVMe subsystem share a name; everything else shares what `device` leads to */
        _cleanup_free_ char *name = NULL;
        if (media_sysfs_directory(path, "/device/subsysnqn", link) == 0 &&
            file_read(AT_FDCWD, link, PATH_MAX - 1, &name, NULL) == 0 && name[0])
                return text_copy(ret, PATH_MAX, name, strlen(name));
        if (media_sysfs_directory(path, "/device", link) < 0)
                return false;
        return realpath(link, ret) || errno == ENOENT; /* without one, the disk itself is the hardware */
}

bool media_same_device(const char *path_a, const char *path_b)
{
        char a[PATH_MAX], b[PATH_MAX];

        return !hardware_of(path_a, a) || !hardware_of(path_b, b) || text_equal(a, b);
}
