/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The initrd's volumes from a shell, for the scenarios of tests/uml: one secret of 32 equal bytes stands for what a TPM would
 * have released, a label for the role. Never shipped.
 *
 * A volume whose label begins with "authentic" is one with Integrity=inline.
 *
 *   volume-probe format|open DEVICE LABEL BYTE       as a reset makes a volume, as an ordinary boot maps it (/dev/mapper/LABEL)
 *   volume-probe fill DEVICE LABEL BYTE              as a reset maps a volume that it has yet to write over
 *   volume-probe try                                 as a reset's preflight tries whether the kernel has Integrity=inline
 *   volume-probe close LABEL
 *   volume-probe mark|complete DIRECTORY LABEL BYTE  marks a mounted volume; prints whether it is complete
 *   volume-probe grow DEVICE DIRECTORY               lets what is mounted there fill its device, as an ordinary boot does
 *   volume-probe passphrase BYTE                     what systemd-cryptsetup would open it with */
#include "initrd/steps/encrypt-volume.h"
#include "initrd/volumes.h"
#include "linux/disk/file-system-grow.h"
#include "linux/image/authenticated.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char digest[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
static const struct id128 reset_id = { { 1, 2, 3 } };

static struct partition_definition role_of(const char *label)
{
        struct partition_definition role = { .type = { { 1 } }, .factory_reset = true, .mount_point = "/var" };
        (void)snprintf(role.label, sizeof(role.label), "%s", label);
        (void)snprintf(role.mapping, sizeof(role.mapping), "%s", label);
        if (strncmp(label, "authentic", strlen("authentic")) == 0)
                role.integrity = INTEGRITY_INLINE;
        return role;
}

static struct volume_key key_of(const char *byte)
{
        struct volume_key key = { .present = true, .token = { .blob = { 1 }, .blob_size = 1 } };
        memset(key.secret, (int)strtol(byte, NULL, 10), sizeof(key.secret));
        (void)snprintf(key.token.public_key_pem, sizeof(key.token.public_key_pem), "-----BEGIN PUBLIC KEY-----\n");
        return key;
}

/* The step of a reset, whose key is there already. */
static int format(const char *path, const struct partition_definition *role, const struct volume_key *key)
{
        static struct boot_context context;
        static struct reset reset = { .context = &context };
        char detail[256];
        const struct work work = {
                .reset = &reset, .context = &context, .definition = role, .detail = detail, .detail_size = sizeof(detail)
        };
        reset.key = *key;
        int r = encrypt_volume(&work, path);
        if (r < 0)
                fprintf(stderr, "volume-probe: %s\n", context.trouble);
        return r < 0 ? r : luks_close(role->mapping);
}

static int fill(const char *path, const struct partition_definition *role, const struct volume_key *key)
{
        struct luks_key derived;
        volume_derive(role, key, &derived);
        return luks_open_to_fill(path, role->mapping, &derived);
}

static int act(const char *what, const char *on, const struct partition_definition *role, const struct volume_key *key)
{
        static const struct boot_context context; /* whose stub has given no keys */
        struct volume_keys keys = { 0 };
        if (strcmp(what, "format") == 0)
                return format(on, role, key);
        if (strcmp(what, "fill") == 0)
                return fill(on, role, key);
        if (strcmp(what, "open") == 0)
                return volume_open(role, on, key);
        if (strcmp(what, "mark") == 0)
                return volume_mark_complete(&context, role, on, key, digest, &reset_id);
        if (strcmp(what, "complete") == 0)
                return puts(volume_is_complete(&context, role, on, key, &keys) ? "yes" : "no") < 0 ? -EIO : 0;
        return -EINVAL;
}

int main(int argc, char **argv)
{
        int r = -EINVAL;
        if (argc == 5) {
                const struct partition_definition role = role_of(argv[3]);
                const struct volume_key key = key_of(argv[4]);
                r = act(argv[1], argv[2], &role, &key);
        } else if (argc == 2 && strcmp(argv[1], "try") == 0) {
                r = authenticated_try();
        } else if (argc == 4 && strcmp(argv[1], "grow") == 0) {
                uint64_t bytes = 0;
                r = file_system_grow(argv[2], argv[3], &bytes);
                if (r >= 0)
                        r = printf("%llu\n", (unsigned long long)bytes) < 0 ? -EIO : 0;
        } else if (argc == 3 && strcmp(argv[1], "close") == 0) {
                r = luks_close(argv[2]);
        } else if (argc == 3 && strcmp(argv[1], "passphrase") == 0) {
                struct luks_passphrase passphrase;
                luks_passphrase_from_secret(key_of(argv[2]).secret, &passphrase);
                r = printf("%s", passphrase.text) < 0 ? -EIO : 0;
        }
        if (r < 0)
                fprintf(stderr, "volume-probe: %s: %s\n", argc > 1 ? argv[1] : "", strerror(-r));
        return r < 0;
}
