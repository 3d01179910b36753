/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/gather.h"

#include "common/boot/image-identity.h"
#include "common/boot/pcr-mode.h"
#include "initrd/root-open.h"
#include "initrd/switch-root.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/disk/boot-disk.h"
#include "linux/disk/inventory.h"
#include "linux/image/image-parts.h"
#include "linux/image/policy-files.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define DISK_WAIT_MS      30000
#define COMMAND_LINE_MAX  4096
#define ROOT_MAPPING      "root"
#define ROOT_MAPPING_PATH "/dev/mapper/" ROOT_MAPPING

bool gather_boot_partition(const struct device *device, struct guid *ret)
{
        *ret = device->handover.stub_partition;
        return !guid_is_zero(ret) || boot_partition_read(&device->variables, ret);
}

/* Waits until a disk shows the partition. Two disks that show the same one (a clone) are never chosen between. */
static int find_disk(struct device *device, const struct guid *uuid, char ret_path[static DEVICE_PATH_MAX])
{
        _cleanup_close_ int uevents = uevent_open();
        uint64_t until = now_ms() + DISK_WAIT_MS;
        char path[DEVICE_PATH_MAX];
        unsigned matches;
        while ((matches = boot_disk_find(uuid, path)) == 0 && now_ms() < until)
                (void)uevent_wait(uevents, 500);
        if (matches == 0)
                return device_trouble(device, -ENODEV, "The disk this machine was started from did not appear within %d seconds.",
                                      DISK_WAIT_MS / 1000);
        if (matches > 1)
                return device_trouble(
                        device, -ENOTUNIQ,
                        "%u disks carry the partition this machine was started from; remove the copy, then start again.",
                        matches);
        memcpy(ret_path, path, sizeof(path));
        return 0;
}

static int read_image_identity(struct device *device, struct image_identity *ret)
{
        _cleanup_free_ char *line = NULL;
        size_t size = 0;
        enum err err = ERR_MISSING;
        if (file_read(AT_FDCWD, "/proc/cmdline", COMMAND_LINE_MAX, &line, &size) == 0)
                err = image_identity_read(line, size, ret);
        if (err == ERR_OK)
                return 0;
        return device_trouble(device, -EINVAL,
                              err == ERR_MISSING ? "The boot image names no roothash=, so the system cannot be verified."
                                                 : "The boot image's roothash= is not a hexadecimal hash of at least 256 bits.");
}

static int mount_image(const struct image_identity *image)
{
        static const char *const candidates[] = { "squashfs", "erofs", "ext4" };
        int r = -ENODEV;
        (void)mkdir(ROOT_PATH, 0755);
        for (size_t i = 0; i < ARRAY_SIZE(candidates); i++) {
                if (image->file_system[0] && strcmp(image->file_system, candidates[i]) != 0)
                        continue;
                if (mount(ROOT_MAPPING_PATH, ROOT_PATH, candidates[i], MS_RDONLY | MS_NODEV, NULL) == 0)
                        return 0;
                r = -errno;
        }
        return r;
}

static int open_image(struct device *device, const struct image_identity *image)
{
        char data_path[DEVICE_PATH_MAX], hash_path[DEVICE_PATH_MAX];
        const struct inventory *inventory = &device->inventory;
        int r = inventory_partition_path(inventory, &image->data_uuid, data_path);
        if (r == 0)
                r = inventory_partition_path(inventory, &image->hash_uuid, hash_path);
        if (r == -ENOTUNIQ)
                return device_trouble(
                        device, r,
                        "Two partitions of %s have the same PARTUUID, one of the system image's. Delete the copy, or "
                        "give it another PARTUUID, from another system; nothing was changed.",
                        inventory->disk_path);
        if (r < 0)
                return device_trouble(device, r,
                                      "The image's partitions are not on %s: this boot image belongs to another system version.",
                                      inventory->disk_path);
        r = root_open(device, ROOT_MAPPING,
                      &(struct root_image){ image->root_hash, image->root_hash_size, data_path, hash_path });
        if (r == 0)
                r = mount_image(image);
        if (r == 0)
                r = switch_root_check(ROOT_PATH);
        if (r < 0)
                return device_trouble(device, r, "The system image on %s is damaged or was altered: verification failed (%s).",
                                      data_path, strerror(-r));
        device->root_fd = open(ROOT_PATH, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return device->root_fd < 0 ? device_trouble(device, -errno, "The system image cannot be read: %s.", strerror(errno)) : 0;
}

static int read_policy(struct device *device)
{
        struct policy_error error;
        char text[320];
        int r = policy_files_read(device->root_fd, &device->policy, &error);
        if (r < 0) {
                policy_error_format(&error, text, sizeof(text));
                return device_trouble(device, r, "The image's policy is wrong: %s.", text);
        }
        if (!device->report.language_given)
                device->report.language = device->policy.settings.language;
        r = os_identity_read(device->root_fd, &device->os);
        return r < 0 ? device_trouble(device, r, "The image's os-release cannot be read: %s.", strerror(-r)) : 0;
}

static void judge_request(struct device *device)
{
        _cleanup_free_ void *value = NULL;
        _cleanup_free_ char *boot_id_text = NULL;
        struct id128 boot_id = { 0 };
        size_t size = 0, boot_id_size;

        if (device->variables.directory_fd < 0)
                return;
        int r = efivarfs_read_ordinary(&device->variables, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, &value, &size);
        if (file_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 64, &boot_id_text, &boot_id_size) < 0 ||
            !id128_parse(boot_id_text, strcspn(boot_id_text, "\n"), &boot_id))
                return;
        if (r == -E2BIG || r == -EPERM) { /* what could not be removed again would be a request for ever */
                device->request_state = REQUEST_MALFORMED;
                device->request_error = r == -E2BIG ? ERR_TOO_LARGE : ERR_RANGE;
                return;
        }
        device->request_state = request_judge(value, size, &device->os, &boot_id, &device->request, &device->request_error);
        sha256_of_chunks(&(struct bytes){ value, size }, 1, device->request_digest);
}

int gather_partitions(struct device *device)
{
        struct guid esp;
        const bool known = gather_boot_partition(device, &esp);
        char disk_path[DEVICE_PATH_MAX];
        memcpy(disk_path, device->inventory.disk_path, sizeof(disk_path));
        int r = inventory_read_disk(disk_path, known ? &esp : NULL, &device->inventory);
        if (r < 0)
                return device_trouble(device, r, "The partition table of %s cannot be read: %s.", disk_path, strerror(-r));
        inventory_apply_progress(&device->inventory, &device->progress);
        return 0;
}

static int choose_disk(struct device *device, const struct image_identity *image)
{
        struct guid esp;
        const bool known = gather_boot_partition(device, &esp);
        char path[DEVICE_PATH_MAX];
        int r = find_disk(device, known ? &esp : &image->data_uuid, path);
        if (r < 0)
                return r;
        memcpy(device->inventory.disk_path, path, sizeof(path));
        return gather_partitions(device);
}

/* True: it is in PCR 11, or there is nothing to measure. */
static bool measure_mode(struct device *device, enum boot_mode mode)
{
        const char *event = pcr_mode_event(mode);
        if (!event || tpm_measure_phase(device->tpm, event) == 0)
                return true;
        device->mode_unmeasured = true;
        report_line(&device->report, "the TPM refused to measure the boot mode: %s", tpm_last_text(device->tpm));
        return false;
}

/* With sections and phase, but without the mode, PCR 11 would be that of a normal boot. */
void gather_measure_start(struct device *device)
{
        if (device->handover.mode_unmeasured && !measure_mode(device, device->handover.choice.mode)) {
                report_line(&device->report, "sealed keys stay out of reach: the boot phase is not measured, either");
                return;
        }
        if (tpm_measure_phase(device->tpm, PHASE_ENTER_INITRD) < 0)
                report_line(&device->report, "the TPM refused to measure the boot phase: %s", tpm_last_text(device->tpm));
}

/* Before anything acts on a mode that the stub has not measured. */
void gather_measure_mode(struct device *device, enum boot_mode mode)
{
        if (!device->tpm || measure_mode(device, mode))
                return;
        if (tpm_measure_phase(device->tpm, PHASE_LEAVE_INITRD) < 0)
                report_line(&device->report,
                            "and its end, too: keys of the normal boot stay within reach, and nothing here uses them");
}

void gather_command_line(struct device *device)
{
        _cleanup_free_ char *line = NULL;
        size_t size;
        struct boot_facts facts = { .progress = device->progress,
                                    .standing = device->interrupted ? PROGRESS_UNPROVEN : PROGRESS_NONE,
                                    .failures_max = RESET_FAILURES_MAX,
                                    .attempts_max = RESET_ATTEMPTS_MAX };
        if (device->started_by_stub || file_read(AT_FDCWD, "/proc/cmdline", COMMAND_LINE_MAX, &line, &size) < 0)
                return;
        boot_facts_read_command_line(&facts, line, size);
        device->handover.choice = boot_choose(&facts);
        gather_measure_mode(device, device->handover.choice.mode); /* no stub did */
}

void gather_display(struct device *device)
{
        _cleanup_free_ char *line = NULL;
        char value[32];
        size_t size;
        if (file_read(AT_FDCWD, "/proc/cmdline", COMMAND_LINE_MAX, &line, &size) < 0)
                return;
        if (command_line_get(line, size, "cleanslate.progress", value, sizeof(value)))
                device->report.as_json = strcmp(value, "json") == 0;
        device->report.language_given = command_line_get(line, size, "cleanslate.language", value, sizeof(value)) &&
                                        language_parse(value, &device->report.language);
}

int gather_system(struct device *device)
{
        struct image_identity image;
        device->gather_tried = true;
        int r = read_image_identity(device, &image);
        if (r == 0)
                r = choose_disk(device, &image);
        report_milestone(&device->report, "disk");
        if (r == 0)
                r = open_image(device, &image);
        report_milestone(&device->report, "image");
        if (r == 0) {
                image_parts_mark(&device->inventory, &image);
                r = read_policy(device);
        }
        if (r == 0)
                r = root_meets(device, root_policy_stricter(device->handover.root, device->policy.settings.root));
        if (r == 0)
                judge_request(device);
        else
                (void)snprintf(device->image_trouble, sizeof(device->image_trouble), "%s", device->trouble);
        device->gathered = r == 0;
        report_note(&device->report, "system on %s: %s", device->inventory.disk_path[0] ? device->inventory.disk_path : "no disk",
                    r == 0 ? "image and policy verified" : device->image_trouble);
        return r;
}
