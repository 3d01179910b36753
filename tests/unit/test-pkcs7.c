/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Detached signatures, made by the openssl command as the image builder and systemd's manual pages make them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linux/base/file.h"
#include "linux/tpm/pkcs7.h"

#define CONTENT "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const char make_all[] =
        "(cd '%s' && printf %%s " CONTENT " >content && "
        "for name in ours theirs; do "
        "openssl req -x509 -newkey rsa:2048 -sha256 -nodes -days 36500 -subj /CN=$name -keyout $name.key -out $name.crt && "
        "openssl x509 -in $name.crt -outform DER -out $name.der && "
        "openssl smime -sign -nocerts -noattr -binary -in content -inkey $name.key -signer $name.crt -outform DER -out $name.p7s "
        "|| exit; done && "
        "openssl smime -sign -binary -in content -inkey theirs.key -signer theirs.crt -outform DER -out with-certificate.p7s && "
        "openssl smime -sign -nodetach -nocerts -noattr -binary -in content -inkey ours.key -signer ours.crt -outform DER "
        "-out attached.p7s) 2>/dev/null";

static char folder[] = "/tmp/test-pkcs7-XXXXXX";

static int set_up(void **state)
{
        char command[2048];

        if (!mkdtemp(folder))
                return -1;
        (void)snprintf(command, sizeof(command), make_all, folder);
        return system(command) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
        char command[256];

        (void)snprintf(command, sizeof(command), "rm -r '%s'", folder);
        return system(command);
}

/* The caller frees. */
static struct bytes content_of(const char *name)
{
        char path[256], *data;
        size_t size;

        (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
        assert_int_equal(file_read(AT_FDCWD, path, 65536, &data, &size), 0);
        return (struct bytes){ (uint8_t *)data, size };
}

static int verify(const char *signature_file, const char *content, const char *certificate_file)
{
        struct bytes signature = content_of(signature_file), certificate = content_of(certificate_file);
        struct bytes text = { (const uint8_t *)content, strlen(content) };
        int r = pkcs7_verify(signature, text, certificate);

        free((void *)signature.data);
        free((void *)certificate.data);
        return r;
}

static void signature_by_the_named_certificate_holds(void **state)
{
        assert_int_equal(verify("ours.p7s", CONTENT, "ours.der"), 0);
        assert_int_equal(verify("theirs.p7s", CONTENT, "theirs.der"), 0);
}

static void signature_by_another_key_does_not(void **state)
{
        assert_int_equal(verify("theirs.p7s", CONTENT, "ours.der"), -EBADMSG);
        assert_int_equal(verify("with-certificate.p7s", CONTENT, "ours.der"), -EBADMSG); /* whatever it brings along */
}

static void signature_over_other_content_does_not(void **state)
{
        assert_int_equal(verify("ours.p7s", "1" CONTENT, "ours.der"), -EBADMSG);
        assert_int_equal(verify("ours.p7s", CONTENT "\n", "ours.der"), -EBADMSG);
        assert_int_equal(verify("ours.p7s", "", "ours.der"), -EBADMSG);
        assert_int_equal(verify("attached.p7s", "something else", "ours.der"), -EBADMSG);
        assert_int_equal(verify("attached.p7s", CONTENT, "ours.der"), -EBADMSG); /* not detached: not what was asked for */
}

static void what_is_no_signature_or_certificate_is_told_apart(void **state)
{
        assert_int_equal(verify("content", CONTENT, "ours.der"), -EBADMSG);
        assert_int_equal(verify("ours.der", CONTENT, "ours.der"), -EBADMSG);
        assert_int_equal(verify("ours.p7s", CONTENT, "content"), -EINVAL);
        assert_int_equal(verify("ours.p7s", CONTENT, "ours.crt"), -EINVAL); /* PEM */
}

/* Every byte of it counts, or an error; never a crash. */
static void altered_and_cut_signatures_never_hold(void **state)
{
        struct bytes signature = content_of("ours.p7s"), certificate = content_of("ours.der");
        struct bytes text = { (const uint8_t *)CONTENT, strlen(CONTENT) };
        uint8_t *altered = malloc(signature.size + 1);

        for (size_t size = 0; size < signature.size; size++)
                assert_int_not_equal(pkcs7_verify((struct bytes){ signature.data, size }, text, certificate), 0);
        memcpy(altered, signature.data, signature.size);
        altered[signature.size] = 0;
        assert_int_equal(pkcs7_verify((struct bytes){ altered, signature.size + 1 }, text, certificate), -EBADMSG);
        for (size_t at = signature.size - 256; at < signature.size; at++) { /* the RSA signature itself comes last */
                altered[at] ^= 1;
                assert_int_not_equal(pkcs7_verify((struct bytes){ altered, signature.size }, text, certificate), 0);
                altered[at] ^= 1;
        }
        free(altered);
        free((void *)signature.data);
        free((void *)certificate.data);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(signature_by_the_named_certificate_holds),
                cmocka_unit_test(signature_by_another_key_does_not),
                cmocka_unit_test(signature_over_other_content_does_not),
                cmocka_unit_test(what_is_no_signature_or_certificate_is_told_apart),
                cmocka_unit_test(altered_and_cut_signatures_never_hold),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
