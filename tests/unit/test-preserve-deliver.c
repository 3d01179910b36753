/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that are to outlive a reset, from the service's question to the file on the ESP: judged by the image's policy, sealed for
 * the boot image that the stub named, and nothing left where any of it fails. TPM and prediction are fakes; policy, files and ESP
 * are directories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "linux/base/file.h"
#include "linux/disk/boot-disk.h"
#include "linux/disk/inventory.h"
#include "linux/esp/running-esp.h"
#include "linux/tpm/preserve-seal.h"
#include "reset-tool/preserve-request.h"
#include "reset-tool/preserve.h"
#include "tests/unit/scratch.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* of __wrap_, which the linker calls */

#define NONCE "000102030405060708090a0b0c0d0e0f"

static struct world {
        char root[SCRATCH_PATH_MAX], esp[SCRATCH_PATH_MAX];
        int root_fd, esp_fd;
        struct environment environment;
        char stub_file[HANDOVER_FILE_MAX];
        int context, tpm, seal, predict, disks, inventory, mount;
        bool esp_usable, stub_is_other;
        char *output;
        size_t size;
} world;

bool __wrap_boot_context_gather(const struct environment *environment, struct boot_context *ret, struct explanation *ret_why)
{
        memset(ret, 0, sizeof(*ret));
        ret->variables.directory_fd = -1;
        memcpy(ret->stub_file, world.stub_file, sizeof(ret->stub_file));
        ret->stub_is_other = world.stub_is_other;
        return world.context == 0 || explain(ret_why, "No EFI.");
}

void __wrap_boot_context_release(struct boot_context *context)
{
}

int __wrap_tpm_open(const char *tcti, struct tpm **ret)
{
        *ret = (struct tpm *)&world;
        return world.tpm;
}

struct tpm *__wrap_tpm_free(struct tpm *tpm)
{
        return NULL;
}

const char *__wrap_tpm_last_text(const struct tpm *tpm)
{
        return "";
}

int __wrap_preserve_predict_pcr(struct bytes image, uint8_t ret[static SHA256_SIZE])
{
        assert_memory_equal(image.data, "a UKI", 5);
        memset(ret, 0x11, SHA256_SIZE);
        return world.predict;
}

int __wrap_preserve_seal(struct tpm *tpm, const uint8_t pcr[static SHA256_SIZE], uint32_t pcrs, const struct id128 *nonce,
                         struct bytes plain, uint8_t **ret, size_t *ret_size)
{
        assert_int_equal(pcr[0], 0x11);
        assert_int_equal(pcrs, 1u << 7 | 1u << 4);
        assert_int_equal(nonce->bytes[15], 15);
        assert_true(plain.size > 0);
        *ret = (uint8_t *)strdup("sealed");
        *ret_size = 6;
        if (world.seal < 0) {
                free(*ret);
                *ret = NULL;
        }
        return world.seal;
}

int __wrap_syncfs(int fd)
{
        return 0;
}

bool __wrap_boot_partition_read(const struct efivarfs *variables, struct guid *ret)
{
        ret->bytes[0] = 7;
        return true;
}

int __wrap_boot_disk_find(const struct guid *partition, char ret[static DEVICE_PATH_MAX])
{
        assert_int_equal(partition->bytes[0], 7);
        (void)snprintf(ret, DEVICE_PATH_MAX, "/dev/disk");
        return world.disks;
}

int __wrap_inventory_read_disk(const char *disk_path, const struct guid *esp, struct inventory *ret)
{
        ret->esp_usable = world.esp_usable;
        return world.inventory;
}

int __wrap_inventory_partition_path(const struct inventory *inventory, const struct guid *uuid, char ret[static DEVICE_PATH_MAX])
{
        (void)snprintf(ret, DEVICE_PATH_MAX, "/dev/disk1");
        return 0;
}

int __wrap_running_esp_open_writable(const char *partition_path, int *ret_fd)
{
        assert_string_equal(partition_path, "/dev/disk1");
        *ret_fd = world.mount < 0 ? -1 : dup(world.esp_fd);
        return world.mount;
}

static int set_up(void **state)
{
        static const char conf[] = "[Keep]\npath=/var/lib/device\ntype=directory\n[Seal]\npcrs=4+7\n";
        memset(&world, 0, sizeof(world));
        scratch_make(world.root, NULL);
        scratch_make(world.esp, NULL);
        world.root_fd = open(world.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        world.esp_fd = open(world.esp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(make_directories(world.root_fd, "usr/lib/repart.d", 0755), 0);
        assert_int_equal(make_directories(world.root_fd, "usr/lib/cleanslate", 0755), 0);
        assert_int_equal(make_directories(world.root_fd, "var/lib/device", 0755), 0);
        scratch_text(world.root_fd, "usr/lib/repart.d/20-state.conf",
                     "[Partition]\nType=var\nLabel=state\nFormat=ext4\nFactoryReset=yes\nMountPoint=/var\n");
        scratch_text(world.root_fd, "usr/lib/cleanslate/cleanslate.conf", conf);
        scratch_text(world.root_fd, "var/lib/device/serial", "4711");
        scratch_text(world.esp_fd, "image.efi", "a UKI");
        (void)strcpy(world.stub_file, "image.efi");
        world.environment = (struct environment){ .root_path = world.root, .esp_path = world.esp, .preserve = &preserve_on_esp };
        return 0;
}

static int tear_down(void **state)
{
        (void)close(world.root_fd);
        (void)close(world.esp_fd);
        scratch_remove(world.root);
        scratch_remove(world.esp);
        return 0;
}

static void assert_answers(const char *question, const char *answer)
{
        FILE *kept = stdin;
        world.environment.output = open_memstream(&world.output, &world.size);
        stdin = fmemopen((char *)question, strlen(question), "r");
        assert_int_equal(preserve_command(&world.environment, 1, NULL), STATUS_OK);
        (void)fclose(stdin);
        stdin = kept;
        (void)fclose(world.environment.output);
        if (strncmp(world.output, answer, strlen(answer)) != 0)
                fail_msg("\"%s\" was answered with \"%s\"", question, world.output);
        free(world.output);
}

static bool is_handed_over(void)
{
        char *text = NULL;
        struct stat status;
        if (file_read(world.esp_fd, PRESERVE_BUNDLE_PATH, 64, &text, NULL) < 0)
                return false;
        assert_string_equal(text, "sealed");
        free(text);
        assert_int_equal(fstatat(world.esp_fd, PRESERVE_BUNDLE_PATH, &status, 0), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
        return true;
}

#define HAND_OVER "hand-over " NONCE "\n/var/lib/device\n"
#define JUDGE     "judge 00000000000000000000000000000000\n/var/lib/device\n"

static void what_is_handed_over_is_sealed_and_can_be_withdrawn(void **state)
{
        assert_answers(JUDGE, "ok\n");
        assert_false(is_handed_over());
        assert_answers(HAND_OVER, "ok\n");
        assert_true(is_handed_over());
        assert_answers("withdraw 00000000000000000000000000000000\n", "ok\n");
        assert_false(is_handed_over());
}

static void what_the_policy_does_not_allow_is_not_kept(void **state)
{
        assert_answers("hand-over " NONCE "\n/var/lib/other\n", "disallowed\n");
        scratch_text(world.root_fd, "usr/lib/cleanslate/cleanslate.conf", "[Keep]\nno-such-key=1\n");
        assert_answers(HAND_OVER, "disallowed\nThe image's policy is wrong: ");
        world.environment.root_path = "/nonexistent";
        assert_answers(JUDGE, "disallowed\nThe image cannot be opened: ");
        assert_false(is_handed_over());
}

static void what_fails_is_said_and_leaves_nothing(void **state)
{
        static const struct {
                int *fault;
                int result;
                const char *answer;
        } cases[] = {
                { &world.context, -1, "error\nNo EFI." },
                { &world.tpm, -ENODEV,
                  "error\nFiles can be kept only with a TPM, which seals them for the reset: No such device." },
                { &world.seal, -EIO, "error\nThe TPM cannot seal the files to be kept: Input/output error." },
                { &world.predict, -EBADMSG,
                  "error\nThe boot image image.efi on the EFI system partition cannot be measured in advance: not a unified "
                  "kernel image." }
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                *cases[i].fault = cases[i].result;
                assert_answers(HAND_OVER, cases[i].answer);
                *cases[i].fault = 0;
                assert_false(is_handed_over());
        }
        world.environment.tcti = "none";
        assert_answers(HAND_OVER, "error\nFiles can be kept only with a TPM");
        (void)strcpy(world.stub_file, "other.efi");
        assert_answers(HAND_OVER, "error\nThe boot image other.efi cannot be read from the EFI system partition: ");
        world.stub_file[0] = 0;
        assert_answers(HAND_OVER, "error\nFiles can be kept only where Cleanslate's boot stub has started the system: nobody");
        world.stub_is_other = true;
        assert_answers(HAND_OVER,
                       "error\nFiles can be kept only where Cleanslate's boot stub has started the system: another one");
        assert_false(is_handed_over());
        assert_answers("unknown\n", "error\nunknown internal request.");
}

static void without_a_directory_the_esp_is_the_partition_that_was_started_from(void **state)
{
        world.environment.esp_path = NULL;
        assert_answers(HAND_OVER, "error\nFiles can be kept only where the EFI system partition can be written: No such device.");
        world.esp_usable = true;
        world.disks = 2; /* two with the same GUID are none */
        assert_answers(HAND_OVER, "error\nFiles can be kept only where");
        world.disks = 1;
        world.esp_usable = false;
        world.inventory = -EIO;
        assert_answers(HAND_OVER,
                       "error\nFiles can be kept only where the EFI system partition can be written: Input/output error.");
        world.inventory = 0;
        assert_answers(HAND_OVER, "error\nFiles can be kept only where the EFI system partition can be written: No such device.");
        world.esp_usable = true;
        world.mount = -EROFS;
        assert_answers(HAND_OVER,
                       "error\nFiles can be kept only where the EFI system partition can be written: Read-only file system.");
        assert_false(is_handed_over());
        world.mount = 0;
        assert_answers(HAND_OVER, "ok\n");
        assert_true(is_handed_over());
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(what_is_handed_over_is_sealed_and_can_be_withdrawn, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_the_policy_does_not_allow_is_not_kept, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_fails_is_said_and_leaves_nothing, set_up, tear_down),
                cmocka_unit_test_setup_teardown(without_a_directory_the_esp_is_the_partition_that_was_started_from, set_up,
                                                tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
