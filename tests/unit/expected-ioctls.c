/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "linux/base/clock.h"
#include "tests/unit/expected-ioctls.h"

#include <errno.h>
#include <linux/fs.h>
#include <linux/mmc/ioctl.h>
#include <linux/nvme_ioctl.h>
#include <scsi/sg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

static struct {
        const struct expected_ioctl *list;
        size_t count, at;
        bool issued; /* the present one, at least once */
        uint64_t now_ms;
} expected;

void expect_ioctls(const struct expected_ioctl *list, size_t count)
{
        expected.list = list;
        expected.count = count;
        expected.at = 0;
        expected.issued = false;
        expected.now_ms = 0;
}

void expect_no_more_ioctls(void)
{
        size_t done = expected.at + (expected.issued ? 1 : 0);

        if (done < expected.count)
                fail_msg("expected and never issued: %zu. %s", done, expected.list[done].what);
        expected.list = NULL;
}

uint64_t pretended_ms(void)
{
        return expected.now_ms;
}

uint64_t now_ms(void)
{
        return expected.now_ms;
}

void pause_ms(unsigned milliseconds)
{
        assert_true(milliseconds > 0); /* else a poll would be a loop that burns */
        expected.now_ms += milliseconds;
}

static void check_sent(const struct expected_ioctl *next, const void *data, size_t size)
{
        if (!next->sent)
                return;
        if (size < next->sent_size || memcmp(data, next->sent, next->sent_size) != 0)
                fail_msg("%s: other data was sent", next->what);
}

static void give(const struct expected_ioctl *next, void *data, size_t size)
{
        if (next->reply && data)
                memcpy(data, next->reply, next->reply_size < size ? next->reply_size : size);
}

static bool is_sg(const struct expected_ioctl *next, const struct sg_io_hdr *header)
{
        return header->cmd_len == next->cdb_size && memcmp(header->cmdp, next->cdb, next->cdb_size) == 0;
}

static void do_sg(const struct expected_ioctl *next, struct sg_io_hdr *header)
{
        if (header->timeout < next->timeout_min_ms)
                fail_msg("%s: a time limit of %u ms", next->what, header->timeout);
        if (header->dxfer_direction == SG_DXFER_TO_DEV)
                check_sent(next, header->dxferp, header->dxfer_len);
        else if (header->dxfer_direction == SG_DXFER_FROM_DEV)
                give(next, header->dxferp, header->dxfer_len);
        if (!next->sense)
                return;
        assert_true(next->sense_size <= header->mx_sb_len);
        memcpy(header->sbp, next->sense, next->sense_size);
        header->sb_len_wr = (unsigned char)next->sense_size;
        header->status = 2;
}

static bool is_nvme(const struct expected_ioctl *next, const struct nvme_admin_cmd *command)
{
        return command->opcode == next->nvme.opcode && command->nsid == next->nvme.nsid && command->cdw10 == next->nvme.cdw10 &&
               command->cdw11 == next->nvme.cdw11;
}

static bool is_mmc(const struct expected_ioctl *next, const struct mmc_ioc_cmd *commands, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (i >= EXPECTED_MMC_MAX || commands[i].opcode != next->mmc[i].opcode ||
                    commands[i].arg != next->mmc[i].argument)
                        return false;
        return true;
}

static bool fits(const struct expected_ioctl *next, unsigned long request, void *argument)
{
        const struct mmc_ioc_multi_cmd *many = argument;

        if (request != next->request)
                return false;
        switch (request) {
        case SG_IO:
                return is_sg(next, argument);
        case NVME_IOCTL_ADMIN_CMD:
                return is_nvme(next, argument);
        case MMC_IOC_CMD:
                return is_mmc(next, argument, 1);
        case MMC_IOC_MULTI_CMD:
                return is_mmc(next, many->cmds, many->num_of_cmds);
        case BLKSECDISCARD:
                return memcmp(argument, next->range, sizeof(next->range)) == 0;
        default:
                return true;
        }
}

static void act(const struct expected_ioctl *next, unsigned long request, void *argument)
{
        struct nvme_admin_cmd *nvme = argument;
        struct mmc_ioc_cmd *mmc = argument;
        struct mmc_ioc_multi_cmd *many = argument;

        if (request == SG_IO)
                do_sg(next, argument);
        else if (request == NVME_IOCTL_ADMIN_CMD)
                give(next, (void *)(uintptr_t)nvme->addr, nvme->data_len);
        else if (request == MMC_IOC_MULTI_CMD)
                many->cmds[many->num_of_cmds - 1].response[0] = next->response;
        if (request == MMC_IOC_CMD) {
                give(next, (void *)(uintptr_t)mmc->data_ptr, (size_t)mmc->blksz * mmc->blocks);
                mmc->response[0] = next->response;
        }
        if (next->effect)
                next->effect();
}

static void describe(unsigned long request, void *argument, char *ret, size_t size)
{
        int n = snprintf(ret, size, "request 0x%lx", request);
        const struct nvme_admin_cmd *nvme = argument;
        const struct sg_io_hdr *header = argument;

        if (request == NVME_IOCTL_ADMIN_CMD)
                (void)snprintf(ret + n, size - (size_t)n, ", opcode %02x nsid %x cdw10 %08x cdw11 %08x", nvme->opcode, nvme->nsid,
                               nvme->cdw10, nvme->cdw11);
        for (unsigned i = 0; request == SG_IO && i < header->cmd_len; i++)
                n += snprintf(ret + n, size - (size_t)n, " %02x", header->cmdp[i]);
}

/* The C library's own, for this program alone. */
int ioctl(int fd, unsigned long request, ...)
{
        char words[160];
        va_list arguments;

        va_start(arguments, request);
        void *argument = va_arg(arguments, void *);
        va_end(arguments);
        if (expected.issued && !(expected.list[expected.at].any_number && fits(&expected.list[expected.at], request, argument))) {
                expected.at++;
                expected.issued = false;
        }
        describe(request, argument, words, sizeof(words));
        if (!expected.list || expected.at >= expected.count)
                fail_msg("not expected: %s", words);
        const struct expected_ioctl *next = &expected.list[expected.at];
        if (!fits(next, request, argument))
                fail_msg("expected %zu. %s, issued: %s", expected.at, next->what, words);
        expected.issued = true;
        if (next->error) {
                errno = next->error;
                return -1;
        }
        act(next, request, argument);
        return next->status;
}
