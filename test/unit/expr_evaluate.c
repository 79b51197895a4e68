// SPDX-License-Identifier: MIT
//
// Programs run as projections: shared values, guarded errors, NULL logic, forms of vectors, memory in steady state.
#include "expr_fixture.h"

// One run over a chunk of INTEGER columns; results stay valid until run_close.
typedef struct Run {
  Fixture f;
  Chunk input;
  Evaluator *evaluator;
  Evaluator *filter; // of a single BOOLEAN expression
  Vector results[4];
} Run;

static void run_open(Run *run, const Type *types, uint32_t column_count) {
  memset(run, 0, sizeof *run);
  fixture_open(&run->f);
  CHECK_OK(chunk_init(&run->input, &run->f.memory, types, column_count, &run->f.error), &run->f.error);
}

static void close_evaluators(Run *run) {
  evaluator_close(run->evaluator);
  evaluator_close(run->filter);
  run->evaluator = run->filter = NULL;
}

static Status run_program(Run *run, Expr *const *exprs, uint32_t count) {
  Program *program;
  close_evaluators(run);
  TRY(program_compile(&run->f.arena, &run->f.error, exprs, count, &program));
  TRY(evaluator_open(&run->evaluator, program, NULL, &run->f.context));
  if (count == 1 && exprs[0]->type.id == TYPE_BOOLEAN) {
    TRY(program_compile_filter(&run->f.arena, &run->f.error, exprs[0], &program));
    TRY(evaluator_open(&run->filter, program, NULL, &run->f.context));
  }
  return evaluator_run(run->evaluator, &run->input, run->results);
}

static Status run_one(Run *run, Expr *expr) { return run_program(run, &expr, 1); }

static const char *result_text(Run *run, uint32_t row) { return fixture_text_of(&run->f, &run->results[0], row); }

static void run_close(Run *run) {
  close_evaluators(run);
  chunk_free(&run->input);
  fixture_close(&run->f);
}

static const Type two_integers[] = {{.id = TYPE_INTEGER}, {.id = TYPE_INTEGER}};

static void fill_two(Run *run, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    ((int32_t *)run->input.columns[0].data)[i] = (int32_t)i;
    ((int32_t *)run->input.columns[1].data)[i] = (int32_t)(i % 10);
  }
  run->input.row_count = count;
}

TEST(computes_a_common_value_once) {
  Run run;
  run_open(&run, two_integers, 2);
  fill_two(&run, 2048);
  Fixture *f = &run.f;
  Expr *sum = fixture_call(f, &fixture_add, fixture_input(f, 0, TYPE(INTEGER)), fixture_input(f, 1, TYPE(INTEGER)));
  Expr *again = fixture_call(f, &fixture_add, expr_copy(&f->arena, sum), expr_copy(&f->arena, sum));
  Expr *exprs[] = {sum, again, expr_copy(&f->arena, sum)};
  fixture_calls = 0;
  CHECK_OK(run_program(&run, exprs, 3), &f->error);
  CHECK_EQ_INT(fixture_calls, 2);
  CHECK_EQ_STR(fixture_text_of(f, &run.results[1], 25), "60");
  CHECK_EQ_STR(fixture_text_of(f, &run.results[2], 25), "30");
  run_close(&run);
}

TEST(runs_volatile_calls_apart) {
  Run run;
  run_open(&run, two_integers, 2);
  fill_two(&run, 3);
  Expr *exprs[] = {fixture_call(&run.f, &fixture_counter, NULL, NULL),
                   fixture_call(&run.f, &fixture_counter, NULL, NULL)};
  fixture_calls = 0;
  CHECK_OK(run_program(&run, exprs, 2), &run.f.error);
  CHECK_EQ_STR(fixture_text_of(&run.f, &run.results[0], 2), "2");
  CHECK_EQ_STR(fixture_text_of(&run.f, &run.results[1], 0), "3");
  run_close(&run);
}

TEST(constant_arguments_give_a_constant) {
  Run run;
  run_open(&run, two_integers, 2);
  fill_two(&run, 2047);
  Expr *sum = fixture_call(&run.f, &fixture_add, fixture_integer(&run.f, 40), fixture_integer(&run.f, 2));
  fixture_rows = 0;
  CHECK_OK(run_one(&run, sum), &run.f.error);
  CHECK_EQ_INT(fixture_rows, 1);
  CHECK_EQ_INT(run.results[0].form, VECTOR_CONSTANT);
  CHECK_EQ_STR(result_text(&run, 2046), "42");
  fixture_calls = 0;
  Expr *null =
      fixture_call(&run.f, &fixture_add, fixture_input(&run.f, 0, TYPE(INTEGER)), fixture_null(&run.f, TYPE(INTEGER)));
  CHECK_OK(run_one(&run, null), &run.f.error);
  CHECK_EQ_INT(run.results[0].form, VECTOR_CONSTANT);
  CHECK_EQ_STR(result_text(&run, 0), "NULL");
  run_close(&run);
}

TEST(no_rows_compute_nothing) {
  Run run;
  run_open(&run, two_integers, 2);
  run.input.row_count = 0;
  // Would fail for any row.
  Expr *bad = fixture_call(&run.f, &fixture_divide, fixture_integer(&run.f, 1), fixture_integer(&run.f, 0));
  CHECK_OK(run_one(&run, bad), &run.f.error);
  CHECK_EQ_INT(run.results[0].type.id, TYPE_INTEGER);
  run.input.row_count = 1;
  CHECK_STATUS(run_one(&run, bad), ERROR_OUT_OF_RANGE);
  CHECK_EQ_STR(run.f.error.message, "Division by zero!");
  run_close(&run);
}

static Expr *divide_inputs(Fixture *f) {
  return fixture_call(f, &fixture_divide, fixture_input(f, 0, TYPE(INTEGER)), fixture_input(f, 1, TYPE(INTEGER)));
}

static Expr *second_is(Fixture *f, CompareOp op, int value) {
  return expr_compare(&f->arena, op, fixture_input(f, 1, TYPE(INTEGER)), fixture_integer(f, value));
}

TEST(case_guards_its_branches) {
  static const uint32_t sizes[] = {1, 10, 11, 2047, 2048};
  for (uint32_t s = 0; s < COUNT_OF(sizes); s++) {
    Run run;
    run_open(&run, two_integers, 2);
    fill_two(&run, sizes[s]);
    Expr *guarded = NODE(&run.f, EXPR_CASE, TYPE(INTEGER), second_is(&run.f, COMPARE_NOT_EQUAL, 0),
                         divide_inputs(&run.f), fixture_integer(&run.f, -1));
    CHECK_OK(run_one(&run, guarded), &run.f.error);
    for (uint32_t row = 0; row < sizes[s]; row++) {
      char expected[16];
      snprintf(expected, sizeof expected, "%d", row % 10 ? (int)(row / (row % 10)) : -1);
      CHECK_EQ_STR(result_text(&run, row), expected);
    }
    // The other way round the guard does not hold.
    if (sizes[s] > 10) {
      Expr *open = NODE(&run.f, EXPR_CASE, TYPE(INTEGER), second_is(&run.f, COMPARE_GREATER_EQUAL, 0),
                        divide_inputs(&run.f), fixture_integer(&run.f, -1));
      CHECK_STATUS(run_one(&run, open), ERROR_OUT_OF_RANGE);
    }
    run_close(&run);
  }
}

TEST(later_whens_see_only_the_rows_left) {
  Run run;
  run_open(&run, two_integers, 2);
  fill_two(&run, 100);
  Fixture *f = &run.f;
  Expr *large = expr_compare(&f->arena, COMPARE_GREATER, divide_inputs(f), fixture_integer(f, 20));
  Expr *labels = NODE(f, EXPR_CASE, TYPE(VARCHAR), second_is(f, COMPARE_EQUAL, 0), fixture_string(f, "divides by zero"),
                      large, fixture_string(f, "large, and longer than twelve bytes"), fixture_string(f, "small"));
  CHECK_OK(run_one(&run, labels), &f->error);
  CHECK_EQ_STR(result_text(&run, 0), "divides by zero");
  CHECK_EQ_STR(result_text(&run, 90), "divides by zero");
  CHECK_EQ_STR(result_text(&run, 91), "large, and longer than twelve bytes");
  CHECK_EQ_STR(result_text(&run, 99), "small");
  run_close(&run);
}

TEST(and_or_coalesce_guard_too) {
  Run run;
  run_open(&run, two_integers, 2);
  fill_two(&run, 50);
  Fixture *f = &run.f;
  Expr *quotient = expr_compare(&f->arena, COMPARE_GREATER, divide_inputs(f), fixture_integer(f, 3));
  CHECK_OK(run_one(&run, NODE(f, EXPR_AND, TYPE(BOOLEAN), second_is(f, COMPARE_GREATER, 0), quotient)), &f->error);
  CHECK_EQ_STR(result_text(&run, 40), "false");
  CHECK_EQ_STR(result_text(&run, 41), "true");
  CHECK_EQ_STR(result_text(&run, 19), "false");
  CHECK_OK(run_one(&run, NODE(f, EXPR_OR, TYPE(BOOLEAN), second_is(f, COMPARE_EQUAL, 0), quotient)), &f->error);
  CHECK_EQ_STR(result_text(&run, 40), "true");
  CHECK_EQ_STR(result_text(&run, 19), "false");
  CHECK_STATUS(run_one(&run, NODE(f, EXPR_OR, TYPE(BOOLEAN), quotient, second_is(f, COMPARE_EQUAL, 0))),
               ERROR_OUT_OF_RANGE);
  // COALESCE: the failing argument is for the rows whose first is NULL, none of which divides by zero.
  for (uint32_t row = 0; row < 50; row++) {
    if (row % 10 == 5) CHECK_OK(vector_set_null(&run.input.columns[0], row, &f->error), &f->error);
  }
  Expr *fallback = fixture_call(f, &fixture_divide, fixture_integer(f, 100), fixture_input(f, 1, TYPE(INTEGER)));
  CHECK_OK(run_one(&run, NODE(f, EXPR_COALESCE, TYPE(INTEGER), fixture_input(f, 0, TYPE(INTEGER)), fallback)),
           &f->error);
  CHECK_EQ_STR(result_text(&run, 0), "0");
  CHECK_EQ_STR(result_text(&run, 15), "20");
  CHECK_EQ_STR(result_text(&run, 49), "49");
  run_close(&run);
}

TEST(filters_guard_too) {
  Run run;
  run_open(&run, two_integers, 2);
  fill_two(&run, 50);
  Fixture *f = &run.f;
  uint32_t selection[VECTOR_CAPACITY], count;
  Expr *quotient = expr_compare(&f->arena, COMPARE_GREATER, divide_inputs(f), fixture_integer(f, 3));
  // The failing conjunct sees only what all others kept, wherever it is written.
  CHECK_OK(run_one(&run, NODE(f, EXPR_AND, TYPE(BOOLEAN), second_is(f, COMPARE_GREATER, 0), quotient)), &f->error);
  CHECK_OK(evaluator_select(run.filter, &run.input, selection, &count), &f->error);
  CHECK_EQ_INT(count, 27);
  // OR: rows that are true already are never asked again by a child that may fail.
  Expr *either =
      NODE(f, EXPR_OR, TYPE(BOOLEAN), second_is(f, COMPARE_EQUAL, 0), second_is(f, COMPARE_EQUAL, 11), quotient);
  CHECK_OK(run_one(&run, either), &f->error);
  for (int i = 0; i < 5; i++) CHECK_OK(evaluator_select(run.filter, &run.input, selection, &count), &f->error);
  CHECK_EQ_INT(count, 32);
  CHECK_EQ_INT(selection[0], 0);
  run_close(&run);
}

TEST(ranges_of_every_width) {
  static const Type types[] = {
      {.id = TYPE_TINYINT}, {.id = TYPE_SMALLINT}, {.id = TYPE_INTEGER}, {.id = TYPE_BIGINT}, {.id = TYPE_DOUBLE}};
  Run run;
  run_open(&run, types, 5);
  Fixture *f = &run.f;
  run.input.row_count = 256;
  for (int i = 0; i < 256; i++) {
    ((int8_t *)run.input.columns[0].data)[i] = (int8_t)(i - 128);
    ((int16_t *)run.input.columns[1].data)[i] = (int16_t)(i - 128);
    ((int32_t *)run.input.columns[2].data)[i] = i - 128;
    ((int64_t *)run.input.columns[3].data)[i] = i - 128;
    ((double *)run.input.columns[4].data)[i] = i - 128;
  }
  static const int limits[][2] = {{-128, 127}, {-128, -128}, {5, 5}, {6, 5}, {-3, 100}, {126, 127}, {127, -128}};
  for (uint32_t c = 0; c < 5; c++) {
    for (uint32_t l = 0; l < COUNT_OF(limits); l++) {
      for (int open = 0; open < 4; open++) {
        Value low = c == 4 ? value_f64(limits[l][0]) : value_i64(types[c], limits[l][0]);
        Value high = c == 4 ? value_f64(limits[l][1]) : value_i64(types[c], limits[l][1]);
        Expr *x = fixture_input(f, c, types[c]);
        Expr *both = NODE(f, EXPR_AND, TYPE(BOOLEAN),
                          expr_compare(&f->arena, open & 1 ? COMPARE_GREATER : COMPARE_GREATER_EQUAL, x,
                                       expr_constant(&f->arena, low)),
                          expr_compare(&f->arena, open & 2 ? COMPARE_GREATER : COMPARE_GREATER_EQUAL,
                                       expr_constant(&f->arena, high), x));
        uint32_t selection[VECTOR_CAPACITY], count, expected = 0;
        for (int v = -128; v < 128; v++) {
          expected +=
              (open & 1 ? v > limits[l][0] : v >= limits[l][0]) && (open & 2 ? v < limits[l][1] : v <= limits[l][1]);
        }
        CHECK_OK(run_one(&run, both), &f->error);
        CHECK_OK(evaluator_select(run.filter, &run.input, selection, &count), &f->error);
        CHECK_EQ_INT(count, expected);
      }
    }
  }
  run_close(&run);
}

TEST(in_follows_sql_nulls) {
  Run run;
  run_open(&run, two_integers, 2);
  fill_two(&run, 20);
  Fixture *f = &run.f;
  CHECK_OK(vector_set_null(&run.input.columns[1], 3, &f->error), &f->error);
  Expr *value = fixture_input(f, 1, TYPE(INTEGER));
  Expr *plain = NODE(f, EXPR_IN, TYPE(BOOLEAN), value, fixture_integer(f, 2), fixture_integer(f, 5));
  CHECK_OK(run_one(&run, plain), &f->error);
  CHECK_EQ_STR(result_text(&run, 2), "true");
  CHECK_EQ_STR(result_text(&run, 3), "NULL");
  CHECK_EQ_STR(result_text(&run, 4), "false");
  Expr *with_null = NODE(f, EXPR_IN, TYPE(BOOLEAN), value, fixture_integer(f, 2), fixture_null(f, TYPE(INTEGER)));
  CHECK_OK(run_one(&run, with_null), &f->error);
  CHECK_EQ_STR(result_text(&run, 2), "true");
  CHECK_EQ_STR(result_text(&run, 4), "NULL");
  with_null->negated = true;
  CHECK_OK(run_one(&run, with_null), &f->error);
  CHECK_EQ_STR(result_text(&run, 2), "false");
  CHECK_EQ_STR(result_text(&run, 4), "NULL");
  // Candidates that are columns.
  Expr *columns = NODE(f, EXPR_IN, TYPE(BOOLEAN), value, fixture_integer(f, 4), fixture_input(f, 0, TYPE(INTEGER)));
  CHECK_OK(run_one(&run, columns), &f->error);
  CHECK_EQ_STR(result_text(&run, 14), "true");
  CHECK_EQ_STR(result_text(&run, 9), "true");
  CHECK_EQ_STR(result_text(&run, 15), "false");
  CHECK_EQ_STR(result_text(&run, 3), "NULL");
  run_close(&run);
}

// Lists of every form: few, dense, spread; with the extremes.
TEST(in_finds_among_many) {
  static const uint32_t counts[] = {3, 40, 40, 5000};
  static const int64_t steps[] = {1000003, 3, 1000003, 11};
  for (uint32_t c = 0; c < COUNT_OF(counts); c++) {
    Run run;
    static const Type types[] = {{.id = TYPE_BIGINT}};
    run_open(&run, types, 1);
    Fixture *f = &run.f;
    int64_t *data = run.input.columns[0].data;
    run.input.row_count = 2048;
    for (uint32_t i = 0; i < 2048; i++) data[i] = i < 2 ? (i ? INT64_MAX : INT64_MIN) : (int64_t)i * steps[c] / 2;
    Expr *in = expr_node(&f->arena, EXPR_IN, TYPE(BOOLEAN), counts[c] + 3);
    in->children[0] = fixture_input(f, 0, TYPE(BIGINT));
    for (uint32_t i = 0; i < counts[c]; i++) {
      in->children[i + 1] = expr_constant(&f->arena, value_i64(TYPE(BIGINT), (int64_t)i * steps[c]));
    }
    in->children[counts[c] + 1] = expr_constant(&f->arena, value_i64(TYPE(BIGINT), c == 1 ? 0 : INT64_MIN));
    in->children[counts[c] + 2] = expr_constant(&f->arena, value_i64(TYPE(BIGINT), c == 1 ? 3 : INT64_MAX));
    CHECK_OK(run_one(&run, in), &f->error);
    VectorView view;
    vector_view(&run.results[0], &view);
    for (uint32_t i = 0; i < 2048; i++) {
      bool expected = data[i] % steps[c] == 0 && data[i] / steps[c] >= 0 && data[i] / steps[c] < counts[c];
      if (i < 2) expected = c != 1;
      if (((const uint8_t *)view.data)[view_row(&view, i)] != expected) UNIT_FAIL("list %u, row %u", c, i);
    }
    run_close(&run);
  }
}

TEST(in_finds_texts_and_doubles) {
  Run run;
  static const Type types[] = {{.id = TYPE_VARCHAR}, {.id = TYPE_DOUBLE}};
  run_open(&run, types, 2);
  Fixture *f = &run.f;
  static const char *const texts[] = {"MAIL", "", "a text beyond the inline limit", "SHIP",
                                      "a text beyond the inline limiT"};
  static const double numbers[] = {-0.0, NAN, 1.5, INFINITY, 2};
  run.input.row_count = 5;
  for (uint32_t i = 0; i < 5; i++) {
    CHECK_OK(vector_set_string(&run.input.columns[0], i, str_from(texts[i]), &f->error), &f->error);
    ((double *)run.input.columns[1].data)[i] = numbers[i];
  }
  for (uint32_t extra = 0; extra < 20; extra += 19) { // a list, a hash table
    Expr *in = expr_node(&f->arena, EXPR_IN, TYPE(BOOLEAN), 4 + extra);
    in->children[0] = fixture_input(f, 0, TYPE(VARCHAR));
    in->children[1] = fixture_string(f, "");
    in->children[2] = fixture_string(f, "a text beyond the inline limit");
    in->children[3] = fixture_string(f, "SHIP");
    for (uint32_t i = 0; i < extra; i++) {
      char text[32];
      snprintf(text, sizeof text, "another candidate %u", i);
      Str copy;
      CHECK_OK(str_copy(&f->arena, &f->error, str_from(text), &copy), &f->error);
      in->children[4 + i] = expr_constant(&f->arena, value_text(copy));
    }
    CHECK_OK(run_one(&run, in), &f->error);
    static const char *const expected[] = {"false", "true", "true", "true", "false"};
    for (uint32_t i = 0; i < 5; i++) CHECK_EQ_STR(result_text(&run, i), expected[i]);
  }
  Expr *in =
      NODE(f, EXPR_IN, TYPE(BOOLEAN), fixture_input(f, 1, TYPE(DOUBLE)), expr_constant(&f->arena, value_f64(0.0)),
           expr_constant(&f->arena, value_f64(-NAN)), expr_constant(&f->arena, value_f64(2)));
  CHECK_OK(run_one(&run, in), &f->error);
  static const char *const expected[] = {"true", "true", "false", "false", "true"};
  for (uint32_t i = 0; i < 5; i++) CHECK_EQ_STR(result_text(&run, i), expected[i]);
  run_close(&run);
}

TEST(a_small_dictionary_is_computed_by_entry) {
  Run run;
  static const Type types[] = {{.id = TYPE_VARCHAR}};
  run_open(&run, types, 1);
  Fixture *f = &run.f;
  Vector words;
  static uint32_t selection[2048];
  CHECK_OK(vector_init(&words, &f->memory, TYPE(VARCHAR), 5, &f->error), &f->error);
  static const char *const texts[] = {"one", "two", "three, which is longer than the inline form", "four",
                                      "never used"};
  for (uint32_t i = 0; i < 5; i++) CHECK_OK(vector_set_string(&words, i, str_from(texts[i]), &f->error), &f->error);
  CHECK_OK(vector_set_null(&words, 1, &f->error), &f->error);
  for (uint32_t i = 0; i < 2048; i++) selection[i] = (i * 7) % 4;
  CHECK_OK(vector_slice(&run.input.columns[0], &words, selection, 2048, &f->error), &f->error);
  run.input.row_count = 2048;
  fixture_rows = 0;
  CHECK_OK(run_one(&run, fixture_call(f, &fixture_shout, fixture_input(f, 0, TYPE(VARCHAR)), NULL)), &f->error);
  CHECK_EQ_INT(fixture_rows, 4);
  CHECK_EQ_STR(result_text(&run, 0), "one!");
  CHECK_EQ_STR(result_text(&run, 3), "NULL");
  CHECK_EQ_STR(result_text(&run, 2), "three, which is longer than the inline form!");
  vector_verify(&run.results[0], 2048);
  close_evaluators(&run);
  CHECK_OK(chunk_reset(&run.input, &f->error), &f->error);
  vector_free(&words);
  run_close(&run);
}

TEST(a_slice_of_borrowed_rows_is_no_small_dictionary) {
  Run run;
  static const Type types[] = {{.id = TYPE_VARCHAR}};
  run_open(&run, types, 1);
  Fixture *f = &run.f;
  Vector words, borrowed;
  static uint32_t selection[2048];
  CHECK_OK(vector_init(&words, &f->memory, TYPE(VARCHAR), 2048, &f->error), &f->error);
  CHECK_OK(vector_init(&borrowed, &f->memory, TYPE(VARCHAR), 1, &f->error), &f->error);
  for (uint32_t i = 0; i < 2048; i++) {
    CHECK_OK(vector_set_string(&words, i, i % 2 ? STR("odd") : STR("even"), &f->error), &f->error);
    selection[i] = 2047 - i;
  }
  vector_borrow(&borrowed, &words);
  CHECK_OK(vector_slice(&run.input.columns[0], &borrowed, selection, 2048, &f->error), &f->error);
  run.input.row_count = 2048;
  Expr *text = fixture_input(f, 0, TYPE(VARCHAR));
  CHECK_OK(run_one(&run, fixture_call(f, &fixture_shout, text, NULL)), &f->error);
  CHECK_EQ_STR(result_text(&run, 0), "odd!");
  CHECK_EQ_STR(result_text(&run, 2047), "even!");
  CHECK_OK(run_one(&run, expr_compare(&f->arena, COMPARE_EQUAL, text, fixture_string(f, "odd"))), &f->error);
  uint32_t out[VECTOR_CAPACITY], count;
  CHECK_OK(evaluator_select(run.filter, &run.input, out, &count), &f->error);
  CHECK_EQ_INT(count, 1024);
  close_evaluators(&run);
  CHECK_OK(chunk_reset(&run.input, &f->error), &f->error);
  vector_free(&borrowed);
  vector_free(&words);
  run_close(&run);
}

TEST(allocates_nothing_once_it_runs) {
  Run run;
  static const Type types[] = {{.id = TYPE_INTEGER}, {.id = TYPE_VARCHAR}};
  run_open(&run, types, 2);
  Fixture *f = &run.f;
  run.input.row_count = 2048;
  for (uint32_t i = 0; i < 2048; i++) {
    ((int32_t *)run.input.columns[0].data)[i] = (int32_t)(i % 100);
    CHECK_OK(vector_set_string(&run.input.columns[1], i, STR("text that is not inlined"), &f->error), &f->error);
    if (i % 3 == 0) CHECK_OK(vector_set_null(&run.input.columns[1], i, &f->error), &f->error);
  }
  Expr *number = fixture_input(f, 0, TYPE(INTEGER)), *text = fixture_input(f, 1, TYPE(VARCHAR));
  Expr *positive = expr_compare(&f->arena, COMPARE_GREATER, number, fixture_integer(f, 50));
  Expr *exprs[] = {
      NODE(f, EXPR_CASE, TYPE(VARCHAR), positive, fixture_call(f, &fixture_shout, text, NULL), fixture_string(f, "no")),
      NODE(f, EXPR_COALESCE, TYPE(VARCHAR), text, fixture_string(f, "nothing")),
      NODE(f, EXPR_CASE, TYPE(INTEGER), positive, fixture_call(f, &fixture_guarded_add, number, number), number),
      NODE(f, EXPR_AND, TYPE(BOOLEAN), positive,
           expr_compare(&f->arena, COMPARE_LESS, fixture_call(f, &fixture_guarded_add, number, number),
                        fixture_integer(f, 150)))};
  CHECK_OK(run_program(&run, exprs, 4), &f->error);
  CHECK_OK(evaluator_run(run.evaluator, &run.input, run.results), &f->error);
  uint64_t before = f->memory.allocation_count;
  for (int i = 0; i < 10; i++) CHECK_OK(evaluator_run(run.evaluator, &run.input, run.results), &f->error);
  CHECK_EQ_INT(f->memory.allocation_count, before);
  CHECK_EQ_STR(fixture_text_of(f, &run.results[0], 52), "text that is not inlined!");
  CHECK_EQ_STR(fixture_text_of(f, &run.results[1], 3), "nothing");
  CHECK_EQ_STR(fixture_text_of(f, &run.results[2], 60), "120");
  run_close(&run);
}

TEST(results_can_be_shared_beyond_the_run) {
  Run run;
  run_open(&run, two_integers, 2);
  fill_two(&run, 100);
  Fixture *f = &run.f;
  Expr *sum = fixture_call(f, &fixture_add, fixture_input(f, 0, TYPE(INTEGER)), fixture_integer(f, 5));
  CHECK_OK(run_one(&run, sum), &f->error);
  Vector kept;
  CHECK_OK(vector_init(&kept, &f->memory, TYPE(INTEGER), 0, &f->error), &f->error);
  CHECK_OK(vector_share(&kept, &run.results[0], 100, &f->error), &f->error);
  for (uint32_t i = 0; i < 100; i++) ((int32_t *)run.input.columns[0].data)[i] = -1;
  CHECK_OK(evaluator_run(run.evaluator, &run.input, run.results), &f->error);
  CHECK_EQ_STR(fixture_text_of(f, &kept, 99), "104");
  CHECK_EQ_STR(result_text(&run, 99), "4");
  vector_free(&kept);
  run_close(&run);
}

TEST(parameters_take_their_type) {
  Fixture f;
  fixture_open(&f);
  Expr *parameter = expr_node(&f.arena, EXPR_PARAMETER, TYPE(INTEGER), 0);
  Value values[] = {value_i64(TYPE(INTEGER), 30)}, out;
  Expr *sum = fixture_call(&f, &fixture_add, parameter, fixture_integer(&f, 12));
  CHECK_OK(expr_evaluate_constant(&f.context, &f.arena, sum, values, &out), &f.error);
  CHECK_EQ_INT(out.i64, 42);
  parameter->type = TYPE(UNKNOWN);
  CHECK_OK(expr_evaluate_constant(&f.context, &f.arena, parameter, values, &out), &f.error);
  CHECK_EQ_INT(out.i64, 30);
  fixture_close(&f);
}

TEST(folds_constants) {
  Fixture f;
  fixture_open(&f);
  Value out;
  void *precious = arena_allocate(&f.scratch, 8); // folding must not end what its caller keeps in scratch
  memset(precious, 7, 8);
  CHECK_OK(expr_evaluate_constant(&f.context, &f.arena,
                                  fixture_call(&f, &fixture_shout, fixture_string(&f, "hello, long world"), NULL), NULL,
                                  &out),
           &f.error);
  CHECK_EQ_STR(out.text, "hello, long world!");
  CHECK_EQ_INT(((uint8_t *)precious)[7], 7);
  CHECK(!expr_constant_value(&f.arena, &f.facts, fixture_input(&f, 0, TYPE(INTEGER)), &out));
  Expr *fails = fixture_call(&f, &fixture_divide, fixture_integer(&f, 1), fixture_integer(&f, 0));
  CHECK(!expr_constant_value(&f.arena, &f.facts, fails, &out));
  CHECK(expr_constant_value(&f.arena, &f.facts,
                            fixture_call(&f, &fixture_divide, fixture_integer(&f, 9), fixture_integer(&f, 2)), &out));
  CHECK_EQ_INT(out.i64, 4);
  fixture_close(&f);
}

TEST(refuses_bottomless_trees) {
  Fixture f;
  fixture_open(&f);
  Program *program;
  Expr *deep = fixture_integer(&f, 1);
  for (int i = 0; i < EXPR_DEPTH_LIMIT + 10; i++) deep = fixture_call(&f, &fixture_add, deep, fixture_integer(&f, 1));
  CHECK_STATUS(program_compile(&f.arena, &f.error, &deep, 1, &program), ERROR_BINDER);
  CHECK(expr_copy(&f.arena, deep) == NULL);
  fixture_close(&f);
}

// CASE WHEN x > 0 THEN CASE WHEN x > 1 THEN … ELSE 7 // x END: as deep as users may write.
TEST(deep_conditions_run) {
  Run run;
  run_open(&run, two_integers, 2);
  fill_two(&run, 2000);
  Fixture *f = &run.f;
  Expr *x = fixture_input(f, 0, TYPE(INTEGER));
  Expr *nested = fixture_call(f, &fixture_divide, x, fixture_integer(f, 2));
  for (int i = 999; i >= 0; i--) {
    Expr *deeper = expr_compare(&f->arena, COMPARE_GREATER, x, fixture_integer(f, i));
    nested = NODE(f, EXPR_CASE, TYPE(INTEGER), deeper, nested, fixture_integer(f, -i));
  }
  CHECK_OK(run_one(&run, nested), &f->error);
  CHECK_EQ_STR(result_text(&run, 1999), "999");
  CHECK_EQ_STR(result_text(&run, 1001), "500");
  CHECK_EQ_STR(result_text(&run, 500), "-500");
  CHECK_EQ_STR(result_text(&run, 0), "0");
  run_close(&run);
}

TEST(a_wide_or_is_one_node) {
  Run run;
  run_open(&run, two_integers, 2);
  fill_two(&run, 2048);
  Fixture *f = &run.f;
  Expr * or = expr_node(&f->arena, EXPR_OR, TYPE(BOOLEAN), 5000);
  for (uint32_t i = 0; i < 5000; i++) {
    or->children[i] =
        expr_compare(&f->arena, COMPARE_EQUAL, fixture_input(f, 0, TYPE(INTEGER)), fixture_integer(f, (int)i * 2));
  }
  CHECK_OK(run_one(&run, or), &f->error);
  CHECK_EQ_STR(result_text(&run, 1000), "true");
  CHECK_EQ_STR(result_text(&run, 1001), "false");
  uint32_t selection[VECTOR_CAPACITY], count;
  CHECK_OK(evaluator_select(run.filter, &run.input, selection, &count), &f->error);
  CHECK_EQ_INT(count, 1024);
  CHECK_EQ_INT(selection[500], 1000);
  run_close(&run);
}

// Every allocation fails in turn: an error, no leak, nothing else.
TEST(survives_every_failed_allocation) {
  static const Type types[] = {{.id = TYPE_INTEGER}, {.id = TYPE_VARCHAR}};
  bool finished = false;
  for (uint64_t n = 1; n < 2000 && !finished; n++) {
    Run run;
    run_open(&run, types, 2);
    Fixture *f = &run.f;
    run.input.row_count = 100;
    for (uint32_t i = 0; i < 100; i++) {
      ((int32_t *)run.input.columns[0].data)[i] = (int32_t)i;
      CHECK_OK(vector_set_string(&run.input.columns[1], i, STR("text that is not inlined"), &f->error), &f->error);
    }
    Expr *number = fixture_input(f, 0, TYPE(INTEGER)), *text = fixture_input(f, 1, TYPE(VARCHAR));
    Expr *positive =
        expr_compare(&f->arena, COMPARE_GREATER, fixture_call(f, &fixture_add, number, number), fixture_integer(f, 50));
    Expr *tree = NODE(f, EXPR_CASE, TYPE(VARCHAR), positive, fixture_call(f, &fixture_shout, text, NULL),
                      NODE(f, EXPR_IN, TYPE(BOOLEAN), number, fixture_integer(f, 3), fixture_integer(f, 4)), text,
                      NODE(f, EXPR_COALESCE, TYPE(VARCHAR), text, fixture_string(f, "a text of some length")));
    f->memory.fail_at = f->memory.allocation_count + n;
    Status status = run_one(&run, tree);
    CHECK(status == OK || status == ERROR_NO_MEMORY);
    finished = status == OK && f->memory.allocation_count < f->memory.fail_at;
    f->memory.fail_at = 0;
    run_close(&run);
  }
  CHECK(finished);
}

UNIT_MAIN
