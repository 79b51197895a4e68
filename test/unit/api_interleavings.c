// SPDX-License-Identifier: MIT
//
// api_interleavings.c: the statements of several sessions take turns slice by slice, in an order that a seed decides: transfers between accounts,
// readers that must see one version throughout, changes of the schema, checkpoints, an attached database, and interrupts at any moment,
// in the middle of COMMIT too. What COMMIT said is what there is, then and after opening again.
#include "api_fixture.h"

#define ACTORS 5
#define ACCOUNTS 300
#define TOTAL (ACCOUNTS * 100)
#define TASKS 60
#define LINES 6

// A script of one to six statements; when one fails, the transaction is rolled back and the rest left out.
typedef struct Actor {
  smew_session *session;
  smew_statement *statement;
  char lines[LINES][160];
  uint32_t count, at;
  bool transfer, rolling_back;
  bool interrupt;    // once, while a statement runs
  uint32_t number;   // of the transfer
  Answer answer;     // of the statement
  char snapshot[64]; // what the reader's transaction saw first
} Actor;

typedef struct Game {
  Fixture fixture;
  Actor actors[ACTORS];
  uint64_t seed;
  uint32_t transfers; // begun
  bool committed[ACTORS * TASKS];
  uint32_t conflicts, interrupts;
} Game;

static uint32_t below(Game *game, uint32_t count) { return (uint32_t)(unit_random(&game->seed) % count); }

#define LINE(actor, ...) snprintf((actor)->lines[(actor)->count++], sizeof(actor)->lines[0], __VA_ARGS__)
#define SEEN                                                                                                        \
  "SELECT (SELECT sum(balance) FROM account) || ' ' || (SELECT count(*) FROM log) || ' ' || (SELECT count(*) FROM " \
  "other.note)"

static void choose_task(Game *game, Actor *actor) {
  *actor = (Actor){.session = actor->session};
  actor->interrupt = below(game, 5) == 0;
  switch (below(game, 10)) {
    case 0:
      LINE(actor, "UPDATE account SET balance = balance WHERE id %% 3 = %u", below(game, 3));
      break;
    case 1:
      LINE(actor, "CHECKPOINT");
      break;
    case 2:
      LINE(actor, below(game, 2) ? "ALTER TABLE side ADD COLUMN IF NOT EXISTS extra INTEGER DEFAULT 7"
                                 : "ALTER TABLE side DROP COLUMN IF EXISTS extra");
      LINE(actor, "INSERT INTO side(id) SELECT range FROM range(%u)", below(game, 3000));
      break;
    case 3:
      LINE(actor, "INSERT INTO other.note SELECT range FROM range(%u)", below(game, 5000));
      break;
    case 4:
    case 5:
    case 6:
      LINE(actor, "BEGIN");
      LINE(actor, SEEN);
      LINE(actor, "SELECT count(*) FROM account a, account b WHERE a.balance < b.balance");
      LINE(actor, SEEN);
      LINE(actor, "COMMIT");
      break;
    default:
      actor->transfer = true;
      actor->number = game->transfers++;
      LINE(actor, "BEGIN");
      LINE(actor, "UPDATE account SET balance = balance - 1 WHERE id = %u", below(game, ACCOUNTS));
      LINE(actor, "UPDATE account SET balance = balance + 1 WHERE id = %u", below(game, ACCOUNTS));
      LINE(actor, "INSERT INTO log VALUES (%u)", actor->number);
      LINE(actor, "COMMIT");
  }
}

static void statement_done(Game *game, Actor *actor) {
  const char *line = actor->lines[actor->at];
  if (actor->rolling_back) {
    actor->at = actor->count;
    return;
  }
  if (strcmp(line, SEEN) == 0) {
    long sum = strtol(actor->answer.text, NULL, 10);
    CHECK_EQ_INT(sum, TOTAL);
    if (!actor->snapshot[0]) memcpy(actor->snapshot, actor->answer.text, sizeof actor->snapshot - 1);
    CHECK_EQ_STR((const char *)actor->answer.text, (const char *)actor->snapshot);
  }
  if (actor->transfer && strcmp(line, "COMMIT") == 0) game->committed[actor->number] = true;
  actor->at++;
}

static void statement_failed(Game *game, Actor *actor) {
  const smew_error_info *error = smew_error(actor->session);
  game->conflicts += error->code == SMEW_ERROR_CONFLICT;
  game->interrupts += error->code == SMEW_ERROR_INTERRUPTED;
  bool expected = error->code == SMEW_ERROR_CONFLICT || error->code == SMEW_ERROR_INTERRUPTED ||
                  error->code == SMEW_ERROR_TRANSACTION || error->code == SMEW_ERROR_CATALOG;
  if (!expected) UNIT_FAIL("%s: %s", actor->lines[actor->at], error->text);
  CHECK(!actor->rolling_back);
  actor->at = actor->count;
  if (!smew_in_transaction(actor->session)) return;
  actor->rolling_back = true;
  actor->at = actor->count - 1;
  snprintf(actor->lines[actor->at], sizeof actor->lines[0], "ROLLBACK");
}

// One slice of the actor's statement.
static void turn(Game *game, Actor *actor) {
  if (!actor->statement) {
    actor->answer = (Answer){0};
    actor->statement = prepare(actor->session, actor->lines[actor->at]);
  }
  if (actor->interrupt && !actor->rolling_back && below(game, 6) == 0) {
    actor->interrupt = false;
    smew_interrupt(actor->session);
  }
  smew_status status = smew_step(actor->statement);
  if (status == SMEW_CHUNK) answer_chunk(&actor->answer, smew_statement_chunk(actor->statement));
  if (status == SMEW_WAITING) smew_wait(game->fixture.database, 100);
  if (status == SMEW_CHUNK || status == SMEW_WAITING || status == SMEW_YIELD) return;
  CHECK(status == SMEW_DONE || status == SMEW_ERROR);
  if (status == SMEW_DONE)
    statement_done(game, actor);
  else
    statement_failed(game, actor);
  smew_finalize(actor->statement);
  actor->statement = NULL;
}

static void check_what_there_is(Game *game) {
  char expected[64];
  uint32_t count = 0;
  for (uint32_t i = 0; i < game->transfers; i++) count += game->committed[i];
  snprintf(expected, sizeof expected, "%d|%u", TOTAL, count);
  CHECK_ANSWER(game->fixture.session, "SELECT (SELECT sum(balance) FROM account), (SELECT count(*) FROM log)",
               expected);
  for (uint32_t i = 0; i < game->transfers; i++) {
    char sql[64];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM log WHERE number = %u", i);
    CHECK_ANSWER(game->fixture.session, sql, game->committed[i] ? "1" : "0");
  }
}

static void play(uint64_t seed, const smew_config *config) {
  Game *game = calloc(1, sizeof *game);
  game->seed = seed;
  fixture_path(&game->fixture, "interleavings");
  CHECK_OR_RETURN(fixture_open(&game->fixture, config));
  run(game->fixture.session,
      "CREATE TABLE account AS SELECT i::INTEGER AS id, 100 AS balance FROM range(300) r(i);"
      "CREATE TABLE log(number INTEGER); CREATE TABLE side(id INTEGER);"
      "ATTACH ':memory:' AS other; CREATE TABLE other.note(id INTEGER)");
  for (int i = 0; i < ACTORS; i++) {
    CHECK_EQ_INT(smew_connect(game->fixture.database, &game->actors[i].session), SMEW_OK);
    choose_task(game, &game->actors[i]);
  }
  uint32_t left = ACTORS * (TASKS - 1), busy = ACTORS;
  while (busy) {
    Actor *actor = &game->actors[below(game, ACTORS)];
    if (actor->at == actor->count && !actor->statement) continue;
    turn(game, actor);
    if (actor->at < actor->count || actor->statement) continue;
    if (left) {
      left--;
      choose_task(game, actor);
    } else {
      busy--;
    }
  }
  check_what_there_is(game);
  fixture_close(&game->fixture);
  CHECK_OR_RETURN(fixture_open(&game->fixture, NULL));
  check_what_there_is(game);
  fixture_close(&game->fixture);
  remove_files(game->fixture.path);
  CHECK(game->conflicts > 0 && game->interrupts > 0);
  free(game);
}

TEST(sessions_take_turns_slice_by_slice) {
  for (uint64_t seed = 1; seed <= 3; seed++) {
    play(seed, &(smew_config){.checkpoint_bytes = 20000, .hostile = {.slice_chunks = 1}});
    play(seed + 100,
         &(smew_config){.checkpoint_bytes = 1, .hostile = {.slice_chunks = 1, .late_answers = true, .pool_pages = 64}});
  }
}

UNIT_MAIN
