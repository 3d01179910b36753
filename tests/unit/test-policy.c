/* SPDX-License-Identifier: GPL-2.0-or-later */
/* repart.d definitions, as systemd-repart would read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/base/partition-type.h"
#include "common/policy/policy.h"

#define MIB(number) ((uint64_t)(number) << 20)

static struct policy policy;
static struct policy_error error;

/* Reads one file into a fresh policy. */
static enum err add(const char *text)
{
        policy_init(&policy);
        memset(&error, 0, sizeof(error));
        return policy_add_partition(&policy, "usr/lib/repart.d/50-test.conf", text, strlen(text), &error);
}

static enum err add_further(const char *file, const char *text)
{
        return policy_add_partition(&policy, file, text, strlen(text), &error);
}

/* A definition of type var with these further lines. */
static const struct partition_definition *define(const char *lines)
{
        char text[POLICY_FILE_MAX];
        struct writer writer = writer_over(text, sizeof(text));

        writer_text(&writer, "[Partition]\nType=var\n");
        writer_text(&writer, lines);
        if (add(text) != ERR_OK) {
                policy_error_format(&error, text, sizeof(text));
                fail_msg("%s", text);
        }
        return &policy.partitions[0];
}

static void the_reference_image_reads_as_meant(void **state)
{
        static const char config[] = "[Partition]\nType=3a6b2b3e-61a6-4d3f-9b0a-7c1de5b0f6c2\nLabel=config\nFormat=ext4\n"
                                     "FactoryReset=yes\nEncrypt=tpm2\nCopyFiles=/usr/share/factory/etc:/\nMountPoint=/etc\n"
                                     "SizeMinBytes=64M\nSizeMaxBytes=64M\n";
        static const char state_text[] = "[Partition]\nType=var\nLabel=state\nFormat=ext4\nFactoryReset=yes\nEncrypt=tpm2\n"
                                         "CopyFiles=/usr/share/factory/var:/\nSizeMinBytes=512M\n";
        const struct partition_definition *definition = policy.partitions;

        policy_init(&policy);
        assert_int_equal(policy_add_partition(&policy, "10-config.conf", config, strlen(config), NULL), ERR_OK);
        assert_int_equal(policy_add_partition(&policy, "20-state.conf", state_text, strlen(state_text), NULL), ERR_OK);
        assert_int_equal(policy.partition_count, 2);

        assert_string_equal(definition->file, "10-config.conf");
        assert_true(guid_equal(&definition->type, &guid_partition_config));
        assert_string_equal(definition->label, "config");
        assert_string_equal(definition->format, "ext4");
        assert_true(definition->factory_reset);
        assert_int_equal(definition->encrypt, ENCRYPT_TPM2);
        assert_int_equal(definition->copy_count, 1);
        assert_string_equal(definition->copies[0].source, "/usr/share/factory/etc");
        assert_string_equal(definition->copies[0].target, "/");
        assert_string_equal(definition->mount_point, "/etc");
        assert_int_equal(definition->size_min_bytes, MIB(64));
        assert_int_equal(definition->size_max_bytes, MIB(64));
        assert_false(definition->cannot_build);

        definition++;
        assert_string_equal(partition_type_name(&definition->type), "var");
        assert_string_equal(definition->label, "state");
        assert_string_equal(definition->mount_point, "/var");
        assert_int_equal(definition->size_min_bytes, MIB(512));
        assert_true(definition->size_max_bytes == UINT64_MAX);
        assert_int_equal(definition->weight, 1000);
}

static void defaults_are_reparts(void **state)
{
        const struct partition_definition *definition = define("");

        assert_string_equal(definition->file, "50-test.conf");
        assert_string_equal(definition->label, "var");
        assert_string_equal(definition->format, "");
        assert_false(definition->factory_reset);
        assert_int_equal(definition->encrypt, ENCRYPT_OFF);
        assert_int_equal(definition->copy_count, 0);
        assert_int_equal(definition->directory_count, 0);
        assert_int_equal(definition->size_min_bytes, MIB(10));
        assert_true(definition->size_max_bytes == UINT64_MAX);
        assert_int_equal(definition->weight, 1000);
        assert_true(definition->flags == UINT64_C(1) << 59); /* what is mounted grows with its partition */
        assert_int_equal(definition->padding_min_bytes, 0);
        assert_true(definition->padding_max_bytes == UINT64_MAX);
        assert_int_equal(definition->padding_weight, 0);
        assert_int_equal(definition->priority, 0);
        assert_false(definition->has_uuid);
}

static void files_to_copy_need_a_file_system(void **state)
{
        assert_string_equal(define("CopyFiles=/a\n")->format, "ext4");
        assert_string_equal(define("MakeDirectories=/a\n")->format, "ext4");
        assert_string_equal(define("Encrypt=tpm2\n")->format, "ext4");
        assert_string_equal(define("Type=esp\nCopyFiles=/a\n")->format, "vfat");
        assert_string_equal(define("CopyFiles=/a\nFormat=btrfs\n")->format, "btrfs");
}

static void mount_points_follow_the_type_unless_set(void **state)
{
        static const char *const cases[][2] = {
                { "Type=var\n", "/var" },
                { "Type=home\n", "/home" },
                { "Type=srv\n", "/srv" },
                { "Type=tmp\n", "/var/tmp" },
                { "Type=esp\n", "" },
                { "Type=root\n", "" },
                { "Type=3a6b2b3e-61a6-4d3f-9b0a-7c1de5b0f6c2\n", "" },
                { "MountPoint=/data\n", "/data" },
                { "MountPoint=/data:noatime\n", "/data" },
                { "MountPoint=/data\nMountPoint=\n", "/var" },
                { "MountPoint=/data\nMountPoint=\nMountPoint=/other\n", "/other" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_string_equal(define(cases[i][0])->mount_point, cases[i][1]);
}

static void one_place_is_for_one_definition(void **state)
{
        policy_init(&policy);
        assert_int_equal(add_further("1.conf", "[Partition]\nType=home\nFormat=ext4\n"), ERR_OK);
        assert_int_equal(add_further("2.conf", "[Partition]\nType=home\nFormat=ext4\n"), ERR_OK);
        assert_string_equal(policy.partitions[0].mount_point, "/home");
        assert_string_equal(policy.partitions[1].mount_point, ""); /* as gpt-auto has it: the first of its type */
        assert_int_equal(add_further("3.conf", "[Partition]\nType=srv\nFormat=ext4\nMountPoint=/home\n"), ERR_OK);
        assert_string_equal(policy.partitions[0].mount_point, ""); /* somebody wants it in words */
        assert_string_equal(policy.partitions[2].mount_point, "/home");
        assert_int_equal(add_further("4.conf", "[Partition]\nType=tmp\nFormat=ext4\nMountPoint=/home\n"), ERR_OK);
        assert_string_equal(policy.partitions[2].mount_point, "/home"); /* which the builder would not make */
        assert_string_equal(policy.partitions[3].mount_point, "");
}

/* Default labels tell them apart, and where an image names two alike, their order does. */
static void namesakes_are_numbered(void **state)
{
        policy_init(&policy);
        for (unsigned i = 0; i < 2; i++)
                assert_int_equal(add_further("l.conf", "[Partition]\nType=home\nLabel=x\n"), ERR_OK);
        assert_int_equal(add_further("t.conf", "[Partition]\nType=srv\nLabel=x\n"), ERR_OK);
        for (unsigned i = 0; i < 2; i++)
                assert_int_equal(add_further("d.conf", "[Partition]\nType=tmp\n"), ERR_OK);
        for (size_t d = 0; d < 5; d++)
                assert_int_equal(policy.partitions[d].namesakes, d == 1);
}

static void sizes_take_suffixes(void **state)
{
        static const struct {
                const char *text;
                uint64_t size;
        } cases[] = {
                { "SizeMinBytes=0\n", 0 },
                { "SizeMinBytes=12345\n", 16384 }, /* rounded to 4096 bytes */
                { "SizeMinBytes=8192B\n", 8192 },
                { "SizeMinBytes=4K\n", 4096 },
                { "SizeMinBytes=3M\n", MIB(3) },
                { "SizeMinBytes=3G\n", MIB(3072) },
                { "SizeMinBytes=3T\n", MIB(3) << 20 },
                { "SizeMinBytes=15E\n", UINT64_C(15) << 60 },
                { "SizeMinBytes=18446744073709547520\n", UINT64_MAX - 4095 },
                { "SizeMinBytes=1.5G\n", MIB(1536) },
                { "SizeMinBytes=1G 512M\n", MIB(1536) },
                { "SizeMinBytes= 1 G 1M 4096 \n", MIB(1025) + 4096 },
                { "SizeMinBytes=0.0009765625G\n", MIB(1) },
                { "SizeMaxBytes=4M\n", MIB(10) }, /* the default minimum */
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_true(define(cases[i].text)->size_min_bytes == cases[i].size);
        assert_int_equal(define("SizeMaxBytes=2G\n")->size_max_bytes, MIB(2048));
        assert_int_equal(define("SizeMaxBytes=4M\n")->size_max_bytes,
                         MIB(4)); /* whoever places it lets the default minimum count for more */
        assert_int_equal(define("SizeMaxBytes=20000000\n")->size_max_bytes, 20000000 / 4096 * 4096);
        assert_int_equal(define("PaddingMinBytes=1\nPaddingMaxBytes=8191\n")->padding_min_bytes, 4096);
        assert_int_equal(define("PaddingMinBytes=1\nPaddingMaxBytes=8191\n")->padding_max_bytes, 4096);
}

static void booleans_are_systemds(void **state)
{
        static const char *const yes[] = { "1", "yes", "y", "true", "t", "on", "YES", "True" };
        static const char *const no[] = { "0", "no", "n", "false", "f", "off", "OFF" };
        char line[64];

        for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
                (void)snprintf(line, sizeof(line), "FactoryReset=%s\n", yes[i]);
                assert_true(define(line)->factory_reset);
        }
        for (size_t i = 0; i < ARRAY_SIZE(no); i++) {
                (void)snprintf(line, sizeof(line), "FactoryReset=yes\nFactoryReset=%s\n", no[i]);
                assert_false(define(line)->factory_reset);
        }
}

static void encrypt_modes_are_systemds(void **state)
{
        static const struct {
                const char *text;
                enum encrypt_mode mode;
        } cases[] = {
                { "Encrypt=off\n", ENCRYPT_OFF },
                { "Encrypt=key-file\n", ENCRYPT_KEY_FILE },
                { "Encrypt=tpm2\n", ENCRYPT_TPM2 },
                { "Encrypt=key-file+tpm2\n", ENCRYPT_KEY_FILE_TPM2 },
                { "Encrypt=yes\n", ENCRYPT_KEY_FILE },
                { "Encrypt=no\n", ENCRYPT_OFF },
                { "Encrypt=tpm2\nEncrypt=\n", ENCRYPT_OFF },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_int_equal(define(cases[i].text)->encrypt, cases[i].mode);
        assert_string_equal(encrypt_mode_name(ENCRYPT_KEY_FILE_TPM2), "key-file+tpm2");
        assert_string_equal(encrypt_mode_name(ENCRYPT_OFF), "off");
}

#define GROW (UINT64_C(1) << 59)

static void flags_combine_with_their_named_forms(void **state)
{
        static const struct {
                const char *text;
                uint64_t flags;
        } cases[] = {
                { "Flags=0x0004000000000001\n", GROW | UINT64_C(0x0004000000000001) },
                { "Flags=5\n", GROW | 5 },
                { "Flags=0b101\n", GROW | 5 },
                { "Flags=0o17\n", GROW | 15 },
                { "Flags=017\n", GROW | 15 },
                { "Flags=0\n", GROW },
                { "Flags=0xFFFFFFFFFFFFFFFF\n", UINT64_MAX },
                { "GrowFileSystem=yes\n", UINT64_C(1) << 59 },
                { "GrowFileSystem=no\n", 0 },
                { "ReadOnly=yes\n", UINT64_C(1) << 60 },
                { "ReadOnly=yes\nGrowFileSystem=yes\n", GROW | UINT64_C(1) << 60 },
                { "NoAuto=yes\n", GROW | UINT64_C(1) << 63 },
                { "Type=linux-generic\nNoAuto=yes\nReadOnly=yes\nGrowFileSystem=yes\n", 0 }, /* means nothing there */
                { "Type=swap\nNoAuto=yes\n", UINT64_C(1) << 63 },
                { "Type=root-verity\n", UINT64_C(1) << 60 },
                { "Format=empty\n", GROW },
                { "NoAuto=no\nFlags=0xFFFFFFFFFFFFFFFF\n", UINT64_MAX >> 1 },
                { "NoAuto=no\nNoAuto=\nFlags=0xFFFFFFFFFFFFFFFF\n", UINT64_MAX },
                { "ReadOnly=yes\nGrowFileSystem=yes\nFlags=1\n", UINT64_C(3) << 59 | 1 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_true(define(cases[i].text)->flags == cases[i].flags);
}

static void copies_and_directories_add_up(void **state)
{
        const struct partition_definition *definition = define("CopyFiles=/a//b/./c/:/d/\nCopyFiles=/e\nCopyFiles=/100%%:/"
                                                               "f:\nMakeDirectories=/x /y//z\t/\nMakeDirectories=/w\n");

        assert_int_equal(definition->copy_count, 3);
        assert_string_equal(definition->copies[0].source, "/a/b/c");
        assert_string_equal(definition->copies[0].target, "/d");
        assert_string_equal(definition->copies[1].source, "/e");
        assert_string_equal(definition->copies[1].target, "/e");
        assert_string_equal(definition->copies[2].source, "/100%");
        assert_int_equal(definition->directory_count, 4);
        assert_string_equal(definition->directories[0], "/x");
        assert_string_equal(definition->directories[1], "/y/z");
        assert_string_equal(definition->directories[2], "/");
        assert_string_equal(definition->directories[3], "/w");
}

static void several_mount_points_keep_their_order_and_options(void **state)
{
        const struct partition_definition *definition =
                define("Format=btrfs\nSubvolumes=/v /h\nMakeDirectories=/v /h\nMountPoint=/var:subvol=v,noatime\n"
                       "MountPoint=\"/home\":\"subvol=/h/\"\nMountPoint=/srv\n");

        assert_int_equal(definition->mount_count, 3);
        assert_string_equal(definition->mount_point, "/var");
        assert_string_equal(definition->mount_root, "/v");
        assert_string_equal(definition->mounts[0].options, "subvol=v,noatime");
        assert_string_equal(definition->mounts[1].where, "/home");
        assert_string_equal(definition->mounts[1].options, "subvol=/h/");
        assert_string_equal(definition->mounts[2].options, "");
        assert_string_equal(define("MountPoint=/a\nMountPoint=/b\n")->mount_root, "");
        assert_string_equal(define("Format=btrfs\nSubvolumes=/v\nDefaultSubvolume=/v\n")->mount_root, "/v");
        assert_string_equal(define("Format=btrfs\nSubvolumes=/v\nDefaultSubvolume=/v\nMountPoint=/x:subvol=/\n")->mount_root, "");
        assert_string_equal(define("Format=ext4\nSubvolumes=/v\nDefaultSubvolume=/v\n")->mount_root, "");
}

/* What would be found wrong at a boot is wrong where the image is made. */
static void mount_options_are_those_that_are_known(void **state)
{
        static const struct {
                const char *lines;
                enum err err;
        } cases[] = {
                { "Format=ext4\nMountPoint=/a:defaults,rw,noatime,nodiratime,lazytime,commit=5,x-systemd.growfs,,auto\n",
                  ERR_OK },
                { "Format=ext4\nMountPoint=/a:noexec,nosuid,nodev,errors=remount-ro\n", ERR_OK },
                { "Format=xfs\nMountPoint=/a:allocsize=64k,ro,sync\n", ERR_OK },
                { "MountPoint=/a:umask=77\nFormat=vfat\n", ERR_OK },
                { "Format=btrfs\nMountPoint=/a:\"compress,compress=zstd:1,subvol=/\"\n", ERR_OK },
                { "Format=ext4\nMountPoint=/a:exec\n", ERR_RANGE },
                { "Format=ext4\nMountPoint=/usr\n", ERR_RANGE },
                { "Format=ext4\nMountPoint=/run\n", ERR_RANGE },
                { "Format=ext4\nMountPoint=/a\nMountPoint=/proc/a\n", ERR_RANGE },
                { "Format=ext4\nMountPoint=/a:suid\n", ERR_RANGE },
                { "Format=ext4\nMountPoint=/a:nofail\n", ERR_RANGE },
                { "Format=ext4\nMountPoint=/a:compress=zstd\n", ERR_RANGE },
                { "Format=ext4\nMountPoint=/a:nouser_xattr\n", ERR_RANGE },
                { "Format=ext4\nMountPoint=/a:commit\n", ERR_RANGE },
                { "Format=ext4\nMountPoint=/a:discard=1\n", ERR_RANGE },
                { "Format=ext4\nMountPoint=/a:commit=never\n", ERR_RANGE },
                { "Format=ext4\nMountPoint=/a:commit=\n", ERR_RANGE },
                { "Format=ext4\nMountPoint=/a:commit=5s\n", ERR_RANGE },
                { "Format=ext4\nMountPoint=/a:commit=2147483\n", ERR_OK },
                { "Format=ext4\nMountPoint=/a:commit=2147484\n", ERR_RANGE },
                { "Format=ext4\nMountPoint=/a:commit=99999999999999999999\n", ERR_RANGE },
                { "Format=ext4\nMountPoint=/a:barrier=1,auto_da_alloc=0,auto_da_alloc\n", ERR_OK },
                { "Format=ext4\nMountPoint=/a:barrier=2\n", ERR_RANGE },
                { "Format=ext4\nMountPoint=/a:errors=ignore\n", ERR_RANGE },
                { "Format=ext4\nMountPoint=/a:errors=remount\n", ERR_RANGE },
                { "Format=ext4\nMountPoint=/a:data=journal\n", ERR_OK },
                { "Format=xfs\nMountPoint=/a:\"allocsize=1G,logbsize=256K,logbufs=8\"\n", ERR_OK },
                { "Format=xfs\nMountPoint=/a:allocsize=2g\n", ERR_RANGE },
                { "Format=xfs\nMountPoint=/a:allocsize=2k\n", ERR_RANGE },
                { "Format=xfs\nMountPoint=/a:allocsize=3m\n", ERR_RANGE }, /* no power of two */
                { "Format=xfs\nMountPoint=/a:allocsize=4294967295g\n", ERR_RANGE },
                { "Format=xfs\nMountPoint=/a:allocsize=k\n", ERR_RANGE },
                { "Format=xfs\nMountPoint=/a:allocsize=\n", ERR_RANGE },
                { "Format=xfs\nMountPoint=/a:logbufs=1\n", ERR_RANGE },
                { "Format=vfat\nMountPoint=/a:umask=8\n", ERR_RANGE },
                { "Format=vfat\nMountPoint=/a:umask=1777\n", ERR_RANGE },
                { "Format=vfat\nMountPoint=/a:iocharset=koi8-r\n", ERR_RANGE }, /* which the initrd has not */
                { "Format=vfat\nMountPoint=/a:utf8=1,tz=UTC,shortname=mixed,quiet\n", ERR_OK },
                { "Format=btrfs\nMountPoint=/a:\"compress-force=zstd:15,space_cache=v2,discard=async\"\n", ERR_OK },
                { "Format=btrfs\nMountPoint=/a:space_cache\n",
                  ERR_RANGE }, /* what the kernel refuses, see attack:mount_options */
                { "Format=btrfs\nMountPoint=/a:space_cache=v1\n", ERR_RANGE },
                { "Format=ext4\nMountPoint=/a:prjquota\n", ERR_RANGE },
                { "Format=ext4\nMountPoint=/a:delalloc,noatime,data=journal\n", ERR_RANGE },
                { "Format=ext4\nMountPoint=/a:nodelalloc,data=journal\n", ERR_OK },
                { "Format=ext4\nMountPoint=/a:delalloc,data=ordered\n", ERR_OK },
                { "Format=btrfs\nMountPoint=/a:\"compress=zstd:\"\n", ERR_RANGE },
                { "Format=btrfs\nMountPoint=/a:\"compress=zstd:high\"\n", ERR_RANGE },
                { "Format=btrfs\nMountPoint=/a:\"compress=lz4\"\n", ERR_RANGE },
                { "Format=btrfs\nMountPoint=/a:thread_pool=0\n", ERR_RANGE },
                { "Format=btrfs\nMountPoint=/a:subvol=v\n", ERR_RANGE },
                { "Format=btrfs\nSubvolumes=/v\nMountPoint=/a:subvol=../v\n", ERR_RANGE },
                { "MountPoint=/a\nMountPoint=/a\n", ERR_RANGE },
                { "MountPoint=/a\nMountPoint=/b\nMountPoint=/c\nMountPoint=/d\n", ERR_OK },
                { "MountPoint=/a\nMountPoint=/b\nMountPoint=/c\nMountPoint=/d\nMountPoint=/e\n", ERR_TOO_LARGE },
                { "MountPoint=/a/b\nMountPoint=/a\n", ERR_UNSUPPORTED }, /* the second would hide the first */
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char text[512];

                (void)snprintf(text, sizeof(text), "[Partition]\nType=var\n%s", cases[i].lines);
                if (add(text) != cases[i].err)
                        fail_msg("%s: %d", cases[i].lines, add(text));
        }
}

static void a_btrfs_has_subvolumes_and_a_compression(void **state)
{
        const struct partition_definition *definition =
                define("Format=btrfs\nSubvolumes=/a/./b:ro,nodatacow \"/c d\"\nSubvolumes=/a/b:ro /e\nDefaultSubvolume=/e/\n"
                       "Compression=zstd\nCompressionLevel=7\n");

        assert_int_equal(definition->sub_volume_count, 3);
        assert_string_equal(definition->sub_volumes[0].path, "/a/b");
        assert_true(definition->sub_volumes[0].read_only);
        assert_false(definition->sub_volumes[0].no_cow);
        assert_string_equal(definition->sub_volumes[1].path, "/c d");
        assert_int_equal(definition->default_sub_volume, 3);
        assert_string_equal(definition->compression, "zstd:7");
        assert_string_equal(define("Format=btrfs\nCompression=lzo\n")->compression, "lzo");
        assert_string_equal(define("Format=ext4\nCompression=lz4\nCompressionLevel=99\n")->compression, "");
        assert_int_equal(define("Format=ext4\nSubvolumes=/a\n")->sub_volume_count, 0);
}

static void a_btrfs_that_cannot_be_is_refused(void **state)
{
        static const char *const lines[] = {
                "Subvolumes=a",
                "Subvolumes=/a:rw",
                "Subvolumes=/a:ro,,",
                "Subvolumes=/a:ro:x",
                "Subvolumes=/a:ro,",
                "DefaultSubvolume=/a",
                "Compression=lz4",
                "Compression=zstd\nCompressionLevel=16",
                "Compression=zstd\nCompressionLevel=fast",
                "Compression=lzo\nCompressionLevel=1",
                "CompressionLevel=3",
        };

        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
                char text[256];

                (void)snprintf(text, sizeof(text), "[Partition]\nType=var\nFormat=btrfs\n%s\n", lines[i]);
                if (add(text) != ERR_RANGE)
                        fail_msg("%s: %d", lines[i], add(text));
        }
}

static void links_and_what_is_left_out_add_up(void **state)
{
        const struct partition_definition *definition =
                define("MakeSymlinks=/a:../b \"/c d:/e f\"\nMakeSymlinks=/g/./h:%%x\nExcludeFiles=/gone\nExcludeFiles=\n"
                       "ExcludeFiles=/x //y/\nExcludeFilesTarget=/z/\nExcludeFilesTarget=/100%%\n");

        assert_int_equal(definition->link_count, 3);
        assert_string_equal(definition->links[0].path, "/a");
        assert_string_equal(definition->links[0].target, "../b");
        assert_string_equal(definition->links[1].path, "/c d");
        assert_string_equal(definition->links[1].target, "/e f");
        assert_string_equal(definition->links[2].path, "/g/h");
        assert_string_equal(definition->links[2].target, "%%x"); /* systemd-repart expands none there */
        assert_string_equal(definition->format, "ext4");
        assert_int_equal(definition->exclude_count, 2);
        assert_string_equal(definition->excludes[0].path, "/x");
        assert_false(definition->excludes[0].contents);
        assert_string_equal(definition->excludes[1].path, "/y");
        assert_true(definition->excludes[1].contents);
        assert_int_equal(definition->excluded_target_count, 2);
        assert_true(definition->excluded_targets[0].contents);
        assert_string_equal(definition->excluded_targets[1].path, "/100%");
}

static void links_and_paths_that_mean_nothing_are_refused(void **state)
{
        static const char *const lines[] = {
                "MakeSymlinks=/a",           "MakeSymlinks=/a:",        "MakeSymlinks=a:/b",
                "MakeSymlinks=:/b",          "MakeSymlinks=/a:/b:/c",   "MakeSymlinks=/:/b",
                "MakeSymlinks=/../a:/b",     "ExcludeFiles=a",          "ExcludeFiles=/../a",
                "ExcludeFilesTarget=\"\"",   "ExcludeFilesTarget=/a b", "CopyFiles=/a:/b:copy",
                "CopyFiles=/a:/b:fsverity=", "CopyFiles=/a:/b::",       "CopyFiles=/a:/b:fsverity=off:",
        };

        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
                char text[256];

                (void)snprintf(text, sizeof(text), "[Partition]\nType=var\nFormat=ext4\n%s\n", lines[i]);
                if (add(text) != ERR_RANGE)
                        fail_msg("%s: %d", lines[i], add(text));
        }
        assert_int_equal(define("CopyFiles=/a:/b:fsverity=copy,,fsverity=off,\n")->copy_count, 1);
        assert_false(policy.partitions[0].cannot_build);
}

static void an_empty_assignment_does_what_it_does_to_repart(void **state)
{
        const struct partition_definition *definition = define(
                "MakeDirectories=/x\nMakeDirectories=\nMakeDirectories=/x /y\nUUID=837c3d6721b3478ebe827e7f83bf96d3\nUUID=\n");

        assert_int_equal(definition->directory_count, 2); /* it adds, each once */
        assert_string_equal(definition->directories[0], "/x");
        assert_string_equal(definition->directories[1], "/y");
        assert_false(definition->has_uuid);
}

static void the_last_assignment_of_a_single_value_counts(void **state)
{
        assert_string_equal(define("Label=a\nLabel=b\n")->label, "b");
        assert_string_equal(define("Format=ext4\nFormat=btrfs\n")->format, "btrfs");
        assert_int_equal(define("Weight=7\n")->weight, 7);
        assert_int_equal(define("Weight=7\nWeight=0x10\n")->weight, 16);
        assert_int_equal(define("Priority=-2147483648\n")->priority, INT32_MIN);
        assert_int_equal(define("Priority=2147483647\n")->priority, INT32_MAX);
        assert_true(define("UUID=837c3d67-21b3-478e-be82-7e7f83bf96d3\n")->has_uuid);
        assert_int_equal(policy.partitions[0].uuid.bytes[0], 0x67); /* in EFI byte order */
}

static void keys_that_do_not_concern_us_are_accepted(void **state)
{
        (void)define("Verity=off\nSplitName=-\nFormat=ext4\nMinimize=guess\nAddValidateFS=no\nSubvolumes=/a\nX-Acme=%x\n"
                     "VerityDataBlockSizeBytes=4K\nVerityHashBlockSizeBytes=512\n[X-Vendor]\nk=v\n");
        assert_false(policy.partitions[0].cannot_build);
}

static void what_cannot_be_built_is_marked_where_it_is_not_erased(void **state)
{
        static const struct {
                const char *text;
                bool cannot_build;
        } cases[] = {
                { "CopyBlocks=auto\n", true },
                { "CopyBlocks=auto\nCopyBlocks=\n", false },
                { "Verity=data\nVerityMatchKey=a\n", true },
                { "EncryptedVolume=v\n", true },
                { "Compression=zstd\n", false },
                { "TPM2PCRs=7\n", true },
                { "Format=erofs\nCopyFiles=/a\n", true },
                { "Format=cramfs\nCopyFiles=/a\n", true },
                { "Format=minix\n", true }, /* every image has its mkfs, which takes none of our options */
                { "Format=f2fs\n", true },
                { "Format=ext2\n", false },
                { "Format=ext3\n", false },
                { "Format=vfat\n", false },
                { "Format=swap\n", false },
                { "Format=xfs\n", false },
                { "Format=empty\n", false },
                { "VolumeLabel=a\n", true },
                { "ExcludeFiles=/a\n", false },
                { "ExcludeFilesTarget=/a\n", false },
                { "MakeSymlinks=/a:/b\n", false },
                { "CopyFiles=/a:/b:fsverity=copy\n", true },
                { "CopyFiles=/a:/b:fsverity=off\n", false },
                { "Format=btrfs\nSubvolumes=/a\n", false },
                { "Format=ext4\nSubvolumes=/a\n", false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char text[256];

                assert_int_equal(define(cases[i].text)->cannot_build, cases[i].cannot_build);
                (void)snprintf(text, sizeof(text), "[Partition]\nType=var\nFactoryReset=yes\n%s", cases[i].text);
                assert_int_equal(add(text), cases[i].cannot_build ? ERR_UNSUPPORTED : ERR_OK);
        }
}

static void integrity_is_repart_s_inline_on_what_is_encrypted(void **state)
{
        static const struct {
                const char *lines;
                enum integrity_mode integrity;
        } cases[] = {
                { "Encrypt=tpm2\n", INTEGRITY_OFF },
                { "Encrypt=tpm2\nIntegrity=inline\n", INTEGRITY_INLINE },
                { "Encrypt=tpm2\nIntegrity=inline\nIntegrityAlgorithm=hmac-sha256\n", INTEGRITY_INLINE },
                { "Encrypt=tpm2\nIntegrity=inline\nIntegrityAlgorithm=\n", INTEGRITY_INLINE },
                { "Integrity=inline\nEncrypt=tpm2\nFactoryReset=yes\n", INTEGRITY_INLINE },
                { "Encrypt=tpm2\nIntegrity=inline\nIntegrity=off\n", INTEGRITY_OFF },
                { "Encrypt=tpm2\nIntegrity=inline\nIntegrity=\n", INTEGRITY_OFF },
                { "Integrity=off\n", INTEGRITY_OFF },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                assert_int_equal(define(cases[i].lines)->integrity, cases[i].integrity);
                assert_false(policy.partitions[0].cannot_build);
        }
}

#define TEN       "0123456789"
#define SEVENTY   TEN TEN TEN TEN TEN TEN TEN
#define CLEF      "\xf0\x9d\x84\x9e" /* two UTF-16 units */
#define SIX_CLEFS CLEF CLEF CLEF CLEF CLEF CLEF

static const struct {
        const char *lines;
        enum err err;
        const char *key;
} faults[] = {
        { "Type=\n", ERR_RANGE, "Type" },
        { "Integrity=data\n", ERR_RANGE, "Integrity" },
        { "Integrity=meta\n", ERR_RANGE, "Integrity" },
        { "IntegrityAlgorithm=hmac-sha1\n", ERR_UNSUPPORTED, "IntegrityAlgorithm" },
        { "IntegrityAlgorithm=hmac-sha512\n", ERR_UNSUPPORTED, "IntegrityAlgorithm" },
        { "IntegrityAlgorithm=crc32c\n", ERR_RANGE, "IntegrityAlgorithm" },
        { "Type=vars\n", ERR_RANGE, "Type" },
        { "Type=00000000-0000-0000-0000-000000000000\n", ERR_RANGE, "Type" },
        { "Label=" TEN TEN TEN "1234567\n", ERR_RANGE, "Label" },
        { "Label=" SIX_CLEFS SIX_CLEFS SIX_CLEFS "x\n", ERR_RANGE, "Label" },
        { "Label=a\tb\n", ERR_RANGE, "Label" },
        { "Label=%m\n", ERR_UNSUPPORTED, "Label" },
        { "Label=%z\n", ERR_UNSUPPORTED, "Label" },
        { "Label=\n", ERR_RANGE, "Label" },
        { "FactoryRest=yes\n", ERR_UNKNOWN_KEY, "FactoryRest" },
        { "factoryreset=yes\n", ERR_UNKNOWN_KEY, "factoryreset" },
        { "FactoryReset=\n", ERR_RANGE, "FactoryReset" },
        { "Weight=\n", ERR_RANGE, "Weight" },
        { "Flags=\n", ERR_RANGE, "Flags" },
        { "Format=\n", ERR_RANGE, "Format" },
        { "SizeMinBytes=\n", ERR_RANGE, "SizeMinBytes" },
        { "CopyFiles=\n", ERR_RANGE, "CopyFiles" },
        { "Priority=2147483648\n", ERR_RANGE, "Priority" },
        { "Priority=-2147483649\n", ERR_RANGE, "Priority" },
        { "Priority=1.0\n", ERR_RANGE, "Priority" },
        { "UUID=837c3d67-21b3-478e-be82-7e7f83bf96d\n", ERR_RANGE, "UUID" },
        { "UUID=null\n", ERR_UNSUPPORTED, "UUID" },
        { "Verity=maybe\n", ERR_RANGE, "Verity" },
        { "Minimize=worst\n", ERR_RANGE, "Minimize" },
        { "VerityDataBlockSizeBytes=513\n", ERR_RANGE, "VerityDataBlockSizeBytes" },
        { "SupplementFor=a/b\n", ERR_RANGE, "SupplementFor" },
        { "[Partitions]\n", ERR_UNKNOWN_KEY, "Partitions" },
        { "Label=%\n", ERR_UNSUPPORTED, "Label" },
        { "FactoryReset=maybe\n", ERR_RANGE, "FactoryReset" },
        { "FactoryReset=yesyesyes\n", ERR_RANGE, "FactoryReset" },
        { "Format=../sh\n", ERR_RANGE, "Format" },
        { "Format=Ext4\n", ERR_RANGE, "Format" },
        { "Format=abcdefghijklmnop\n", ERR_TOO_LARGE, "Format" },
        { "Encrypt=tpm\n", ERR_RANGE, "Encrypt" },
        { "CopyFiles=a:/b\n", ERR_RANGE, "CopyFiles" },
        { "CopyFiles=:/b\n", ERR_RANGE, "CopyFiles" },
        { "CopyFiles=/a:b\n", ERR_RANGE, "CopyFiles" },
        { "CopyFiles=/a/../b\n", ERR_RANGE, "CopyFiles" },
        { "CopyFiles=/a:/..\n", ERR_RANGE, "CopyFiles" },
        { "CopyFiles=/a:/b:c:d\n", ERR_RANGE, "CopyFiles" },
        { "CopyFiles=/%m\n", ERR_UNSUPPORTED, "CopyFiles" },
        { "CopyFiles=/a\\:b\n", ERR_UNSUPPORTED, "CopyFiles" },
        { "CopyFiles=/" SEVENTY SEVENTY "\n", ERR_TOO_LARGE, "CopyFiles" },
        { "MakeDirectories=/a b\n", ERR_RANGE, "MakeDirectories" },
        { "MakeDirectories=\"/a b\n", ERR_SYNTAX, "MakeDirectories" },
        { "MakeDirectories=/a/..\n", ERR_RANGE, "MakeDirectories" },
        { "MakeDirectories=/1 /2 /3 /4 /5 /6 /7 /8 /9 /10 /11 /12 /13 /14 /15 /16 /17 /18 /19 /20 /21 /22 /23 /24 /25 /26 /27 "
          "/28 "
          "/29 /30 /31 /32 /33\n",
          ERR_TOO_LARGE, "MakeDirectories" },
        { "MountPoint=var\n", ERR_RANGE, "MountPoint" },
        { "MountPoint=:noatime\n", ERR_RANGE, "MountPoint" },
        { "SizeMinBytes=-1\n", ERR_RANGE, "SizeMinBytes" },
        { "SizeMinBytes=1.G\n", ERR_RANGE, "SizeMinBytes" },
        { "SizeMinBytes=512M 1G\n", ERR_RANGE, "SizeMinBytes" },
        { "SizeMinBytes=1M 1M\n", ERR_RANGE, "SizeMinBytes" },
        { "SizeMinBytes=1 2\n", ERR_RANGE, "SizeMinBytes" },
        { "SizeMinBytes=18446744073709551615\n", ERR_RANGE, "SizeMinBytes" },
        { "SizeMinBytes=M\n", ERR_RANGE, "SizeMinBytes" },
        { "SizeMinBytes=16E\n", ERR_RANGE, "SizeMinBytes" },
        { "SizeMaxBytes=64MB\n", ERR_RANGE, "SizeMaxBytes" },
        { "SizeMaxBytes=64m\n", ERR_RANGE, "SizeMaxBytes" },
        { "Weight=1000001\n", ERR_RANGE, "Weight" },
        { "Weight=x\n", ERR_RANGE, "Weight" },
        { "Flags=0x\n", ERR_RANGE, "Flags" },
        { "Flags=0x10000000000000000\n", ERR_RANGE, "Flags" },
        { "Flags=0xg\n", ERR_RANGE, "Flags" },
        { "Flags=-1\n", ERR_RANGE, "Flags" },
        { "NoAuto=2\n", ERR_RANGE, "NoAuto" },
        { "nonsense\n", ERR_SYNTAX, "" },
};

static void faults_are_refused_with_their_line_and_key(void **state)
{
        char text[1024];

        for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
                (void)snprintf(text, sizeof(text), "[Partition]\nType=var\n\n%s", faults[i].lines);
                if (add(text) != faults[i].err)
                        fail_msg("%s gives %s", faults[i].lines, err_name(error.err));
                assert_int_equal(error.err, faults[i].err);
                assert_int_equal(error.line, 4);
                assert_string_equal(error.key, faults[i].key);
                assert_string_equal(error.file, "usr/lib/repart.d/50-test.conf");
                assert_true(error.detail[0] != '\0');
                assert_int_equal(policy.partition_count, 0);
        }
}

static void labels_may_fill_the_gpt_field(void **state)
{
        assert_string_equal(define("Label=" TEN TEN TEN "123456\n")->label, TEN TEN TEN "123456");
        assert_string_equal(define("Label=" SIX_CLEFS SIX_CLEFS SIX_CLEFS "\n")->label, SIX_CLEFS SIX_CLEFS SIX_CLEFS);
        assert_string_equal(define("Label=50%%\n")->label, "50%");
}

static void faults_of_the_whole_are_refused(void **state)
{
        assert_int_equal(add("[Partition]\nLabel=x\n"), ERR_MISSING);
        assert_string_equal(error.key, "Type");
        assert_int_equal(error.line, 0);
        assert_int_equal(add(""), ERR_MISSING);
        assert_int_equal(add("[X-Other]\nType=var\n"), ERR_MISSING);
        assert_int_equal(add("[Partition]\nType=var\nSizeMinBytes=2M\nSizeMaxBytes=1M\n"), ERR_RANGE);
        assert_string_equal(error.key, "SizeMinBytes");
        /* as repart: "Integrity=inline requires Encrypt=" */
        assert_int_equal(add("[Partition]\nType=var\nIntegrity=inline\n"), ERR_RANGE);
        assert_string_equal(error.key, "Integrity");
        assert_int_equal(add("[Partition]\nType=var\nIntegrity=inline\nEncrypt=tpm2\nEncrypt=off\n"), ERR_RANGE);
}

#define EIGHT_COPIES \
        "CopyFiles=/a\nCopyFiles=/a\nCopyFiles=/a\nCopyFiles=/a\nCopyFiles=/a\nCopyFiles=/a\nCopyFiles=/a\nCopyFiles=/a\n"

static void counts_and_sizes_are_bounded(void **state)
{
        static const char text[] = "[Partition]\nType=var\n";
        static char large[POLICY_FILE_MAX + 1];
        static const char name[] = TEN TEN TEN TEN TEN TEN ".conf";

        policy_init(&policy);
        for (size_t i = 0; i < POLICY_PARTITIONS_MAX; i++)
                assert_int_equal(policy_add_partition(&policy, "f", text, strlen(text), NULL), ERR_OK);
        assert_int_equal(policy_add_partition(&policy, "f", text, strlen(text), &error), ERR_TOO_LARGE);
        assert_int_equal(policy.partition_count, POLICY_PARTITIONS_MAX);

        policy_init(&policy);
        memset(large, '\n', sizeof(large));
        assert_int_equal(policy_add_partition(&policy, "f", large, sizeof(large), &error), ERR_TOO_LARGE);
        assert_int_equal(policy_add_partition(&policy, name, text, strlen(text), &error), ERR_TOO_LARGE);
        assert_string_equal(error.file, name);

        assert_int_equal(define(EIGHT_COPIES EIGHT_COPIES)->copy_count, POLICY_COPIES_MAX);
        assert_int_equal(add("[Partition]\nType=var\n" EIGHT_COPIES EIGHT_COPIES "CopyFiles=/a\n"), ERR_TOO_LARGE);
        assert_int_equal(error.line, 19);
}

static void a_failed_file_leaves_the_policy_as_it_was(void **state)
{
        static const char bad[] = "[Partition]\nType=home\nWeight=x\n";
        struct policy before;

        (void)define("Label=keep\n");
        memcpy(&before, &policy, sizeof(before)); /* its holes too: nothing at all is touched */
        assert_int_equal(policy_add_partition(&policy, "f", bad, strlen(bad), NULL), ERR_RANGE);
        assert_memory_equal(&before, &policy, sizeof(policy));
}

static void the_error_text_is_cut_to_fit(void **state)
{
        char text[64];

        assert_int_equal(add("[Partition]\nType=vars\n"), ERR_RANGE);
        policy_error_format(&error, text, sizeof(text));
        assert_string_equal(text, "usr/lib/repart.d/50-test.conf:2: Type: is not valid (");
        assert_int_equal(add("[Partition]\n"), ERR_MISSING);
        policy_error_format(&error, text, sizeof(text));
        assert_memory_equal(text, "usr/lib/repart.d/50-test.conf: Type: lacks something mandat", 59);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_reference_image_reads_as_meant),
                cmocka_unit_test(defaults_are_reparts),
                cmocka_unit_test(files_to_copy_need_a_file_system),
                cmocka_unit_test(mount_points_follow_the_type_unless_set),
                cmocka_unit_test(one_place_is_for_one_definition),
                cmocka_unit_test(namesakes_are_numbered),
                cmocka_unit_test(sizes_take_suffixes),
                cmocka_unit_test(booleans_are_systemds),
                cmocka_unit_test(encrypt_modes_are_systemds),
                cmocka_unit_test(flags_combine_with_their_named_forms),
                cmocka_unit_test(copies_and_directories_add_up),
                cmocka_unit_test(links_and_what_is_left_out_add_up),
                cmocka_unit_test(several_mount_points_keep_their_order_and_options),
                cmocka_unit_test(mount_options_are_those_that_are_known),
                cmocka_unit_test(a_btrfs_has_subvolumes_and_a_compression),
                cmocka_unit_test(a_btrfs_that_cannot_be_is_refused),
                cmocka_unit_test(links_and_paths_that_mean_nothing_are_refused),
                cmocka_unit_test(an_empty_assignment_does_what_it_does_to_repart),
                cmocka_unit_test(the_last_assignment_of_a_single_value_counts),
                cmocka_unit_test(keys_that_do_not_concern_us_are_accepted),
                cmocka_unit_test(integrity_is_repart_s_inline_on_what_is_encrypted),
                cmocka_unit_test(what_cannot_be_built_is_marked_where_it_is_not_erased),
                cmocka_unit_test(faults_are_refused_with_their_line_and_key),
                cmocka_unit_test(labels_may_fill_the_gpt_field),
                cmocka_unit_test(faults_of_the_whole_are_refused),
                cmocka_unit_test(counts_and_sizes_are_bounded),
                cmocka_unit_test(a_failed_file_leaves_the_policy_as_it_was),
                cmocka_unit_test(the_error_text_is_cut_to_fit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
