/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/image/policy-files.h"

#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define DEFINITIONS_PATH "usr/lib/repart.d"
#define SETTINGS_PATH    "usr/lib/cleanslate/cleanslate.conf"
#define OS_RELEASE_PATH  "usr/lib/os-release" /* /etc may be a partition that is not mounted yet */

static int is_definition(const struct dirent *entry)
{
        const char *dot = strrchr(entry->d_name, '.');
        return entry->d_name[0] != '.' && dot && strcmp(dot, ".conf") == 0;
}

static int failed_on(struct policy_error *ret_error, const char *file, int r, const char *detail)
{
        memset(ret_error, 0, sizeof(*ret_error));
        ret_error->err = r == -E2BIG ? ERR_TOO_LARGE : ERR_NOT_FOUND;
        (void)snprintf(ret_error->file, sizeof(ret_error->file), "%s", file);
        (void)snprintf(ret_error->detail, sizeof(ret_error->detail), "%s", detail);
        return r;
}

static int cannot_read(struct policy_error *ret_error, const char *file, int r)
{
        return failed_on(ret_error, file, r, r == -E2BIG ? "at most 64 KiB" : "the file cannot be read");
}

static int add_definition(int directory_fd, const char *name, struct policy *policy, struct policy_error *ret_error)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r = file_read(directory_fd, name, POLICY_FILE_MAX, &text, &size);
        if (r < 0)
                return cannot_read(ret_error, name, r);
        return policy_add_partition(policy, name, text, size, ret_error) == ERR_OK ? 0 : -EINVAL;
}

static int read_definitions(int root_fd, struct policy *policy, struct policy_error *ret_error)
{
        struct dirent **entries = NULL;
        int count = scandirat(root_fd, DEFINITIONS_PATH, &entries, is_definition, alphasort);
        if (count < 0)
                return errno == ENOENT ? 0 : failed_on(ret_error, DEFINITIONS_PATH, -errno, "the directory cannot be read");

        _cleanup_close_ int directory_fd = openat(root_fd, DEFINITIONS_PATH, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int r = directory_fd < 0 ? failed_on(ret_error, DEFINITIONS_PATH, -errno, "the directory cannot be opened") : 0;
        for (int i = 0; i < count; i++) {
                if (r == 0)
                        r = add_definition(directory_fd, entries[i]->d_name, policy, ret_error);
                free(entries[i]);
        }
        free(entries);
        return r;
}

static int read_settings(int root_fd, struct policy *policy, struct policy_error *ret_error)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r = file_read(root_fd, SETTINGS_PATH, POLICY_FILE_MAX, &text, &size);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return cannot_read(ret_error, "cleanslate.conf", r);
        return policy_read_settings(policy, "cleanslate.conf", text, size, ret_error) == ERR_OK ? 0 : -EINVAL;
}

int policy_files_read(int root_fd, struct policy *ret, struct policy_error *ret_error)
{
        policy_init(ret);
        int r = read_definitions(root_fd, ret, ret_error);
        return r < 0 ? r : read_settings(root_fd, ret, ret_error);
}

int os_identity_read(int root_fd, struct os_identity *ret)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r = file_read(root_fd, OS_RELEASE_PATH, POLICY_FILE_MAX, &text, &size);
        if (r < 0)
                return r;
        return os_identity_parse(text, size, ret) == ERR_OK ? 0 : -EINVAL;
}
