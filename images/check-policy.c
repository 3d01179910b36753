/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads an image's policy below a directory as the initrd will read it, so that its maker hears of an error and not its owner.
 * Says nothing where all is well; otherwise what is wrong, with file, line and key. */
#include "linux/cleanup.h"
#include "linux/image-hooks.h"
#include "linux/policy-files.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
        else
                (void)image_hooks_check(root, &policy.settings, &trouble);
        if (text[0])
                fprintf(stderr, "%s\n", text);
        return text[0] ? EXIT_FAILURE : EXIT_SUCCESS;
}
