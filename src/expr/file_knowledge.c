// SPDX-License-Identifier: MIT
//
// file_knowledge.c: what a statement knows of foreign files while it is bound.
//
// Binding never waits. A table function asks knowledge_list and knowledge_bytes; what is not known becomes a wish, the
// binding ends with `wants`, exec/ turns the wishes into host requests, supplies the answers and binds again. Answers,
// failures included, stay until the statement ends, so that every binding sees the same files.
//
// Few files are asked for at a time: lists, searched from the start.
#include "expr/expr.h"

typedef struct ListAnswer {
  Str pattern;
  FileFacts *files;
  uint32_t count;
  const Error *failure; // NULL: none
} ListAnswer;

typedef struct BytesAnswer {
  Str path;
  uint64_t length; // that was asked for
  Str bytes;       // shorter: the file ends there
  FileFacts facts;
  const Error *failure;
} BytesAnswer;

struct FileKnowledge {
  Memory *memory;
  Arena arena; // everything that is known, and the wishes
  ARENA_LIST(ListAnswer) lists;
  ARENA_LIST(BytesAnswer) bytes;
  ARENA_LIST(FileWish) wishes; // open ones
  ARENA_LIST(BindWork *) works;
};

FileKnowledge *knowledge_create(Memory *memory) {
  FileKnowledge *knowledge = memory_allocate_zeroed(memory, sizeof *knowledge);
  if (!knowledge) return NULL;
  knowledge->memory = memory;
  arena_init(&knowledge->arena, memory);
  return knowledge;
}

void knowledge_free(FileKnowledge *knowledge) {
  if (!knowledge) return;
  arena_free(&knowledge->arena);
  memory_free(knowledge->memory, knowledge, sizeof *knowledge);
}

// ---------------------------------------------------------------------------------------------------------------------
// Wishes
// ---------------------------------------------------------------------------------------------------------------------

static Status wish(FileKnowledge *knowledge, bool list, Str path, uint64_t length, Error *error) {
  for (uint32_t i = 0; i < knowledge->wishes.count; i++) {
    FileWish *open = &knowledge->wishes.items[i];
    if (open->list != list || !str_equal(open->path, path)) continue;
    open->length = MAX_OF(open->length, length); // the longer prefix answers both
    return OK;
  }
  FileWish made = {.list = list, .length = length};
  TRY(str_copy(&knowledge->arena, error, path, &made.path));
  ARENA_PUSH(&knowledge->arena, error, &knowledge->wishes, made);
  return OK;
}

static void end_wish(FileKnowledge *knowledge, bool list, Str path, uint64_t length) {
  for (uint32_t i = 0; i < knowledge->wishes.count; i++) {
    const FileWish *open = &knowledge->wishes.items[i];
    if (open->list != list || !str_equal(open->path, path) || open->length > length) continue;
    knowledge->wishes.count--;
    for (uint32_t j = i; j < knowledge->wishes.count; j++) knowledge->wishes.items[j] = knowledge->wishes.items[j + 1];
    return;
  }
}

uint32_t knowledge_wishes(FileKnowledge *knowledge, const FileWish **wishes) {
  *wishes = knowledge->wishes.items;
  return knowledge->wishes.count;
}

// ---------------------------------------------------------------------------------------------------------------------
// Asking
// ---------------------------------------------------------------------------------------------------------------------

static Status raise(const Error *failure, Error *error) {
  return error_set(error, failure->code, failure->position, "%s", failure->message);
}

Status knowledge_list(FileKnowledge *knowledge, Str pattern, const FileFacts **files, uint32_t *count, bool *known,
                      Error *error) {
  *known = false;
  *files = NULL;
  *count = 0;
  for (uint32_t i = 0; i < knowledge->lists.count; i++) {
    const ListAnswer *answer = &knowledge->lists.items[i];
    if (!str_equal(answer->pattern, pattern)) continue;
    *known = true;
    if (answer->failure && answer->failure->code != ERROR_NOT_FOUND) return raise(answer->failure, error);
    if (answer->failure || answer->count == 0) {
      return error_set(error, ERROR_NOT_FOUND, -1, "No files found that match the pattern \"%.*s\"", STR_ARG(pattern));
    }
    *files = answer->files;
    *count = answer->count;
    return OK;
  }
  return wish(knowledge, true, pattern, 0, error);
}

Status knowledge_bytes(FileKnowledge *knowledge, Str path, uint64_t length, Str *bytes, FileFacts *facts, bool *known,
                       Error *error) {
  *known = false;
  *bytes = (Str){0};
  for (uint32_t i = 0; i < knowledge->bytes.count; i++) {
    const BytesAnswer *answer = &knowledge->bytes.items[i];
    if (!str_equal(answer->path, path)) continue;
    bool whole_file = answer->bytes.length < answer->length;
    if (!answer->failure && answer->length < length && !whole_file) continue;
    *known = true;
    if (answer->failure) return raise(answer->failure, error);
    *bytes = (Str){answer->bytes.data, MIN_OF(answer->bytes.length, length)};
    *facts = answer->facts;
    return OK;
  }
  return wish(knowledge, false, path, length, error);
}

// ---------------------------------------------------------------------------------------------------------------------
// Answering
// ---------------------------------------------------------------------------------------------------------------------

static Status copy_facts(FileKnowledge *knowledge, FileFacts facts, FileFacts *out, Error *error) {
  *out = facts;
  return str_copy(&knowledge->arena, error, facts.path, &out->path);
}

Status knowledge_supply_list(FileKnowledge *knowledge, Str pattern, const FileFacts *files, uint32_t count,
                             Error *error) {
  ListAnswer answer = {.count = count};
  TRY(str_copy(&knowledge->arena, error, pattern, &answer.pattern));
  ARENA_NEW_ARRAY(&knowledge->arena, error, answer.files, count);
  for (uint32_t i = 0; i < count; i++) TRY(copy_facts(knowledge, files[i], &answer.files[i], error));
  ARENA_PUSH(&knowledge->arena, error, &knowledge->lists, answer);
  end_wish(knowledge, true, pattern, 0);
  return OK;
}

Status knowledge_supply_bytes(FileKnowledge *knowledge, Str path, uint64_t length, Str bytes, FileFacts facts,
                              Error *error) {
  BytesAnswer answer = {.length = length, .bytes = bytes};
  TRY(str_copy(&knowledge->arena, error, path, &answer.path));
  TRY(copy_facts(knowledge, facts, &answer.facts, error));
  ARENA_PUSH(&knowledge->arena, error, &knowledge->bytes, answer);
  end_wish(knowledge, false, path, length);
  return OK;
}

Status knowledge_supply_failure(FileKnowledge *knowledge, const FileWish *unmet, const Error *failure, Error *error) {
  FileWish wished = *unmet; // it may be the list's own entry, which moves
  Error *kept;
  ARENA_NEW(&knowledge->arena, error, kept);
  *kept = *failure;
  if (wished.list) {
    ListAnswer answer = {.pattern = wished.path, .failure = kept};
    TRY(str_copy(&knowledge->arena, error, wished.path, &answer.pattern));
    ARENA_PUSH(&knowledge->arena, error, &knowledge->lists, answer);
  } else {
    BytesAnswer answer = {.length = wished.length, .failure = kept};
    TRY(str_copy(&knowledge->arena, error, wished.path, &answer.path));
    ARENA_PUSH(&knowledge->arena, error, &knowledge->bytes, answer);
  }
  end_wish(knowledge, wished.list, wished.path, wished.length);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Work
// ---------------------------------------------------------------------------------------------------------------------

void knowledge_rewind(FileKnowledge *knowledge) {
  for (uint32_t i = 0; i < knowledge->works.count; i++) knowledge->works.items[i]->asked = false;
}

BindWork *knowledge_work(FileKnowledge *knowledge, Str path) {
  for (uint32_t i = 0; i < knowledge->works.count; i++) {
    BindWork *work = knowledge->works.items[i];
    if (work->asked || !str_equal(work->path, path)) continue;
    work->asked = true;
    return work;
  }
  return NULL;
}

Status knowledge_add_work(FileKnowledge *knowledge, const BindWork *work, Error *error) {
  BindWork *own;
  ARENA_NEW(&knowledge->arena, error, own);
  *own = *work;
  own->asked = true;
  TRY(str_copy(&knowledge->arena, error, work->path, &own->path));
  ARENA_PUSH(&knowledge->arena, error, &knowledge->works, own);
  return OK;
}

bool knowledge_work_step(FileKnowledge *knowledge) {
  for (uint32_t i = 0; i < knowledge->works.count; i++) {
    BindWork *work = knowledge->works.items[i];
    if (work->done) continue;
    Status status = work->step(work->state, &work->done, &work->failure);
    error_settle(&work->failure, status);
    work->done |= status != OK;
    return true;
  }
  return false;
}
