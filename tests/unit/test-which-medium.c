/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which adapter is asked about a disk, what remains where it does not answer, when two paths are one device, and making hidden
 * sectors visible. sysfs is a directory, the adapters are fakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <limits.h>

#include "common/base/bytes.h"
#include "linux/base/file.h"
#include "linux/media/media-adapter.h"
#include "linux/media/media-purge.h"
#include "linux/media/media-sysfs.h"
#include "linux/media/media.h"
#include "tests/unit/scratch.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* of __wrap_, which the linker calls */

static struct world {
        char directory[SCRATCH_PATH_MAX], disk[SCRATCH_PATH_MAX + 8];
        int fd;
        struct media_facts sysfs; /* as it tells of the disk */
        int answer, ata_answer, unhide;
        uint64_t unhidden_bytes, size_afterwards;
        char asked[8], rescanned[PATH_MAX];
} world;

/* Of /dev/NAME below the test's directory: NAME is its directory of sysfs. */
int __wrap_media_sysfs_directory(const char *path, const char *below, char ret[static PATH_MAX])
{
        const char *name = strrchr(path, '/');
        if (strcmp(name, "/gone") == 0)
                return -ENODEV;
        (void)snprintf(ret, PATH_MAX, "%s/sys%s%s", world.directory, name, below);
        return 0;
}

int __wrap_media_sysfs_read(const char *directory, struct media_facts *ret)
{
        *ret = world.sysfs;
        if (world.rescanned[0])
                ret->size_bytes = world.size_afterwards;
        return 0;
}

static int ask(char whom, struct media_facts *facts, int answer)
{
        world.asked[strlen(world.asked)] = whom;
        facts->techniques |= 1u << MEDIA_ATA_SECURE_ERASE; /* also by halves, before it fails */
        return answer;
}

int __wrap_media_nvme_read(int fd, struct media_facts *facts)
{
        return ask('n', facts, world.answer);
}

int __wrap_media_ata_read(int fd, struct media_facts *facts)
{
        assert_int_equal(facts->bus, MEDIA_ATA);
        return ask('a', facts, world.ata_answer);
}

int __wrap_media_scsi_read(int fd, struct media_facts *facts)
{
        const int r = ask('s', facts, world.answer);
        facts->techniques = 0;
        return r;
}

int __wrap_media_mmc_read(int fd, struct media_facts *facts)
{
        return ask('m', facts, world.answer);
}

int __wrap_media_ata_unhide(int fd, uint64_t *ret_size_bytes)
{
        *ret_size_bytes = world.unhidden_bytes;
        return world.unhide;
}

int __wrap_file_write_existing(const char *path, const char *text)
{
        assert_string_equal(text, "1");
        (void)snprintf(world.rescanned, sizeof(world.rescanned), "%s", path);
        return 0;
}

static int set_up(void **state)
{
        memset(&world, 0, sizeof(world));
        scratch_make(world.directory, NULL);
        world.fd = open(world.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        scratch_text(world.fd, "sda", "");
        (void)snprintf(world.disk, sizeof(world.disk), "%s/sda", world.directory);
        return 0;
}

static int tear_down(void **state)
{
        (void)close(world.fd);
        scratch_remove(world.directory);
        return 0;
}

static void each_bus_has_its_adapter(void **state)
{
        static const struct {
                enum media_bus bus;
                const char *asked;
        } cases[] = { { MEDIA_NVME, "n" }, { MEDIA_ATA, "a" }, { MEDIA_MMC, "m" }, { MEDIA_SCSI, "sa" }, { MEDIA_OTHER, "" } };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct media_facts facts;
                memset(world.asked, 0, sizeof(world.asked));
                world.sysfs = (struct media_facts){ .bus = cases[i].bus, .size_bytes = 4096 };
                assert_int_equal(media_read(world.disk, &facts), 0);
                assert_string_equal(world.asked, cases[i].asked);
                assert_int_equal(facts.size_bytes, 4096);
        }
}

static void where_the_device_does_not_answer_sysfs_remains(void **state)
{
        struct media_facts facts;
        world.sysfs = (struct media_facts){ .bus = MEDIA_NVME, .size_bytes = 4096 };
        world.answer = -EIO;
        assert_int_equal(media_read(world.disk, &facts), 0);
        assert_int_equal(facts.techniques, 0); /* nothing of what it began to say */
        assert_int_equal(facts.size_bytes, 4096);
}

static void a_disk_behind_a_bridge_is_ata_if_it_answers_and_a_stick_is_not_asked(void **state)
{
        struct media_facts facts;
        world.sysfs = (struct media_facts){ .bus = MEDIA_SCSI, .usb = true };
        assert_int_equal(media_read(world.disk, &facts), 0);
        assert_int_equal(facts.bus, MEDIA_ATA);
        assert_true(facts.removable); /* whatever hangs on USB */
        world.ata_answer = -EIO;
        assert_int_equal(media_read(world.disk, &facts), 0);
        assert_int_equal(facts.bus, MEDIA_SCSI);
        world.sysfs.removable = true;
        memset(world.asked, 0, sizeof(world.asked));
        assert_int_equal(media_read(world.disk, &facts), 0);
        assert_string_equal(world.asked, "s");
}

static void a_disk_that_is_gone_has_no_facts(void **state)
{
        struct media_facts facts = { .size_bytes = 1 };
        assert_int_equal(media_read("/dev/gone", &facts), -ENODEV);
        assert_int_equal(media_read("/dev/not-there", &facts), -ENOENT);
        assert_int_equal(facts.size_bytes, 1);
}

static void what_shares_hardware_is_one_device(void **state)
{
        static const char *const paths[] = { "sys/hw1/host",  "sys/hw2/host",  "sys/sda",       "sys/sdb", "sys/sdc",
                                             "sys/n1/device", "sys/n2/device", "sys/n3/device", "sys/bare" };
        for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
                assert_int_equal(make_directories(world.fd, paths[i], 0755), 0);
        assert_int_equal(symlinkat("../hw1", world.fd, "sys/sda/device"), 0);
        assert_int_equal(symlinkat("../hw1", world.fd, "sys/sdb/device"), 0);
        assert_int_equal(symlinkat("../hw2", world.fd, "sys/sdc/device"), 0);
        scratch_text(world.fd, "sys/n1/device/subsysnqn", "nqn.1\n");
        scratch_text(world.fd, "sys/n2/device/subsysnqn", "nqn.1\n");
        scratch_text(world.fd, "sys/n3/device/subsysnqn", "nqn.2\n");
        assert_true(media_same_device("/dev/sda", "/dev/sdb"));
        assert_false(media_same_device("/dev/sda", "/dev/sdc"));
        assert_true(media_same_device("/dev/n1", "/dev/n2"));
        assert_false(media_same_device("/dev/n1", "/dev/n3"));
        assert_false(media_same_device("/dev/bare", "/dev/sda"));
        assert_true(media_same_device("/dev/bare", "/dev/bare"));
        assert_true(media_same_device("/dev/sda", "/dev/gone")); /* what nobody knows is not taken for another one */
}

static void hidden_sectors_are_seen_once_the_kernel_has_looked_again(void **state)
{
        struct media_facts facts = { .bus = MEDIA_ATA, .size_bytes = 1000 };
        uint64_t size = 0;
        assert_int_equal(media_unhide(world.disk, &facts, &size), 0); /* nothing is hidden, nothing is done */
        assert_int_equal(size, 1000);
        assert_string_equal(world.rescanned, "");
        facts.hpa.bytes = 24;
        world.unhidden_bytes = world.size_afterwards = 1024;
        assert_int_equal(media_unhide(world.disk, &facts, &size), 0);
        assert_int_equal(size, 1024);
        assert_non_null(strstr(world.rescanned, "/sys/sda/device/rescan"));
        world.size_afterwards = 1000;
        size = 0;
        assert_int_equal(media_unhide(world.disk, &facts, &size), -EAGAIN); /* it wants a restart */
        assert_int_equal(size, 0);
        world.unhide = -EIO;
        assert_int_equal(media_unhide(world.disk, &facts, &size), -EIO);
        facts = (struct media_facts){ .bus = MEDIA_SCSI, .dco.bytes = 24 };
        assert_int_equal(media_unhide(world.disk, &facts, &size), -EOPNOTSUPP);
        assert_int_equal(size, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(each_bus_has_its_adapter, set_up, tear_down),
                cmocka_unit_test_setup_teardown(where_the_device_does_not_answer_sysfs_remains, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_disk_behind_a_bridge_is_ata_if_it_answers_and_a_stick_is_not_asked, set_up,
                                                tear_down),
                cmocka_unit_test_setup_teardown(a_disk_that_is_gone_has_no_facts, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_shares_hardware_is_one_device, set_up, tear_down),
                cmocka_unit_test_setup_teardown(hidden_sectors_are_seen_once_the_kernel_has_looked_again, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
