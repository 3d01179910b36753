/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What media-nvme, which asks, shares with media-nvme-purge. Nobody else includes this. */
#ifndef CLEANSLATE_LINUX_MEDIA_NVME_H
#define CLEANSLATE_LINUX_MEDIA_NVME_H

#include "common/media/nvme-identify.h"

/* libnvme's answers (-1 with errno, 0, or the command's status) as negative errno. */
int media_nvme_outcome(int status);

bool media_nvme_can_sanitize(const struct media_facts *facts);
int media_nvme_sanitize_status(int fd, struct nvme_sanitize_status *ret);

/* Of the namespace that is the block device; *facts learns of it, too. */
int media_nvme_namespace(int fd, uint32_t *ret_id, struct nvme_namespace *ret, struct media_facts *facts);

#endif
