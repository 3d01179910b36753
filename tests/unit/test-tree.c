/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copying a factory tree with all that belongs to a file, and describing it as the image builder does. Owners and device nodes
 * are asserted where the test runs as root; everything else always. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "common/base/bytes.h"
#include "initrd/steps/tree-copy.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "tests/unit/scratch.h"

#define OWNER 1234
#define GROUP 5678

/* A POSIX access ACL as the kernel stores it: version 2, then tag, permissions, id (linux/posix_acl_xattr.h). user::rwx,
 * user:1234:r--, group::r-x, mask::r-x, other::--- */
static const uint8_t acl[] = { 2, 0,    0,    0,    1,    0,    7,    0, 0xff, 0xff, 0xff, 0xff, 2,    0,    4,
                               0, 0xd2, 4,    0,    0,    4,    0,    5, 0,    0xff, 0xff, 0xff, 0xff, 0x10, 0,
                               5, 0,    0xff, 0xff, 0xff, 0xff, 0x20, 0, 0,    0,    0xff, 0xff, 0xff, 0xff };

/* -- what fails on demand: reading one file, and writing in one go -- */

static _Atomic ino_t unreadable; /* 0 = none */
static atomic_size_t write_at_most;

ssize_t read(int fd, void *data, size_t size)
{
        struct stat status;

        if (unreadable && fstat(fd, &status) == 0 && status.st_ino == unreadable) {
                errno = EIO;
                return -1;
        }
        return syscall(SYS_read, fd, data, size);
}

ssize_t write(int fd, const void *data, size_t size)
{
        size_t most = write_at_most;

        return syscall(SYS_write, fd, data, most && size > most ? most : size);
}

/* -- fixture -- */

static char directory[SCRATCH_PATH_MAX];
static int root; /* the scratch directory, which stands for both roots */

static bool keeps_attributes(const char *place)
{
        return setxattr(place, "user.test", "", 0, 0) == 0 &&
               setxattr(place, "system.posix_acl_access", acl, sizeof(acl), 0) == 0;
}

static int set_up(void **state)
{
        unreadable = 0;
        write_at_most = 0;
        scratch_make(directory, keeps_attributes);
        root = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(root >= 0);
        return 0;
}

static int tear_down(void **state)
{
        (void)close(root);
        scratch_remove(directory);
        return 0;
}

static const char *absolute(const char *path)
{
        static char text[2][8192];
        static unsigned turn;

        turn = 1 - turn;
        (void)snprintf(text[turn], sizeof(text[turn]), "%s/%s", directory, path);
        return text[turn];
}

static struct stat status_of(const char *path)
{
        struct stat status;

        if (fstatat(root, path, &status, AT_SYMLINK_NOFOLLOW) < 0)
                fail_msg("%s: %s", path, strerror(errno));
        return status;
}

static void make_directory(const char *path)
{
        assert_int_equal(mkdirat(root, path, 0755), 0);
}

static void set_xattr(const char *path, const char *name, const void *value, size_t size)
{
        assert_int_equal(lsetxattr(absolute(path), name, value, size, 0), 0);
}

/* Owner (for root), mode and times, in the order in which they do not undo each other. */
static void dress(const char *path, mode_t mode, int64_t seconds, long nanoseconds)
{
        const struct timespec times[2] = { { 1000000000, 1 }, { seconds, nanoseconds } };

        if (geteuid() == 0)
                assert_int_equal(fchownat(root, path, OWNER, GROUP, AT_SYMLINK_NOFOLLOW), 0);
        if (!S_ISLNK(status_of(path).st_mode))
                assert_int_equal(fchmodat(root, path, mode, 0), 0);
        assert_int_equal(utimensat(root, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

/* One of everything below `source`; names that need care, contents over several buffers. */
static void make_source(void)
{
        static char large[700001];

        for (size_t i = 0; i < sizeof(large); i++)
                large[i] = (char)(i * 7 + i / 251);
        make_directory("source");
        make_directory("source/a");
        make_directory("source/empty");
        scratch_text(root, "source/a/z", "inside\n");
        scratch_text(root, "source/a.b", "");
        scratch_write(root, "source/large", large, sizeof(large));
        scratch_text(root, "source/suid", "#!/bin/true\n");
        scratch_text(root, "source/sgid", "x");
        scratch_text(root, "source/Z", "upper case");
        scratch_text(root, "source/\xc3\xa4 \\ \n\x7f", "odd name");
        scratch_text(root, "source/\xff\xfe", "no text at all");
        scratch_text(root, "source/attributes", "a");
        assert_int_equal(symlinkat("../a b/\\\xff", root, "source/link"), 0);
        assert_int_equal(symlinkat("/nowhere", root, "source/a/dangling"), 0);
        assert_int_equal(mkfifoat(root, "source/fifo", 0600), 0);
        if (geteuid() == 0)
                assert_int_equal(mknodat(root, "source/null", S_IFCHR | 0600, makedev(1, 3)), 0);

        set_xattr("source/attributes", "user.b", "\0\xff", 2);
        set_xattr("source/attributes", "user.a", "", 0);
        set_xattr("source/attributes", "system.posix_acl_access", acl, sizeof(acl));
        set_xattr("source/a", "user.of a\\directory", "value", 5);
}

static const char *const everything[] = {
        "a/z",      "a/dangling", "a.b",  "large", "suid", "sgid",  "Z",    "\xc3\xa4 \\ \n\x7f",
        "\xff\xfe", "attributes", "link", "fifo",  "a",    "empty", "null", ".",
};

static bool is_made(const char *name)
{
        return strcmp(name, "null") != 0 || geteuid() == 0;
}

static const char *below(const char *top, const char *name)
{
        static char text[2][8192];
        static unsigned turn;

        turn = 1 - turn;
        (void)snprintf(text[turn], sizeof(text[turn]), "%s/%s", top, name);
        return text[turn];
}

static void dress_source(void)
{
        for (size_t i = 0; i < ARRAY_SIZE(everything); i++) {
                const char *name = everything[i];
                mode_t mode = (mode_t)(0600 | (i * 9 & 077));

                if (!is_made(name) || strcmp(name, "attributes") == 0)
                        continue;
                mode = strcmp(name, "suid") == 0 ? 04755 : strcmp(name, "sgid") == 0 ? 02711 : mode;
                mode = strcmp(name, ".") == 0 ? 0751 : mode;
                mode = strcmp(name, "empty") == 0 ? 01777 : strcmp(name, "a") == 0 ? 02750 : mode;
                dress(below("source", name), mode, i % 2 ? 1700000000 + (int64_t)i : -100 - (int64_t)i, 123456789 + (long)i);
        }
        dress("source/attributes", 0750, 1, 999999999);
}

static void assert_same_xattrs(const char *one, const char *other)
{
        char names[2][4096], values[2][4096];
        ssize_t size = llistxattr(absolute(one), names[0], sizeof(names[0]));

        assert_true(size >= 0);
        assert_int_equal(llistxattr(absolute(other), names[1], sizeof(names[1])), size);
        for (const char *name = names[0]; name < names[0] + size; name += strlen(name) + 1) {
                ssize_t length = lgetxattr(absolute(one), name, values[0], sizeof(values[0]));

                assert_true(length >= 0);
                assert_int_equal(lgetxattr(absolute(other), name, values[1], sizeof(values[1])), length);
                assert_memory_equal(values[0], values[1], (size_t)length);
        }
}

static void assert_same_contents(const char *one, const char *other)
{
        char *text[2];
        size_t size[2];

        assert_int_equal(file_read(root, one, 1 << 20, &text[0], &size[0]), 0);
        assert_int_equal(file_read(root, other, 1 << 20, &text[1], &size[1]), 0);
        assert_int_equal(size[0], size[1]);
        assert_memory_equal(text[0], text[1], size[0]);
        free(text[0]);
        free(text[1]);
}

static void assert_same(const char *one, const char *other)
{
        struct stat a = status_of(one), b = status_of(other);
        char targets[2][256] = { "", "" };

        if (a.st_mode != b.st_mode || a.st_mtim.tv_sec != b.st_mtim.tv_sec || a.st_mtim.tv_nsec != b.st_mtim.tv_nsec)
                fail_msg("%s: mode %o, time %lld.%09ld instead of %o, %lld.%09ld", other, b.st_mode, (long long)b.st_mtim.tv_sec,
                         b.st_mtim.tv_nsec, a.st_mode, (long long)a.st_mtim.tv_sec, a.st_mtim.tv_nsec);
        assert_int_equal(a.st_uid, b.st_uid);
        assert_int_equal(a.st_gid, b.st_gid);
        assert_int_equal(a.st_rdev, b.st_rdev);
        assert_same_xattrs(one, other);
        if (S_ISREG(a.st_mode))
                assert_same_contents(one, other);
        if (S_ISLNK(a.st_mode)) {
                assert_true(readlinkat(root, one, targets[0], sizeof(targets[0]) - 1) > 0);
                assert_true(readlinkat(root, other, targets[1], sizeof(targets[1]) - 1) > 0);
                assert_string_equal(targets[0], targets[1]);
        }
}

static int copy(const char *source, const char *target)
{
        const struct tree_copy what = { .from_fd = root, .source = source + 1, .to_fd = root, .target = target + 1 };
        uint64_t done = 0;

        return tree_copy(&what, &done);
}

/* -- copying -- */

static void a_copy_is_the_same_in_everything(void **state)
{
        make_source();
        dress_source();
        assert_int_equal(copy("/source", "/target"), 0);
        for (size_t i = 0; i < ARRAY_SIZE(everything); i++)
                if (is_made(everything[i]))
                        assert_same(below("source", everything[i]), below("target", everything[i]));
        if (geteuid() == 0) {
                assert_int_equal(status_of("target/link").st_uid, OWNER);
                assert_int_equal(status_of("target/suid").st_gid, GROUP);
        }
        assert_int_equal(status_of("target/suid").st_mode & 07777, 04755);
        assert_int_equal(status_of("target/empty").st_mode & 07777, 01777);
}

static void a_single_file_can_be_copied_to_another_name(void **state)
{
        make_source();
        dress_source();
        assert_int_equal(copy("/source/large", "/elsewhere"), 0);
        assert_same("source/large", "elsewhere");
        assert_int_equal(copy("/source/link", "/a-link"), 0);
        assert_same("source/link", "a-link");
}

static void short_writes_lose_nothing(void **state)
{
        make_source();
        write_at_most = 4099;
        assert_int_equal(copy("/source", "/target"), 0);
        assert_same_contents("source/large", "target/large");
}

static void assert_dressed(const char *path, mode_t mode, int64_t seconds)
{
        struct stat status = status_of(path);

        assert_int_equal(status.st_mode & 07777, mode);
        assert_int_equal(status.st_mtim.tv_sec, seconds);
}

/* As systemd-repart has it: what a later CopyFiles= puts into a directory changes nothing about it, not even its time, which
 * would tell when that was. */
static void an_existing_directory_is_filled_and_stays_what_it_was(void **state)
{
        make_source();
        dress_source();
        make_directory("target");
        make_directory("target/a");
        make_directory("target/only-here");
        scratch_text(root, "target/a/other", "stays");
        dress("target/a", 0711, 1234567, 0);
        dress("target", 0755, 7654321, 0);
        assert_int_equal(copy("/source", "/target"), 0);
        assert_dressed("target", 0755, 7654321);
        assert_dressed("target/a", 0711, 1234567);
        assert_same("source/empty", "target/empty");
        assert_same("source/a/z", "target/a/z");
        (void)status_of("target/a/other");
        (void)status_of("target/only-here");
}

static void the_root_itself_can_be_the_target(void **state)
{
        make_source();
        dress_source();
        make_directory("volume");
        int volume = openat(root, "volume", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        uint64_t done = 0;
        assert_true(volume >= 0);
        const struct tree_copy what = {
                .from_fd = root, .source = "source", .to_fd = volume, .target = "", .dresses_target = true
        };
        assert_int_equal(tree_copy(&what, &done), 0);
        assert_int_equal(close(volume), 0);
        assert_same("source", "volume");
        assert_same("source/a/z", "volume/a/z");
}

static void a_directory_s_file_takes_the_place_of_one_that_is_there(void **state)
{
        make_source();
        dress_source();
        make_directory("target");
        scratch_text(root, "target/suid", "mine");
        assert_int_equal(symlinkat("nowhere", root, "target/large"), 0);
        assert_int_equal(copy("/source", "/target"), 0);
        assert_same("source/suid", "target/suid");
        assert_same("source/large", "target/large");
}

static void a_single_file_takes_nobody_s_place(void **state)
{
        make_source();
        make_directory("target");
        scratch_text(root, "target/suid", "mine");
        assert_int_equal(copy("/source/suid", "/target/suid"), -EEXIST);
        char *text;
        assert_int_equal(file_read(root, "target/suid", 100, &text, NULL), 0);
        assert_string_equal(text, "mine");
        free(text);
}

static void what_is_excluded_is_not_copied(void **state)
{
        static struct copy_excludes excludes = {
                .paths = { { "/source/a", true }, { "/source/suid", false }, { "/source/a.b", true } }, .count = 3
        };
        const struct tree_copy what = {
                .from_fd = root, .source = "source", .excludes = &excludes, .to_fd = root, .target = "target"
        };
        uint64_t done = 0;

        make_source();
        dress_source();
        assert_int_equal(tree_copy(&what, &done), 0);
        assert_same("source/a", "target/a");
        assert_same("source/large", "target/large");
        assert_same("source/a.b", "target/a.b"); /* no directory: there is nothing in it */
        assert_true(faccessat(root, "target/a/z", F_OK, AT_SYMLINK_NOFOLLOW) < 0);
        assert_true(faccessat(root, "target/suid", F_OK, AT_SYMLINK_NOFOLLOW) < 0);
}

static void a_link_in_the_way_is_not_followed(void **state)
{
        make_source();
        make_directory("target");
        make_directory("outside");
        assert_int_equal(fchmodat(root, "outside", 0700, 0), 0);
        assert_int_equal(symlinkat("../outside", root, "target/a"), 0);
        assert_int_equal(copy("/source", "/target"), -ENOTDIR);
        assert_int_equal(faccessat(root, "outside/z", F_OK, 0), -1);
        assert_int_equal(status_of("outside").st_mode & 07777, 0700);
        assert_int_equal(copy("/source/a", "/target/a"), -ENOTDIR);
        assert_int_equal(copy("/source", "/outside/none/target"), -ENOENT);
}

static void what_is_not_there_cannot_be_copied(void **state)
{
        assert_int_equal(copy("/source", "/target"), -ENOENT);
        assert_int_equal(faccessat(root, "target", F_OK, 0), -1);
}

/* -- depth -- */

/* A chain of `count` directories below "deep", which is the first of them, with a file in the last. */
static void make_chain(unsigned count)
{
        char path[4096] = "deep";

        for (unsigned i = 1; i <= count; i++) {
                make_directory(path);
                (void)strcat(path, i < count ? "/d" : "/file");
        }
        scratch_text(root, path, "bottom");
}

static int ignore_line(void *context, const char *text, size_t size)
{
        ++*(unsigned *)context;
        return 0;
}

static void trees_are_followed_down_to_the_limit_and_no_deeper(void **state)
{
        unsigned lines = 0;
        struct tree_totals totals = { 0 };

        make_chain(TREE_DEPTH_MAX);
        assert_int_equal(copy("/deep", "/target"), 0);
        assert_int_equal(tree_read_through(root, "target", &totals), 0);
        assert_int_equal(totals.bytes, 6);
        int fd = openat(root, "target", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(tree_describe(fd, "/var", ignore_line, &lines), 0);
        assert_int_equal(close(fd), 0);
        assert_int_equal(lines, TREE_DEPTH_MAX + 1);

        (void)tear_down(state);
        (void)set_up(state);
        make_chain(TREE_DEPTH_MAX + 1);
        lines = 0;
        assert_int_equal(copy("/deep", "/target"), -ELOOP);
        assert_int_equal(faccessat(root, "target", F_OK, 0), -1);
        assert_int_equal(tree_read_through(root, "deep", &totals), -ELOOP);
        fd = openat(root, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(tree_describe(fd, "/var", ignore_line, &lines), -ELOOP);
        assert_int_equal(close(fd), 0);
        assert_int_equal(lines, 0);
}

/* -- reading -- */

static void reading_through_counts_bytes_and_files(void **state)
{
        struct tree_totals totals = { .bytes = 1000, .files = 100 };

        make_source();
        assert_int_equal(tree_read_through(root, "source", &totals), 0);
        assert_int_equal(totals.bytes, 1000 + 7 + 0 + 700001 + 12 + 1 + 10 + 8 + 14 + 1);
        assert_int_equal(totals.files, 100 + ARRAY_SIZE(everything) - (geteuid() == 0 ? 0 : 1));
        assert_int_equal(tree_read_through(root, "source/Z", &totals), 0);
        assert_int_equal(tree_read_through(root, "source/none", &totals), -ENOENT);
}

static void a_file_that_cannot_be_read_fails_copy_reading_and_description(void **state)
{
        struct tree_totals totals = { 0 };
        unsigned lines = 0;

        make_source();
        unreadable = status_of("source/a/z").st_ino;
        assert_int_equal(copy("/source", "/target"), -EIO);
        assert_int_equal(tree_read_through(root, "source", &totals), -EIO);
        assert_int_equal(totals.bytes + totals.files, 0);
        int fd = openat(root, "source", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(tree_describe(fd, "/etc", ignore_line, &lines), -EIO);
        assert_int_equal(lines, 0);
        unreadable = 0;
        assert_int_equal(tree_describe(fd, "/etc", ignore_line, &lines), 0);
        assert_int_equal(close(fd), 0);
}

/* -- describing -- */

static char described[65536];

static int append_line(void *context, const char *text, size_t size)
{
        size_t *length = context;

        assert_true(size > 0 && text[size - 1] == '\n' && *length + size < sizeof(described));
        memcpy(described + *length, text, size);
        *length += size;
        described[*length] = '\0';
        return 0;
}

static const char *describe(const char *path, const char *mount_point)
{
        size_t length = 0;
        int fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(tree_describe(fd, mount_point, append_line, &length), 0);
        assert_int_equal(close(fd), 0);
        return described;
}

static void assert_as_the_builder_writes_it(const char *path, const char *mount_point)
{
        static char expected[sizeof(described)];
        char command[1024];

        (void)snprintf(command, sizeof(command), "exec /usr/bin/python3 -B -m tests.unit.tree_manifest '%s/%s' '%s'", directory,
                       path, mount_point);
        FILE *stream = popen(command, "re");
        assert_non_null(stream);
        expected[fread(expected, 1, sizeof(expected) - 1, stream)] = '\0';
        assert_int_equal(pclose(stream), 0);
        assert_string_equal(describe(path, mount_point), expected);
}

static void a_tree_is_described_as_the_image_builder_does(void **state)
{
        make_source();
        dress_source();
        assert_as_the_builder_writes_it("source", "/etc");
        assert_int_equal(copy("/source", "/target"), 0);
        assert_as_the_builder_writes_it("target", "/a b/\\");
        assert_non_null(strstr(described, " /a\\x20b/\\x5c/\xc3\xa4\\x20\\x5c\\x20\\x0a\\x7f\n"));
        assert_non_null(strstr(described, " xattr user.a= xattr user.b=00ff\n"));
        assert_non_null(strstr(described, " xattr user.of\\x20a\\x5cdirectory=76616c7565\n"));
}

static void lost_and_found_is_left_out_of_the_root_alone(void **state)
{
        make_directory("volume");
        make_directory("volume/lost+found");
        make_directory("volume/sub");
        make_directory("volume/sub/lost+found");
        scratch_text(root, "volume/lost+found/x", "x");
        scratch_text(root, "volume/lost+found2", "x");
        assert_as_the_builder_writes_it("volume", "/var");
        assert_null(strstr(described, " /var/lost+found\n"));
        assert_null(strstr(described, " /var/lost+found/x\n"));
        assert_non_null(strstr(described, " /var/sub/lost+found\n"));
        assert_non_null(strstr(described, " /var/lost+found2\n"));
}

static void an_empty_volume_is_one_line(void **state)
{
        make_directory("volume");
        assert_int_equal(utimensat(root, "volume", (struct timespec[2]){ { 0 }, { -1, 500000000 } }, 0), 0);
        assert_as_the_builder_writes_it("volume", "/var");
        assert_non_null(strstr(described, " -1 - /var\n"));
        assert_ptr_equal(strchr(described, '\n')[1], 0);
}

static int refuse_third(void *context, const char *text, size_t size)
{
        return ++*(unsigned *)context == 3 ? -EBADMSG : 0;
}

static void a_refused_line_ends_the_walk(void **state)
{
        unsigned lines = 0;

        make_source();
        int fd = openat(root, "source", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(tree_describe(fd, "/etc", refuse_third, &lines), -EBADMSG);
        assert_int_equal(close(fd), 0);
        assert_int_equal(lines, 3);
}

/* -- the meter -- */

static void count_bytes(void *context, uint64_t done, uint64_t total)
{
        assert_int_equal(total, 1000000);
        assert_true(done >= 5 && done <= total);
        ++*(unsigned *)context;
}

static void bytes_are_counted_on_top_of_those_before(void **state)
{
        unsigned calls = 0;
        const struct meter meter = { .advance = count_bytes, .context = &calls };
        uint64_t done = 5;

        make_source();
        const struct tree_copy what = { .from_fd = root,
                                        .source = "source/large",
                                        .to_fd = root,
                                        .target = "large",
                                        .meter = &meter,
                                        .total_bytes = 1000000 };
        assert_int_equal(tree_copy(&what, &done), 0);
        assert_int_equal(done, 5 + 700001);
        assert_true(calls > 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_copy_is_the_same_in_everything, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_single_file_can_be_copied_to_another_name, set_up, tear_down),
                cmocka_unit_test_setup_teardown(short_writes_lose_nothing, set_up, tear_down),
                cmocka_unit_test_setup_teardown(an_existing_directory_is_filled_and_stays_what_it_was, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_root_itself_can_be_the_target, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_directory_s_file_takes_the_place_of_one_that_is_there, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_single_file_takes_nobody_s_place, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_is_excluded_is_not_copied, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_link_in_the_way_is_not_followed, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_is_not_there_cannot_be_copied, set_up, tear_down),
                cmocka_unit_test_setup_teardown(trees_are_followed_down_to_the_limit_and_no_deeper, set_up, tear_down),
                cmocka_unit_test_setup_teardown(reading_through_counts_bytes_and_files, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_file_that_cannot_be_read_fails_copy_reading_and_description, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_tree_is_described_as_the_image_builder_does, set_up, tear_down),
                cmocka_unit_test_setup_teardown(lost_and_found_is_left_out_of_the_root_alone, set_up, tear_down),
                cmocka_unit_test_setup_teardown(an_empty_volume_is_one_line, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_refused_line_ends_the_walk, set_up, tear_down),
                cmocka_unit_test_setup_teardown(bytes_are_counted_on_top_of_those_before, set_up, tear_down),
        };

        if (geteuid() != 0)
                printf("SKIPPED: test-tree wants root, for files of other owners and for a device node; the rest is tested\n");
        return cmocka_run_group_tests(tests, NULL, NULL);
}
