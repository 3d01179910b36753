/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cleanslate boot-ok: tells the stub that this system has started, so that the count of failed boots begins again. */
#include "common/state/boot-trace.h"
#include "linux/efi/retire.h"
#include "reset-tool/environment.h"
#include <errno.h>
#include <string.h>

static const char help[] =
        "cleanslate boot-ok\n"
        "\n"
        "Tells that this system has finished starting. The stub counts ordinary boots; after [Boot] attempts= of\n"
        "them in a row (cleanslate.conf, default 3) without this, it opens the recovery page instead.\n"
        "cleanslate-boot-ok.service calls it; there is no need to do so by hand.\n"
        "\n"
        "  -h, --help  show this help\n";

static int forget_boots(const struct environment *environment)
{
        const char *path = environment->variables_path ? environment->variables_path : EFIVARFS_PATH;
        struct efivarfs variables;
        int r = efivarfs_open(environment->variables_path, &variables);
        if (r < 0) {
                fprintf(environment->errors,
                        "cleanslate boot-ok: cannot open the EFI variables in %s: %s. Is this an EFI system, and efivarfs "
                        "mounted?\n",
                        path, strerror(-r));
                return STATUS_FAILURE;
        }
        r = retire_boot_count(&variables, false);
        efivarfs_close(&variables);
        if (r < 0) {
                fprintf(environment->errors,
                        "cleanslate boot-ok: cannot remove %s in %s: %s. After several boots the recovery page opens; choose "
                        "\"try "
                        "again\" there.\n",
                        BOOT_COUNT_VARIABLE_NAME, path, strerror(-r));
                return STATUS_FAILURE;
        }
        fprintf(environment->output, r == 0 ? "Boots are not being counted.\n" : "Boot marked successful.\n");
        return STATUS_OK;
}

int boot_ok_command(const struct environment *environment, int argc, char **argv)
{
        if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
                fputs(help, environment->output);
                return STATUS_OK;
        }
        if (argc > 1) {
                fprintf(environment->errors, "cleanslate boot-ok: takes no arguments, but got \"%s\".\n", argv[1]);
                return STATUS_USAGE;
        }
        if (environment->effective_user != 0) {
                fprintf(environment->errors,
                        "cleanslate boot-ok: only root may do this. cleanslate-boot-ok.service does it at boot.\n");
                return STATUS_FAILURE;
        }
        return forget_boots(environment);
}
