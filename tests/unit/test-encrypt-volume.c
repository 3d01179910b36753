/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A new encrypted volume: one secret for all of a reset, sealed once, a header of the very key that the volume is mapped by, and
 * with Integrity= every sector written before anybody reads one. The kernel, the headers and the TPM are fakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "initrd/steps/encrypt-volume.h"
#include "initrd/steps/rebuild.h"
#include "linux/erase/erase-engine.h"
#include "tests/unit/scratch.h"
#include "tests/unit/two-volumes.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* of __wrap_, which the linker calls */

#define VOLUME_BYTES 8192

static struct world {
        struct boot_context context;
        struct reset reset;
        char directory[SCRATCH_PATH_MAX], volume[SCRATCH_PATH_MAX + 16];
        struct luks_key formatted, opened;
        int seals, seal, format, fill, write, close, open;
        bool bad_sector, recovery;
        char happened[256], detail[256];
} world;

static void note(const char *what)
{
        const size_t at = strlen(world.happened);
        (void)snprintf(world.happened + at, sizeof(world.happened) - at, "%s ", what);
}

int __wrap_volume_seal(struct boot_context *context, struct volume_key *key)
{
        world.seals++;
        key->present = world.seal == 0;
        return world.seal;
}

int __wrap_tpm_random(struct tpm *tpm, void *ret, size_t size)
{
        memset(ret, 1, size);
        return 0;
}

const char *__wrap_tpm_last_text(const struct tpm *tpm)
{
        return "no space left in it";
}

int __wrap_luks_format(const char *device, const char *label, const struct luks_key *key,
                       const struct luks_passphrase *passphrase, const struct luks_token *token,
                       const struct luks_recovery *recovery)
{
        note("format");
        assert_string_equal(device, "/dev/disk2");
        assert_string_equal(label, "state");
        world.formatted = *key;
        world.recovery = recovery != NULL;
        return world.format;
}

int __wrap_luks_open_to_fill(const char *device, const char *name, const struct luks_key *key)
{
        note("fill");
        assert_memory_equal(key->bytes, world.formatted.bytes, volume_key_size(key->integrity));
        return world.fill;
}

int __wrap_luks_open(const char *device, const char *name, const struct luks_key *key)
{
        note("open");
        world.opened = *key;
        return world.open;
}

int __wrap_luks_close(const char *name)
{
        note("close");
        return world.close;
}

int __wrap_volume_path(const struct boot_context *context, const struct partition_definition *definition,
                       const char *partition_path, bool encrypted, char ret[static DEVICE_PATH_MAX])
{
        assert_true(encrypted);
        (void)snprintf(ret, DEVICE_PATH_MAX, "%s", world.volume);
        return 0;
}

int __wrap_blockdev_size(int fd, uint64_t *ret_bytes)
{
        *ret_bytes = VOLUME_BYTES;
        return 0;
}

int __wrap_erase_write(struct erase_task *tasks, size_t count, const struct erase_options *options)
{
        note("write");
        assert_int_equal(count, 1);
        assert_int_equal(tasks[0].offset_bytes, 0);
        assert_int_equal(tasks[0].length_bytes, VOLUME_BYTES);
        assert_int_equal(tasks[0].pattern, PATTERN_ZEROS);
        assert_true(tasks[0].write_only); /* through the mapping: what the device does by itself leaves no tags */
        if (world.bad_sector)
                bad_ranges_add(&tasks[0].outcome.unwritable, 0, 512);
        return world.write;
}

static int set_up(void **state)
{
        struct boot_context *context = &world.context;
        memset(&world, 0, sizeof(world));
        scratch_make(world.directory, NULL);
        (void)snprintf(world.volume, sizeof(world.volume), "%s/volume", world.directory);
        int directory = open(world.directory, O_PATH | O_CLOEXEC);
        scratch_text(directory, "volume", "");
        (void)close(directory);
        context->report.kmsg_fd = -1;
        two_volumes(context);
        context->tpm = (struct tpm *)&world;
        context->public_key_pem = (char *)"PEM";
        world.reset.context = context;
        return 0;
}

static int tear_down(void **state)
{
        scratch_remove(world.directory);
        return 0;
}

static int encrypt(void)
{
        const struct work work = { .reset = &world.reset,
                                   .context = &world.context,
                                   .definition = &world.context.policy.partitions[STATE],
                                   .detail = world.detail,
                                   .detail_size = sizeof(world.detail) };
        world.happened[0] = world.context.trouble[0] = 0;
        return encrypt_volume(&work, "/dev/disk2");
}

static void a_volume_is_mapped_by_the_key_of_its_header(void **state)
{
        assert_int_equal(encrypt(), 0);
        assert_string_equal(world.happened, "format open ");
        assert_memory_equal(world.opened.bytes, world.formatted.bytes, volume_key_size(INTEGRITY_OFF));
        assert_int_equal(world.seals, 1);
        assert_false(world.recovery);
        assert_string_equal(world.detail,
                            "LUKS2, aes-xts-plain64 with 512-bit key, sealed by the TPM under the signed PCR 11 policy");
        world.context.policy.settings.seal_recovery_key = true;
        assert_int_equal(encrypt(), 0);
        assert_int_equal(world.seals, 1); /* one secret for all volumes */
}

static void each_sector_is_written_before_anybody_reads_one(void **state)
{
        world.context.policy.partitions[STATE].integrity = INTEGRITY_INLINE;
        world.context.policy.settings.seal_recovery_key = true;
        assert_int_equal(encrypt(), 0);
        assert_string_equal(world.happened, "format fill write close open ");
        assert_true(world.recovery);
        assert_non_null(strstr(world.detail, "hmac(sha256) for every sector, each written once"));
}

static void what_fails_ends_it_and_says_why(void **state)
{
        static const struct {
                int *fault;
                const char *happened;
        } cases[] = { { &world.format, "format " },
                      { &world.fill, "format fill " },
                      { &world.write, "format fill write close " },
                      { &world.close, "format fill write close " },
                      { &world.open, "format fill write close open " } };
        world.context.policy.partitions[STATE].integrity = INTEGRITY_INLINE;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                *cases[i].fault = -ENOSPC;
                assert_int_equal(encrypt(), -ENOSPC);
                assert_string_equal(world.happened, cases[i].happened);
                assert_string_equal(world.context.trouble, "/dev/disk2 cannot be encrypted: No space left on device.");
                *cases[i].fault = 0;
        }
        world.bad_sector = true; /* one that was not written would never read */
        assert_int_equal(encrypt(), -EIO);
        assert_string_equal(world.happened, "format fill write close ");
}

static void nothing_is_formatted_without_a_seal(void **state)
{
        world.seal = -EIO;
        assert_int_equal(encrypt(), -EIO);
        assert_string_equal(world.context.trouble, "The TPM cannot seal the new key: no space left in it.");
        world.context.tpm = NULL;
        assert_int_equal(encrypt(), -ENOKEY);
        assert_string_equal(world.context.trouble, "The new volumes cannot be sealed: no TPM, or no signed PCR policy.");
        world.context.tpm = (struct tpm *)&world;
        world.context.public_key_pem = NULL;
        assert_int_equal(encrypt(), -ENOKEY);
        assert_string_equal(world.happened, "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_volume_is_mapped_by_the_key_of_its_header, set_up, tear_down),
                cmocka_unit_test_setup_teardown(each_sector_is_written_before_anybody_reads_one, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_fails_ends_it_and_says_why, set_up, tear_down),
                cmocka_unit_test_setup_teardown(nothing_is_formatted_without_a_seal, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
