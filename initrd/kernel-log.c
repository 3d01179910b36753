/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/kernel-log.h"

#include "linux/base/cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define RECORD_MAX 8192 /* the kernel gives no longer ones (Documentation/ABI/testing/dev-kmsg) */
#define OURS       "cleanslate: "

/* "PRIORITY,SEQUENCE,MICROSECONDS,FLAGS;TEXT\n", and lines of key=value behind it. */
static void take(struct kernel_log *log, char *record)
{
        unsigned long long microseconds;
        char *text = strchr(record, ';');
        if (!text || strncmp(text + 1, OURS, strlen(OURS)) != 0 || sscanf(record, "%*u,%*u,%llu", &microseconds) != 1)
                return;
        text += 1 + strlen(OURS);
        text[strcspn(text, "\n")] = 0;
        if (log->count == KERNEL_LOG_LINES)
                memmove(log->lines[0], log->lines[1], sizeof(log->lines) - sizeof(log->lines[0]));
        else
                log->count++;
        (void)snprintf(log->lines[log->count - 1], KERNEL_LOG_LINE_MAX, "%4llu.%03llu %s", microseconds / 1000000,
                       microseconds / 1000 % 1000, text);
}

void kernel_log_read(struct kernel_log *ret)
{
        char record[RECORD_MAX + 1];
        memset(ret, 0, sizeof(*ret));
        _cleanup_close_ int fd = open("/dev/kmsg", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0)
                return;
        for (;;) {
                ssize_t n = read(fd, record, RECORD_MAX);
                if (n < 0 && (errno == EINTR || errno == EPIPE)) /* EPIPE: what came next was overwritten; go on behind it */
                        continue;
                if (n <= 0)
                        return;
                record[n] = 0;
                take(ret, record);
        }
}
