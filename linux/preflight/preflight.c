/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What image, disk and ESP are tried for, and the table of all tries. */
#include "linux/preflight/preflight.h"

#include "common/plan/plan-guard.h"
#include "linux/base/cleanup.h"
#include "linux/disk/disks.h"
#include "linux/disk/inventory.h"
#include "linux/esp/fat-open.h"
#include "linux/image/file-system-try.h"
#include "linux/image/image-hooks.h"
#include "linux/image/luks.h"
#include "linux/record/record.h"
#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

struct trouble preflight_detail(struct preflight *preflight, enum check check)
{
        preflight->details[check][0] = '\0';
        return (struct trouble){ preflight->details[check], PREFLIGHT_DETAIL_MAX };
}

void preflight_set(struct preflight *preflight, enum check check, bool good)
{
        preflight->facts.tried[check] =
                (struct check_fact){ .state = good ? FACT_GOOD : FACT_BAD, .detail = good ? NULL : preflight->details[check] };
}

/* -- disk and plan -- */

static void try_copy(const struct reset_source *source, const struct plan *plan, struct preflight *preflight)
{
        (void)plan;
        const struct trouble trouble = preflight_detail(preflight, CHECK_DISK_COPY);
        const char *disk_path = source->inventory->disk_path;
        char path[sizeof(source->inventory->disk_path)];
        if (!source->disk_known)
                return;
        int r = disks_find_copy(source->inventory, source->started_from, path);
        if (r < 0)
                (void)trouble_note(&trouble, r, "The machine's disks cannot be compared with %s: %s.", disk_path, strerror(-r));
        if (r > 0)
                (void)trouble_note(&trouble, r,
                                   "%s is a copy of %s, the disk this machine was started from: both carry the same GUID. "
                                   "Remove the copy, then start again.",
                                   path, disk_path);
        preflight->copy_found = r > 0;
        preflight_set(preflight, CHECK_DISK_COPY, r == 0);
}

static void try_plan(const struct reset_source *source, const struct plan *plan, struct preflight *preflight)
{
        const struct trouble trouble = preflight_detail(preflight, CHECK_PLAN);
        struct checkup_facts *facts = &preflight->facts;
        if (!plan)
                return;
        if (plan->refusal_count > 0) {
                facts->refused_plan = plan;
                facts->refused_policy = source->policy;
                facts->refused_inventory = source->inventory;
        }
        const char *broken = plan_guard(plan, source->request, source->policy, source->inventory);
        if (broken)
                (void)trouble_note(&trouble, -ENOTRECOVERABLE,
                                   "The plan of the reset contradicts itself (%s). This is a defect of Cleanslate, or of this "
                                   "machine's memory; report it to the vendor.",
                                   broken);
        preflight_set(preflight, CHECK_PLAN, !broken);
}

/* -- the image -- */

static void try_manifest(const struct reset_source *source, const struct plan *plan, struct preflight *preflight)
{
        const struct trouble trouble = preflight_detail(preflight, CHECK_MANIFEST);
        if (!source->policy)
                return;
        int r = factory_image_read_manifest(source->survey->root_fd, &preflight->factory, &trouble);
        if (r == 0 && plan && plan->refusal_count == 0)
                r = factory_image_check_parts(source->policy, plan, &preflight->factory, &trouble);
        if (r == 0 && plan)
                r = factory_image_check_rooms(source->policy, plan, &preflight->factory, &trouble);
        preflight_set(preflight, CHECK_MANIFEST, r == 0);
}

static int try_maker(const struct reset_source *source, const struct plan *plan, const struct plan_step *step,
                     const struct trouble *trouble)
{
        const char *format = source->policy->partitions[step->definition].format, *label = plan->entries[step->definition].name;
        char line[CAGE_OUTPUT_MAX] = "";
        uint64_t header = plan_find_step(plan, STEP_ENCRYPT, (size_t)step->definition) ? LUKS_DATA_OFFSET : 0;
        int r = source->try_maker(source->context, format, label, step->size_bytes > header ? step->size_bytes - header : 0,
                                  line);
        if (r == 0 || r == -EOPNOTSUPP)
                return 0;
        if (r > 0)
                return trouble_note(trouble, -EIO, "The image's mkfs.%s cannot make \"%s\" with %llu MiB%s%s (exit status %d).",
                                    format, label, (unsigned long long)(step->size_bytes >> 20), line[0] ? ": " : "", line, r);
        if (r == -ETIME)
                return trouble_note(trouble, r, "The image's mkfs.%s does not end: it was tried in memory for %d seconds.",
                                    format, FILE_SYSTEM_TRY_SECONDS);
        return trouble_note(trouble, r,
                            "The image's mkfs.%s cannot be started the way a reset starts it: %s. It needs the directories /dev, "
                            "/proc, /run, /sys and /tmp in the image.",
                            format, strerror(-r));
}

/* Each one by itself: what one size or label does not take, another may. */
static int run_makers(const struct reset_source *source, const struct plan *plan, const struct trouble *trouble)
{
        int r = 0;
        for (size_t i = 0; plan && source->try_maker && i < plan->step_count && r == 0; i++)
                if (plan->steps[i].kind == STEP_MAKE_FILE_SYSTEM)
                        r = try_maker(source, plan, &plan->steps[i], trouble);
        return r;
}

/* What the image brings along for the rebuilding: mkfs, hooks. */
static void try_makers(const struct reset_source *source, const struct plan *plan, struct preflight *preflight)
{
        const struct trouble trouble = preflight_detail(preflight, CHECK_MKFS);
        if (!source->policy)
                return;
        int r = factory_image_check_makers(source->survey->root_fd, source->policy, &trouble);
        if (r == 0)
                r = image_hooks_check(source->survey->root_fd, &source->policy->settings, &trouble);
        if (r == 0)
                r = run_makers(source, plan, &trouble);
        preflight_set(preflight, CHECK_MKFS, r == 0);
}

/* Every byte that will be copied is read once through dm-verity; it stays in the page cache for the copy. */
static void try_factory_files(const struct reset_source *source, const struct plan *plan, struct preflight *preflight)
{
        (void)plan;
        const struct trouble trouble = preflight_detail(preflight, CHECK_FACTORY_FILES);
        if (!source->policy)
                return;
        int r = factory_image_read_trees(source->survey->root_fd, source->policy, &preflight->factory, &trouble);
        preflight_set(preflight, CHECK_FACTORY_FILES, r == 0);
}

/* Not every kernel has authenticated volumes. */
static void try_integrity(const struct reset_source *source, const struct plan *plan, struct preflight *preflight)
{
        const struct trouble trouble = preflight_detail(preflight, CHECK_INTEGRITY);
        const struct partition_definition *wants = plan ? plan_builds_integrity(plan, source->policy) : NULL;
        if (wants && !source->try_integrity) {
                preflight->facts.tried[CHECK_INTEGRITY].detail =
                        "Only the reset tries whether the kernel can make the volumes that Integrity= asks for.";
                return;
        }
        if (!plan)
                return;
        int r = wants ? source->try_integrity(source->context) : 0;
        if (r < 0)
                (void)trouble_note(&trouble, r, "The kernel cannot make \"%s\" with Integrity=%s: %s.", wants->label,
                                   integrity_mode_name(wants->integrity), strerror(-r));
        preflight_set(preflight, CHECK_INTEGRITY, r == 0);
}

/* -- the firmware's variables -- */

enum checkup_store preflight_query_store(const struct efivarfs *variables, size_t size)
{
        if (variables->directory_fd >= 0 && efivarfs_forgets(variables))
                return STORE_FORGETS;
        int r = efivarfs_has_room(variables, size);
        return r == 1         ? STORE_WRITABLE
               : r == 0       ? STORE_ROOM_UNKNOWN
               : r == -EROFS  ? STORE_READ_ONLY
               : r == -ENOSPC ? STORE_FULL
                              : STORE_UNTRIED;
}

/* -- the EFI system partition -- */

/* Whether its free space can be found, to be overwritten. Of a directory that stands in for it nothing is known. */
static int check_free_space(const struct reset_source *source, const struct trouble *trouble)
{
        char path[DEVICE_PATH_MAX];
        int r = inventory_partition_path(source->inventory, &source->inventory->esp, path);
        if (r < 0 && !source->may_write)
                return 0;
        if (r == 0)
                r = fat_check(path);
        return r < 0 ? trouble_note(trouble, r, "The free space of the EFI system partition cannot be found: %s.", strerror(-r))
                     : 0;
}

static void try_esp(const struct reset_source *source, const struct plan *plan, struct preflight *preflight)
{
        (void)plan;
        const struct trouble trouble = preflight_detail(preflight, CHECK_ESP);
        struct checkup_facts *facts = &preflight->facts;
        struct statvfs space;
        if (!source->disk_known)
                return;
        int fd = -1, r = source->open_esp(source->context, true, &fd);
        const bool is_open = r == 0;
        facts->esp_writable = !source->inventory->disk_read_only;
        if (r < 0)
                (void)trouble_note(&trouble, r, "The EFI system partition cannot be opened: %s.", strerror(-r));
        if (r == 0 && source->may_write) {
                r = record_make_directory(fd);
                if (r < 0)
                        (void)trouble_note(&trouble, r, "The EFI system partition cannot take the record: %s.", strerror(-r));
        }
        if (r == 0 && fstatvfs(fd, &space) == 0)
                facts->esp_free_bytes = (uint64_t)space.f_bavail * space.f_bsize;
        if (r == 0)
                r = check_free_space(source, &trouble);
        if (is_open)
                source->close_esp(source->context);
        preflight_set(preflight, CHECK_ESP, r == 0);
}

/* -- the whole -- */

static void (*const tries[CHECK_COUNT])(const struct reset_source *, const struct plan *, struct preflight *) = {
        [CHECK_DISK_COPY] = try_copy,
        [CHECK_PLAN] = try_plan,
        [CHECK_MANIFEST] = try_manifest,
        [CHECK_MKFS] = try_makers,
        [CHECK_FACTORY_FILES] = try_factory_files,
        [CHECK_INTEGRITY] = try_integrity,
        [CHECK_ESP] = try_esp,
        [CHECK_TPM] = preflight_try_tpm,
        [CHECK_SEAL_PCRS] = preflight_try_seal_pcrs,
        [CHECK_TPM_MEASURED] = preflight_try_measured,
        [CHECK_TPM_SEALING] = preflight_try_sealing,
};

void preflight_try(const struct reset_source *source, const struct plan *plan, struct preflight *preflight)
{
        for (enum check check = 0; check < CHECK_COUNT; check++)
                if (tries[check])
                        tries[check](source, plan, preflight);
}

int preflight_check(const struct reset_source *source, const struct plan *plan, struct preflight *preflight, enum check check,
                    void (*note)(void *context, const char *text), const struct trouble *trouble)
{
        struct check_result result;
        if (tries[check])
                tries[check](source, plan, preflight);
        checkup_judge_one(&preflight->facts, check, &result);
        if (result.severity == SEVERITY_FAILURE)
                return trouble_note(trouble, -EPERM, "%s", result.text);
        if (result.severity == SEVERITY_WARNING)
                note(source->context, result.text);
        return 0;
}

int preflight_run(const struct reset_source *source, const struct plan *plan, struct preflight *preflight,
                  void (*note)(void *context, const char *text), const struct trouble *trouble)
{
        int r = 0;
        for (enum check check = 0; check < CHECK_COUNT && r == 0; check++)
                if (check_scope(check) == SCOPE_RESET)
                        r = preflight_check(source, plan, preflight, check, note, trouble);
        /* once more, last of all: a copy may be slower than the original */
        return r < 0 ? r : preflight_check(source, plan, preflight, CHECK_DISK_COPY, note, trouble);
}

void preflight_done(struct preflight *preflight)
{
        factory_image_done(&preflight->factory);
}
