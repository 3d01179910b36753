/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of a purge, and which adapter does it; see media-purge.h. */
#include "linux/media/media-purge.h"

#include "linux/base/cleanup.h"
#include "linux/base/clock.h"
#include "linux/base/file.h"
#include "linux/media/media-purge-adapter.h"
#include "linux/media/media-sysfs.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>

#define DISCARD_STEPS 64

/* BLKSECDISCARD in steps, for the meter's sake. */
static int secure_discard(const struct purge_run *run)
{
        uint64_t size = run->facts->size_bytes, step = size / DISCARD_STEPS;

        step = step < (1u << 20) ? size : step - step % (1u << 20);
        for (uint64_t done = 0; done < size;) {
                uint64_t range[2] = { done, size - done < step ? size - done : step };
                if (ioctl(run->fd, BLKSECDISCARD, range) < 0) {
                        int r = -errno;
                        purge_say(run, "secure discard failed at byte %llu: %s", (unsigned long long)done, strerror(-r));
                        return r;
                }
                done += range[1];
                if (run->meter && run->meter->advance)
                        run->meter->advance(run->meter->context, done, size);
        }
        return 0;
}

/* Waits for a sanitize that an earlier attempt has started; 0 also if there is none. */
static int settle(const struct purge_run *run)
{
        switch (run->facts->bus) {
        case MEDIA_NVME:
                return media_nvme_settle(run);
        case MEDIA_ATA:
                return media_ata_settle(run);
        case MEDIA_SCSI:
                return media_scsi_settle(run);
        default:
                return 0;
        }
}

/* Sends the technique and follows it to its end. */
static int send_technique(const struct purge_run *run)
{
        if (run->technique == MEDIA_SECURE_DISCARD)
                return secure_discard(run);
        switch (run->facts->bus) {
        case MEDIA_NVME:
                return media_nvme_purge(run);
        case MEDIA_ATA:
                return media_ata_purge(run);
        case MEDIA_SCSI:
                return media_scsi_purge(run);
        case MEDIA_MMC:
                return media_mmc_purge(run);
        default:
                return -EOPNOTSUPP;
        }
}

/* A device whose last sanitize failed takes no writes before one succeeds: then the first one only mends, the second one is
 * proven. */
static int plant_markers(const struct purge_run *run, struct media_markers *ret)
{
        int r = media_write_markers(run->path, run->facts, ret);

        if (r < 0 && run->facts->sanitize_failed) {
                r = send_technique(run);
                if (r < 0)
                        return r;
                r = media_write_markers(run->path, run->facts, ret);
        }
        if (r < 0)
                purge_say(run,
                          "it does not keep what is written to it (%s), so that no purge could be proven; nothing was erased",
                          strerror(-r));
        return r;
}

static int look_for_markers(const struct purge_run *run, const struct media_markers *markers)
{
        struct media_marker_count *count = &run->result->markers;
        int r = media_markers_gone(run->path, markers, count);

        if (r < 0) {
                purge_say(run, "it cannot be read after %s: %s", media_technique_text(run->technique), strerror(-r));
                return r;
        }
        if (count->remaining > 0) {
                purge_say(run,
                          "it claims that %s succeeded, but %u of %u markers are still there, the first one at byte %llu: do not "
                          "trust it, destroy it",
                          media_technique_text(run->technique), count->remaining, count->written,
                          (unsigned long long)count->first_remaining_offset);
                return -EBADMSG;
        }
        if (count->unreadable > 0) {
                purge_say(run, "%s is done, but %u of %u marker places cannot be read, so that it is not proven there",
                          media_technique_text(run->technique), count->unreadable, count->written);
                return -EIO;
        }
        purge_say(run, "%s is done; all of %u markers are gone", media_technique_text(run->technique), count->written);
        return 0;
}

static int purge(const struct purge_run *run)
{
        struct media_markers markers;
        int r = settle(run);

        if (r == 0)
                r = plant_markers(run, &markers);
        if (r < 0)
                return r;
        run->result->markers.written = markers.count;
        (void)ioctl(run->fd, BLKFLSBUF, 0); /* nothing old may come out of the page cache later */
        r = send_technique(run);
        if (r < 0) {
                if (!run->result->words[0])
                        purge_say(run, "%s failed: %s", media_technique_text(run->technique), strerror(-r));
                return r;
        }
        (void)ioctl(run->fd, BLKFLSBUF, 0);
        return look_for_markers(run, &markers);
}

int media_purge(const char *path, const struct media_facts *facts, enum media_technique technique, const struct meter *meter,
                struct purge_result *ret)
{
        *ret = (struct purge_result){ .technique = technique, .started_ms = now_ms() };
        struct purge_run run = { .path = path, .fd = -1, .facts = facts, .technique = technique, .meter = meter, .result = ret };

        if (technique == MEDIA_TECHNIQUE_NONE || !media_offers(facts, technique)) {
                purge_say(&run, "the device does not offer %s", media_technique_text(technique));
                return -EOPNOTSUPP;
        }
        _cleanup_close_ int fd = open(path, O_RDWR | O_EXCL | O_CLOEXEC);
        if (fd < 0) {
                int r = -errno;
                purge_say(&run, "%s; nothing was erased",
                          r == -EBUSY ? "it is in use: unmount and close what is on it" : strerror(-r));
                return r;
        }
        run.fd = fd;
        int r = purge(&run);
        ret->finished_ms = now_ms();
        return r;
}

int media_unlock_own(const char *path)
{
        _cleanup_close_ int fd = open(path, O_RDWR | O_EXCL | O_CLOEXEC);

        return fd < 0 ? -errno : media_ata_unlock_own(fd);
}

/* The kernel keeps the size it found when it started: told to look again, it may still want a restart. */
static int tell_kernel(const char *path, uint64_t expected_bytes)
{
        char rescan[PATH_MAX];
        struct media_facts facts;

        if (media_sysfs_directory(path, "/device/rescan", rescan) == 0)
                (void)file_write_existing(rescan, "1");
        if (media_sysfs_directory(path, "", rescan) < 0 || media_sysfs_read(rescan, &facts) < 0)
                return -EAGAIN;
        return facts.size_bytes == expected_bytes ? 0 : -EAGAIN;
}

static int open_hidden(const char *path, uint64_t *ret_size_bytes)
{
        _cleanup_close_ int fd = open(path, O_RDWR | O_EXCL | O_CLOEXEC);

        return fd < 0 ? -errno : media_ata_unhide(fd, ret_size_bytes);
}

int media_unhide(const char *path, const struct media_facts *facts, uint64_t *ret_size_bytes)
{
        uint64_t size_bytes = facts->size_bytes;
        bool hidden = facts->hpa.bytes != 0 || facts->dco.bytes != 0;

        if (hidden && facts->bus != MEDIA_ATA)
                return -EOPNOTSUPP;
        int r = hidden ? open_hidden(path, &size_bytes) : 0;
        if (r == 0 && hidden)
                r = tell_kernel(path, size_bytes);
        if (r == 0)
                *ret_size_bytes = size_bytes;
        return r;
}
