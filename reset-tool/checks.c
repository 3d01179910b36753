/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/checks.h"

#include "common/base/json-write.h"
#include "linux/base/cleanup.h"
#include "linux/base/power-supply.h"
#include "linux/efi/progress-store.h"
#include "linux/preflight/preflight.h"
#include "reset-tool/reset-key.h"
#include <errno.h>
#include <stdlib.h>

/* The store has to take the request beside what the reset writes. */
#define ROOM_NEEDED (REQUEST_VALUE_MAX + PROGRESS_ROOM_NEEDED)

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

/* Whether there is a policy, a disk, a plan at all: of a reset this is known before it tries anything. */
static void set_groundwork(const struct plan_preview *preview, struct preflight *preflight)
{
        struct trouble trouble = preflight_detail(preflight, CHECK_POLICY);
        char text[320] = "";
        if (preview->policy_result < 0)
                policy_error_format(&preview->policy_error, text, sizeof(text));
        (void)trouble_note(&trouble, 0, "The image's policy is wrong: %s.", text[0] ? text : preview->why.text);
        preflight_set(preflight, CHECK_POLICY, preview->policy_known);
        preflight->facts.settings = preview->policy_known ? &preview->policy.settings : NULL;
        trouble = preflight_detail(preflight, CHECK_DISK);
        (void)trouble_note(&trouble, 0, "%s", preview->why.text);
        preflight_set(preflight, CHECK_DISK, preview->disk_known);
        if (preview->planned && !preview->why.text[0])
                return;
        trouble = preflight_detail(preflight, CHECK_PLAN);
        (void)trouble_note(&trouble, 0, "No plan can be made: %s", preview->why.text);
        preflight_set(preflight, CHECK_PLAN, false);
}

static void read_machine(const struct environment *environment, const struct boot_context *context,
                         const struct plan_preview *preview, struct checkup_facts *facts)
{
        struct power_state power;
        facts->our_boot = context->mode_known;
        facts->stub_is_other = context->stub_is_other;
        facts->root_verified = preview->root.is_verified;
        facts->request = context->request_state;
        facts->progress = &context->progress;
        facts->medium = &preview->medium;
        facts->break_glass = &context->break_glass;
        facts->break_glass_damaged = context->break_glass_damaged;
        facts->reseal = context->reseal;
        facts->image_brings_lockout_auth = preview->notes[NOTE_LOCKOUT_AUTH_UNTRIED];
        facts->variables = preflight_query_store(&context->variables, ROOM_NEEDED);
        read_secure_boot(context, facts);
        read_firmware_keys(context, facts);
        power_state_read(environment->power_supply_path, &power);
        facts->on_battery = power.on_battery;
        facts->battery_percent = power.percent;
}

bool checks_run(const struct environment *environment, const struct boot_context *context, struct plan_preview *preview,
                enum check_scope scope, struct checkup *ret)
{
        const struct reset_source source = plan_preview_source(preview);
        struct preflight *preflight = calloc(1, sizeof(*preflight));
        if (!preflight)
                return false;
        preflight_try(&source, preview->planned ? &preview->plan : NULL, preflight);
        set_groundwork(preview, preflight);
        read_machine(environment, context, preview, &preflight->facts);
        if (scope == SCOPE_DOCTOR)
                reset_key_query(environment, &preflight->facts);
        checkup_judge(&preflight->facts, ret);
        preflight_done(preflight);
        free(preflight);
        return true;
}

void checks_json(struct writer *writer, const struct checkup *checkup, enum check_scope scope)
{
        json_open(writer, '{');
        json_member_text(writer, "type", "cleanslate-checkup-1");
        json_member_flag(writer, "ok", !checkup_failed(checkup, scope));
        json_member_open(writer, "checks", '[');
        for (size_t i = 0; i < checkup->count; i++) {
                const struct check_result *result = &checkup->results[i];
                if (result->scope < scope)
                        continue;
                json_open(writer, '{');
                json_member_text(writer, "name", result->name);
                json_member_text(writer, "severity", check_severity_name(result->severity));
                json_member_flag(writer, "preflight", result->scope >= SCOPE_PREFLIGHT);
                json_member_text(writer, "text", result->text);
                json_member_text(writer, "remedy", result->remedy);
                json_close(writer, '}');
        }
        json_close(writer, ']');
        json_close(writer, '}');
}
