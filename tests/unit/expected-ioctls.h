/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device that is a list: the ioctls a test expects, in order, each with what has to be in it and what comes back. Takes the
 * place of ioctl() and of linux/media/clock in the test's program. A request that is not the next one on the list, differs
 * from it, or was never issued fails the test. Time is pretended: pausing advances it and returns. */
#ifndef CLEANSLATE_TESTS_EXPECTED_IOCTLS_H
#define CLEANSLATE_TESTS_EXPECTED_IOCTLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPECTED_MMC_MAX 3

struct expected_ioctl {
        const char *what; /* for the message when it does not come */
        unsigned long request;

        /* what has to be in it */
        const uint8_t *cdb; /* SG_IO */
        size_t cdb_size;
        struct {
                uint8_t opcode;
                uint32_t nsid, cdw10, cdw11;
        } nvme; /* NVME_IOCTL_ADMIN_CMD */
        struct {
                uint32_t opcode, argument;
        } mmc[EXPECTED_MMC_MAX]; /* MMC_IOC_CMD: the first; MMC_IOC_MULTI_CMD: all */
        uint64_t range[2];       /* BLKSECDISCARD */
        const void *sent;        /* data to the device */
        size_t sent_size;
        unsigned timeout_min_ms; /* of SG_IO */

        /* what comes back */
        const void *reply; /* data from the device */
        size_t reply_size;
        const uint8_t *sense; /* SG_IO; with it comes CHECK CONDITION */
        size_t sense_size;
        uint32_t response;    /* MMC: card status of the last command */
        int status;           /* the ioctl's answer: an NVMe status, a namespace id */
        int error;            /* errno; the ioctl's answer is -1 then */
        void (*effect)(void); /* what the device does to its bytes */
        bool any_number;      /* comes once or more, until something else does or the test ends */
};

/* Starts a list; it has to outlive the test. Pretended time starts anew. */
void expect_ioctls(const struct expected_ioctl *list, size_t count);

/* Fails if anything on the list was not issued. */
void expect_no_more_ioctls(void);

uint64_t pretended_ms(void);

#endif
