/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/image/policy-files.h"

#include "common/base/bytes.h"
#include "common/policy/policy-root.h"
#include "common/policy/policy-values.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/image/definition-collect.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define SETTINGS_PATH   "usr/lib/cleanslate/cleanslate.conf"
#define OS_RELEASE_PATH "usr/lib/os-release" /* /etc may be a partition that is not mounted yet */
#define MODULES_PATH    "usr/lib/modules"

static int cannot_read(struct policy_error *ret_error, const char *file, int r)
{
        (void)policy_error_fill(ret_error, r == -E2BIG ? ERR_TOO_LARGE : ERR_NOT_FOUND, file, 0, "",
                                r == -E2BIG ? "at most 64 KiB" : "the file cannot be read");
        return r;
}

static int is_kernel(const struct dirent *entry)
{
        return entry->d_name[0] != '.';
}

/* Of the only kernel there is; "" where there is another number of them. */
static void find_kernel_release(int root_fd, char ret[static OS_FIELD_MAX])
{
        struct dirent **entries = NULL;
        int count = scandirat(root_fd, MODULES_PATH, &entries, is_kernel, alphasort);
        if (count == 1)
                (void)text_copy(ret, OS_FIELD_MAX, entries[0]->d_name, strlen(entries[0]->d_name));
        for (int i = 0; i < count; i++)
                free(entries[i]);
        free(entries);
}

/* What the image says of itself; nothing where it says nothing. */
static int read_specifiers(int root_fd, struct specifiers *ret, struct policy_error *ret_error)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        *ret = (struct specifiers){ 0 };
        find_kernel_release(root_fd, ret->kernel_release);
        int r = file_read(root_fd, OS_RELEASE_PATH, POLICY_FILE_MAX, &text, &size);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return cannot_read(ret_error, "/" OS_RELEASE_PATH, r);
        if (os_identity_parse(text, size, &ret->os) == ERR_OK &&
            os_release_field(text, size, "BUILD_ID", ret->build_id) == ERR_OK &&
            os_release_field(text, size, "VARIANT_ID", ret->variant_id) == ERR_OK)
                return 0;
        (void)policy_error_fill(ret_error, ERR_TOO_LARGE, "/" OS_RELEASE_PATH, 0, "", "at most 127 bytes in a field");
        return -EINVAL;
}

static int read_definitions(int root_fd, struct policy *policy, struct policy_error *ret_error)
{
        _cleanup_(definition_collection_done) struct definition_collection found = { 0 };
        struct specifiers specifiers;
        int r = definition_collect(root_fd, policy->form, &found, ret_error);
        if (r == 0 && found.count == 0 && policy->form == IMAGE_ROOT)
                return 0;
        if (r == 0)
                r = read_specifiers(root_fd, &specifiers, ret_error);
        if (r < 0)
                return r;
        return definition_files_read(policy, found.files, found.count, &specifiers, ret_error) == ERR_OK ? 0 : -EINVAL;
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

static bool is_directory(int root_fd, const char *path)
{
        struct stat status;
        return fstatat(root_fd, path, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
}

static void begin(int root_fd, enum image_form form, struct policy *ret)
{
        policy_init(ret);
        ret->form = form;
        ret->factory_etc = form == IMAGE_USR && is_directory(root_fd, &FACTORY_ETC[1]);
        ret->factory_var = form == IMAGE_USR && is_directory(root_fd, &FACTORY_VAR[1]);
}

int policy_files_read(int root_fd, enum image_form form, struct policy *ret, struct policy_error *ret_error)
{
        begin(root_fd, form, ret);
        int r = read_definitions(root_fd, ret, ret_error);
        return r < 0 ? r : read_settings(root_fd, ret, ret_error);
}

static const char *definition_name(const struct definition_file *file)
{
        return file->of[0] ? file->of : file->name;
}

/* "/usr/lib/repart.d/10-var.conf.d/50-size.conf" is about 10-var.conf. */
static bool is_about(const struct policy_error *error, const char *name)
{
        const char *found = strstr(error->file, name);
        return found && (found == error->file || found[-1] == '/') && strchr("/.", found[strlen(name)]) != NULL;
}

/* Takes out the definition that an error is about. False: it is about none of them. */
static bool leave_out(struct definition_collection *found, const struct policy_error *error)
{
        size_t kept = 0, before = found->count;
        for (size_t i = 0; i < found->count; i++) {
                if (is_about(error, definition_name(&found->files[i])))
                        free(found->files[i].text);
                else
                        found->files[kept++] = found->files[i];
        }
        found->count = kept;
        return kept < before;
}

static int read_each_definition(int root_fd, struct policy *policy,
                                void (*report)(void *context, const struct policy_error *error), void *context)
{
        _cleanup_(definition_collection_done) struct definition_collection found = { 0 };
        struct specifiers specifiers = { 0 };
        struct policy_error error;
        int r = definition_collect(root_fd, policy->form, &found, &error);
        if (r == 0 && found.count > 0)
                r = read_specifiers(root_fd, &specifiers, &error);
        if (r < 0) {
                report(context, &error);
                return r;
        }
        while (definition_files_read(policy, found.files, found.count, &specifiers, &error) != ERR_OK) {
                const bool is_whole = r == 0; /* what is missing now may be what was left out */
                const bool is_left_out = leave_out(&found, &error);
                r = -EINVAL;
                if (is_left_out || is_whole)
                        report(context, &error);
                if (!is_left_out)
                        break;
                policy->partition_count = 0;
        }
        return r;
}

int policy_files_read_all(int root_fd, enum image_form form, struct policy *ret,
                          void (*report)(void *context, const struct policy_error *error), void *context)
{
        struct policy_error error;
        begin(root_fd, form, ret);
        int r = read_each_definition(root_fd, ret, report, context);
        if (read_settings(root_fd, ret, &error) == 0)
                return r;
        report(context, &error);
        return -EINVAL;
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
