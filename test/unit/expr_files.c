// SPDX-License-Identifier: MIT
//
// What a statement knows of foreign files: wishes, answers, failures.
#include "expr_fixture.h"

typedef struct Files {
  Fixture f;
  FileKnowledge *knowledge;
} Files;

static void files_open(Files *files) {
  fixture_open(&files->f);
  files->knowledge = knowledge_create(&files->f.memory);
}

static void files_close(Files *files) {
  knowledge_free(files->knowledge);
  fixture_close(&files->f);
}

TEST(a_list_is_wished_once_and_then_known) {
  Files files;
  files_open(&files);
  Error *error = &files.f.error;
  const FileFacts *found;
  const FileWish *wishes;
  uint32_t count;
  bool known;
  CHECK_EQ_INT(knowledge_wishes(files.knowledge, &wishes), 0);
  for (int i = 0; i < 2; i++) {
    CHECK_OK(knowledge_list(files.knowledge, STR("*.csv"), &found, &count, &known, error), error);
    CHECK(!known);
  }
  CHECK_EQ_INT(knowledge_wishes(files.knowledge, &wishes), 1);
  CHECK(wishes[0].list);
  CHECK_EQ_STR(wishes[0].path, "*.csv");
  char path[] = "a.csv";
  FileFacts facts[] = {{.path = STR("b.csv"), .size_bytes = 7}, {.path = {path, 5}, .size_bytes = 9}};
  CHECK_OK(knowledge_supply_list(files.knowledge, STR("*.csv"), facts, 2, error), error);
  path[0] = 'x'; // answers are copies
  CHECK_EQ_INT(knowledge_wishes(files.knowledge, &wishes), 0);
  CHECK_OK(knowledge_list(files.knowledge, STR("*.csv"), &found, &count, &known, error), error);
  CHECK(known);
  CHECK_EQ_INT(count, 2);
  CHECK_EQ_STR(found[1].path, "a.csv");
  CHECK_EQ_INT(found[1].size_bytes, 9);
  files_close(&files);
}

TEST(nothing_found_and_failures_are_answers) {
  Files files;
  files_open(&files);
  Error *error = &files.f.error;
  const FileFacts *found;
  FileFacts facts;
  uint32_t count;
  bool known;
  Str bytes;
  CHECK_OK(knowledge_supply_list(files.knowledge, STR("no*"), NULL, 0, error), error);
  CHECK_STATUS(knowledge_list(files.knowledge, STR("no*"), &found, &count, &known, error), ERROR_NOT_FOUND);
  CHECK_EQ_STR(error->message, "No files found that match the pattern \"no*\"");
  CHECK_OK(knowledge_bytes(files.knowledge, STR("far"), 100, &bytes, &facts, &known, error), error);
  const FileWish *wishes;
  CHECK_EQ_INT(knowledge_wishes(files.knowledge, &wishes), 1);
  Error failure;
  (void)error_set(&failure, ERROR_IO, -1, "the network is down");
  CHECK_OK(knowledge_supply_failure(files.knowledge, &wishes[0], &failure, error), error);
  CHECK_EQ_INT(knowledge_wishes(files.knowledge, &wishes), 0);
  CHECK_STATUS(knowledge_bytes(files.knowledge, STR("far"), 100, &bytes, &facts, &known, error), ERROR_IO);
  CHECK_EQ_STR(error->message, "the network is down");
  files_close(&files);
}

TEST(bytes_answer_shorter_wishes) {
  Files files;
  files_open(&files);
  Error *error = &files.f.error;
  FileFacts facts = {.path = STR("f"), .size_bytes = 1000}, got;
  const FileWish *wishes;
  bool known;
  Str bytes;
  CHECK_OK(knowledge_bytes(files.knowledge, STR("f"), 4, &bytes, &got, &known, error), error);
  CHECK_OK(knowledge_bytes(files.knowledge, STR("f"), 8, &bytes, &got, &known, error), error);
  CHECK_EQ_INT(knowledge_wishes(files.knowledge, &wishes), 1);
  CHECK_EQ_INT(wishes[0].length, 8);
  CHECK_OK(knowledge_supply_bytes(files.knowledge, STR("f"), 8, STR("abcdefgh"), facts, error), error);
  CHECK_EQ_INT(knowledge_wishes(files.knowledge, &wishes), 0);
  CHECK_OK(knowledge_bytes(files.knowledge, STR("f"), 4, &bytes, &got, &known, error), error);
  CHECK(known);
  CHECK_EQ_STR(bytes, "abcd");
  CHECK_EQ_INT(got.size_bytes, 1000);
  CHECK_OK(knowledge_bytes(files.knowledge, STR("f"), 9, &bytes, &got, &known, error), error);
  CHECK(!known);
  // A short answer says that the file ends: it serves every length.
  CHECK_OK(knowledge_supply_bytes(files.knowledge, STR("f"), 9, STR("abcdefgh"), facts, error), error);
  CHECK_OK(knowledge_bytes(files.knowledge, STR("f"), 100, &bytes, &got, &known, error), error);
  CHECK(known);
  CHECK_EQ_STR(bytes, "abcdefgh");
  files_close(&files);
}

UNIT_MAIN
