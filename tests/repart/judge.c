/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What ours makes of a case, as JSON: `judge ROOT DISK first|reset`. It reads the definitions below ROOT, takes stock of the disk
 * in the file DISK, decides, and has the guard look at it, each by the very function that the initrd and `cleanslate plan` call.
 * The running system's are the first ESP, the first root and the first root-verity by the numbers of the table. */
#include "common/base/json-write.h"
#include "common/base/partition-type.h"
#include "common/plan/plan-guard.h"
#include "linux/base/cleanup.h"
#include "linux/disk/inventory.h"
#include "linux/image/policy-files.h"
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

static void write_guid(struct writer *json, const char *key, const struct guid *guid)
{
        char text[GUID_TEXT_SIZE];
        guid_format(guid, text);
        json_member_text(json, key, text);
}

static const struct plan_step *step_on(enum step_kind kind, size_t p)
{
        for (size_t i = 0; i < plan.step_count; i++)
                if (plan.steps[i].kind == kind && plan.steps[i].partition == (int)p)
                        return &plan.steps[i];
        return NULL;
}

static const struct plan_step *creation_of(size_t d)
{
        for (size_t i = 0; i < plan.step_count; i++)
                if (plan.steps[i].kind == STEP_CREATE_ENTRY && plan.steps[i].definition == (int)d)
                        return &plan.steps[i];
        return NULL;
}

static void write_partition(struct writer *json, size_t p)
{
        const struct inventory_partition *partition = &inventory.partitions[p];
        const struct plan_step *erased = step_on(STEP_ERASE, p);
        json_open(json, '{');
        json_member_number(json, "slot", partition->number);
        json_member_text(json, "fate", partition_fate_name(plan.fates[p]));
        json_member_flag(json, "erased", erased);
        json_member_text(json, "why", erased ? step_why_text(erased->why) : NULL);
        json_close(json, '}');
}

static void write_place(struct writer *json, uint64_t start_bytes, uint64_t size_bytes)
{
        json_member_number(json, "startBytes", start_bytes);
        json_member_number(json, "sizeBytes", size_bytes);
}

/* The plan says of a definition what it builds. The rest is as it is; of a refused plan, everything. */
static void write_definition(struct writer *json, size_t d)
{
        const struct partition_definition *definition = &policy.partitions[d];
        const struct plan_step *created = creation_of(d);
        int p = plan_find_partition(&policy, &inventory, d);
        const struct inventory_partition *own = p >= 0 ? &inventory.partitions[p] : NULL;
        json_open(json, '{');
        json_member_text(json, "definition", definition->file);
        json_member_text(json, "state", created ? (own ? "rebuilt" : "created") : own ? "stays" : "absent");
        if (own)
                json_member_number(json, "ofSlot", own->number);
        if (created)
                json_member_number(json, "slot", plan.entries[d].number);
        else if (own)
                json_member_number(json, "slot", own->number);
        if (created)
                write_place(json, created->start_bytes, created->size_bytes);
        else if (own)
                write_place(json, own->start_bytes, own->size_bytes);
        write_guid(json, "type", &definition->type);
        json_member_text(json, "label", created ? plan.entries[d].name : own ? own->name : definition->label);
        if (created && definition->has_uuid)
                write_guid(json, "uuid", &definition->uuid);
        else if (own && !created)
                write_guid(json, "uuid", &own->uuid);
        json_member_number(json, "flags", created || !own ? definition->flags : own->attributes);
        json_close(json, '}');
}

static void write_what_becomes(struct writer *json)
{
        json_member_open(json, "partitions", '[');
        for (size_t p = 0; p < inventory.partition_count; p++)
                write_partition(json, p);
        json_close(json, ']');
        json_member_open(json, "definitions", '[');
        for (size_t d = 0; d < policy.partition_count; d++)
                write_definition(json, d);
        json_close(json, ']');
}

/* An ordinary boot, as the initrd has it: what is not there is made if nothing of it is, otherwise nothing is done. */
static bool decide_first(struct writer *json)
{
        bool incomplete = false;
        if (plan_is_first_boot(&policy, &inventory, &incomplete))
                plan_build(NULL, &policy, &inventory, &plan);
        else if (incomplete)
                refuse(json, "Some of the definitions have their partitions, and some have not.");
        return !incomplete;
}

static void decide(struct writer *json, bool reset)
{
        static const struct request request;
        if (reset)
                plan_build(&request, &policy, &inventory, &plan);
        else if (!decide_first(json))
                return;
        const char *violation = plan.step_count > 0 ? plan_guard(&plan, reset ? &request : NULL, &policy, &inventory) : NULL;
        json_member_text(json, "guard", violation);
        json_member_flag(json, "accepted", plan.refusal_count == 0 && !violation);
        write_refusals(json);
        write_what_becomes(json);
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
        if (policy_files_read(root_fd, &policy, &error) < 0) {
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
