/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The imagined machine from power-on to power-off. A boot is the stub's part (what the slots are worth, which mode), then the
 * initrd's: the course, act by act. */
#include "common/boot/device-secret.h"
#include "tests/unit/course-store.h"
#include "tests/unit/plan-invariants.h"
#include <errno.h>

#define BOOTS_MAX       80 /* until a machine without further faults has to have come to an end */
#define OPERATION_CLEAR 5

static const char *const no_reason = "the page is shown without a reason";

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
                if (world->now.slot_sizes[i] > 0)
                        slots[i] = (struct progress_slot){ world->now.slots[i], world->now.slot_sizes[i] };
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
                                    .boots_max = scenario->policy.settings.boots_max,
                                    .boot_count = { world->boots_failed, BOOT_REACHED_INIT } };

        store_start(boot);
        facts.request = world->now.has_request ? REQUEST_DUE : REQUEST_ABSENT;
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
        facts.standing = progress_judge(&boot->progress, &boot->keys, world->now.has_request ? request_digest() : NULL, false);
        if (boot->mutant == MUTANT_STUB_BELIEVES_IT_IS_OVER && facts.standing == PROGRESS_UNDER_WAY)
                facts.standing = PROGRESS_OVER;
        if (facts.standing == PROGRESS_UNPROVEN)
                progress_disbelieve(&facts.progress);
        if (boot->mutant == MUTANT_STUB_IGNORES_THE_REQUEST)
                facts.request = REQUEST_FOREIGN;
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
                                      .request_digest = world->now.has_request ? request_digest() : NULL,
                                      .failures_max = facts.failures_max };
        boot->handover = (struct handover){ .request = facts.request, .progress = facts.standing };
        if (mode == MODE_RESET)
                store_tidy(boot);
        ret->finished = ret->resuming && boot->progress.phase == PHASE_RECORDED;
        if (ret->interrupted && !ret->resuming)
                progress_disbelieve(&boot->progress);
        else if (!ret->interrupted && progress_is_under_way(&boot->progress))
                memset(&boot->progress, 0, sizeof(boot->progress));
        return mode;
}

/* As initrd/main.c asks, before anything is begun. */
static bool is_hidden(struct boot *boot)
{
        boot->is_hidden =
                handover_unseen(&boot->handover, store_shows_progress(boot), store_shows_request(boot)) != UNSEEN_NOTHING;
        return boot->is_hidden && boot->mutant != MUTANT_IGNORES_WHAT_IS_HIDDEN;
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

/* Nothing is built of the second definition, and nobody says so. */
static void forget_volume(struct plan *plan)
{
        size_t kept = 0;

        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].definition != 1 || plan->steps[i].partition >= 0)
                        plan->steps[kept++] = plan->steps[i];
        plan->step_count = kept;
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
                                        .request_digest = world->now.has_request ? request_digest() : NULL,
                                        .tpm = &boot->tpm };

        boot->cut = kind == FAULT_CUT_BEFORE || kind == FAULT_CUT_WITHIN || kind == FAULT_CUT_AFTER;
        if (boot->cut || kind == FAULT_ERROR || (!course->facts.resuming && !store_permits_reset(boot))) {
                course_tell(course, COURSE_FAILED, "the checks failed");
                return;
        }
        take_stock(boot);
        tpm_now(world, &boot->tpm);
        boot->last_phase = PHASE_IDLE; /* all of the plan is gone through again */
        boot->inventory.half_made = course_half_made(course, &scenario->policy, &boot->inventory);
        boot->inventory.half_made_unknown = course->facts.interrupted && boot->inventory.half_made == 0;
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
        if (boot->mutant == MUTANT_FORGETS_A_VOLUME)
                forget_volume(&boot->plan);
        checks.plan_digest[0] = (uint8_t)boot->plan.step_count;
        checks.fresh_id.bytes[0] = (uint8_t)++world->ids_made;
        checks.fresh_id.bytes[1] = (uint8_t)(world->ids_made >> 8);
        if (!course->facts.resuming)
                world->generation_before = world->destroyed ? world->generation_before : world->tpm_generation;
        course_checked(course, &checks);
}

/* As initrd/reset.c has it. */
static enum course_outcome outcome_of(const struct boot *boot, enum course_act act, int r)
{
        if (r == -ENOSPC && boot->progress.phase > PHASE_STARTED)
                return COURSE_NO_ROOM;
        return r < 0 && act == COURSE_COMMIT ? COURSE_REJECTED : r < 0 ? COURSE_FAILED : r > 0 ? COURSE_ASKED : COURSE_DONE;
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
                course_tell(course, outcome_of(boot, act, r), "what a step says");
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

/* A volume without the mark of completeness is not mounted (initrd/volume-mark.c). It is looked at where progress can be lost;
 * all others have to come by without it. */
static bool lacks_mark(const struct boot *boot)
{
        bool lacks = false;

        for (size_t i = 0; i < boot->world->part_count; i++)
                lacks |= boot->world->parts[i].exists && boot->world->parts[i].may_change && !boot->world->parts[i].verified &&
                         boot->world->parts[i].content != PART_OLD;
        return (boot->scenario->store == STORE_LATE || boot->scenario->store == STORE_SAYS_IT_LOSES) && lacks;
}

static enum boot_end first_boot_or_system(struct boot *boot, struct course_facts *facts)
{
        take_stock(boot);
        if (plan_boot_start(&boot->scenario->policy, &boot->inventory) != START_FIRST_BOOT) {
                if (lacks_mark(boot))
                        return END_PAGE;
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
                end = is_hidden(&boot) ? END_PAGE : run_course(&boot, &facts);
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
        world->was_cut = boot.cut;
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

/* What the running system of an intact machine finds is what it was. */
static void check_intact(struct boot *boot)
{
        const struct world *world = boot->world, *start = &boot->scenario->start;

        if (world->destroyed || world->part_count != start->part_count ||
            memcmp(world->parts, start->parts, sizeof(world->parts)) != 0 ||
            memcmp(world->disks, start->disks, sizeof(world->disks)) != 0 || world->tpm_generation != start->tpm_generation)
                violate(boot, "a cancelled reset has changed something");
}

enum boot_end world_cancel(const struct scenario *scenario, struct world *world, enum mutant mutant, const char **ret_why)
{
        static struct boot boot;
        struct course_facts facts;
        enum boot_mode mode;

        memset(&boot, 0, sizeof(boot));
        boot.scenario = scenario;
        boot.world = world;
        boot.mutant = mutant;
        if (store_retire_request(&boot) < 0) {
                *ret_why = NULL;
                return END_PAGE; /* the page says so, and is there again */
        }
        world->boots++;
        memset(&boot, 0, sizeof(boot));
        boot.scenario = scenario;
        boot.world = world;
        mode = start(&boot, &facts);
        check_intact(&boot);
        *ret_why = boot.why;
        return mode == MODE_NORMAL ? END_SYSTEM : END_PAGE;
}

void world_start_again(const struct scenario *scenario, struct world *world, const char **ret_why)
{
        static struct world before;
        unsigned acts;

        before = *world;
        world->boots_failed = 0; /* the system has come through */
        enum boot_end end = world_boot(scenario, world, (struct fault){ FAULT_NONE, 0 }, MUTANT_NONE, &acts, ret_why);
        if (!*ret_why && (end != END_SYSTEM || acts > 0 || world->ids_made != before.ids_made ||
                          memcmp(world->parts, before.parts, sizeof(before.parts)) != 0))
                *ret_why = "an ordinary boot behind it is none";
}
