/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an NVMe device says about itself: Identify data and log pages. Source: NVM Express Base 2.0c, figures 275 (Identify
 * Controller), 207 (SMART), 292 (Sanitize Status); NVM Command Set 1.0c, figure 97 (Identify Namespace). Parsing only. */
#ifndef CLEANSLATE_COMMON_NVME_IDENTIFY_H
#define CLEANSLATE_COMMON_NVME_IDENTIFY_H

#include "common/base/err.h"
#include "common/media/media.h"

#define NVME_IDENTIFY_SIZE     4096
#define NVME_SMART_SIZE        512
#define NVME_SANITIZE_LOG_SIZE 512

struct nvme_namespace {
        uint64_t size_bytes;
        uint32_t sector_bytes;
        uint8_t format;        /* index of the LBA format in use, for Format NVM to keep */
        bool metadata_inline;  /* FLBAS bit 4 */
        uint8_t protection;    /* DPS, bits 2:0 */
        bool protection_first; /* DPS bit 3 */
};

enum nvme_sanitize_state { NVME_SANITIZE_NEVER, NVME_SANITIZE_DONE, NVME_SANITIZE_RUNNING, NVME_SANITIZE_FAILED };

struct nvme_sanitize_status {
        enum nvme_sanitize_state state;
        uint16_t progress; /* of 65536, while running */
        uint16_t raw;      /* SSTAT */
};

/* Model, serial, firmware, techniques, format_takes_all. Each ERR_TRUNCATED for a short reply, with *ret untouched. */
enum err nvme_controller_parse(const void *data, size_t size, struct media_facts *ret);

/* Also sets ret_facts->wwid if the namespace has an identifier. ERR_RANGE: an LBA format that cannot be. */
enum err nvme_namespace_parse(const void *data, size_t size, struct nvme_namespace *ret, struct media_facts *ret_facts);

/* Number of namespaces in an Active Namespace ID list. */
enum err nvme_namespace_count(const void *data, size_t size, uint32_t *ret);

enum err nvme_smart_parse(const void *data, size_t size, struct media_health *ret);
enum err nvme_sanitize_parse(const void *data, size_t size, struct nvme_sanitize_status *ret);

#endif
