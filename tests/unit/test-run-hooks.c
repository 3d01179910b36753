/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The image's hooks behind a rebuild: the volumes that were built are open for them and closed again whatever happens, and what a
 * hook has said goes into the reason. Volumes and cage are fakes, the hooks' directory is real. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "initrd/steps/hooks.h"
#include "initrd/volume-target.h"
#include "linux/base/file.h"
#include "linux/image/cage.h"
#include "tests/unit/scratch.h"
#include "tests/unit/two-volumes.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* of __wrap_, which the linker calls */

static struct world {
        struct boot_context context;
        struct reset reset;
        char directory[SCRATCH_PATH_MAX];
        const char *fails, *says;
        int mount, unmount, hook;
        char happened[2048], detail[128];
} world;

static void note(const char *what, const char *on)
{
        const size_t at = strlen(world.happened);
        (void)snprintf(world.happened + at, sizeof(world.happened) - at, "%s %s\n", what, on);
}

int __wrap_blockdev_partition_path(const char *disk_path, uint32_t number, char ret[static DEVICE_PATH_MAX])
{
        (void)snprintf(ret, DEVICE_PATH_MAX, "%s%u", disk_path, number);
        return 0;
}

int __wrap_volume_open(const struct partition_definition *definition, const char *partition_path, const struct volume_key *key)
{
        assert_ptr_equal(key, &world.reset.key);
        note("open", partition_path);
        return 0;
}

int __wrap_volume_mount(struct boot_context *context, const struct partition_definition *definition, const char *volume,
                        const char *target)
{
        note(volume, target);
        return strcmp(definition->label, "state") == 0 ? world.mount : 0;
}

/* Places, that test-normal and the attacks look at, are what they are called here. */
int __wrap_volume_target_find(const struct boot_context *context, const char *root, const char *where,
                              char ret[static VOLUME_TARGET_MAX])
{
        (void)snprintf(ret, VOLUME_TARGET_MAX, "%s%s", root, where);
        return 0;
}

int __wrap_umount2(const char *target, int flags)
{
        note("unmount", target);
        errno = world.unmount;
        return world.unmount ? -1 : 0;
}

int __wrap_luks_close(const char *name)
{
        note("close", name);
        return 0;
}

int __wrap_cage_run(const struct cage *cage, char *const argv[], char said[static CAGE_OUTPUT_MAX])
{
        char line[512];
        (void)snprintf(line, sizeof(line), "%s %s %s in %s for %u s", argv[1], argv[2], argv[3], cage->root_path,
                       cage->timeout_s);
        assert_null(argv[4]);
        assert_int_equal(cage->device, 0);
        note(argv[0], line);
        (void)snprintf(said, CAGE_OUTPUT_MAX, "%s", world.says ? world.says : "");
        return world.fails && strstr(argv[0], world.fails) ? world.hook : 0;
}

static void add_hook(const char *name, mode_t mode)
{
        char path[256];
        (void)snprintf(path, sizeof(path), "usr/lib/cleanslate/hooks.d/%s", name);
        scratch_text(world.context.root_fd, path, "#!");
        assert_int_equal(fchmodat(world.context.root_fd, path, mode, 0), 0);
}

static int set_up(void **state)
{
        struct boot_context *context = &world.context;
        memset(&world, 0, sizeof(world));
        scratch_make(world.directory, NULL);
        context->report.kmsg_fd = -1;
        context->root_fd = open(world.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(make_directories(context->root_fd, "usr/lib/cleanslate/hooks.d", 0755), 0);
        add_hook("10-first", 0755);
        add_hook("20-second", 0755);
        add_hook("README", 0644);
        two_volumes(context);
        context->progress.reset_id.bytes[0] = 0xfe;
        context->progress.origin = ORIGIN_REQUEST;
        world.reset.context = context;
        for (int i = 0; i < TWO_VOLUMES; i++) {
                world.reset.plan.entries[i].number = (uint32_t)(7 + i);
                world.reset.plan.steps[i] = (struct plan_step){ .kind = STEP_VERIFY_TREE, .definition = i };
        }
        world.reset.plan.step_count = TWO_VOLUMES;
        return 0;
}

static int tear_down(void **state)
{
        (void)close(world.context.root_fd);
        scratch_remove(world.directory);
        return 0;
}

#define OPENED "open /dev/disk7\n/dev/mapper/config /sysroot/etc\nopen /dev/disk8\n/dev/mapper/state /sysroot/var\n"
#define CLOSED "unmount /sysroot/var\nclose state\nunmount /sysroot/etc\nclose config\n"
#define RAN(it)                           \
        "/usr/lib/cleanslate/hooks.d/" it \
        " after-rebuild reset=fe000000000000000000000000000000 origin=request in /sysroot for 60 s\n"

static void each_runs_in_order_over_the_new_volumes(void **state)
{
        assert_int_equal(hooks_after_rebuild(&world.reset, world.detail, sizeof(world.detail)), 0);
        assert_string_equal(world.happened, OPENED RAN("10-first") RAN("20-second") CLOSED);
        assert_int_equal(strncmp(world.detail, "2 of the image's hooks ran", 26), 0);
}

static void what_was_not_built_stays_closed(void **state)
{
        world.reset.plan.step_count = 1;
        assert_int_equal(hooks_after_rebuild(&world.reset, world.detail, sizeof(world.detail)), 0);
        assert_null(strstr(world.happened, "state"));
        assert_non_null(strstr(world.happened, RAN("20-second") "unmount /sysroot/etc\nclose config\n"));
}

/* Of an image of /usr: a root volume that was built is the hooks' root, with the image in it. */
static void a_new_root_volume_is_their_root(void **state)
{
        world.context.policy.form = IMAGE_USR;
        (void)snprintf(world.context.policy.partitions[CONFIG].mount_point, POLICY_PATH_MAX, "/");
        assert_int_equal(hooks_after_rebuild(&world.reset, world.detail, sizeof(world.detail)), 0);
        assert_string_equal(world.happened,
                            "open /dev/disk7\n/dev/mapper/config /sysroot/\nopen /dev/disk8\n"
                            "/dev/mapper/state /sysroot/var\n" RAN("10-first") RAN(
                                    "20-second") "unmount /sysroot/var\nclose state\nunmount /sysroot/usr\nunmount /sysroot/\n"
                                                 "close config\n");
}

/* One that is kept is never opened in a reset: the image's own root has places for the rest. */
static void beside_a_kept_root_volume_they_have_the_images_root(void **state)
{
        world.context.policy.form = IMAGE_USR;
        (void)snprintf(world.context.policy.partitions[CONFIG].mount_point, POLICY_PATH_MAX, "/");
        world.reset.plan.steps[0].definition = STATE;
        world.reset.plan.step_count = 1;
        assert_int_equal(hooks_after_rebuild(&world.reset, world.detail, sizeof(world.detail)), 0);
        assert_non_null(strstr(world.happened, "/dev/mapper/state " USR_IMAGE_PATH "/var\n"));
        assert_non_null(strstr(world.happened, " in " USR_IMAGE_PATH " for 60 s\n"));
        assert_non_null(strstr(world.happened, "unmount " USR_IMAGE_PATH "/var\nclose state\n"));
        assert_null(strstr(world.happened, "config"));
}

static void the_first_that_fails_is_the_last_that_runs(void **state)
{
        static const struct {
                int result, error;
                const char *says, *why;
        } cases[] = {
                { 3, -ECANCELED, "no network", "The image's hook 10-first failed: no network (exit status 3)." },
                { 3, -ECANCELED, NULL, "The image's hook 10-first failed (exit status 3)." },
                { CAGE_TIMED_OUT, -ETIMEDOUT, NULL, "The image's hook 10-first did not end within 60 s." },
                { -ENOEXEC, -ENOEXEC, NULL, "The image's hook 10-first cannot be run: Exec format error." },
        };
        world.fails = "10-first";
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                world.hook = cases[i].result;
                world.says = cases[i].says;
                world.happened[0] = world.context.trouble[0] = 0;
                assert_int_equal(hooks_after_rebuild(&world.reset, world.detail, sizeof(world.detail)), cases[i].error);
                assert_string_equal(world.context.trouble, cases[i].why);
                assert_string_equal(world.happened, OPENED RAN("10-first") CLOSED);
        }
}

static void a_volume_that_does_not_open_keeps_them_from_running(void **state)
{
        world.mount = -EINVAL;
        assert_int_equal(hooks_after_rebuild(&world.reset, world.detail, sizeof(world.detail)), -EINVAL);
        assert_string_equal(world.happened, OPENED CLOSED);
        assert_string_equal(world.context.trouble, "\"state\" cannot be opened for the image's hooks: Invalid argument.");
}

static void a_volume_that_does_not_close_is_no_success(void **state)
{
        world.unmount = EBUSY;
        assert_int_equal(hooks_after_rebuild(&world.reset, world.detail, sizeof(world.detail)), -EBUSY);
        assert_string_equal(world.context.trouble,
                            "\"state\" cannot be closed after the image's hooks: Device or resource busy.");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(each_runs_in_order_over_the_new_volumes, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_was_not_built_stays_closed, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_new_root_volume_is_their_root, set_up, tear_down),
                cmocka_unit_test_setup_teardown(beside_a_kept_root_volume_they_have_the_images_root, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_first_that_fails_is_the_last_that_runs, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_volume_that_does_not_open_keeps_them_from_running, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_volume_that_does_not_close_is_no_success, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
