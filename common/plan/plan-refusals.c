/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a plan is refused, in words: what, on what, and what to do. Decides nothing. */
#include "common/base/safe-text.h"
#include "common/plan/plan.h"

#define PARTITIONS_NAMED_MAX 4

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
        [REFUSE_NO_SPACE] = { "no-space", "The partitions that the image defines do not fit on the disk, even after erasing: "
                                          "there is no room "
                                          "for a new one, or to enlarge one that stays to its SizeMinBytes=. Use a larger disk, "
                                          "or an image with "
                                          "smaller SizeMinBytes=." },
        [REFUSE_NO_SLOT] = { "no-slot",
                             "The partition table has no free entry, behind those of the same type, for a partition that "
                             "the image defines. Delete partitions that nobody needs, or write a table with 128 entries "
                             "(sfdisk with \"table-length: 128\"), from another system." },
        [REFUSE_NO_TPM] = { "no-tpm",
                            "There is no TPM, and the image's policy requires one. Enable it in the firmware setup, or use an "
                            "image whose cleanslate.conf allows continuing without one." },
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
        [REFUSE_PARTITION_TABLE] = { "partition-table", "The partition table contradicts itself: a partition to be erased, or "
                                                        "the table itself, overlaps a partition or leaves "
                                                        "the disk. Repair the table from another system; nothing was changed." },
        [REFUSE_CANNOT_BUILD] = { "cannot-build", "A partition that is to be built needs something this version does not have "
                                                  "(CopyBlocks=, Verity=, Subvolumes=, ...). Restore it by installing the "
                                                  "image again." },
        [REFUSE_WRONG_DISK] = { "wrong-disk", "This is not the disk that the reset was asked for: its GUID is another one, so it "
                                              "was exchanged or "
                                              "copied since. Put the right disk back, or cancel the request and ask again." },
        [REFUSE_DUPLICATE_UUID] = { "duplicate-partuuid",
                                    "Two partitions have the same PARTUUID, and one of them is the EFI system partition or part "
                                    "of "
                                    "the system image, so that they cannot be told apart. Delete the copy, or give it another "
                                    "PARTUUID (sfdisk --part-uuid), from another system." },
        [REFUSE_ESP_TYPE] = { "esp-type",
                              "The partition this system was started from does not have the type of an EFI system partition. Set "
                              "its type (sfdisk --part-type) from another system." },
        [REFUSE_IMAGE_TYPE] = { "image-type",
                                "A partition of the system image has a type that is not one of root or usr, and that the image "
                                "does "
                                "not define. Set its type (sfdisk --part-type) from another system, or install the image "
                                "again." },
        [REFUSE_MARKED_NOT_ERASED] = { "marked-not-erased", "A definition with FactoryReset=yes matches the EFI system partition "
                                                            "or the system image, so "
                                                            "its partition would be neither erased nor built. Set type and label "
                                                            "of the partition from "
                                                            "another system, or use an image with another definition." },
        [REFUSE_LOOKALIKE] = { "look-alike",
                               "There is a further partition with type and label of one that would be erased, and the "
                               "image's cleanslate.conf says look-alikes=refuse. Delete or rename it from another "
                               "system." },
        [REFUSE_UNDECLARED] = { "undeclared-partitions",
                                "There are partitions that the image does not define, and its cleanslate.conf says "
                                "undeclared-partitions=refuse. Delete them from another system." },
        [REFUSE_HOOKS_NESTED] = { "hooks-nested", "The image has hooks that run on what was rebuilt (after-rebuild=yes in "
                                                  "cleanslate.conf), and a "
                                                  "volume that is rebuilt is mounted inside of one that is kept, which a reset "
                                                  "does not open. Use "
                                                  "an image without such hooks, or one that mounts the two beside each other." },
        [REFUSE_KEPT_SEALED] = { "kept-sealed", "A definition without FactoryReset=yes has Encrypt=tpm2, and the TPM would be "
                                                "cleared: the partition "
                                                "would be kept, but could never be opened again. Use an image that does not "
                                                "encrypt it, marks it with "
                                                "FactoryReset=yes, or says tpm-clear=skip in cleanslate.conf." },
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

static bool shares_uuid(const struct inventory *inventory, size_t p)
{
        const struct inventory_partition *partitions = inventory->partitions;

        for (size_t q = 0; q < inventory->partition_count; q++)
                if (q != p && guid_equal(&partitions[p].uuid, &partitions[q].uuid) &&
                    (partitions[p].role != ROLE_OTHER || partitions[q].role != ROLE_OTHER))
                        return true;
        return false;
}

static bool is_reason(const struct plan *plan, const struct inventory *inventory, enum refusal refusal, size_t p)
{
        const struct inventory_partition *partition = &inventory->partitions[p];

        switch (refusal) {
        case REFUSE_DUPLICATE_UUID:
                return shares_uuid(inventory, p);
        case REFUSE_ESP_TYPE:
                return partition->role == ROLE_ESP;
        case REFUSE_IMAGE_TYPE:
                return partition->role == ROLE_IMAGE;
        case REFUSE_UNDECLARED:
                return plan->fates[p] == FATE_UNDECLARED;
        default:
                return false;
        }
}

/* " (partition 3 "root", 7 "")", the first few; a label is whatever somebody has written there. */
static void write_partitions(const struct plan *plan, const struct inventory *inventory, enum refusal refusal,
                             struct writer *writer)
{
        size_t count = 0;

        for (size_t p = 0; p < inventory->partition_count; p++) {
                const struct inventory_partition *partition = &inventory->partitions[p];

                if (!is_reason(plan, inventory, refusal, p) || count++ >= PARTITIONS_NAMED_MAX)
                        continue;
                writer_text(writer, count == 1 ? " (partition " : ", ");
                writer_decimal(writer, partition->number);
                writer_text(writer, " \"");
                writer_safe_text(writer, partition->name, text_length(partition->name));
                writer_char(writer, '"');
        }
        if (count > PARTITIONS_NAMED_MAX)
                writer_text(writer, ", ...");
        if (count > 0)
                writer_char(writer, ')');
}

void plan_refusal_format(const struct plan *plan, const struct policy *policy, const struct inventory *inventory, size_t index,
                         struct writer *writer)
{
        enum refusal refusal = plan->refusals[index];

        writer_text(writer, refusal_text(refusal));
        if (refusal == REFUSE_DISK_LEVEL) {
                writer_text(writer,
                            plan->disks.shares_hardware ? " It shares hardware with a disk that is to be kept" : " It is ");
                if (!plan->disks.shares_hardware)
                        writer_text(writer, purge_obstacle_text(plan->disks.obstacle));
                writer_char(writer, '.');
        }
        if (refusal >= REFUSE_TOO_MANY_DISKS)
                write_where(plan, policy, inventory, writer);
        else
                write_partitions(plan, inventory, refusal, writer);
}
