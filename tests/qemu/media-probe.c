/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PID 1 of a throw-away machine: prints what linux/media/media knows about each disk, then does what the kernel's command line
 * asks for.
 *
 *   probe.disks=N             wait until there are N disks
 *   probe.purge=DISK:NAME     media_purge by the technique of that name
 *   probe.busy=DISK:NAME      the same, while somebody else has the disk
 *   probe.markers=DISK        write markers, do nothing, look for them
 *   probe.same=DISK:DISK      media_same_device
 *
 * A DISK is a serial number, for NVMe with /N for namespace N: which node a disk gets differs from boot to boot.
 * Each answer is a line "probe: JSON"; judging them is the host's business. */
#include "common/media/media-json.h"
#include "linux/base/blockdev.h"
#include "linux/base/modules.h"
#include "linux/media/media-purge.h"
#include "linux/media/media.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <time.h>
#include <unistd.h>

#define DISKS_WAIT_SECONDS 60

static int count_disk(void *context, const char *path)
{
        ++*(unsigned *)context;
        return 0;
}

static void wait_for_disks(unsigned wanted)
{
        time_t until = time(NULL) + DISKS_WAIT_SECONDS;
        int uevents = uevent_open();

        for (unsigned found = 0; found < wanted && time(NULL) < until;) {
                found = 0;
                (void)blockdev_each_disk(count_disk, &found);
                if (found < wanted)
                        (void)uevent_wait(uevents, 500);
        }
}

static int print_disk(void *context, const char *path)
{
        struct media_facts facts;
        uint8_t buffer[MEDIA_JSON_MAX];
        struct writer writer = writer_over(buffer, sizeof(buffer));
        int r = media_read(path, &facts);

        if (r == 0)
                media_facts_json(&writer, &facts);
        printf("probe: {\"disk\":\"%s\",\"result\":%d,\"overflow\":%s,\"facts\":%s}\n", path, r,
               writer.overflow ? "true" : "false", r == 0 ? (char *)buffer : "null");
        return 0;
}

struct search {
        char serial[MEDIA_SERIAL_MAX], suffix[16];
        char path[DEVICE_PATH_MAX];
};

static int is_it(void *context, const char *path)
{
        struct search *search = context;
        struct media_facts facts;
        size_t length = strlen(path), suffix = strlen(search->suffix);

        if (media_read(path, &facts) < 0 || strcmp(facts.serial, search->serial) != 0 || length < suffix ||
            strcmp(path + length - suffix, search->suffix) != 0)
                return 0;
        (void)snprintf(search->path, sizeof(search->path), "%s", path);
        return 1;
}

/* "SERIAL" or "SERIAL/N"; a path that does not exist where there is no such disk */
static struct search find(const char *name)
{
        struct search search = { .path = "/dev/none" };
        const char *slash = strchr(name, '/');

        (void)snprintf(search.serial, sizeof(search.serial), "%.*s", (int)(slash ? slash - name : (long)strlen(name)), name);
        if (slash)
                (void)snprintf(search.suffix, sizeof(search.suffix), "n%s", slash + 1);
        (void)blockdev_each_disk(is_it, &search);
        return search;
}

static void print_purge(const char *what, const char *path, int r, const struct purge_result *result)
{
        uint8_t buffer[1024];
        struct writer writer = writer_over(buffer, sizeof(buffer));

        writer_json_string(&writer, result->words);
        printf("probe: "
               "{\"%s\":\"%s\",\"result\":%d,\"written\":%u,\"gone\":%u,\"remaining\":%u,\"unreadable\":%u,\"status\":%u,"
               "\"words\":%s}\n",
               what, path, r, result->markers.written, result->markers.gone, result->markers.remaining,
               result->markers.unreadable, result->device_status, (char *)buffer);
}

static void purge(const char *what, char *argument, bool busy)
{
        char *technique_name = strchr(argument, ':');
        enum media_technique technique = MEDIA_TECHNIQUE_NONE;
        struct media_facts facts;
        struct purge_result result = { 0 };
        int held = -1;

        if (!technique_name)
                return;
        *technique_name++ = 0;
        (void)media_technique_from_name(technique_name, &technique);
        struct search disk = find(argument);
        int r = media_read(disk.path, &facts);
        if (busy)
                held = open(disk.path, O_RDONLY | O_EXCL | O_CLOEXEC);
        if (r == 0)
                r = media_purge(disk.path, &facts, technique, NULL, &result);
        if (held >= 0)
                (void)close(held);
        print_purge(what, argument, r, &result);
}

static void leave_markers(const char *name)
{
        struct media_facts facts;
        struct media_markers markers;
        struct purge_result result = { 0 };
        struct search disk = find(name);
        int r = media_read(disk.path, &facts);

        if (r == 0)
                r = media_write_markers(disk.path, &facts, &markers);
        if (r == 0)
                r = media_markers_gone(disk.path, &markers, &result.markers);
        print_purge("markers", name, r, &result);
}

static void compare(char *argument)
{
        char *other = strchr(argument, ':');

        if (!other)
                return;
        *other++ = 0;
        struct search a = find(argument), b = find(other);
        printf("probe: {\"same\":[\"%s\",\"%s\"],\"answer\":%s}\n", argument, other,
               media_same_device(a.path, b.path) ? "true" : "false");
}

static void act(char *word)
{
        static const char same_word[] = "probe.same=";
        static const char purge_word[] = "probe.purge=", busy_word[] = "probe.busy=", markers_word[] = "probe.markers=";

        if (strncmp(word, purge_word, strlen(purge_word)) == 0)
                purge("purge", word + strlen(purge_word), false);
        else if (strncmp(word, busy_word, strlen(busy_word)) == 0)
                purge("busy", word + strlen(busy_word), true);
        else if (strncmp(word, markers_word, strlen(markers_word)) == 0)
                leave_markers(word + strlen(markers_word));
        else if (strncmp(word, same_word, strlen(same_word)) == 0)
                compare(word + strlen(same_word));
}

int main(void)
{
        static char line[4096];
        struct kmod_ctx *modules = NULL;
        static const char *const drivers[] = { "ata_piix", "virtio_pci", "virtio_blk", "virtio_scsi",
                                               "nvme",     "sd_mod",     "scsi_debug" };

        (void)mount("proc", "/proc", "proc", 0, NULL);
        (void)mount("sysfs", "/sys", "sysfs", 0, NULL);
        (void)mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
        int console = open("/dev/console", O_RDWR | O_CLOEXEC);
        if (console >= 0) {
                (void)dup2(console, STDOUT_FILENO);
                (void)dup2(console, STDERR_FILENO);
        }
        setvbuf(stdout, NULL, _IOLBF, 0);
        if (modules_open(&modules) == 0)
                for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
                        (void)modules_load(modules, drivers[i]);
        int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
        ssize_t size = read(fd, line, sizeof(line) - 1);
        const char *wanted = size > 0 ? strstr(line, "probe.disks=") : NULL;
        wait_for_disks(wanted ? (unsigned)atoi(wanted + strlen("probe.disks=")) : 1);
        (void)blockdev_each_disk(print_disk, NULL);
        for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n"))
                act(word);
        puts("probe: {\"end\":true}");
        (void)fflush(stdout);
        sync();
        (void)reboot(RB_POWER_OFF);
        return 1;
}
