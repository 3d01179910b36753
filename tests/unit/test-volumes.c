/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Volumes from the locked header to the mount: a clear word for each reason why one stays locked, one secret for all that a reset
 * has built, marks that only a reset of this device can have made; and how the ESP is mounted. TPM, headers, mappings and mounts
 * are fakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "initrd/esp.h"
#include "initrd/reseal.h"
#include "initrd/volumes.h"
#include "linux/base/modules.h"
#include "linux/disk/inventory.h"
#include "tests/unit/scratch.h"
#include "tests/unit/two-volumes.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* of __wrap_, which the linker calls */

#define DIGEST "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static struct world {
        struct boot_context context;
        struct luks_token tokens[TWO_VOLUMES];
        struct luks_reseal copy;
        int read_tokens, unseal, reseal, open, read_recovery, mount_errno;
        int unseals, opens;
        uint8_t opened_by[TWO_VOLUMES][64];
        char mounted[512], loaded[128], marked[128], mark[VOLUME_MARK_MAX];
        size_t mark_size;
        bool no_attributes;
} world;

int __wrap_luks_read_tokens(const char *device, struct luks_token *ret, struct luks_reseal *ret_copy)
{
        *ret = world.tokens[device[strlen(device) - 1] - '1'];
        *ret_copy = world.copy;
        return world.read_tokens;
}

int __wrap_luks_read_recovery(const char *device, uint8_t ret[static LUKS_TOKEN_WRAPPED_SIZE])
{
        return world.read_recovery;
}

int __wrap_tpm_unseal(struct tpm *tpm, const char *public_key_pem, uint32_t pcrs, const char *signature_json,
                      size_t signature_json_size, const uint8_t *blob, size_t blob_size, const struct tpm_origin *origin,
                      uint8_t ret_secret[static TPM_SECRET_SIZE])
{
        world.unseals++;
        memset(ret_secret, blob[0], TPM_SECRET_SIZE);
        return world.unseal;
}

const char *__wrap_tpm_last_text(const struct tpm *tpm)
{
        return "its word";
}

int __wrap_reseal_open(struct boot_context *context, const struct luks_reseal *copy,
                       uint8_t ret_secret[static VOLUME_SECRET_SIZE])
{
        memset(ret_secret, 'c', VOLUME_SECRET_SIZE);
        return world.reseal;
}

int __wrap_luks_open(const char *device, const char *name, const struct luks_key *key)
{
        memcpy(world.opened_by[device[strlen(device) - 1] - '1'], key->bytes, 64);
        world.opens++;
        return world.open;
}

int __wrap_modules_load(struct kmod_ctx *modules, const char *name)
{
        (void)strcat(strcat(world.loaded, name), " ");
        return 0;
}

int __wrap_mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data)
{
        if (flags & MS_REMOUNT) {
                assert_true(flags & MS_BIND && flags & MS_NOEXEC && flags & MS_NOSUID && flags & MS_NODEV);
                (void)strcat(world.mounted, flags & MS_RDONLY ? "; there read-only" : "; there writable");
                return 0;
        }
        (void)snprintf(world.mounted, sizeof(world.mounted), "%s on %s type %s%s%s %s", source, target, type,
                       (flags & (MS_NOEXEC | MS_NOSUID | MS_NODEV)) == (MS_NOEXEC | MS_NOSUID | MS_NODEV) ? " inert" : "",
                       flags & MS_RDONLY ? " read-only" : "", data ? (const char *)data : "");
        errno = world.mount_errno;
        return world.mount_errno ? -1 : 0;
}

int __wrap_mkdir(const char *path, mode_t mode)
{
        return 0;
}

int __wrap_inventory_partition_path(const struct inventory *inventory, const struct guid *uuid, char ret[static DEVICE_PATH_MAX])
{
        (void)snprintf(ret, DEVICE_PATH_MAX, "/dev/esp");
        return 0;
}

ssize_t __wrap_getxattr(const char *path, const char *name, void *value, size_t size)
{
        assert_string_equal(name, COMPLETE_XATTR);
        memcpy(value, world.mark, world.mark_size);
        errno = world.no_attributes ? EOPNOTSUPP : ENODATA;
        return world.mark_size > 0 ? (ssize_t)world.mark_size : -1;
}

int __wrap_setxattr(const char *path, const char *name, const void *value, size_t size, int flags)
{
        const size_t at = strlen(world.marked);
        assert_string_equal(name, COMPLETE_XATTR);
        errno = EOPNOTSUPP;
        if (world.no_attributes)
                return -1;
        (void)snprintf(world.marked + at, sizeof(world.marked) - at, "%s ", path);
        memcpy(world.mark, value, size);
        world.mark_size = size;
        return 0;
}

static int set_up(void **state)
{
        struct boot_context *context = &world.context;
        memset(&world, 0, sizeof(world));
        context->report.kmsg_fd = -1;
        two_volumes(context);
        context->tpm = (struct tpm *)&world;
        context->public_key_pem = (char *)"PEM";
        context->signature_json = (char *)"{}";
        context->policy.settings.seal_pcrs = SEAL_PCRS_DEFAULT;
        for (size_t i = 0; i < TWO_VOLUMES; i++) {
                world.tokens[i].pcrs = SEAL_PCRS_DEFAULT;
                world.tokens[i].blob[0] = 's'; /* sealed together */
                world.tokens[i].blob_size = 1;
                (void)strcpy(world.tokens[i].public_key_pem, "PEM");
        }
        return 0;
}

static int unlock(size_t index, struct volume_keys *keys)
{
        struct volume_key *key;
        char path[16];
        world.context.trouble[0] = 0;
        world.context.recovery_key_helps = false;
        (void)snprintf(path, sizeof(path), "/dev/disk%zu", index + 1);
        return volume_unlock(&world.context, &world.context.policy.partitions[index], path, keys, &key);
}

static void assert_locked(const char *why)
{
        struct volume_keys keys = { 0 };
        assert_true(unlock(STATE, &keys) < 0);
        if (!strstr(world.context.trouble, why))
                fail_msg("\"%s\" is not in \"%s\"", why, world.context.trouble);
        assert_false(keys.built.present);
        volume_keys_done(&keys);
}

static void each_refusal_has_its_word(void **state)
{
        static const struct {
                int result;
                const char *why;
                bool helps;
        } cases[] = { { -EBADMSG, "state stays locked: its key was sealed by another system on this machine (its word).", false },
                      { -EKEYREJECTED,
                        "state stays locked: Secure Boot's keys or state changed since its key was sealed (PCR 7).", true },
                      { -EACCES, "state stays locked: this is not the boot its key was sealed for (its word).", false },
                      { -ESTALE, "state cannot be unlocked: its key belongs to a TPM that was cleared or replaced.", true },
                      { -EIO, "state cannot be unlocked: the TPM failed (its word).", false } };
        world.reseal = -ENOENT;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                world.unseal = cases[i].result;
                assert_locked(cases[i].why);
                assert_int_equal(world.context.recovery_key_helps, cases[i].helps);
                world.read_recovery = -ENOENT;
                assert_locked(cases[i].why);
                assert_false(world.context.recovery_key_helps);
                world.read_recovery = 0;
        }
        world.unseal = -EKEYREJECTED;
        world.context.policy.settings.seal_pcrs = world.tokens[STATE].pcrs = 1u << 7 | 1u << 4;
        assert_locked(
                "the firmware, the boot loader or Secure Boot's keys changed since its key was sealed (one of the PCRs 4+7).");
        (void)strcpy(world.tokens[STATE].public_key_pem, "other");
        assert_locked("its key was sealed for images of another signer than this one's.");
        world.tokens[STATE].pcrs = SEAL_PCRS_DEFAULT;
        assert_locked("state stays locked: it was sealed to the PCRs \"7\", and this image wants \"4+7\" ([Seal] pcrs=).");
        assert_int_equal(world.opens, 0);
}

static void what_is_missing_is_said_before_the_tpm_is_asked(void **state)
{
        world.read_tokens = -EINVAL;
        assert_locked("state (/dev/disk2) is not an encrypted volume of this system: Invalid argument.");
        world.read_tokens = 0;
        world.context.signature_json = NULL;
        assert_locked("state cannot be unlocked: this boot image carries no signed PCR policy.");
        world.context.tpm = NULL;
        assert_locked("state is locked to a TPM, and this machine shows none.");
        assert_int_equal(world.unseals, 0);
}

static void all_that_a_reset_has_built_opens_by_one_secret(void **state)
{
        struct volume_keys keys = { 0 };
        world.tokens[STATE].blob[0] = 'x'; /* whoever exchanged this volume has another one */
        assert_int_equal(unlock(CONFIG, &keys), 0);
        assert_int_equal(unlock(STATE, &keys), 0);
        assert_int_equal(world.unseals, 1);
        struct luks_key expected = { 0 };
        volume_derive(&world.context.policy.partitions[STATE], &keys.built, &expected);
        assert_memory_equal(world.opened_by[STATE], expected.bytes, 64);
        assert_memory_not_equal(world.opened_by[STATE], world.opened_by[CONFIG], 64); /* each has a key of its own */
        volume_keys_done(&keys);
}

static void a_kept_volume_may_have_its_own_secret(void **state)
{
        struct volume_keys keys = { 0 };
        world.context.policy.partitions[STATE].factory_reset = false;
        assert_int_equal(unlock(CONFIG, &keys), 0);
        assert_int_equal(unlock(STATE, &keys), 0); /* the same: the TPM is not asked again */
        assert_int_equal(world.unseals, 1);
        world.tokens[STATE].blob[0] = 'x';
        assert_int_equal(unlock(STATE, &keys), 0);
        assert_int_equal(world.unseals, 2);
        assert_int_equal(keys.built.secret[0], 's');
        assert_int_equal(keys.kept.secret[0], 'x');
        volume_keys_done(&keys);
}

static void a_planned_change_is_no_trouble(void **state)
{
        struct volume_keys keys = { 0 };
        world.unseal = -EKEYREJECTED;
        world.copy.blob_size = 1;
        assert_int_equal(unlock(STATE, &keys), 0);
        assert_true(keys.built.from_copy && keys.built.has_copy);
        assert_int_equal(keys.built.secret[0], 'c');
        assert_string_equal(world.context.trouble, "");
        volume_keys_done(&keys);
}

static void a_mapping_that_fails_says_whether_a_reset_helps(void **state)
{
        struct volume_keys keys = { 0 };
        world.context.policy.partitions[STATE].integrity = INTEGRITY_INLINE;
        world.open = -EUCLEAN;
        assert_int_equal(unlock(STATE, &keys), -EUCLEAN);
        assert_non_null(strstr(world.context.trouble, "is not a volume with Integrity=inline"));
        assert_string_equal(world.loaded, "hmac authenc dm-integrity ");
        world.open = -ENOMEM;
        assert_int_equal(unlock(STATE, &keys), -ENOMEM);
        assert_string_equal(world.context.trouble, "state (/dev/disk2) cannot be mapped: Cannot allocate memory.");
        volume_keys_done(&keys);
}

static void volumes_are_writable_and_never_executable(void **state)
{
        struct partition_definition *definition = &world.context.policy.partitions[STATE];
        assert_int_equal(volume_mount(&world.context, definition, "/dev/mapper/state", "/sysroot/var"), 0);
        assert_string_equal(world.mounted, "/dev/mapper/state on /sysroot/var type ext4 inert ");
        definition->mounts[0] = (struct definition_mount){ "/var", "ro,commit=60,noatime,data=journal" };
        definition->mounts[1] = (struct definition_mount){ "/srv", "discard" };
        definition->mount_count = 1;
        assert_int_equal(volume_mount(&world.context, definition, "/dev/mapper/state", "/sysroot/var"), 0);
        assert_string_equal(world.mounted, "/dev/mapper/state on /sysroot/var type ext4 inert read-only commit=60,data=journal");
        definition->mount_count = 2; /* elsewhere it is to be written to, so the file system is writable, and this mount is not */
        assert_int_equal(volume_mount(&world.context, definition, "/dev/mapper/state", "/sysroot/var"), 0);
        assert_string_equal(world.mounted,
                            "/dev/mapper/state on /sysroot/var type ext4 inert commit=60,data=journal; there read-only");
        assert_int_equal(volume_mount_place(&world.context, definition, 1, "/dev/mapper/state", "/sysroot/srv"), 0);
        assert_string_equal(world.mounted, "/dev/mapper/state on /sysroot/srv type ext4 inert discard");
        definition->mount_count = 0;
        assert_int_equal(volume_mount_for_building(&world.context, definition, "/dev/mapper/state", "/build"), 0);
        assert_string_equal(world.mounted, "/dev/mapper/state on /build type ext4 inert noinit_itable");
        world.mount_errno = EINVAL;
        assert_int_equal(volume_mount(&world.context, definition, "/dev/mapper/state", "/sysroot/var"), -EINVAL);
        assert_non_null(
                strstr(world.context.trouble, "state holds no ext4 file system that was written with this device's key."));
        world.context.trouble[0] = 0;
        definition->encrypt = ENCRYPT_OFF;
        assert_int_equal(volume_mount(&world.context, definition, "/dev/disk2", "/sysroot/var"), -EINVAL);
        assert_string_equal(world.context.trouble, "state cannot be mounted as ext4: Invalid argument.");
}

static void a_file_system_is_built_from_its_top_and_mounted_by_its_own_options(void **state)
{
        struct partition_definition *definition = &world.context.policy.partitions[STATE];
        (void)strcpy(definition->format, "btrfs");
        (void)strcpy(definition->compression, "zstd:3");
        definition->mounts[0] = (struct definition_mount){ "/var", "subvol=v" };
        definition->mount_count = 1;
        assert_int_equal(volume_mount_for_building(&world.context, definition, "/dev/x", "/build"), 0);
        assert_string_equal(world.mounted, "/dev/x on /build type btrfs inert subvolid=5,compress=zstd:3");
        assert_int_equal(volume_mount(&world.context, definition, "/dev/x", "/sysroot/var"), 0);
        assert_string_equal(world.mounted, "/dev/x on /sysroot/var type btrfs inert subvol=v");
        assert_string_equal(world.loaded, "btrfs btrfs ");
        (void)strcpy(definition->format, "vfat");
        (void)strcpy(definition->mounts[0].options, "umask=0077");
        assert_int_equal(volume_mount_for_building(&world.context, definition, "/dev/x", "/build"), 0);
        assert_string_equal(world.mounted, "/dev/x on /build type vfat inert umask=0022,utf8=1,tz=UTC");
        assert_int_equal(volume_mount(&world.context, definition, "/dev/x", "/sysroot/var"), 0);
        assert_string_equal(world.mounted, "/dev/x on /sysroot/var type vfat inert umask=0022,utf8=1,tz=UTC,umask=0077");
}

/* vfat has no attributes: the same mark is in a file there, and it alone does not count where there are attributes. */
static void without_attributes_the_mark_is_a_file(void **state)
{
        const struct partition_definition *definition = &world.context.policy.partitions[STATE];
        const struct id128 reset = { { 1 } };
        struct volume_key key = { .present = true, .secret = "s" }, wrong = { .present = true, .secret = "t" };
        struct volume_keys keys = { 0 };
        char directory[SCRATCH_PATH_MAX];
        scratch_make(directory, NULL);
        world.no_attributes = true;
        assert_false(volume_is_complete(&world.context, definition, directory, &key, &keys));
        assert_int_equal(volume_mark_complete(&world.context, definition, directory, &key, DIGEST, &reset), 0);
        assert_true(volume_is_complete(&world.context, definition, directory, &key, &keys));
        assert_false(volume_is_complete(&world.context, definition, directory, &wrong, &keys));
        world.no_attributes = false;
        assert_false(volume_is_complete(&world.context, definition, directory, &key, &keys));
        scratch_remove(directory);
}

/* Whichever is mounted later. */
static void each_subvolume_has_the_mark(void **state)
{
        struct partition_definition *definition = &world.context.policy.partitions[STATE];
        const struct id128 reset = { { 1 } };
        struct volume_key key = { .present = true, .secret = "s" };
        (void)strcpy(definition->sub_volumes[0].path, "/v");
        (void)strcpy(definition->sub_volumes[1].path, "/v/w");
        definition->sub_volume_count = 2;
        assert_int_equal(volume_mark_complete(&world.context, definition, "/m", &key, DIGEST, &reset), 0);
        assert_string_equal(world.marked, "/m /m/v /m/v/w ");
}

static void a_mark_is_of_this_secret_this_role_and_one_reset(void **state)
{
        const struct partition_definition *definitions = world.context.policy.partitions;
        const struct id128 reset = { { 1 } }, other = { { 2 } };
        struct volume_key key = { .present = true, .secret = "s" }, wrong = { .present = true, .secret = "t" };
        struct volume_keys keys = { 0 };
        assert_false(volume_is_complete(&world.context, &definitions[STATE], "/m", &key, &keys)); /* none */
        assert_int_equal(volume_mark_complete(&world.context, &definitions[STATE], "/m", &key, DIGEST, &reset), 0);
        assert_false(volume_is_complete(&world.context, &definitions[STATE], "/m", &wrong, &keys));
        assert_false(volume_is_complete(&world.context, &definitions[CONFIG], "/m", &key, &keys));
        assert_true(volume_is_complete(&world.context, &definitions[STATE], "/m", &key, &keys));
        assert_int_equal(volume_mark_complete(&world.context, &definitions[CONFIG], "/m", &key, DIGEST, &other), 0);
        assert_false(volume_is_complete(&world.context, &definitions[CONFIG], "/m", &key,
                                        &keys)); /* of another reset than its neighbour */
        world.context.policy.partitions[CONFIG].factory_reset = false;
        assert_int_equal(volume_mark_complete(&world.context, &definitions[CONFIG], "/m", &key, DIGEST, &other), 0);
        assert_true(volume_is_complete(&world.context, &definitions[CONFIG], "/m", &key, &keys)); /* which a kept one may be */
}

static void the_esp_is_mounted_for_its_purpose_and_no_more(void **state)
{
        struct esp esp = ESP_CLOSED;
        assert_int_equal(esp_open(&world.context.inventory, &esp), -ENODEV);
        assert_string_equal(world.mounted, "");
        world.context.inventory.esp_usable = true;
        world.mount_errno = EIO;
        assert_int_equal(esp_open(&world.context.inventory, &esp), -EIO);
        assert_string_equal(world.mounted, "/dev/esp on /run/cleanslate-esp type vfat inert umask=0077,utf8=1,errors=continue");
        assert_int_equal(esp_open_read_only(&world.context.inventory, &esp), -EIO);
        assert_string_equal(world.mounted,
                            "/dev/esp on /run/cleanslate-esp type vfat inert read-only umask=0077,utf8=1,errors=continue");
        assert_int_equal(esp.fd, -1);
        esp_close(&esp);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(each_refusal_has_its_word, set_up),
                cmocka_unit_test_setup(what_is_missing_is_said_before_the_tpm_is_asked, set_up),
                cmocka_unit_test_setup(all_that_a_reset_has_built_opens_by_one_secret, set_up),
                cmocka_unit_test_setup(a_kept_volume_may_have_its_own_secret, set_up),
                cmocka_unit_test_setup(a_planned_change_is_no_trouble, set_up),
                cmocka_unit_test_setup(a_mapping_that_fails_says_whether_a_reset_helps, set_up),
                cmocka_unit_test_setup(volumes_are_writable_and_never_executable, set_up),
                cmocka_unit_test_setup(a_file_system_is_built_from_its_top_and_mounted_by_its_own_options, set_up),
                cmocka_unit_test_setup(a_mark_is_of_this_secret_this_role_and_one_reset, set_up),
                cmocka_unit_test_setup(without_attributes_the_mark_is_a_file, set_up),
                cmocka_unit_test_setup(each_subvolume_has_the_mark, set_up),
                cmocka_unit_test_setup(the_esp_is_mounted_for_its_purpose_and_no_more, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
