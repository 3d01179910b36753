/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NVMe by libnvme: Identify, SMART log, the status log of Sanitize. Sends to the namespace's block device, so that no second node
 * has to be found. Only asks. (libnvme costs the initrd 60 KiB; what it needs besides is there already.) */
#include "linux/media/media-nvme.h"

#include "linux/media/media-adapter.h"
#include <errno.h>
#include <libnvme.h>

#define STATUS_MASK 0x7ff /* status code type and code */

union page {
        uint8_t bytes[NVME_IDENTIFY_SIZE];
        struct nvme_id_ctrl controller;
        struct nvme_id_ns name_space;
        struct nvme_ns_list list;
        struct nvme_smart_log smart;
        struct nvme_sanitize_log_page sanitize;
};

int media_nvme_outcome(int status)
{
        if (status <= 0)
                return status < 0 ? -errno : 0;
        switch (status & STATUS_MASK) {
        case NVME_SC_INVALID_OPCODE:
        case NVME_SC_INVALID_FIELD:
                return -EOPNOTSUPP;
        case NVME_SC_SANITIZE_IN_PROGRESS:
                return -EALREADY;
        case NVME_SC_NS_WRITE_PROTECTED:
                return -EROFS;
        default:
                return -EIO;
        }
}

int media_nvme_sanitize_status(int fd, struct nvme_sanitize_status *ret)
{
        union page page = { 0 };
        int r = media_nvme_outcome(nvme_get_log_sanitize(fd, true, &page.sanitize));

        if (r == 0 && nvme_sanitize_parse(page.bytes, sizeof(page.bytes), ret) != ERR_OK)
                r = -EIO;
        return r;
}

int media_nvme_namespace(int fd, uint32_t *ret_id, struct nvme_namespace *ret, struct media_facts *facts)
{
        union page page = { 0 };
        uint32_t id;

        if (nvme_get_nsid(fd, &id) < 0)
                return -errno;
        int r = media_nvme_outcome(nvme_identify_ns(fd, id, &page.name_space));
        if (r == 0 && nvme_namespace_parse(page.bytes, sizeof(page.bytes), ret, facts) != ERR_OK)
                r = -EIO;
        if (r == 0)
                *ret_id = id;
        return r;
}

bool media_nvme_can_sanitize(const struct media_facts *facts)
{
        return media_offers(facts, MEDIA_NVME_SANITIZE_BLOCK) || media_offers(facts, MEDIA_NVME_SANITIZE_CRYPTO) ||
               media_offers(facts, MEDIA_NVME_SANITIZE_OVERWRITE);
}

int media_nvme_read(int fd, struct media_facts *facts)
{
        union page page = { 0 };
        struct nvme_sanitize_status status;
        struct nvme_namespace name_space;
        uint32_t id;
        int r = media_nvme_outcome(nvme_identify_ctrl(fd, &page.controller));

        if (r == 0 && nvme_controller_parse(page.bytes, sizeof(page.bytes), facts) != ERR_OK)
                r = -EIO;
        if (r < 0)
                return r;
        /* what follows is worth knowing, and a device without it is still a device */
        (void)media_nvme_namespace(fd, &id, &name_space, facts);
        if (nvme_identify_active_ns_list(fd, 0, &page.list) == 0)
                (void)nvme_namespace_count(page.bytes, sizeof(page.bytes), &facts->namespaces);
        if (nvme_get_log_smart(fd, NVME_NSID_ALL, true, &page.smart) == 0)
                (void)nvme_smart_parse(page.bytes, sizeof(page.bytes), &facts->health);
        if (media_nvme_can_sanitize(facts) && media_nvme_sanitize_status(fd, &status) == 0) {
                facts->sanitize_busy = status.state == NVME_SANITIZE_RUNNING;
                facts->sanitize_failed = status.state == NVME_SANITIZE_FAILED;
        }
        return 0;
}
