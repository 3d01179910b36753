/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NVMe by libnvme: Sanitize and Format NVM. Decides nothing: which technique is the caller's word. */
#include "linux/media/media-nvme.h"
#include "linux/media/media-purge-adapter.h"
#include <errno.h>
#include <libnvme.h>

#define FORMAT_TIMEOUT_MS (2u * 60 * 60 * 1000) /* a Format answers when it is done; Sanitize at once */
#define SHIFT_FORMAT_HIGH 4

static int poll_sanitize(const struct purge_run *run, enum purge_state *ret_state, uint16_t *ret_progress)
{
        struct nvme_sanitize_status status;
        int r = media_nvme_sanitize_status(run->fd, &status);

        if (r < 0)
                return r;
        run->result->device_status = status.raw;
        *ret_progress = status.progress;
        *ret_state = status.state == NVME_SANITIZE_RUNNING ? PURGE_RUNNING
                     : status.state == NVME_SANITIZE_DONE  ? PURGE_DONE
                                                           : PURGE_FAILED;
        return 0;
}

static int send_sanitize(int fd, enum nvme_sanitize_sanact action)
{
        struct nvme_sanitize_nvm_args args = {
                .args_size = sizeof(args),
                .fd = fd,
                .sanact = action,
                .ause = action != NVME_SANITIZE_SANACT_EXIT_FAILURE,              /* a failure must not leave a brick */
                .owpass = action == NVME_SANITIZE_SANACT_START_OVERWRITE ? 1 : 0, /* 0 would mean 16 */
        };

        return nvme_sanitize_nvm(&args);
}

static int refused(const struct purge_run *run, int status)
{
        int r = media_nvme_outcome(status);

        if (status > 0)
                run->result->device_status = (uint32_t)status;
        purge_say(run, "the device refused %s with NVMe status 0x%x; nothing was erased", media_technique_text(run->technique),
                  status > 0 ? (unsigned)status : 0u);
        return r;
}

static int sanitize(const struct purge_run *run, enum nvme_sanitize_sanact action)
{
        int status = send_sanitize(run->fd, action);
        if (status != 0)
                return refused(run, status);
        int r = purge_follow(run, poll_sanitize);
        if (r != -EIO || run->result->words[0])
                return r;
        /* the failure stays a failure; this only makes the device take writes again, so that `clear` is possible */
        bool usable = send_sanitize(run->fd, NVME_SANITIZE_SANACT_EXIT_FAILURE) == 0;
        purge_say(run, "%s failed inside the device (SSTAT 0x%x): data may be left on it; %s",
                  media_technique_text(run->technique), run->result->device_status,
                  usable ? "it takes writes again" : "it stays in failure mode until a sanitize succeeds");
        return r;
}

static int format(const struct purge_run *run, enum nvme_cmd_format_ses erase)
{
        struct nvme_namespace now;
        struct media_facts ignored = { 0 };
        uint32_t id;
        int r = media_nvme_namespace(run->fd, &id, &now, &ignored);

        if (r < 0) {
                purge_say(run, "the namespace cannot be identified, so its format could not be kept: nothing was erased");
                return r;
        }
        struct nvme_format_nvm_args args = {
                .args_size = sizeof(args),
                .fd = run->fd,
                .timeout = FORMAT_TIMEOUT_MS,
                .nsid = id,
                .lbaf = now.format & 0xf,
                .lbafu = (uint8_t)(now.format >> SHIFT_FORMAT_HIGH),
                .mset = now.metadata_inline ? NVME_FORMAT_MSET_EXTENDED : NVME_FORMAT_MSET_SEPARATE,
                .pi = (enum nvme_cmd_format_pi)now.protection,
                .pil = now.protection_first ? NVME_FORMAT_PIL_FIRST : NVME_FORMAT_PIL_LAST,
                .ses = erase,
        };
        int status = nvme_format_nvm(&args);
        return status != 0 ? refused(run, status) : 0;
}

int media_nvme_purge(const struct purge_run *run)
{
        switch (run->technique) {
        case MEDIA_NVME_SANITIZE_BLOCK:
                return sanitize(run, NVME_SANITIZE_SANACT_START_BLOCK_ERASE);
        case MEDIA_NVME_SANITIZE_CRYPTO:
                return sanitize(run, NVME_SANITIZE_SANACT_START_CRYPTO_ERASE);
        case MEDIA_NVME_SANITIZE_OVERWRITE:
                return sanitize(run, NVME_SANITIZE_SANACT_START_OVERWRITE);
        case MEDIA_NVME_FORMAT_ERASE:
                return format(run, NVME_FORMAT_SES_USER_DATA_ERASE);
        case MEDIA_NVME_FORMAT_CRYPTO:
                return format(run, NVME_FORMAT_SES_CRYPTO_ERASE);
        default:
                return -EOPNOTSUPP;
        }
}

int media_nvme_settle(const struct purge_run *run)
{
        struct nvme_sanitize_status status;

        if (!media_nvme_can_sanitize(run->facts) || media_nvme_sanitize_status(run->fd, &status) < 0 ||
            status.state != NVME_SANITIZE_RUNNING)
                return 0;
        int r = purge_follow(run, poll_sanitize);
        return r == -EIO && !run->result->words[0] ? 0 : r; /* the earlier one failed: this one is yet to come */
}
