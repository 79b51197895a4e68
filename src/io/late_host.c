// SPDX-License-Identifier: MIT
//
// late_host.c: a host that passes everything on to another, which it owns, but answers requests late and out of order. Open files are
// the other host's own. A request is not begun before its time has come, so that a file may change meanwhile, as with real hosts.
#include "io/late_queue.h"
#include "io/request.h"

typedef struct LateHost {
  Host host;
  Host *inner; // owned
  LateQueue queue;
} LateHost;

static LateHost *of_host(Host *host) { return (LateHost *)host; }

static void late_submit(Host *base, Request *request) {
  LateHost *host = of_host(base);
  if (!late_queue_add(&host->queue, request)) host_submit(host->inner, request);
}

static void late_cancel(Host *base, Request *request) {
  LateHost *host = of_host(base);
  if (request->done) return;
  if (late_queue_remove(&host->queue, request)) {
    request_fail(request, ERROR_INTERRUPTED, "the request was cancelled");
  } else {
    host_cancel(host->inner, request);
  }
}

static void late_release(Host *base, Request *request) { request_release(of_host(base)->inner, request); }

static bool late_poll(Host *base, int64_t timeout_micros) {
  LateHost *host = of_host(base);
  if (!host->queue.count) return host_poll(host->inner, timeout_micros);
  Request *begun = late_queue_poll(&host->queue);
  if (begun) host_submit(host->inner, begun);
  return host_poll(host->inner, 0) || (begun && begun->done);
}

// ---------------------------------------------------------------------------------------------------------------------
// The rest is the other host's
// ---------------------------------------------------------------------------------------------------------------------

static int64_t late_wall_micros(Host *base) { return host_wall_micros(of_host(base)->inner); }
static int64_t late_monotonic_nanos(Host *base) { return host_monotonic_nanos(of_host(base)->inner); }
static void late_random(Host *base, void *out, size_t length) { host_random(of_host(base)->inner, out, length); }

static bool late_zone_offset(Host *base, Str zone, int64_t utc_micros, int32_t *offset_seconds) {
  Host *inner = of_host(base)->inner;
  return inner->functions->zone_offset(inner, zone, utc_micros, offset_seconds);
}

static bool late_environment(Host *base, const char *name, Str *value) {
  Host *inner = of_host(base)->inner;
  return inner->functions->environment(inner, name, value);
}

static void late_destroy(Host *base) {
  LateHost *host = of_host(base);
  ASSERT(host->queue.count == 0 && "a request still waits");
  host_destroy(host->inner);
  memory_free(base->memory, host, sizeof *host);
}

// Files are the other host's own, so that nothing of them comes here.
static const HostFunctions late_functions = {
    .submit = late_submit,
    .cancel = late_cancel,
    .release = late_release,
    .poll = late_poll,
    .wall_micros = late_wall_micros,
    .monotonic_nanos = late_monotonic_nanos,
    .random = late_random,
    .zone_offset = late_zone_offset,
    .environment = late_environment,
    .destroy = late_destroy,
};

Host *host_create_late(Memory *memory, Host *inner, uint64_t seed) {
  LateHost *host = inner ? memory_allocate_zeroed(memory, sizeof *host) : NULL;
  if (!host) {
    host_destroy(inner);
    return NULL;
  }
  host->host = (Host){&late_functions, memory};
  host->inner = inner;
  host->queue.random_state = seed;
  return &host->host;
}
