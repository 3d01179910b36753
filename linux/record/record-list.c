/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/record/record-list.h"

#include "linux/base/cleanup.h"
#include "linux/record/record.h"
#include <errno.h>
#include <fcntl.h>

static bool read_summary(int directory_fd, const char *name, struct record_summary *ret)
{
        char text[RECORD_SUMMARY_READ_MAX];
        _cleanup_close_ int fd = openat(directory_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));
        return n > 0 && record_summary_read(text, (size_t)n, ret) == ERR_OK;
}

int record_each(int esp_fd, record_visitor visit, void *context)
{
        struct record_summary summary;
        int fd = openat(esp_fd, RECORD_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_closedir_ DIR *directory = fd < 0 ? NULL : fdopendir(fd);
        if (!directory) {
                int error = -errno;
                close_fd(&fd);
                return error;
        }
        for (struct dirent *entry; (entry = readdir(directory));) {
                if (entry->d_name[0] == '.' || !read_summary(dirfd(directory), entry->d_name, &summary))
                        continue;
                int r = visit(context, entry->d_name, &summary);
                if (r != 0)
                        return r;
        }
        return 0;
}

struct newest {
        bool found;
        struct record_summary *summary;
};

static int keep_newer(void *context, const char *name, const struct record_summary *summary)
{
        struct newest *newest = context;
        if (!newest->found || summary->written_at >= newest->summary->written_at)
                *newest->summary = *summary;
        newest->found = true;
        return 0;
}

int record_newest(int esp_fd, struct record_summary *ret)
{
        struct newest newest = { .summary = ret };
        int r = record_each(esp_fd, keep_newer, &newest);
        return r < 0 ? r : newest.found ? 0 : -ENOENT;
}
