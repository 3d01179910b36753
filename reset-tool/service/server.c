/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/service/server.h"

#include "reset-tool/service/dispatch.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/socket.h>

static void await_clients(struct server *server)
{
        bool idle = server->count == 0;
        if (idle)
                (void)sd_event_source_set_time_relative(server->idle, server->idle_seconds * 1000000);
        (void)sd_event_source_set_enabled(server->idle, idle ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static int on_reap(sd_event_source *source, void *context)
{
        struct server *server = context;
        for (size_t i = 0; i < server->count;) {
                if (server->clients[i]->closed) {
                        client_free(server->clients[i]);
                        server->clients[i] = server->clients[--server->count];
                } else
                        i++;
        }
        await_clients(server);
        return 0;
}

void server_reap_soon(struct server *server)
{
        (void)sd_event_source_set_enabled(server->reaper, SD_EVENT_ONESHOT);
}

/* The fewer places are left to users, the fewer one may have: who comes late finds some, too. */
static bool has_room_for(const struct server *server, uid_t uid)
{
        size_t own = 0, users = 0;
        for (size_t i = 0; i < server->count; i++) {
                own += server->clients[i]->uid == uid;
                users += server->clients[i]->uid != 0;
        }
        if (server->count == SERVER_CLIENTS_MAX)
                return false;
        return uid == 0 || (own < SERVER_CLIENTS_OF_USER && users + own < SERVER_CLIENTS_MAX - SERVER_CLIENTS_OF_ROOT);
}

static int on_connection(sd_event_source *source, int listening, uint32_t events, void *context)
{
        struct server *server = context;
        struct client *client;
        int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 || client_new(server, fd, &client) < 0)
                return 0; /* the client has gone, or there is no memory for it: the others go on */
        if (!has_room_for(server, client->uid)) {
                client_free(client);
                return 0;
        }
        server->clients[server->count++] = client;
        await_clients(server);
        return 0;
}

static int on_idle(sd_event_source *source, uint64_t usec, void *context)
{
        struct server *server = context;
        return sd_event_exit(server->event, 0);
}

static int on_change(sd_event_source *source, const struct inotify_event *event, void *context)
{
        struct server *server = context;
        for (size_t i = 0; i < server->count; i++)
                if (server->clients[i]->streaming && !server->clients[i]->closed)
                        dispatch_tell_state(server->clients[i]);
        return 0;
}

/* The directory that the time of a reset is kept in. Where it is not, or cannot be watched, a new time is told with the next
 * change. */
static void watch_schedule(struct server *server)
{
        const char *path = server->environment->schedule_path, *end = strrchr(path, '/');
        char directory[256];
        if (end && text_copy(directory, sizeof(directory), path, (size_t)(end - path)))
                (void)sd_event_add_inotify(server->event, &server->watch_schedule, directory, IN_DELETE | IN_MOVED_TO, on_change,
                                           server);
}

int server_watch(struct server *server)
{
        if (server->watch)
                return 0;
        watch_schedule(server);
        return sd_event_add_inotify(server->event, &server->watch, server->variables_path,
                                    IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_TO, on_change, server);
}

static int set_up(struct server *server, int first_fd, int count)
{
        sigset_t ends;
        (void)sigemptyset(&ends);
        (void)sigaddset(&ends, SIGTERM);
        (void)sigaddset(&ends, SIGINT);
        if (sigprocmask(SIG_BLOCK, &ends, NULL) < 0)
                return -errno;
        int r = sd_event_new(&server->event);
        if (r >= 0)
                r = sd_event_add_signal(server->event, NULL, SIGTERM, NULL, NULL);
        if (r >= 0)
                r = sd_event_add_signal(server->event, NULL, SIGINT, NULL, NULL);
        if (r >= 0)
                r = sd_event_add_time_relative(server->event, &server->idle, CLOCK_MONOTONIC, server->idle_seconds * 1000000, 0,
                                               on_idle, server);
        if (r >= 0)
                r = sd_event_add_defer(server->event, &server->reaper, on_reap, server);
        if (r >= 0)
                r = sd_event_source_set_priority(server->reaper, SD_EVENT_PRIORITY_IMPORTANT);
        for (int i = 0; r >= 0 && i < count; i++)
                r = sd_event_add_io(server->event, NULL, first_fd + i, EPOLLIN, on_connection, server);
        return r;
}

int server_run(struct server *server, int first_fd, int count)
{
        int r = set_up(server, first_fd, count);
        if (r >= 0)
                r = sd_event_loop(server->event);
        while (server->count > 0)
                client_free(server->clients[--server->count]);
        sd_event_source_disable_unref(server->watch);
        sd_event_source_disable_unref(server->watch_schedule);
        sd_event_source_disable_unref(server->reaper);
        sd_event_source_disable_unref(server->idle);
        sd_bus_flush_close_unref(server->bus);
        sd_event_unref(server->event);
        return r < 0 ? r : 0;
}
