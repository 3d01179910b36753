/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/service/server.h"

#include "reset-tool/service/dispatch.h"
#include "reset-tool/service/methods.h"
#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>

struct server {
        struct service *service;
        struct client_host host;
        uint64_t idle_seconds;
        sd_event_source *idle;
};

static void await_clients(struct server *server)
{
        bool idle = server->service->count == 0;
        if (idle)
                (void)sd_event_source_set_time_relative(server->idle, server->idle_seconds * 1000000);
        (void)sd_event_source_set_enabled(server->idle, idle ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static int on_reap(sd_event_source *source, void *context)
{
        struct server *server = context;
        struct service *service = server->service;
        for (size_t i = 0; i < service->count;) {
                if (service->clients[i]->closed) {
                        client_free(service->clients[i]);
                        service->clients[i] = service->clients[--service->count];
                } else
                        i++;
        }
        await_clients(server);
        return 0;
}

static void on_end(struct client *client)
{
        struct service *service = service_of(client);
        if (service->handing_over == client)
                service->handing_over = NULL;
        (void)sd_event_source_set_enabled(service->reaper, SD_EVENT_ONESHOT);
}

/* The fewer places are left to users, the fewer one may have: who comes late finds some, too. */
static bool has_room_for(const struct service *service, uid_t uid)
{
        size_t own = 0, users = 0;
        for (size_t i = 0; i < service->count; i++) {
                own += service->clients[i]->uid == uid;
                users += service->clients[i]->uid != 0;
        }
        if (service->count == SERVICE_CLIENTS_MAX)
                return false;
        return uid == 0 || (own < SERVER_CLIENTS_OF_USER && users + own < SERVICE_CLIENTS_MAX - SERVER_CLIENTS_OF_ROOT);
}

static int on_connection(sd_event_source *source, int listening, uint32_t events, void *context)
{
        struct server *server = context;
        struct service *service = server->service;
        struct client *client;
        int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 || client_new(&server->host, service, fd, &client) < 0)
                return 0; /* the client has gone, or there is no memory for it: the others go on */
        if (!has_room_for(service, client->uid)) {
                client_free(client);
                return 0;
        }
        service->clients[service->count++] = client;
        await_clients(server);
        return 0;
}

static int on_idle(sd_event_source *source, uint64_t usec, void *context)
{
        struct server *server = context;
        return sd_event_exit(server->service->event, 0);
}

static int set_up(struct server *server, int first_fd, int count)
{
        struct service *service = server->service;
        sigset_t ends;
        (void)sigemptyset(&ends);
        (void)sigaddset(&ends, SIGTERM);
        (void)sigaddset(&ends, SIGINT);
        if (sigprocmask(SIG_BLOCK, &ends, NULL) < 0)
                return -errno;
        int r = sd_event_new(&service->event);
        server->host.event = service->event;
        if (r >= 0)
                r = sd_event_add_signal(service->event, NULL, SIGTERM, NULL, NULL);
        if (r >= 0)
                r = sd_event_add_signal(service->event, NULL, SIGINT, NULL, NULL);
        if (r >= 0)
                r = sd_event_add_time_relative(service->event, &server->idle, CLOCK_MONOTONIC, server->idle_seconds * 1000000, 0,
                                               on_idle, server);
        if (r >= 0)
                r = sd_event_add_defer(service->event, &service->reaper, on_reap, server);
        if (r >= 0)
                r = sd_event_source_set_priority(service->reaper, SD_EVENT_PRIORITY_IMPORTANT);
        for (int i = 0; r >= 0 && i < count; i++)
                r = sd_event_add_io(service->event, NULL, first_fd + i, EPOLLIN, on_connection, server);
        return r;
}

int server_run(struct service *service, const struct server_limits *limits, int first_fd, int count)
{
        struct server server = {
                .service = service,
                .host = {
                        .timeout_seconds = limits->timeout_seconds,
                        .idle_seconds = limits->idle_seconds,
                        .called = dispatch,
                        .changed = method_status,
                        .ended = on_end,
                },
                .idle_seconds = limits->idle_seconds,
        };
        int r = set_up(&server, first_fd, count);
        if (r >= 0)
                r = sd_event_loop(service->event);
        service_done(service);
        sd_event_source_disable_unref(server.idle);
        sd_event_unref(service->event);
        return r < 0 ? r : 0;
}
