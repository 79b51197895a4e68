// SPDX-License-Identifier: MIT
//
// store_damage.c: files that are not what they should be: what is told, what can still be read, and that nothing gets lost on top of it.
#include "store/header.h"
#include "store/wal.h"
#include "store_fixture.h"

#define PATH "/db.smew"
#define WAL_A PATH "-wal-a"
#define WAL_B PATH "-wal-b"

// ---------------------------------------------------------------------------------------------------------------------
// Files, behind the store's back
// ---------------------------------------------------------------------------------------------------------------------

static File *open_plain(Fixture *f, const char *path, OpenMode mode) {
  Request request = {.kind = REQUEST_OPEN, .mode = mode, .path = str_from(path)};
  if (host_request_blocking(f->host, &request, &f->error) != OK) {
    request_release(f->host, &request);
    return NULL;
  }
  File *file = request.file;
  request.file = NULL;
  request_release(f->host, &request);
  return file;
}

typedef struct Bytes {
  uint8_t *bytes;
  size_t length;
} Bytes;

static Bytes read_file(Fixture *f, const char *path) {
  Bytes out = {0};
  uint64_t size = 0;
  File *file = open_plain(f, path, OPEN_READ_WRITE);
  if (!file) return out;
  CHECK(file_size(file, &size, &f->error) == OK);
  out.bytes = malloc(size + 1);
  CHECK(file_read(file, 0, out.bytes, size, &out.length, &f->error) == OK);
  file_close(file);
  return out;
}

static void write_file(Fixture *f, const char *path, const void *bytes, size_t length) {
  File *file = open_plain(f, path, OPEN_TRUNCATE);
  CHECK_OR_RETURN(file);
  if (length) CHECK(file_write(file, 0, bytes, length, &f->error) == OK);
  file_close(file);
}

static void flip(Fixture *f, const char *path, uint64_t at) {
  Bytes file = read_file(f, path);
  CHECK(at < file.length);
  if (at < file.length) file.bytes[at] ^= 0x10;
  write_file(f, path, file.bytes, file.length);
  free(file.bytes);
}

static void remove_file(Fixture *f, const char *path) {
  Request request = {.kind = REQUEST_REMOVE, .path = str_from(path)};
  CHECK(host_request_blocking(f->host, &request, &f->error) == OK);
  request_release(f->host, &request);
}

static bool file_is(Fixture *f, const char *path, Bytes expected) {
  Bytes found = read_file(f, path);
  bool equal = found.bytes && found.length == expected.length && memcmp(found.bytes, expected.bytes, found.length) == 0;
  free(found.bytes);
  return equal;
}

// Where record `index` of a WAL begins.
static uint64_t record_at(Fixture *f, const char *path, uint32_t index) {
  Bytes wal = read_file(f, path);
  uint64_t at = WAL_HEADER_BYTES;
  WalRecordHead head;
  for (; index && at + sizeof head <= wal.length; index--) {
    memcpy(&head, wal.bytes + at, sizeof head);
    at += head.length;
  }
  free(wal.bytes);
  return at;
}

// ---------------------------------------------------------------------------------------------------------------------
// Databases
// ---------------------------------------------------------------------------------------------------------------------

// The process dies: nothing is closed.
static void die(Fixture *f) {
  store_free(f->store);
  f->store = NULL;
}

static bool mentions(const char *text, const char *part) {
  bool found = strstr(text, part) != NULL;
  if (!found) fprintf(stderr, "\"%s\" does not mention \"%s\"\n", text, part);
  return found;
}

static bool noted(Fixture *f, const char *part) {
  char note[600];
  Str text = store_recovery_note(f->store);
  snprintf(note, sizeof note, "%.*s", STR_ARG(text));
  return mentions(note, part);
}

static void fails_to_open(Fixture *f, Status status, const char *part) {
  CHECK(!fixture_open(f));
  CHECK_EQ_INT(f->error.code, status);
  CHECK(mentions(f->error.message, part));
}

static void commit_rows(Fixture *f, uint64_t table, Model *model, size_t count) {
  Transaction *t = fixture_begin(f);
  uint64_t state = model->count;
  size_t before = model->count;
  random_rows(model, &state, count);
  CHECK(append_rows(f, t, table, model->rows + before, count) == OK);
  CHECK(fixture_commit(f, t) == OK);
}

static uint64_t new_table(Fixture *f) {
  Transaction *t = fixture_begin(f);
  uint64_t table = fixture_table(f, t, false);
  CHECK(fixture_commit(f, t) == OK);
  return table;
}

// A table in the file and, in the WAL, five commits of ten rows each. Records of the WAL: create, 100 rows, five times 10.
#define COMMITS 5
#define FIRST_ROWS 100
#define FEW_ROWS 10
static uint64_t table_in_wal(Fixture *f, Model *model) {
  uint64_t table = new_table(f);
  commit_rows(f, table, model, FIRST_ROWS);
  for (int i = 0; i < COMMITS; i++) commit_rows(f, table, model, FEW_ROWS);
  return table;
}

static void works_on(Fixture *f, uint64_t table, Model *model) {
  CHECK(committed_is(f, table, model));
  commit_rows(f, table, model, 7);
  die(f);
  CHECK_OR_RETURN(fixture_open(f));
  CHECK_EQ_INT(store_recovery_note(f->store).length, 0);
  CHECK(committed_is(f, table, model));
  CHECK(fixture_close(f));
  CHECK_OR_RETURN(fixture_open(f));
  CHECK(committed_is(f, table, model));
}

// ---------------------------------------------------------------------------------------------------------------------
// Not a database
// ---------------------------------------------------------------------------------------------------------------------

TEST(a_file_that_is_no_database_is_left_alone) {
  static const size_t lengths[] = {5, 192, 4096, 9000};
  for (size_t i = 0; i < COUNT_OF(lengths); i++) {
    Fixture f;
    Bytes text = {malloc(lengths[i]), lengths[i]};
    for (size_t k = 0; k < text.length; k++) text.bytes[k] = "name,age\n"[k % 9];
    memset(&f, 0, sizeof f);
    memory_init(&f.memory, 0);
    f.host = host_create_memory(&f.memory);
    f.options.path = STR(PATH);
    write_file(&f, PATH, text.bytes, text.length);
    fails_to_open(&f, ERROR_CORRUPT, "not a Smew database");
    CHECK(file_is(&f, PATH, text));
    free(text.bytes);
    fixture_end(&f);
  }
}

TEST(a_newer_format_is_told_as_such) {
  Fixture f;
  uint32_t version = STORE_FORMAT_VERSION + 6;
  CHECK_OR_RETURN(fixture_start(&f, PATH));
  new_table(&f);
  CHECK(fixture_close(&f));
  Bytes file = read_file(&f, PATH);
  for (size_t page = 0; page < 2; page++)
    memcpy(file.bytes + page * PAGE_BYTES + offsetof(DatabaseHeader, format_version), &version, sizeof version);
  write_file(&f, PATH, file.bytes, file.length);
  fails_to_open(&f, ERROR_VERSION, "its format is 7, this version reads up to 1");
  CHECK(file_is(&f, PATH, file));
  free(file.bytes);
  fixture_end(&f);
}

TEST(a_second_opener_is_turned_away) {
  Fixture f, second;
  Model model = {0};
  CHECK_OR_RETURN(fixture_start(&f, PATH));
  uint64_t table = table_in_wal(&f, &model);
  second = f;
  memory_init(&second.memory, 0);
  second.store = NULL;
  fails_to_open(&second, ERROR_LOCKED, PATH);
  CHECK_EQ_INT(second.memory.used_bytes, 0);
  works_on(&f, table, &model);
  fixture_end(&f);
  model_free(&model);
}

// ---------------------------------------------------------------------------------------------------------------------
// The database file
// ---------------------------------------------------------------------------------------------------------------------

TEST(a_damaged_page_fails_its_table_and_no_other) {
  Fixture f;
  Model first = {0}, second = {0};
  char page[32];
  CHECK_OR_RETURN(fixture_start(&f, PATH));
  uint64_t a = new_table(&f), b = new_table(&f);
  commit_rows(&f, a, &first, 20000);
  commit_rows(&f, b, &second, 20000);
  CHECK(fixture_close(&f));
  CHECK_OR_RETURN(fixture_open(&f));
  Transaction *t = fixture_begin(&f);
  TableStorage storage = {0};
  uint64_t cursor = 0;
  bool found = true;
  while (found && !(storage.column_id == NUMBER && storage.page))
    CHECK_OR_RETURN(table_storage_next(t, a, &cursor, &storage, &found, &f.error) == OK);
  transaction_free(t);
  CHECK_OR_RETURN(found);
  CHECK(fixture_close(&f));
  flip(&f, PATH, storage.page * PAGE_BYTES + 100);
  CHECK_OR_RETURN(fixture_open(&f));
  t = fixture_begin(&f);
  Model rows = {0};
  CHECK_EQ_INT(read_rows(&f, t, a, &rows, NULL), ERROR_CORRUPT);
  snprintf(page, sizeof page, "at page %" PRIu64 " ", storage.page);
  CHECK(mentions(f.error.message, "checksum mismatch"));
  CHECK(mentions(f.error.message, page));
  CHECK(table_is(&f, t, b, &second));
  transaction_free(t);
  works_on(&f, b, &second); // checkpoints go on around it
  t = fixture_begin(&f);
  CHECK_EQ_INT(read_rows(&f, t, a, &rows, NULL), ERROR_CORRUPT);
  transaction_free(t);
  fixture_end(&f);
  model_free(&rows);
  model_free(&first);
  model_free(&second);
}

TEST(a_damaged_header_leaves_the_other) {
  for (uint64_t page = 0; page < 2; page++) {
    Fixture f;
    Model model = {0};
    CHECK_OR_RETURN(fixture_start(&f, PATH));
    uint64_t table = table_in_wal(&f, &model);
    CHECK(fixture_close(&f));
    flip(&f, PATH, page * PAGE_BYTES + 50);
    CHECK_OR_RETURN(fixture_open(&f));
    works_on(&f, table, &model);
    CHECK(fixture_close(&f));
    flip(&f, PATH, 50);
    flip(&f, PATH, PAGE_BYTES + 50);
    fails_to_open(&f, ERROR_CORRUPT, "both headers");
    fixture_end(&f);
    model_free(&model);
  }
}

// While the WAL is needed, an older header does not serve in silence: the WAL that it names is gone.
TEST(a_damaged_header_that_names_the_log_is_told) {
  Fixture f;
  Model model = {0};
  CHECK_OR_RETURN(fixture_start(&f, PATH));
  uint64_t table = table_in_wal(&f, &model);
  fixture_checkpoint(&f);
  commit_rows(&f, table, &model, FEW_ROWS);
  StoreStatistics statistics;
  store_statistics(f.store, &statistics);
  die(&f);
  uint64_t at = header_page(statistics.header_number) * PAGE_BYTES + 50;
  flip(&f, PATH, at);
  fails_to_open(&f, ERROR_CORRUPT, "write-ahead log");
  flip(&f, PATH, at);
  CHECK_OR_RETURN(fixture_open(&f));
  works_on(&f, table, &model);
  fixture_end(&f);
  model_free(&model);
}

TEST(a_damaged_root_is_told) {
  Fixture f;
  Model model = {0};
  DatabaseHeader header;
  char page[32];
  CHECK_OR_RETURN(fixture_start(&f, PATH));
  uint64_t table = table_in_wal(&f, &model);
  CHECK(fixture_close(&f));
  Bytes file = read_file(&f, PATH);
  memcpy(&header, file.bytes, sizeof header);
  free(file.bytes);
  flip(&f, PATH, header.root.page * PAGE_BYTES + header.root.offset + 3);
  snprintf(page, sizeof page, "page %" PRIu64 " (root)", header.root.page);
  fails_to_open(&f, ERROR_CORRUPT, page);
  flip(&f, PATH, header.root.page * PAGE_BYTES + header.root.offset + 3);
  CHECK_OR_RETURN(fixture_open(&f));
  works_on(&f, table, &model);
  fixture_end(&f);
  model_free(&model);
}

TEST(a_file_that_was_cut_is_told) {
  Fixture f;
  Model model = {0};
  CHECK_OR_RETURN(fixture_start(&f, PATH));
  table_in_wal(&f, &model);
  CHECK(fixture_close(&f));
  Bytes file = read_file(&f, PATH);
  for (size_t length = file.length - 1000; length > 2 * PAGE_BYTES; length -= PAGE_BYTES) {
    write_file(&f, PATH, file.bytes, length);
    if (!fixture_open(&f)) {
      CHECK_EQ_INT(f.error.code, ERROR_CORRUPT);
      continue;
    }
    Transaction *t = fixture_begin(&f);
    Model rows = {0};
    Status status = read_rows(&f, t, 1, &rows, NULL);
    CHECK(status == ERROR_CORRUPT || (status == OK && models_equal(&rows, &model)));
    model_free(&rows);
    transaction_free(t);
    die(&f);
  }
  free(file.bytes);
  fixture_end(&f);
  model_free(&model);
}

// ---------------------------------------------------------------------------------------------------------------------
// The write-ahead log
// ---------------------------------------------------------------------------------------------------------------------

TEST(a_log_damaged_in_the_middle_is_kept_aside) {
  Fixture f;
  Model model = {0};
  CHECK_OR_RETURN(fixture_start(&f, PATH));
  uint64_t table = table_in_wal(&f, &model);
  die(&f);
  flip(&f, WAL_A, record_at(&f, WAL_A, 4) + WAL_RECORD_HEAD_BYTES + 5);
  Bytes damaged = read_file(&f, WAL_A);
  f.options.read_only = true;
  CHECK_OR_RETURN(fixture_open(&f));
  CHECK(noted(&f, "nothing was changed"));
  die(&f);
  CHECK(file_is(&f, WAL_A, damaged));
  f.options.read_only = false;
  CHECK_OR_RETURN(fixture_open(&f));
  CHECK(noted(&f, "Commits up to 4 were recovered"));
  model.count = FIRST_ROWS + 2 * FEW_ROWS;
  works_on(&f, table, &model);
  CHECK(file_is(&f, WAL_A "-damaged-4", damaged));
  free(damaged.bytes);
  fixture_end(&f);
  model_free(&model);
}

// Commits go to the second log while a checkpoint runs that does not come to its end.
static uint64_t table_in_two_logs(Fixture *f, Model *model) {
  StoreStep step;
  uint64_t table = table_in_wal(f, model);
  CHECK(store_checkpoint_begin(f->store, &f->error) == OK);
  CHECK(store_checkpoint_step(f->store, &step, &f->error) == OK);
  for (int i = 0; i < 2; i++) commit_rows(f, table, model, FEW_ROWS);
  CHECK(store_checkpoint_running(f->store));
  die(f);
  return table;
}

TEST(damage_before_the_second_log_keeps_both_aside) {
  for (uint32_t last = 0; last < 2; last++) { // in the middle; in the last record but the link
    Fixture f;
    Model model = {0};
    CHECK_OR_RETURN(fixture_start(&f, PATH));
    uint64_t table = table_in_two_logs(&f, &model);
    flip(&f, WAL_A, record_at(&f, WAL_A, last ? 6 : 4) + WAL_RECORD_HEAD_BYTES + 5);
    Bytes first = read_file(&f, WAL_A), second = read_file(&f, WAL_B);
    CHECK_OR_RETURN(fixture_open(&f));
    CHECK(noted(&f, "kept aside"));
    model.count = FIRST_ROWS + (last ? 4 : 2) * FEW_ROWS;
    works_on(&f, table, &model);
    CHECK(file_is(&f, last ? WAL_A "-damaged-6" : WAL_A "-damaged-4", first));
    CHECK(file_is(&f, last ? WAL_B "-damaged-6" : WAL_B "-damaged-4", second));
    free(first.bytes);
    free(second.bytes);
    fixture_end(&f);
    model_free(&model);
  }
}

// The last commit of the first log and the link behind it: only the second log's header tells that there was more.
TEST(a_first_log_that_was_cut_keeps_both_aside) {
  Fixture f;
  Model model = {0};
  CHECK_OR_RETURN(fixture_start(&f, PATH));
  uint64_t table = table_in_two_logs(&f, &model);
  Bytes first = read_file(&f, WAL_A), second = read_file(&f, WAL_B);
  write_file(&f, WAL_A, first.bytes, record_at(&f, WAL_A, 6));
  CHECK_OR_RETURN(fixture_open(&f));
  CHECK(noted(&f, "Commits up to 6 were recovered"));
  model.count = FIRST_ROWS + 4 * FEW_ROWS;
  works_on(&f, table, &model);
  CHECK(file_is(&f, WAL_B "-damaged-6", second));
  free(first.bytes);
  free(second.bytes);
  fixture_end(&f);
  model_free(&model);
}

TEST(a_damaged_link_loses_nothing) {
  Fixture f;
  Model model = {0};
  CHECK_OR_RETURN(fixture_start(&f, PATH));
  uint64_t table = table_in_two_logs(&f, &model);
  flip(&f, WAL_A, record_at(&f, WAL_A, 7) + 20);
  CHECK_OR_RETURN(fixture_open(&f));
  works_on(&f, table, &model);
  fixture_end(&f);
  model_free(&model);
}

TEST(a_torn_tail_is_passed_over) {
  for (uint32_t missing = 1; missing < 600; missing += 37) {
    Fixture f;
    Model model = {0};
    CHECK_OR_RETURN(fixture_start(&f, PATH));
    uint64_t table = table_in_wal(&f, &model);
    die(&f);
    Bytes wal = read_file(&f, WAL_A);
    size_t start = (size_t)record_at(&f, WAL_A, 6), length = MAX_OF(wal.length - missing, start);
    write_file(&f, WAL_A, wal.bytes, length);
    free(wal.bytes);
    CHECK_OR_RETURN(fixture_open(&f));
    CHECK_EQ_INT(store_recovery_note(f.store).length, 0);
    model.count -= FEW_ROWS;
    works_on(&f, table, &model);
    fixture_end(&f);
    model_free(&model);
  }
}

TEST(a_missing_log_is_told_and_nothing_is_written) {
  for (uint32_t which = 0; which < 2; which++) { // the one that the header names; the one that it is linked with
    Fixture f;
    Model model = {0};
    const char *path = which ? WAL_B : WAL_A;
    CHECK_OR_RETURN(fixture_start(&f, PATH));
    uint64_t table = table_in_two_logs(&f, &model);
    Bytes wal = read_file(&f, path);
    remove_file(&f, path);
    fails_to_open(&f, ERROR_CORRUPT, "missing or damaged");
    write_file(&f, path, wal.bytes, wal.length);
    CHECK_OR_RETURN(fixture_open(&f));
    works_on(&f, table, &model);
    free(wal.bytes);
    fixture_end(&f);
    model_free(&model);
  }
}

UNIT_MAIN
