/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What sysfs says about a disk, from directories that look like it. */
#include "tests/unit/media-fixture.h"

#include "linux/media/media-sysfs.h"
#include "linux/media/media.h"
#include <errno.h>

static char root[SCRATCH_PATH_MAX];
static int root_fd = -1;

static int set_up(void **state)
{
        scratch_make(root, NULL);
        root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return root_fd >= 0 ? 0 : -1;
}

static int tear_down(void **state)
{
        (void)close(root_fd);
        scratch_remove(root);
        return 0;
}

struct attribute {
        const char *name, *text;
};

/* Makes the directory `name` with its attributes and reads it. */
static struct media_facts read_disk(const char *name, const struct attribute *attributes, size_t count)
{
        struct media_facts facts = { 0 };
        char path[SCRATCH_PATH_MAX + 64];

        for (const char *below[] = { "", "/queue", "/device" }, **at = below; at < below + 3; at++) {
                (void)snprintf(path, sizeof(path), "%s%s", name, *at);
                assert_int_equal(mkdirat(root_fd, path, 0755), 0);
        }
        for (size_t i = 0; i < count; i++) {
                (void)snprintf(path, sizeof(path), "%s/%s", name, attributes[i].name);
                scratch_text(root_fd, path, attributes[i].text);
        }
        (void)snprintf(path, sizeof(path), "%s/%s", root, name);
        assert_int_equal(media_sysfs_read(path, &facts), 0);
        return facts;
}
#define READ(name, ...)                                      \
        read_disk(name, (struct attribute[]){ __VA_ARGS__ }, \
                  sizeof((struct attribute[]){ __VA_ARGS__ }) / sizeof(struct attribute))

static void buses_are_told_apart(void **state)
{
        assert_int_equal(READ("nvme0n1", { "size", "8\n" }).bus, MEDIA_NVME);
        assert_int_equal(READ("mmcblk0", { "size", "8\n" }).bus, MEDIA_MMC);
        assert_int_equal(READ("vda", { "size", "8\n" }).bus, MEDIA_VIRTIO);
        assert_int_equal(READ("sda", { "size", "8\n" }, { "device/vendor", "ATA     \n" }).bus, MEDIA_ATA);
        assert_int_equal(READ("sdb", { "size", "8\n" }, { "device/vendor", "SEAGATE \n" }).bus, MEDIA_SCSI);
        assert_int_equal(READ("sdc", { "size", "8\n" }).bus, MEDIA_SCSI);
        assert_int_equal(READ("xvda", { "size", "8\n" }).bus, MEDIA_OTHER);
}

static void facts_of_an_nvme_disk(void **state)
{
        struct media_facts facts = READ("nvme0n1", { "size", "1953525168\n" }, { "ro", "1\n" }, { "removable", "0\n" },
                                        { "wwid", "eui.0025385b71b01234\n" }, { "queue/logical_block_size", "512\n" },
                                        { "queue/physical_block_size", "4096\n" }, { "queue/rotational", "0\n" },
                                        { "device/model", "Samsung SSD 970  \n" }, { "device/serial", "S5H9NS0N  \n" },
                                        { "device/firmware_rev", "2B2QEXM7\n" });

        assert_int_equal(facts.size_bytes, UINT64_C(1000204886016));
        assert_int_equal(facts.logical_sector, 512);
        assert_int_equal(facts.physical_sector, 4096);
        assert_true(facts.read_only && !facts.removable && !facts.rotational && !facts.usb);
        assert_string_equal(facts.model, "Samsung SSD 970");
        assert_string_equal(facts.serial, "S5H9NS0N");
        assert_string_equal(facts.firmware, "2B2QEXM7");
        assert_string_equal(facts.wwid, "eui.0025385b71b01234");
        assert_int_equal(facts.techniques, 0);
        assert_false(facts.health.known);
}

static void facts_of_an_emmc(void **state)
{
        struct media_facts facts =
                READ("mmcblk0", { "size", "30535680\n" }, { "device/name", "DG4016\n" }, { "device/serial", "0x2a1b3c4d\n" },
                     { "device/cid", "4501004447343031360142a1b3c4d700\n" }, { "device/fwrev", "0x3432303031313031\n" });

        assert_string_equal(facts.model, "DG4016");
        assert_string_equal(facts.wwid, "cid.4501004447343031360142a1b3c4d700");
        assert_string_equal(facts.firmware, "0x3432303031313031");
}

static void secure_erase_of_virtio_is_a_feature_bit(void **state)
{
        assert_true(media_offers(
                &(struct media_facts){
                        .techniques =
                                READ("vda", { "size", "8\n" }, { "device/features", "00000000000000001000\n" }).techniques },
                MEDIA_SECURE_DISCARD));
        assert_int_equal(READ("vdb", { "size", "8\n" }, { "device/features", "11111111111111110111\n" }).techniques, 0);
        assert_int_equal(READ("vdc", { "size", "8\n" }, { "device/features", "1111\n" }).techniques, 0);
}

static void usb_is_seen_in_the_path(void **state)
{
        struct media_facts facts = { 0 };
        char path[SCRATCH_PATH_MAX + 64];

        assert_int_equal(mkdirat(root_fd, "usb2", 0755), 0);
        facts = READ("usb2/sda", { "size", "8\n" }, { "removable", "0\n" });
        assert_true(facts.usb && !facts.removable);
        (void)snprintf(path, sizeof(path), "%s/missing", root);
        assert_int_equal(media_sysfs_read(path, &facts), -ENOENT);
}

static void nonsense_is_no_size(void **state)
{
        struct media_facts facts = READ("sda", { "size", "8\n" }, { "queue/logical_block_size", "-5\n" },
                                        { "queue/rotational", "\n" }, { "device/model", "\x1b]0;x\x07\n" });

        assert_int_equal(facts.logical_sector, 512);
        assert_false(facts.rotational);
        assert_string_equal(facts.model, "?]0;x?");
}

static void one_device_is_told_from_another_or_taken_as_the_same(void **state)
{
        assert_true(media_same_device("/dev/does-not-exist", "/dev/neither-does-this"));
        assert_true(media_same_device("/dev/does-not-exist", "/dev/does-not-exist"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(buses_are_told_apart, set_up, tear_down),
                cmocka_unit_test_setup_teardown(facts_of_an_nvme_disk, set_up, tear_down),
                cmocka_unit_test_setup_teardown(facts_of_an_emmc, set_up, tear_down),
                cmocka_unit_test_setup_teardown(secure_erase_of_virtio_is_a_feature_bit, set_up, tear_down),
                cmocka_unit_test_setup_teardown(usb_is_seen_in_the_path, set_up, tear_down),
                cmocka_unit_test_setup_teardown(nonsense_is_no_size, set_up, tear_down),
                cmocka_unit_test(one_device_is_told_from_another_or_taken_as_the_same),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
