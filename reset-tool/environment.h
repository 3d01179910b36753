/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything outside of the program that a command touches, so that tests can hand in a machine of their own. main.c fills it for
 * the real one. */
#ifndef CLEANSLATE_RESET_TOOL_ENVIRONMENT_H
#define CLEANSLATE_RESET_TOOL_ENVIRONMENT_H

#include <stdio.h>
#include <sys/types.h>

struct environment {
        FILE *output, *errors;
        uid_t effective_user;
        const char *requester;           /* who asks, for the record: "alice (sudo)" */
        const char *firmware_path;       /* /sys/firmware/efi: absent = not booted by EFI */
        const char *variables_path;      /* NULL = EFIVARFS_PATH, which then has to be a mounted efivarfs */
        const char *os_release_paths[2]; /* the first that exists counts */
        const char *boot_id_path;
        const char *handover_path; /* what the initrd left of the stub's decision; may be absent */
        const char *disk_path;     /* the GUID of the disk we were started from, left by the initrd; may be absent */
        const char *esp_paths[3];  /* where the EFI system partition may be mounted; the first that is one counts */
        int (*reboot)(void);       /* negative errno; does not return otherwise */
};

/* systemd-factory-reset's, where it has one. */
enum exit_status { STATUS_OK = 0, STATUS_FAILURE = 1, STATUS_USAGE = 2, STATUS_EXECUTING = 10, STATUS_PENDING = 11 };

int request_command(const struct environment *environment, int argc, char **argv);
int status_command(const struct environment *environment, int argc, char **argv);
int boot_ok_command(const struct environment *environment, int argc, char **argv);
int cancel_command(const struct environment *environment, int argc, char **argv);
int log_command(const struct environment *environment, int argc, char **argv);

#endif
