/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/service/client.h"

#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define STAT_MAX        4096
#define STAT_START_TIME 20 /* fields behind the command's closing parenthesis, proc(5) field 22 */

/* Read when the client connects, so that polkit can tell the process from a later one of the same number. */
static uint64_t start_time_of(pid_t pid)
{
        _cleanup_free_ char *text = NULL;
        char path[48];
        size_t size;
        uint64_t value = 0;
        (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
        if (file_read(AT_FDCWD, path, STAT_MAX, &text, &size) < 0)
                return 0;
        char *at = strrchr(text, ')');
        for (int i = 0; at && i < STAT_START_TIME; i++)
                at = strchr(at + 1, ' ');
        if (!at || !text_to_u64(at + 1, strcspn(at + 1, " "), &value))
                return 0;
        return value;
}

static bool has_output(const struct client *client)
{
        return client->output_sent < client->output_size;
}

static bool takes_input(const struct client *client)
{
        return !client->busy && !client->streaming && !client->end_of_input && !has_output(client);
}

static void set_deadline(struct client *client, uint64_t seconds)
{
        if (seconds > 0)
                (void)sd_event_source_set_time_relative(client->deadline, seconds * 1000000);
        (void)sd_event_source_set_enabled(client->deadline, seconds > 0 ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static void close_client(struct client *client)
{
        client->closed = true;
        (void)sd_event_source_set_enabled(client->io, SD_EVENT_OFF);
        (void)sd_event_source_set_enabled(client->deadline, SD_EVENT_OFF);
        client->host->ended(client);
}

/* Nothing is left to send. */
static void go_idle(struct client *client)
{
        if (client->streaming || client->busy)
                set_deadline(client, 0);
        else
                set_deadline(client, client->input_size > 0 ? client->host->timeout_seconds : client->host->idle_seconds);
}

/* What to wait for next. Hang-ups are told always. */
static void await(struct client *client)
{
        uint32_t events = (takes_input(client) ? EPOLLIN : 0U) | (has_output(client) ? EPOLLOUT : 0U);
        if (client->closed)
                return;
        (void)sd_event_source_set_io_events(client->io, events);
        if (client->end_of_input && !has_output(client) && !client->busy && !client->streaming)
                close_client(client);
}

static void flush_output(struct client *client)
{
        while (has_output(client)) {
                ssize_t sent = send(client->fd, client->output + client->output_sent, client->output_size - client->output_sent,
                                    MSG_NOSIGNAL | MSG_DONTWAIT);
                if (sent < 0 && errno == EAGAIN)
                        return;
                if (sent < 0) {
                        close_client(client);
                        return;
                }
                client->output_sent += (size_t)sent;
                set_deadline(client, client->host->timeout_seconds);
        }
        client->output_size = client->output_sent = 0;
        go_idle(client);
}

/* Takes one call off the input, if a whole one is there. False: no more to do now. */
static bool begin_call(struct client *client)
{
        size_t length;
        if (client->closed || client->busy || client->streaming || has_output(client))
                return false;
        enum err err = varlink_frame(client->input, client->input_size, &length);
        if (err == ERR_TRUNCATED)
                return false;
        if (err == ERR_OK)
                err = varlink_call_parse(&client->call, client->input, length);
        if (err != ERR_OK) { /* not Varlink, so there is no telling where the next call would begin */
                close_client(client);
                return false;
        }
        client->message_size = length + 1;
        client->busy = true;
        set_deadline(client, 0);
        client->host->called(client);
        client_go_on(client);
        return true;
}

static void process(struct client *client)
{
        while (begin_call(client))
                ;
        await(client);
}

static void end_message(struct client *client)
{
        memmove(client->input, client->input + client->message_size, client->input_size - client->message_size);
        client->input_size -= client->message_size;
        client->message_size = 0;
        client->busy = false;
}

void client_go_on(struct client *client)
{
        if (client->pending.forget)
                return;
        end_message(client);
        if (client->closed)
                return;
        if (has_output(client))
                set_deadline(client, client->host->timeout_seconds);
        else
                go_idle(client);
        (void)sd_event_source_set_io_events(client->io, EPOLLOUT); /* goes on from the event loop, not from here */
}

void client_wait(struct client *client, struct client_pending pending)
{
        client->pending = pending;
}

void client_waited(struct client *client)
{
        client->pending = (struct client_pending){ 0 };
}

void client_changed(struct client *client)
{
        client->changed = has_output(client);
        if (!client->changed)
                client->host->changed(client);
}

static void receive(struct client *client)
{
        bool was_empty = client->input_size == 0;
        if (client->input_size == sizeof(client->input))
                return; /* what is there is looked at first */
        ssize_t got =
                recv(client->fd, client->input + client->input_size, sizeof(client->input) - client->input_size, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN)
                return;
        if (got < 0) {
                close_client(client);
                return;
        }
        client->end_of_input = got == 0;
        client->input_size += (size_t)got;
        if (was_empty && got > 0) /* counts from a message's first byte: dripping does not extend it */
                set_deadline(client, client->host->timeout_seconds);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *context)
{
        struct client *client = context;
        if (events & EPOLLERR || (events & EPOLLHUP && !takes_input(client))) {
                close_client(client);
                return 0;
        }
        if (has_output(client))
                flush_output(client);
        if (!client->closed && client->streaming && client->changed && !has_output(client))
                client_changed(client);
        if (!client->closed && takes_input(client) && events & (EPOLLIN | EPOLLHUP))
                receive(client);
        process(client);
        return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *context)
{
        close_client(context);
        return 0;
}

int client_new(const struct client_host *host, void *service, int fd, struct client **ret)
{
        struct ucred peer;
        socklen_t size = sizeof(peer);
        struct client *client = calloc(1, sizeof(*client));
        if (!client) {
                (void)close(fd);
                return -ENOMEM;
        }
        client->host = host;
        client->service = service;
        client->fd = fd;
        client->output = malloc(CLIENT_OUTPUT_MAX); /* touched only as far as it is used */
        int r = client->output ? 0 : -ENOMEM;
        if (r == 0 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
                r = -errno;
        if (r == 0)
                r = sd_event_add_io(host->event, &client->io, fd, EPOLLIN, on_io, client);
        if (r >= 0)
                r = sd_event_add_time_relative(host->event, &client->deadline, CLOCK_MONOTONIC, host->idle_seconds * 1000000, 0,
                                               on_deadline, client);
        if (r < 0) {
                client_free(client);
                return r;
        }
        client->uid = peer.uid;
        client->pid = peer.pid;
        client->start_time = start_time_of(peer.pid);
        *ret = client;
        return 0;
}

void client_free(struct client *client)
{
        if (client->pending.forget)
                client->pending.forget(client->pending.of);
        sd_event_source_disable_unref(client->io);
        sd_event_source_disable_unref(client->deadline);
        (void)close(client->fd);
        free(client->output);
        free(client);
}

struct writer client_writer(struct client *client)
{
        return writer_over(client->output, CLIENT_OUTPUT_MAX);
}

bool client_reply(struct client *client, const struct writer *writer)
{
        if (writer->overflow || writer->size + 1 > CLIENT_OUTPUT_MAX)
                return false;
        if (client->call.oneway)
                return true;
        client->output[writer->size] = '\0';
        client->output_size = writer->size + 1;
        client->output_sent = 0;
        set_deadline(client, client->host->timeout_seconds);
        (void)sd_event_source_set_io_events(client->io, EPOLLOUT);
        return true;
}
