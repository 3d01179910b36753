/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Credentials that the stub has found on the EFI system partition, passed on to the running system, where systemd's own initrd
 * leaves them (systemd's src/core/import-creds.c). They are copied and not read: the partition is anybody's, and who uses one
 * decrypts it first, which authenticates it. */
#ifndef CLEANSLATE_INITRD_BOOT_CREDENTIALS_H
#define CLEANSLATE_INITRD_BOOT_CREDENTIALS_H

#define BOOT_CREDENTIALS_SIZE_MAX (1024 * 1024) /* bytes of all of them, as with systemd */

struct boot_credentials {
        unsigned passed_on, left_out;
};

/* `extra_fd`: /.extra. `run_fd`: /run, which the running system keeps. Writes credentials/@encrypted/NAME for each NAME.cred,
 * those beside the image first; the first of a name counts. credstore.encrypted leads there, which is where systemd looks for
 * those of the machine (systemd.exec(5), LoadCredentialEncrypted=): a variable of init's environment would have it take none from
 * SMBIOS and the kernel's command line. 0, or negative errno if not even the directory can be made. */
int boot_credentials_pass_on(int extra_fd, int run_fd, struct boot_credentials *ret);

#endif
