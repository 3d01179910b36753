/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What linux/media/media asks its adapters for: facts beyond those of sysfs, which are in *facts already. An error leaves the
 * facts usable. Nobody else includes this. */
#ifndef CLEANSLATE_LINUX_MEDIA_ADAPTER_H
#define CLEANSLATE_LINUX_MEDIA_ADAPTER_H

#include "common/media/media.h"

int media_nvme_read(int fd, struct media_facts *facts);
int media_ata_read(int fd, struct media_facts *facts);
int media_scsi_read(int fd, struct media_facts *facts);
int media_mmc_read(int fd, struct media_facts *facts);

#endif
