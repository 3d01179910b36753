/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filling a new volume from the image and proving it: what is written where and with which times, that a volume which differs by
 * anything is never marked, and that the mark comes last. The volume is a directory; mounts, mark and mappings are fakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/stat.h>

#include "initrd/steps/preserve.h"
#include "initrd/steps/rebuild.h"
#include "initrd/steps/recovery-key-make.h"
#include "linux/base/file.h"
#include "linux/image/tree-list-read.h"
#include "tests/unit/scratch.h"
#include "tests/unit/two-volumes.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* of __wrap_, which the linker calls */

#define BUILD_PATH "/run/cleanslate-build"

static struct world {
        struct boot_context context;
        struct reset reset;
        char image[SCRATCH_PATH_MAX], volume[SCRATCH_PATH_MAX];
        int volume_fd, mount, unmount, sync, mark, key;
        char happened[512], detail[128], manifest[4096];
        size_t manifest_size;
} world;

static void note(const char *what)
{
        const size_t at = strlen(world.happened);
        (void)snprintf(world.happened + at, sizeof(world.happened) - at, "%s ", what);
}

int __wrap_volume_mount_for_building(struct boot_context *context, const struct partition_definition *definition,
                                     const char *volume, const char *target)
{
        note(volume);
        assert_string_equal(target, BUILD_PATH);
        return world.mount < 0 ? boot_trouble(context, world.mount, "No file system.") : 0;
}

int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode)
{
        return strcmp(path, BUILD_PATH) == 0 ? 0 : __real_mkdir(path, mode);
}

int __real_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode)
{
        return __real_open(strcmp(path, BUILD_PATH) == 0 ? world.volume : path, flags, mode);
}

int __wrap_syncfs(int fd)
{
        errno = world.sync;
        return world.sync ? -1 : 0;
}

int __wrap_umount2(const char *target, int flags)
{
        note("unmount");
        errno = world.unmount;
        return world.unmount ? -1 : 0;
}

int __wrap_luks_close(const char *name)
{
        note("close");
        return 0;
}

int __wrap_volume_mark_complete(const struct boot_context *context, const struct partition_definition *definition,
                                const char *mounted_at, const struct volume_key *key, const char *digest_hex,
                                const struct id128 *reset_id)
{
        note("mark");
        assert_ptr_equal(key, definition_is_encrypted(context, definition) ? &world.reset.key : NULL);
        assert_string_equal(digest_hex, "d1935");
        return world.mark;
}

int __wrap_recovery_key_leave(struct reset *reset, const struct partition_definition *definition, int fd)
{
        note("key");
        return world.key;
}

void __wrap_preserve_restore(struct reset *reset, const struct partition_definition *definition, int fd)
{
        note("restore");
}

static int set_up(void **state)
{
        static const struct timespec made[2] = { { 1700000000, 0 }, { 1700000000, 0 } };
        static const struct timespec directory[2] = { { 1600000000, 0 }, { 1600000000, 0 } };
        static const struct timespec top[2] = { { 1500000000, 0 }, { 1500000000, 0 } };
        struct boot_context *context = &world.context;
        memset(&world, 0, sizeof(world));
        scratch_make(world.image, NULL);
        scratch_make(world.volume, NULL);
        context->report.kmsg_fd = -1;
        context->root_fd = __real_open(world.image, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
        world.volume_fd = __real_open(world.volume, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
        assert_int_equal(make_directories(context->root_fd, "factory/lib/device", 0755), 0);
        scratch_text(context->root_fd, "factory/lib/device/serial", "4711\n");
        assert_int_equal(symlinkat("lib", context->root_fd, "factory/link"), 0);
        assert_int_equal(utimensat(context->root_fd, "factory/lib/device/serial", made, 0), 0);
        assert_int_equal(utimensat(context->root_fd, "factory/lib", directory, 0), 0);
        assert_int_equal(utimensat(context->root_fd, "factory", top, 0), 0);
        two_volumes(context);
        struct partition_definition *definition = &context->policy.partitions[STATE];
        definition->copies[0] = (struct copy_files){ .source = "/factory", .target = "/" };
        definition->copies[1] = (struct copy_files){ .source = "/factory/lib", .target = "/deep/er/copy" };
        definition->copy_count = 2;
        (void)strcpy(definition->directories[0], "/log");
        (void)strcpy(definition->directories[1], "/lib"); /* there already: it keeps its time */
        (void)strcpy(definition->directories[2], "/lib/new/est");
        definition->directory_count = 3;
        definition->links[0] = (struct made_link){ .path = "/log/where", .target = "../lib" };
        definition->link_count = 1;
        definition->excludes[0] = (struct excluded_path){ .path = "/factory/left", .contents = false };
        definition->exclude_count = 1;
        world.reset.context = context;
        (void)strcpy(world.reset.factory.digest, "d1935");
        return 0;
}

static int tear_down(void **state)
{
        (void)close(world.context.root_fd);
        (void)close(world.volume_fd);
        scratch_remove(world.image);
        scratch_remove(world.volume);
        return 0;
}

/* Into a new file system, as always. */
static int copy(void)
{
        (void)close(world.volume_fd);
        scratch_remove(world.volume);
        assert_int_equal(__real_mkdir(world.volume, 0700), 0);
        world.volume_fd = __real_open(world.volume, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
        world.happened[0] = world.context.trouble[0] = 0;
        return rebuild_copy(&world.reset, &world.context.policy.partitions[STATE], "/dev/disk2", world.detail,
                            sizeof(world.detail));
}

static int verify(void)
{
        world.happened[0] = world.context.trouble[0] = 0;
        return rebuild_verify(&world.reset, &world.context.policy.partitions[STATE], "/dev/disk2", world.detail,
                              sizeof(world.detail));
}

static int add_line(void *context, const char *text, size_t size)
{
        memcpy(world.manifest + world.manifest_size, text, size);
        world.manifest_size += size;
        return 0;
}

/* As the image's builder would have written it. */
static void copy_and_describe(void)
{
        assert_int_equal(copy(), 0);
        assert_int_equal(tree_describe(world.volume_fd, "/var", add_line, NULL), 0);
        world.reset.factory.manifest = world.manifest;
        world.reset.factory.manifest_size = world.manifest_size;
}

static int64_t time_of(const char *path)
{
        struct stat status;
        assert_int_equal(fstatat(world.volume_fd, path, &status, AT_SYMLINK_NOFOLLOW), 0);
        return status.st_mtime;
}

static void the_factory_tree_and_what_the_policy_asks_for_are_there(void **state)
{
        char *text = NULL;
        assert_int_equal(copy(), 0);
        assert_string_equal(world.happened, "/dev/mapper/state unmount ");
        assert_string_equal(world.detail, "10 bytes copied"); /* twice */
        assert_int_equal(file_read(world.volume_fd, "deep/er/copy/device/serial", 64, &text, NULL), 0);
        assert_string_equal(text, "4711\n");
        free(text);
        assert_int_equal(time_of("lib/device/serial"), 1700000000);
        assert_int_equal(time_of("log"), 0); /* the manifest gives it no other */
        assert_int_equal(time_of("lib"), 1600000000);
        assert_int_equal(time_of("."), 1500000000);
        assert_int_equal(time_of("lib/new"), 0);
        assert_int_equal(time_of("lib/new/est"), 0);
        assert_int_equal(time_of("log/where"), 0);
        assert_int_equal(time_of("deep"), 0);
        assert_int_equal(time_of("deep/er"), 0);
        assert_int_equal(time_of("deep/er/copy"), 1600000000);
        assert_int_equal(faccessat(world.volume_fd, "link", F_OK, AT_SYMLINK_NOFOLLOW), 0);
}

static void a_copy_that_fails_says_why_and_leaves_nothing_mounted(void **state)
{
        world.mount = -EINVAL;
        assert_int_equal(copy(), -EINVAL);
        assert_string_equal(world.context.trouble, "No file system.");
        assert_string_equal(world.happened, "/dev/mapper/state ");
        world.mount = 0;
        world.sync = EIO; /* what was copied may not be on the disk */
        assert_int_equal(copy(), -EIO);
        assert_string_equal(world.context.trouble, "The factory files of \"state\" cannot be copied: Input/output error.");
        world.sync = 0;
        world.unmount = EBUSY;
        assert_int_equal(copy(), -EBUSY);
        world.unmount = 0;
        (void)strcpy(world.context.policy.partitions[STATE].copies[1].source, "/absent");
        assert_int_equal(copy(), -ENOENT);
        assert_string_equal(world.happened, "/dev/mapper/state unmount ");
}

static void the_mark_comes_behind_the_proof_and_what_was_kept(void **state)
{
        copy_and_describe();
        assert_int_equal(verify(), 0);
        assert_string_equal(world.happened, "/dev/mapper/state restore key mark unmount close ");
        assert_int_equal(world.reset.manifest_verified, world.manifest_size);
        assert_non_null(strstr(world.detail, "files equal to the manifest, read back from the disk; marked complete"));
}

static void a_plain_volume_has_no_mapping_to_close(void **state)
{
        world.context.policy.partitions[STATE].encrypt = ENCRYPT_OFF;
        copy_and_describe();
        assert_int_equal(verify(), 0);
        assert_string_equal(world.happened, "/dev/disk2 restore key mark unmount ");
}

static void what_differs_by_anything_is_not_marked(void **state)
{
        copy_and_describe();
        scratch_text(world.volume_fd, "lib/device/serial", "4712\n");
        assert_true(verify() < 0);
        assert_non_null(strstr(world.context.trouble, "\"state\" does not match the factory manifest: "));
        assert_non_null(strstr(world.context.trouble, "/var/lib/device/serial"));
        assert_string_equal(world.happened, "/dev/mapper/state unmount ");
        assert_int_equal(copy(), 0);
        scratch_text(world.volume_fd, "zz-more", "x");
        assert_int_equal(utimensat(world.volume_fd, ".", (const struct timespec[2]){ { 0 }, { 1500000000, 0 } }, 0), 0);
        assert_true(verify() < 0);
        assert_non_null(strstr(world.context.trouble, "/var/zz-more"));
        assert_int_equal(unlinkat(world.volume_fd, "zz-more", 0), 0);
        assert_int_equal(unlinkat(world.volume_fd, "link", 0), 0);
        assert_true(verify() < 0);
        assert_null(strstr(world.happened, "mark"));
        assert_int_equal(world.reset.manifest_verified, 0);
        world.reset.factory.manifest_size = 0; /* a manifest without this tree proves nothing */
        assert_true(verify() < 0);
        assert_null(strstr(world.happened, "mark"));
}

static void what_cannot_be_completed_is_an_error(void **state)
{
        copy_and_describe();
        world.key = -ENOSPC;
        assert_int_equal(verify(), -ENOSPC);
        assert_string_equal(world.context.trouble, "\"state\" cannot be completed: No space left on device.");
        assert_null(strstr(world.happened, "mark"));
        world.key = 0;
        world.mark = -EOPNOTSUPP;
        assert_int_equal(verify(), -EOPNOTSUPP);
        assert_string_equal(world.happened, "/dev/mapper/state restore key mark unmount ");
        world.mark = 0;
        world.sync = EIO;
        assert_int_equal(verify(), -EIO);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(the_factory_tree_and_what_the_policy_asks_for_are_there, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_copy_that_fails_says_why_and_leaves_nothing_mounted, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_mark_comes_behind_the_proof_and_what_was_kept, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_plain_volume_has_no_mapping_to_close, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_differs_by_anything_is_not_marked, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_cannot_be_completed_is_an_error, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
