/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision. One draft is filled in order: match partitions to definitions (plan-match.c), say what becomes of each
 * (plan-mark.c), judge what forbids it (plan-judge.c), lay out what is built (plan-area.c); only an unrefused draft gets steps.
 * What a plan says is plan-text.c's. */
#include "common/base/memory.h"
#include "common/plan/plan-draft.h"

/* Three steps for each partition, a gap around each and around entries and boot loader, five steps for each definition, two for
 * each disk, and what is there once. */
_Static_assert(3 * INVENTORY_PARTITIONS_MAX + LAYOUT_TAKEN_MAX + 1 + 5 * POLICY_PARTITIONS_MAX + 2 * INVENTORY_DISKS_MAX + 16 <=
                       PLAN_STEPS_MAX,
               "every plan has room for its steps");
_Static_assert(REFUSE_COUNT <= PLAN_REFUSALS_MAX, "every refusal has its place");

static bool is_refused(const struct plan *plan, enum refusal refusal)
{
        for (size_t i = 0; i < plan->refusal_count; i++)
                if (plan->refusals[i] == refusal)
                        return true;
        return false;
}

void plan_refuse(struct plan_draft *draft, enum refusal refusal)
{
        struct plan *plan = draft->plan;

        if (!is_refused(plan, refusal))
                plan->refusals[plan->refusal_count++] = refusal;
}

/* A request may ask for more than the policy, never for less. The policy's order: required, try, skip; 0 is unset. */
static enum tpm_clear_policy stricter_clear(enum tpm_clear_policy policy, enum tpm_clear_policy requested)
{
        if (policy == TPM_CLEAR_UNSET)
                policy = TPM_CLEAR_REQUIRED;
        return requested != TPM_CLEAR_UNSET && requested < policy ? requested : policy;
}

bool plan_clears_tpm(const struct plan_draft *draft)
{
        const struct plan *plan = draft->plan;

        if (plan->begun_as_first_boot || plan->tpm_clear == TPM_CLEAR_SKIP)
                return false;
        return draft->inventory->tpm.present || plan->tpm_clear == TPM_CLEAR_REQUIRED;
}

static bool is_encrypted(const struct plan_draft *draft, size_t definition)
{
        return draft->policy->partitions[definition].encrypt != ENCRYPT_OFF && draft->inventory->tpm.present;
}

void plan_add(struct plan_draft *draft, struct plan_step step)
{
        struct plan *plan = draft->plan;

        if (plan->step_count == PLAN_STEPS_MAX) /* never, see above */
                plan_refuse(draft, REFUSE_PARTITION_TABLE);
        else
                plan->steps[plan->step_count++] = step;
}

void plan_add_plain(struct plan_draft *draft, enum step_kind kind)
{
        plan_add(draft, (struct plan_step){ .kind = kind, .partition = -1, .definition = -1, .why = WHY_ALWAYS });
}

static void add_new(struct plan_draft *draft, enum step_kind kind, size_t definition)
{
        bool rebuild = draft->matches.partition_of[definition] >= 0;

        plan_add(draft, (struct plan_step){
                                .kind = kind,
                                .partition = -1,
                                .definition = (int)definition,
                                .start_bytes = draft->areas[definition].start_bytes,
                                .size_bytes = draft->areas[definition].size_bytes,
                                .why = rebuild ? WHY_REBUILD : WHY_ABSENT,
                        });
}

static void add_growth(struct plan_draft *draft, size_t definition)
{
        plan_add(draft, (struct plan_step){
                                .kind = STEP_GROW_ENTRY,
                                .partition = draft->matches.partition_of[definition],
                                .definition = (int)definition,
                                .start_bytes = draft->areas[definition].start_bytes,
                                .size_bytes = draft->areas[definition].size_bytes,
                                .why = WHY_ROOM,
                        });
}

static void add_entries(struct plan_draft *draft)
{
        for (size_t d = 0; d < draft->matches.definition_count; d++)
                if (draft->grow[d])
                        add_growth(draft, d);
        for (size_t d = 0; d < draft->matches.definition_count; d++)
                if (draft->build[d])
                        add_new(draft, STEP_CREATE_ENTRY, d);
}

static void add_volumes(struct plan_draft *draft)
{
        const struct partition_definition *definitions = draft->policy->partitions;
        size_t count = draft->matches.definition_count;

        for (size_t d = 0; d < count; d++) {
                if (draft->build[d] && is_encrypted(draft, d))
                        add_new(draft, STEP_ENCRYPT, d);
                if (draft->build[d] && definitions[d].format[0] != '\0')
                        add_new(draft, STEP_MAKE_FILE_SYSTEM, d);
                if (draft->build[d] && definition_has_tree(&definitions[d]))
                        add_new(draft, STEP_COPY_TREE, d);
        }
        for (size_t d = 0; d < count; d++)
                if (draft->build[d] && definition_has_tree(&definitions[d]))
                        add_new(draft, STEP_VERIFY_TREE, d);
}

static void add_building(struct plan_draft *draft)
{
        add_entries(draft);
        add_volumes(draft);
        if (draft->policy->settings.hooks_after_rebuild)
                plan_add_plain(draft, STEP_RUN_HOOKS);
}

/* The table last: what it has no entry for is not there. */
static void add_addition(struct plan_draft *draft)
{
        add_volumes(draft);
        add_entries(draft);
}

static void add_steps(struct plan_draft *draft)
{
        plan_add_plain(draft, STEP_COMMIT_PROGRESS);
        plan_add_old(draft, STEP_DESTROY_KEYS);
        plan_add_disks(draft, STEP_DESTROY_DISK_KEYS);
        if (plan_clears_tpm(draft))
                plan_add_plain(draft, STEP_CLEAR_TPM);
        plan_add_old(draft, STEP_ERASE);
        plan_add_unallocated(draft);
        plan_add_disks(draft, STEP_ERASE_DISK);
        if (!draft->plan->first_boot) {
                plan_add_plain(draft, STEP_CLEAN_ESP);
                plan_add_plain(draft, STEP_CLEAN_VARIABLES);
                plan_add_plain(draft, STEP_CLEAN_TABLE);
        }
        plan_add_old(draft, STEP_DELETE_ENTRY);
        if (draft->plan->first_boot || plan_finds_nothing(draft->policy, draft->inventory))
                plan_add_plain(draft, STEP_NAME_DISK);
        add_building(draft);
        plan_add_plain(draft, STEP_WRITE_RECORD);
        plan_add_plain(draft, STEP_RETIRE_REQUEST);
}

const struct partition_definition *plan_builds_integrity(const struct plan *plan, const struct policy *policy)
{
        for (size_t i = 0; i < plan->step_count; i++) {
                const struct plan_step *step = &plan->steps[i];

                if (step->kind == STEP_ENCRYPT && policy->partitions[step->definition].integrity != INTEGRITY_OFF)
                        return &policy->partitions[step->definition];
        }
        return NULL;
}

const struct plan_step *plan_find_step(const struct plan *plan, enum step_kind kind, size_t definition)
{
        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].kind == kind && plan->steps[i].definition == (int)definition)
                        return &plan->steps[i];
        return NULL;
}

bool plan_verifies(const struct plan *plan, size_t definition)
{
        return plan_find_step(plan, STEP_VERIFY_TREE, definition) != NULL;
}

/* What remains once it is known what becomes of each partition. */
static void finish(struct plan_draft *draft, void (*add)(struct plan_draft *draft))
{
        struct plan *plan = draft->plan;

        plan_judge(draft);
        if (!is_refused(plan, REFUSE_PARTITION_TABLE)) /* places on it mean nothing then */
                plan_lay_out(draft);
        plan_choose_slots(draft);
        if (plan->refusal_count == 0)
                add(draft);
        if (plan->refusal_count > 0)
                plan->step_count = 0;
}

void plan_build(const struct request *request, const struct policy *policy, const struct inventory *inventory, struct plan *ret)
{
        struct plan_draft draft = {
                .policy = policy, .inventory = inventory, .plan = ret, .level = policy->settings.erase_level
        };

        memset(ret, 0, sizeof(*ret));
        plan_match(policy, inventory, &draft.matches);
        ret->begun_as_first_boot = !request && !inventory->built_before;
        ret->tpm_clear = stricter_clear(policy->settings.tpm_clear, request ? request->tpm_clear : TPM_CLEAR_UNSET);
        if (request && request->level > draft.level)
                draft.level = request->level;
        ret->level = draft.level;

        ret->disks.refused_definition = ret->disks.refused_disk = -1;
        if (!ret->begun_as_first_boot)
                disk_choose(&policy->settings, inventory, request ? request->level : ERASE_LEVEL_UNSET, &ret->disks);
        if (plan_clears_tpm(&draft))
                ret->tpm_way = tpm_clear_way_choose(&inventory->tpm);
        plan_mark(&draft);
        ret->first_boot = ret->begun_as_first_boot && !plan_marks_something(&draft);
        plan_name_spared(&draft);
        finish(&draft, add_steps);
}

void plan_build_addition(const struct policy *policy, const struct inventory *inventory, struct plan *ret)
{
        struct plan_draft draft = { .policy = policy, .inventory = inventory, .plan = ret };

        memset(ret, 0, sizeof(*ret));
        plan_match(policy, inventory, &draft.matches);
        ret->is_addition = true;
        ret->tpm_clear = TPM_CLEAR_SKIP;
        ret->disks.refused_definition = ret->disks.refused_disk = -1;
        plan_mark(&draft);
        if (plan_builds_something(&draft))
                finish(&draft, add_addition);
}
