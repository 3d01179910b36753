/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An authenticated mapping over memory, to find out whether this kernel can have one while nothing is destroyed yet. */
#include "linux/base/blockdev.h"
#include "linux/base/cleanup.h"
#include "linux/image/authenticated.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define TRIAL_NAME "cleanslate-trial"
#define TRIAL_PATH "/dev/mapper/" TRIAL_NAME
#define TRIAL_SIZE (4 << 20)
#define BLOCK      4096

/* A loop device over memory, which ends with the descriptor. */
static int make_disk(char ret_path[static DEVICE_PATH_MAX], int *ret_fd)
{
        _cleanup_close_ int memory = memfd_create(TRIAL_NAME, MFD_CLOEXEC), control = -1, fd = -1;
        control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
        if (memory < 0 || control < 0 || ftruncate(memory, TRIAL_SIZE) < 0)
                return -errno;
        int number = ioctl(control, LOOP_CTL_GET_FREE);
        if (number < 0)
                return -errno;
        (void)snprintf(ret_path, DEVICE_PATH_MAX, "/dev/loop%d", number);
        const struct loop_config config = { .fd = (uint32_t)memory, .info = { .lo_flags = LO_FLAGS_AUTOCLEAR } };
        fd = open(ret_path, O_RDWR | O_CLOEXEC);
        if (fd < 0 || ioctl(fd, LOOP_CONFIGURE, &config) < 0)
                return -errno;
        *ret_fd = fd;
        fd = -1;
        return 0;
}

/* Past the page cache, so that what is read was on the volume. */
static int write_and_read(void)
{
        static _Alignas(BLOCK) uint8_t block[BLOCK];
        _cleanup_close_ int fd = open(TRIAL_PATH, O_RDWR | O_DIRECT | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        memset(block, 'x', sizeof(block));
        if (pwrite(fd, block, sizeof(block), 0) != (ssize_t)sizeof(block))
                return -EIO;
        memset(block, 0, sizeof(block));
        return pread(fd, block, sizeof(block), 0) == (ssize_t)sizeof(block) && block[0] == 'x' ? 0 : -EIO;
}

int authenticated_try(void)
{
        _cleanup_close_ int disk = -1;
        uint8_t key[VOLUME_KEY_MAX];
        char path[DEVICE_PATH_MAX];
        for (size_t i = 0; i < sizeof(key); i++) /* no secret, and no two parts of it equal */
                key[i] = (uint8_t)i;
        int r = make_disk(path, &disk);
        if (r == 0)
                r = authenticated_format_blank(path, TRIAL_NAME);
        if (r == 0)
                r = authenticated_open(path, 0, TRIAL_NAME, key, AUTHENTICATED_JOURNAL);
        if (r < 0)
                return r;
        r = write_and_read();
        int closed = authenticated_close(TRIAL_NAME);
        return r < 0 ? r : closed;
}
