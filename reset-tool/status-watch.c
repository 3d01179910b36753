/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/status-watch.h"

#include "common/base/bytes.h"
#include "linux/base/cleanup.h"
#include "linux/efi/efivarfs.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define CHANGES (IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_TO)

/* The variables, and where the schedule is, if there is such a directory. */
static int watch_changes(const struct environment *environment)
{
        char directory[256] = "";
        const char *path = environment->variables_path ? environment->variables_path : EFIVARFS_PATH;
        const char *end = environment->schedule_path ? strrchr(environment->schedule_path, '/') : NULL;
        int fd = inotify_init1(IN_CLOEXEC);
        if (fd < 0)
                return -errno;
        if (inotify_add_watch(fd, path, CHANGES) < 0) {
                int r = -errno;
                (void)close(fd);
                return r;
        }
        if (end &&
            text_copy(directory, sizeof(directory), environment->schedule_path, (size_t)(end - environment->schedule_path)))
                (void)inotify_add_watch(fd, directory, CHANGES);
        return fd;
}

/* Waits for a change. False: nobody listens any more. What the change is does not matter; the state is read anew. */
static bool await(const struct environment *environment, int changes)
{
        char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
        struct pollfd waiting[] = { { .fd = changes, .events = POLLIN }, { .fd = fileno(environment->output) } };
        while (poll(waiting, waiting[1].fd < 0 ? 1 : 2, -1) < 0)
                if (errno != EINTR)
                        return false;
        if (waiting[1].fd >= 0 && waiting[1].revents & (POLLERR | POLLHUP | POLLNVAL))
                return false;
        return read(changes, events, sizeof(events)) > 0;
}

static int tell_to(const struct environment *environment, int (*tell)(const struct environment *environment), char **ret_text)
{
        struct environment inner = *environment;
        size_t size;
        inner.output = open_memstream(ret_text, &size);
        if (!inner.output)
                return -ENOMEM;
        int status = tell(&inner);
        return fclose(inner.output) == 0 ? status : -ENOMEM;
}

int status_watch(const struct environment *environment, int (*tell)(const struct environment *environment))
{
        _cleanup_free_ char *told = NULL;
        _cleanup_close_ int changes = watch_changes(environment);
        if (changes < 0) {
                fprintf(environment->errors, "cleanslate status: the EFI variables cannot be watched for changes: %s.\n",
                        strerror(-changes));
                return STATUS_FAILURE;
        }
        do {
                char *text = NULL;
                int status = tell_to(environment, tell, &text);
                if (status < 0 || status == STATUS_FAILURE) {
                        free(text);
                        return STATUS_FAILURE;
                }
                if (!told || strcmp(told, text) != 0)
                        fputs(text, environment->output);
                free(told);
                told = text;
        } while (fflush(environment->output) == 0 && await(environment, changes));
        return STATUS_OK;
}
