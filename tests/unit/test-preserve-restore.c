/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Putting kept files back into a directory that stands for a rebuilt volume: the image's policy has the last word, whatever the
 * old system has sealed; and what does not arrive on the disk as it was is dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/syscall.h>

#include "common/policy/preserve-rule.h"
#include "initrd/steps/preserve.h"
#include "linux/base/file.h"
#include "tests/unit/scratch.h"

static struct boot_context context;
static struct reset reset;
static struct partition_definition *state, *config;
static char directory[SCRATCH_PATH_MAX];
static int top = -1;
static struct writer bundle;

static bool lie; /* write() changes a byte of files that say so */

ssize_t write(int fd, const void *data, size_t size)
{
        char bent[64];
        if (!lie || size >= sizeof(bent) || size < 4 || memcmp(data, "bend", 4) != 0)
                return syscall(SYS_write, fd, data, size);
        memcpy(bent, data, size);
        bent[0] ^= 1;
        return syscall(SYS_write, fd, bent, size);
}

static int set_up(void **unused)
{
        static const char conf[] = "[Keep]\npath=/var/lib/device\ntype=directory\nmax-size=100\n[Keep]\npath=/etc/device.conf\n";
        memset(&context, 0, sizeof(context));
        memset(&reset, 0, sizeof(reset));
        reset.context = &context;
        context.report.kmsg_fd = -1;
        policy_init(&context.policy);
        assert_int_equal(settings_read(&context.policy.settings, "cleanslate.conf", conf, strlen(conf), NULL), ERR_OK);
        context.policy.partition_count = 2;
        state = &context.policy.partitions[0];
        config = &context.policy.partitions[1];
        state->factory_reset = config->factory_reset = true;
        (void)strcpy(state->mount_point, "/var");
        (void)strcpy(config->mount_point, "/etc");
        scratch_make(directory, NULL);
        top = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        bundle = writer_over(malloc(65536), 65536);
        preserve_bundle_begin(&bundle);
        reset.preserve.preserved.asked = true;
        reset.preserve.preserved.lines = writer_over(malloc(PRESERVED_LINES_MAX), PRESERVED_LINES_MAX);
        return 0;
}

static int tear_down(void **unused)
{
        lie = false;
        reset.preserve.plain = NULL; /* the bundle's own memory */
        preserve_done(&reset.preserve);
        free(bundle.data);
        (void)close(top);
        scratch_remove(directory);
        return 0;
}

static void add(const char *path, bool is_directory, uint32_t mode, const char *text)
{
        struct preserve_entry entry = { .directory = is_directory,
                                        .mode = mode,
                                        .uid = geteuid(),
                                        .gid = getegid(),
                                        .mtime = 1700000000,
                                        .data = { (const uint8_t *)text, strlen(text) } };
        (void)strcpy(entry.path, path);
        preserve_bundle_add(&bundle, &entry);
}

static const struct preserved *restore(const struct partition_definition *definition)
{
        reset.preserve.plain = bundle.data;
        reset.preserve.plain_size = bundle.size;
        preserve_examine(&reset);
        preserve_restore(&reset, definition, top);
        return &reset.preserve.preserved;
}

static bool is_there(const char *path)
{
        return faccessat(top, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void assert_content(const char *path, const char *expected)
{
        char *text;
        size_t size;
        assert_int_equal(file_read(top, path, 4096, &text, &size), 0);
        assert_string_equal(text, expected);
        free(text);
}

static void files_come_back_as_they_were(void **unused)
{
        struct stat status;
        add("/var/lib/device", true, 0750, "");
        add("/var/lib/device/serial", false, 0640, "4711");
        const struct preserved *kept = restore(state);
        assert_int_equal(kept->count, 2);
        assert_int_equal(kept->bytes, 4);
        assert_int_equal(kept->drops, 0);
        assert_string_equal(kept->dropped, "");
        assert_content("lib/device/serial", "4711");
        assert_int_equal(fstatat(top, "lib/device/serial", &status, 0), 0);
        assert_true((status.st_mode & 07777) == 0640 && status.st_mtime == 1700000000);
        assert_int_equal(fstatat(top, "lib/device", &status, 0), 0);
        assert_int_equal(status.st_mode & 07777, 0750);
        assert_non_null(memmem(kept->lines.data, kept->lines.size, "f 0640 ", 7));
        assert_non_null(memmem(kept->lines.data, kept->lines.size, " /var/lib/device/serial\n", 24));
}

static void each_volume_gets_what_is_its_own(void **unused)
{
        add("/var/lib/device/serial", false, 0640, "4711");
        add("/etc/device.conf", false, 0644, "colour=green");
        assert_int_equal(restore(config)->count, 1);
        assert_true(is_there("device.conf") && !is_there("lib"));
        assert_int_equal(restore(state)->count, 2);
        assert_content("lib/device/serial", "4711");
        assert_int_equal(reset.preserve.preserved.drops, 0);
}

/* Whoever owned the old system can have sealed anything. */
static void what_the_image_does_not_allow_is_dropped(void **unused)
{
        add("/etc/passwd", false, 0644, "root::0:0");
        add("/etc/../etc/device.conf", false, 0644, "x");
        add("/etc/device.conf/below", false, 0644, "x");
        add("/etc/device.conf", false, 0755, "x");
        add("/usr/lib/library", false, 0644, "x");
        const struct preserved *kept = restore(config);
        assert_int_equal(kept->count, 0);
        assert_int_equal(kept->drops, 5);
        assert_non_null(strstr(kept->dropped, "is no absolute path in its shortest form"));
        assert_false(is_there("passwd") || is_there("device.conf"));
        assert_int_equal(kept->lines.size, 0);
}

static void what_stays_as_it_is_needs_not_be_kept(void **unused)
{
        config->factory_reset = false;
        add("/etc/device.conf", false, 0644, "x");
        assert_int_equal(restore(state)->drops, 1);
        assert_string_equal(reset.preserve.preserved.dropped, "/etc/device.conf is on no partition that is rebuilt.");
}

static void more_than_the_image_allows_is_dropped(void **unused)
{
        char text[81];
        memset(text, 'x', 80);
        text[80] = 0;
        add("/var/lib/device/a", false, 0644, text);
        add("/var/lib/device/b", false, 0644, text);
        const struct preserved *kept = restore(state);
        assert_int_equal(kept->count, 1);
        assert_int_equal(kept->drops, 1);
        assert_true(is_there("lib/device/a") && !is_there("lib/device/b"));
}

static void links_of_the_factory_are_not_followed(void **unused)
{
        assert_int_equal(make_directories(top, "outside", 0755), 0);
        assert_int_equal(make_directories(top, "lib", 0755), 0);
        assert_int_equal(symlinkat("../outside", top, "lib/device"), 0);
        add("/var/lib/device/serial", false, 0640, "4711");
        const struct preserved *kept = restore(state);
        assert_int_equal(kept->count, 0);
        assert_int_equal(kept->drops, 1);
        assert_false(is_there("outside/serial"));
}

static void a_link_in_the_place_of_a_file_is_replaced_and_not_written_through(void **unused)
{
        scratch_text(top, "victim", "stays");
        assert_int_equal(symlinkat("victim", top, "device.conf"), 0);
        add("/etc/device.conf", false, 0644, "new");
        assert_int_equal(restore(config)->count, 1);
        assert_content("victim", "stays");
        assert_content("device.conf", "new");
}

static void what_reads_back_otherwise_is_dropped_and_removed(void **unused)
{
        lie = true;
        add("/var/lib/device/a", false, 0644, "bend me");
        add("/var/lib/device/b", false, 0644, "straight");
        const struct preserved *kept = restore(state);
        assert_int_equal(kept->count, 1);
        assert_int_equal(kept->drops, 1);
        assert_non_null(strstr(kept->dropped, "/var/lib/device/a cannot be put back"));
        assert_true(!is_there("lib/device/a") && is_there("lib/device/b"));
}

static void a_bundle_that_breaks_off_is_told(void **unused)
{
        add("/var/lib/device/a", false, 0644, "whole");
        add("/var/lib/device/b", false, 0644, "cut off");
        bundle.size -= 3;
        const struct preserved *kept = restore(state);
        assert_int_equal(kept->count, 1);
        assert_int_equal(kept->drops, 1);
        assert_non_null(strstr(kept->dropped, "The list of files to be kept"));
}

static void what_was_dropped_restores_nothing(void **unused)
{
        preserve_restore(&reset, state, top);
        assert_int_equal(reset.preserve.preserved.count + reset.preserve.preserved.drops, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                TEST(files_come_back_as_they_were),
                TEST(each_volume_gets_what_is_its_own),
                TEST(what_the_image_does_not_allow_is_dropped),
                TEST(what_stays_as_it_is_needs_not_be_kept),
                TEST(more_than_the_image_allows_is_dropped),
                TEST(links_of_the_factory_are_not_followed),
                TEST(a_link_in_the_place_of_a_file_is_replaced_and_not_written_through),
                TEST(what_reads_back_otherwise_is_dropped_and_removed),
                TEST(a_bundle_that_breaks_off_is_told),
                TEST(what_was_dropped_restores_nothing),
        };
        return cmocka_run_group_tests_name("keep-restore", tests, NULL, NULL);
}
