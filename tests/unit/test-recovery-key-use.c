/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recovery key from its making by a reset to its use by a person: it is left where it can be read, opens what it was made for
 * and nothing else, and the volumes are then sealed anew. Headers and TPM are fakes, the wrapping is real. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>

#include "initrd/recovery-key.h"
#include "initrd/steps/recovery-key-make.h"
#include "linux/base/file.h"
#include "linux/tpm/recovery-wrap.h"
#include "tests/unit/scratch.h"
#include "tests/unit/two-volumes.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* of __wrap_, which the linker calls */

static struct world {
        struct boot_context context;
        struct reset reset;
        char directory[SCRATCH_PATH_MAX];
        int fd, seal, replace;
        bool has[TWO_VOLUMES]; /* a header with the wrapped secret */
        uint8_t wrapped[TWO_VOLUMES][LUKS_TOKEN_WRAPPED_SIZE];
        bool replaced[TWO_VOLUMES];
        uint8_t sealed[VOLUME_SECRET_SIZE];
        int seals;
} world;

static size_t index_of(const char *path)
{
        return (size_t)(path[strlen(path) - 1] - '1');
}

int __wrap_blockdev_partition_path(const char *disk_path, uint32_t number, char ret[static DEVICE_PATH_MAX])
{
        (void)snprintf(ret, DEVICE_PATH_MAX, "%s%u", disk_path, number);
        return 0;
}

int __wrap_luks_read_recovery(const char *device, uint8_t ret[static LUKS_TOKEN_WRAPPED_SIZE])
{
        if (!world.has[index_of(device)])
                return -ENOENT;
        memcpy(ret, world.wrapped[index_of(device)], LUKS_TOKEN_WRAPPED_SIZE);
        return 0;
}

int __wrap_luks_replace_token(const char *device, const struct luks_token *token)
{
        assert_int_equal(token->pcrs, 77); /* as volume_seal() made it */
        world.replaced[index_of(device)] = true;
        return world.replace;
}

int __wrap_volume_seal(struct boot_context *context, struct volume_key *key)
{
        world.seals++;
        memcpy(world.sealed, key->secret, sizeof(world.sealed));
        key->token.pcrs = 77;
        return world.seal;
}

int __wrap_tpm_random(struct tpm *tpm, void *ret, size_t size)
{
        memset(ret, 1, size);
        return 0;
}

/* As a reset leaves it: one key for all that it builds. */
static int set_up(void **state)
{
        struct boot_context *context = &world.context;
        memset(&world, 0, sizeof(world));
        scratch_make(world.directory, NULL);
        world.fd = open(world.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        context->report.kmsg_fd = -1;
        two_volumes(context);
        context->tpm = (struct tpm *)&world;
        context->public_key_pem = (char *)"PEM";
        context->policy.settings.seal_recovery_key = true;
        world.reset.context = context;
        memset(world.reset.key.secret, 's', sizeof(world.reset.key.secret));
        assert_int_equal(recovery_key_make(&world.reset), 0);
        assert_true(world.reset.has_recovery);
        for (size_t i = 0; i < TWO_VOLUMES; i++) {
                world.has[i] = true;
                memcpy(world.wrapped[i], world.reset.recovery.wrapped, sizeof(world.wrapped[i]));
        }
        return 0;
}

static int tear_down(void **state)
{
        (void)close(world.fd);
        scratch_remove(world.directory);
        return 0;
}

static int use(void)
{
        world.seals = 0;
        memset(world.replaced, 0, sizeof(world.replaced));
        return recovery_key_use(&world.context, world.reset.recovery.passphrase);
}

static void it_is_left_on_the_volume_that_it_belongs_to(void **state)
{
        const struct partition_definition *definitions = world.context.policy.partitions;
        char *text = NULL;
        struct stat status;
        assert_int_equal(recovery_key_leave(&world.reset, &definitions[CONFIG], world.fd), 0);
        assert_int_equal(faccessat(world.fd, "lib", F_OK, 0), -1);
        assert_int_equal(recovery_key_leave(&world.reset, &definitions[STATE], world.fd), 0);
        assert_int_equal(file_read(world.fd, "lib/cleanslate/recovery-key", 128, &text, NULL), 0);
        assert_int_equal(strlen(text), RECOVERY_KEY_TEXT_MAX);
        assert_memory_equal(text, world.reset.recovery.passphrase, RECOVERY_KEY_TEXT_MAX - 1);
        assert_int_equal(text[RECOVERY_KEY_TEXT_MAX - 1], '\n');
        free(text);
        assert_int_equal(fstatat(world.fd, "lib/cleanslate/recovery-key", &status, 0), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
}

static void it_is_left_on_nothing_that_anybody_can_read(void **state)
{
        world.context.policy.partitions[STATE].encrypt = ENCRYPT_OFF;
        assert_int_equal(recovery_key_leave(&world.reset, &world.context.policy.partitions[STATE], world.fd), 0);
        assert_int_equal(faccessat(world.fd, "lib", F_OK, 0), -1);
}

static void an_image_that_wants_none_gets_none(void **state)
{
        struct reset without = { .context = &world.context };
        world.context.policy.settings.seal_recovery_key = false;
        assert_int_equal(recovery_key_make(&without), 0);
        assert_false(without.has_recovery);
        assert_int_equal(recovery_key_leave(&without, &world.context.policy.partitions[STATE], world.fd), 0);
        assert_int_equal(faccessat(world.fd, "lib", F_OK, 0), -1);
}

static void all_volumes_of_the_secret_are_sealed_anew(void **state)
{
        assert_int_equal(use(), 0);
        assert_int_equal(world.seals, 1);
        assert_memory_equal(world.sealed, world.reset.key.secret, sizeof(world.sealed));
        assert_true(world.replaced[CONFIG] && world.replaced[STATE]);
        world.has[CONFIG] = false; /* its header is gone: the other one's does */
        assert_int_equal(use(), 0);
        assert_false(world.replaced[CONFIG]);
        assert_true(world.replaced[STATE]);
}

static void a_volume_of_another_secret_keeps_its_token(void **state)
{
        struct reset other = world.reset;
        memset(other.key.secret, 'o', sizeof(other.key.secret));
        assert_int_equal(recovery_key_make(&other), 0);
        memcpy(world.wrapped[STATE], other.recovery.wrapped, sizeof(world.wrapped[STATE]));
        assert_int_equal(use(), 0);
        assert_true(world.replaced[CONFIG]);
        assert_false(world.replaced[STATE]);
        uint8_t key[RECOVERY_KEY_SIZE]; /* even where the same key opens it */
        assert_true(recovery_key_parse(world.reset.recovery.passphrase, key));
        assert_int_equal(recovery_wrap(key, other.key.secret, world.wrapped[STATE]), 0);
        assert_int_equal(use(), 0);
        assert_false(world.replaced[STATE]);
        memcpy(world.wrapped[STATE], other.recovery.wrapped, sizeof(world.wrapped[STATE]));
        memcpy(world.wrapped[CONFIG], other.recovery.wrapped, sizeof(world.wrapped[CONFIG]));
        assert_int_equal(use(), -EACCES);
        assert_int_equal(world.seals, 0);
}

static void where_there_is_none_to_open_it_is_said(void **state)
{
        assert_int_equal(recovery_key_use(&world.context, "not a key"), -EINVAL);
        world.has[CONFIG] = world.has[STATE] = false;
        assert_int_equal(use(), -ENOENT);
        world.has[CONFIG] = true;
        world.context.policy.partitions[CONFIG].factory_reset = false; /* no reset has made that one */
        assert_int_equal(use(), -ENOENT);
        world.context.policy.partitions[CONFIG].factory_reset = true;
        world.seal = -EIO;
        assert_int_equal(use(), -EIO);
        assert_false(world.replaced[CONFIG]);
        world.seal = 0;
        world.replace = -EROFS;
        assert_int_equal(use(), -EROFS);
        world.context.tpm = NULL;
        assert_int_equal(use(), -ENODEV);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(it_is_left_on_the_volume_that_it_belongs_to, set_up, tear_down),
                cmocka_unit_test_setup_teardown(it_is_left_on_nothing_that_anybody_can_read, set_up, tear_down),
                cmocka_unit_test_setup_teardown(an_image_that_wants_none_gets_none, set_up, tear_down),
                cmocka_unit_test_setup_teardown(all_volumes_of_the_secret_are_sealed_anew, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_volume_of_another_secret_keeps_its_token, set_up, tear_down),
                cmocka_unit_test_setup_teardown(where_there_is_none_to_open_it_is_said, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
