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
FINALIZE(list_finalize) {
  (void)call;
  for (uint32_t row = 0; row < row_count; row++) {
    const Collection *collection = states[row];
    if (!collection->count) {
      TRY(vector_set_null(result, row, context->error));
      continue;
    }
    if (collection->count > UINT32_MAX) return out_of_range(context, NULL, "list() of more than 2^32 values");
    uint32_t at;
    TRY(list_append_entry(result, row, (uint32_t)collection->count, &at, context->error));
    TRY(collection_emit(collection, &result->children[0], at, context->error));
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

typedef struct TextState {
  char *data; // in the arena
  uint64_t length, capacity;
  bool any;
} TextState;

INIT(string_init) {
  (void)call;
  *(TextState *)state = (TextState){0};
}

static Status text_state_append(TextState *state, Str text, Str separator, Arena *arena, Error *error) {
  uint64_t wanted = state->length + text.length + (state->any ? separator.length : 0);
  if (wanted > UINT32_MAX) return error_set(error, ERROR_OUT_OF_RANGE, -1, "Concatenated text is longer than 4 GiB");
  if (wanted > state->capacity) {
    uint64_t capacity = MAX_OF(wanted * 2, 32);
    char *data = arena_allocate(arena, capacity);
    if (!data) return error_no_memory(error);
    if (state->length) memcpy(data, state->data, state->length);
    state->data = data;
    state->capacity = capacity;
  }
  if (state->any && separator.length) {
    memcpy(state->data + state->length, separator.data, separator.length);
    state->length += separator.length;
  }
  if (text.length) memcpy(state->data + state->length, text.data, text.length);
  state->length += text.length;
  state->any = true;
  return OK;
}

// Bind data is the separator.
static Str separator_of(const AggregateCall *call) {
  return call->bind_data ? *(const Str *)call->bind_data : STR(",");
}

UPDATES(string, TextState, StringView,
        TRY(text_state_append(state, string_str(&in), separator_of(call), arena, context->error)))
COMBINE(string_combine) {
  const TextState *source = source_;
  if (!source->any) return OK;
  return text_state_append(target_, (Str){source->data, source->length}, separator_of(call), arena, context->error);
}
FINALIZE(string_finalize) {
  (void)call;
  for (uint32_t row = 0; row < row_count; row++) {
    const TextState *state = states[row];
    if (state->any) {
      TRY(vector_set_string(result, row, (Str){state->data, state->length}, context->error));
    } else {
      TRY(vector_set_null(result, row, context->error));
    }
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
