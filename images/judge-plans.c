/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "images/judge-plans.h"

#include "common/plan/plan-after.h"
#include "common/plan/plan-guard.h"
#include "images/definition-where.h"

/* -- whose fault a refusal is ---------------------------------------------------------------------------------------------- */

/* One device, and the boot of it that is asked about. */
struct asking {
        int root_fd;
        const struct policy *policy;
        const struct inventory *inventory;
        const struct plan *plan;
        struct problems *problems;
        const char *device, *boot; /* in words */
        bool *told;                /* by refusal */
};

static bool encrypts_with_key_file(const struct asking *asking, const struct partition_definition *definition)
{
        (void)asking;
        return definition->encrypt == ENCRYPT_KEY_FILE || definition->encrypt == ENCRYPT_KEY_FILE_TPM2;
}

static bool copies_into_nothing(const struct asking *asking, const struct partition_definition *definition)
{
        (void)asking;
        return definition->copy_count + definition->directory_count + definition->link_count > 0 &&
               !definition_has_tree(definition);
}

static bool cannot_be_built(const struct asking *asking, const struct partition_definition *definition)
{
        (void)asking;
        return definition->cannot_build;
}

static bool has_a_partition_of_the_image(const struct asking *asking, const struct partition_definition *definition)
{
        int p = plan_find_partition(asking->policy, asking->inventory, (size_t)(definition - asking->policy->partitions));
        return definition->factory_reset && p >= 0 && asking->inventory->partitions[p].role != ROLE_OTHER;
}

/* Of what asks for too much room, whatever asks for most. */
static bool is_largest(const struct asking *asking, const struct partition_definition *definition)
{
        for (size_t d = 0; d < asking->policy->partition_count; d++) {
                const struct partition_definition *other = &asking->policy->partitions[d];
                if (other->size_min_bytes > definition->size_min_bytes ||
                    (other->size_min_bytes == definition->size_min_bytes && other < definition))
                        return false;
        }
        return true;
}

/* Definitions, or with NULL a setting. A refusal may have several causes. */
static const struct cause {
        enum refusal refusal;
        bool (*is_cause)(const struct asking *asking, const struct partition_definition *definition);
        const char *key;
} causes[] = {
        { REFUSE_NO_SPACE, is_largest, "SizeMinBytes" },
        { REFUSE_CANNOT_BUILD, cannot_be_built, "Type" },
        { REFUSE_CANNOT_BUILD, copies_into_nothing, "CopyFiles" },
        { REFUSE_UNSUPPORTED_ENCRYPT, encrypts_with_key_file, "Encrypt" },
        { REFUSE_MARKED_NOT_ERASED, has_a_partition_of_the_image, "FactoryReset" },
        { REFUSE_NO_TPM, NULL, "tpm-clear" },
        { REFUSE_LEVEL, NULL, "erase-level" },
        { REFUSE_LOOKALIKE, NULL, "look-alikes" },
        { REFUSE_HOOKS_NESTED, NULL, "after-rebuild" },
        { REFUSE_UNDECLARED, NULL, "undeclared-partitions" },
};

static void tell_at(const struct asking *asking, size_t index, const char *where)
{
        char text[PROBLEM_MAX / 2];
        struct writer words = writer_over(text, sizeof(text));
        plan_refusal_format(asking->plan, asking->policy, asking->inventory, index, &words);
        problem_add(asking->problems, "%s: %s of a device %s would be refused: %s", where, asking->boot, asking->device, text);
}

/* How many definitions were named. */
static unsigned tell_definitions(const struct asking *asking, size_t index, const struct cause *cause)
{
        char where[WHERE_MAX];
        unsigned named = 0;
        for (size_t d = 0; d < asking->policy->partition_count; d++) {
                const struct partition_definition *definition = &asking->policy->partitions[d];
                if (!cause->is_cause(asking, definition))
                        continue;
                definition_where(asking->root_fd, asking->policy->form, definition->file, cause->key, where);
                tell_at(asking, index, where);
                named++;
        }
        return named;
}

static void tell_refusal(const struct asking *asking, size_t index)
{
        char where[WHERE_MAX] = "repart.d";
        unsigned named = 0;
        for (size_t i = 0; i < ARRAY_SIZE(causes); i++) {
                if (causes[i].refusal != asking->plan->refusals[index])
                        continue;
                if (causes[i].is_cause)
                        named += tell_definitions(asking, index, &causes[i]);
                else
                        setting_where(asking->root_fd, causes[i].key, where);
        }
        if (named == 0)
                tell_at(asking, index, where);
}

/* Told elsewhere, with the definition it is about. */
static bool is_told_elsewhere(enum refusal refusal)
{
        return refusal == REFUSE_KEPT_SEALED;
}

static bool ask(struct asking *asking, const struct request *request, const char *boot, struct plan *plan)
{
        plan_build(request, asking->policy, asking->inventory, plan);
        asking->plan = plan;
        asking->boot = boot;
        for (size_t i = 0; i < plan->refusal_count; i++) {
                if (!asking->told[plan->refusals[i]] && !is_told_elsewhere(plan->refusals[i]))
                        tell_refusal(asking, i);
                asking->told[plan->refusals[i]] = true;
        }
        const char *broken = plan_guard(plan, request, asking->policy, asking->inventory);
        if (broken)
                problem_add(asking->problems,
                            "%s of a device %s: the plan contradicts itself (%s). This is a defect of Cleanslate.", boot,
                            asking->device, broken);
        return plan->refusal_count == 0 && !broken;
}

/* -- the life of a device -------------------------------------------------------------------------------------------------- */

/* What is not there after the first boot keeps an ordinary one from starting, unless it was left out for want of room, or is part
 * of another one's partition. */
static void ask_ordinary_boot(const struct asking *asking)
{
        for (size_t d = 0; d < asking->policy->partition_count; d++) {
                const struct partition_definition *definition = &asking->policy->partitions[d];
                if (definition->format[0] == '\0' || definition->priority > 0 || asking->plan->merged >> d & 1 ||
                    plan_find_partition(asking->policy, asking->inventory, d) >= 0)
                        continue;
                problem_add(asking->problems,
                            "%s: its partition is not on a device %s after the first boot, so that it would never start.",
                            definition->file, asking->device);
        }
}

static void ask_life(struct asking *asking, const struct inventory *delivered, struct plan *ret_first)
{
        static const struct request request;
        static struct inventory lived, next; /* large */
        static struct plan plan;
        asking->inventory = delivered;
        if (ask(asking, NULL, "the first boot", ret_first)) {
                plan_after(ret_first, asking->policy, delivered, &lived);
                asking->inventory = &lived;
                ask_ordinary_boot(asking);
                if (ask(asking, &request, "the reset", &plan)) {
                        plan_after(&plan, asking->policy, &lived, &next);
                        asking->inventory = &next;
                        (void)ask(asking, &request, "the second reset", &plan);
                }
        }
        asking->inventory = delivered;
        (void)ask(asking, &request, "a reset before the first boot", &plan);
}

void judge_plans(int root_fd, const struct policy *policy, const struct inventory *inventory, struct problems *problems,
                 struct plan *ret_first)
{
        static struct policy judged; /* large, all of them */
        static struct inventory delivered;
        static struct plan first;
        bool told[REFUSE_COUNT] = { false };
        struct asking asking = { .root_fd = root_fd, .policy = &judged, .problems = problems, .told = told };
        judged = *policy;
        judged.settings.disk_count = 0;
        delivered = *inventory;
        delivered.efi_variables = delivered.signed_policy = true;
        for (int without = 0; without <= (policy->settings.without_tpm == WITHOUT_TPM_PLAIN); without++) {
                delivered.tpm = (struct tpm_facts){ .present = !without };
                asking.device = without ? "without a TPM" : "with a TPM";
                ask_life(&asking, &delivered, &first);
                if (!without && ret_first)
                        *ret_first = first;
        }
}
