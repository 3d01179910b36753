/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the disk that the machine was started from to the image's policy: what stops each boot that must not go on, in its words,
 * and what is measured where the stub could not. Disks, mappings, mounts and the TPM are fakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>

#include "initrd/gather.h"
#include "initrd/root-open.h"
#include "initrd/switch-root.h"
#include "linux/base/file.h"
#include "linux/disk/boot-disk.h"
#include "linux/disk/inventory.h"
#include "linux/image/image-parts.h"
#include "linux/image/policy-files.h"
#include "linux/preflight/plan-make.h"
#include "tests/unit/scratch.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* of __wrap_, which the linker calls */

#define HASH    "00112233445566778899aabbccddeeff0f1e2d3c4b5a69788796a5b4c3d2e1f0"
#define BOOT_ID "0123456789abcdef0123456789abcdef"

static struct world {
        struct boot_context context;
        char directory[SCRATCH_PATH_MAX];
        const char *command_line, *file_system;
        unsigned matches, appears_after;
        uint64_t now;
        int path, root, check;
        const char *refused; /* the event that the TPM refuses */
        char measured[256];
} world;

int __real_file_read(int directory_fd, const char *path, size_t max, char **ret_data, size_t *ret_size);
int __wrap_file_read(int directory_fd, const char *path, size_t max, char **ret_data, size_t *ret_size)
{
        const bool line = strcmp(path, "/proc/cmdline") == 0;
        if (!line && strcmp(path, "/proc/sys/kernel/random/boot_id") != 0)
                return __real_file_read(directory_fd, path, max, ret_data, ret_size);
        if (line && !world.command_line)
                return -ENOENT;
        *ret_data = strdup(line ? world.command_line : BOOT_ID "\n");
        *ret_size = strlen(*ret_data);
        return 0;
}

int __wrap_uevent_open(void)
{
        return -1;
}

int __wrap_uevent_wait(int fd, int timeout_ms)
{
        world.now += (uint64_t)timeout_ms;
        if (world.appears_after > 0 && --world.appears_after == 0)
                world.matches = 1;
        return 0;
}

uint64_t __wrap_now_ms(void)
{
        return world.now;
}

int __wrap_boot_disk_find(const struct guid *partition, char ret[static DEVICE_PATH_MAX])
{
        (void)snprintf(ret, DEVICE_PATH_MAX, "/dev/sdb");
        return (int)world.matches;
}

int __wrap_gather_disk(const char *disk_path, const struct guid *esp, const struct progress *progress,
                       struct inventory *inventory, const struct trouble *trouble)
{
        assert_string_equal(disk_path, "/dev/sdb");
        assert_int_equal(esp->bytes[0], 1); /* what the stub was started from */
        return 0;
}

int __wrap_inventory_partition_path(const struct inventory *inventory, const struct guid *uuid, char ret[static DEVICE_PATH_MAX])
{
        (void)snprintf(ret, DEVICE_PATH_MAX, "/dev/sdb2");
        return world.path;
}

int __wrap_root_open(struct boot_context *context, const char *mapping, const struct root_image *image)
{
        assert_int_equal(image->hash_size, 32);
        assert_int_equal(image->hash[1], 0x11);
        return world.root;
}

int __wrap_mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data)
{
        assert_true(flags & MS_RDONLY);
        errno = EINVAL;
        return strcmp(type, world.file_system) == 0 ? 0 : -1;
}

int __wrap_mkdir(const char *path, mode_t mode)
{
        return 0;
}

int __wrap_switch_root_check(const char *root)
{
        return world.check;
}

int __real_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode)
{
        return __real_open(strcmp(path, ROOT_PATH) == 0 ? world.directory : path, flags, mode);
}

void __wrap_image_parts_mark(struct inventory *inventory, const struct image_identity *image)
{
}

int __wrap_tpm_measure_phase(struct tpm *tpm, const char *event)
{
        if (world.refused && strcmp(event, world.refused) == 0)
                return -EIO;
        (void)strcat(strcat(world.measured, event), " ");
        return 0;
}

const char *__wrap_tpm_last_text(const struct tpm *tpm)
{
        return "no";
}

static int set_up(void **state)
{
        memset(&world, 0, sizeof(world));
        scratch_make(world.directory, NULL);
        int fd = __real_open(world.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
        assert_int_equal(make_directories(fd, "usr/lib/repart.d", 0755), 0);
        assert_int_equal(make_directories(fd, "usr/lib/cleanslate", 0755), 0);
        scratch_text(fd, "usr/lib/repart.d/20-state.conf", "[Partition]\nType=var\nLabel=state\nFormat=ext4\nFactoryReset=yes\n");
        scratch_text(fd, "usr/lib/cleanslate/cleanslate.conf", "[Reset]\ntpm-clear=skip\n");
        scratch_text(fd, "usr/lib/os-release", "ID=slate\n");
        (void)close(fd);
        world.command_line = "quiet roothash=" HASH;
        world.file_system = "erofs";
        world.matches = 1;
        world.context.report.kmsg_fd = -1;
        world.context.root_fd = -1;
        world.context.variables.directory_fd = -1;
        world.context.handover.stub_partition.bytes[0] = 1;
        world.context.tpm = (struct tpm *)&world;
        return 0;
}

static int tear_down(void **state)
{
        if (world.context.root_fd >= 0)
                (void)close(world.context.root_fd);
        scratch_remove(world.directory);
        return 0;
}

static void stopped(const char *why)
{
        world.context.trouble[0] = 0;
        world.context.gather_tried = false;
        assert_true(gather_system(&world.context) < 0);
        if (strcmp(world.context.trouble, why) != 0)
                fail_msg("\"%s\" instead of \"%s\"", world.context.trouble, why);
        assert_string_equal(world.context.image_trouble, why);
        assert_true(world.context.gather_tried);
        assert_false(world.context.gathered);
}

static void a_boot_image_has_to_name_what_it_starts(void **state)
{
        world.command_line = "quiet";
        stopped("The boot image names no roothash= and no usrhash=, so the system cannot be verified.");
        world.command_line = NULL;
        stopped("The boot image names no roothash= and no usrhash=, so the system cannot be verified.");
        world.command_line = "roothash=0011";
        stopped("The boot image's roothash= or usrhash= is not a hexadecimal hash of at least 256 bits.");
        world.command_line = "usrhash=0011";
        stopped("The boot image's roothash= or usrhash= is not a hexadecimal hash of at least 256 bits.");
        world.command_line = "usrhash=" HASH " roothash=" HASH;
        stopped("The kernel's command line names more than one roothash= or usrhash=, so it is not known which of them the "
                "system is.");
}

static void the_disk_is_waited_for_and_never_guessed(void **state)
{
        world.matches = 0;
        stopped("The disk this machine was started from did not appear within 30 seconds.");
        assert_true(world.now >= 30000 && world.now <= 31000);
        world.matches = 2;
        stopped("2 disks carry the partition this machine was started from; remove the copy, then start again.");
        world.matches = 0;
        world.now = 0;
        world.appears_after = 3;
        world.path = -ENOENT;
        stopped("The image's partitions are not on /dev/sdb: this boot image belongs to another system version.");
        assert_int_equal(world.now, 1500);
        world.path = -ENOTUNIQ;
        stopped("Two partitions of /dev/sdb have the same PARTUUID, one of the system image's. Delete the copy, or give it "
                "another "
                "PARTUUID, from another system; nothing was changed.");
}

static void an_altered_image_is_not_believed(void **state)
{
        world.root = -EBADMSG;
        stopped("The system image on /dev/sdb2 is damaged or was altered: verification failed (Bad message).");
        world.root = 0;
        world.check = -EIO; /* its init does not read */
        stopped("The system image on /dev/sdb2 is damaged or was altered: verification failed (Input/output error).");
        world.check = 0;
        world.file_system = "vfat";
        stopped("The system image on /dev/sdb2 is damaged or was altered: verification failed (Invalid argument).");
        assert_int_equal(world.context.root_fd, -1);
}

static void the_image_says_what_it_is(void **state)
{
        assert_int_equal(gather_system(&world.context), 0);
        assert_true(world.context.gathered);
        assert_string_equal(world.context.os.id, "slate");
        assert_int_equal(world.context.policy.partition_count, 1);
        assert_string_equal(world.context.trouble, "");
        world.root = -EBADMSG; /* it is looked at once */
        assert_int_equal(gather_system(&world.context), 0);
        world.context.gathered = false;
        assert_int_equal(gather_system(&world.context), -EIO);
}

static void a_mode_that_the_stub_did_not_measure_is_measured_before_the_phase(void **state)
{
        gather_measure_start(&world.context);
        assert_string_equal(world.measured, "enter-initrd ");
        world.measured[0] = 0;
        world.context.handover.mode_unmeasured = true;
        world.context.handover.choice.mode = MODE_RECOVERY;
        gather_measure_start(&world.context);
        assert_string_equal(world.measured, "cleanslate:mode=recovery enter-initrd ");
        assert_false(world.context.mode_unmeasured);
        world.measured[0] = 0;
        world.refused = "cleanslate:mode=recovery";
        gather_measure_start(&world.context);
        assert_string_equal(world.measured, ""); /* PCR 11 would be that of an ordinary boot */
        assert_true(world.context.mode_unmeasured);
}

static void a_departure_that_cannot_be_measured_ends_the_phase(void **state)
{
        gather_measure_mode(&world.context, MODE_RECOVERY);
        assert_string_equal(world.measured, "cleanslate:mode=recovery ");
        world.measured[0] = 0;
        world.refused = "cleanslate:mode=recovery";
        gather_measure_mode(&world.context, MODE_RECOVERY);
        assert_string_equal(world.measured, "leave-initrd ");
        world.measured[0] = 0;
        gather_measure_mode(&world.context, MODE_NORMAL); /* has no event */
        world.context.tpm = NULL;
        gather_measure_mode(&world.context, MODE_RECOVERY);
        assert_string_equal(world.measured, "");
}

static void the_command_line_says_how_progress_is_shown(void **state)
{
        world.command_line = "cleanslate.progress=json cleanslate.language=de";
        gather_display(&world.context);
        assert_true(world.context.report.as_json && world.context.report.language_given);
        assert_int_equal(world.context.report.language, LANGUAGE_GERMAN);
        world.command_line = "quiet";
        gather_display(&world.context);
        assert_false(world.context.report.language_given);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_boot_image_has_to_name_what_it_starts, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_disk_is_waited_for_and_never_guessed, set_up, tear_down),
                cmocka_unit_test_setup_teardown(an_altered_image_is_not_believed, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_image_says_what_it_is, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_mode_that_the_stub_did_not_measure_is_measured_before_the_phase, set_up,
                                                tear_down),
                cmocka_unit_test_setup_teardown(a_departure_that_cannot_be_measured_ends_the_phase, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_command_line_says_how_progress_is_shown, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
