/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading what is to be kept from a directory that stands for the running system's root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "linux/base/file.h"
#include "reset-tool/preserve-collect.h"
#include "tests/unit/scratch.h"

static struct environment environment;
static struct policy policy;
static char directory[SCRATCH_PATH_MAX];
static int top = -1;

static int set_up(void **state)
{
        static const char conf[] = "[Keep]\npath=/var/lib/device\ntype=directory\nmax-size=1K\n[Keep]\npath=/srv/note\n";
        scratch_make(directory, NULL);
        environment.root_path = directory;
        top = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        policy_init(&policy);
        assert_int_equal(settings_read(&policy.settings, "cleanslate.conf", conf, strlen(conf), NULL), ERR_OK);
        policy.partition_count = 2;
        policy.partitions[0].factory_reset = true;
        (void)strcpy(policy.partitions[0].mount_point, "/var");
        (void)strcpy(policy.partitions[1].mount_point, "/srv");
        assert_int_equal(make_directories(top, "var/lib/device/deep", 0750), 0);
        assert_int_equal(make_directories(top, "srv", 0755), 0);
        scratch_text(top, "var/lib/device/serial", "4711");
        scratch_text(top, "var/lib/device/deep/table", "1 2 3");
        scratch_text(top, "srv/note", "x");
        return 0;
}

static int tear_down(void **state)
{
        (void)close(top);
        scratch_remove(directory);
        return 0;
}

static bool collect(const char *path, struct preserve_collection *ret, struct explanation *why)
{
        return preserve_collect(&environment, &policy, &path, 1, ret, why);
}

static void assert_refused(const char *path, const char *words)
{
        struct preserve_collection collection;
        struct explanation why = { "" };
        assert_false(collect(path, &collection, &why));
        if (!strstr(why.text, words))
                fail_msg("%s: %s", path, why.text);
}

static void a_directory_is_read_with_all_that_is_in_it(void **state)
{
        static const char *const expected[] = { "/var/lib/device", "/var/lib/device/deep", "/var/lib/device/deep/table",
                                                "/var/lib/device/serial" };
        struct preserve_collection collection;
        struct preserve_cursor cursor;
        struct preserve_entry entry;
        struct explanation why;
        assert_true(collect("/var/lib/device/", &collection, &why));
        assert_true(collection.files == 2 && collection.directories == 2 && collection.bytes == 9);
        assert_int_equal(preserve_bundle_open((struct bytes){ collection.bundle.data, collection.bundle.size }, &cursor), ERR_OK);
        for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
                assert_int_equal(preserve_bundle_next(&cursor, &entry), ERR_OK);
                assert_string_equal(entry.path, expected[i]);
        }
        assert_memory_equal(entry.data.data, "4711", 4);
        assert_true(entry.uid == geteuid() && entry.mode == 0644 && entry.mtime > 0);
        assert_int_equal(preserve_bundle_next(&cursor, &entry), ERR_NOT_FOUND);
        preserve_collection_done(&collection);
}

static void what_may_not_be_kept_is_named_with_its_reason(void **state)
{
        assert_refused("relative", "named by an absolute path");
        assert_refused("/", "named by an absolute path");
        assert_refused("/var/lib/missing", "No such file");
        assert_refused("/var/lib", "is not listed");
        assert_refused("/var/lib/../lib/device", "shortest form");
        assert_refused("/srv/note", "on no partition that a reset erases");
        assert_int_equal(mkfifoat(top, "var/lib/device/pipe", 0600), 0);
        assert_refused("/var/lib/device", "/var/lib/device/pipe cannot be kept: it is neither");
        assert_int_equal(unlinkat(top, "var/lib/device/pipe", 0), 0);
        assert_int_equal(fchmodat(top, "var/lib/device/serial", 0755, 0), 0);
        assert_refused("/var/lib/device", "/var/lib/device/serial cannot be kept: it is a program or a script");
}

static void links_lead_nowhere(void **state)
{
        scratch_text(top, "secret", "not listed");
        assert_int_equal(symlinkat("../../../secret", top, "var/lib/device/link"), 0);
        assert_refused("/var/lib/device", "/var/lib/device/link cannot be kept: it is a symbolic link");
        assert_int_equal(unlinkat(top, "var/lib/device/link", 0), 0);
        assert_int_equal(symlinkat("lib", top, "var/other"), 0);
        assert_refused("/var/other/device", "its path leads through one");
}

static void sizes_are_bounded(void **state)
{
        char text[1100];
        memset(text, 'x', sizeof(text) - 1);
        text[sizeof(text) - 1] = 0;
        scratch_text(top, "var/lib/device/large", text);
        assert_refused("/var/lib/device", "exceeds the max-size=");
}

static void too_many_files_are_refused(void **state)
{
        char path[64];
        for (unsigned i = 0; i < PRESERVE_ENTRIES_MAX; i++) {
                (void)snprintf(path, sizeof(path), "var/lib/device/deep/%u", i);
                scratch_text(top, path, "");
        }
        assert_refused("/var/lib/device", "more than 256 files");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                TEST(a_directory_is_read_with_all_that_is_in_it),
                TEST(what_may_not_be_kept_is_named_with_its_reason),
                TEST(links_lead_nowhere),
                TEST(sizes_are_bounded),
                TEST(too_many_files_are_refused),
        };
        return cmocka_run_group_tests_name("preserve-collect", tests, NULL, NULL);
}
