/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What linux/media/media-purge and its adapters share: one running purge, following it to its end, and the adapters themselves.
 * Nobody else includes this. */
#ifndef CLEANSLATE_LINUX_MEDIA_PURGE_ADAPTER_H
#define CLEANSLATE_LINUX_MEDIA_PURGE_ADAPTER_H

#include "linux/media/media-purge.h"
#include <stdbool.h>

struct purge_run {
        const char *path;
        int fd; /* O_RDWR | O_EXCL */
        const struct media_facts *facts;
        enum media_technique technique;
        const struct meter *meter;
        struct purge_result *result;
};

/* Puts a sentence into the result: "/dev/sda: ..." */
void purge_say(const struct purge_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

enum purge_state { PURGE_RUNNING, PURGE_DONE, PURGE_FAILED };

/* Asks the device. A negative answer is a device that does not answer, which it may for a while. */
typedef int (*purge_poll)(const struct purge_run *run, enum purge_state *ret_state, uint16_t *ret_progress);

/* Polls until the purge is no longer running. 0 = done; -EIO = failed, or no answer for minutes; -ETIMEDOUT = no progress for
 * hours. */
int purge_follow(const struct purge_run *run, purge_poll poll);

/* Sends the technique and follows it to its end. */
int media_nvme_purge(const struct purge_run *run);
int media_ata_purge(const struct purge_run *run);
int media_scsi_purge(const struct purge_run *run);
int media_mmc_purge(const struct purge_run *run);

/* Waits for a sanitize that an earlier attempt has started; 0 also if there is none. */
int media_nvme_settle(const struct purge_run *run);
int media_ata_settle(const struct purge_run *run);
int media_scsi_settle(const struct purge_run *run);

/* ATA only; see linux/media/media-purge.h. */
int media_ata_unhide(int fd, uint64_t *ret_size_bytes);
int media_ata_unlock_own(int fd);

#endif
