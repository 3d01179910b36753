/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/steps/rebuild.h"

#include "common/rebuild/manifest-compare.h"
#include "initrd/steps/preserve.h"
#include "initrd/steps/recovery-key-make.h"
#include "initrd/steps/tree-copy.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define BUILD_PATH "/run/cleanslate-build"

int rebuild_seal_key(struct reset *reset)
{
        struct boot_context *context = reset->context;
        struct volume_key *key = &reset->key;
        if (key->present)
                return 0;
        if (!context->tpm || !context->public_key_pem)
                return boot_trouble(context, -ENOKEY, "The new volumes cannot be sealed: no TPM, or no signed PCR policy.");
        int r = random_key(context->tpm, key->secret);
        if (r == 0)
                r = volume_seal(context, key);
        if (r < 0) {
                volume_key_done(key);
                return boot_trouble(context, r, "The TPM cannot seal the new key: %s.", tpm_last_text(context->tpm));
        }
        return recovery_key_make(reset);
}

/* A volume mounted at BUILD_PATH while it is worked on. */
struct build_mount {
        int fd;
};

static int mount_volume(struct boot_context *context, const struct partition_definition *definition, const char *partition_path,
                        struct build_mount *ret)
{
        char volume[DEVICE_PATH_MAX];
        int r = volume_path(context, definition, partition_path, definition_is_encrypted(context, definition), volume);
        if (r < 0)
                return r;
        (void)mkdir(BUILD_PATH, 0700);
        r = volume_mount_for_building(context, definition, volume, BUILD_PATH);
        if (r < 0)
                return r;
        ret->fd = open(BUILD_PATH, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return ret->fd < 0 ? -errno : 0;
}

static int unmount_volume(struct build_mount *mount)
{
        int r = mount->fd >= 0 && syncfs(mount->fd) < 0 ? -errno : 0;
        close_fd(&mount->fd);
        mount->fd = -1;
        if (umount2(BUILD_PATH, UMOUNT_NOFOLLOW) < 0 && errno != EINVAL)
                return -errno;
        return r;
}

static void unmount_quietly(struct build_mount *mount)
{
        if (mount->fd >= 0)
                (void)unmount_volume(mount);
}

/* Directories that the policy alone asks for have no time in the image: they get the epoch, as in the manifest. */
static int make_directory(int fd, const char *path)
{
        const struct timespec epoch[2] = { { 0 }, { 0 } };
        int r = path[1] ? make_directories(fd, path + 1, 0755) : 0;
        if (r < 0)
                return r;
        return utimensat(fd, path[1] ? path + 1 : ".", epoch, 0) < 0 ? -errno : 0;
}

static int make_parent(int fd, const char *path)
{
        char parent[POLICY_PATH_MAX];
        (void)snprintf(parent, sizeof(parent), "%s", path);
        char *slash = strrchr(parent, '/');
        if (!slash || slash == parent)
                return 0;
        *slash = 0;
        return make_directories(fd, parent + 1, 0755);
}

static int fill(struct reset *reset, const struct partition_definition *definition, int fd, uint64_t *done)
{
        struct meter meter = report_meter(&reset->context->report, "");
        int r = make_directory(fd, "/");
        for (size_t i = 0; i < definition->copy_count && r == 0; i++) {
                const struct copy_files *copy = &definition->copies[i];
                r = make_parent(fd, copy->target);
                if (r == 0)
                        r = tree_copy(reset->context->root_fd, copy->source, fd, copy->target, &meter, done,
                                      reset->factory.tree_bytes);
        }
        for (size_t i = 0; i < definition->directory_count && r == 0; i++)
                if (faccessat(fd, definition->directories[i] + 1, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
                        r = make_directory(fd, definition->directories[i]);
        return r;
}

int rebuild_copy(struct reset *reset, const struct partition_definition *definition, const char *partition_path, char *detail,
                 size_t detail_size)
{
        _cleanup_(unmount_quietly) struct build_mount mount = { .fd = -1 };
        uint64_t done = 0;
        int r = mount_volume(reset->context, definition, partition_path, &mount);
        if (r == 0)
                r = fill(reset, definition, mount.fd, &done);
        if (r == 0)
                r = unmount_volume(&mount);
        if (r < 0)
                return boot_trouble(reset->context, r, "The factory files of \"%s\" cannot be copied: %s.", definition->label,
                                    strerror(-r));
        (void)snprintf(detail, detail_size, "%llu bytes copied", (unsigned long long)done);
        return 0;
}

static int compare_line(void *context, const char *text, size_t size)
{
        return manifest_compare_line(context, text, size) ? 0 : -EBADMSG;
}

static int compare_tree(struct reset *reset, const struct partition_definition *definition, int fd,
                        struct manifest_comparison *ret)
{
        const struct policy *policy = &reset->context->policy;
        struct bytes whole = { (const uint8_t *)reset->factory.manifest, reset->factory.manifest_size }, part;
        if (!manifest_part(whole, policy, (size_t)(definition - policy->partitions), &part))
                return -ENODATA;
        manifest_compare_begin(ret, part);
        int r = tree_describe(fd, definition->mount_point, compare_line, ret);
        if (r < 0)
                return r;
        if (!manifest_compare_end(ret))
                return -EBADMSG;
        reset->manifest_verified += part.size;
        return 0;
}

int rebuild_verify(struct reset *reset, const struct partition_definition *definition, const char *partition_path, char *detail,
                   size_t detail_size)
{
        _cleanup_(unmount_quietly) struct build_mount mount = { .fd = -1 };
        struct boot_context *context = reset->context;
        struct manifest_comparison comparison = { 0 };
        int r = mount_volume(context, definition, partition_path, &mount);
        if (r == 0)
                r = compare_tree(reset, definition, mount.fd, &comparison);
        if (r < 0)
                return boot_trouble(context, r, "\"%s\" does not match the factory manifest: %s.", definition->label,
                                    comparison.difference[0] ? comparison.difference : strerror(-r));
        preserve_restore(reset, definition, mount.fd); /* beside the factory state, which is proven by now */
        bool encrypted = definition_is_encrypted(context, definition);
        r = recovery_key_leave(reset, definition, mount.fd);
        if (r == 0)
                r = volume_mark_complete(context, definition, BUILD_PATH, encrypted ? &reset->key : NULL, reset->factory.digest,
                                         &context->progress.reset_id);
        if (r == 0)
                r = unmount_volume(&mount);
        if (r == 0 && encrypted)
                r = luks_close(definition->label);
        if (r < 0)
                return boot_trouble(context, r, "\"%s\" cannot be completed: %s.", definition->label, strerror(-r));
        (void)snprintf(detail, detail_size, "%llu files equal to the manifest, read back from the disk; marked complete",
                       (unsigned long long)comparison.lines);
        return 0;
}
