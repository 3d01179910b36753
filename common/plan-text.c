/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a plan says: names for records and scripts, sentences for people, and the canonical text. Decides nothing. */
#include "common/plan.h"

static const struct {
        const char *name, *text;
} kinds[STEP_COUNT] = {
        [STEP_COMMIT_PROGRESS] = { "commit-progress", "Recording that a reset is under way" },
        [STEP_DESTROY_KEYS] = { "destroy-keys", "Destroying encryption keys" },
        [STEP_CLEAR_TPM] = { "clear-tpm", "Clearing the TPM" },
        [STEP_ERASE] = { "erase", "Erasing contents" },
        [STEP_ERASE_UNALLOCATED] = { "erase-unallocated", "Erasing what lies between partitions" },
        [STEP_DELETE_ENTRY] = { "delete-entry", "Removing the old partition" },
        [STEP_CREATE_ENTRY] = { "create-entry", "Creating the new partition" },
        [STEP_ENCRYPT] = { "encrypt", "Setting up encryption" },
        [STEP_MAKE_FILE_SYSTEM] = { "make-file-system", "Making the file system" },
        [STEP_COPY_TREE] = { "copy-tree", "Copying the factory files" },
        [STEP_VERIFY_TREE] = { "verify-tree", "Verifying the factory files" },
        [STEP_WRITE_RECORD] = { "write-record", "Writing the record" },
        [STEP_RETIRE_REQUEST] = { "retire-request", "Retiring the request" },
};

static const char *const methods[] = {
        [ERASE_METHOD_NONE] = "none",
        [ERASE_METHOD_DISCARD] = "discard",
        [ERASE_METHOD_ZERO] = "zero",
        [ERASE_METHOD_KEYSTREAM] = "keystream",
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
                                       "The TPM must be cleared, but clearing is disabled in it (disableClear). Clear "
                                       "it in the firmware setup, then try again." },
        [REFUSE_TPM_LOCKOUT_AUTH] = { "tpm-lockout-auth",
                                      "The TPM must be cleared, but its lockout authorization is set and not known "
                                      "here. Remove it as its owner, or clear the TPM in the firmware setup." },
        [REFUSE_TPM_LOCKED_OUT] = { "tpm-locked-out",
                                    "The TPM must be cleared, but it is in lockout after wrong authorizations. Leave the "
                                    "machine switched on until the lockout is over, then try again." },
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
                if (step->partition >= 0)
                        write_old(step, &inventory->partitions[step->partition], writer);
                else if (step->definition >= 0)
                        write_new(step, &policy->partitions[step->definition], writer);
                else if (step->kind == STEP_ERASE_UNALLOCATED)
                        write_unallocated(step, writer);
                write_pair(writer, "why", (unsigned)step->why < WHY_COUNT ? whys[step->why].name : "unknown");
                writer_char(writer, '\n');
        }
}
