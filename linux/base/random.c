/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/base/random.h"

#include <errno.h>
#include <stdint.h>
#include <sys/random.h>

int random_bytes(void *ret, size_t size)
{
        for (size_t done = 0; done < size;) {
                ssize_t n = getrandom((uint8_t *)ret + done, size - done, 0);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                done += (size_t)n;
        }
        return 0;
}
