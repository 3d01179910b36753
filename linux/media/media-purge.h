/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Purging a whole storage device: opening its hidden areas, the technique, the markers that prove it. Chooses the bus's adapter
 * (media-*-purge); decides nothing else. Called from initrd/steps/ alone (tests/doors.py), but for a password of our own. */
#ifndef CLEANSLATE_LINUX_MEDIA_PURGE_H
#define CLEANSLATE_LINUX_MEDIA_PURGE_H

#include "common/media/media-markers.h"
#include "common/media/media.h"
#include "linux/base/meter.h"
#include <stdint.h>

/* How a purge went. Unlike other outputs it is filled on failure, too: the record wants to know. */
struct purge_result {
        enum media_technique technique;
        uint64_t started_ms, finished_ms;  /* CLOCK_BOOTTIME */
        uint32_t device_status;            /* what the device said last: NVMe status or SSTAT; ATA status << 8 | error; SCSI
                                              key << 16 | asc << 8 | ascq; MMC R1 */
        struct media_marker_count markers; /* .written = 0: the device did not take any, which is a failure */
        char words[256];                   /* what happened, on what, what to do; empty only before anything was tried */
};

/* Purges the whole device: claims it (O_EXCL: -EBUSY while anything of it is mounted or mapped), waits for a sanitize that is
 * still running from an earlier attempt, writes markers, sends the technique's commands, follows them to their end, reads their
 * outcome, and looks for the markers. Needs no clean-up after a power cut: calling it again is the way to go on. meter counts
 * bytes of facts->size_bytes in proportion to the device's own progress.
 *
 * 0 = done and every marker is gone. -EOPNOTSUPP: the device does not offer the technique. -EPERM: frozen. -EACCES: locked.
 * -EBUSY: in use. -EIO: the device failed, or a marker's place cannot be read. -EBADMSG: it claims success, but a marker is still
 * there. -ETIMEDOUT: no progress for hours. */
int media_purge(const char *path, const struct media_facts *facts, enum media_technique technique, const struct meter *meter,
                struct purge_result *ret);

/* Opens host protected area and device configuration overlay, permanently, so that what follows reaches them. 0: nothing is
 * hidden any more (*ret_size_bytes = the size now; the kernel was told). -EAGAIN: the device wants a power cycle first. -EPERM:
 * its configuration is frozen. -EOPNOTSUPP: it has hidden areas and no command that opens them. */
int media_unhide(const char *path, const struct media_facts *facts, uint64_t *ret_size_bytes);

/* An interrupted secure erase leaves the device locked with our password (MEDIA_ATA_PASSWORD in media-ata.h, no secret). Takes it
 * off again. 0: unlocked; -EACCES: it is somebody else's. One attempt of the device's five per power cycle. */
int media_unlock_own(const char *path);

/* Markers (common/media/media-markers.h). Writing: O_DIRECT, flushed, read back; -EIO if they are not there afterwards, because
 * then their absence would prove nothing. Looking for them: past the page cache. */
int media_write_markers(const char *path, const struct media_facts *facts, struct media_markers *ret);
int media_markers_gone(const char *path, const struct media_markers *markers, struct media_marker_count *ret);

#endif
