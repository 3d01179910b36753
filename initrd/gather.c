/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/gather.h"

#include "common/boot/image-identity.h"
#include "common/boot/pcr-mode.h"
#include "initrd/image-mount.h"
#include "initrd/root-open.h"
#include "initrd/switch-root.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/disk/boot-disk.h"
#include "linux/disk/inventory.h"
#include "linux/image/image-parts.h"
#include "linux/image/policy-files.h"
#include "linux/preflight/plan-make.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define DISK_WAIT_MS     30000
#define COMMAND_LINE_MAX 4096

bool gather_boot_partition(const struct boot_context *context, struct guid *ret)
{
        *ret = context->handover.stub_partition;
        return !guid_is_zero(ret) || boot_partition_read(&context->variables, ret);
}

/* Waits until a disk shows the partition. Two disks that show the same one (a clone) are never chosen between. */
static int find_disk(struct boot_context *context, const struct guid *uuid, char ret_path[static DEVICE_PATH_MAX])
{
        _cleanup_close_ int uevents = uevent_open();
        uint64_t until = now_ms() + DISK_WAIT_MS;
        char path[DEVICE_PATH_MAX];
        unsigned matches;
        while ((matches = boot_disk_find(uuid, path)) == 0 && now_ms() < until)
                (void)uevent_wait(uevents, 500);
        if (matches == 0)
                return boot_trouble(context, -ENODEV, "The disk this machine was started from did not appear within %d seconds.",
                                    DISK_WAIT_MS / 1000);
        if (matches > 1)
                return boot_trouble(
                        context, -ENOTUNIQ,
                        "%u disks carry the partition this machine was started from; remove the copy, then start again.",
                        matches);
        memcpy(ret_path, path, sizeof(path));
        return 0;
}

static int read_image_identity(struct boot_context *context, struct image_identity *ret)
{
        _cleanup_free_ char *line = NULL;
        size_t size = 0;
        enum err err = ERR_MISSING;
        if (file_read(AT_FDCWD, "/proc/cmdline", COMMAND_LINE_MAX, &line, &size) == 0)
                err = image_identity_read(line, size, ret);
        return err == ERR_OK        ? 0
               : err == ERR_MISSING ? boot_trouble(context, -EINVAL,
                                                   "The boot image names no roothash= and no usrhash=, so the system cannot be "
                                                   "verified.")
               : err == ERR_DUPLICATE
                       ? boot_trouble(context, -EINVAL,
                                      "The kernel's command line names more than one roothash= or usrhash=, so it is not "
                                      "known which of them the system is.")
                       : boot_trouble(context, -EINVAL,
                                      "The boot image's roothash= or usrhash= is not a hexadecimal hash of at least 256 bits.");
}

static int open_image(struct boot_context *context, const struct image_identity *image)
{
        char data_path[DEVICE_PATH_MAX], hash_path[DEVICE_PATH_MAX];
        const char *root = image->form == IMAGE_USR ? USR_IMAGE_PATH : ROOT_PATH;
        const struct inventory *inventory = &context->inventory;
        int r = inventory_partition_path(inventory, &image->data_uuid, data_path);
        if (r == 0)
                r = inventory_partition_path(inventory, &image->hash_uuid, hash_path);
        if (r == -ENOTUNIQ)
                return boot_trouble(context, r,
                                    "Two partitions of %s have the same PARTUUID, one of the system image's. Delete the copy, or "
                                    "give it another PARTUUID, from another system; nothing was changed.",
                                    inventory->disk_path);
        if (r < 0)
                return boot_trouble(context, r,
                                    "The image's partitions are not on %s: this boot image belongs to another system version.",
                                    inventory->disk_path);
        r = root_open(context, image_mapping(image->form),
                      &(struct root_image){ image->form, image->root_hash, image->root_hash_size, data_path, hash_path });
        if (r == 0)
                r = image_mount(image);
        if (r == 0)
                r = switch_root_check(root);
        if (r < 0)
                return boot_trouble(context, r, "The system image on %s is damaged or was altered: verification failed (%s).",
                                    data_path, strerror(-r));
        context->root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return context->root_fd < 0 ? boot_trouble(context, -errno, "The system image cannot be read: %s.", strerror(errno)) : 0;
}

static int read_policy(struct boot_context *context, enum image_form form)
{
        struct policy_error error;
        char text[320];
        int r = policy_files_read(context->root_fd, form, &context->policy, &error);
        if (r < 0) {
                policy_error_format(&error, text, sizeof(text));
                return boot_trouble(context, r, "The image's policy is wrong: %s.", text);
        }
        if (!context->report.language_given)
                context->report.language = context->policy.settings.language;
        r = image_mount_finish(&context->policy);
        if (r < 0)
                return boot_trouble(context, r, "The root of the system image cannot be made: %s.", strerror(-r));
        r = os_identity_read(context->root_fd, &context->os);
        return r < 0 ? boot_trouble(context, r, "The image's os-release cannot be read: %s.", strerror(-r)) : 0;
}

static void judge_request(struct boot_context *context)
{
        _cleanup_free_ void *value = NULL;
        _cleanup_free_ char *boot_id_text = NULL;
        struct id128 boot_id = { 0 };
        size_t size = 0, boot_id_size;

        if (context->variables.directory_fd < 0)
                return;
        int r = efivarfs_read_ordinary(&context->variables, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, &value, &size);
        if (file_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 64, &boot_id_text, &boot_id_size) < 0 ||
            !id128_parse(boot_id_text, strcspn(boot_id_text, "\n"), &boot_id))
                return;
        if (r == -E2BIG || r == -EPERM) { /* what could not be removed again would be a request for ever */
                context->request_state = REQUEST_MALFORMED;
                context->request_error = r == -E2BIG ? ERR_TOO_LARGE : ERR_RANGE;
                return;
        }
        context->request_state = request_judge(value, size, &context->os, &boot_id, &context->request, &context->request_error);
        sha256_of_chunks(&(struct bytes){ value, size }, 1, context->request_digest);
}

int gather_partitions(struct boot_context *context)
{
        struct guid esp;
        const bool known = gather_boot_partition(context, &esp);
        char disk_path[DEVICE_PATH_MAX];
        memcpy(disk_path, context->inventory.disk_path, sizeof(disk_path));
        const struct trouble trouble = boot_survey_source(context).trouble;
        return gather_disk(disk_path, known ? &esp : NULL, &context->progress, &context->inventory, &trouble);
}

static int choose_disk(struct boot_context *context, const struct image_identity *image)
{
        struct guid esp;
        const bool known = gather_boot_partition(context, &esp);
        char path[DEVICE_PATH_MAX];
        int r = find_disk(context, known ? &esp : &image->data_uuid, path);
        if (r < 0)
                return r;
        memcpy(context->inventory.disk_path, path, sizeof(path));
        return gather_partitions(context);
}

/* True: it is in PCR 11, or there is nothing to measure. */
static bool measure_mode(struct boot_context *context, enum boot_mode mode)
{
        const char *event = pcr_mode_event(mode);
        if (!event || tpm_measure_phase(context->tpm, event) == 0)
                return true;
        context->mode_unmeasured = true;
        report_line(&context->report, "the TPM refused to measure the boot mode: %s", tpm_last_text(context->tpm));
        return false;
}

/* With sections and phase, but without the mode, PCR 11 would be that of a normal boot. */
void gather_measure_start(struct boot_context *context)
{
        if (context->handover.mode_unmeasured && !measure_mode(context, context->handover.choice.mode)) {
                report_line(&context->report, "sealed keys stay out of reach: the boot phase is not measured, either");
                return;
        }
        if (tpm_measure_phase(context->tpm, PHASE_ENTER_INITRD) < 0)
                report_line(&context->report, "the TPM refused to measure the boot phase: %s", tpm_last_text(context->tpm));
}

/* Before anything acts on a mode that the stub has not measured. */
void gather_measure_mode(struct boot_context *context, enum boot_mode mode)
{
        if (!context->tpm || measure_mode(context, mode))
                return;
        if (tpm_measure_phase(context->tpm, PHASE_LEAVE_INITRD) < 0)
                report_line(&context->report,
                            "and its end, too: keys of the normal boot stay within reach, and nothing here uses them");
}

void gather_display(struct boot_context *context)
{
        _cleanup_free_ char *line = NULL;
        char value[32];
        size_t size;
        if (file_read(AT_FDCWD, "/proc/cmdline", COMMAND_LINE_MAX, &line, &size) < 0)
                return;
        if (command_line_get(line, size, "cleanslate.progress", value, sizeof(value)))
                context->report.as_json = strcmp(value, "json") == 0;
        context->report.language_given = command_line_get(line, size, "cleanslate.language", value, sizeof(value)) &&
                                         language_parse(value, &context->report.language);
}

int gather_system(struct boot_context *context)
{
        struct image_identity image;
        if (context->gather_tried) /* before the mode was decided, where no stub has */
                return context->gathered ? 0 : -EIO;
        context->gather_tried = true;
        int r = read_image_identity(context, &image);
        if (r == 0)
                r = choose_disk(context, &image);
        report_milestone(&context->report, "disk");
        if (r == 0)
                r = open_image(context, &image);
        report_milestone(&context->report, "image");
        if (r == 0) {
                image_parts_mark(&context->inventory, &image);
                r = read_policy(context, image.form);
        }
        if (r == 0)
                r = root_meets(context, root_policy_stricter(context->handover.root, context->policy.settings.root));
        if (r == 0)
                judge_request(context);
        else
                (void)snprintf(context->image_trouble, sizeof(context->image_trouble), "%s", context->trouble);
        context->gathered = r == 0;
        report_note(&context->report, "system on %s: %s",
                    context->inventory.disk_path[0] ? context->inventory.disk_path : "no disk",
                    r == 0 ? "image and policy verified" : context->image_trouble);
        return r;
}
