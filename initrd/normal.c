/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/normal.h"

#include "initrd/addition.h"
#include "initrd/boot-credentials.h"
#include "initrd/foreign-initrd.h"
#include "initrd/further-mounts.h"
#include "initrd/gather.h"
#include "initrd/last-boot.h"
#include "initrd/reseal.h"
#include "initrd/shutdown-root.h"
#include "initrd/switch-root.h"
#include "initrd/volume-list.h"
#include "initrd/volume-target.h"
#include "initrd/volumes.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/disk/file-system-grow.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define STUB_FILE_MAX 65536

/* Whoever mounts it sees to that, and the running system finds it mounted: systemd-gpt-auto-generator leaves it alone. Too small,
 * it is as good as it was before. */
static void fill_partition(struct boot_context *context, const struct partition_definition *definition, const char *volume,
                           const char *target)
{
        uint64_t bytes = 0;
        int r = definition->flags & GPT_ATTRIBUTE_GROW ? file_system_grow(volume, target, &bytes) : 0;
        if (r > 0)
                report_note(&context->report, "the file system of %s has grown with its partition, to %llu MiB",
                            definition->label, (unsigned long long)(bytes >> 20));
        else if (r < 0)
                report_note(&context->report, "the file system of %s cannot be grown to its partition: %s", definition->label,
                            strerror(-r));
}

/* What was never there is missed by nobody yet, unless the image cannot do without it; anything else was lost. */
static int go_without(struct boot_context *context, size_t index)
{
        const struct partition_definition *definition = &context->policy.partitions[index];
        const bool is_new = context->has_known && known_volumes_get(&context->known, definition) == KNOWN_NOT;
        if (definition->priority > 0 &&
            (is_new || !context->has_known)) { /* a disk too small for it: a reset would leave it out again */
                report_note(&context->report, "%s was left out: there was no room for it", definition->label);
                return 0;
        }
        if (!context->addition_trouble[0] && plan_may_be_merged(&context->policy, &context->inventory, index)) {
                report_note(&context->report, "%s is part of the partition of %s.conf", definition->label,
                            definition->supplement_for);
                return 0;
        }
        if (!is_new)
                return boot_trouble(context, -ENODEV, "The partition \"%s\" is missing. A factory reset rebuilds it.",
                                    definition->label);
        if (definition_place_is_essential(definition->mount_point))
                return boot_trouble(context, -ENODEV, "The partition \"%s\", which this image brings, cannot be added: %s",
                                    definition->label, context->addition_trouble);
        report_line(&context->report, "\"%s\", which this image brings, is not added: %s", definition->label,
                    context->addition_trouble);
        return 0;
}

/* A volume that nobody has ever built: somebody has put it there, with whatever is in it. */
static bool is_taken_as_it_is(const struct boot_context *context, const struct partition_definition *definition)
{
        if (!context->has_known)
                return !definition->factory_reset;
        const enum known_origin origin = known_volumes_get(&context->known, definition);
        return origin == KNOWN_NOT || origin == KNOWN_FOUND;
}

static int mount_definition(struct boot_context *context, size_t index, struct volume_keys *keys)
{
        const struct partition_definition *definition = &context->policy.partitions[index];
        char partition[DEVICE_PATH_MAX], volume[DEVICE_PATH_MAX], target[VOLUME_TARGET_MAX];
        struct volume_key *key = NULL;
        int found = plan_find_partition(&context->policy, &context->inventory, index);
        bool encrypted = definition_is_encrypted(context, definition);

        if (found < 0)
                return go_without(context, index);
        int r = blockdev_partition_path(context->inventory.disk_path, context->inventory.partitions[found].number, partition);
        if (r < 0)
                return boot_trouble(context, r, "The partition \"%s\" is in the table, but the kernel does not show it.",
                                    definition->label);
        if (encrypted)
                r = volume_unlock(context, definition, partition, keys, &key);
        if (r < 0)
                context->volume_states[index] = VOLUME_LOCKED;
        if (r == 0)
                r = volume_path(context, definition, partition, encrypted, volume);
        if (r == 0) {
                r = volume_target(context, definition, definition->mount_point, target);
                if (r == 0)
                        r = volume_mount(context, definition, volume, target);
                context->volume_states[index] = r < 0 ? VOLUME_UNMOUNTABLE : VOLUME_COMPLETE;
        }
        if (r < 0)
                return r;
        if (!volume_is_complete(context, definition, target, key, keys)) {
                context->volume_states[index] = VOLUME_INCOMPLETE;
                if (!encrypted && is_taken_as_it_is(context, definition)) {
                        report_note(&context->report, "%s mounted at %s as it was found", definition->label,
                                    definition->mount_point);
                        return 0;
                }
                return boot_trouble(context, -EUCLEAN,
                                    "\"%s\" was not completed by the last factory reset of this device: that did not finish, or "
                                    "somebody has exchanged the volume. Reset again.",
                                    definition->label);
        }
        fill_partition(context, definition, volume, target);
        report_note(&context->report, "%s mounted at %s%s", definition->label, definition->mount_point,
                    !encrypted       ? ""
                    : key->from_copy ? ", unlocked by the copy for a planned reseal"
                                     : ", unlocked by the TPM");
        if (encrypted && !keys->for_addition)
                reseal_volume(context, definition, partition, keys, key);
        return 0;
}

static void unmount_all(const struct boot_context *context, const size_t *order, size_t count)
{
        while (count-- > 0) {
                const struct partition_definition *definition = &context->policy.partitions[order[count]];
                char target[VOLUME_TARGET_MAX];
                if (volume_target_find(context, ROOT_PATH, definition->mount_point, target) == 0)
                        (void)volume_unmount(context, definition, target);
                if (definition_is_encrypted(context, definition))
                        (void)luks_close(definition->mapping);
        }
}

static int mount_all(struct boot_context *context, const size_t *order, size_t count, struct volume_keys *keys)
{
        size_t mounted = 0;
        int r = 0;

        for (; mounted < count && r == 0; mounted++) {
                r = mount_definition(context, order[mounted], keys);
                report_milestone(&context->report, context->policy.partitions[order[mounted]].label);
        }
        if (r < 0)
                unmount_all(context, order, mounted);
        return r;
}

/* What is there is opened first: what is added gets its keys from the same secret. Then all is mounted anew, in its order. */
static int add_what_is_new(struct boot_context *context, const size_t *order, size_t count)
{
        struct volume_keys keys = { .for_addition = true };
        size_t present[POLICY_PARTITIONS_MAX], present_count = 0;
        struct reset *addition = addition_plan(context);
        if (!addition)
                return 0;

        for (size_t i = 0; i < count; i++)
                if (plan_find_partition(&context->policy, &context->inventory, order[i]) >= 0)
                        present[present_count++] = order[i];
        int r = mount_all(context, present, present_count, &keys);
        if (r == 0) {
                unmount_all(context, present, present_count);
                r = addition_run(addition, &keys.built) == 0 ? gather_partitions(context) : 0;
        } else {
                reset_free(addition);
        }
        volume_keys_done(&keys);
        return r;
}

int normal_mount(struct boot_context *context, bool adds)
{
        size_t order[POLICY_PARTITIONS_MAX];
        size_t count = volumes_in_mount_order(&context->policy, order);
        struct volume_keys keys = { 0 };
        int r = adds ? add_what_is_new(context, order, count) : 0;

        if (r == 0)
                r = mount_all(context, order, count, &keys);
        if (r == 0) {
                r = further_mounts_make(context);
                if (r < 0)
                        unmount_all(context, order, count);
        }
        if (r == 0) {
                reseal_finish(context, &keys);
                volume_list_note_mounted(context);
        }
        volume_keys_done(&keys);
        return r;
}

/* Where systemd's own initrd leaves them (tmpfiles.d/20-systemd-stub.conf), so that its tools find them, too: whether a reset
 * could seal a key is asked with them. Public, both. */
static void publish_signed_policy(const struct boot_context *context)
{
        if (!context->public_key_pem || !context->signature_json || (mkdir("/run/systemd", 0755) < 0 && errno != EEXIST))
                return;
        (void)file_replace(AT_FDCWD, "/run/systemd/tpm2-pcr-public-key.pem", context->public_key_pem,
                           strlen(context->public_key_pem), 0444);
        (void)file_replace(AT_FDCWD, "/run/systemd/tpm2-pcr-signature.json", context->signature_json,
                           context->signature_json_size, 0444);
}

/* What the stub decided and which disk this is, where the running system finds it: a request names the disk it was made on. */
static void publish_handover(const struct boot_context *context)
{
        char text[HANDOVER_TEXT_MAX], disk[GUID_TEXT_SIZE + 1];
        size_t size;
        if (handover_format(&context->handover, text, sizeof(text), &size) != ERR_OK ||
            (mkdir("/run/cleanslate", 0755) < 0 && errno != EEXIST))
                return;
        if (context->has_reseal_request_key)
                (void)file_replace(AT_FDCWD, RESEAL_REQUEST_KEY_PATH, context->reseal_request_key,
                                   sizeof(context->reseal_request_key), 0400);
        (void)file_replace(AT_FDCWD, "/run/cleanslate/boot", text, size, 0644);
        guid_format(&context->inventory.disk_uuid, disk);
        disk[GUID_TEXT_SIZE - 1] = '\n';
        (void)file_replace(AT_FDCWD, "/run/cleanslate/disk", disk, GUID_TEXT_SIZE, 0644);
}

/* As that file of tmpfiles.d has it: which profile of which image was started. */
static void publish_stub_files(void)
{
        static const char *const names[][2] = { { "/.extra/profile", "/run/systemd/stub/profile" },
                                                { "/.extra/os-release", "/run/systemd/stub/os-release" } };
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                _cleanup_free_ char *text = NULL;
                size_t size = 0;
                if (file_read(AT_FDCWD, names[i][0], STUB_FILE_MAX, &text, &size) == 0 &&
                    make_directories(AT_FDCWD, "/run/systemd/stub", 0755) == 0)
                        (void)file_replace(AT_FDCWD, names[i][1], text, size, 0444);
        }
}

/* A distribution's own initrd takes /.extra by itself. */
static void pass_on_credentials(struct boot_context *context)
{
        struct boot_credentials credentials = { 0 };
        _cleanup_close_ int extra_fd = open("/.extra", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_close_ int run_fd = open("/run", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (extra_fd < 0 || run_fd < 0 || foreign_initrd_is_there())
                return;
        int r = boot_credentials_pass_on(extra_fd, run_fd, &credentials);
        if (r < 0)
                report_note(&context->report, "credentials from the EFI system partition are not available: %s", strerror(-r));
        else if (credentials.left_out > 0)
                report_note(&context->report, "credentials from the EFI system partition that are not available: %u",
                            credentials.left_out);
}

int normal_switch_root(struct boot_context *context)
{
        publish_handover(context);
        publish_signed_policy(context);
        publish_stub_files();
        pass_on_credentials(context);
        last_boot_note(context, BOOT_REACHED_INIT);
        explicit_bzero(&context->keys, sizeof(context->keys));
        explicit_bzero(context->reseal_request_key, sizeof(context->reseal_request_key));
        if (context->tpm && tpm_measure_phase(context->tpm, PHASE_LEAVE_INITRD) < 0)
                return boot_trouble(context, -EIO, "The TPM refused to measure the end of the start-up phase: %s.",
                                    tpm_last_text(context->tpm));
        context->tpm = tpm_free(context->tpm);
        context->left_initrd = true;
        int r = foreign_initrd_is_there() ? 0 : shutdown_root_leave(ROOT_PATH); /* such an initrd has its own way to come down */
        if (r < 0)
                report_note(&context->report, "the system will not unmount everything when it is switched off: %s", strerror(-r));
        report_milestone(&context->report, "switch-root");
        report_milestones(&context->report);
        r = foreign_initrd_is_there() ? foreign_initrd_execute() : switch_root(ROOT_PATH);
        return boot_trouble(context, r, "The system's init cannot be started: %s.", strerror(-r));
}
