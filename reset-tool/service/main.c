/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cleanslated: the Varlink service. Started by its sockets (sd_listen_fds(3)); ends when nobody has called for a while. */
#include "common/base/bytes.h"
#include "linux/base/command.h"
#include "linux/efi/efivarfs.h"
#include "reset-tool/announcement.h"
#include "reset-tool/inspection.h"
#include "reset-tool/service/preserve-helper.h"
#include "reset-tool/service/server.h"
#include "reset-tool/timetable.h"
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define PATH_SIZE 512

static const char help[] = "cleanslated [--root=DIR] [--timeout=SECONDS] [--idle=SECONDS]\n"
                           "\n"
                           "Serves io.cleanslate.FactoryReset and io.systemd.FactoryReset on the sockets it is handed.\n"
                           "\n"
                           "      --root=DIR          the machine is the one below DIR (for tests)\n"
                           "      --timeout=SECONDS   how long to wait for a message to be received or sent (10)\n"
                           "      --idle=SECONDS      how long to wait for a call before a connection is closed, and for a\n"
                           "                          connection before the service ends (30)\n"
                           "  -h, --help              show this help\n";

struct options {
        const char *root;
        struct server_limits limits;
};

static bool read_seconds(const char *text, uint64_t *ret)
{
        return text_to_u64(text, strlen(text), ret) && *ret > 0 && *ret <= 86400;
}

/* -1: go on; otherwise the exit status. */
static int parse_options(int argc, char **argv, struct options *ret)
{
        static const struct option known[] = {
                { "root", required_argument, NULL, 'r' },
                { "timeout", required_argument, NULL, 't' },
                { "idle", required_argument, NULL, 'i' },
                { "help", no_argument, NULL, 'h' },
                { 0 },
        };
        for (int option; (option = getopt_long(argc, argv, "h", known, NULL)) != -1;) {
                bool good = true;
                if (option == 'h') {
                        fputs(help, stdout);
                        return STATUS_OK;
                }
                if (option == 'r')
                        ret->root = optarg;
                else if (option == 't')
                        good = read_seconds(optarg, &ret->limits.timeout_seconds);
                else if (option == 'i')
                        good = read_seconds(optarg, &ret->limits.idle_seconds);
                else
                        return STATUS_USAGE; /* getopt has said why */
                if (!good) {
                        fprintf(stderr, "cleanslated: \"%s\" is not a number of seconds from 1 to 86400.\n", optarg);
                        return STATUS_USAGE;
                }
        }
        return -1;
}

static const char *below(const char *root, const char *path, char buffer[static PATH_SIZE])
{
        (void)snprintf(buffer, PATH_SIZE, "%s%s", root, path);
        return buffer;
}

static int serve(const struct options *options, int count)
{
        char at[15][PATH_SIZE];
        const char *root = options->root;
        const struct environment environment = {
                .output = stdout,
                .errors = stderr,
                .effective_user = geteuid(),
                .firmware_path = below(root, "/sys/firmware/efi", at[0]),
                .variables_path = root[0] ? below(root, EFIVARFS_PATH, at[1]) : NULL,
                .os_release_paths = { below(root, "/etc/os-release", at[2]), below(root, "/usr/lib/os-release", at[3]) },
                .boot_id_path = below(root, "/proc/sys/kernel/random/boot_id", at[4]),
                .handover_path = below(root, "/run/cleanslate/boot", at[5]),
                .disk_path = below(root, "/run/cleanslate/disk", at[6]),
                .schedule_path = below(root, SCHEDULE_PATH, at[12]),
                .timer_path = below(root, TIMER_PATH, at[13]),
                .command = command_run,
                .preserve = &preserve_by_helper,
                .preserve_helper_path = below(root, PRESERVE_HELPER_SOCKET, at[14]),
                .journal_path = below(root, JOURNAL_PATH, at[11]),
                .esp_paths = { below(root, "/efi", at[7]), below(root, "/boot/efi", at[8]), below(root, "/boot", at[9]) },
        };
        struct service service = {
                .environment = &environment,
                .variables_path = environment.variables_path ? environment.variables_path : EFIVARFS_PATH,
                .inspection_path = below(root, INSPECTION_SOCKET, at[10]),
        };
        return server_run(&service, &options->limits, SD_LISTEN_FDS_START, count);
}

int main(int argc, char **argv)
{
        struct options options = { .root = "", .limits = { .timeout_seconds = 10, .idle_seconds = 30 } };
        int status = parse_options(argc, argv, &options);
        if (status >= 0)
                return status;
        int count = sd_listen_fds(1);
        if (count <= 0) {
                fprintf(stderr,
                        "cleanslated: started without a socket. Start its socket instead: systemctl start cleanslate.socket\n");
                return STATUS_USAGE;
        }
        int r = serve(&options, count);
        if (r < 0)
                fprintf(stderr, "cleanslated: cannot serve: %s.\n", strerror(-r));
        return r < 0 ? STATUS_FAILURE : STATUS_OK;
}
