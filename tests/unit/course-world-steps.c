/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each step of a plan does to the imagined machine. */
#include "tests/unit/course-store.h"
#include <string.h>

void violate(struct boot *boot, const char *why)
{
        if (!boot->why)
                boot->why = why;
}

/* -- faults ------------------------------------------------------------------------------------------------------------------ */

/* Called before each act. */
enum fault_kind next_act(struct boot *boot)
{
        return boot->acts++ == boot->fault.at ? boot->fault.kind : FAULT_NONE;
}

/* -- what must hold at every instant ----------------------------------------------------------------------------------------- */

bool any_old_keys(const struct world *world)
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

/* All that the image defines, as far as it was not there and kept: made, verified, sealed to this TPM. */
static bool is_built(const struct scenario *scenario, const struct world *world)
{
        size_t wanted = scenario->policy.partition_count, built = 0;

        for (size_t i = 0; i < scenario->start.part_count; i++)
                wanted -= scenario->start.parts[i].is_kept;
        for (size_t i = 0; i < world->part_count; i++) {
                const struct world_part *part = &world->parts[i];
                if (!part->exists || !part->may_change)
                        continue;
                if (part->content != PART_FACTORY || !part->verified ||
                    (part->is_encrypted && part->sealed_to != world->tpm_generation))
                        return false;
                built++;
        }
        return built == wanted;
}

/* Whatever went wrong on the way, each partition lies where it would lie otherwise. */
static bool is_laid_out_as(const struct world *end, const struct world *world)
{
        for (size_t i = 0; i < end->part_count; i++) {
                const struct inventory_partition *wanted = &end->parts[i].facts;
                bool found = !end->parts[i].exists;

                for (size_t j = 0; j < world->part_count && !found; j++)
                        found = world->parts[j].exists && world->parts[j].facts.number == wanted->number &&
                                world->parts[j].facts.start_bytes == wanted->start_bytes &&
                                world->parts[j].facts.size_bytes == wanted->size_bytes;
                if (!found)
                        return false;
        }
        return true;
}

/* The whole new state, and nothing left to do. */
void check_system_may_start(struct boot *boot)
{
        const struct world *world = boot->world;
        bool asked = boot->scenario->asked;

        if (!is_built(boot->scenario, world))
                violate(boot, "an ordinary boot, and the state is not whole");
        if (boot->scenario->end && !is_laid_out_as(boot->scenario->end, world))
                violate(boot, "an ordinary boot, and a partition lies elsewhere than without a fault");
        if (asked && any_old_content(world) && boot->scenario->medium != LEAVES_PARTIAL)
                violate(boot, "an ordinary boot, and something of the old system is left");
        if (asked && world->now.has_request)
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
        if (progress->phase >= PHASE_VERIFIED && !is_built(boot->scenario, world))
                violate(boot, "volumes are said to be verified, and are not");
        if (progress->phase == PHASE_DONE && world->now.has_request && progress->origin != ORIGIN_FIRST_BOOT)
                violate(boot, "the reset is said to be over, and its request is there");
}

/* -- the progress store ---------------------------------------------------------------------------------------------------------
 */

static int write_slot(struct boot *boot, enum fault_kind kind)
{
        uint8_t encoded[PROGRESS_ENCODED_SIZE];
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
        progress_encode(&boot->progress, key, encoded);
        int r = store_write_slot(boot, next, encoded, kind);
        if (r < 0 || kind == FAULT_CUT_WITHIN)
                return r;
        check_commit(boot, &boot->progress);
        boot->sequence = boot->progress.sequence;
        boot->slot = next;
        boot->is_written_down = progress_is_under_way(&boot->progress);
        return 0;
}

int commit(struct boot *boot)
{
        if (!course_commit_is_worth_it(&boot->course, store_room(boot)))
                return 0;
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

/* All entries are written at once; here one after the other. */
static bool is_replaced_later(const struct boot *boot, uint32_t number)
{
        for (size_t d = 0; d < boot->scenario->policy.partition_count; d++)
                if (boot->plan.entries[d].number == number)
                        return true;
        return false;
}

/* The slot is the plan's; whoever has it until now must have been erased. */
static int create_entry(struct boot *boot, const struct plan_step *step)
{
        struct world *world = boot->world;
        const struct partition_definition *definition = &boot->scenario->policy.partitions[step->definition];
        const uint32_t number = boot->plan.entries[step->definition].number;
        size_t at = 0;

        while (at < world->part_count && !(world->parts[at].exists && world->parts[at].facts.number == number))
                at++;
        if (at < world->part_count && (!world->parts[at].may_change || world->parts[at].content == PART_OLD))
                violate(boot, "a new partition takes the slot of one that is not erased");
        if (at < world->part_count)
                world->parts[at].exists = false;
        for (at = 0; at < world->part_count && world->parts[at].exists;)
                at++;
        if (at == WORLD_PARTS_MAX)
                return -1;
        for (size_t i = 0; i < world->part_count; i++)
                if (world->parts[i].exists && world->parts[i].facts.start_bytes < step->start_bytes + step->size_bytes &&
                    step->start_bytes < world->parts[i].facts.start_bytes + world->parts[i].facts.size_bytes &&
                    !is_replaced_later(boot, world->parts[i].facts.number))
                        violate(boot, "a new partition lies on another one");
        if (at == world->part_count)
                world->part_count++;
        struct world_part *part = &world->parts[at];
        *part = (struct world_part){ .exists = true, .content = PART_EMPTY, .may_change = true };
        part->facts.number = number;
        part->facts.type = definition->type;
        part->facts.uuid.bytes[0] = (uint8_t)(at + 1);
        part->facts.uuid.bytes[1] = (uint8_t)++world->ids_made;
        memcpy(part->facts.name, boot->plan.entries[step->definition].name, sizeof(part->facts.name));
        part->facts.start_bytes = step->start_bytes;
        part->facts.size_bytes = step->size_bytes;
        boot->new_part[step->definition] = at;
        return 0;
}

/* Behind it there must be nothing: neither what stays nor what is there already of what is new, and no data of before where the
 * policy has it erased. */
static int grow_entry(struct boot *boot, const struct plan_step *step)
{
        struct world *world = boot->world;
        struct world_part *part = &world->parts[boot->part_of[step->partition]];
        const uint64_t end = part->facts.start_bytes + part->facts.size_bytes;

        if (part->may_change || !part->exists)
                violate(boot, "something grows that does not stay");
        if (step->start_bytes != part->facts.start_bytes || step->size_bytes <= part->facts.size_bytes)
                violate(boot, "what stays is moved or shrinks");
        if (boot->scenario->asked && world->gaps_hold_data)
                violate(boot, "something grows over data that is not erased");
        for (size_t i = 0; i < world->part_count; i++)
                if (world->parts[i].exists && &world->parts[i] != part &&
                    world->parts[i].facts.start_bytes < step->start_bytes + step->size_bytes &&
                    end < world->parts[i].facts.start_bytes + world->parts[i].facts.size_bytes &&
                    !is_replaced_later(boot, world->parts[i].facts.number))
                        violate(boot, "something grows over another partition");
        part->facts.size_bytes = step->size_bytes;
        if (boot->mutant == MUTANT_GROWS_BY_HALF)
                part->facts.size_bytes -= (step->start_bytes + step->size_bytes - end) / 2;
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
                course_awaits_nothing(course);
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
        int r = commit(boot);
        if (r < 0) {
                course_awaits_nothing(course);
                world->firmware_has_request = false;
                return r;
        }
        return 1;
}

/* A disk that is erased as a whole. */
static void erase_disk(struct boot *boot, const struct plan_step *step)
{
        struct world_disk *disk = &boot->world->disks[boot->plan.disks.chosen[step->additional_disk - 1].disk];

        if (boot->inventory.disks[boot->plan.disks.chosen[step->additional_disk - 1].disk].is_done)
                return;
        if (any_old_keys(boot->world))
                violate(boot, "contents go before all keys are gone");
        disk->has_data = false;
        course_disk_erased(&boot->course, step->additional_disk);
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
        if (strcmp(world->record, "complete") == 0 && (!clean || !is_built(boot->scenario, world) || !cleared))
                violate(boot, "a record says complete, and it is not");
        return 0;
}

int retire(struct boot *boot)
{
        struct world *world = boot->world;

        if (world->now.has_request &&
            (!is_built(boot->scenario, world) || !world->record || strcmp(world->record, "failed") == 0))
                violate(boot, "the request is retired before everything is done");
        int r = boot->progress.origin != ORIGIN_FIRST_BOOT ? store_retire_request(boot) : 0;
        if (r < 0)
                return r;
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
                world->disks[boot->plan.disks.chosen[step->additional_disk - 1].disk].has_keys = false;
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
        case STEP_GROW_ENTRY:
                return grow_entry(boot, step);
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

int step(struct boot *boot)
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
        if (boot->is_hidden)
                violate(boot, "something is done on top of what is hidden");
        if (step_traits(step->kind)->act != STEP_COMMITS && boot->scenario->asked && store_holds_nothing(boot->scenario->store))
                violate(boot, "something is done where no start behind it could know");
        int r = skipped ? 0 : do_step(boot, step);
        boot->cut |= kind == FAULT_CUT_AFTER;
        return r;
}
