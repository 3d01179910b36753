/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The image on the disk: how its mapping is asked for, how much of its partitions is its own, which signature counts; and the
 * running system's view of the ESP. libcryptsetup and the mounts of the kernel are fakes, partitions are files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <libcryptsetup.h>
#include <linux/mount.h>

#include "common/base/partition-type.h"
#include "linux/disk/inventory.h"
#include "linux/esp/running-esp.h"
#include "linux/image/image-parts.h"
#include "linux/image/verity.h"
#include "tests/unit/scratch.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* of __wrap_, which the linker calls */

static struct world {
        char directory[SCRATCH_PATH_MAX];
        int fd, init, load, activate, by_key, freed;
        struct crypt_params_verity params;
        char opened[256], mounted[512];
        bool shared; /* somebody has mounted the ESP for writing */
        struct inventory inventory;
} world;

int __wrap_crypt_init_data_device(struct crypt_device **ret, const char *device, const char *data_device)
{
        (void)snprintf(world.opened, sizeof(world.opened), "%s over %s", device, data_device);
        *ret = world.init < 0 ? NULL : (struct crypt_device *)&world;
        return world.init;
}

void __wrap_crypt_set_log_callback(struct crypt_device *device, void *log, void *context)
{
}

int __wrap_crypt_load(struct crypt_device *device, const char *type, void *params)
{
        assert_string_equal(type, CRYPT_VERITY);
        return world.load;
}

int __wrap_crypt_get_volume_key_size(struct crypt_device *device)
{
        return 32;
}

int __wrap_crypt_get_verity_info(struct crypt_device *device, struct crypt_params_verity *ret)
{
        *ret = world.params;
        return 0;
}

static int activate(const char *name, const char *key, size_t size, uint32_t flags)
{
        assert_string_equal(name, "root");
        assert_int_equal(size, 32);
        assert_int_equal(key[0], 'h');
        assert_int_equal(flags, CRYPT_ACTIVATE_READONLY);
        return world.activate;
}

int __wrap_crypt_activate_by_volume_key(struct crypt_device *device, const char *name, const char *key, size_t size,
                                        uint32_t flags)
{
        world.by_key++;
        return activate(name, key, size, flags);
}

int __wrap_crypt_activate_by_signed_key(struct crypt_device *device, const char *name, const char *key, size_t size,
                                        const char *signature, size_t signature_size, uint32_t flags)
{
        assert_int_equal(signature_size, 3);
        assert_memory_equal(signature, "sig", 3);
        return activate(name, key, size, flags);
}

void __wrap_crypt_free(struct crypt_device *device)
{
        world.freed++;
}

int __wrap_blockdev_partition_path(const char *disk_path, uint32_t number, char ret[static DEVICE_PATH_MAX])
{
        (void)snprintf(ret, DEVICE_PATH_MAX, "%s/part%u", world.directory, number);
        return number < 9 ? 0 : -ENODEV;
}

int __wrap_fsopen(const char *file_system, unsigned flags)
{
        (void)snprintf(world.mounted, sizeof(world.mounted), "%s", file_system);
        return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int __wrap_fsconfig(int fd, unsigned command, const char *key, const void *value, int auxiliary)
{
        const size_t at = strlen(world.mounted);
        if (command == FSCONFIG_CMD_CREATE && world.shared && strstr(world.mounted, " ro=")) {
                errno = EBUSY;
                return -1;
        }
        if (key)
                (void)snprintf(world.mounted + at, sizeof(world.mounted) - at, " %s=%s", key, value ? (const char *)value : "");
        return 0;
}

int __wrap_fsmount(int fd, unsigned flags, unsigned attributes)
{
        const size_t at = strlen(world.mounted);
        (void)snprintf(world.mounted + at, sizeof(world.mounted) - at, "%s%s", attributes & MOUNT_ATTR_RDONLY ? " read-only" : "",
                       (attributes & 0xe) == (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC) ? " inert" : "");
        return 77;
}

static int set_up(void **state)
{
        memset(&world, 0, sizeof(world));
        scratch_make(world.directory, NULL);
        world.fd = open(world.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return 0;
}

static int tear_down(void **state)
{
        (void)close(world.fd);
        scratch_remove(world.directory);
        return 0;
}

static const uint8_t hash[32] = "h";

static int map(bool is_signed)
{
        const int before = world.freed;
        int r = is_signed ? verity_open_signed("root", "/data", "/hash", hash, sizeof(hash), (const uint8_t *)"sig", 3)
                          : verity_open("root", "/data", "/hash", hash, sizeof(hash));
        assert_int_equal(world.freed, before + 1);
        return r;
}

static void an_image_is_mapped_read_only_by_its_root_hash(void **state)
{
        assert_int_equal(map(false), 0);
        assert_string_equal(world.opened, "/hash over /data");
        assert_int_equal(world.by_key, 1);
        assert_int_equal(map(true), 0);
        assert_int_equal(world.by_key, 1); /* the kernel is given the signature */
        assert_int_equal(verity_open("root", "/data", "/hash", hash, 20), -EINVAL);
        world.activate = -ENOKEY;
        assert_int_equal(map(true), -ENOKEY);
        world.load = -EINVAL;
        assert_int_equal(map(false), -EINVAL);
        world.init = -ENODEV;
        assert_int_equal(map(false), -ENODEV);
        assert_int_equal(world.by_key, 1);
}

static void add_partition(uint32_t number, uint8_t uuid, const char *type)
{
        struct inventory_partition *partition = &world.inventory.partitions[world.inventory.partition_count++];
        partition->number = number;
        partition->uuid.bytes[0] = uuid;
        assert_true(partition_type_parse(type, strlen(type), &partition->type));
}

static void what_lies_behind_the_image_is_not_the_images(void **state)
{
        const struct image_identity image = { .data_uuid.bytes = { 1 }, .hash_uuid.bytes = { 2 } };
        add_partition(1, 1, "root-x86-64");
        add_partition(2, 2, "root-x86-64-verity");
        add_partition(3, 3, "var");
        world.params = (struct crypt_params_verity){ .data_size = 256, .data_block_size = 4096, .hash_block_size = 4096 };
        image_parts_mark(&world.inventory, &image);
        assert_true(world.inventory.partitions[0].role == ROLE_IMAGE && world.inventory.partitions[1].role == ROLE_IMAGE);
        assert_false(world.inventory.partitions[2].role == ROLE_IMAGE);
        assert_int_equal(world.inventory.partitions[0].used_bytes, 256 * 4096);
        assert_int_equal(world.inventory.partitions[1].used_bytes, (1 + 3) * 4096); /* superblock, two leaves, the root */
        static const struct crypt_params_verity unknown[] = {
                { .data_size = 256, .data_block_size = 0, .hash_block_size = 4096 },
                { .data_size = 256, .data_block_size = 4096, .hash_block_size = 4096, .hash_area_offset = 8192 },
                { .data_size = UINT64_MAX / 2, .data_block_size = 4096, .hash_block_size = 4096 },
        };
        for (size_t i = 0; i < ARRAY_SIZE(unknown); i++) {
                world.params = unknown[i];
                world.inventory.partitions[0].used_bytes = 0;
                image_parts_mark(&world.inventory, &image);
                assert_true(world.inventory.partitions[0].role == ROLE_IMAGE);
                assert_int_equal(world.inventory.partitions[0].used_bytes, 0); /* not known: all of it is left alone */
        }
}

#define SIGNATURE(hash) "{\"rootHash\":\"" hash "\",\"signature\":\"c2ln\"}"

static void the_signature_that_counts_is_for_this_root_hash(void **state)
{
        struct root_signature signature;
        const uint8_t root[32] = { 0xab };
        assert_string_equal(image_parts_find_signature(&world.inventory, IMAGE_ROOT, root, sizeof(root), &signature), "");
        add_partition(1, 1, "root-verity-sig");
        assert_string_equal(image_parts_find_signature(&world.inventory, IMAGE_ROOT, root, sizeof(root), &signature),
                            "its partition of type root-verity-sig holds no signature that can be read");
        scratch_text(world.fd, "part1", SIGNATURE("cd00000000000000000000000000000000000000000000000000000000000000"));
        assert_string_equal(image_parts_find_signature(&world.inventory, IMAGE_ROOT, root, sizeof(root), &signature),
                            "the signature on the disk is for another root hash");
        add_partition(9, 9, "root-verity-sig"); /* one that the kernel does not show */
        add_partition(2, 2, "root-verity-sig"); /* of the other slot */
        scratch_text(world.fd, "part2", SIGNATURE("ab00000000000000000000000000000000000000000000000000000000000000"));
        assert_null(image_parts_find_signature(&world.inventory, IMAGE_ROOT, root, sizeof(root), &signature));
        assert_int_equal(signature.pkcs7_size, 3);
        assert_memory_equal(signature.pkcs7, "sig", 3);
        assert_false(world.inventory.partitions[0].role == ROLE_IMAGE);
        assert_true(world.inventory.partitions[2].role == ROLE_IMAGE);
}

/* Of an image of /usr: a signature in a partition of the other type says nothing, whatever is in it. */
static void a_usr_image_has_its_own_type_of_signature(void **state)
{
        struct root_signature signature;
        const uint8_t root[32] = { 0xab };
        add_partition(1, 1, "root-verity-sig");
        scratch_text(world.fd, "part1", SIGNATURE("ab00000000000000000000000000000000000000000000000000000000000000"));
        assert_string_equal(image_parts_find_signature(&world.inventory, IMAGE_USR, root, sizeof(root), &signature), "");
        add_partition(2, 2, "usr-verity-sig");
        assert_string_equal(image_parts_find_signature(&world.inventory, IMAGE_USR, root, sizeof(root), &signature),
                            "its partition of type usr-verity-sig holds no signature that can be read");
        scratch_text(world.fd, "part2", SIGNATURE("ab00000000000000000000000000000000000000000000000000000000000000"));
        assert_null(image_parts_find_signature(&world.inventory, IMAGE_USR, root, sizeof(root), &signature));
        assert_false(world.inventory.partitions[0].role == ROLE_IMAGE);
        assert_true(world.inventory.partitions[1].role == ROLE_IMAGE);
}

static void the_esp_is_looked_at_without_a_trace(void **state)
{
        int fd = -1;
        assert_int_equal(running_esp_open("/dev/esp", &fd), 0);
        assert_int_equal(fd, 77);
        assert_string_equal(world.mounted, "vfat source=/dev/esp umask=0077 utf8=1 ro= read-only inert");
        world.shared = true;
        assert_int_equal(running_esp_open("/dev/esp", &fd), 0);
        assert_string_equal(world.mounted, "vfat source=/dev/esp umask=0077 utf8=1 read-only inert");
        assert_int_equal(running_esp_open_writable("/dev/esp", &fd), 0);
        assert_string_equal(world.mounted, "vfat source=/dev/esp umask=0077 utf8=1 inert");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(an_image_is_mapped_read_only_by_its_root_hash, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_lies_behind_the_image_is_not_the_images, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_signature_that_counts_is_for_this_root_hash, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_usr_image_has_its_own_type_of_signature, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_esp_is_looked_at_without_a_trace, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
