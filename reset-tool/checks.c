/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/checks.h"

#include "common/base/json-write.h"
#include "linux/base/blockdev.h"
#include "linux/base/cleanup.h"
#include "linux/base/power-supply.h"
#include "linux/disk/disks.h"
#include "linux/image/factory-image.h"
#include "linux/image/image-hooks.h"
#include "reset-tool/reset-key.h"
#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#define DETAIL_MAX 512

/* Where the words of the facts are. */
struct details {
        char policy[DETAIL_MAX], disk[DETAIL_MAX], copy[DETAIL_MAX], plan[DETAIL_MAX], manifest[DETAIL_MAX], files[DETAIL_MAX],
                makers[DETAIL_MAX], esp[DETAIL_MAX], tpm[DETAIL_MAX], sealing[DETAIL_MAX];
};

static struct check_fact fact_of(bool good, const char *detail)
{
        return good ? (struct check_fact){ .state = FACT_GOOD } : (struct check_fact){ FACT_BAD, detail };
}

static void ask_image(const struct plan_preview *preview, struct details *details, struct checkup_facts *facts)
{
        _cleanup_(factory_image_done) struct factory_image image = { 0 };
        const int root_fd = preview->root.fd;
        const struct policy *policy = &preview->policy;
        const struct trouble manifest = { details->manifest, DETAIL_MAX }, files = { details->files, DETAIL_MAX },
                             makers = { details->makers, DETAIL_MAX };
        if (!preview->policy_known)
                return;
        int r = factory_image_read_manifest(root_fd, &image, &manifest);
        if (r == 0 && preview->planned && preview->plan.refusal_count == 0)
                r = factory_image_check_parts(policy, &preview->plan, &image, &manifest);
        facts->manifest = fact_of(r == 0, details->manifest);
        facts->factory_files = fact_of(factory_image_read_trees(root_fd, policy, &image, &files) == 0, details->files);
        facts->makers = fact_of(factory_image_check_makers(root_fd, policy, &makers) == 0 &&
                                        image_hooks_check(root_fd, &policy->settings, &makers) == 0,
                                details->makers);
}

static void ask_disks(const struct boot_context *context, const struct plan_preview *preview, struct details *details,
                      struct checkup_facts *facts)
{
        char path[sizeof(preview->inventory.disk_path)];
        struct guid esp = context->stub_partition;
        bool has_esp = !guid_is_zero(&esp) || boot_partition_read(&context->variables, &esp);
        facts->disk = fact_of(preview->disk_known, preview->why.text);
        if (!preview->disk_known)
                return;
        int r = disks_find_copy(&preview->inventory, has_esp ? &esp : NULL, path);
        if (r > 0)
                (void)snprintf(details->copy, DETAIL_MAX, "%s is a copy of %s; beside a copy nothing is erased.", path,
                               preview->inventory.disk_path);
        if (r >= 0)
                facts->copy = fact_of(r == 0, details->copy);
}

static void ask_esp(const struct plan_preview *preview, struct details *details, struct checkup_facts *facts)
{
        struct statvfs space;
        if (!preview->disk_known)
                return;
        (void)snprintf(details->esp, DETAIL_MAX, "The EFI system partition cannot be opened: %s.", strerror(-preview->esp_error));
        facts->esp = fact_of(preview->esp_fd >= 0, details->esp);
        facts->esp_writable = !preview->inventory.disk_read_only;
        if (preview->esp_fd >= 0 && fstatvfs(preview->esp_fd, &space) == 0)
                facts->esp_free_bytes = (uint64_t)space.f_bavail * space.f_bsize;
}

/* As large as a request and a progress record at most: a store that has room for less could not keep them. */
static enum checkup_store ask_variables(const struct boot_context *context)
{
        int r = efivarfs_has_room(&context->variables, REQUEST_VALUE_MAX + PROGRESS_ENCODED_SIZE);
        return r == 1         ? STORE_WRITABLE
               : r == 0       ? STORE_ROOM_UNKNOWN
               : r == -EROFS  ? STORE_READ_ONLY
               : r == -ENOSPC ? STORE_FULL
                              : STORE_UNTRIED;
}

static bool encrypts(const struct plan *plan)
{
        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].kind == STEP_ENCRYPT)
                        return true;
        return false;
}

static void try_sealing(const struct plan_preview *preview, struct details *details, struct checkup_facts *facts)
{
        const struct tpm_facts *tpm = &preview->inventory.tpm;
        uint8_t secret[TPM_SECRET_SIZE], blob[TPM_BLOB_MAX], policy_hash[SHA256_SIZE];
        size_t blob_size = sizeof(blob);
        if (facts->tpm.state != FACT_GOOD || !preview->public_key_pem || !encrypts(&preview->plan)) {
                facts->sealing.detail = "Nothing would be sealed by the TPM, or not as things are.";
                return;
        }
        if (tpm->owner_auth_set || tpm->in_lockout) {
                facts->sealing.detail = "An authorization or a lockout hinders sealing; clearing the TPM ends both.";
                return;
        }
        int r = random_key(preview->tpm, secret);
        if (r == 0)
                r = tpm_seal(preview->tpm, preview->public_key_pem, preview->policy.settings.seal_pcrs, secret, blob, &blob_size,
                             policy_hash, NULL);
        explicit_bzero(secret, sizeof(secret));
        (void)snprintf(details->sealing, DETAIL_MAX, "The TPM cannot seal a key for a new system: %s.",
                       tpm_last_text(preview->tpm));
        facts->sealing = fact_of(r == 0, details->sealing);
}

static void ask_tpm(const struct plan_preview *preview, struct details *details, struct checkup_facts *facts)
{
        facts->tpm_facts = &preview->inventory.tpm;
        facts->tpm_policy = preview->planned ? preview->plan.tpm_clear : TPM_CLEAR_UNSET;
        facts->image_brings_lockout_auth = preview->notes[NOTE_LOCKOUT_AUTH_UNTRIED];
        if (preview->tpm_result == -ENODEV)
                return;
        (void)snprintf(details->tpm, DETAIL_MAX, "The TPM does not answer: %s.",
                       preview->tpm ? tpm_last_text(preview->tpm) : strerror(-preview->tpm_result));
        facts->tpm = fact_of(preview->tpm_result == 0, details->tpm);
}

static void read_secure_boot(const struct boot_context *context, struct checkup_facts *facts)
{
        _cleanup_free_ void *on = NULL, *setup = NULL;
        size_t size;
        if (efivarfs_read(&context->variables, &guid_efi_global, "SecureBoot", &on, &size) < 0 || size != 1)
                return;
        facts->secure_boot = *(const uint8_t *)on == 1 ? SECURE_BOOT_ON : SECURE_BOOT_OFF;
        if (facts->secure_boot == SECURE_BOOT_OFF &&
            efivarfs_read(&context->variables, &guid_efi_global, "SetupMode", &setup, &size) == 0 && size == 1 &&
            *(const uint8_t *)setup == 1)
                facts->secure_boot = SECURE_BOOT_SETUP_MODE;
}

static void read_firmware_keys(const struct boot_context *context, struct checkup_facts *facts)
{
        static const struct {
                const struct guid *vendor;
                const char *name;
        } stores[] = { { &guid_efi_global, "PK" }, { &guid_efi_global, "KEK" }, { &guid_security_database, "db" } };
        for (size_t i = 0; i < ARRAY_SIZE(stores); i++) {
                _cleanup_free_ void *value = NULL;
                size_t size;
                if (efivarfs_read(&context->variables, stores[i].vendor, stores[i].name, &value, &size) == 0)
                        firmware_keys_add(&facts->firmware_keys, (struct bytes){ value, size }, i == 2);
        }
}

static void ask_seal_pcrs(const struct plan_preview *preview, struct checkup_facts *facts)
{
        if (!preview->policy_known || facts->tpm.state != FACT_GOOD)
                return;
        facts->seal_pcrs = preview->policy.settings.seal_pcrs;
        facts->seal_pcrs_known =
                facts->seal_pcrs == 0 || tpm_find_blank_pcrs(preview->tpm, facts->seal_pcrs, &facts->seal_pcrs_blank) == 0;
}

static void ask_policy_and_plan(const struct plan_preview *preview, struct details *details, struct checkup_facts *facts)
{
        char text[320] = "";
        if (preview->policy_result < 0)
                policy_error_format(&preview->policy_error, text, sizeof(text));
        (void)snprintf(details->policy, DETAIL_MAX, "The image's policy is wrong: %s.", text[0] ? text : preview->why.text);
        facts->policy = fact_of(preview->policy_known, details->policy);
        facts->settings = preview->policy_known ? &preview->policy.settings : NULL;
        (void)snprintf(details->plan, DETAIL_MAX, "No plan can be made: %s", preview->why.text);
        facts->plan = fact_of(preview->planned && preview->why.text[0] == 0, details->plan);
        if (!preview->planned || preview->plan.refusal_count == 0)
                return;
        facts->refused_plan = &preview->plan;
        facts->refused_policy = &preview->policy;
        facts->refused_inventory = &preview->inventory;
}

void checks_run(const struct environment *environment, const struct boot_context *context, const struct plan_preview *preview,
                bool preflight_only, struct checkup *ret)
{
        struct details details = { 0 };
        struct power_state power;
        struct checkup_facts facts = { .our_boot = context->mode_known,
                                       .root_verified = preview->root.is_verified,
                                       .request = context->request_state,
                                       .progress = &context->progress,
                                       .medium = &preview->medium,
                                       .break_glass = &context->break_glass,
                                       .break_glass_damaged = context->break_glass_damaged,
                                       .reseal = context->reseal };
        ask_policy_and_plan(preview, &details, &facts);
        ask_disks(context, preview, &details, &facts);
        ask_image(preview, &details, &facts);
        ask_esp(preview, &details, &facts);
        ask_tpm(preview, &details, &facts);
        try_sealing(preview, &details, &facts);
        facts.variables = ask_variables(context);
        read_secure_boot(context, &facts);
        read_firmware_keys(context, &facts);
        ask_seal_pcrs(preview, &facts);
        power_state_read(environment->power_supply_path, &power);
        facts.on_battery = power.on_battery;
        facts.battery_percent = power.percent;
        if (!preflight_only)
                reset_key_ask(environment, &facts);
        checkup_judge(&facts, ret);
}

void checks_json(struct writer *writer, const struct checkup *checkup, bool preflight_only)
{
        json_open(writer, '{');
        json_member_text(writer, "type", "cleanslate-checkup-1");
        json_member_flag(writer, "ok", !checkup_failed(checkup, preflight_only));
        json_member_open(writer, "checks", '[');
        for (size_t i = 0; i < checkup->count; i++) {
                const struct check_result *result = &checkup->results[i];
                if (preflight_only && !result->is_preflight)
                        continue;
                json_open(writer, '{');
                json_member_text(writer, "name", result->name);
                json_member_text(writer, "severity", check_severity_name(result->severity));
                json_member_flag(writer, "preflight", result->is_preflight);
                json_member_text(writer, "text", result->text);
                json_member_text(writer, "remedy", result->remedy);
                json_close(writer, '}');
        }
        json_close(writer, ']');
        json_close(writer, '}');
}
