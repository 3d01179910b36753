/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a plan says: names for records and scripts, sentences for people, and the canonical text. Decides nothing. */
#include "common/message.h"
#include "common/plan.h"

static const struct {
        const char *name, *text;
} kinds[STEP_COUNT] = {
        [STEP_COMMIT_PROGRESS] = { "commit-progress", N_("Recording that a reset is under way") },
        [STEP_DESTROY_KEYS] = { "destroy-keys", N_("Destroying encryption keys") },
        [STEP_DESTROY_DISK_KEYS] = { "destroy-disk-keys", N_("Destroying encryption keys on a further disk") },
        [STEP_CLEAR_TPM] = { "clear-tpm", N_("Clearing the TPM") },
        [STEP_ERASE] = { "erase", N_("Erasing contents") },
        [STEP_ERASE_UNALLOCATED] = { "erase-unallocated", N_("Erasing what lies between partitions") },
        [STEP_ERASE_DISK] = { "erase-disk", N_("Erasing a further disk") },
        [STEP_CLEAN_ESP] = { "clean-esp", N_("Cleaning the EFI system partition") },
        [STEP_CLEAN_VARIABLES] = { "clean-variables", N_("Cleaning EFI variables") },
        [STEP_DELETE_ENTRY] = { "delete-entry", N_("Removing the old partition") },
        [STEP_NAME_DISK] = { "name-disk", N_("Giving the disk an identity of its own") },
        [STEP_CREATE_ENTRY] = { "create-entry", N_("Creating the new partition") },
        [STEP_ENCRYPT] = { "encrypt", N_("Setting up encryption") },
        [STEP_MAKE_FILE_SYSTEM] = { "make-file-system", N_("Making the file system") },
        [STEP_COPY_TREE] = { "copy-tree", N_("Copying the factory files") },
        [STEP_VERIFY_TREE] = { "verify-tree", N_("Verifying the factory files") },
        [STEP_RUN_HOOKS] = { "run-hooks", N_("Running the image's hooks") },
        [STEP_WRITE_RECORD] = { "write-record", N_("Writing the record") },
        [STEP_RETIRE_REQUEST] = { "retire-request", N_("Retiring the request") },
};

static const char *const methods[] = {
        [ERASE_METHOD_NONE] = "none",   [ERASE_METHOD_DISCARD] = "discard",     [ERASE_METHOD_ZERO] = "zero",
        [ERASE_METHOD_PURGE] = "purge", [ERASE_METHOD_KEYSTREAM] = "keystream",
};

static const struct {
        const char *name, *text;
} whys[WHY_COUNT] = {
        [WHY_ALWAYS] = { "always", "part of every reset" },
        [WHY_FACTORY_RESET] = { "factory-reset", "the image's definition says FactoryReset=yes" },
        [WHY_DOUBLE] = { "double", "carries type and label of a partition that the reset erases" },
        [WHY_GPT_ATTRIBUTE] = { "gpt-attribute", "marked for erasure in the partition table" },
        [WHY_MAY_HOLD_PLAIN] = { "may-hold-plain", "may hold data that was never encrypted, so every byte is overwritten" },
        [WHY_UNALLOCATED] = { "unallocated", "belongs to no partition, and may hold what a removed one held" },
        [WHY_REBUILD] = { "rebuild", "replaces a partition that is erased" },
        [WHY_ABSENT] = { "absent", "the image defines it and the disk does not have it" },
        [WHY_DECLARED_DISK] = { "declared-disk", "a section [Disk] of cleanslate.conf names it" },
        [WHY_INTERNAL_DISK] = { "internal-disk", "it is built in, and cleanslate.conf says all=internal" },
};

static const struct {
        const char *name, *text;
} refusals[REFUSE_COUNT] = {
        [REFUSE_NO_DEFINITIONS] = { "no-definitions", "The image marks no partition for erasure and defines none to build. It "
                                                      "was not made for a factory "
                                                      "reset; add FactoryReset=yes to a definition in /usr/lib/repart.d." },
        [REFUSE_DISK_READ_ONLY] = { "disk-read-only", "The disk is write-protected. Remove the write protection and try again." },
        [REFUSE_NO_EFI_VARIABLES] = { "no-efi-variables", "EFI variables cannot be written, so an interrupted reset could not be "
                                                          "resumed. Start in UEFI mode "
                                                          "and check that the firmware's variable store is not locked." },
        [REFUSE_NO_ESP] = { "no-esp",
                            "The EFI system partition this system was started from is not on this disk, so the record has no "
                            "place. Start from the disk that is to be reset." },
        [REFUSE_NO_SPACE] = { "no-space",
                              "The partitions that the image defines do not fit on the disk, even after erasing. Use a larger "
                              "disk, or an image with smaller SizeMinBytes=." },
        [REFUSE_NO_TPM] = { "no-tpm",
                            "There is no TPM, and the image's policy requires one. Enable it in the firmware setup, or use an "
                            "image whose cleanslate.conf allows to go on without." },
        [REFUSE_TPM_DISABLE_CLEAR] = { "tpm-disable-clear",
                                       "The TPM must be cleared, but clearing is disabled in it (disableClear), and the firmware "
                                       "offers "
                                       "no way to ask it for that. Clear it in the firmware setup, then try again." },
        [REFUSE_TPM_LOCKOUT_AUTH] = { "tpm-lockout-auth",
                                      "The TPM must be cleared, but its lockout authorization is set and not known here, and the "
                                      "firmware offers no way to ask it for that. Clear the TPM in the firmware setup, or have "
                                      "its "
                                      "owner remove the authorization, then try again." },
        [REFUSE_TPM_LOCKED_OUT] = { "tpm-locked-out", "The TPM must be cleared, but it is in lockout after wrong authorizations, "
                                                      "and the firmware offers "
                                                      "no way to ask it for that. Leave the machine switched on until the "
                                                      "lockout is over, or clear the "
                                                      "TPM in the firmware setup, then try again." },
        [REFUSE_NO_SIGNED_POLICY] = { "no-signed-policy",
                                      "A partition is to be sealed to a signed PCR policy, but the boot image carries "
                                      "no .pcrpkey and .pcrsig sections. Use a complete, signed image." },
        [REFUSE_UNSUPPORTED_ENCRYPT] = { "unsupported-encrypt", "A partition is to be encrypted with a key file, and there is "
                                                                "none. Use Encrypt=tpm2 or off." },
        [REFUSE_LEVEL] = { "level",
                           "Purging was asked for, which this device cannot do to the disk it runs from. Ask for the level "
                           "\"crypto\" or \"clear\", or purge the disk from another system." },
        [REFUSE_PARTITION_TABLE] = { "partition-table", "The partition table contradicts itself: a partition to be erased "
                                                        "overlaps another one or leaves "
                                                        "the disk. Repair the table from another system; nothing was changed." },
        [REFUSE_CANNOT_BUILD] = { "cannot-build", "A partition that is to be built needs something this version does not have "
                                                  "(CopyBlocks=, Verity=, ExcludeFiles=, Subvolumes=, CopyFiles= without "
                                                  "MountPoint=, ...). Restore it by installing the "
                                                  "image anew." },
        [REFUSE_TOO_MANY_STEPS] = { "too-many-steps",
                                    "More partitions are marked for erasure than one reset can handle. Delete some of "
                                    "them from another system." },
        [REFUSE_WRONG_DISK] = { "wrong-disk", "This is not the disk that the reset was asked for: its GUID is another one, so it "
                                              "was exchanged or "
                                              "copied since. Put the right disk back, or cancel the request and ask again." },
        [REFUSE_TOO_MANY_DISKS] = { "too-many-disks",
                                    "The machine shows more disks than can be told apart with certainty. Detach "
                                    "those that are not to be erased." },
        [REFUSE_DISK_MISSING] = { "disk-missing",
                                  "A disk that is to be erased as well is not there. Attach it, or use an image whose "
                                  "cleanslate.conf says required=no." },
        [REFUSE_DISK_AMBIGUOUS] = { "disk-ambiguous",
                                    "It is not certain which disk is meant: a section [Disk] fits two disks, two sections fit "
                                    "one, or two "
                                    "disks show the same identity. Detach the copy, or name the disk more closely." },
        [REFUSE_DISK_IS_BOOT_DISK] = { "disk-is-boot-disk",
                                       "A section [Disk] names the disk this system was started from, which a reset "
                                       "does not erase as a whole. Start from the disk that is to be kept." },
        [REFUSE_DISK_WRITE_PROTECTED] = { "disk-write-protected",
                                          "A disk that is to be erased as well is write-protected. Remove the "
                                          "write protection and try again." },
        [REFUSE_DISK_HELD] = { "disk-held",
                               "A disk that is to be erased as well is in use by this very boot. Detach what uses it." },
        [REFUSE_DISK_EMPTY] = { "disk-empty", "A disk that is to be erased as well has no medium. Insert it and try again." },
        [REFUSE_DISK_LEVEL] = { "disk-level", "A disk that is to be purged cannot be, and the policy says purge or fail." },
};

const char *step_kind_name(enum step_kind kind)
{
        return (unsigned)kind < STEP_COUNT ? kinds[kind].name : "unknown";
}

const char *step_kind_text(enum step_kind kind)
{
        return (unsigned)kind < STEP_COUNT ? kinds[kind].text : "Doing something unknown";
}

const char *erase_method_name(enum erase_method method)
{
        return (unsigned)method < ARRAY_SIZE(methods) ? methods[method] : "unknown";
}

const char *step_why_text(enum step_why why)
{
        return (unsigned)why < WHY_COUNT ? whys[why].text : "for an unknown reason";
}

const char *refusal_name(enum refusal refusal)
{
        return (unsigned)refusal < REFUSE_COUNT ? refusals[refusal].name : "unknown";
}

const char *refusal_text(enum refusal refusal)
{
        return (unsigned)refusal < REFUSE_COUNT ? refusals[refusal].text : "The plan was refused for an unknown reason.";
}

static void write_where(const struct plan *plan, const struct policy *policy, const struct inventory *inventory,
                        struct writer *writer)
{
        int definition = plan->disks.refused_definition, disk = plan->disks.refused_disk;

        if (definition < 0 && disk < 0)
                return;
        writer_text(writer, " (");
        if (definition >= 0) {
                writer_text(writer, "cleanslate.conf:");
                writer_decimal(writer, policy->settings.disks[definition].line);
                if (policy->settings.disks[definition].value[0] != '\0')
                        writer_text(writer, ": ");
                writer_text(writer, policy->settings.disks[definition].value);
        }
        if (disk >= 0) {
                writer_text(writer, definition >= 0 ? "; " : "");
                writer_text(writer, inventory->disks[disk].path);
                writer_text(writer, ", serial number ");
                writer_text(writer, inventory->disks[disk].media.serial);
        }
        writer_char(writer, ')');
}

void plan_refusal_format(const struct plan *plan, const struct policy *policy, const struct inventory *inventory, size_t index,
                         struct writer *writer)
{
        enum refusal refusal = plan->refusals[index];

        writer_text(writer, refusal_text(refusal));
        if (refusal == REFUSE_DISK_LEVEL) {
                writer_text(writer, " It is ");
                writer_text(writer, plan->disks.shares_hardware ? "one piece with a disk that is to be kept"
                                                                : purge_obstacle_text(plan->disks.obstacle));
                writer_char(writer, '.');
        }
        if (refusal >= REFUSE_TOO_MANY_DISKS)
                write_where(plan, policy, inventory, writer);
}

static void write_range(struct writer *writer, uint64_t start, uint64_t size)
{
        writer_char(writer, ' ');
        writer_decimal(writer, start);
        writer_text(writer, "..");
        writer_decimal(writer, start + size);
}

static void write_pair(struct writer *writer, const char *key, const char *value)
{
        writer_char(writer, ' ');
        writer_text(writer, key);
        writer_char(writer, '=');
        writer_text(writer, value);
}

static void write_old(const struct plan_step *step, const struct inventory_partition *partition, struct writer *writer)
{
        writer_text(writer, " partition ");
        writer_decimal(writer, partition->number);
        writer_char(writer, ' ');
        writer_json_string(writer, partition->name);
        if (step->kind == STEP_DELETE_ENTRY)
                writer_text(writer, " at");
        write_range(writer, step->kind == STEP_DELETE_ENTRY ? step->start_bytes : 0, step->size_bytes);
        if (step->kind == STEP_ERASE)
                write_pair(writer, "method", erase_method_name(step->method));
}

static void write_unallocated(const struct plan_step *step, struct writer *writer)
{
        writer_text(writer, " at");
        write_range(writer, step->start_bytes, step->size_bytes);
        write_pair(writer, "method", erase_method_name(step->method));
}

static void write_new(const struct plan_step *step, const struct partition_definition *definition, struct writer *writer)
{
        writer_text(writer, " definition ");
        writer_json_string(writer, definition->file);
        writer_char(writer, ' ');
        writer_json_string(writer, definition->label);
        if (step->kind == STEP_CREATE_ENTRY) {
                writer_text(writer, " at");
                write_range(writer, step->start_bytes, step->size_bytes);
        } else if (step->kind == STEP_ENCRYPT) {
                write_pair(writer, "mode", encrypt_mode_name(definition->encrypt));
        } else if (step->kind == STEP_MAKE_FILE_SYSTEM) {
                write_pair(writer, "format", definition->format);
        }
}

static const char *obstacle_name(const struct chosen_disk *chosen)
{
        return chosen->shares_hardware ? "shared-hardware" : purge_obstacle_name(chosen->obstacle);
}

/* By what the disk says of itself; the kernel's name for it is another one at the next boot. */
static void write_disk(const struct plan *plan, const struct plan_step *step, const struct policy *policy,
                       const struct inventory *inventory, struct writer *writer)
{
        const struct chosen_disk *chosen = &plan->disks.chosen[step->further_disk - 1];
        const struct media_facts *media = &inventory->disks[chosen->disk].media;
        const char *const names[] = { media->wwid, media->serial, media->model };

        writer_text(writer, " disk ");
        writer_decimal(writer, step->further_disk);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                writer_char(writer, ' ');
                writer_json_string(writer, names[i]);
        }
        write_range(writer, 0, step->size_bytes);
        if (step->kind == STEP_DESTROY_DISK_KEYS) {
                writer_text(writer, " both-ends");
                return;
        }
        write_pair(writer, "method", erase_method_name(step->method));
        if (step->method == ERASE_METHOD_PURGE)
                write_pair(writer, "technique", media_technique_name(chosen->technique));
        else if (chosen->obstacle != PURGE_POSSIBLE || chosen->shares_hardware)
                write_pair(writer, "instead-of-purge", obstacle_name(chosen));
        write_pair(writer, "verify", disk_verify_name(policy->settings.disks[chosen->definition].verify));
}

static void write_beyond(struct writer *writer, uint32_t removals, const uint8_t digest[static 32])
{
        writer_text(writer, " remove=");
        writer_decimal(writer, removals);
        if (removals == 0)
                return;
        writer_text(writer, " list=");
        writer_hex(writer, digest, 32);
}

void plan_format(const struct plan *plan, const struct policy *policy, const struct inventory *inventory, struct writer *writer)
{
        char disk[GUID_TEXT_SIZE];

        guid_format(&inventory->disk_uuid, disk);
        writer_text(writer, "plan  disk ");
        writer_text(writer, disk);
        write_pair(writer, "tpm-clear", tpm_clear_policy_name(plan->tpm_clear));
        write_pair(writer, "first-boot", plan->first_boot ? "yes" : "no");
        writer_char(writer, '\n');
        for (size_t i = 0; i < plan->refusal_count; i++) {
                writer_text(writer, "refused  ");
                writer_text(writer, refusal_name(plan->refusals[i]));
                writer_char(writer, '\n');
        }
        for (size_t i = 0; i < plan->step_count; i++) {
                const struct plan_step *step = &plan->steps[i];

                writer_text(writer, step_kind_name(step->kind));
                writer_char(writer, ' ');
                if (step->further_disk > 0)
                        write_disk(plan, step, policy, inventory, writer);
                else if (step->partition >= 0)
                        write_old(step, &inventory->partitions[step->partition], writer);
                else if (step->definition >= 0)
                        write_new(step, &policy->partitions[step->definition], writer);
                else if (step->kind == STEP_ERASE_UNALLOCATED)
                        write_unallocated(step, writer);
                else if (step->kind == STEP_CLEAR_TPM)
                        write_pair(writer, "way", tpm_clear_way_name(plan->tpm_way));
                else if (step->kind == STEP_CLEAN_ESP)
                        write_beyond(writer, inventory->beyond.esp_removals, inventory->beyond.esp_digest);
                else if (step->kind == STEP_CLEAN_VARIABLES)
                        write_beyond(writer, inventory->beyond.variable_removals, inventory->beyond.variable_digest);
                write_pair(writer, "why", (unsigned)step->why < WHY_COUNT ? whys[step->why].name : "unknown");
                writer_char(writer, '\n');
        }
}
