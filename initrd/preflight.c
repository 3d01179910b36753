/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/preflight.h"

#include "common/manifest-compare.h"
#include "initrd/esp.h"
#include "initrd/further-disks.h"
#include "initrd/make-file-system.h"
#include "initrd/tpm-check.h"
#include "initrd/tree.h"
#include "linux/cleanup.h"
#include "linux/esp-erase.h"
#include "linux/file.h"
#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#define MANIFEST_BYTES_MAX (64u << 20)
#define ESP_FREE_MIN       (1u << 20) /* records of several attempts */

static int check_plan(struct reset *reset)
{
        const struct plan *plan = &reset->plan;
        if (plan->refusal_count == 0)
                return 0;
        char text[sizeof(reset->device->trouble)];
        struct writer writer = writer_over(text, sizeof(text));
        for (size_t i = 0; i < plan->refusal_count; i++)
                reset->is_in_doubt |= plan->refusals[i] == REFUSE_WRONG_DISK;
        plan_refusal_format(plan, &reset->device->policy, &reset->device->inventory, 0, &writer);
        return device_trouble(reset->device, -EPERM, "%s", text);
}

static int check_manifest(struct reset *reset)
{
        struct device *device = reset->device;
        uint8_t digest[SHA256_SIZE];
        int r = file_read(device->root_fd, MANIFEST_PATH + 1, MANIFEST_BYTES_MAX, &reset->manifest, &reset->manifest_size);
        if (r < 0 || reset->manifest_size == 0)
                return device_trouble(device, r < 0 ? r : -ENODATA, "The image has no readable factory manifest (%s): %s.",
                                      MANIFEST_PATH, r < 0 ? strerror(-r) : "it is empty");
        struct bytes text = { (const uint8_t *)reset->manifest, reset->manifest_size };
        struct writer writer = writer_over(reset->factory_digest, sizeof(reset->factory_digest));
        sha256_chunks(&text, 1, digest);
        writer_hex(&writer, digest, sizeof(digest));
        return 0;
}

static bool is_verified(const struct plan *plan, size_t definition)
{
        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].kind == STEP_VERIFY_TREE && plan->steps[i].definition == (int)definition)
                        return true;
        return false;
}

/* Every line needs a definition that builds it, or that keeps it; every tree that is built needs its lines. Found out only behind
 * the erasure, this would fail every attempt. */
static int check_manifest_parts(struct reset *reset)
{
        struct device *device = reset->device;
        struct bytes part, whole = { (const uint8_t *)reset->manifest, reset->manifest_size };
        size_t described = 0;
        for (size_t i = 0; i < device->policy.partition_count; i++) {
                bool verified = is_verified(&reset->plan, i);
                if (manifest_part(whole, &device->policy, i, &part)) {
                        described += part.size;
                        reset->manifest_expected += verified ? part.size : 0;
                } else if (verified) {
                        return device_trouble(device, -ENODATA, "The image's factory manifest does not describe %s.",
                                              device->policy.partitions[i].mount_point);
                }
        }
        return described == reset->manifest_size
                       ? 0
                       : device_trouble(device, -EBADMSG,
                                        "The image's factory manifest describes files that no definition builds.");
}

/* Every byte that will be copied is read once through dm-verity; it stays in the page cache for the copy. */
static int check_factory_trees(struct reset *reset)
{
        struct device *device = reset->device;
        struct tree_totals totals = { 0 };
        for (size_t i = 0; i < device->policy.partition_count; i++) {
                const struct partition_definition *definition = &device->policy.partitions[i];
                for (size_t j = 0; j < definition->copy_count; j++) {
                        const char *source = definition->copies[j].source;
                        int r = tree_read_through(device->root_fd, source, &totals);
                        if (r < 0)
                                return device_trouble(device, r, "The factory files at %s cannot be read from the image: %s.",
                                                      source, strerror(-r));
                }
        }
        reset->factory_bytes = totals.bytes;
        return 0;
}

static int check_file_system_makers(struct reset *reset)
{
        struct device *device = reset->device;
        for (size_t i = 0; i < device->policy.partition_count; i++) {
                const char *format = device->policy.partitions[i].format;
                int r = format[0] ? file_system_maker_check(device->root_fd, format) : 0;
                if (r < 0)
                        return device_trouble(device, r, "The image has no working mkfs.%s: %s.", format, strerror(-r));
        }
        return 0;
}

static int check_esp(struct reset *reset)
{
        struct device *device = reset->device;
        struct statvfs space;
        _cleanup_(esp_close) struct esp esp = ESP_CLOSED;
        int r = esp_open(&device->inventory, &esp);
        if (r == 0)
                r = esp_erase_leftovers(esp.fd); /* they take all the room there is */
        if (r == 0)
                r = make_directories(esp.fd, RECORD_DIRECTORY, 0755);
        if (r < 0)
                return device_trouble(device, r, "The EFI system partition cannot take the record: %s.", strerror(-r));
        if (fstatvfs(esp.fd, &space) < 0 || (uint64_t)space.f_bavail * space.f_bsize < ESP_FREE_MIN)
                return device_trouble(device, -ENOSPC, "The EFI system partition has less than 1 MiB left for the record.");
        return 0;
}

/* Twice: before anything is written to the ESP, and last of all for a copy that is slower than the original. */
static int check_copy(struct reset *reset)
{
        int r = further_disks_check_copy(reset->device);
        reset->is_in_doubt |= r == -ENOTUNIQ;
        return r;
}

int preflight(struct reset *reset)
{
        int (*const checks[])(struct reset *) = {
                check_plan, check_copy, check_manifest, check_manifest_parts, check_file_system_makers, check_factory_trees,
                check_esp,  tpm_check,  check_copy
        };
        for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
                int r = checks[i](reset);
                if (r < 0)
                        return r;
        }
        return 0;
}
