/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a disk is plugged in and whether it is built in, told from a sysfs of the test's own; a disk's GUID in a real table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/disk/disks.h"
#include "linux/disk/gpt-write.h"
#include "linux/disk/gpt.h"
#include "tests/unit/scratch.h"

static char root[SCRATCH_PATH_MAX];

static int set_up(void **state)
{
        scratch_make(root, NULL);
        assert_int_equal(make_directories(AT_FDCWD, root, 0755), 0);
        return 0;
}

static int tear_down(void **state)
{
        scratch_remove(root);
        return 0;
}

static void make_directory(const char *path)
{
        char full[1024];
        _cleanup_close_ int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        (void)snprintf(full, sizeof(full), "%s", path);
        assert_int_equal(make_directories(fd, full, 0755), 0);
}

static void make_file(const char *path, const char *text)
{
        _cleanup_close_ int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        scratch_text(fd, path, text);
}

static void make_link(const char *path, const char *target)
{
        char full[1024];

        (void)snprintf(full, sizeof(full), "%s/%s", root, path);
        assert_int_equal(symlink(target, full), 0);
}

/* The disk `name` at `syspath`, with its link below block/. */
static void make_disk(const char *name, const char *syspath)
{
        char path[512], target[512];

        (void)snprintf(path, sizeof(path), "devices/%s", syspath);
        make_directory(path);
        make_directory("block");
        (void)snprintf(path, sizeof(path), "block/%s", name);
        (void)snprintf(target, sizeof(target), "../devices/%s", syspath);
        make_link(path, target);
}

static const char *place_of(const char *name)
{
        static char syspath[DISK_SYSPATH_MAX];

        assert_int_equal(disk_syspath_read(root, name, syspath), 0);
        return syspath;
}

static bool is_external(const char *name)
{
        return disk_is_external(root, place_of(name));
}

static void a_place_is_told_as_the_real_sysfs_tells_it(void **state)
{
        char syspath[DISK_SYSPATH_MAX];

        make_disk("sda", "pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda");
        assert_string_equal(place_of("sda"), "/sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda");
        assert_false(disk_is_virtual(place_of("sda")));
        assert_false(is_external("sda"));
        assert_int_equal(disk_syspath_read(root, "sdb", syspath), -ENOENT);
}

static void a_multipath_nvme_disk_is_where_its_first_controller_is(void **state)
{
        make_disk("nvme0n1", "virtual/nvme-subsystem/nvme-subsys0/nvme0n1");
        make_directory("devices/pci0000:00/0000:00:04.0/nvme/nvme3");
        make_directory("devices/pci0000:00/0000:00:05.0/nvme/nvme7");
        make_link("devices/virtual/nvme-subsystem/nvme-subsys0/nvme7", "../../../pci0000:00/0000:00:05.0/nvme/nvme7");
        make_link("devices/virtual/nvme-subsystem/nvme-subsys0/nvme3", "../../../pci0000:00/0000:00:04.0/nvme/nvme3");
        assert_string_equal(place_of("nvme0n1"), "/sys/devices/pci0000:00/0000:00:04.0/nvme/nvme3/nvme0n1");
        assert_false(disk_is_virtual(place_of("nvme0n1")));
}

static void what_the_kernel_makes_is_virtual(void **state)
{
        make_disk("nbd0", "virtual/block/nbd0");
        assert_true(disk_is_virtual(place_of("nbd0")));
}

static void a_usb_disk_is_external_whatever_is_between(void **state)
{
        make_disk("sda", "pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host6/target6:0:0/6:0:0:0/block/sda");
        make_directory("bus/usb");
        assert_false(is_external("sda")); /* the control: without what follows nothing tells */
        make_link("devices/pci0000:00/0000:00:14.0/usb1/1-2/subsystem", "../../../../../bus/usb");
        assert_true(is_external("sda"));
}

static void a_port_that_the_firmware_calls_removable_is_external(void **state)
{
        make_disk("nvme0n1", "pci0000:00/0000:00:1d.0/0000:05:00.0/nvme/nvme0/nvme0n1");
        make_file("devices/pci0000:00/0000:00:1d.0/0000:05:00.0/removable", "fixed\n");
        make_file("devices/pci0000:00/0000:00:1d.0/0000:05:00.0/nvme/nvme0/nvme0n1/removable", "1\n"); /* of the medium */
        assert_false(is_external("nvme0n1"));
        make_file("devices/pci0000:00/0000:00:1d.0/0000:05:00.0/removable", "removable\n");
        assert_true(is_external("nvme0n1"));
}

static void a_card_is_external_and_an_embedded_one_is_not(void **state)
{
        make_disk("mmcblk0", "platform/soc/mmc_host/mmc0/mmc0:0001/block/mmcblk0");
        make_directory("bus/mmc");
        make_link("devices/platform/soc/mmc_host/mmc0/mmc0:0001/subsystem", "../../../../../../bus/mmc");
        make_file("devices/platform/soc/mmc_host/mmc0/mmc0:0001/type", "MMC\n");
        assert_false(is_external("mmcblk0"));
        make_file("devices/platform/soc/mmc_host/mmc0/mmc0:0001/type", "SD\n");
        assert_true(is_external("mmcblk0"));
}

static void what_is_behind_a_network_is_external(void **state)
{
        make_disk("sda", "platform/host3/session1/target3:0:0/3:0:0:0/block/sda");
        make_disk("sdb", "pci0000:00/0000:00:06.0/host4/rport-4:0-2/target4:0:0/4:0:0:0/block/sdb");
        make_disk("nvme1n1", "virtual/nvme-fabrics/ctl/nvme1/nvme1n1");
        make_directory("class/nvme");
        make_link("devices/virtual/nvme-fabrics/ctl/nvme1/subsystem", "../../../../../class/nvme");
        make_file("devices/virtual/nvme-fabrics/ctl/nvme1/transport", "tcp\n");
        assert_true(is_external("sda"));
        assert_true(is_external("sdb"));
        assert_true(is_external("nvme1n1"));
        make_file("devices/virtual/nvme-fabrics/ctl/nvme1/transport", "pcie\n");
        assert_false(is_external("nvme1n1"));
        assert_true(disk_is_external(root, "somewhere"));
}

static void holders_of_the_disk_or_of_a_partition_hold_it(void **state)
{
        make_disk("sda", "pci/block/sda");
        make_directory("devices/pci/block/sda/holders");
        make_directory("devices/pci/block/sda/sda1/holders");
        make_directory("devices/pci/block/sda/queue/holders/x"); /* no partition */
        assert_false(disk_has_holders(root, "sda"));
        make_directory("devices/pci/block/sda/sda1/holders/dm-0");
        assert_true(disk_has_holders(root, "sda"));
        make_disk("sdb", "pci/block/sdb");
        make_directory("devices/pci/block/sdb/holders/md0");
        assert_true(disk_has_holders(root, "sdb"));
}

static void a_disk_gets_another_guid_and_keeps_everything_else(void **state)
{
        static struct inventory before, after;
        char path[SCRATCH_PATH_MAX + 16], command[SCRATCH_PATH_MAX * 2 + 256];
        struct guid id = { { 0xde, 0xad, [15] = 0xef } }, found;

        (void)snprintf(path, sizeof(path), "%s/disk", root);
        (void)snprintf(command, sizeof(command),
                       "truncate -s 16M %s && printf 'label: gpt\\nsize=2M,name=one\\nsize=3M,name=two\\n' | sfdisk -q %s", path,
                       path);
        assert_int_equal(system(command), 0);
        assert_int_equal(gpt_read(path, &before), 0);
        assert_int_equal(gpt_read_id(path, &found), 0);
        assert_true(guid_equal(&found, &before.disk_uuid));
        assert_int_equal(gpt_write_id(path, &id), 0);
        assert_int_equal(gpt_read_id(path, &found), 0);
        assert_true(guid_equal(&found, &id));
        assert_int_equal(gpt_read(path, &after), 0);
        assert_int_equal(after.partition_count, 2);
        assert_memory_equal(after.partitions, before.partitions, sizeof(after.partitions));
        (void)snprintf(command, sizeof(command), "sfdisk -q --verify %s >/dev/null", path); /* both tables agree */
        assert_int_equal(system(command), 0);
        make_file("disk", "no table at all");
        assert_true(gpt_read_id(path, &found) < 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                TEST(a_place_is_told_as_the_real_sysfs_tells_it),
                TEST(a_multipath_nvme_disk_is_where_its_first_controller_is),
                TEST(what_the_kernel_makes_is_virtual),
                TEST(a_usb_disk_is_external_whatever_is_between),
                TEST(a_port_that_the_firmware_calls_removable_is_external),
                TEST(a_card_is_external_and_an_embedded_one_is_not),
                TEST(what_is_behind_a_network_is_external),
                TEST(holders_of_the_disk_or_of_a_partition_hold_it),
                TEST(a_disk_gets_another_guid_and_keeps_everything_else),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
