/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a definition puts into a new file system, and that the image's builder says the same of it beforehand: the manifest that
 * images/volumes.py makes of a definition is the one that the walk over the filled directory gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/stat.h>

#include "common/rebuild/manifest-compare.h"
#include "initrd/steps/tree-fill.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/image/policy-files.h"
#include "linux/image/tree-list-read.h"
#include "tests/unit/scratch.h"

static struct {
        char image[SCRATCH_PATH_MAX], volume[SCRATCH_PATH_MAX];
        int image_fd, volume_fd;
        struct policy policy;
        char manifest[65536];
        size_t manifest_size;
} world;

static void add(const char *path, const char *text)
{
        char parent[256];

        (void)snprintf(parent, sizeof(parent), "%s", path);
        *strrchr(parent, '/') = '\0';
        assert_int_equal(make_directories(world.image_fd, parent, 0755), 0);
        scratch_text(world.image_fd, path, text);
}

static int set_up(void **state)
{
        scratch_make(world.image, NULL);
        scratch_make(world.volume, NULL);
        world.image_fd = open(world.image, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        world.volume_fd = open(world.volume, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        world.manifest_size = 0;
        add("usr/share/a/one", "1\n");
        add("usr/share/a/cache/old", "old\n");
        add("usr/share/a/secret/key", "key\n");
        add("usr/share/a/etc/first", "of a\n");
        add("usr/share/b/etc/first", "of b\n");
        add("usr/share/b/etc/second", "2\n");
        add("usr/share/b/not/this", "no\n");
        add("run/left-over", "no\n");
        add("usr/lib/cleanslate/cleanslate.conf", "");
        add("usr/lib/repart.d/.none", "");
        assert_int_equal(symlinkat("/usr/share/a", world.image_fd, "usr/link"), 0);
        assert_int_equal(symlinkat("one", world.image_fd, "usr/share/a/to-one"), 0);
        assert_int_equal(fchmodat(world.image_fd, "usr/share/a/etc", 0700, 0), 0);
        return 0;
}

static int tear_down(void **state)
{
        (void)close(world.image_fd);
        (void)close(world.volume_fd);
        scratch_remove(world.image);
        scratch_remove(world.volume);
        return 0;
}

static void define(const char *lines)
{
        char text[4096];
        struct policy_error error;

        (void)snprintf(text, sizeof(text), "[Partition]\nType=linux-generic\nFormat=ext4\n%s", lines);
        add("usr/lib/repart.d/10-data.conf", text);
        if (policy_files_read(world.image_fd, IMAGE_ROOT, &world.policy, &error) < 0)
                fail_msg("%s: %s", error.key, error.detail);
}

static int fill(void)
{
        const struct tree_fill what = { .image_fd = world.image_fd, .fd = world.volume_fd, .policy = &world.policy };
        uint64_t done = 0;

        return tree_fill(&what, &done);
}

static int add_line(void *context, const char *text, size_t size)
{
        assert_true(world.manifest_size + size < sizeof(world.manifest));
        memcpy(world.manifest + world.manifest_size, text, size);
        world.manifest_size += size;
        world.manifest[world.manifest_size] = '\0';
        return 0;
}

/* What images/volumes.py makes of the image's directory; NULL: it refuses. */
static const char *built(void)
{
        static char text[65536];
        char command[512];
        size_t size;

        (void)snprintf(command, sizeof(command),
                       "exec /usr/bin/python3 -B -m tests.unit.volume_manifest '%s' '%s' %s 2>/dev/null", world.image, LISTER,
                       world.policy.form == IMAGE_USR ? "usr" : "root");
        FILE *stream = popen(command, "r");
        assert_non_null(stream);
        size = fread(text, 1, sizeof(text) - 1, stream);
        text[size] = '\0';
        return pclose(stream) == 0 ? text : NULL;
}

static void assert_as_built(void)
{
        const char *expected = built();

        assert_int_equal(fill(), 0);
        assert_int_equal(tree_describe(world.volume_fd, manifest_tree_name(&world.policy, 0), add_line, NULL), 0);
        assert_non_null(expected);
        assert_string_equal(world.manifest, expected);
}

static bool is_there(const char *path)
{
        return faccessat(world.volume_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int64_t time_of(const char *path)
{
        struct stat status;

        assert_int_equal(fstatat(world.volume_fd, path, &status, AT_SYMLINK_NOFOLLOW), 0);
        return status.st_mtime;
}

static unsigned mode_of(const char *path)
{
        struct stat status;

        assert_int_equal(fstatat(world.volume_fd, path, &status, AT_SYMLINK_NOFOLLOW), 0);
        return status.st_mode & 07777;
}

static void define_root(const char *lines)
{
        char text[4096];
        struct policy_error error;

        (void)snprintf(text, sizeof(text), "[Partition]\nType=root\nFormat=ext4\nFactoryReset=yes\n%s", lines);
        add("usr/lib/repart.d/10-root.conf", text);
        if (policy_files_read(world.image_fd, IMAGE_USR, &world.policy, &error) < 0)
                fail_msg("%s: %s", error.key, error.detail);
}

/* Of an image of /usr: a root file system, with a place for each other volume that is mounted. What the definition says of it is
 * there first, and stays. */
static void a_root_volume_has_what_an_init_needs(void **state)
{
        add("usr/share/factory/etc/hostname", "factory\n");
        add("usr/share/factory/var/lib/serial", "1\n");
        add("usr/share/site/hostname", "site\n");
        define_root("MakeDirectories=/tmp /opt/site\nMakeSymlinks=/srv:var/srv\nCopyFiles=/usr/share/site:/etc\n");
        assert_as_built();
        assert_true(is_there("etc/hostname") && is_there("var/lib/serial") && is_there("bin") && is_there("proc"));
        assert_int_equal(mode_of("tmp"), 0755);
        assert_int_equal(mode_of("root"), 0700);
        assert_int_equal(mode_of("opt"), 0755);
        assert_int_equal(time_of("."), 0);
        assert_int_equal(time_of("opt"), 0);
        assert_false(is_there("usr/lib"));
}

/* The device would show its recovery page in each start; the builder says so. */
static void nothing_takes_the_place_of_what_is_mounted_on(void **state)
{
        define_root("MakeSymlinks=/proc:opt\n");
        assert_null(built());
        define_root("MakeSymlinks=/home:var/home\n");
        assert_non_null(built());
        add("usr/lib/repart.d/20-home.conf", "[Partition]\nType=home\nFormat=ext4\n");
        assert_null(built());
}

static void a_root_volume_has_a_place_for_each_volume(void **state)
{
        char text[64];
        static const char *const definition = "[Partition]\nType=linux-generic\nFormat=ext4\nMountPoint=/a/b/c\nMountPoint=/d\n";

        add("usr/lib/repart.d/20-data.conf", definition);
        define_root("");
        assert_int_equal(fill(), 0);
        assert_true(is_there("a/b/c") && is_there("d") && is_there("etc") && is_there("var"));
        assert_int_equal(mode_of("tmp"), 01777);
        assert_int_equal(mode_of("sys"), 0555);
        assert_int_equal(time_of("a/b"), 0);
        assert_int_equal(readlinkat(world.volume_fd, "lib64", text, sizeof(text)), 9);
        assert_memory_equal(text, "usr/lib64", 9);
        assert_int_equal(unlinkat(world.image_fd, "usr/lib/repart.d/20-data.conf", 0), 0);
}

/* The directory that the next ones are put into keeps its time, whichever made it. */
static void directories_within_directories_have_no_time_of_their_own(void **state)
{
        define("MakeDirectories=/x/y/z /x/a /x/y/b\n");
        assert_as_built();
        assert_int_equal(time_of("."), 0);
        assert_int_equal(time_of("x"), 0);
        assert_int_equal(time_of("x/y"), 0);
        assert_true(is_there("x/y/b"));
}

static void directories_beside_what_is_copied_change_no_time(void **state)
{
        struct stat etc;

        define("CopyFiles=/usr/share/a:/\nMakeDirectories=/new /etc/new/er /etc\n");
        assert_int_equal(fstatat(world.image_fd, "usr/share/a/etc", &etc, 0), 0);
        assert_as_built();
        assert_int_equal(time_of("etc"), etc.st_mtime);
        assert_true(is_there("etc/new/er"));
}

static void what_is_excluded_is_in_neither(void **state)
{
        define("CopyFiles=/usr/share/a:/\nCopyFiles=/usr/share/b:/deep/er\nExcludeFiles=/usr/share/a/secret /usr/link/cache/ "
               "/absent\n"
               "ExcludeFilesTarget=/deep/er/not\n");
        assert_as_built();
        assert_false(is_there("secret"));
        assert_true(is_there("cache"));
        assert_false(is_there("cache/old"));
        assert_false(is_there("deep/er/not"));
        assert_true(is_there("deep/er/etc/second"));
}

static void a_copy_that_is_excluded_whole_does_nothing(void **state)
{
        define("CopyFiles=/usr/share/a\nCopyFiles=/usr/share/b:/b\nExcludeFiles=/usr/share/\nExcludeFilesTarget=/b\n");
        assert_as_built();
        assert_false(is_there("usr"));
        assert_false(is_there("b"));
}

static void what_the_kernel_and_programs_put_there_is_left_out(void **state)
{
        define("CopyFiles=/:/\nExcludeFiles=/usr/lib\n");
        assert_as_built();
        assert_true(is_there("run"));
        assert_false(is_there("run/left-over"));
        assert_true(is_there("usr/share/a/one"));
}

static void later_copies_replace_files_and_leave_directories(void **state)
{
        char *text = NULL;
        struct stat status;

        define("CopyFiles=/usr/share/a:/\nCopyFiles=/usr/share/b:/\nCopyFiles=/usr/share/b/etc/second:/x/y/name\n");
        assert_as_built();
        assert_int_equal(file_read(world.volume_fd, "etc/first", 64, &text, NULL), 0);
        assert_string_equal(text, "of b\n");
        free(text);
        assert_int_equal(fstatat(world.volume_fd, "etc", &status, 0), 0);
        assert_int_equal(status.st_mode & 07777, 0700); /* of a, which made it */
        assert_true(is_there("x/y/name"));
}

static void sources_are_found_through_links_of_the_image(void **state)
{
        define("CopyFiles=/usr/link:/a\nCopyFiles=/usr/link/to-one:/one\n");
        assert_as_built();
        assert_true(is_there("a/secret/key"));
        assert_true(is_there("one"));
}

static void links_come_last(void **state)
{
        char target[64] = "";

        define("CopyFiles=/usr/share/a:/\nMakeDirectories=/made\nMakeSymlinks=/made/link:../etc /etc/abs:/usr/lib/x\n");
        assert_as_built();
        assert_int_equal(readlinkat(world.volume_fd, "etc/abs", target, sizeof(target)), 10);
        assert_int_equal(time_of("made"), 0);
        assert_int_equal(time_of("made/link"), 0);
}

/* Found out where the image is made, and not behind the erasing: both say no. */
static void what_cannot_be_filled_is_refused_by_the_builder_as_well(void **state)
{
        static const char *const lines[] = {
                "CopyFiles=/usr/share/absent:/\n",
                "CopyFiles=/usr/share/a/one:/x\nCopyFiles=/usr/share/b/etc/second:/x\n",
                "CopyFiles=/usr/share/a/one:/x\nMakeDirectories=/x/y\n",
                "CopyFiles=/usr/share/a/one:/etc\nCopyFiles=/usr/share/a:/\n",
                "CopyFiles=/usr/share/a:/\nCopyFiles=/usr/share/b:/to-one/x\n",
                "CopyFiles=/usr/share/a/one:/\n",
                "MakeSymlinks=/no/where:x\n",
                "MakeDirectories=/x\nMakeSymlinks=/x:y\n",
                "CopyFiles=/usr/share/a:/\nMakeSymlinks=/to-one/x:y\n",
        };

        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
                (void)tear_down(state);
                (void)set_up(state);
                define(lines[i]);
                if (fill() == 0)
                        fail_msg("filled: %s", lines[i]);
                if (built())
                        fail_msg("built: %s", lines[i]);
        }
}

/* The control: who compares would see it. */
static void a_manifest_of_another_definition_differs(void **state)
{
        const char *expected;

        define("CopyFiles=/usr/share/a:/\nExcludeFiles=/usr/share/a/secret/key\n");
        expected = built();
        assert_non_null(expected);
        define("CopyFiles=/usr/share/a:/\n");
        assert_int_equal(fill(), 0);
        assert_int_equal(tree_describe(world.volume_fd, "10-data.conf", add_line, NULL), 0);
        assert_string_not_equal(world.manifest, expected);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_root_volume_has_what_an_init_needs, set_up, tear_down),
                cmocka_unit_test_setup_teardown(nothing_takes_the_place_of_what_is_mounted_on, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_root_volume_has_a_place_for_each_volume, set_up, tear_down),
                cmocka_unit_test_setup_teardown(directories_within_directories_have_no_time_of_their_own, set_up, tear_down),
                cmocka_unit_test_setup_teardown(directories_beside_what_is_copied_change_no_time, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_is_excluded_is_in_neither, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_copy_that_is_excluded_whole_does_nothing, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_the_kernel_and_programs_put_there_is_left_out, set_up, tear_down),
                cmocka_unit_test_setup_teardown(later_copies_replace_files_and_leave_directories, set_up, tear_down),
                cmocka_unit_test_setup_teardown(sources_are_found_through_links_of_the_image, set_up, tear_down),
                cmocka_unit_test_setup_teardown(links_come_last, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_cannot_be_filled_is_refused_by_the_builder_as_well, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_manifest_of_another_definition_differs, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
