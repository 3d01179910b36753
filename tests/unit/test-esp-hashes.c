/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files of an EFI system partition are read again, on a directory of the test's own; how often is counted by the linker's
 * --wrap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux/base/hash.h"
#include "linux/esp/esp-hashes.h"

#define FILE_PATH "EFI/a.efi"

static struct {
        char path[32];
        int fd;
        struct esp_hashes hashes;
        unsigned reads;
} world;

int __real_esp_tree_hash(int root_fd, const char *path, uint8_t ret[static 32]);
int __wrap_esp_tree_hash(int root_fd, const char *path, uint8_t ret[static 32]);

int __wrap_esp_tree_hash(int root_fd, const char *path, uint8_t ret[static 32])
{
        world.reads++;
        return __real_esp_tree_hash(root_fd, path, ret);
}

static void put(const char *text, time_t when)
{
        const struct timespec times[2] = { { .tv_sec = when }, { .tv_sec = when } };
        int fd = openat(world.fd, FILE_PATH, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
        assert_int_equal(futimens(fd, times), 0);
        assert_int_equal(close(fd), 0);
}

static int set_up(void **state)
{
        memset(&world, 0, sizeof(world));
        strcpy(world.path, "/tmp/esp-hashes-XXXXXX");
        assert_non_null(mkdtemp(world.path));
        world.fd = open(world.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(mkdirat(world.fd, "EFI", 0755), 0);
        put("one", 1000);
        return 0;
}

static int tear_down(void **state)
{
        esp_hashes_done(&world.hashes);
        (void)unlinkat(world.fd, FILE_PATH, 0);
        assert_int_equal(unlinkat(world.fd, "EFI", AT_REMOVEDIR), 0);
        assert_int_equal(close(world.fd), 0);
        return rmdir(world.path);
}

static void is_hash_of(struct esp_hashes *hashes, const char *text)
{
        uint8_t got[SHA256_SIZE] = { 0 }, wanted[SHA256_SIZE];

        sha256_chunks(&(struct bytes){ (const uint8_t *)text, strlen(text) }, 1, wanted);
        assert_int_equal(esp_hashes_get(hashes, world.fd, FILE_PATH, got), 0);
        assert_memory_equal(got, wanted, sizeof(wanted));
}

static void a_file_is_read_once(void **state)
{
        is_hash_of(&world.hashes, "one");
        is_hash_of(&world.hashes, "one");
        assert_int_equal(world.reads, 1);
}

static void without_a_memory_it_is_read_each_time(void **state)
{
        is_hash_of(NULL, "one");
        is_hash_of(NULL, "one");
        assert_int_equal(world.reads, 2);
}

static void one_of_another_size_or_time_is_read_again(void **state)
{
        is_hash_of(&world.hashes, "one");
        put("three", 1000);
        is_hash_of(&world.hashes, "three");
        put("seven", 2000);
        is_hash_of(&world.hashes, "seven");
        is_hash_of(&world.hashes, "seven");
        assert_int_equal(world.reads, 3);
        assert_int_equal(world.hashes.count, 1);
}

static void one_that_is_gone_is_no_file(void **state)
{
        uint8_t hash[SHA256_SIZE];

        is_hash_of(&world.hashes, "one");
        assert_int_equal(unlinkat(world.fd, FILE_PATH, 0), 0);
        assert_int_equal(esp_hashes_get(&world.hashes, world.fd, FILE_PATH, hash), -ENOENT);
}

static void a_link_is_never_remembered_as_a_file(void **state)
{
        uint8_t hash[SHA256_SIZE];

        is_hash_of(&world.hashes, "one");
        assert_int_equal(unlinkat(world.fd, FILE_PATH, 0), 0);
        assert_int_equal(symlinkat("../elsewhere", world.fd, FILE_PATH), 0);
        assert_true(esp_hashes_get(&world.hashes, world.fd, FILE_PATH, hash) < 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_file_is_read_once, set_up, tear_down),
                cmocka_unit_test_setup_teardown(without_a_memory_it_is_read_each_time, set_up, tear_down),
                cmocka_unit_test_setup_teardown(one_of_another_size_or_time_is_read_again, set_up, tear_down),
                cmocka_unit_test_setup_teardown(one_that_is_gone_is_no_file, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_link_is_never_remembered_as_a_file, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
