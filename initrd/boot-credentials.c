/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/boot-credentials.h"

#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PARENT   "credentials"
#define TARGET   "credentials/@encrypted"
#define SEARCHED "credstore.encrypted"
#define ENDING   ".cred"

struct passing {
        int source_fd, target_fd;
        size_t left_bytes;
        struct boot_credentials *outcome;
};

/* A name of a file, and of a descriptor that systemd may pass it as. */
static bool name_is_valid(const char *name)
{
        if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
                return false;
        for (; *name; name++)
                if (*name < ' ' || *name == 0x7f || *name == ':' || *name == '/')
                        return false;
        return true;
}

/* -EEXIST: an earlier one counts. */
static int write_new(int directory_fd, const char *name, const void *data, size_t size)
{
        _cleanup_close_ int fd = openat(directory_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
        if (fd < 0)
                return -errno;
        int r = write_all(fd, data, size);
        if (r < 0)
                (void)unlinkat(directory_fd, name, 0);
        return r;
}

static int pass_on(struct passing *passing, const char *file)
{
        char name[NAME_MAX + 1];
        _cleanup_free_ char *data = NULL;
        size_t size = 0, length = strlen(file) - strlen(ENDING);
        memcpy(name, file, length);
        name[length] = '\0';
        if (!name_is_valid(name))
                return -EINVAL;
        int r = file_read(passing->source_fd, file, passing->left_bytes, &data, &size);
        if (r == 0)
                r = write_new(passing->target_fd, name, data, size);
        if (r == 0)
                passing->left_bytes -= size;
        return r;
}

static int is_credential(const struct dirent *entry)
{
        size_t length = strlen(entry->d_name);
        return length > strlen(ENDING) && strcmp(entry->d_name + length - strlen(ENDING), ENDING) == 0;
}

static void pass_on_all(struct passing *passing)
{
        struct dirent **entries = NULL;
        int count = scandirat(passing->source_fd, ".", &entries, is_credential, alphasort);
        for (int i = 0; i < count; i++) {
                int r = pass_on(passing, entries[i]->d_name);
                if (r == 0)
                        passing->outcome->passed_on++;
                else if (r != -EEXIST)
                        passing->outcome->left_out++;
                free(entries[i]);
        }
        free(entries);
}

static int make_target(int run_fd)
{
        if (mkdirat(run_fd, PARENT, 0755) < 0 && errno != EEXIST)
                return -errno;
        if (mkdirat(run_fd, TARGET, 0700) < 0 && errno != EEXIST)
                return -errno;
        if (symlinkat(TARGET, run_fd, SEARCHED) < 0 && errno != EEXIST) /* a directory of that name is the image's own business */
                return -errno;
        int fd = openat(run_fd, TARGET, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

int boot_credentials_pass_on(int extra_fd, int run_fd, struct boot_credentials *ret)
{
        static const char *const sources[] = { "credentials", "global_credentials" };
        struct passing passing = { .target_fd = -1, .left_bytes = BOOT_CREDENTIALS_SIZE_MAX, .outcome = ret };
        *ret = (struct boot_credentials){ 0 };
        for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
                passing.source_fd = openat(extra_fd, sources[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                if (passing.source_fd < 0)
                        continue;
                if (passing.target_fd < 0)
                        passing.target_fd = make_target(run_fd);
                if (passing.target_fd >= 0)
                        pass_on_all(&passing);
                (void)close(passing.source_fd);
                if (passing.target_fd < 0)
                        return passing.target_fd;
        }
        if (passing.target_fd >= 0)
                (void)close(passing.target_fd);
        return 0;
}
