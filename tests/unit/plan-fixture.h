/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reference machine of the tests about plans: ESP, root, verity, config, state on a disk of 4 GiB, each with its own
 * PARTUUID. Header-only; each test program has its own. */
#ifndef CLEANSLATE_TESTS_PLAN_FIXTURE_H
#define CLEANSLATE_TESTS_PLAN_FIXTURE_H

#include "common/base/partition-type.h"
#include "tests/unit/plan-invariants.h"

#define MIB(number) ((uint64_t)(number) << 20)

enum { ESP, ROOT, VERITY, CONFIG, STATE, PARTITIONS };
enum { CONFIG_DEFINITION, STATE_DEFINITION };

static struct policy policy;
static struct inventory inventory;
static struct request request, *asked; /* NULL = nobody asked: an ordinary boot */
static struct plan plan;

static void set_partition(size_t index, const char *type, const char *name, uint64_t start_mib, uint64_t size_mib)
{
        struct inventory_partition *partition = &inventory.partitions[index];

        memset(partition, 0, sizeof(*partition));
        partition->number = (uint32_t)index + 1;
        partition->uuid.bytes[0] = (uint8_t)(index + 1);
        assert_true(partition_type_parse(type, strlen(type), &partition->type));
        (void)strncpy(partition->name, name, sizeof(partition->name) - 1);
        partition->start_bytes = MIB(start_mib);
        partition->size_bytes = MIB(size_mib);
        if (index >= inventory.partition_count)
                inventory.partition_count = index + 1;
}

static void define(const char *file, const char *text)
{
        assert_int_equal(policy_add_partition(&policy, file, text, strlen(text), NULL), ERR_OK);
}

__attribute__((unused)) static void settings(const char *text)
{
        assert_int_equal(policy_read_settings(&policy, "cleanslate.conf", text, strlen(text), NULL), ERR_OK);
}

static int set_up(void **state)
{
        (void)state;
        memset(&inventory, 0, sizeof(inventory));
        memset(&request, 0, sizeof(request));
        asked = &request;
        memset(&plan, 0xaa, sizeof(plan));
        inventory.sector_size = 512;
        inventory.first_usable_bytes = 1024;
        inventory.entries_start_bytes = 1024;
        inventory.entries_size_bytes = 16384;
        inventory.header_first_usable_bytes = 17408;
        inventory.last_usable_bytes = MIB(4095) - 1;
        inventory.efi_variables = inventory.esp_usable = inventory.signed_policy = true;
        inventory.tpm.present = true;
        set_partition(ESP, "esp", "esp", 1, 256);
        inventory.partitions[ESP].role = ROLE_ESP;
        inventory.esp = inventory.partitions[ESP].uuid;
        set_partition(ROOT, "root", "root", 257, 1000);
        inventory.partitions[ROOT].role = ROLE_IMAGE;
        set_partition(VERITY, "root-verity", "root-verity", 1257, 100);
        inventory.partitions[VERITY].role = ROLE_IMAGE;
        set_partition(CONFIG, "config", "config", 1357, 64);
        inventory.partitions[CONFIG].content = CONTENT_LUKS;
        set_partition(STATE, "var", "state", 1421, 2674);
        inventory.partitions[STATE].content = CONTENT_LUKS;

        policy_init(&policy);
        define("10-config.conf", "[Partition]\nType=config\nLabel=config\nFormat=ext4\nFactoryReset=yes\nEncrypt=tpm2\n"
                                 "CopyFiles=/usr/share/factory/etc:/\nMountPoint=/etc\nSizeMinBytes=64M\nSizeMaxBytes=64M\n");
        define("20-state.conf", "[Partition]\nType=var\nLabel=state\nFormat=ext4\nFactoryReset=yes\nEncrypt=tpm2\n"
                                "CopyFiles=/usr/share/factory/var:/\nSizeMinBytes=512M\n");
        return 0;
}

/* Builds, checks every invariant, and returns the canonical text. */
static const char *build(void)
{
        static char text[PLAN_TEXT_MAX];
        struct writer writer = writer_over(text, sizeof(text));
        const char *violation;

        plan_build(asked, &policy, &inventory, &plan);
        violation = plan_violation(&plan, asked, &policy, &inventory);
        if (violation)
                fail_msg("%s", violation);
        plan_format(&plan, &policy, &inventory, &writer);
        assert_false(writer.overflow);
        return text;
}

__attribute__((unused)) static void assert_accepted(void)
{
        (void)build();
        if (plan.refusal_count > 0)
                fail_msg("refused: %s", refusal_name(plan.refusals[0]));
}

/* Refused for this reason alone; what a person reads is returned. */
__attribute__((unused)) static const char *assert_refused_only(enum refusal refusal)
{
        static char text[1024];
        struct writer writer = writer_over(text, sizeof(text));

        (void)build();
        assert_int_equal(plan.refusal_count, 1);
        assert_string_equal(refusal_name(plan.refusals[0]), refusal_name(refusal));
        assert_int_equal(plan.step_count, 0);
        plan_refusal_format(&plan, &policy, &inventory, 0, &writer);
        assert_false(writer.overflow);
        return text;
}

__attribute__((unused)) static bool erases(size_t partition)
{
        return find_step(&plan, STEP_ERASE, (int)partition, -1) >= 0;
}

/* The partitions fill the disk: there are no gaps but where a test makes some. */
__attribute__((unused)) static int set_up_full(void **state)
{
        (void)set_up(state);
        inventory.first_usable_bytes = MIB(1);
        inventory.entries_start_bytes = inventory.entries_size_bytes = inventory.header_first_usable_bytes = 0;
        return 0;
}

/* As the machine leaves the factory: nothing behind the image, and nobody has asked for anything. */
__attribute__((unused)) static void make_first_boot(void)
{
        inventory.partition_count = CONFIG;
        asked = NULL;
}

__attribute__((unused)) static bool is_refused(enum refusal refusal)
{
        (void)build();
        for (size_t i = 0; i < plan.refusal_count; i++)
                if (plan.refusals[i] == refusal)
                        return true;
        return false;
}

__attribute__((unused)) static const struct plan_step *step_of(enum step_kind kind, int partition, int definition)
{
        int index = find_step(&plan, kind, partition, definition);

        if (index < 0)
                fail_msg("no step %s", step_kind_name(kind));
        return &plan.steps[index];
}

__attribute__((unused)) static bool has_step(enum step_kind kind)
{
        return find_step(&plan, kind, -1, -1) >= 0;
}

__attribute__((unused)) static void set_additional_disk(const char *serial, uint64_t size_bytes)
{
        struct inventory_disk *disk = &inventory.disks[inventory.disk_count];

        memset(disk, 0, sizeof(*disk));
        (void)strcpy(disk->path, "/dev/nvme1n1");
        (void)strcpy(disk->media.serial, serial);
        (void)strcpy(disk->media.model, "Model");
        disk->media.bus = MEDIA_NVME;
        disk->media.size_bytes = size_bytes;
        disk->media.techniques = MEDIA_TECHNIQUE_BIT(MEDIA_NVME_SANITIZE_BLOCK);
        disk->hardware = (uint32_t)inventory.disk_count++;
}

#endif
