/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See course-world.h. A boot is the stub's part (what the slots are worth, which mode), then the initrd's: the course, act by
 * act. */
#include "tests/unit/course-world.h"
#include "common/boot/device-secret.h"
#include "tests/unit/plan-invariants.h"

#define MIB             (UINT64_C(1) << 20)
#define BOOTS_MAX       80 /* until a machine without further faults has to have come to an end */
#define OPERATION_CLEAR 5

static const char *const no_reason = "the page is shown without a reason";

/* One boot: what is in memory, and gone with it. */
struct boot {
        const struct scenario *scenario;
        struct world *world;
        struct fault fault;
        enum mutant mutant;
        unsigned acts;
        const char *why;
        bool cut; /* the power has failed: nothing acts any more */
        struct progress_keys keys;
        struct progress progress;
        int slot; /* that counts */
        uint64_t sequence;
        struct inventory inventory;
        size_t part_of[INVENTORY_PARTITIONS_MAX]; /* of world.parts, by the inventory's index */
        size_t new_part[POLICY_PARTITIONS_MAX];   /* of world.parts, by definition */
        struct plan plan;
        struct course course;
        struct tpm_evidence tpm;
        bool is_written_down; /* in this boot, that a reset is under way */
        bool failed_step;     /* in this boot */
        bool has_reason;      /* the stub's choice says why */
        enum reset_phase last_phase;
        struct id128 last_id;
};

static void violate(struct boot *boot, const char *why)
{
        if (!boot->why)
                boot->why = why;
}

/* -- faults ------------------------------------------------------------------------------------------------------------------ */

/* Called before each act. */
static enum fault_kind next_act(struct boot *boot)
{
        return boot->acts++ == boot->fault.at ? boot->fault.kind : FAULT_NONE;
}

/* -- the stub -------------------------------------------------------------------------------------------------------------- */

static struct device_secret secret_of(const struct world *world)
{
        return (struct device_secret){ .secret = "what no system sees", .sequence_floor = world->sequence_floor };
}

static const uint8_t *request_digest(void)
{
        static const uint8_t digest[SHA256_SIZE] = { 1, 2, 3 };
        return digest;
}

static void read_slots(struct boot *boot)
{
        struct world *world = boot->world;
        struct progress_slot slots[PROGRESS_SLOTS] = { 0 };
        bool rejected;

        for (int i = 0; i < PROGRESS_SLOTS; i++)
                if (world->slot_sizes[i] > 0)
                        slots[i] = (struct progress_slot){ world->slots[i], world->slot_sizes[i] };
        boot->slot = progress_select(slots, &boot->keys, &boot->progress, &rejected);
        boot->sequence =
                boot->keys.sequence_floor > boot->progress.sequence ? boot->keys.sequence_floor : boot->progress.sequence;
}

/* The firmware, the stub, and the initrd's reading of both: the mode of this boot. */
static enum boot_mode start(struct boot *boot, struct course_facts *ret)
{
        struct world *world = boot->world;
        const struct scenario *scenario = boot->scenario;
        struct device_secret secret = secret_of(world);
        struct boot_facts facts = { .failures_max = scenario->policy.settings.failures_max,
                                    .attempts_max = RESET_ATTEMPTS_MAX,
                                    .access = scenario->policy.settings.access,
                                    .request = world->has_request ? REQUEST_DUE : REQUEST_ABSENT,
                                    .boots_max = scenario->policy.settings.boots_max,
                                    .boots_failed = world->boots_failed };

        if (world->firmware_has_request) {
                world->firmware_has_request = false;
                world->firmware_has_answer = true;
                world->tpm_generation += scenario->firmware == FIRMWARE_OBEYS;
                world->tpm_is_locked &= scenario->firmware != FIRMWARE_OBEYS;
        }
        device_secret_keys(scenario->secret_kept ? &secret : NULL, &boot->keys);
        read_slots(boot);
        if (boot->progress.phase == PHASE_DONE && device_secret_note_over(&secret, &boot->progress)) {
                world->sequence_floor = secret.sequence_floor;
                boot->keys.sequence_floor = secret.sequence_floor;
        }
        facts.progress = boot->progress;
        facts.standing = progress_judge(&boot->progress, &boot->keys, world->has_request ? request_digest() : NULL, false);
        if (boot->mutant == MUTANT_STUB_BELIEVES_IT_IS_OVER && facts.standing == PROGRESS_UNDER_WAY)
                facts.standing = PROGRESS_OVER;
        if (facts.standing == PROGRESS_UNPROVEN)
                progress_disbelieve(&facts.progress);
        const struct boot_choice choice = boot_choose(&facts);
        enum boot_mode mode = choice.mode;
        if ((mode == MODE_NORMAL || mode == MODE_RESET) && !progress_standing_is_under_way(facts.standing))
                world->boots_failed++; /* as the stub counts them; the system takes it back */
        boot->has_reason = choice.reason != REASON_ATTEMPTS_USED_UP;
        if (scenario->secret_kept)
                progress_keys_withhold(&boot->keys, mode);
        *ret = (struct course_facts){ .interrupted = progress_standing_is_under_way(facts.standing),
                                      .resuming = facts.standing == PROGRESS_UNDER_WAY,
                                      .secret_kept = scenario->secret_kept,
                                      .standing = facts.standing,
                                      .asked = ORIGIN_REQUEST,
                                      .request_digest = world->has_request ? request_digest() : NULL,
                                      .failures_max = facts.failures_max };
        ret->finished = ret->resuming && boot->progress.phase == PHASE_RECORDED;
        if (ret->interrupted && !ret->resuming)
                progress_disbelieve(&boot->progress);
        else if (!ret->interrupted && progress_is_under_way(&boot->progress))
                memset(&boot->progress, 0, sizeof(boot->progress));
        return mode;
}

/* -- taking stock ---------------------------------------------------------------------------------------------------------- */

static enum partition_content content_of(const struct world_part *part)
{
        if (part->content == PART_OLD)
                return part->has_keys ? CONTENT_LUKS : part->facts.content == CONTENT_LUKS ? CONTENT_BLANK : part->facts.content;
        if (part->content == PART_ERASED)
                return CONTENT_BLANK;
        return part->is_encrypted ? CONTENT_LUKS : CONTENT_UNKNOWN;
}

static void take_stock(struct boot *boot)
{
        const struct world *world = boot->world;
        struct inventory *inventory = &boot->inventory;

        *inventory = boot->scenario->inventory;
        inventory->partition_count = 0;
        inventory->disk_uuid = world->disk_uuid;
        inventory->built_before = world->built_before;
        for (size_t i = 0; i < world->part_count; i++) {
                size_t at = inventory->partition_count;
                if (!world->parts[i].exists)
                        continue;
                for (; at > 0 && inventory->partitions[at - 1].start_bytes > world->parts[i].facts.start_bytes; at--) {
                        inventory->partitions[at] = inventory->partitions[at - 1];
                        boot->part_of[at] = boot->part_of[at - 1];
                }
                inventory->partitions[at] = world->parts[i].facts;
                inventory->partitions[at].content = content_of(&world->parts[i]);
                boot->part_of[at] = i;
                inventory->partition_count++;
        }
        inventory->tpm.lockout_auth_set = world->tpm_is_locked;
        inventory->tpm.firmware = (struct ppi_clear_offer){ .present = true, .operation = OPERATION_CLEAR };
        inventory_apply_progress(inventory, &boot->progress);
        disk_choice_recall(&boot->scenario->policy.settings, boot->progress.disks_check, boot->progress.disks_done, inventory);
        if (boot->course.facts.resuming) {
                struct guid named;
                progress_disk_name(&boot->progress, &named);
                inventory->disk_expected = guid_equal(&named, &world->disk_uuid) ? named : boot->progress.disk_uuid;
        }
}

static void tpm_now(const struct world *world, struct tpm_evidence *ret)
{
        *ret = (struct tpm_evidence){ .srk_name_size = 4, .storage_ticket_size = 1 };
        ret->srk_name[0] = ret->storage_ticket[0] = (uint8_t)world->tpm_generation;
}

/* -- what must hold at every instant ----------------------------------------------------------------------------------------- */

static bool any_old_keys(const struct world *world)
{
        for (size_t i = 0; i < world->part_count; i++)
                if (world->parts[i].exists && world->parts[i].may_change && world->parts[i].content == PART_OLD &&
                    world->parts[i].has_keys)
                        return true;
        for (size_t i = 0; i < WORLD_DISKS_MAX; i++)
                if (world->disks[i].has_keys)
                        return true;
        return false;
}

static bool any_old_content(const struct world *world)
{
        for (size_t i = 0; i < world->part_count; i++)
                if (world->parts[i].may_change && world->parts[i].content == PART_OLD)
                        return true;
        for (size_t i = 0; i < WORLD_DISKS_MAX; i++)
                if (world->disks[i].has_data)
                        return true;
        return world->gaps_hold_data || world->esp_is_dirty || world->variables_are_dirty || world->table_is_dirty;
}

static bool is_built(const struct world *world)
{
        size_t built = 0;

        for (size_t i = 0; i < world->part_count; i++) {
                const struct world_part *part = &world->parts[i];
                if (!part->exists || !part->may_change)
                        continue;
                if (part->content != PART_FACTORY || !part->verified ||
                    (part->is_encrypted && part->sealed_to != world->tpm_generation))
                        return false;
                built++;
        }
        return built > 0;
}

static bool is_untouched(const struct scenario *scenario, const struct world *world)
{
        return !world->destroyed && world->tpm_generation == scenario->start.tpm_generation;
}

/* Old state that nobody has touched, or a whole new one. */
static void check_system_may_start(struct boot *boot)
{
        const struct world *world = boot->world;
        bool asked = boot->scenario->asked;

        if (is_untouched(boot->scenario, world) && world->has_request == asked && world->built_before)
                return;
        if (!is_built(world))
                violate(boot, "an ordinary boot, and the state is neither the old one nor whole");
        if (asked && any_old_content(world) && boot->scenario->medium != LEAVES_PARTIAL)
                violate(boot, "an ordinary boot, and something of the old system is left");
        if (asked && world->has_request)
                violate(boot, "an ordinary boot, and the request is still there");
        if (asked && (!world->record || strcmp(world->record, "failed") == 0))
                violate(boot, "an ordinary boot behind a reset that has no record");
}

static void check_commit(struct boot *boot, const struct progress *progress)
{
        const struct world *world = boot->world;
        bool asked = boot->scenario->asked && progress->origin != ORIGIN_FIRST_BOOT;

        if (id128_equal(&progress->reset_id, &boot->last_id) && progress->phase < boot->last_phase)
                violate(boot, "a phase falls within an attempt");
        boot->last_phase = progress->phase;
        boot->last_id = progress->reset_id;
        if (asked && progress->phase >= PHASE_KEYS_DESTROYED && any_old_keys(world))
                violate(boot, "keys are said to be destroyed, and one is there");
        if (asked && progress->phase >= PHASE_TPM_CLEARED && boot->plan.tpm_clear == TPM_CLEAR_REQUIRED &&
            world->tpm_generation == world->generation_before)
                violate(boot, "the TPM is said to be cleared, and is the same");
        if (asked && progress->phase >= PHASE_ERASED && any_old_content(world) && boot->scenario->medium != LEAVES_PARTIAL)
                violate(boot, "contents are said to be erased, and some are there");
        if (progress->phase >= PHASE_VERIFIED && !is_built(world))
                violate(boot, "volumes are said to be verified, and are not");
        if (progress->phase == PHASE_DONE && world->has_request && progress->origin != ORIGIN_FIRST_BOOT)
                violate(boot, "the reset is said to be over, and its request is there");
}

/* -- the progress store ---------------------------------------------------------------------------------------------------------
 */

static int write_slot(struct boot *boot, enum fault_kind kind)
{
        struct world *world = boot->world;
        const uint8_t *key = progress_key(&boot->keys, boot->progress.origin);
        int next = progress_next_slot(boot->slot);

        if (!key) {
                violate(boot, "a commit without a key");
                return -1;
        }
        if (kind == FAULT_ERROR)
                return -1;
        boot->cut = kind == FAULT_CUT_BEFORE || kind == FAULT_CUT_WITHIN || kind == FAULT_CUT_AFTER;
        if (kind == FAULT_CUT_BEFORE)
                return 0;
        boot->progress.sequence = boot->sequence + 1;
        progress_encode(&boot->progress, key, world->slots[next]);
        world->slot_sizes[next] = PROGRESS_ENCODED_SIZE;
        if (kind == FAULT_CUT_WITHIN) { /* torn */
                memset(world->slots[next] + PROGRESS_ENCODED_SIZE / 2, 0xff, PROGRESS_ENCODED_SIZE / 2);
                return 0;
        }
        check_commit(boot, &boot->progress);
        boot->sequence = boot->progress.sequence;
        boot->slot = next;
        boot->is_written_down = progress_is_under_way(&boot->progress);
        return 0;
}

static int commit(struct boot *boot)
{
        if (boot->mutant == MUTANT_COUNTS_NOTHING && boot->course.state == COURSE_STATE_COUNTING_FAILURE)
                boot->progress.failures = 0;
        if (boot->mutant == MUTANT_PHASE_FALLS && boot->progress.phase == PHASE_ERASED)
                boot->progress.phase = PHASE_STARTED;
        return write_slot(boot, next_act(boot));
}

/* -- the steps -------------------------------------------------------------------------------------------------------------- */

static struct world_part *old_part(struct boot *boot, const struct plan_step *step)
{
        struct world_part *part = &boot->world->parts[boot->part_of[step->partition]];

        if (!part->may_change)
                violate(boot, "a step is about a partition that the image does not mark");
        return part;
}

static struct world_part *new_part(struct boot *boot, const struct plan_step *step)
{
        return &boot->world->parts[boot->new_part[step->definition]];
}

static int create_entry(struct boot *boot, const struct plan_step *step)
{
        struct world *world = boot->world;
        const struct partition_definition *definition = &boot->scenario->policy.partitions[step->definition];
        size_t at = 0;

        while (at < world->part_count && world->parts[at].exists)
                at++;
        if (at == WORLD_PARTS_MAX)
                return -1;
        for (size_t i = 0; i < world->part_count; i++)
                if (world->parts[i].exists && world->parts[i].facts.start_bytes < step->start_bytes + step->size_bytes &&
                    step->start_bytes < world->parts[i].facts.start_bytes + world->parts[i].facts.size_bytes)
                        violate(boot, "a new partition lies on another one");
        if (at == world->part_count)
                world->part_count++;
        struct world_part *part = &world->parts[at];
        *part = (struct world_part){ .exists = true, .content = PART_EMPTY, .may_change = true };
        part->facts.number = (uint32_t)at + 1;
        part->facts.type = definition->type;
        part->facts.uuid.bytes[0] = (uint8_t)(at + 1);
        part->facts.uuid.bytes[1] = (uint8_t)++world->ids_made;
        memcpy(part->facts.name, definition->label, sizeof(part->facts.name));
        part->facts.start_bytes = step->start_bytes;
        part->facts.size_bytes = step->size_bytes;
        boot->new_part[step->definition] = at;
        return 0;
}

static void destroy_contents(struct boot *boot, struct world_part *part)
{
        if (any_old_keys(boot->world))
                violate(boot, "contents go before all keys are gone");
        part->content = PART_ERASED;
        part->has_keys = false;
        boot->world->destroyed = true;
}

static int clear_tpm(struct boot *boot)
{
        struct world *world = boot->world;
        struct course *course = &boot->course;

        if (any_old_keys(world))
                violate(boot, "the TPM is cleared before all keys are gone");
        if (boot->progress.awaiting_firmware) {
                bool answered = world->firmware_has_answer;
                bool replaced = boot->progress.srk_name_before_size > 0 &&
                                boot->progress.srk_name_before[0] != (uint8_t)world->tpm_generation;
                course_takes_answer(course);
                world->firmware_has_answer = false;
                if (boot->plan.tpm_way == TPM_WAY_FIRMWARE) {
                        if (answered && replaced)
                                return 0;
                        course->needs_person = true;
                        return boot->plan.tpm_clear == TPM_CLEAR_REQUIRED ? -1 : 0;
                }
        }
        if (boot->plan.tpm_way == TPM_WAY_LOCKOUT_EMPTY) {
                world->tpm_generation++;
                world->destroyed = true;
                return 0;
        }
        if (boot->plan.tpm_way != TPM_WAY_FIRMWARE)
                return boot->plan.tpm_clear == TPM_CLEAR_REQUIRED ? -1 : 0;
        switch (course_question(course, false)) {
        case QUESTION_NOT_TWICE:
                return 0;
        case QUESTION_NO_PROOF:
                course->needs_person = true;
                return -1;
        case QUESTION_ASK:
                break;
        }
        world->firmware_has_request = true;
        course_asks_firmware(course);
        if (commit(boot) < 0) {
                course_not_asked(course);
                world->firmware_has_request = false;
                return -1;
        }
        return 1;
}

/* A disk that is erased as a whole. */
static void erase_disk(struct boot *boot, const struct plan_step *step)
{
        struct world_disk *disk = &boot->world->disks[boot->plan.disks.chosen[step->further_disk - 1].disk];

        if (boot->inventory.disks[boot->plan.disks.chosen[step->further_disk - 1].disk].is_done)
                return;
        if (any_old_keys(boot->world))
                violate(boot, "contents go before all keys are gone");
        disk->has_data = false;
        course_disk_erased(&boot->course, step->further_disk);
        (void)commit(boot); /* lost, it is erased once more */
}

static int write_record(struct boot *boot)
{
        struct world *world = boot->world;
        bool clean = !any_old_content(world) || !boot->scenario->asked;

        world->record = course_result(&boot->course);
        if (boot->failed_step)
                violate(boot, "a record of success behind a failed step");
        bool cleared = world->tpm_generation != world->generation_before || boot->plan.tpm_clear != TPM_CLEAR_REQUIRED;
        if (strcmp(world->record, "complete") == 0 && (!clean || !is_built(world) || !cleared))
                violate(boot, "a record says complete, and it is not");
        return 0;
}

static int retire(struct boot *boot)
{
        struct world *world = boot->world;

        if (world->has_request && (!is_built(world) || !world->record || strcmp(world->record, "failed") == 0))
                violate(boot, "the request is retired before everything is done");
        if (boot->progress.origin != ORIGIN_FIRST_BOOT)
                world->has_request = false;
        world->has_evidence = false;
        return 0;
}

/* 0, 1 = the firmware is asked, -1. */
static int do_step(struct boot *boot, const struct plan_step *step)
{
        struct world *world = boot->world;
        struct world_part *part;

        switch (step->kind) {
        case STEP_COMMIT_PROGRESS:
                return 0;
        case STEP_DESTROY_KEYS:
                part = old_part(boot, step);
                part->has_keys = false;
                world->destroyed = true;
                return 0;
        case STEP_DESTROY_DISK_KEYS:
                world->disks[boot->plan.disks.chosen[step->further_disk - 1].disk].has_keys = false;
                world->destroyed = true;
                return 0;
        case STEP_CLEAR_TPM:
                return clear_tpm(boot);
        case STEP_ERASE:
                if (boot->scenario->medium == LEAVES_DAMAGE && step->partition >= 0)
                        course_note_damage(&boot->course);
                boot->course.partial |= boot->scenario->medium != ALL_IS_WELL;
                if (any_old_keys(world))
                        violate(boot, "contents go before all keys are gone");
                if (step->method != ERASE_METHOD_DISCARD &&
                    course_flushed(&boot->course, 0, step->start_bytes, step->size_bytes / 2, COURSE_COMMIT_EVERY_MS))
                        (void)commit(boot); /* half of it is written */
                if (!boot->cut)
                        destroy_contents(boot, old_part(boot, step));
                return 0;
        case STEP_ERASE_UNALLOCATED:
                world->gaps_hold_data = false;
                return 0;
        case STEP_ERASE_DISK:
                erase_disk(boot, step);
                return 0;
        case STEP_CLEAN_ESP:
                world->esp_is_dirty = false;
                return 0;
        case STEP_CLEAN_VARIABLES:
                world->variables_are_dirty = false;
                return 0;
        case STEP_CLEAN_TABLE:
                world->table_is_dirty = false;
                return 0;
        case STEP_DELETE_ENTRY:
                part = old_part(boot, step);
                if (part->content == PART_OLD)
                        violate(boot, "the entry of a partition goes before its contents");
                part->exists = false;
                return 0;
        case STEP_NAME_DISK:
                progress_disk_name(&boot->progress, &world->disk_uuid);
                course_disk_named(&boot->course, &world->disk_uuid);
                return 0;
        case STEP_CREATE_ENTRY:
                return create_entry(boot, step);
        case STEP_ENCRYPT:
                part = new_part(boot, step);
                part->is_encrypted = true;
                part->sealed_to = world->tpm_generation;
                return 0;
        case STEP_MAKE_FILE_SYSTEM:
                return 0;
        case STEP_COPY_TREE:
                new_part(boot, step)->content = PART_FACTORY;
                return 0;
        case STEP_VERIFY_TREE:
                part = new_part(boot, step);
                part->verified = part->content == PART_FACTORY;
                world->kept_file_is_back |= boot->scenario->keeps_files;
                return part->verified ? 0 : -1;
        case STEP_RUN_HOOKS:
                world->hooks_ran = true;
                return 0;
        case STEP_WRITE_RECORD:
                return write_record(boot);
        case STEP_RETIRE_REQUEST:
                return retire(boot);
        case STEP_COUNT:
                break;
        }
        return -1;
}

static void misbehave(struct boot *boot)
{
        struct world *world = boot->world;

        if (boot->mutant == MUTANT_TOUCHES_THE_KEPT)
                for (size_t i = 0; i < world->part_count; i++)
                        if (!world->parts[i].may_change)
                                world->parts[i].content = PART_ERASED;
        if (boot->mutant == MUTANT_RETIRES_FIRST)
                (void)retire(boot);
}

static int step(struct boot *boot)
{
        const struct plan_step *step = &boot->plan.steps[boot->course.step];
        enum fault_kind kind = next_act(boot);
        bool skipped = boot->mutant == MUTANT_SKIPS_A_STEP && (step->kind == STEP_ERASE || step->kind == STEP_VERIFY_TREE);

        if (kind == FAULT_ERROR) {
                boot->failed_step = true;
                return boot->mutant == MUTANT_CALLS_A_FAILURE_WELL ? 0 : -1;
        }
        /* half of a step is at least as bad as none of it, for what is old, and as good as none for what is new */
        boot->cut = kind == FAULT_CUT_BEFORE || kind == FAULT_CUT_WITHIN;
        if (boot->cut)
                return 0;
        if (step->kind == STEP_ERASE)
                misbehave(boot);
        if (step_traits(step->kind)->act != STEP_COMMITS && !boot->is_written_down)
                violate(boot, "something is done before it is written down that a reset is under way");
        int r = skipped ? 0 : do_step(boot, step);
        boot->cut |= kind == FAULT_CUT_AFTER;
        return r;
}

/* -- the initrd -----------------------------------------------------------------------------------------------------------------
 */

static void swap_keys_and_tpm(struct plan *plan)
{
        for (size_t i = 1; i < plan->step_count; i++)
                if (plan->steps[i].kind == STEP_CLEAR_TPM) {
                        struct plan_step clear = plan->steps[i];
                        memmove(&plan->steps[2], &plan->steps[1], (i - 1) * sizeof(clear));
                        plan->steps[1] = clear;
                        return;
                }
}

static void check(struct boot *boot)
{
        static const struct request asked = { .reason = "a test" };
        struct course *course = &boot->course;
        struct world *world = boot->world;
        const struct scenario *scenario = boot->scenario;
        enum fault_kind kind = next_act(boot);
        struct course_checks checks = { .plan = &boot->plan,
                                        .policy = &scenario->policy,
                                        .inventory = &boot->inventory,
                                        .request = course->origin == ORIGIN_FIRST_BOOT ? NULL : &asked,
                                        .request_digest = world->has_request ? request_digest() : NULL,
                                        .tpm = &boot->tpm };

        boot->cut = kind == FAULT_CUT_BEFORE || kind == FAULT_CUT_WITHIN || kind == FAULT_CUT_AFTER;
        if (boot->cut || kind == FAULT_ERROR) {
                course_tell(course, COURSE_FAILED, "the checks failed");
                return;
        }
        take_stock(boot);
        tpm_now(world, &boot->tpm);
        boot->last_phase = PHASE_IDLE; /* all of the plan is gone through again */
        boot->inventory.half_made = course_half_made(course, &scenario->policy, &boot->inventory);
        plan_build(checks.request, &scenario->policy, &boot->inventory, &boot->plan);
        const char *violation = plan_violation(&boot->plan, checks.request, &scenario->policy, &boot->inventory);
        if (violation)
                violate(boot, violation);
        if (boot->plan.refusal_count > 0) {
                course_tell(course, COURSE_FAILED, refusal_text(boot->plan.refusals[0]));
                return;
        }
        if (boot->mutant == MUTANT_TPM_BEFORE_KEYS)
                swap_keys_and_tpm(&boot->plan);
        checks.plan_digest[0] = (uint8_t)boot->plan.step_count;
        checks.fresh_id.bytes[0] = (uint8_t)++world->ids_made;
        checks.fresh_id.bytes[1] = (uint8_t)(world->ids_made >> 8);
        if (!course->facts.resuming)
                world->generation_before = world->destroyed ? world->generation_before : world->tpm_generation;
        course_checked(course, &checks);
}

static bool is_end(const struct boot *boot)
{
        return boot->cut || course_act(&boot->course) == COURSE_END;
}

static void go_on(struct boot *boot)
{
        struct course *course = &boot->course;
        enum course_act act = course_act(course);
        int r = 0;

        switch (act) {
        case COURSE_CHECK:
                check(boot);
                return;
        case COURSE_REMEMBER:
                boot->world->has_evidence = true;
                break;
        case COURSE_STEP:
                r = step(boot);
                break;
        case COURSE_COMMIT:
                if (boot->mutant == MUTANT_COMMITS_LATE && course->progress->phase == PHASE_STARTED &&
                    course->state == COURSE_STATE_COMMITTING)
                        break;
                r = commit(boot);
                break;
        case COURSE_RECORD_FAILURE:
                if (!boot->world->record || strcmp(boot->world->record, "failed") == 0)
                        boot->world->record = "failed";
                break;
        case COURSE_RETIRE:
                r = retire(boot);
                break;
        case COURSE_END:
                return;
        }
        if (!boot->cut)
                course_tell(course, r < 0 ? COURSE_FAILED : r > 0 ? COURSE_ASKED : COURSE_DONE, "what a step says");
}

static enum boot_end run_course(struct boot *boot, const struct course_facts *facts)
{
        course_begin(&boot->course, facts, &boot->progress);
        while (!is_end(boot))
                go_on(boot);
        if (boot->cut)
                return END_CUT;
        switch (boot->course.state) {
        case COURSE_STATE_PAGE:
                if (boot->progress.last_error[0] == '\0' && !boot->course.needs_person)
                        violate(boot, no_reason);
                return END_PAGE;
        case COURSE_STATE_PAGE_INTACT:
                if (boot->world->destroyed)
                        violate(boot, "the page says that nothing was erased, and something was");
                return END_PAGE;
        case COURSE_STATE_COMPLETE:
                boot->world->boots_failed = 0;
                return END_RESTART;
        default:
                return END_RESTART;
        }
}

static void check_kept(struct boot *boot)
{
        for (size_t i = 0; i < boot->scenario->start.part_count; i++)
                if (!boot->scenario->start.parts[i].may_change && boot->scenario->start.parts[i].exists &&
                    (boot->world->parts[i].content != boot->scenario->start.parts[i].content || !boot->world->parts[i].exists))
                        violate(boot, "a partition changed that the image does not mark");
}

static enum boot_end first_boot_or_system(struct boot *boot, struct course_facts *facts)
{
        bool incomplete;

        take_stock(boot);
        if (!plan_is_first_boot(&boot->scenario->policy, &boot->inventory, &incomplete) || boot->world->built_before) {
                check_system_may_start(boot);
                return END_SYSTEM;
        }
        facts->asked = ORIGIN_FIRST_BOOT;
        enum boot_end end = run_course(boot, facts);
        if (end != END_RESTART || boot->course.state != COURSE_STATE_COMPLETE)
                return end;
        check_system_may_start(boot);
        return END_SYSTEM;
}

enum boot_end world_boot(const struct scenario *scenario, struct world *world, struct fault fault, enum mutant mutant,
                         unsigned *ret_acts, const char **ret_why)
{
        static struct boot boot; /* two plans' worth of memory */
        struct course_facts facts;
        enum boot_end end;

        memset(&boot, 0, sizeof(boot));
        boot.scenario = scenario;
        boot.world = world;
        boot.fault = fault;
        boot.mutant = mutant;
        world->boots++;
        switch (start(&boot, &facts)) {
        case MODE_RESET:
                end = run_course(&boot, &facts);
                break;
        case MODE_NORMAL:
                end = first_boot_or_system(&boot, &facts);
                break;
        default:
                if (!boot.has_reason && boot.progress.last_error[0] == '\0' && boot.progress.attempts < RESET_ATTEMPTS_MAX)
                        violate(&boot, no_reason);
                end = END_PAGE;
        }
        check_kept(&boot);
        if (ret_acts)
                *ret_acts = boot.acts;
        *ret_why = boot.why;
        return end;
}

enum boot_end world_settle(const struct scenario *scenario, struct world *world, enum mutant mutant, const char **ret_why)
{
        for (unsigned i = 0; i < BOOTS_MAX; i++) {
                enum boot_end end = world_boot(scenario, world, (struct fault){ FAULT_NONE, 0 }, mutant, NULL, ret_why);
                if (*ret_why || end == END_PAGE || end == END_SYSTEM)
                        return end;
        }
        *ret_why = "it comes to no end";
        return END_RESTART;
}
