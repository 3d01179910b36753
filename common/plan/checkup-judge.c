/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The judges of checks whose facts need more than "tried, good or bad": each fills severity, text and remedy; one that finds
 * nothing amiss says so. */
#include "common/plan/checkup-judge.h"
#include "common/base/memory.h"
#include "common/format/pcr.h"

/* Goes on with the text, as far as it fits, to the end of a character. */
static void add(struct check_result *result, const char *text)
{
        size_t length = text_length(result->text), room = sizeof(result->text) - length - 1, more = text_length(text);

        if (more > room)
                for (more = room; more > 0 && ((unsigned char)text[more] & 0xc0) == 0x80;)
                        more--;
        memcpy(result->text + length, text, more);
        result->text[length + more] = '\0';
}

static void find(struct check_result *result, enum check_severity severity, const char *text, const char *remedy)
{
        result->severity = severity;
        result->remedy = remedy;
        result->text[0] = '\0';
        add(result, text);
}

static void add_number(struct check_result *result, uint64_t number)
{
        char text[24];
        struct writer writer = writer_over(text, sizeof(text));

        writer_decimal(&writer, number);
        add(result, text);
}

/* A fact that was tried: its detail is the text where it is bad. */
void checkup_find_fact(struct check_result *result, const struct check_fact *fact, const char *good, const char *remedy)
{
        switch (fact->state) {
        case FACT_GOOD:
                find(result, SEVERITY_GOOD, good, NULL);
                break;
        case FACT_BAD:
                find(result, SEVERITY_FAILURE, fact->detail ? fact->detail : "It failed.", remedy);
                break;
        default:
                find(result, SEVERITY_UNKNOWN, fact->detail ? fact->detail : "It could not be looked at.", NULL);
        }
}

void judge_boot(const struct checkup_facts *facts, struct check_result *result)
{
        if (facts->our_boot && facts->stub_is_other)
                find(result, SEVERITY_NOTE,
                     "Another boot stub than Cleanslate's has started this system; its initrd decides what a start is for. "
                     "Resets work. There is no menu and no break-glass, no files can be kept, failed starts are not counted, "
                     "and the device has no secret: a reset that is interrupted is done again as a whole, exchanged volumes "
                     "can go unnoticed, keys cannot be resealed as planned.",
                     "An image built around Cleanslate's stub has all of it; what each is worth is in boot-loaders.md.");
        else if (facts->our_boot)
                find(result, SEVERITY_GOOD, "This system was started by Cleanslate.", NULL);
        else
                find(result, SEVERITY_FAILURE,
                     "This system was not started by Cleanslate's stub and initrd, so nothing would act on a request.",
                     "Start the boot image (UKI) that carries them: look at the boot order (bootctl, efibootmgr), or install it "
                     "as EFI/BOOT/BOOTX64.EFI.");
}

void judge_root(const struct checkup_facts *facts, struct check_result *result)
{
        if (facts->root_verified)
                find(result, SEVERITY_GOOD, "The running system is the verified image.", NULL);
        else
                find(result, SEVERITY_WARNING,
                     "The running root file system is not under dm-verity: what was checked here need not be "
                     "what the reset will find in the image.",
                     "Start the image under its verity root hash (roothash= or usrhash= on the kernel command line).");
}

void judge_esp(const struct checkup_facts *facts, struct check_result *result)
{
        const struct check_fact *esp = &facts->tried[CHECK_ESP];

        checkup_find_fact(result, esp, "The EFI system partition can be opened.", "Repair it (fsck.vfat) from another system.");
        if (esp->state == FACT_GOOD && !facts->esp_writable)
                find(result, SEVERITY_FAILURE, "The EFI system partition is on a write-protected disk.",
                     "Remove the write protection.");
}

void judge_esp_space(const struct checkup_facts *facts, struct check_result *result)
{
        static const char remedy[] =
                "Mount it and delete boot images and records that nobody needs (EFI/Linux, EFI/cleanslate/records).";

        if (facts->tried[CHECK_ESP].state != FACT_GOOD) {
                find(result, SEVERITY_UNKNOWN, "The EFI system partition could not be looked at.", NULL);
                return;
        }
        if (facts->esp_free_bytes < CHECKUP_ESP_FREE_MIN)
                find(result, SEVERITY_FAILURE, "The EFI system partition is full: the record needs 1024 KiB, free are ", remedy);
        else if (facts->esp_free_bytes < CHECKUP_ESP_FREE_SCARCE)
                find(result, SEVERITY_WARNING, "The EFI system partition is nearly full: free are ", remedy);
        else
                find(result, SEVERITY_GOOD, "The EFI system partition has room for the record: free are ", NULL);
        add_number(result, facts->esp_free_bytes >> 10);
        add(result, " KiB.");
}

void judge_variables(const struct checkup_facts *facts, struct check_result *result)
{
        switch (facts->variables) {
        case STORE_WRITABLE:
                find(result, SEVERITY_GOOD, "The firmware's variable store is writable and has room.", NULL);
                break;
        case STORE_ROOM_UNKNOWN:
                find(result, SEVERITY_GOOD, "The firmware's variable store is writable; this kernel does not report free space.",
                     NULL);
                break;
        case STORE_READ_ONLY:
                find(result, SEVERITY_FAILURE,
                     "The EFI variables are mounted read-only, so neither a request nor the progress of a reset can be written.",
                     "mount -o remount,rw /sys/firmware/efi/efivars");
                break;
        case STORE_FULL:
                find(result, SEVERITY_FAILURE,
                     "The firmware's variable store is nearly full, so the progress of a reset may not fit.",
                     "Delete the kernel's crash dumps (rm /sys/firmware/efi/efivars/dump-*) and boot entries that nobody needs, "
                     "then "
                     "restart, so that the firmware tidies up.");
                break;
        case STORE_FORGETS:
                find(result, SEVERITY_FAILURE,
                     "The firmware forgets at the next start what the running system writes to its variables (it says so by the "
                     "variable "
                     "RTStorageVolatile), so an interrupted reset could not go on.",
                     "Install the image again, or ask the vendor for firmware that keeps its variables at run time.");
                break;
        default:
                find(result, SEVERITY_UNKNOWN, "Whether the firmware's variable store is writable cannot be found out.", NULL);
        }
}

void judge_tpm(const struct checkup_facts *facts, struct check_result *result)
{
        if (facts->tried[CHECK_TPM].state == FACT_UNTRIED)
                find(result, SEVERITY_WARNING, "There is no TPM 2.0.",
                     "Enable it in the firmware setup. Without it volumes are not encrypted, or the image's policy refuses.");
        else
                checkup_find_fact(result, &facts->tried[CHECK_TPM], "The TPM answers.",
                                  "Switch the machine off and on; if it stays so, look into the firmware setup.");
        if (result->severity == SEVERITY_FAILURE && facts->tpm_unneeded) {
                result->severity = SEVERITY_WARNING;
                add(result, " A reset can do without it.");
        }
}

/* A hindrance counts only where the policy wants the TPM cleared. */
static enum check_severity clear_severity(const struct checkup_facts *facts)
{
        if (tpm_clear_way_choose(facts->tpm_facts) != TPM_WAY_NONE || facts->image_brings_lockout_auth)
                return SEVERITY_NOTE;
        return facts->tpm_policy == TPM_CLEAR_REQUIRED || facts->tpm_policy == TPM_CLEAR_UNSET ? SEVERITY_FAILURE
                                                                                               : SEVERITY_WARNING;
}

void judge_tpm_clear(const struct checkup_facts *facts, struct check_result *result)
{
        const struct tpm_facts *tpm = facts->tpm_facts;
        static const char remedy[] =
                "Clear the TPM in the firmware setup, right before the reset: what is on this device cannot be "
                "read any more then, except with a recovery key.";

        if (facts->tried[CHECK_TPM].state != FACT_GOOD)
                find(result, SEVERITY_UNKNOWN, "There is no TPM to ask whether it can be cleared.", NULL);
        else if (facts->tpm_policy == TPM_CLEAR_SKIP)
                find(result, SEVERITY_NOTE, "The image's policy leaves the TPM as it is.", NULL);
        else if (tpm->disable_clear)
                find(result, clear_severity(facts), "Clearing is disabled in the TPM (disableClear).", remedy);
        else if (tpm->lockout_auth_set)
                find(result, clear_severity(facts),
                     facts->image_brings_lockout_auth
                             ? "The TPM's lockout authorization is set; the image brings one, which only the reset tries."
                             : "The TPM's lockout authorization is set, and nobody here knows it.",
                     facts->image_brings_lockout_auth
                             ? NULL
                             : "Have the TPM's owner remove the authorization (tpm2_changeauth -c lockout), give it to the image "
                               "(tpm-lockout-auth=), or clear the TPM in the firmware setup, right before the reset: what is on "
                               "this "
                               "device cannot be read any more then, except with a recovery key.");
        else if (tpm->in_lockout)
                find(result, clear_severity(facts), "The TPM is in lockout after wrong authorizations.", remedy);
        else if (tpm->lockout_blocked)
                find(result, clear_severity(facts),
                     "The TPM accepts no lockout authorization for a while (1000 seconds by default), after a wrong one.",
                     "Leave the machine switched on for that long, then try again.");
        else
                find(result, SEVERITY_GOOD, "The TPM can be cleared at once.", NULL);
        if (result->severity >= SEVERITY_NOTE && facts->tried[CHECK_TPM].state == FACT_GOOD &&
            facts->tpm_policy != TPM_CLEAR_SKIP && tpm_clear_way_choose(tpm) == TPM_WAY_FIRMWARE)
                add(result, " The firmware will be asked to clear it, and may ask the person in front of it.");
}

/* Advice that is dear to follow on a device in use. */
#define LOCKS_VOLUMES                                                                                                           \
        " This locks the volumes that exist, which are sealed to the machine as it is: run cleanslate reseal before, have the " \
        "recovery key at hand, or reset afterwards."

void judge_secure_boot(const struct checkup_facts *facts, struct check_result *result)
{
        static const char remedy[] = "Enroll the vendor's keys and switch Secure Boot on in the firmware setup." LOCKS_VOLUMES;

        switch (facts->secure_boot) {
        case SECURE_BOOT_ON:
                find(result, SEVERITY_GOOD, "Secure Boot is on.", NULL);
                break;
        case SECURE_BOOT_OFF:
                find(result, SEVERITY_WARNING,
                     "Secure Boot is off: nothing checks what this machine starts, a reset included, and any other system that "
                     "it starts can "
                     "have the TPM release the keys of the volumes.",
                     remedy);
                break;
        case SECURE_BOOT_SETUP_MODE:
                find(result, SEVERITY_WARNING, "Secure Boot is in setup mode: it has no keys, and checks nothing.", remedy);
                break;
        default:
                find(result, SEVERITY_UNKNOWN, "The firmware does not say whether Secure Boot is on.", NULL);
        }
}

void judge_secure_boot_keys(const struct checkup_facts *facts, struct check_result *result)
{
        const struct firmware_keys *keys = &facts->firmware_keys;

        if (!keys->known) {
                find(result, SEVERITY_UNKNOWN, "Secure Boot's keys cannot be read, or there are none.", NULL);
                return;
        }
        if (keys->test_key) {
                find(result, SEVERITY_WARNING, "A key of Secure Boot is meant for tests (\"",
                     "Enroll keys of the vendor's own, or have the firmware updated: whoever has the test key can sign "
                     "anything." LOCKS_VOLUMES);
                add(result, keys->test_key);
                add(result, "\"); its private half is public.");
                return;
        }
        if (keys->third_party) {
                find(result, SEVERITY_NOTE, "Secure Boot also starts what a third party has signed (db has \"", NULL);
                add(result, keys->third_party);
                add(result,
                    "\"): other systems start on this machine, though with another PCR 7 than one the vendor's key vouches for.");
                return;
        }
        find(result, SEVERITY_GOOD, "Secure Boot's keys are neither known test keys nor a third party's.", NULL);
}

void judge_seal_pcrs(const struct checkup_facts *facts, struct check_result *result)
{
        static const char remedy[] =
                "Set [Seal] pcrs= in the image's cleanslate.conf to what this firmware measures." LOCKS_VOLUMES;
        char text[PCR_MASK_TEXT_MAX];

        if (!facts->seal_pcrs_known) {
                find(result, SEVERITY_UNKNOWN, "Whether the firmware measures what keys are sealed to is not known.", NULL);
                return;
        }
        if (facts->seal_pcrs == 0) {
                find(result, SEVERITY_WARNING,
                     "Keys are sealed to the signed PCR 11 alone, which any other system on this machine can extend as well.",
                     remedy);
                return;
        }
        pcr_mask_format(facts->seal_pcrs_blank ? facts->seal_pcrs_blank : facts->seal_pcrs, text);
        if (facts->seal_pcrs_blank)
                find(result, SEVERITY_WARNING, "The firmware measures nothing to what keys are sealed to: PCR ", remedy);
        else
                find(result, SEVERITY_GOOD, "Keys are sealed to what the firmware measures: PCR ", NULL);
        add(result, text);
        add(result, ".");
}

void judge_request(const struct checkup_facts *facts, struct check_result *result)
{
        switch (facts->request) {
        case REQUEST_MALFORMED:
                find(result, SEVERITY_WARNING, "A malformed request is there; it is never acted on.", "cleanslate cancel");
                break;
        case REQUEST_FOREIGN:
                find(result, SEVERITY_WARNING, "A request for another system is there; this one does not act on it.",
                     "Cancel it from that system, or make a new request, which replaces it.");
                break;
        case REQUEST_DUE:
                find(result, SEVERITY_WARNING, "A request of an earlier boot is there, and this boot has not acted on it.",
                     "Was this boot started by Cleanslate's stub? Cancel it with: cleanslate cancel");
                break;
        case REQUEST_PENDING:
                find(result, SEVERITY_NOTE, "A reset is requested and happens at the next boot.", NULL);
                break;
        default:
                find(result, SEVERITY_GOOD, "No request prevents a new one.", NULL);
        }
}

void judge_progress(const struct checkup_facts *facts, struct check_result *result)
{
        const struct progress *progress = facts->progress;

        if (!progress_is_under_way(progress)) {
                find(result, SEVERITY_GOOD, "No reset is under way.", NULL);
                return;
        }
        find(result, SEVERITY_WARNING, "A reset is under way (phase ", "Restart: the next boot goes on with it.");
        add(result, reset_phase_name(progress->phase));
        add(result, "), with ");
        add_number(result, progress->failures);
        add(result, " failed attempts");
        if (progress->last_error[0] != '\0')
                add(result, ", the last one: ");
        add(result, progress->last_error);
        add(result, ".");
}

void judge_medium(const struct checkup_facts *facts, struct check_result *result)
{
        const struct media_health *health = &facts->medium->health;
        static const char remedy[] = "Replace the disk, and destroy the old one: what cannot be written to cannot be erased.";

        if (facts->medium->sanitize_failed)
                find(result, SEVERITY_FAILURE, "The disk's last sanitize failed; it may refuse reads and writes.", remedy);
        else if (!health->known)
                find(result, SEVERITY_UNKNOWN, "The disk says nothing about its health.", NULL);
        else if (health->failing)
                find(result, SEVERITY_WARNING, "The disk says that it is failing.", remedy);
        else if (health->media_errors + health->pending > 0)
                find(result, SEVERITY_WARNING, "The disk has unreadable sectors; a reset fails on those it cannot overwrite.",
                     remedy);
        else if (health->worn_known && health->percentage_used >= CHECKUP_MEDIUM_WORN)
                find(result, SEVERITY_NOTE, "The disk has used up most of its rated endurance.", "Plan for another disk.");
        else
                find(result, SEVERITY_GOOD, "The disk says that it is in good health.", NULL);
}

void judge_power(const struct checkup_facts *facts, struct check_result *result)
{
        static const char remedy[] = "Connect the charger. A power cut does no harm, but part of the work is repeated.";

        if (!facts->on_battery)
                find(result, SEVERITY_GOOD, "The machine does not run from a battery.", NULL);
        else if (facts->battery_percent > 100)
                find(result, SEVERITY_WARNING, "The machine runs from a battery whose charge is not known.", remedy);
        else {
                find(result, facts->battery_percent < CHECKUP_BATTERY_MIN ? SEVERITY_FAILURE : SEVERITY_NOTE,
                     "The machine runs from a battery, charged to ", remedy);
                add_number(result, facts->battery_percent);
                add(result, "%.");
        }
}

void judge_break_glass(const struct checkup_facts *facts, struct check_result *result)
{
        if (facts->break_glass_damaged)
                find(result, SEVERITY_WARNING, "The counter of the break-glass shell is damaged.",
                     "Look at the records on the EFI system partition (EFI/cleanslate/records/break-glass-*.json).");
        else if (facts->break_glass->count == 0)
                find(result, SEVERITY_GOOD, "The break-glass shell was never opened.", NULL);
        else {
                find(result, SEVERITY_NOTE, "The break-glass shell was opened ",
                     "If this is unexpected, ask who was at the machine: cleanslate status tells when.");
                add_number(result, facts->break_glass->count);
                add(result, " time(s).");
        }
}

void judge_reseal(const struct checkup_facts *facts, struct check_result *result)
{
        static const char remedy[] = "Change the keys and restart, or: cleanslate reseal --cancel";

        if (facts->reseal == RESEAL_READY || facts->reseal == RESEAL_PREPARE)
                find(result, SEVERITY_WARNING,
                     "A reseal is prepared: until it is used or over, a change of Secure Boot's keys or state does not lock the "
                     "volumes.",
                     remedy);
        else if (facts->reseal == RESEAL_FAILED)
                find(result, SEVERITY_WARNING, "A planned reseal has failed in this start.", "journalctl -k says why.");
        else
                find(result, SEVERITY_GOOD, "No reseal is prepared.", NULL);
}

/* What somebody at the machine may have it do: the image's decision, so nothing has to be done about it. */
void judge_console(const struct checkup_facts *facts, struct check_result *result)
{
        if (facts->settings == NULL)
                find(result, SEVERITY_UNKNOWN, "What the image allows at the console is not known.", NULL);
        else if (settings_only_vendor_can_reset(facts->settings))
                find(result, SEVERITY_NOTE,
                     "Nobody at the machine can have it reset ([Menu] of cleanslate.conf): if its system does not start, only "
                     "the "
                     "vendor can reset this device.",
                     NULL);
        else if (facts->settings->access.reset == ACCESS_PASSWORD)
                find(result, SEVERITY_GOOD, "A factory reset from the console needs the image's password.", NULL);
        else
                find(result, SEVERITY_GOOD, "A factory reset from the console needs no password.", NULL);
}

void judge_reset_key(const struct checkup_facts *facts, struct check_result *result)
{
        if (facts->reset_key == RESET_KEY_UNKNOWN) {
                find(result, SEVERITY_UNKNOWN, "logind does not say whether a hardware key is set to request a reset.", NULL);
                return;
        }
        if (facts->reset_key == RESET_KEY_NONE) {
                find(result, SEVERITY_GOOD, "No hardware key is set to request a reset (logind.conf).", NULL);
                return;
        }
        find(result, SEVERITY_GOOD, "A hardware key is set to request a reset (logind.conf).", NULL);
        if (facts->systemd_version == 0 || facts->systemd_version >= CHECKUP_LOGIND_MENDED)
                return;
        find(result, SEVERITY_WARNING, "A hardware key is set to request a reset (logind.conf), but logind of systemd ",
             "Use systemd 259 or later, or a package that has mended this. `systemctl start factory-reset.target` works with "
             "every version.");
        add_number(result, facts->systemd_version);
        add(result, " aborts instead, unless it was mended (systemd issue 39385).");
}
