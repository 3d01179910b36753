/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): one datagram of fields, each a name, a line feed, the
 * length of the value as 64 bits little-endian, the value, a line feed. So no value can pass for another field. */
#include "reset-tool/announcement.h"

#include "common/base/safe-text.h"
#include "linux/base/cleanup.h"
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define DATAGRAM_MAX 4096 /* bytes; texts of a request are bounded well below */

static void field(struct writer *writer, const char *name, const char *value)
{
        uint8_t size[8];
        if (!value || !value[0])
                return;
        for (size_t i = 0; i < sizeof(size); i++)
                size[i] = (uint8_t)((uint64_t)strlen(value) >> (8 * i));
        writer_text(writer, name);
        writer_char(writer, '\n');
        writer_bytes(writer, size, sizeof(size));
        writer_text(writer, value);
        writer_char(writer, '\n');
}

static void request_fields(struct writer *writer, const struct request *request)
{
        char nonce[ID128_TEXT_SIZE];
        id128_format(&request->nonce, nonce);
        field(writer, "CLEANSLATE_NONCE", nonce);
        field(writer, "CLEANSLATE_LEVEL", request->level == ERASE_LEVEL_UNSET ? NULL : erase_level_name(request->level));
        field(writer, "CLEANSLATE_REASON", request->reason);
        field(writer, "CLEANSLATE_REQUESTER", request->requester);
}

/* A journal that is not there, or full, is no reason to fail. */
static void send_datagram(const char *path, const struct writer *writer)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        if (!path || writer->overflow || strlen(path) >= sizeof(address.sun_path))
                return;
        strcpy(address.sun_path, path);
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd >= 0)
                (void)sendto(fd, writer->data, writer->size, MSG_NOSIGNAL, (const struct sockaddr *)&address, sizeof(address));
}

static struct writer begin(char *datagram, const char *id, const char *message)
{
        char shown[1024];
        struct writer writer = writer_over(datagram, DATAGRAM_MAX);
        field(&writer, "MESSAGE", safe_text(message, shown, sizeof(shown)));
        field(&writer, "MESSAGE_ID", id);
        field(&writer, "PRIORITY", "5"); /* notice */
        field(&writer, "SYSLOG_IDENTIFIER", "cleanslate");
        return writer;
}

void announce_requested(const struct environment *environment, const struct request *request)
{
        char datagram[DATAGRAM_MAX], message[sizeof(request->requester) + sizeof(request->reason) + 128];
        (void)snprintf(message, sizeof(message), "A factory reset at the next boot was asked for by %s%s%s.",
                       request->requester[0] ? request->requester : "somebody", request->reason[0] ? ": " : "", request->reason);
        struct writer writer = begin(datagram, MESSAGE_ID_RESET_REQUESTED, message);
        request_fields(&writer, request);
        send_datagram(environment->journal_path, &writer);
}

void announce_scheduled(const struct environment *environment, const struct schedule *schedule, const char *at)
{
        char datagram[DATAGRAM_MAX], message[sizeof(schedule->requester) + 128], due_at[32];
        (void)snprintf(message, sizeof(message), "A factory reset is set for %s; asked for by %s.", at,
                       schedule->requester[0] ? schedule->requester : "somebody");
        (void)snprintf(due_at, sizeof(due_at), "%llu", (unsigned long long)schedule->due_at);
        struct writer writer = begin(datagram, MESSAGE_ID_RESET_SCHEDULED, message);
        field(&writer, "CLEANSLATE_DUE_AT", due_at);
        field(&writer, "CLEANSLATE_LEVEL", schedule->level == ERASE_LEVEL_UNSET ? NULL : erase_level_name(schedule->level));
        field(&writer, "CLEANSLATE_REASON", schedule->reason);
        field(&writer, "CLEANSLATE_REQUESTER", schedule->requester);
        send_datagram(environment->journal_path, &writer);
}

void announce_cancelled(const struct environment *environment, const struct request *request, const char *requester)
{
        char datagram[DATAGRAM_MAX], message[256];
        (void)snprintf(message, sizeof(message), "The request for a factory reset was cancelled%s%s.", requester ? " by " : "",
                       requester ? requester : "");
        struct writer writer = begin(datagram, MESSAGE_ID_RESET_CANCELLED, message);
        request_fields(&writer, request);
        send_datagram(environment->journal_path, &writer);
}
