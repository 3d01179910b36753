/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What ours makes of a case, as JSON: `judge ROOT DISK first|reset`. It reads the definitions below ROOT, takes stock of the disk
 * in the file DISK, decides, and has the guard look at it, each by the very function that the initrd and `cleanslate plan` call.
 * The running system's are the first ESP, the first root and the first root-verity by the numbers of the table. */
#include "common/base/json-write.h"
#include "common/base/partition-type.h"
#include "common/plan/plan-guard.h"
#include "common/show/plan-outcome.h"
#include "linux/base/cleanup.h"
#include "linux/disk/inventory.h"
#include "linux/image/policy-files.h"
#include "tests/repart/life.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define OUTPUT_MAX (1u << 20)

static struct policy policy;
static struct inventory inventory;
static struct plan plan;

static _Noreturn void give_up(const char *what, int r)
{
        (void)fprintf(stderr, "judge: %s: %s\n", what, strerror(-r));
        exit(2);
}

static const struct inventory_partition *first_of(const char *type)
{
        const struct inventory_partition *first = NULL;
        struct guid guid;
        if (!partition_type_parse(type, strlen(type), &guid))
                return NULL;
        for (size_t p = 0; p < inventory.partition_count; p++) {
                const struct inventory_partition *partition = &inventory.partitions[p];
                if (guid_equal(&partition->type, &guid) && (!first || partition->number < first->number))
                        first = partition;
        }
        return first;
}

static void take_stock(const char *disk_path)
{
        static const char *const image_types[] = { "root-x86-64", "root-x86-64-verity" };
        inventory.efi_variables = inventory.signed_policy = inventory.tpm.present = true;
        int r = inventory_read_disk(disk_path, NULL, &inventory);
        if (r < 0)
                give_up(disk_path, r);
        for (size_t i = 0; i < sizeof(image_types) / sizeof(image_types[0]); i++) {
                const struct inventory_partition *partition = first_of(image_types[i]);
                if (partition)
                        inventory_mark_image(&inventory, &partition->uuid);
        }
        const struct inventory_partition *esp = first_of("esp");
        if (!esp)
                return;
        struct guid esp_uuid = esp->uuid;
        r = inventory_read_disk(disk_path, &esp_uuid, &inventory);
        if (r < 0)
                give_up(disk_path, r);
}

static void refuse(struct writer *json, const char *text)
{
        json_member_flag(json, "accepted", false);
        json_member_open(json, "says", '[');
        json_text(json, text);
        json_close(json, ']');
}

static void write_refusals(struct writer *json)
{
        json_member_open(json, "says", '[');
        for (size_t i = 0; i < plan.refusal_count; i++) {
                char text[2048];
                struct writer words = writer_over(text, sizeof(text));
                plan_refusal_format(&plan, &policy, &inventory, i, &words);
                json_text(json, text);
        }
        json_close(json, ']');
        json_member_open(json, "refusals", '[');
        for (size_t i = 0; i < plan.refusal_count; i++)
                json_text(json, refusal_name(plan.refusals[i]));
        json_close(json, ']');
}

/* An ordinary boot, as the initrd has it: of a device fresh from the factory, or of one that was built by an image without the
 * definitions that have no partition. Returns what is wrong with the plan. */
static const char *decide_first(void)
{
        inventory.built_before = inventory.has_known = !plan_finds_nothing(&policy, &inventory);
        inventory.known = ~plan_absent(&policy, &inventory);
        switch (plan_boot_start(&policy, &inventory)) {
        case START_FIRST_BOOT:
                plan_build(NULL, &policy, &inventory, &plan);
                return plan.step_count > 0 ? plan_guard(&plan, NULL, &policy, &inventory) : NULL;
        case START_ADDITION:
                plan_build_addition(&policy, &inventory, &plan);
                return plan_guard_addition(&plan, &policy, &inventory);
        default:
                return NULL;
        }
}

static const char *decide_reset(void)
{
        static const struct request request;
        plan_build(&request, &policy, &inventory, &plan);
        return plan.step_count > 0 ? plan_guard(&plan, &request, &policy, &inventory) : NULL;
}

static void decide(struct writer *json, bool reset)
{
        const char *violation = reset ? decide_reset() : decide_first();
        if (!violation && plan.refusal_count == 0)
                violation = life_judge(&plan, &policy, &inventory);
        json_member_text(json, "guard", violation);
        json_member_flag(json, "accepted", plan.refusal_count == 0 && !violation);
        write_refusals(json);
        plan_outcome_json(json, &plan, &policy, &inventory);
}

int main(int argc, char **argv)
{
        static char output[OUTPUT_MAX];
        struct writer json = writer_over(output, sizeof(output));
        struct policy_error error;
        bool reset = argc == 4 && strcmp(argv[3], "reset") == 0;
        if (argc != 4 || (!reset && strcmp(argv[3], "first") != 0)) {
                (void)fprintf(stderr, "usage: judge ROOT DISK first|reset\n");
                return 2;
        }
        _cleanup_close_ int root_fd = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (root_fd < 0)
                give_up(argv[1], -errno);
        json_open(&json, '{');
        take_stock(argv[2]);
        if (policy_files_read(root_fd, IMAGE_ROOT, &policy, &error) < 0) {
                char text[512];
                policy_error_format(&error, text, sizeof(text));
                refuse(&json, text);
        } else {
                decide(&json, reset);
        }
        json_close(&json, '}');
        if (json.overflow || puts(output) < 0)
                return 2;
        return 0;
}
