/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has vouched for the root hash, and what becomes of an image that nobody vouches for. The kernel and its keyrings, the
 * disk's and the initrd's signature are fakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/boot/handover.h"
#include "initrd/root-open.h"
#include "linux/base/file.h"
#include "linux/image/image-parts.h"
#include "linux/image/verity.h"
#include "linux/tpm/pkcs7.h"
#include "tests/unit/scratch.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* of __wrap_, which the linker calls */

static const uint8_t hash[] = { 0xab, 0x01 };

static struct world {
        struct boot_context context;
        char directory[SCRATCH_PATH_MAX];
        const char *disk_fault; /* of its signature; "" = it has none; NULL = it is fine */
        const char *initrd;     /* its signature; NULL = none */
        const char *usr;        /* the one of an image of /usr */
        const char *certificate;
        int kernel, certificate_says;
        char tried[64], signature[16], opened[16];
} world;

static void try(char who)
{
        world.tried[strlen(world.tried)] = who;
}

const char *__wrap_image_parts_find_signature(struct inventory *inventory, enum image_form form, const uint8_t *root_hash,
                                              size_t root_hash_size, struct root_signature *ret)
{
        if (!world.disk_fault) {
                ret->pkcs7_size = 4;
                memcpy(ret->pkcs7, "disk", 4);
        }
        return world.disk_fault;
}

int __real_file_read(int directory_fd, const char *path, size_t max, char **ret_data, size_t *ret_size);
int __wrap_file_read(int directory_fd, const char *path, size_t max, char **ret_data, size_t *ret_size)
{
        const char *text = strcmp(path, ROOT_SIGNATURE_FILE) == 0                  ? world.initrd
                           : strcmp(path, USR_SIGNATURE_FILE) == 0                 ? world.usr
                           : strcmp(path, "/" HANDOVER_ROOT_CERTIFICATE_PATH) == 0 ? world.certificate
                                                                                   : path;
        if (text == path)
                return __real_file_read(directory_fd, path, max, ret_data, ret_size);
        if (!text)
                return -ENOENT;
        *ret_data = strdup(text);
        *ret_size = strlen(text);
        return 0;
}

int __wrap_pkcs7_verify(struct bytes signature, struct bytes content, struct bytes certificate)
{
        try('c');
        assert_int_equal(content.size, 4);
        assert_memory_equal(content.data, "ab01", 4);
        assert_memory_equal(certificate.data, "cert", 4);
        return world.certificate_says;
}

int __wrap_verity_open(const char *name, const char *data_device, const char *hash_device, const uint8_t *root_hash,
                       size_t root_hash_size)
{
        try('o');
        (void)snprintf(world.opened, sizeof(world.opened), "%s", name);
        return 0;
}

int __wrap_verity_open_signed(const char *name, const char *data_device, const char *hash_device, const uint8_t *root_hash,
                              size_t root_hash_size, const uint8_t *signature, size_t signature_size)
{
        try('k');
        (void)snprintf(world.signature, sizeof(world.signature), "%.*s", (int)signature_size, (const char *)signature);
        return world.kernel;
}

static int set_up(void **state)
{
        memset(&world, 0, sizeof(world));
        scratch_make(world.directory, NULL);
        assert_int_equal(efivarfs_open(world.directory, &world.context.variables), 0);
        world.context.report.kmsg_fd = -1;
        world.context.handover.root = ROOT_SIGNED;
        world.certificate = "cert";
        world.kernel = -ENOKEY;
        return 0;
}

static int tear_down(void **state)
{
        efivarfs_close(&world.context.variables);
        scratch_remove(world.directory);
        return 0;
}

static void secure_boot(uint8_t value)
{
        assert_int_equal(efivarfs_write(&world.context.variables, &guid_efi_global, "SecureBoot", &value, 1), 0);
}

static int open_root(void)
{
        const struct root_image image = { IMAGE_ROOT, hash, sizeof(hash), "/dev/data", "/dev/hash" };
        memset(world.tried, 0, sizeof(world.tried));
        world.context.trouble[0] = 0;
        return root_open(&world.context, "root", &image);
}

static void the_kernel_is_asked_first_where_it_holds_the_certificate(void **state)
{
        secure_boot(1);
        world.kernel = 0;
        assert_int_equal(open_root(), 0);
        assert_string_equal(world.tried, "k"); /* and has opened it */
        assert_string_equal(world.signature, "disk");
        assert_int_equal(world.context.root_proof, ROOT_PROOF_KERNEL);
        world.kernel = -ENOKEY;
        assert_int_equal(open_root(), 0);
        assert_string_equal(world.tried, "kco");
        assert_int_equal(world.context.root_proof, ROOT_PROOF_CERTIFICATE);
}

static void without_secure_boot_the_certificate_is_enough(void **state)
{
        for (int i = 0; i < 2; i++) {
                assert_int_equal(open_root(), 0);
                assert_string_equal(world.tried, "co");
                assert_string_equal(world.opened, "root");
                assert_int_equal(world.context.root_proof, ROOT_PROOF_CERTIFICATE);
                secure_boot(0);
        }
}

static void a_signature_in_the_initrd_does_where_the_disk_has_none(void **state)
{
        world.disk_fault = "";
        world.initrd = "file";
        secure_boot(1);
        world.kernel = 0;
        assert_int_equal(open_root(), 0);
        assert_string_equal(world.signature, "file");
}

static void each_form_of_image_has_its_own_file(void **state)
{
        struct root_image image = { IMAGE_USR, hash, sizeof(hash), "/dev/data", "/dev/hash" };
        world.disk_fault = "";
        world.initrd = "file";
        secure_boot(1);
        world.kernel = 0;
        assert_int_equal(root_open(&world.context, "usr", &image), -EKEYREJECTED);
        world.context.trouble[0] = 0;
        world.usr = "usr's";
        assert_int_equal(root_open(&world.context, "usr", &image), 0);
        assert_string_equal(world.signature, "usr's");
        world.initrd = NULL;
        assert_int_equal(open_root(), -EKEYREJECTED);
}

static void refused(const char *why)
{
        char expected[512];
        assert_int_equal(open_root(), -EKEYREJECTED);
        (void)snprintf(expected, sizeof(expected),
                       "This machine starts signed system images only (root=signed), and this one is refused: %s.", why);
        assert_string_equal(world.context.trouble, expected);
        assert_null(strchr(world.tried, 'o'));
        assert_int_equal(world.context.root_proof, ROOT_PROOF_NONE);
}

static void what_nobody_vouches_for_is_not_opened(void **state)
{
        world.certificate_says = -EBADMSG;
        refused("its signature is not one by the key that the boot image names");
        world.certificate = NULL;
        refused("the boot image names no certificate to check its signature by");
        world.disk_fault = "the signature on the disk is for another root hash";
        refused("the signature on the disk is for another root hash");
        world.disk_fault = "";
        refused("there is no signature over its root hash, neither on the disk nor in the boot image");
        world.initrd = "";
        refused("there is no signature over its root hash, neither on the disk nor in the boot image");
}

/* Its own policy may still ask for one. */
static void the_image_may_be_stricter_than_the_stub(void **state)
{
        world.context.handover.root = ROOT_VERITY;
        world.disk_fault = "";
        assert_int_equal(open_root(), 0);
        assert_string_equal(world.tried, "o");
        assert_int_equal(root_meets(&world.context, ROOT_VERITY), 0);
        assert_int_equal(root_meets(&world.context, ROOT_SIGNED), -EKEYREJECTED);
        world.context.root_proof = ROOT_PROOF_CERTIFICATE;
        assert_int_equal(root_meets(&world.context, ROOT_SIGNED), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(the_kernel_is_asked_first_where_it_holds_the_certificate, set_up, tear_down),
                cmocka_unit_test_setup_teardown(without_secure_boot_the_certificate_is_enough, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_signature_in_the_initrd_does_where_the_disk_has_none, set_up, tear_down),
                cmocka_unit_test_setup_teardown(each_form_of_image_has_its_own_file, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_nobody_vouches_for_is_not_opened, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_image_may_be_stricter_than_the_stub, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
