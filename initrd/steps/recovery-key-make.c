/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/steps/recovery-key-make.h"

#include "common/policy/preserve-rule.h"
#include "linux/base/file.h"
#include "linux/tpm/recovery-wrap.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

int recovery_key_make(struct reset *reset)
{
        struct boot_context *context = reset->context;
        uint8_t key[RECOVERY_KEY_SIZE];
        if (!context->policy.settings.seal_recovery_key)
                return 0;
        int r = random_key(context->tpm, key);
        if (r == 0)
                r = recovery_wrap(key, reset->key.secret, reset->recovery.wrapped);
        if (r == 0)
                recovery_key_format(key, reset->recovery.passphrase);
        explicit_bzero(key, sizeof(key));
        reset->has_recovery = r == 0;
        return r < 0 ? boot_trouble(context, r, "A recovery key for the new volumes cannot be made: %s.", strerror(-r)) : 0;
}

int recovery_key_leave(struct reset *reset, const struct partition_definition *definition, int fd)
{
        struct boot_context *context = reset->context;
        const char *path = &RECOVERY_KEY_PATH[definition->mount_point[1] ? strlen(definition->mount_point) : 0];
        char parent[sizeof(RECOVERY_KEY_PATH)], text[RECOVERY_KEY_TEXT_MAX + 1];
        if (!reset->has_recovery || preserve_definition(&context->policy, RECOVERY_KEY_PATH) != definition ||
            !definition_is_encrypted(context, definition))
                return 0;
        (void)snprintf(parent, sizeof(parent), "%s", path + 1);
        *strrchr(parent, '/') = 0;
        int size = snprintf(text, sizeof(text), "%s\n", reset->recovery.passphrase);
        int r = make_directories(fd, parent, 0755);
        if (r == 0)
                r = file_replace(fd, path + 1, text, (size_t)size, 0600);
        explicit_bzero(text, sizeof(text));
        if (r == 0)
                report_line(&context->report, "the recovery key is in %s", RECOVERY_KEY_PATH);
        return r;
}
