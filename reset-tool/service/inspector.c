/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/service/inspector.h"

#include "linux/cleanup.h"
#include "reset-tool/service/server.h"
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

struct inspector {
        struct client *client;
        inspected done;
        int fd;
        sd_event_source *io, *deadline;
        char *answer; /* CLIENT_OUTPUT_MAX bytes, of which the last stays free for a NUL */
        size_t size;
};

void inspector_forget(struct inspector *inspector)
{
        if (!inspector)
                return;
        inspector->client->inspector = NULL;
        sd_event_source_disable_unref(inspector->io);
        sd_event_source_disable_unref(inspector->deadline);
        close_fd(&inspector->fd);
        free(inspector->answer);
        free(inspector);
}

/* The client's next call may begin a question of its own, so this one is forgotten first. */
static int finish(struct inspector *inspector, enum inspection_answer answer, const char *text)
{
        struct client *client = inspector->client;
        inspector->done(client, answer, text);
        inspector_forget(inspector);
        client_call_done(client);
        return 0;
}

static int on_answer(sd_event_source *source, int fd, uint32_t events, void *context)
{
        struct inspector *inspector = context;
        ssize_t got = recv(fd, inspector->answer + inspector->size, CLIENT_OUTPUT_MAX - 1 - inspector->size, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (got > 0) {
                inspector->size += (size_t)got;
                if (inspector->size < CLIENT_OUTPUT_MAX - 1)
                        return 0;
                return finish(inspector, INSPECTION_ERROR, "The answer of cleanslate-inspect@.service is too long.");
        }
        size_t rest;
        inspector->answer[inspector->size] = '\0';
        enum inspection_answer answer = inspection_answer_read(inspector->answer, inspector->size, &rest);
        if (got == 0 && (answer != INSPECTION_ERROR || rest < inspector->size))
                return finish(inspector, answer, inspector->answer + rest);
        return finish(inspector, INSPECTION_ERROR,
                      "cleanslate-inspect@.service ended without an answer. Its journal says why: journalctl -u "
                      "'cleanslate-inspect@*'");
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *context)
{
        return finish(context, INSPECTION_ERROR, "cleanslate-inspect@.service does not answer: a disk or the TPM may hang.");
}

/* Connects and puts the question, which fits into any socket's buffer. */
static int put_question(const struct server *server, const struct inspection *inspection)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        char line[INSPECTION_LINE_MAX];
        struct writer writer = writer_over(line, sizeof(line));
        inspection_line(&writer, inspection);
        if (strlen(server->inspection_path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        strcpy(address.sun_path, server->inspection_path);
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
                return -errno;
        ssize_t sent = send(fd, line, writer.size, MSG_NOSIGNAL);
        if (sent != (ssize_t)writer.size)
                return sent < 0 ? -errno : -EIO;
        int result = fd;
        fd = -1;
        return result;
}

static int await(struct client *client, struct inspector *inspector)
{
        sd_event *event = client->server->event;
        inspector->answer = malloc(CLIENT_OUTPUT_MAX);
        if (!inspector->answer)
                return -ENOMEM;
        int r = sd_event_add_io(event, &inspector->io, inspector->fd, EPOLLIN, on_answer, inspector);
        if (r < 0)
                return r;
        return sd_event_add_time_relative(event, &inspector->deadline, CLOCK_MONOTONIC,
                                          INSPECTOR_PATIENCE_SECONDS * UINT64_C(1000000), 0, on_deadline, inspector);
}

bool inspector_ask(struct client *client, const struct inspection *inspection, inspected done, struct explanation *ret_why)
{
        struct inspector *inspector = calloc(1, sizeof(*inspector));
        if (!inspector)
                return explain(ret_why, "Not enough memory.");
        *inspector = (struct inspector){ .client = client, .done = done };
        inspector->fd = put_question(client->server, inspection);
        int r = inspector->fd < 0 ? inspector->fd : await(client, inspector);
        if (r < 0) {
                inspector_forget(inspector);
                return explain(
                        ret_why,
                        "Cannot have the machine looked at: %s: %s. Start its socket: systemctl start cleanslate-inspect.socket",
                        client->server->inspection_path, strerror(-r));
        }
        client->inspector = inspector;
        return true;
}
