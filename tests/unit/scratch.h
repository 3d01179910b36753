/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory of a test's own, on a file system that can do what the test needs. */
#ifndef CLEANSLATE_TESTS_SCRATCH_H
#define CLEANSLATE_TESTS_SCRATCH_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCRATCH_PATH_MAX 256

static inline int scratch_remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
        return remove(path);
}

static inline void scratch_remove(const char *directory)
{
        (void)nftw(directory, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Makes a directory in the first place where `suits` (NULL = anything does) says yes; the build tree is the last resort. */
static inline void scratch_make(char ret[static SCRATCH_PATH_MAX], bool (*suits)(const char *directory))
{
        const char *places[] = { getenv("TMPDIR"), "/tmp", "/var/tmp", "/dev/shm", "." };

        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
                if (!places[i] || snprintf(ret, SCRATCH_PATH_MAX, "%s/cleanslate-unit-XXXXXX", places[i]) >= SCRATCH_PATH_MAX ||
                    !mkdtemp(ret))
                        continue;
                if (!suits || suits(ret))
                        return;
                scratch_remove(ret);
        }
        fail_msg("no file system at hand can do what this test needs; set TMPDIR to a directory on ext4");
}

static inline void scratch_write(int directory_fd, const char *path, const void *data, size_t size)
{
        int fd = openat(directory_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        const char *at = data;

        assert_true(fd >= 0);
        while (size > 0) {
                ssize_t n = write(fd, at, size);

                assert_true(n > 0);
                at += n;
                size -= (size_t)n;
        }
        assert_int_equal(close(fd), 0);
}

static inline void scratch_text(int directory_fd, const char *path, const char *text)
{
        scratch_write(directory_fd, path, text, strlen(text));
}

__attribute__((unused)) static inline void scratch_program(int directory_fd, const char *path, const char *text)
{
        scratch_text(directory_fd, path, text);
        assert_int_equal(fchmodat(directory_fd, path, 0755, 0), 0);
}

#endif
