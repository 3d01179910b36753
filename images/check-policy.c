/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads an image's policy below a directory as the initrd will read it, so that its maker hears of an error and not its owner.
 * Says nothing where all is well; otherwise what is wrong, with file, line and key. */
#include "linux/base/cleanup.h"
#include "linux/image/image-hooks.h"
#include "linux/image/policy-files.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Its owner would hear of it from a refused reset. */
static void check_kept(const struct policy *policy, const struct trouble *trouble)
{
        int kept = policy->settings.tpm_clear == TPM_CLEAR_SKIP ? -1 : policy_find_kept_sealed(policy);

        if (kept >= 0)
                (void)trouble_note(trouble, -EINVAL,
                                   "%s: Encrypt=tpm2 without FactoryReset=yes: a reset clears the TPM, and the partition could "
                                   "not be opened any more. Do not encrypt it, or set tpm-clear=skip in cleanslate.conf",
                                   policy->partitions[kept].file);
}

int main(int argc, char **argv)
{
        static struct policy policy; /* large */
        struct policy_error error;
        char text[512] = "";
        const struct trouble trouble = { text, sizeof(text) };

        if (argc != 2) {
                fprintf(stderr, "usage: check-policy DIRECTORY\n");
                return EXIT_FAILURE;
        }
        _cleanup_close_ int root = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (root < 0) {
                fprintf(stderr, "check-policy: cannot open %s: %m\n", argv[1]);
                return EXIT_FAILURE;
        }
        if (policy_files_read(root, &policy, &error) < 0)
                policy_error_format(&error, text, sizeof(text));
        else if (image_hooks_check(root, &policy.settings, &trouble) == 0)
                check_kept(&policy, &trouble);
        if (text[0])
                fprintf(stderr, "%s\n", text);
        return text[0] ? EXIT_FAILURE : EXIT_SUCCESS;
}
