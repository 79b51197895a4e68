// SPDX-License-Identifier: MIT
//
// gather.c: list (array_agg) and string_agg: all values of a group, in the order in which they came.
#include "func/aggregate/aggregate.h"

// ---------------------------------------------------------------------------------------------------------------------
// list
// ---------------------------------------------------------------------------------------------------------------------

INIT(list_init) {
  (void)call;
  *(Collection *)state = (Collection){0};
}
UPDATE(list_update) {
  (void)call;
  VectorView view;
  vector_view(arguments[0], &view);
  for (uint32_t row = 0; row < row_count; row++) {
    TRY(collection_push(states[row], &view, view_row(&view, row), arena, context->error));
  }
  return OK;
}
UPDATE_ONE(list_update_one) {
  (void)call;
  VectorView view;
  vector_view(arguments[0], &view);
  for (uint32_t row = 0; row < row_count; row++) {
    TRY(collection_push(state_, &view, view_row(&view, row), arena, context->error));
  }
  return OK;
}
COMBINE(list_combine) { return collection_append(target_, source_, call->argument_types[0], arena, context->error); }
// Room for the elements of all rows at once: growing would copy.
static Status reserve_elements(EvalContext *context, void *const *states, uint32_t row_count, Vector *result) {
  uint64_t total = result->child_rows;
  for (uint32_t row = 0; row < row_count; row++) total += ((const Collection *)states[row])->count;
  if (total > UINT32_MAX) return out_of_range(context, NULL, "list() of more than 2^32 values");
  return vector_reserve(&result->children[0], (uint32_t)total, context->error);
}

FINALIZE(list_finalize) {
  (void)call;
  uint32_t budget = FINALIZE_BUDGET;
  if (!cursor->row && !cursor->position) TRY(reserve_elements(context, states, row_count, result));
  for (; cursor->row < row_count; cursor->row++) {
    const Collection *collection = states[cursor->row];
    cursor->more = !budget;
    if (cursor->more) return OK;
    if (!collection->count) {
      TRY(vector_set_null(result, cursor->row, context->error));
      continue;
    }
    uint32_t at = ((const ListEntry *)result->data)[cursor->row].offset;
    if (!cursor->position) {
      TRY(list_append_entry(result, cursor->row, (uint32_t)collection->count, &at, context->error));
    }
    TRY(collection_emit(collection, cursor, &budget, &result->children[0], at, context->error));
    cursor->more = cursor->position < collection->count;
    if (cursor->more) return OK;
    cursor->position = 0;
  }
  return OK;
}

static Status bind_list_aggregate(AggregateBind *bind) {
  Type type = aggregate_argument_type(bind, 0);
  if (type.id == TYPE_UNKNOWN) type = TYPE(NULL);
  bind->argument_types[0] = type;
  return type_make_list(bind->arena, bind->error, type, &bind->result_type);
}

// ---------------------------------------------------------------------------------------------------------------------
// string_agg
// ---------------------------------------------------------------------------------------------------------------------

#define FIRST_PIECE 32u
#define LARGEST_PIECE 65536u

// The text in pieces, so that growing copies nothing.
typedef struct TextPiece TextPiece;
struct TextPiece {
  TextPiece *next;
  uint32_t length, capacity;
  char data[];
};
typedef struct TextState {
  TextPiece *first, *last;
  uint64_t length;
  bool any;
} TextState;

INIT(string_init) {
  (void)call;
  *(TextState *)state = (TextState){0};
}

static Status text_state_append(TextState *state, Str text, Arena *arena, Error *error) {
  if (state->length + text.length > UINT32_MAX) {
    return error_set(error, ERROR_OUT_OF_RANGE, -1, "Concatenated text is longer than 4 GiB");
  }
  state->length += text.length;
  while (text.length) {
    TextPiece *piece = state->last;
    if (!piece || piece->length == piece->capacity) {
      uint32_t capacity = piece ? MIN_OF(piece->capacity * 2, LARGEST_PIECE) : FIRST_PIECE;
      TextPiece *next = arena_allocate(arena, sizeof *next + capacity);
      if (!next) return error_no_memory(error);
      *next = (TextPiece){.capacity = capacity};
      if (piece) {
        piece->next = next;
      } else {
        state->first = next;
      }
      state->last = piece = next;
    }
    uint32_t part = (uint32_t)MIN_OF(text.length, (size_t)(piece->capacity - piece->length));
    memcpy(piece->data + piece->length, text.data, part);
    piece->length += part;
    text = (Str){text.data + part, text.length - part};
  }
  return OK;
}

// Bind data is the separator.
static Str separator_of(const AggregateCall *call) {
  return call->bind_data ? *(const Str *)call->bind_data : STR(",");
}

static Status start_text(const AggregateCall *call, TextState *state, Arena *arena, Error *error) {
  if (state->any) return text_state_append(state, separator_of(call), arena, error);
  state->any = true;
  return OK;
}

static Status append_text(const AggregateCall *call, TextState *state, Str text, Arena *arena, Error *error) {
  TRY(start_text(call, state, arena, error));
  return text_state_append(state, text, arena, error);
}

UPDATES(string, TextState, StringView, TRY(append_text(call, state, string_str(&in), arena, context->error)))
COMBINE(string_combine) {
  const TextState *source = source_;
  if (!source->any) return OK;
  TRY(start_text(call, target_, arena, context->error));
  for (const TextPiece *piece = source->first; piece; piece = piece->next) {
    TRY(text_state_append(target_, (Str){piece->data, piece->length}, arena, context->error));
  }
  return OK;
}
FINALIZE(string_finalize) {
  (void)call;
  uint32_t budget = FINALIZE_BUDGET;
  for (; cursor->row < row_count; cursor->row++) {
    const TextState *state = states[cursor->row];
    if (!state->any) {
      TRY(vector_set_null(result, cursor->row, context->error));
      continue;
    }
    if (!cursor->work) {
      cursor->work = vector_string_room(result, state->length);
      if (!cursor->work) return error_no_memory(context->error);
      cursor->place = state->first;
    }
    while (cursor->place && budget) {
      const TextPiece *piece = cursor->place;
      memcpy((char *)cursor->work + cursor->position, piece->data, piece->length);
      cursor->position += piece->length;
      cursor->place = piece->next;
      spend(&budget, text_cost(piece->length));
    }
    cursor->more = cursor->place != NULL;
    if (cursor->more) return OK;
    ((StringView *)result->data)[cursor->row] = string_view(cursor->work, state->length);
    cursor->work = NULL;
    cursor->position = 0;
  }
  return OK;
}

static const AggregateFunction null_aggregate;

// Everything but text is cast.
static Status bind_text(AggregateBind *bind) {
  bind->argument_types[0] = TYPE(VARCHAR);
  return OK;
}

static Status bind_separator(AggregateBind *bind) {
  bind->argument_types[0] = TYPE(VARCHAR);
  Value separator;
  bool constant;
  TRY(aggregate_constant(bind, 1, &separator, &constant));
  if (!constant) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "Separator argument to StringAgg must be a constant");
  }
  Str *text;
  ARENA_NEW(bind->arena, bind->error, text);
  if (separator.is_null) {
    bind->replacement = &null_aggregate; // string_agg(x, NULL) is NULL
  } else {
    Value as_text;
    TRY(value_cast(bind->arena, &separator, TYPE(VARCHAR), &as_text, bind->error));
    TRY(str_copy(bind->arena, bind->error, as_text.text, text));
  }
  bind->bind_data = text;
  return OK;
}

UPDATE(null_update) {
  UNUSED_AGGREGATE;
  (void)states, (void)arguments, (void)row_count;
  return OK;
}
#define null_init string_init
#define null_update_one NULL
#define null_combine string_combine
#define null_finalize string_finalize
static const AggregateFunction null_aggregate =
    AGGREGATE("string_agg", OF(VARCHAR), TYPES(OF(ANY), OF(VARCHAR)), TextState, null);

#define LIST_ENTRY(name)                                                                                         \
  AGGREGATE(name, OF(ANY), TYPES(OF(ANY)), Collection, list, .bind = bind_list_aggregate, .order_matters = true, \
            .distinct_matters = true)
#define STRING_ENTRIES(name)                                                                                \
  AGGREGATE(name, OF(VARCHAR), TYPES(OF(ANY)), TextState, string, .bind = bind_text, .order_matters = true, \
            .distinct_matters = true, .skips_nulls = true),                                                 \
      AGGREGATE(name, OF(VARCHAR), TYPES(OF(ANY), OF(VARCHAR)), TextState, string, .bind = bind_separator,  \
                .order_matters = true, .distinct_matters = true, .skips_nulls = true)

AGGREGATE_TABLE(gather) = {
    LIST_ENTRY("list"),        LIST_ENTRY("array_agg"), STRING_ENTRIES("string_agg"), STRING_ENTRIES("group_concat"),
    STRING_ENTRIES("listagg"),
};
AGGREGATE_TABLE_END(gather);
