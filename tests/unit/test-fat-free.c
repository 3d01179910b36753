/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Free clusters of file systems that mkfs.vfat made and mtools filled: every byte of them goes, and nothing else does. Judged
 * with mtools, fsck.vfat and a search over the whole image. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/syscall.h>

#include "common/base/bytes.h"
#include "common/format/fat.h"
#include "linux/base/cleanup.h"
#include "linux/esp/fat-free.h"
#include "linux/esp/fat-open.h"
#include "tests/unit/scratch.h"

#define OLD     0xC5 /* what a former owner left in every byte */
#define OLD_RUN 64   /* so many in a row are no accident */

static char directory[SCRATCH_PATH_MAX], image[SCRATCH_PATH_MAX + 16];

/* What the kernel is made to do. */
static struct {
        bool deaf; /* pwrite() does nothing and says it did */
        int error; /* of every pwrite() */
        unsigned flushes;
} kernel;

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
        if (kernel.error) {
                errno = kernel.error;
                return -1;
        }
        return kernel.deaf ? (ssize_t)size : syscall(SYS_pwrite64, fd, data, size, offset);
}

int fdatasync(int fd)
{
        kernel.flushes++;
        return (int)syscall(SYS_fdatasync, fd);
}

static bool takes_direct(const char *in)
{
        char probe[SCRATCH_PATH_MAX + 16];

        (void)snprintf(probe, sizeof(probe), "%s/probe", in);
        int fd = open(probe, O_RDWR | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
        if (fd >= 0)
                (void)close(fd);
        (void)unlink(probe);
        return fd >= 0;
}

static int set_up(void **state)
{
        memset(&kernel, 0, sizeof(kernel));
        scratch_make(directory, takes_direct);
        (void)snprintf(image, sizeof(image), "%s/esp", directory);
        return 0;
}

static int tear_down(void **state)
{
        scratch_remove(directory);
        return 0;
}

__attribute__((format(printf, 1, 2))) static int sh(const char *format, ...)
{
        char command[2048];
        va_list arguments;

        int at = snprintf(command, sizeof(command), "cd %s && export PATH=$PATH:/usr/sbin MTOOLS_SKIP_CHECK=1 && { ", directory);
        va_start(arguments, format);
        at += vsnprintf(command + at, sizeof(command) - (size_t)at, format, arguments);
        va_end(arguments);
        (void)snprintf(command + at, sizeof(command) - (size_t)at, "; } >log 2>&1 </dev/null");
        return system(command);
}

/* Old bytes everywhere, then a file system, three files, of which the middle one goes. `cluster` in sectors. */
static void make_file_system(unsigned bits, unsigned mebibytes, unsigned cluster, unsigned sector)
{
        assert_int_equal(sh("head -c %uM /dev/zero | tr '\\0' '\\305' >esp", mebibytes), 0);
        assert_int_equal(sh("mkfs.vfat -F %u -s %u -S %u esp", bits, cluster, sector), 0);
        for (int i = 0; i < 3; i++) /* whole clusters, so that no file has old bytes behind its end */
                assert_int_equal(sh("head -c %u /dev/urandom >file%d && mcopy -i esp file%d ::",
                                    cluster * sector * (5U + (unsigned)i), i, i),
                                 0);
        assert_int_equal(sh("mmd -i esp ::folder && mcopy -i esp file0 ::folder/file && mdel -i esp ::file1"), 0);
}

static uint8_t *read_image(size_t *ret_size)
{
        struct stat status;
        _cleanup_close_ int fd = open(image, O_RDONLY | O_CLOEXEC);

        assert_int_equal(fstat(fd, &status), 0);
        uint8_t *data = malloc((size_t)status.st_size);
        assert_non_null(data);
        assert_int_equal(read(fd, data, (size_t)status.st_size), status.st_size);
        *ret_size = (size_t)status.st_size;
        return data;
}

/* Bytes that lie in runs of old ones. */
static size_t old_bytes(void)
{
        struct fat_volume volume;
        size_t size, found = 0, run = 0;
        _cleanup_free_ uint8_t *data = read_image(&size);

        assert_int_equal(fat_volume_parse(data, size, size, &volume), ERR_OK);
        for (size_t i = 0; i < size; i++) {
                run = data[i] == OLD ? run + 1 : 0;
                found += run == OLD_RUN ? OLD_RUN : run > OLD_RUN;
        }
        return found;
}

static void assert_files_are_whole(void)
{
        assert_int_equal(sh("fsck.vfat -n esp"), 0);
        assert_int_equal(sh("mtype -i esp ::file0 | cmp - file0 && mtype -i esp ::file2 | cmp - file2"), 0);
        assert_int_equal(sh("mtype -i esp ::folder/file | cmp - file0 && ! mtype -i esp ::file1"), 0);
}

static void every_free_byte_goes_and_nothing_else(void **state)
{
        static const struct {
                unsigned bits, mebibytes, cluster, sector;
        } cases[] = { { 12, 4, 4, 512 }, { 16, 16, 2, 512 }, { 32, 40, 1, 512 }, { 16, 64, 1, 4096 } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct fat_free_bytes bytes = { 0 };
                make_file_system(cases[i].bits, cases[i].mebibytes, cases[i].cluster, cases[i].sector);
                size_t before = old_bytes();
                assert_true(before > (size_t)cases[i].mebibytes << 19);
                kernel.flushes = 0;
                assert_int_equal(fat_check(image), 0);
                assert_int_equal(old_bytes(), before);
                assert_int_equal(fat_free_overwrite(image, NULL, &bytes), 0);
                assert_true(kernel.flushes > 0);
                assert_int_equal(old_bytes(), 0);
                assert_true(bytes.overwritten + bytes.unused >= before && bytes.disputed == 0);
                assert_files_are_whole();
        }
}

static void put(const void *data, size_t size, uint64_t offset)
{
        _cleanup_close_ int fd = open(image, O_RDWR | O_CLOEXEC);

        assert_int_equal(syscall(SYS_pwrite64, fd, data, size, (off_t)offset), size);
}

/* Where a former owner could have put something that no file and no free cluster holds. */
static void plant_outside_of_clusters(const struct fat_volume *volume)
{
        static const uint32_t structures[] = { 0, 1, 6, 7 };
        const bool is_fat32 = volume->entry_bits == 32;
        uint8_t old[4096];

        memset(old, OLD, sizeof(old));
        for (uint32_t sector = 0; sector < volume->tables_offset / volume->sector_bytes; sector++) {
                bool structure = sector == 0;

                for (size_t i = 0; is_fat32 && i < ARRAY_SIZE(structures); i++)
                        structure |= sector == structures[i];
                if (!structure)
                        put(old, volume->sector_bytes, (uint64_t)sector * volume->sector_bytes);
        }
        if (!is_fat32)
                return;
        put(old, 480, 512 + 4);
        put(old, 480, 7 * 512 + 4);
        put(old, 400, 6 * 512 + 90); /* the boot code of the boot sector's copy */
}

/* A file system that is smaller than its partition, with reserved sectors and room in its structures. */
static void what_is_in_no_cluster_goes_too(void **state)
{
        static const struct {
                unsigned bits, reserved, kibibytes;
        } cases[] = { { 32, 32, 36 << 10 }, { 16, 8, 12 << 10 } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct fat_free_bytes bytes = { 0 };
                struct fat_volume volume;
                size_t size, size_after;

                assert_int_equal(sh("head -c 40M /dev/zero | tr '\\0' '\\305' >esp"), 0);
                assert_int_equal(sh("mkfs.vfat -F %u -s 1 -R %u esp %u", cases[i].bits, cases[i].reserved, cases[i].kibibytes),
                                 0);
                assert_int_equal(sh("for i in 0 1 2; do head -c 2560 /dev/urandom >file$i && mcopy -i esp file$i ::; done"), 0);
                assert_int_equal(sh("mmd -i esp ::folder && mcopy -i esp file0 ::folder/file && mdel -i esp ::file1"), 0);
                _cleanup_free_ uint8_t *before = read_image(&size);
                assert_int_equal(fat_volume_parse(before, size, size, &volume), ERR_OK);
                plant_outside_of_clusters(&volume);
                assert_true(old_bytes() >= size - (size_t)cases[i].kibibytes * 1024 + (cases[i].reserved - 4) * 512);
                assert_int_equal(fat_free_overwrite(image, NULL, &bytes), 0);
                assert_int_equal(old_bytes(), 0);
                assert_true(bytes.unused >= size - (size_t)cases[i].kibibytes * 1024);
                _cleanup_free_ uint8_t *after = read_image(&size_after);
                assert_memory_equal(after, before, 512);
                for (size_t copy = 0; cases[i].bits == 32 && copy < 2; copy++) {
                        const uint8_t *info = after + (6 * copy + 1) * 512;
                        assert_memory_equal(after + 6 * copy * 512, before, 512);
                        assert_memory_equal(info, "RRaA", 4);
                        assert_memory_equal(info + 484, before + (6 * copy + 1) * 512 + 484, 28);
                }
                assert_files_are_whole();
        }
}

static void the_meter_runs_to_its_end(void *context, uint64_t done, uint64_t total)
{
        uint64_t *last = context;

        assert_true(done > last[0] && done <= total);
        last[0] = done;
        last[1] = total;
}

static void progress_counts_writing_and_reading_back(void **state)
{
        uint64_t last[2] = { 0, 0 };
        const struct meter meter = { the_meter_runs_to_its_end, last };
        struct fat_free_bytes bytes = { 0 };

        make_file_system(16, 16, 2, 512);
        assert_int_equal(fat_free_overwrite(image, &meter, &bytes), 0);
        assert_true(last[0] == last[1] && last[1] == 2 * (bytes.overwritten + bytes.unused));
}

/* A cluster that only one copy of the table calls free may be somebody's. */
static void what_copies_of_the_table_disagree_about_is_left(void **state)
{
        struct fat_free_bytes bytes = { 0 };
        struct fat_volume volume;
        size_t size;

        make_file_system(32, 40, 1, 512);
        _cleanup_free_ uint8_t *data = read_image(&size);
        assert_int_equal(fat_volume_parse(data, size, size, &volume), ERR_OK);
        _cleanup_close_ int fd = open(image, O_RDWR | O_CLOEXEC);
        for (uint32_t cluster = 1000; cluster < 1003; cluster++) {
                uint64_t at = volume.tables_offset + volume.table_length + cluster * UINT64_C(4);
                assert_int_equal(syscall(SYS_pwrite64, fd, "\xff\xff\xff\x0f", 4, (off_t)at), 4);
        }
        assert_int_equal(fat_free_overwrite(image, NULL, &bytes), 0);
        assert_int_equal(bytes.disputed, 3 * 512);
        assert_int_equal(old_bytes() / 512, 3);
}

static void a_medium_that_does_not_keep_what_is_written_is_found(void **state)
{
        struct fat_free_bytes bytes = { 0 };

        make_file_system(16, 16, 2, 512);
        kernel.deaf = true;
        assert_int_equal(fat_free_overwrite(image, NULL, &bytes), -EBADMSG);
        kernel.deaf = false;
        kernel.error = EIO;
        assert_int_equal(fat_free_overwrite(image, NULL, &bytes), -EIO);
        assert_int_equal(bytes.overwritten, 0);
}

static void what_is_no_fat_is_refused_and_left(void **state)
{
        struct fat_free_bytes bytes = { 0 };

        assert_int_equal(sh("head -c 4M /dev/zero | tr '\\0' '\\305' >esp && cp esp before"), 0);
        assert_int_equal(fat_check(image), -EINVAL);
        assert_int_equal(fat_free_overwrite(image, NULL, &bytes), -EINVAL);
        assert_int_equal(sh("cmp esp before"), 0);
        assert_int_equal(fat_check("/nowhere"), -ENOENT);
        /* one that claims more than there is */
        make_file_system(16, 16, 2, 512);
        assert_int_equal(sh("truncate -s 8M esp && cp esp before"), 0);
        assert_int_equal(fat_free_overwrite(image, NULL, &bytes), -EINVAL);
        assert_int_equal(sh("cmp esp before"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                TEST(every_free_byte_goes_and_nothing_else),
                TEST(what_is_in_no_cluster_goes_too),
                TEST(progress_counts_writing_and_reading_back),
                TEST(what_copies_of_the_table_disagree_about_is_left),
                TEST(a_medium_that_does_not_keep_what_is_written_is_found),
                TEST(what_is_no_fat_is_refused_and_left),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
