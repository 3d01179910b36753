/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/service/helper.h"

#include "linux/base/cleanup.h"
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

struct helper {
        struct client *client;
        const char *name;
        helper_done done;
        int fd;
        sd_event_source *io, *deadline;
        char *answer; /* CLIENT_OUTPUT_MAX bytes, of which the last stays free for a NUL */
        size_t size;
};

static void forget(void *of)
{
        struct helper *helper = of;
        sd_event_source_disable_unref(helper->io);
        sd_event_source_disable_unref(helper->deadline);
        close_fd(&helper->fd);
        free(helper->answer);
        free(helper);
}

/* Whoever is told may ask anew, and then the call goes on; and so may the client's next call. So this one is out of the way
 * first. */
static int finish(struct helper *helper, enum inspection_answer answer, const char *text)
{
        struct client *client = helper->client;
        client_waited(client);
        helper->done(client, answer, text);
        forget(helper);
        client_go_on(client);
        return 0;
}

/* `what`: "does not answer ..." */
static int finish_unanswered(struct helper *helper, const char *what)
{
        struct explanation why;
        (void)explain(&why, "%s@.service %s. Its journal says more: journalctl -u '%s@*'", helper->name, what, helper->name);
        return finish(helper, INSPECTION_ERROR, why.text);
}

static int on_answer(sd_event_source *source, int fd, uint32_t events, void *context)
{
        struct helper *helper = context;
        ssize_t got = recv(fd, helper->answer + helper->size, CLIENT_OUTPUT_MAX - 1 - helper->size, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (got > 0) {
                helper->size += (size_t)got;
                if (helper->size < CLIENT_OUTPUT_MAX - 1)
                        return 0;
                return finish_unanswered(helper, "gives an answer that is too long");
        }
        size_t rest;
        helper->answer[helper->size] = '\0';
        enum inspection_answer answer = inspection_answer_read(helper->answer, helper->size, &rest);
        if (got == 0 && (answer != INSPECTION_ERROR || rest < helper->size))
                return finish(helper, answer, helper->answer + rest);
        return finish_unanswered(helper, "ended without an answer");
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *context)
{
        return finish_unanswered(context, "does not answer: a disk or the TPM may hang");
}

/* Connects and puts the question, and the end behind it. A descriptor, or negative errno. */
static int put_question(const struct helper_address *helper, const char *question, size_t size)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        if (strlen(helper->socket_path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        strcpy(address.sun_path, helper->socket_path);
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
                return -errno;
        ssize_t sent = send(fd, question, size, MSG_NOSIGNAL);
        if (sent != (ssize_t)size || shutdown(fd, SHUT_WR) < 0)
                return sent < 0 ? -errno : -EIO;
        int result = fd;
        fd = -1;
        return result;
}

int helper_notify(const struct helper_address *address, const char *question, size_t size)
{
        int fd = put_question(address, question, size);
        if (fd >= 0)
                close_fd(&fd);
        return fd < 0 ? fd : 0;
}

static int await(struct client *client, struct helper *helper)
{
        sd_event *event = client->host->event;
        helper->answer = malloc(CLIENT_OUTPUT_MAX);
        if (!helper->answer)
                return -ENOMEM;
        int r = sd_event_add_io(event, &helper->io, helper->fd, EPOLLIN, on_answer, helper);
        if (r < 0)
                return r;
        return sd_event_add_time_relative(event, &helper->deadline, CLOCK_MONOTONIC, HELPER_TIMEOUT_SECONDS * UINT64_C(1000000),
                                          0, on_deadline, helper);
}

bool helper_request(struct client *client, const struct helper_address *address, const char *question, size_t size,
                    helper_done done, struct explanation *ret_why)
{
        struct helper *helper = calloc(1, sizeof(*helper));
        if (!helper)
                return explain(ret_why, "Not enough memory.");
        *helper = (struct helper){ .client = client, .name = address->name, .done = done };
        helper->fd = put_question(address, question, size);
        int r = helper->fd < 0 ? helper->fd : await(client, helper);
        if (r < 0) {
                forget(helper);
                return explain(ret_why, "%s@.service cannot be asked: %s: %s. Start its socket: systemctl start %s.socket",
                               address->name, address->socket_path, strerror(-r), address->name);
        }
        client_wait(client, (struct client_pending){ .of = helper, .forget = forget });
        return true;
}
