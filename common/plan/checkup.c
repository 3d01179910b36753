/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table, and one judge a row. A judge fills severity, text and remedy; a row that finds nothing amiss says so. */
#include "common/plan/checkup.h"
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
static void find_fact(struct check_result *result, const struct check_fact *fact, const char *good, const char *remedy)
{
        switch (fact->state) {
        case FACT_GOOD:
                find(result, CHECK_GOOD, good, NULL);
                break;
        case FACT_BAD:
                find(result, CHECK_FAILURE, fact->detail ? fact->detail : "It failed.", remedy);
                break;
        default:
                find(result, CHECK_UNKNOWN, fact->detail ? fact->detail : "It could not be looked at.", NULL);
        }
}

static void judge_boot(const struct checkup_facts *facts, struct check_result *result)
{
        if (facts->our_boot)
                find(result, CHECK_GOOD, "This system was started by Cleanslate.", NULL);
        else
                find(result, CHECK_FAILURE,
                     "This system was not started by Cleanslate's stub and initrd, so nothing would act on a request.",
                     "Start the boot image (UKI) that carries them: look at the boot order (bootctl, efibootmgr), or install it "
                     "as EFI/BOOT/BOOTX64.EFI.");
}

static void judge_root(const struct checkup_facts *facts, struct check_result *result)
{
        if (facts->root_verified)
                find(result, CHECK_GOOD, "The running system is the verified image.", NULL);
        else
                find(result, CHECK_WARNING,
                     "The running root file system is not under dm-verity: what was checked here need not be "
                     "what the reset will find in the image.",
                     "Start the image under its verity root hash (roothash= on the kernel command line).");
}

static void judge_policy(const struct checkup_facts *facts, struct check_result *result)
{
        find_fact(result, &facts->policy, "The image's policy is right.",
                  "Correct it in the image's source (repart.d(5), cleanslate.conf(5)) and install the new image.");
}

static void judge_disk(const struct checkup_facts *facts, struct check_result *result)
{
        find_fact(result, &facts->disk, "The disk this system was started from is there.", NULL);
}

static void judge_copy(const struct checkup_facts *facts, struct check_result *result)
{
        find_fact(result, &facts->copy, "No other disk is a copy of it.",
                  "Detach the copy, or give it another GUID (sgdisk -G).");
}

static void judge_plan(const struct checkup_facts *facts, struct check_result *result)
{
        find_fact(result, &facts->plan, "A plan can be made, and nothing in it refuses.", NULL);
}

static void judge_manifest(const struct checkup_facts *facts, struct check_result *result)
{
        find_fact(result, &facts->manifest, "The factory manifest is there and describes what is built.",
                  "The image is incomplete: install a whole one.");
}

static void judge_factory_files(const struct checkup_facts *facts, struct check_result *result)
{
        find_fact(result, &facts->factory_files, "Every factory file can be read.",
                  "The disk is failing or the image was altered: install the image anew, perhaps on another disk.");
}

static void judge_makers(const struct checkup_facts *facts, struct check_result *result)
{
        find_fact(result, &facts->makers, "The image has every mkfs that it needs.",
                  "Build the image with the package that has it (e2fsprogs, dosfstools, btrfs-progs, xfsprogs).");
}

static void judge_esp(const struct checkup_facts *facts, struct check_result *result)
{
        find_fact(result, &facts->esp, "The EFI system partition can be opened.", "Repair it (fsck.vfat) from another system.");
        if (facts->esp.state == FACT_GOOD && !facts->esp_writable)
                find(result, CHECK_FAILURE, "The EFI system partition is on a write-protected disk.",
                     "Remove the write protection.");
}

static void judge_esp_space(const struct checkup_facts *facts, struct check_result *result)
{
        static const char remedy[] =
                "Mount it and delete boot images and records that nobody needs (EFI/Linux, EFI/cleanslate/records).";

        if (facts->esp.state != FACT_GOOD) {
                find(result, CHECK_UNKNOWN, "The EFI system partition could not be looked at.", NULL);
                return;
        }
        if (facts->esp_free_bytes < CHECKUP_ESP_FREE_MIN)
                find(result, CHECK_FAILURE, "The EFI system partition is full: the record needs 1024 KiB, free are ", remedy);
        else if (facts->esp_free_bytes < CHECKUP_ESP_FREE_SCARCE)
                find(result, CHECK_WARNING, "The EFI system partition is nearly full: free are ", remedy);
        else
                find(result, CHECK_GOOD, "The EFI system partition has room for the record: free are ", NULL);
        add_number(result, facts->esp_free_bytes >> 10);
        add(result, " KiB.");
}

static void judge_variables(const struct checkup_facts *facts, struct check_result *result)
{
        switch (facts->variables) {
        case STORE_WRITABLE:
                find(result, CHECK_GOOD, "The firmware's variable store is writable and has room.", NULL);
                break;
        case STORE_ROOM_UNKNOWN:
                find(result, CHECK_GOOD, "The firmware's variable store is writable; its room this kernel does not tell.", NULL);
                break;
        case STORE_READ_ONLY:
                find(result, CHECK_FAILURE, "The EFI variables are mounted read-only, so no request can be written.",
                     "mount -o remount,rw /sys/firmware/efi/efivars");
                break;
        case STORE_FULL:
                find(result, CHECK_FAILURE, "The firmware's variable store is full.",
                     "Delete the kernel's crash dumps (rm /sys/firmware/efi/efivars/dump-*) and boot entries that nobody needs, "
                     "then "
                     "restart, so that the firmware tidies up.");
                break;
        default:
                find(result, CHECK_UNKNOWN, "Whether the firmware's variable store is writable cannot be found out.", NULL);
        }
}

static void judge_tpm(const struct checkup_facts *facts, struct check_result *result)
{
        if (facts->tpm.state == FACT_UNTRIED)
                find(result, CHECK_WARNING, "There is no TPM 2.0.",
                     "Enable it in the firmware setup. Without it volumes are not encrypted, or the image's policy refuses.");
        else
                find_fact(result, &facts->tpm, "The TPM answers.",
                          "Switch the machine off and on; if it stays so, look into the firmware setup.");
}

/* A hindrance counts only where the policy wants the TPM cleared. */
static enum check_severity clear_severity(const struct checkup_facts *facts)
{
        if (tpm_clear_way_choose(facts->tpm_facts) != TPM_WAY_NONE || facts->image_brings_lockout_auth)
                return CHECK_NOTE;
        return facts->tpm_policy == TPM_CLEAR_REQUIRED || facts->tpm_policy == TPM_CLEAR_UNSET ? CHECK_FAILURE : CHECK_WARNING;
}

static void judge_tpm_clear(const struct checkup_facts *facts, struct check_result *result)
{
        const struct tpm_facts *tpm = facts->tpm_facts;
        static const char remedy[] =
                "Clear the TPM in the firmware setup, right before the reset: what is on this device cannot be "
                "read any more then, except with a recovery key.";

        if (facts->tpm.state != FACT_GOOD)
                find(result, CHECK_UNKNOWN, "There is no TPM to ask whether it can be cleared.", NULL);
        else if (facts->tpm_policy == TPM_CLEAR_SKIP)
                find(result, CHECK_NOTE, "The image's policy leaves the TPM as it is.", NULL);
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
        else
                find(result, CHECK_GOOD, "The TPM can be cleared at once.", NULL);
        if (result->severity >= CHECK_NOTE && facts->tpm.state == FACT_GOOD && facts->tpm_policy != TPM_CLEAR_SKIP &&
            tpm_clear_way_choose(tpm) == TPM_WAY_FIRMWARE)
                add(result, " The firmware will be asked to clear it, and may ask the person in front of it.");
}

static void judge_sealing(const struct checkup_facts *facts, struct check_result *result)
{
        find_fact(result, &facts->sealing, "The TPM seals a key for a new system.",
                  "If the boot image carries no PCR policy, use a complete, signed one. Otherwise clear the TPM in the firmware "
                  "setup: what is on this device cannot be read any more then, except with a recovery key.");
}

/* Advice that is dear to follow on a device in use. */
#define LOCKS_VOLUMES                                                                                                           \
        " This locks the volumes that exist, which are sealed to the machine as it is: run cleanslate reseal before, have the " \
        "recovery key at hand, or reset afterwards."

static void judge_secure_boot(const struct checkup_facts *facts, struct check_result *result)
{
        static const char remedy[] = "Enroll the vendor's keys and switch Secure Boot on in the firmware setup." LOCKS_VOLUMES;

        switch (facts->secure_boot) {
        case SECURE_BOOT_ON:
                find(result, CHECK_GOOD, "Secure Boot is on.", NULL);
                break;
        case SECURE_BOOT_OFF:
                find(result, CHECK_WARNING,
                     "Secure Boot is off: nothing checks what this machine starts, a reset included, and any other system that "
                     "it starts can "
                     "have the TPM release the keys of the volumes.",
                     remedy);
                break;
        case SECURE_BOOT_SETUP_MODE:
                find(result, CHECK_WARNING, "Secure Boot is in setup mode: it has no keys, and checks nothing.", remedy);
                break;
        default:
                find(result, CHECK_UNKNOWN, "The firmware does not say whether Secure Boot is on.", NULL);
        }
}

static void judge_secure_boot_keys(const struct checkup_facts *facts, struct check_result *result)
{
        const struct firmware_keys *keys = &facts->firmware_keys;

        if (!keys->known) {
                find(result, CHECK_UNKNOWN, "Secure Boot's keys cannot be read, or there are none.", NULL);
                return;
        }
        if (keys->test_key) {
                find(result, CHECK_WARNING, "A key of Secure Boot is meant for tests (\"",
                     "Enroll keys of the vendor's own, or have the firmware updated: whoever has the test key can sign "
                     "anything." LOCKS_VOLUMES);
                add(result, keys->test_key);
                add(result, "\"); its private half is public.");
                return;
        }
        if (keys->third_party) {
                find(result, CHECK_NOTE, "Secure Boot also starts what a third party has signed (db has \"", NULL);
                add(result, keys->third_party);
                add(result,
                    "\"): other systems start on this machine, though with another PCR 7 than one the vendor's key vouches for.");
                return;
        }
        find(result, CHECK_GOOD, "Secure Boot's keys are neither known test keys nor a third party's.", NULL);
}

static void judge_seal_pcrs(const struct checkup_facts *facts, struct check_result *result)
{
        static const char remedy[] =
                "Set [Seal] pcrs= in the image's cleanslate.conf to what this firmware measures." LOCKS_VOLUMES;
        char text[PCR_MASK_TEXT_MAX];

        if (!facts->seal_pcrs_known) {
                find(result, CHECK_UNKNOWN, "Whether the firmware measures what keys are sealed to is not known.", NULL);
                return;
        }
        if (facts->seal_pcrs == 0) {
                find(result, CHECK_WARNING,
                     "Keys are sealed to the signed PCR 11 alone, which any other system on this machine can extend as well.",
                     remedy);
                return;
        }
        pcr_mask_format(facts->seal_pcrs_blank ? facts->seal_pcrs_blank : facts->seal_pcrs, text);
        if (facts->seal_pcrs_blank)
                find(result, CHECK_WARNING, "The firmware measures nothing to what keys are sealed to: PCR ", remedy);
        else
                find(result, CHECK_GOOD, "Keys are sealed to what the firmware measures: PCR ", NULL);
        add(result, text);
        add(result, ".");
}

static void judge_request(const struct checkup_facts *facts, struct check_result *result)
{
        switch (facts->request) {
        case REQUEST_MALFORMED:
                find(result, CHECK_WARNING, "A malformed request is there; it is never acted on.", "cleanslate cancel");
                break;
        case REQUEST_FOREIGN:
                find(result, CHECK_WARNING, "A request for another system is there; this one does not act on it.",
                     "Cancel it from that system, or ask anew, which replaces it.");
                break;
        case REQUEST_DUE:
                find(result, CHECK_WARNING, "A request of an earlier boot is there, and this boot has not acted on it.",
                     "Was this boot started by Cleanslate's stub? Take it back with: cleanslate cancel");
                break;
        case REQUEST_PENDING:
                find(result, CHECK_NOTE, "A reset is asked for and happens at the next boot.", NULL);
                break;
        default:
                find(result, CHECK_GOOD, "No request stands in the way.", NULL);
        }
}

static void judge_progress(const struct checkup_facts *facts, struct check_result *result)
{
        const struct progress *progress = facts->progress;

        if (!progress_is_under_way(progress)) {
                find(result, CHECK_GOOD, "No reset is under way.", NULL);
                return;
        }
        find(result, CHECK_WARNING, "A reset is under way (phase ", "Restart: the next boot goes on with it.");
        add(result, reset_phase_name(progress->phase));
        add(result, "), with ");
        add_number(result, progress->failures);
        add(result, " failed attempts");
        if (progress->last_error[0] != '\0')
                add(result, ", the last one: ");
        add(result, progress->last_error);
        add(result, ".");
}

static void judge_medium(const struct checkup_facts *facts, struct check_result *result)
{
        const struct media_health *health = &facts->medium->health;
        static const char remedy[] = "Replace the disk, and destroy the old one: what cannot be written to cannot be erased.";

        if (facts->medium->sanitize_failed)
                find(result, CHECK_FAILURE, "The disk's last sanitize failed; it may refuse reads and writes.", remedy);
        else if (!health->known)
                find(result, CHECK_UNKNOWN, "The disk says nothing about its health.", NULL);
        else if (health->failing)
                find(result, CHECK_WARNING, "The disk says that it is failing.", remedy);
        else if (health->media_errors + health->pending > 0)
                find(result, CHECK_WARNING, "The disk has unreadable sectors; a reset fails on those it cannot overwrite.",
                     remedy);
        else if (health->worn_known && health->percentage_used >= CHECKUP_MEDIUM_WORN)
                find(result, CHECK_NOTE, "The disk has used up most of its rated endurance.", "Plan for another disk.");
        else
                find(result, CHECK_GOOD, "The disk says that it is in good health.", NULL);
}

static void judge_power(const struct checkup_facts *facts, struct check_result *result)
{
        static const char remedy[] = "Connect the charger. A power cut does no harm, but it takes the time once more.";

        if (!facts->on_battery)
                find(result, CHECK_GOOD, "The machine does not run from a battery.", NULL);
        else if (facts->battery_percent > 100)
                find(result, CHECK_WARNING, "The machine runs from a battery whose charge is not known.", remedy);
        else {
                find(result, facts->battery_percent < CHECKUP_BATTERY_MIN ? CHECK_FAILURE : CHECK_NOTE,
                     "The machine runs from a battery, charged to ", remedy);
                add_number(result, facts->battery_percent);
                add(result, "%.");
        }
}

static void judge_break_glass(const struct checkup_facts *facts, struct check_result *result)
{
        if (facts->break_glass_damaged)
                find(result, CHECK_WARNING, "The counter of the break-glass shell is damaged.",
                     "Look at the records on the EFI system partition (EFI/cleanslate/records/break-glass-*.json).");
        else if (facts->break_glass->count == 0)
                find(result, CHECK_GOOD, "The break-glass shell was never opened.", NULL);
        else {
                find(result, CHECK_NOTE, "The break-glass shell was opened ",
                     "If that is news to you, ask who was at the machine: cleanslate status tells when.");
                add_number(result, facts->break_glass->count);
                add(result, " time(s).");
        }
}

static void judge_reseal(const struct checkup_facts *facts, struct check_result *result)
{
        static const char remedy[] = "Change the keys and restart, or: cleanslate reseal --cancel";

        if (facts->reseal == RESEAL_READY || facts->reseal == RESEAL_PREPARE)
                find(result, CHECK_WARNING,
                     "A reseal is prepared: until it is used or over, a change of Secure Boot's keys or state does not lock the "
                     "volumes.",
                     remedy);
        else if (facts->reseal == RESEAL_FAILED)
                find(result, CHECK_WARNING, "A planned reseal has failed in this start.", "journalctl -k says why.");
        else
                find(result, CHECK_GOOD, "No reseal is prepared.", NULL);
}

/* What somebody at the machine may have it do: the image's decision, so nothing has to be done about it. */
static void judge_console(const struct checkup_facts *facts, struct check_result *result)
{
        if (facts->settings == NULL)
                find(result, CHECK_UNKNOWN, "What the image allows at the console is not known.", NULL);
        else if (settings_only_vendor_can_reset(facts->settings))
                find(result, CHECK_NOTE,
                     "Nobody at the machine can have it reset ([Menu] of cleanslate.conf): if its system does not start, only "
                     "the "
                     "vendor can reset this device.",
                     NULL);
        else if (facts->settings->access.reset == ACCESS_PASSWORD)
                find(result, CHECK_GOOD, "A factory reset from the console needs the image's password.", NULL);
        else
                find(result, CHECK_GOOD, "A factory reset from the console needs no password.", NULL);
}

static void judge_reset_key(const struct checkup_facts *facts, struct check_result *result)
{
        if (facts->reset_key == RESET_KEY_UNKNOWN) {
                find(result, CHECK_UNKNOWN, "logind does not tell whether a key asks for a reset.", NULL);
                return;
        }
        if (facts->reset_key == RESET_KEY_NONE) {
                find(result, CHECK_GOOD, "No key asks for a reset (logind.conf).", NULL);
                return;
        }
        find(result, CHECK_GOOD, "A key asks for a reset (logind.conf).", NULL);
        if (facts->systemd_version == 0 || facts->systemd_version >= CHECKUP_LOGIND_MENDED)
                return;
        find(result, CHECK_WARNING, "A key is to ask for a reset (logind.conf), but logind of systemd ",
             "Use systemd 259 or later, or a package that has mended this. `systemctl start factory-reset.target` works with "
             "every version.");
        add_number(result, facts->systemd_version);
        add(result, " aborts instead, unless it was mended (systemd issue 39385).");
}

static const struct {
        const char *name;
        bool is_preflight;
        void (*judge)(const struct checkup_facts *facts, struct check_result *result);
} checks[] = {
        { "boot", true, judge_boot },
        { "root", false, judge_root },
        { "policy", true, judge_policy },
        { "disk", true, judge_disk },
        { "disk-copy", true, judge_copy },
        { "disk-health", false, judge_medium },
        { "plan", true, judge_plan },
        { "manifest", true, judge_manifest },
        { "factory-files", true, judge_factory_files },
        { "mkfs", true, judge_makers },
        { "esp", true, judge_esp },
        { "esp-space", true, judge_esp_space },
        { "variable-store", true, judge_variables },
        { "tpm", true, judge_tpm },
        { "tpm-clear", true, judge_tpm_clear },
        { "tpm-sealing", true, judge_sealing },
        { "power", true, judge_power },
        { "secure-boot", false, judge_secure_boot },
        { "secure-boot-keys", false, judge_secure_boot_keys },
        { "seal-pcrs", false, judge_seal_pcrs },
        { "request", false, judge_request },
        { "progress", false, judge_progress },
        { "break-glass", false, judge_break_glass },
        { "reseal", false, judge_reseal },
        { "console", false, judge_console },
        { "reset-key", false, judge_reset_key },
};

_Static_assert(ARRAY_SIZE(checks) + PLAN_REFUSALS_MAX <= CHECKUP_RESULTS_MAX, "every check and every refusal has its place");

static void judge_refusals(const struct checkup_facts *facts, struct checkup *checkup)
{
        const struct plan *plan = facts->refused_plan;

        for (size_t i = 0; plan && i < plan->refusal_count; i++) {
                struct check_result *result = &checkup->results[checkup->count++];
                struct writer writer = writer_over(result->text, sizeof(result->text));

                result->name = refusal_name(plan->refusals[i]);
                result->severity = CHECK_FAILURE;
                result->is_preflight = true;
                plan_refusal_format(plan, facts->refused_policy, facts->refused_inventory, i, &writer);
        }
}

void checkup_judge(const struct checkup_facts *facts, struct checkup *ret)
{
        memset(ret, 0, sizeof(*ret));
        for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
                struct check_result *result = &ret->results[ret->count];

                if (checks[i].judge == judge_plan && facts->refused_plan && facts->refused_plan->refusal_count > 0) {
                        judge_refusals(facts, ret);
                        continue;
                }
                result->name = checks[i].name;
                result->is_preflight = checks[i].is_preflight;
                checks[i].judge(facts, result);
                ret->count++;
        }
}

bool checkup_failed(const struct checkup *checkup, bool preflight_only)
{
        for (size_t i = 0; i < checkup->count; i++)
                if (checkup->results[i].severity == CHECK_FAILURE && (!preflight_only || checkup->results[i].is_preflight))
                        return true;
        return false;
}

const char *check_severity_name(enum check_severity severity)
{
        static const char *const names[CHECK_SEVERITY_COUNT] = { "good", "unknown", "note", "warning", "failure" };

        return (unsigned)severity < CHECK_SEVERITY_COUNT ? names[severity] : "unknown";
}
