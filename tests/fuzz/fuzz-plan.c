/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plans from arbitrary machines: the bytes are read as request, policy and inventory, and the invariants of
 * tests/unit/plan-invariants.h must hold of whatever comes out. Numbers are small most of the time, so that plans are not all
 * refused, and wild now and then. */
#include "common/base/partition-type.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/plan-invariants.h"

/* Input that runs dry gives zeros. */
struct source {
        const uint8_t *data;
        size_t size;
};

static uint8_t take(struct source *source)
{
        if (source->size == 0)
                return 0;
        source->size--;
        return *source->data++;
}

static uint64_t take_wild(struct source *source)
{
        uint64_t value = 0;

        for (size_t i = 0; i < sizeof(value); i++)
                value = value << 8 | take(source);
        return value;
}

/* Whole MiB below 64 GiB, unless the first byte is rare. */
static uint64_t take_bytes(struct source *source)
{
        uint8_t first = take(source);

        if (first >= 0xf8)
                return take_wild(source);
        if (first >= 0xf0)
                return (uint64_t)take(source) << 12;
        return ((uint64_t)first << 8 | take(source)) << 20;
}

static struct guid take_type(struct source *source)
{
        return (struct guid){ { 1, (uint8_t)(take(source) % 6) } };
}

static void take_name(struct source *source, char ret[static PARTITION_NAME_MAX])
{
        size_t length = take(source) % 3;

        for (size_t i = 0; i < length; i++)
                ret[i] = (char)take(source);
        ret[length] = '\0';
}

static void take_definition(struct source *source, struct partition_definition *ret)
{
        uint8_t bits = take(source);

        memset(ret, 0, sizeof(*ret));
        ret->type = take_type(source);
        take_name(source, ret->label);
        ret->factory_reset = bits & 1;
        if (bits & 2)
                (void)strcpy(ret->format, bits & 4 ? "swap" : "ext4");
        ret->encrypt = bits & 8 ? ENCRYPT_TPM2 : ENCRYPT_OFF;
        if ((bits & 0xf0) == 0xf0)
                ret->encrypt = ENCRYPT_KEY_FILE;
        ret->cannot_build = (bits & 0xf0) == 0xe0;
        ret->size_min_bytes = bits & 0x40 ? take_bytes(source) : (uint64_t)take(source) << 20;
        ret->size_max_bytes = bits & 0x20 ? UINT64_MAX : take_bytes(source);
        if (ret->size_min_bytes > UINT64_MAX - 4095) /* as the reader has them: rounded, and one not above the other */
                ret->size_min_bytes = UINT64_MAX - 4095;
        ret->has_size_min = true;
        if (ret->size_max_bytes < ret->size_min_bytes)
                ret->size_max_bytes = ret->size_min_bytes;
        bits = take(source);
        ret->weight = bits * 10;
        ret->has_label = bits & 0x80;
        ret->priority = bits & 0x40 ? 1 : 0;
        ret->padding_min_bytes = bits & 0x20 ? UINT64_C(1) << 20 : 0;
        ret->padding_max_bytes = UINT64_MAX;
        ret->padding_weight = bits & 0x10 ? 100 : 0;
        if (bits % 8 != 5)
                (void)strcpy(ret->mount_point, "/m");
        ret->copy_count = bits % 16 == 13;
}

static void take_policy(struct source *source, struct policy *ret)
{
        policy_init(ret);
        ret->partition_count = take(source) % (POLICY_PARTITIONS_MAX + 1);
        for (size_t d = 0; d < ret->partition_count; d++)
                take_definition(source, &ret->partitions[d]);
        ret->settings.erase_level = take(source) % (ERASE_LEVEL_PURGE + 1);
        ret->settings.tpm_clear = take(source) % (TPM_CLEAR_SKIP + 1);
        uint8_t bits = take(source);
        ret->settings.without_tpm = bits % 2;
        ret->settings.overwrite = (enum erase_pattern)(bits >> 1 & 1);
        ret->settings.unallocated = (enum unallocated_policy)((bits >> 2 & 3) % UNALLOCATED_POLICY_COUNT);
        ret->settings.hooks_after_rebuild = bits >> 4 & 1;
        ret->settings.undeclared = (enum undeclared_policy)((bits >> 5 & 3) % UNDECLARED_POLICY_COUNT);
        if (bits & 0x80)
                ret->settings.boot_loader_bytes = take_bytes(source);
        ret->settings.lookalikes = (enum lookalike_policy)(take(source) % LOOKALIKES_POLICY_COUNT);
        MUST(policy_finish_definitions(ret, NULL) == ERR_OK);
}

static void take_partition(struct source *source, size_t index, uint64_t after, struct inventory_partition *ret)
{
        uint8_t bits = take(source);

        memset(ret, 0, sizeof(*ret));
        ret->number = (uint32_t)index + 1;
        ret->type = take_type(source);
        take_name(source, ret->name);
        ret->attributes = bits & 1 ? take_wild(source) : bits & 2 ? GPT_ATTRIBUTE_ERASE : 0;
        ret->role = bits & 4 ? ROLE_OTHER : bits >> 3 & 3;
        if (ret->role > ROLE_IMAGE)
                ret->role = ROLE_OTHER;
        ret->content = (bits >> 5 & 3) % 3;
        ret->uuid.bytes[0] = (uint8_t)(ret->attributes & GPT_ATTRIBUTE_ERASE ? take(source) % 8 : index + 8);
        if (ret->role == ROLE_ESP && !(bits & 0x10))
                ret->type = guid_partition_esp;
        if (ret->role == ROLE_IMAGE && !(bits & 0x10)) {
                MUST(partition_type_parse("root", 4, &ret->type));
                ret->used_bytes = bits & 0x20 ? (uint64_t)take(source) << 18 | take(source) : 0;
        }
        ret->start_bytes = bits & 0x80 ? take_bytes(source) : after + ((uint64_t)take(source) << 20);
        ret->size_bytes = bits & 0x80 ? take_bytes(source) : (uint64_t)(take(source) + 1) << 20;
}

static void take_inventory(struct source *source, struct inventory *ret)
{
        uint8_t machine = take(source), tpm = take(source);
        uint64_t after = UINT64_C(1) << 20;

        memset(ret, 0, sizeof(*ret));
        ret->efi_variables = machine % 16 != 0;
        ret->esp_usable = machine % 16 != 1;
        ret->signed_policy = machine % 16 != 2;
        ret->disk_read_only = machine % 16 == 3;
        ret->unallocated_done = machine % 16 == 6;
        ret->sector_size = machine % 16 == 4 ? (uint32_t)take_wild(source) : machine & 0x80 ? 4096 : 512;
        ret->first_usable_bytes = machine % 16 == 5 ? take_bytes(source) : after;
        ret->last_usable_bytes = take_bytes(source) - 1;
        if (machine & 0x10) {
                ret->first_usable_bytes = UINT64_C(2) * ret->sector_size;
                ret->entries_start_bytes = machine % 16 == 8 ? take_bytes(source) : ret->first_usable_bytes;
                ret->entries_size_bytes = 16384;
                ret->header_first_usable_bytes = take_bytes(source);
        }
        ret->built_before = machine % 16 == 7;
        ret->half_made = machine % 16 >= 14 ? (machine % 16 == 14 ? 0xffffffu : 0x555555u) : 0;
        ret->half_made_unknown = ret->half_made == 0 && machine % 16 >= 12;
        ret->disk_uuid.bytes[0] = 1;
        ret->disk_expected.bytes[0] = (uint8_t)(machine >> 5 & 3) % 3;
        ret->tpm = (struct tpm_facts){ .present = tpm % 8 != 0,
                                       .disable_clear = tpm % 8 == 1,
                                       .lockout_auth_set = tpm % 8 == 2,
                                       .in_lockout = tpm % 8 == 3,
                                       .lockout_auth_known = tpm & 8,
                                       .firmware = { .present = tpm & 16, .operation = tpm & 32 ? 5 : 0 } };
        ret->partition_count = take(source) % (INVENTORY_PARTITIONS_MAX + 1);
        for (size_t p = 0; p < ret->partition_count; p++) {
                take_partition(source, p, after, &ret->partitions[p]);
                after = ret->partitions[p].start_bytes + ret->partitions[p].size_bytes;
                if (tpm & 0x80) /* slots in another order than places */
                        ret->partitions[p].number = (uint32_t)((5 * p + 3) % INVENTORY_PARTITIONS_MAX + 1);
        }
}

/* Few letters, so that identities meet. */
static void take_letter(struct source *source, char *ret)
{
        uint8_t byte = take(source) % 6;

        ret[0] = byte < 2 ? '\0' : (char)('a' + byte);
        ret[1] = '\0';
}

static void take_disk(struct source *source, struct inventory_disk *ret)
{
        uint8_t bits = take(source), more = take(source);

        memset(ret, 0, sizeof(*ret));
        (void)strcpy(ret->path, "/dev/x");
        (void)strcpy(ret->syspath, "/sys/devices/");
        take_letter(source, ret->syspath + 13);
        take_letter(source, ret->media.wwid);
        take_letter(source, ret->media.serial);
        ret->media.bus = more % MEDIA_BUS_COUNT;
        ret->media.size_bytes = more & 0x80 ? take_bytes(source) : UINT64_C(1) << 30;
        ret->media.techniques = more & 0x40 ? (uint32_t)take_wild(source) : UINT32_MAX;
        ret->media.read_only = bits % 16 == 1;
        ret->media.usb = bits % 16 == 2;
        ret->media.removable = bits % 16 == 3;
        ret->is_external = bits % 16 == 4;
        ret->is_virtual = bits % 16 == 5;
        ret->is_held = bits % 16 == 6;
        ret->is_boot_disk = bits % 16 == 7;
        ret->is_done = bits % 16 == 8;
        ret->hardware = bits >> 5;
}

static void take_disks(struct source *source, struct policy *policy, struct inventory *inventory)
{
        policy->settings.disk_count = take(source) % (POLICY_DISKS_MAX + 1);
        for (size_t i = 0; i < policy->settings.disk_count; i++) {
                struct disk_definition *definition = &policy->settings.disks[i];
                uint8_t bits = take(source);

                definition->match = bits & 3;
                definition->level = 1 + (bits >> 2 & 3) % 3;
                definition->fall_back = definition->level == ERASE_LEVEL_PURGE && bits & 0x10;
                definition->crypto_counts = bits & 0x20;
                definition->optional = bits & 0x40;
                (void)strcpy(definition->value, "/sys/devices/");
                take_letter(source, definition->value + (definition->match == DISK_MATCH_PATH ? 13 : 0));
        }
        inventory->disk_count = take(source) % (INVENTORY_DISKS_MAX + 1);
        for (size_t i = 0; i < inventory->disk_count; i++)
                take_disk(source, &inventory->disks[i]);
}

/* The same machine, as a device in use that an update comes to: whatever of it is known. */
static void check_addition(const struct policy *policy, struct inventory *inventory, uint8_t known)
{
        static struct plan plan;

        inventory->built_before = inventory->has_known = true;
        inventory->known = known * UINT32_C(0x010101);
        plan_build_addition(policy, inventory, &plan);
        MUST(!plan_guard_addition(&plan, policy, inventory));
        MUST(plan.step_count == 0 || plan_boot_start(policy, inventory) == START_ADDITION ||
             plan_boot_start(policy, inventory) == START_LOST);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct policy policy;
        static struct inventory inventory;
        static struct plan plan, again;
        static char text[PLAN_TEXT_MAX];
        struct source source = { data, size };
        uint8_t asked = take(&source);
        struct request request = { .level = asked % (ERASE_LEVEL_PURGE + 1), .tpm_clear = take(&source) % (TPM_CLEAR_SKIP + 1) },
                       *maybe = asked & 0x80 ? NULL : &request;
        struct writer writer = writer_over(text, sizeof(text));
        const char *violation;
        size_t lines = 0;

        take_policy(&source, &policy);
        take_inventory(&source, &inventory);
        take_disks(&source, &policy, &inventory);
        plan_build(maybe, &policy, &inventory, &plan);
        violation = plan_violation(&plan, maybe, &policy, &inventory);
        if (violation) {
                (void)fprintf(stderr, "violated: %s\n", violation);
                abort();
        }
        plan_build(maybe, &policy, &inventory, &again);
        MUST(is_same_plan(&plan, &again));
        plan_format(&plan, &policy, &inventory, &writer);
        for (size_t i = 0; i < writer.size; i++)
                lines += text[i] == '\n';
        size_t left = plan.refusal_count > 0 ? 0 : plan.undeclared_count + (plan.spared_bytes > 0);
        MUST(!writer.overflow && lines == 1 + plan.refusal_count + plan.step_count + left);
        check_addition(&policy, &inventory, asked);
        return 0;
}
