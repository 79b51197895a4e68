// SPDX-License-Identifier: MIT
//
// database.c: opening and closing databases.
#include "api/api.h"
#include "func/func.h"

static const smew_error_info no_memory_info = {.code = SMEW_ERROR_OUT_OF_MEMORY,
                                               .code_name = "OUT_OF_MEMORY",
                                               .class_name = "Out of Memory Error",
                                               .message = "not even a handle could be made",
                                               .text = "Out of Memory Error: not even a handle could be made",
                                               .position = -1,
                                               .sql = ""};

const smew_error_info *smew_database_error(const smew_database *database) {
  return database ? &database->report.info : &no_memory_info;
}

const char *smew_version(void) { return "0.1.0"; }

// The name of the database in SQL: that of the file, without folders and ending.
Str database_name_of(Str path) {
  Str name = path;
  for (size_t i = name.length; i > 0; i--) {
    if (name.data[i - 1] == '/' || name.data[i - 1] == ':') {
      name = (Str){name.data + i, name.length - i};
      break;
    }
  }
  for (size_t i = name.length; i > 1; i--) {
    if (name.data[i - 1] == '.') {
      name.length = i - 1;
      break;
    }
  }
  return name.length ? name : STR("memory");
}

static Host *platform_host(Memory *memory) {
#ifdef __wasm__
  return host_create_javascript(memory);
#else
  return host_create_posix(memory);
#endif
}

static Status begin_open(smew_database *database, const char *path, const smew_config *config) {
  Error *error = &database->report.error;
  bool in_memory = !path || !*path || strcmp(path, ":memory:") == 0;
  database->host = platform_host(&database->memory);
  if (database->hostile.late_answers) database->host = host_create_late(&database->memory, database->host, 1);
  if (!database->host) return error_no_memory(error);
  if (!in_memory) {
    size_t length = strlen(path) + 1;
    database->path = memory_allocate(&database->memory, length);
    if (!database->path) return error_no_memory(error);
    memcpy(database->path, path, length);
  }
  if (config && config->time_zone) {
    int32_t offset;
    size_t length = strlen(config->time_zone);
    char *copy = memory_allocate(&database->memory, length);
    if (!copy) return error_no_memory(error);
    memcpy(copy, config->time_zone, length);
    database->time_zone = (Str){copy, length};
    if (!database->host->functions->zone_offset(database->host, database->time_zone, 0, &offset)) {
      return error_set(error, ERROR_NOT_IMPLEMENTED, -1, "Unknown TimeZone '%s'!", config->time_zone);
    }
  }
  TRY(function_library(&database->arena, &database->library, error));
  database->name = database->path ? database_name_of(str_from(database->path)) : STR("memory");
  StoreOptions options = {.path = database->path ? str_from(database->path) : (Str){0},
                          .read_only = config && config->read_only,
                          .must_exist = config && config->must_exist,
                          .memory = &database->memory,
                          .host = database->host,
                          .checkpoint_bytes = config ? config->checkpoint_bytes : 0};
  if (database->hostile.pool_pages) options.pool_bytes = (uint64_t)database->hostile.pool_pages * 4096;
  return store_open_begin(&options, &database->store, error);
}

smew_status smew_open_start(const char *path, const smew_config *config, smew_database **out) {
  Memory bootstrap;
  if (!out) return SMEW_MISUSE;
  *out = NULL;
  memory_init(&bootstrap, 0);
  smew_database *database = memory_allocate_zeroed(&bootstrap, sizeof *database);
  if (!database) return SMEW_NO_MEMORY;
  *out = database;
  memory_init(&database->memory, config ? config->memory_limit_bytes : 0);
  arena_init(&database->arena, &database->memory);
  error_report_init(&database->report, &database->memory);
  if (config) database->hostile = config->hostile;
  database->memory.fail_at = database->hostile.fail_allocation;
  database->read_only = config && config->read_only;
  Status status = begin_open(database, path, config);
  return status == OK ? SMEW_OK : error_report_fill(&database->report, status, (Str){0});
}

// What a step of the store came to, for the caller.
static smew_status step_status(smew_database *database, Status status, StoreStep step) {
  if (status != OK) return error_report_fill(&database->report, status, (Str){0});
  return step == STORE_DONE ? SMEW_OK : step == STORE_WAIT ? SMEW_WAITING : SMEW_YIELD;
}

smew_status smew_open_step(smew_database *database) {
  if (!database || !database->store || database->closing) return SMEW_MISUSE;
  if (database->opened) return SMEW_OK;
  StoreStep step = STORE_MORE;
  Status status = store_open_step(database->store, &step, &database->report.error);
  database->opened = status == OK && step == STORE_DONE;
  return step_status(database, status, step);
}

smew_status smew_open(const char *path, const smew_config *config, smew_database **out) {
  smew_status status = smew_open_start(path, config, out);
  if (status != SMEW_OK) return status;
  do {
    status = smew_open_step(*out);
    if (status == SMEW_WAITING) host_poll((*out)->host, -1);
  } while (status == SMEW_WAITING || status == SMEW_YIELD);
  return status;
}

smew_status smew_close_step(smew_database *database) {
  if (!database) return SMEW_MISUSE;
  while (database->sessions) smew_disconnect(database->sessions);
  if (!database->opened || database->closed) return SMEW_OK;
  Error *error = &database->report.error;
  StoreStep step = STORE_MORE;
  Status status = OK;
  if (database->attached) {
    status = attached_close_step(database, &step, error);
    return step_status(database, status, step == STORE_DONE ? STORE_MORE : step);
  }
  if (!database->closing) status = store_close_begin(database->store, error);
  database->closing = true;
  if (status == OK) status = store_close_step(database->store, &step, error);
  database->closed = status != OK || step == STORE_DONE;
  return step_status(database, status, step);
}

smew_status smew_close(smew_database *database) {
  Memory bootstrap;
  if (!database) return SMEW_OK;
  memory_init(&bootstrap, 0);
  bootstrap.used_bytes = sizeof *database; // taken in smew_open_start
  smew_status status = SMEW_OK;
  do {
    status = smew_close_step(database);
    if (status == SMEW_WAITING) host_poll(database->host, -1);
  } while (status == SMEW_WAITING || status == SMEW_YIELD);
  attached_free(database);
  if (database->store) store_free(database->store);
  host_destroy(database->host);
  if (database->path) memory_free(&database->memory, database->path, strlen(database->path) + 1);
  arena_free(&database->arena);
  memory_free(&database->memory, (char *)database->time_zone.data, database->time_zone.length);
  error_report_free(&database->report);
  memory_settle(&database->memory, SIZE_MAX);
  ASSERT(database->memory.used_bytes == 0);
  memory_free(&bootstrap, database, sizeof *database);
  return status;
}

smew_status smew_checkpoint(smew_database *database) {
  if (!database || !database->opened || database->closing) return SMEW_MISUSE;
  Error *error = &database->report.error;
  StoreStep step = STORE_MORE;
  Status status = store_checkpoint_begin(database->store, error);
  while (status == OK && step != STORE_DONE) {
    status = store_checkpoint_step(database->store, &step, error);
    if (status == OK && step == STORE_WAIT) host_poll(database->host, -1);
  }
  return status == OK ? SMEW_OK : error_report_fill(&database->report, status, (Str){0});
}

bool smew_wait(smew_database *database, int64_t timeout_micros) {
  return database && database->host && host_poll(database->host, timeout_micros);
}

uint64_t smew_fail_allocation(smew_database *database, uint64_t number) {
  if (!database) return 0;
  uint64_t count = database->memory.allocation_count;
  database->memory.allocation_count = 0;
  database->memory.fail_at = number;
  return count;
}

const char *smew_database_note(const smew_database *database) {
  if (!database || !database->store) return "";
  Str note = store_recovery_note(database->store); // NUL-terminated
  for (const Attached *attached = database->attached; attached && !note.length; attached = attached->next)
    note = store_recovery_note(attached->store);
  return note.data;
}

void smew_memory(const smew_database *database, uint64_t *used_bytes, uint64_t *peak_bytes) {
  if (used_bytes) *used_bytes = database ? database->memory.used_bytes : 0;
  if (peak_bytes) *peak_bytes = database ? database->memory.peak_bytes : 0;
}
