/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An ordinary boot mounts all volumes or none, says of each that failed what it is, and leaves the machine with nothing that
 * could open them. Volumes, TPM and the system's init are fakes that write down what happens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "initrd/addition.h"
#include "initrd/foreign-initrd.h"
#include "initrd/gather.h"
#include "initrd/last-boot.h"
#include "initrd/normal.h"
#include "initrd/reseal.h"
#include "initrd/shutdown-root.h"
#include "initrd/switch-root.h"
#include "initrd/volume-list.h"
#include "initrd/volumes.h"
#include "linux/base/file.h"
#include "linux/base/path-below.h"
#include "linux/disk/file-system-grow.h"
#include "tests/unit/two-volumes.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* of __wrap_, which the linker calls */

static struct world {
        struct boot_context context;
        struct volume_key key;
        const char *fails; /* label of the volume ... */
        enum at { NOTHING, SHOW, UNLOCK, MOUNT, COMPLETE } at;
        const char *link; /* a mount point that another volume's link is on the way to */
        int measure, mkdir_error, growth, addition_error;
        bool foreign, keys_seen, adds;
        char happened[2048], files[2048];
} world;

static void note(const char *what, const char *on)
{
        const size_t at = strlen(world.happened);
        (void)snprintf(world.happened + at, sizeof(world.happened) - at, "%s %s\n", what, on);
}

static bool fails(const char *label, enum at at)
{
        return world.fails && strcmp(world.fails, label) == 0 && world.at == at;
}

int __wrap_blockdev_partition_path(const char *disk_path, uint32_t number, char ret[static DEVICE_PATH_MAX])
{
        (void)snprintf(ret, DEVICE_PATH_MAX, "/dev/disk%u", number);
        return fails(number == 1 ? "config" : "state", SHOW) ? -ENODEV : 0;
}

int __wrap_volume_unlock(struct boot_context *context, const struct partition_definition *definition, const char *partition_path,
                         struct volume_keys *keys, struct volume_key **ret_key)
{
        note("unlock", partition_path);
        *ret_key = &world.key;
        return fails(definition->label, UNLOCK) ? boot_trouble(context, -EACCES, "Locked.") : 0;
}

int __wrap_path_below_own(int root_fd, const char *path, char *ret, size_t capacity)
{
        (void)snprintf(ret, capacity, "%s", path + 1);
        return world.link && strcmp(world.link, path) == 0 ? -EXDEV : -ENOENT; /* what is not there, mount(2) says */
}

int __wrap_volume_mount(struct boot_context *context, const struct partition_definition *definition, const char *volume,
                        const char *target)
{
        note(volume, target);
        return fails(definition->label, MOUNT) ? boot_trouble(context, -EINVAL, "No file system.") : 0;
}

int __wrap_volume_mount_place(struct boot_context *context, const struct partition_definition *definition, size_t place,
                              const char *volume, const char *target)
{
        char text[64];
        (void)snprintf(text, sizeof(text), "%zu %s", place, target);
        note(volume, text);
        return fails(definition->mounts[place].where, MOUNT) ? boot_trouble(context, -EINVAL, "No such subvolume.") : 0;
}

bool __wrap_volume_is_complete(const struct boot_context *context, const struct partition_definition *definition,
                               const char *mounted_at, const struct volume_key *key, struct volume_keys *keys)
{
        assert_true((key == &world.key) == definition_is_encrypted(context, definition));
        return !fails(definition->label, COMPLETE);
}

int __wrap_file_system_grow(const char *device_path, const char *mounted_at, uint64_t *ret_bytes)
{
        note("grow", mounted_at);
        *ret_bytes = 1 << 20;
        return world.growth;
}

void __wrap_reseal_volume(struct boot_context *context, const struct partition_definition *definition, const char *partition_path,
                          struct volume_keys *keys, struct volume_key *key)
{
        note("reseal", partition_path);
}

void __wrap_reseal_finish(struct boot_context *context, struct volume_keys *keys)
{
        note("reseal", "finish");
}

/* What an update brings: the plan of it is a fake without content, which the fake of its execution takes. */
struct reset *__wrap_addition_plan(struct boot_context *context)
{
        if (!world.adds)
                (void)snprintf(context->addition_trouble, sizeof(context->addition_trouble), "no room");
        return world.adds ? calloc(1, sizeof(struct reset)) : NULL;
}

int __wrap_addition_run(struct reset *reset, const struct volume_key *built)
{
        free(reset);
        note("add", "what is new");
        if (world.addition_error == 0)
                world.context.inventory.partition_count = 2;
        else
                (void)snprintf(world.context.addition_trouble, sizeof(world.context.addition_trouble), "mkfs failed");
        return world.addition_error;
}

int __wrap_gather_partitions(struct boot_context *context)
{
        note("look at", "the table");
        return 0;
}

void __wrap_volume_list_note_mounted(struct boot_context *context)
{
        note("list", "what is there");
}

int __wrap_umount2(const char *target, int flags)
{
        note("unmount", target);
        return 0;
}

int __wrap_luks_close(const char *name)
{
        note("close", name);
        return 0;
}

int __wrap_mkdir(const char *path, mode_t mode)
{
        errno = world.mkdir_error;
        return world.mkdir_error ? -1 : 0;
}

int __wrap_file_replace(int directory_fd, const char *path, const void *data, size_t size, uint32_t mode)
{
        const size_t at = strlen(world.files);
        (void)snprintf(world.files + at, sizeof(world.files) - at, "%s %o %.*s\n", path, mode,
                       strcmp(path, "/run/cleanslate/boot") == 0 ? 11 : (int)size, (const char *)data);
        return 0;
}

int __wrap_shutdown_root_leave(const char *root)
{
        note("shutdown below", root);
        return -ENOENT; /* it comes down without it */
}

void __wrap_last_boot_note(struct boot_context *context)
{
        note("note", "last boot");
}

int __wrap_tpm_measure_phase(struct tpm *tpm, const char *phase)
{
        note("measure", phase);
        return world.measure;
}

const char *__wrap_tpm_last_text(const struct tpm *tpm)
{
        return "out of order";
}

struct tpm *__wrap_tpm_free(struct tpm *tpm)
{
        note("close", "TPM");
        return NULL;
}

bool __wrap_foreign_initrd_is_there(void)
{
        return world.foreign;
}

static int leave_to(const char *whom)
{
        static const struct device_keys none;
        static const uint8_t no_key[SHA256_SIZE];
        world.keys_seen = memcmp(&world.context.keys, &none, sizeof(none)) != 0 ||
                          memcmp(world.context.reseal_request_key, no_key, sizeof(no_key)) != 0 || world.context.tpm;
        note("leave to", whom);
        return -ENOENT;
}

int __wrap_foreign_initrd_execute(void)
{
        return leave_to("the other initrd");
}

int __wrap_switch_root(const char *root)
{
        return leave_to(root);
}

static int set_up(void **state)
{
        memset(&world, 0, sizeof(world));
        world.context.report.kmsg_fd = -1;
        world.context.root_fd = -1;
        two_volumes(&world.context);
        return 0;
}

static void all_are_mounted_in_order_and_resealed(void **state)
{
        assert_int_equal(normal_mount(&world.context, false), 0);
        assert_string_equal(
                world.happened,
                "unlock /dev/disk1\n/dev/mapper/config /sysroot/etc\nreseal /dev/disk1\n"
                "unlock /dev/disk2\n/dev/mapper/state /sysroot/var\nreseal /dev/disk2\nreseal finish\nlist what is there\n");
        assert_int_equal(world.context.volume_states[CONFIG], VOLUME_COMPLETE);
        assert_int_equal(world.context.report.milestone_count, 2);
}

/* GrowFileSystem=, by what the image says and not by what somebody has written into the table; and it is no reason not to start.
 */
static void file_systems_grow_where_the_image_says_so(void **state)
{
        static const int growths[] = { 0, 1, -EPERM };
        for (size_t i = 0; i < ARRAY_SIZE(growths); i++) {
                (void)set_up(state);
                world.growth = growths[i];
                world.context.policy.partitions[STATE].flags = GPT_ATTRIBUTE_GROW;
                world.context.inventory.partitions[CONFIG].attributes = GPT_ATTRIBUTE_GROW;
                assert_int_equal(normal_mount(&world.context, false), 0);
                assert_non_null(strstr(world.happened, "/dev/mapper/state /sysroot/var\ngrow /sysroot/var\nreseal"));
                assert_null(strstr(world.happened, "grow /sysroot/etc"));
                assert_string_equal(world.context.trouble, "");
        }
}

static void place(size_t definition, const char *where)
{
        struct partition_definition *partition = &world.context.policy.partitions[definition];
        (void)snprintf(partition->mounts[partition->mount_count++].where, POLICY_PATH_MAX, "%s", where);
}

/* All volumes first; then, shorter paths first, whatever else each is mounted at. */
static void further_mount_points_follow(void **state)
{
        const char *end;
        place(CONFIG, "/etc");
        place(CONFIG, "/srv/config");
        place(STATE, "/var");
        place(STATE, "/srv");
        place(STATE, "/home");
        assert_int_equal(normal_mount(&world.context, false), 0);
        end = strstr(world.happened, "reseal /dev/disk2\n");
        assert_string_equal(end, "reseal /dev/disk2\n/dev/mapper/state 1 /sysroot/srv\n/dev/mapper/state 2 /sysroot/home\n"
                                 "/dev/mapper/config 1 /sysroot/srv/config\nreseal finish\nlist what is there\n");
        world.happened[0] = 0;
        world.fails = "/srv/config";
        world.at = MOUNT;
        assert_int_equal(normal_mount(&world.context, false), -EINVAL);
        assert_string_equal(world.context.trouble, "No such subvolume.");
        end = strstr(world.happened, "unmount");
        assert_string_equal(end, "unmount /sysroot/home\nunmount /sysroot/srv\nunmount /sysroot/var\nclose state\n"
                                 "unmount /sysroot/etc\nclose config\n");
}

static void what_is_not_encrypted_is_not_unlocked(void **state)
{
        world.context.policy.partitions[CONFIG].encrypt = ENCRYPT_OFF;
        world.context.policy.partition_count = 1;
        assert_int_equal(normal_mount(&world.context, false), 0);
        assert_string_equal(world.happened, "/dev/disk1 /sysroot/etc\nreseal finish\nlist what is there\n");
}

/* The second of two fails: the first goes as well, and what is known of each says how far it came. */
static void one_that_fails_takes_all_with_it(void **state)
{
        static const struct {
                enum at at;
                enum volume_state state;
                const char *why;
        } cases[] = { { SHOW, VOLUME_UNTRIED, "The partition \"state\" is in the table, but the kernel does not show it." },
                      { UNLOCK, VOLUME_LOCKED, "Locked." },
                      { MOUNT, VOLUME_UNMOUNTABLE, "No file system." },
                      { COMPLETE, VOLUME_INCOMPLETE, "\"state\" was not completed by the last factory reset of this device" } };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                (void)set_up(state);
                world.fails = "state";
                world.at = cases[i].at;
                assert_true(normal_mount(&world.context, false) < 0);
                assert_int_equal(strncmp(world.context.trouble, cases[i].why, strlen(cases[i].why)), 0);
                assert_int_equal(world.context.volume_states[STATE], cases[i].state);
                assert_int_equal(world.context.volume_states[CONFIG], VOLUME_COMPLETE);
                const char *end = strstr(world.happened, "unmount");
                assert_string_equal(end, "unmount /sysroot/var\nclose state\nunmount /sysroot/etc\nclose config\n");
                assert_null(strstr(world.happened, "finish"));
        }
}

/* Neither for the first mount point of a volume nor for a further one; and what was never mounted there is not unmounted there.
 */
static void where_another_volume_has_a_link_nothing_is_mounted(void **state)
{
        static const char *const words = "state cannot be mounted: on the way to ";
        world.link = "/var";
        assert_int_equal(normal_mount(&world.context, false), -EXDEV);
        assert_int_equal(strncmp(world.context.trouble, words, strlen(words)), 0);
        assert_int_equal(world.context.volume_states[STATE], VOLUME_UNMOUNTABLE);
        assert_string_equal(strstr(world.happened, "unlock /dev/disk2"),
                            "unlock /dev/disk2\nclose state\nunmount /sysroot/etc\nclose config\n");
        (void)set_up(state);
        place(STATE, "/var");
        place(STATE, "/var/lib/more");
        world.link = "/var/lib/more";
        assert_int_equal(normal_mount(&world.context, false), -EXDEV);
        assert_non_null(strstr(world.context.trouble, "/var/lib/more another volume has a symbolic link"));
        assert_string_equal(strstr(world.happened, "unmount"),
                            "unmount /sysroot/var\nclose state\nunmount /sysroot/etc\nclose config\n");
}

static void a_missing_partition_is_named(void **state)
{
        world.context.inventory.partition_count = 1;
        assert_int_equal(normal_mount(&world.context, false), -ENODEV);
        assert_string_equal(world.context.trouble, "The partition \"state\" is missing. A factory reset rebuilds it.");
        world.context.policy.partition_count = 1;
        world.context.trouble[0] = 0;
        assert_int_equal(normal_mount(&world.context, false), 0);
}

/* Known are those of the definitions that are named. */
static void know(const char *config, enum known_origin origin)
{
        memset(&world.context.known, 0, sizeof(world.context.known));
        world.context.has_known = true;
        for (size_t d = 0; d < 2; d++)
                if (strcmp(world.context.policy.partitions[d].label, config) == 0)
                        known_volumes_set(&world.context.known, &world.context.policy.partitions[d], origin);
}

/* What is there is opened for its secret, and mounted anew with what was added; nothing is sealed anew before that. */
static void what_an_update_brings_is_added_and_mounted_in_order(void **state)
{
        world.context.inventory.partition_count = 1;
        know("config", KNOWN_BUILT);
        world.adds = true;
        assert_int_equal(normal_mount(&world.context, true), 0);
        assert_string_equal(
                world.happened,
                "unlock /dev/disk1\n/dev/mapper/config /sysroot/etc\nunmount /sysroot/etc\nclose config\n"
                "add what is new\nlook at the table\n"
                "unlock /dev/disk1\n/dev/mapper/config /sysroot/etc\nreseal /dev/disk1\n"
                "unlock /dev/disk2\n/dev/mapper/state /sysroot/var\nreseal /dev/disk2\nreseal finish\nlist what is there\n");
}

/* Whatever the reason: the system starts without, unless the volume is its configuration or its state. */
static void what_cannot_be_added_is_told_and_done_without(void **state)
{
        for (int planned = 0; planned < 2; planned++) {
                (void)set_up(state);
                world.context.inventory.partition_count = 1;
                know("config", KNOWN_BUILT);
                world.adds = planned;
                world.addition_error = -EIO;
                assert_int_equal(normal_mount(&world.context, true), -ENODEV);
                assert_string_equal(world.context.trouble,
                                    planned ? "The partition \"state\", which this image brings, cannot be added: mkfs failed"
                                            : "The partition \"state\", which this image brings, cannot be added: no room");
                world.context.trouble[0] = 0;
                (void)strcpy(world.context.policy.partitions[STATE].mount_point, "/srv");
                assert_int_equal(normal_mount(&world.context, true), 0);
                assert_string_equal(world.context.trouble, "");
                /* the control: this one was there, and is lost */
                known_volumes_set(&world.context.known, &world.context.policy.partitions[STATE], KNOWN_BUILT);
                assert_int_equal(normal_mount(&world.context, true), -ENODEV);
                assert_string_equal(world.context.trouble, "The partition \"state\" is missing. A factory reset rebuilds it.");
        }
}

/* Without its mark a volume that was built is incomplete; one that nobody has built is somebody's own. */
static void only_what_nobody_has_built_is_taken_as_it_is(void **state)
{
        static const struct {
                bool listed, factory_reset;
                enum known_origin origin;
                bool taken;
        } cases[] = {
                { true, true, KNOWN_NOT, true },     { true, false, KNOWN_FOUND, true },
                { true, true, KNOWN_FOUND, true },   { true, true, KNOWN_BUILT, false },
                { true, false, KNOWN_BUILT, false }, { true, false, KNOWN_BUILT_PLAIN, false },
                { false, true, KNOWN_NOT, false },   { false, false, KNOWN_NOT, true },
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                (void)set_up(state);
                world.fails = "config";
                world.at = COMPLETE;
                world.context.policy.partitions[CONFIG].encrypt = ENCRYPT_OFF;
                world.context.policy.partitions[CONFIG].factory_reset = cases[i].factory_reset;
                know(cases[i].origin == KNOWN_NOT ? "nothing" : "config", cases[i].origin);
                world.context.has_known = cases[i].listed;
                assert_int_equal(normal_mount(&world.context, false) == 0, cases[i].taken);
        }
        (void)set_up(state); /* an encrypted one never, whatever is known */
        world.fails = "config";
        world.at = COMPLETE;
        know("nothing", KNOWN_NOT);
        assert_true(normal_mount(&world.context, false) < 0);
}

/* Priority=: no reset would bring it, so that the page would be all that such a device ever shows. */
static void one_that_may_be_left_out_is_not_missed(void **state)
{
        world.context.inventory.partition_count--;
        assert_true(normal_mount(&world.context, false) < 0); /* the control */
        world.context.policy.partitions[1].priority = 1;
        assert_int_equal(normal_mount(&world.context, false), 0);
        know("nothing", KNOWN_NOT);
        assert_int_equal(normal_mount(&world.context, false), 0);
        know("state", KNOWN_BUILT); /* there was room, and somebody has deleted it */
        assert_true(normal_mount(&world.context, false) < 0);
        world.context.has_known = false;
        world.context.policy.partitions[1].priority = -1;
        assert_true(normal_mount(&world.context, false) < 0);
}

static void the_system_gets_what_is_public_and_no_key(void **state)
{
        struct boot_context *context = &world.context;
        context->public_key_pem = (char *)"PEM";
        context->signature_json = (char *)"{}";
        context->signature_json_size = 2;
        context->tpm = (struct tpm *)&world;
        context->inventory.disk_uuid.bytes[3] = 0xab;
        context->keys.has_mark = true;
        memset(context->reseal_request_key, 'k', sizeof(context->reseal_request_key));
        context->has_reseal_request_key = true;
        assert_int_equal(normal_switch_root(context), -ENOENT);
        assert_string_equal(world.happened,
                            "note last boot\nmeasure leave-initrd\nclose TPM\nshutdown below /sysroot\nleave to /sysroot\n");
        assert_string_equal(world.files, "/run/cleanslate/reseal-key 400 kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\n"
                                         "/run/cleanslate/boot 644 mode=normal\n"
                                         "/run/cleanslate/disk 644 ab000000-0000-0000-0000-000000000000\n\n"
                                         "/run/systemd/tpm2-pcr-public-key.pem 444 PEM\n"
                                         "/run/systemd/tpm2-pcr-signature.json 444 {}\n");
        assert_false(world.keys_seen);
        assert_true(context->left_initrd);
        assert_string_equal(context->trouble, "The system's init cannot be started: No such file or directory.");
}

static void another_initrd_goes_on_where_there_is_one(void **state)
{
        world.foreign = true;
        (void)normal_switch_root(&world.context);
        assert_string_equal(world.happened, "note last boot\nclose TPM\nleave to the other initrd\n");
}

static void keys_that_could_be_unsealed_again_stop_the_boot(void **state)
{
        world.context.tpm = (struct tpm *)&world;
        world.measure = -EIO;
        assert_int_equal(normal_switch_root(&world.context), -EIO);
        assert_string_equal(world.happened, "note last boot\nmeasure leave-initrd\n");
        assert_string_equal(world.context.trouble, "The TPM refused to measure the end of the start-up phase: out of order.");
        assert_false(world.context.left_initrd);
}

static void without_a_place_nothing_is_left(void **state)
{
        world.context.public_key_pem = world.context.signature_json = (char *)"x";
        world.mkdir_error = ENOSPC;
        (void)normal_switch_root(&world.context);
        assert_string_equal(world.files, "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(all_are_mounted_in_order_and_resealed, set_up),
                cmocka_unit_test_setup(file_systems_grow_where_the_image_says_so, set_up),
                cmocka_unit_test_setup(further_mount_points_follow, set_up),
                cmocka_unit_test_setup(what_is_not_encrypted_is_not_unlocked, set_up),
                cmocka_unit_test_setup(one_that_fails_takes_all_with_it, set_up),
                cmocka_unit_test_setup(where_another_volume_has_a_link_nothing_is_mounted, set_up),
                cmocka_unit_test_setup(a_missing_partition_is_named, set_up),
                cmocka_unit_test_setup(what_an_update_brings_is_added_and_mounted_in_order, set_up),
                cmocka_unit_test_setup(what_cannot_be_added_is_told_and_done_without, set_up),
                cmocka_unit_test_setup(only_what_nobody_has_built_is_taken_as_it_is, set_up),
                cmocka_unit_test_setup(one_that_may_be_left_out_is_not_missed, set_up),
                cmocka_unit_test_setup(the_system_gets_what_is_public_and_no_key, set_up),
                cmocka_unit_test_setup(another_initrd_goes_on_where_there_is_one, set_up),
                cmocka_unit_test_setup(keys_that_could_be_unsealed_again_stop_the_boot, set_up),
                cmocka_unit_test_setup(without_a_place_nothing_is_left, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
