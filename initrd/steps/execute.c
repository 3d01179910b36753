/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/steps/execute.h"

#include "initrd/steps/clear-tpm.h"
#include "initrd/steps/encrypt-volume.h"
#include "initrd/steps/erase-disk.h"
#include "initrd/steps/esp-clean.h"
#include "initrd/steps/hooks.h"
#include "initrd/steps/make-file-system.h"
#include "initrd/steps/rebuild.h"
#include "initrd/steps/variable-clean.h"
#include "initrd/steps/work.h"
#include "linux/base/cleanup.h"
#include "linux/disk/gpt-write.h"
#include "linux/esp/clean-survey.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static int clear(const struct work *work)
{
        return clear_tpm(work->reset, work->detail, work->detail_size);
}

static int delete_entry(const struct work *work)
{
        int r = gpt_delete(work->context->inventory.disk_path, work->partition->number);
        if (r < 0)
                return boot_trouble(work->context, r, "The table entry of partition %u cannot be removed: %s.",
                                    work->partition->number, strerror(-r));
        detail_set(work, "entry %u removed", work->partition->number);
        return 0;
}

static int name_disk(const struct work *work)
{
        struct boot_context *context = work->context;
        struct guid name;
        char text[GUID_TEXT_SIZE];
        progress_disk_name(&context->progress, &name);
        int r = gpt_write_id(context->inventory.disk_path, &name);
        if (r < 0)
                return boot_trouble(context, r, "Cannot set a new disk GUID on %s: %s.", context->inventory.disk_path,
                                    strerror(-r));
        context->inventory.disk_uuid = name;
        course_disk_named(&work->reset->course, &name);
        guid_format(&name, text);
        detail_set(work, "GPT disk GUID %s", text);
        return 0;
}

static int destroy_disk_keys(const struct work *work)
{
        return erase_disk_keys(work->reset, work->step, work->detail, work->detail_size);
}

static int erase_whole_disk(const struct work *work)
{
        return erase_disk(work->reset, work->step, work->detail, work->detail_size);
}

static int clean_esp(const struct work *work)
{
        return esp_clean(work->reset, work->detail, work->detail_size);
}

/* Boot entries are judged by what they point to, the files of the ESP among it. */
static int clean_variables(const struct work *work)
{
        _cleanup_(esp_survey_done) struct esp_survey files = { 0 };
        struct boot_context *context = work->context;
        const struct remaining_partitions remaining = { &work->reset->plan, &context->inventory };
        struct partition_lookup lookup = remaining_partitions_lookup(&remaining, &files);
        int r = esp_look(work->reset, &files);
        return r < 0 ? r : variables_clean(work->reset, &lookup, work->detail, work->detail_size);
}

static int clean_table(const struct work *work)
{
        const char *disk = work->context->inventory.disk_path;
        bool boot_code = work->context->policy.settings.unallocated == UNALLOCATED_ALL;
        int r = gpt_clean_table(disk, boot_code);
        if (r < 0)
                return boot_trouble(work->context, r, "The partition table of %s cannot be rewritten: %s.", disk, strerror(-r));
        detail_set(work, "both copies hold the entries in use and nothing else%s",
                   boot_code ? "; the boot code of the protective MBR overwritten" : "");
        return 0;
}

static int random_guid(struct boot_context *context, struct guid *ret)
{
        int r = boot_random(context, ret->bytes, sizeof(ret->bytes));
        ret->bytes[7] = (uint8_t)((ret->bytes[7] & 0x0f) | 0x40); /* version 4 (RFC 9562), in GUID byte order */
        ret->bytes[8] = (uint8_t)((ret->bytes[8] & 0x3f) | 0x80);
        return r;
}

/* The entry that a step is about. A UUID that the image does not give is random: nobody can tell beforehand how a partition of
 * this device will be called, nor from its name that it was there before. */
static int fill_entry(const struct work *work, const struct plan_step *step, struct gpt_entry *ret)
{
        const struct partition_definition *definition = &work->context->policy.partitions[step->definition];
        const struct plan_entry *entry = &work->reset->plan.entries[step->definition];
        *ret = (struct gpt_entry){
                .number = entry->number,
                .type = definition->type,
                .uuid = definition->uuid,
                .name = entry->name,
                .attributes = definition->flags,
                .start_bytes = step->start_bytes,
                .size_bytes = step->size_bytes,
        };
        return definition->has_uuid ? 0 : random_guid(work->context, &ret->uuid);
}

/* All entries at once, with the first one: each may lie where another one has been until now. */
static int write_entries(const struct work *work)
{
        struct reset *reset = work->reset;
        struct gpt_entry entries[POLICY_PARTITIONS_MAX];
        size_t count = 0;
        int r = 0;
        for (size_t i = 0; i < reset->plan.step_count && r == 0; i++) {
                const struct plan_step *step = &reset->plan.steps[i];
                if (step->kind == STEP_CREATE_ENTRY) {
                        r = fill_entry(work, step, &entries[count]);
                        reset->made_entries[step->definition] = entries[count++].uuid;
                } else if (step->kind == STEP_GROW_ENTRY) {
                        entries[count++] = (struct gpt_entry){
                                .number = work->context->inventory.partitions[step->partition].number,
                                .grows = true,
                                .start_bytes = step->start_bytes,
                                .size_bytes = step->size_bytes,
                        };
                }
        }
        if (r == 0)
                r = gpt_put(work->context->inventory.disk_path, entries, count);
        if (r < 0)
                return boot_trouble(work->context, r, "The partition table of %s cannot be written: %s.",
                                    work->context->inventory.disk_path, strerror(-r));
        reset->has_entries = true;
        return 0;
}

/* The kernel may go by the old size until it is started again: nothing of this boot depends on it. */
static bool is_shown_as_grown(const struct work *work)
{
        char path[DEVICE_PATH_MAX];
        uint64_t size = 0;
        if (blockdev_partition_path(work->context->inventory.disk_path, work->partition->number, path) < 0)
                return false;
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        return fd >= 0 && blockdev_size(fd, &size) == 0 && size == work->step->size_bytes;
}

static int grow_entry(const struct work *work)
{
        int r = work->reset->has_entries ? 0 : write_entries(work);
        if (r < 0)
                return r;
        detail_set(work, "partition %u, from %llu to %llu bytes%s", work->partition->number,
                   (unsigned long long)work->partition->size_bytes, (unsigned long long)work->step->size_bytes,
                   is_shown_as_grown(work) ? "" : "; the kernel shows the new size after a restart");
        return 0;
}

static int create_entry(const struct work *work)
{
        const int definition = work->step->definition;
        char uuid[GUID_TEXT_SIZE];
        int r = work->reset->has_entries ? 0 : write_entries(work);
        if (r < 0)
                return r;
        guid_format(&work->reset->made_entries[definition], uuid);
        detail_set(work, "partition %u, %s", work->reset->plan.entries[definition].number, uuid);
        return 0;
}

static int new_partition_path(const struct work *work, char ret[static DEVICE_PATH_MAX])
{
        int r = blockdev_partition_path(work->context->inventory.disk_path,
                                        work->reset->plan.entries[work->step->definition].number, ret);
        return r < 0 ? boot_trouble(work->context, r, "The device node of the new partition \"%s\" did not appear.",
                                    work->definition->label)
                     : 0;
}

static int encrypt(const struct work *work)
{
        char path[DEVICE_PATH_MAX];
        int r = new_partition_path(work, path);
        return r < 0 ? r : encrypt_volume(work, path);
}

static int make_fs(const struct work *work)
{
        char path[DEVICE_PATH_MAX], volume[DEVICE_PATH_MAX], line[CAGE_OUTPUT_MAX] = "";
        const struct partition_definition *definition = work->definition;
        int r = new_partition_path(work, path);
        if (r == 0)
                r = volume_path(work->context, definition, path, definition_is_encrypted(work->context, definition), volume);
        if (r == 0)
                r = make_file_system(boot_image_path(work->context), definition->format, volume,
                                     work->reset->plan.entries[work->step->definition].name,
                                     make_file_system_seconds(work->step->size_bytes), line);
        if (r == -ETIME)
                return boot_trouble(work->context, r, "mkfs.%s on %s did not end, and was ended.", definition->format,
                                    definition->label);
        if (r < 0)
                return boot_trouble(work->context, r, "mkfs.%s failed on %s: %s.", definition->format, definition->label,
                                    strerror(-r));
        if (r > 0)
                return boot_trouble(work->context, -EIO, "mkfs.%s failed on %s%s%s (exit status %d).", definition->format,
                                    definition->label, line[0] ? ": " : "", line, r);
        detail_set(work, "%s by the image's own mkfs", definition->format);
        return 0;
}

static int copy_tree(const struct work *work)
{
        char path[DEVICE_PATH_MAX];
        int r = new_partition_path(work, path);
        return r < 0 ? r : rebuild_copy(work->reset, work->definition, path, work->detail, work->detail_size);
}

static int verify_tree(const struct work *work)
{
        char path[DEVICE_PATH_MAX];
        int r = new_partition_path(work, path);
        return r < 0 ? r : rebuild_verify(work->reset, work->definition, path, work->detail, work->detail_size);
}

static int run_hooks(const struct work *work)
{
        return hooks_after_rebuild(work->reset, work->detail, work->detail_size);
}

int execute_step(struct reset *reset, size_t index, char *detail, size_t detail_size)
{
        static int (*const actions[STEP_COUNT])(const struct work *) = {
                [STEP_DESTROY_DISK_KEYS] = destroy_disk_keys,
                [STEP_ERASE_DISK] = erase_whole_disk,
                [STEP_NAME_DISK] = name_disk,
                [STEP_DESTROY_KEYS] = erase_partition_keys,
                [STEP_CLEAR_TPM] = clear,
                [STEP_ERASE] = erase_partition,
                [STEP_ERASE_UNALLOCATED] = erase_unallocated,
                [STEP_DELETE_ENTRY] = delete_entry,
                [STEP_GROW_ENTRY] = grow_entry,
                [STEP_CREATE_ENTRY] = create_entry,
                [STEP_ENCRYPT] = encrypt,
                [STEP_MAKE_FILE_SYSTEM] = make_fs,
                [STEP_COPY_TREE] = copy_tree,
                [STEP_VERIFY_TREE] = verify_tree,
                [STEP_RUN_HOOKS] = run_hooks,
                [STEP_CLEAN_ESP] = clean_esp,
                [STEP_CLEAN_VARIABLES] = clean_variables,
                [STEP_CLEAN_TABLE] = clean_table,
        };
        struct boot_context *context = reset->context;
        const struct plan_step *step = &reset->plan.steps[index];
        struct work work = {
                .reset = reset,
                .context = context,
                .step = step,
                .done = &reset->record.steps[index],
                .detail = detail,
                .detail_size = detail_size,
                .definition = step->definition >= 0 ? &context->policy.partitions[step->definition] : NULL,
                .partition = step->partition >= 0 ? &context->inventory.partitions[step->partition] : NULL,
        };
        if (!actions[step->kind])
                return boot_trouble(context, -ENOSYS, "The plan holds a step this program does not know (%d).", (int)step->kind);
        return actions[step->kind](&work);
}
