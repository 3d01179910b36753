/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/service/service.h"

#include <string.h>
#include <sys/inotify.h>

static int on_change(sd_event_source *source, const struct inotify_event *event, void *context)
{
        struct service *service = context;
        for (size_t i = 0; i < service->count; i++)
                if (service->clients[i]->streaming && !service->clients[i]->closed)
                        client_changed(service->clients[i]);
        return 0;
}

/* The directory that the time of a reset is kept in. Where it is not, or cannot be watched, a new time is told with the next
 * change. */
static void watch_schedule(struct service *service)
{
        const char *path = service->environment->schedule_path, *end = strrchr(path, '/');
        char directory[256];
        if (end && text_copy(directory, sizeof(directory), path, (size_t)(end - path)))
                (void)sd_event_add_inotify(service->event, &service->watch_schedule, directory, IN_DELETE | IN_MOVED_TO,
                                           on_change, service);
}

int service_watch(struct service *service)
{
        if (service->watch)
                return 0;
        watch_schedule(service);
        return sd_event_add_inotify(service->event, &service->watch, service->variables_path,
                                    IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_TO, on_change, service);
}

void service_done(struct service *service)
{
        while (service->count > 0)
                client_free(service->clients[--service->count]);
        sd_event_source_disable_unref(service->watch);
        sd_event_source_disable_unref(service->watch_schedule);
        sd_event_source_disable_unref(service->reaper);
        sd_bus_flush_close_unref(service->bus);
}
