/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/steps/rebuild.h"

#include "common/rebuild/manifest-compare.h"
#include "initrd/steps/preserve.h"
#include "initrd/steps/recovery-key-make.h"
#include "initrd/steps/sub-volumes.h"
#include "initrd/steps/tree-fill.h"
#include "linux/base/cleanup.h"
#include "linux/image/tree-list-read.h"
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

static int fill(struct reset *reset, const struct partition_definition *definition, int fd, uint64_t *done)
{
        struct meter meter = report_meter(&reset->context->report, "");
        const struct policy *policy = &reset->context->policy;
        const struct tree_fill files = { .image_fd = reset->context->root_fd,
                                         .fd = fd,
                                         .policy = policy,
                                         .definition = (size_t)(definition - policy->partitions),
                                         .meter = &meter,
                                         .total_bytes = reset->factory.tree_bytes };
        return tree_fill(&files, done);
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

static int verify_sub_volumes(struct reset *reset, const struct partition_definition *definition, int fd)
{
        const char *path = "";
        int r = sub_volumes_verify(definition, fd, &path);
        return r < 0 ? boot_trouble(reset->context, r, "%s of \"%s\" is not the subvolume that its definition asks for: %s.",
                                    path, definition->label, strerror(-r))
                     : 0;
}

static int compare_tree(struct reset *reset, const struct partition_definition *definition, int fd,
                        struct manifest_comparison *ret)
{
        const struct policy *policy = &reset->context->policy;
        const size_t index = (size_t)(definition - policy->partitions);
        struct bytes whole = { (const uint8_t *)reset->factory.manifest, reset->factory.manifest_size }, part;
        if (!manifest_part(whole, policy, index, &part))
                return -ENODATA;
        manifest_compare_begin(ret, part);
        int r = tree_describe(fd, manifest_tree_name(policy, index), compare_line, ret);
        if (r < 0)
                return r;
        if (!manifest_compare_end(ret))
                return -EBADMSG;
        reset->manifest_verified += part.size;
        return 0;
}

/* Beside the factory state, which is proven by now, and below what will be seen where the volume is mounted. */
static int put_back(struct reset *reset, const struct partition_definition *definition, int fd)
{
        const char *root = definition->mount_root[0] ? definition->mount_root + 1 : ".";
        _cleanup_close_ int seen = openat(fd, root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (seen < 0)
                return -errno;
        preserve_restore(reset, definition, seen);
        return recovery_key_leave(reset, definition, seen);
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
        r = verify_sub_volumes(reset, definition, mount.fd);
        if (r < 0)
                return r;
        bool encrypted = definition_is_encrypted(context, definition);
        r = put_back(reset, definition, mount.fd);
        if (r == 0)
                r = volume_mark_complete(context, definition, BUILD_PATH, encrypted ? &reset->key : NULL, reset->factory.digest,
                                         reset->plan.is_addition ? &context->handover.last_reset : &context->progress.reset_id);
        if (r == 0)
                r = sub_volumes_finish(definition, mount.fd);
        if (r == 0)
                r = unmount_volume(&mount);
        if (r == 0 && encrypted)
                r = luks_close(definition->mapping);
        if (r < 0)
                return boot_trouble(context, r, "\"%s\" cannot be completed: %s.", definition->label, strerror(-r));
        (void)snprintf(detail, detail_size, "%llu files equal to the manifest, read back from the disk; marked complete",
                       (unsigned long long)comparison.lines);
        return 0;
}
