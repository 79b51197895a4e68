// SPDX-License-Identifier: MIT
//
// physical.c: a resolved plan becomes operators and pipelines.
//
// The tree is walked from the root down with the tail of the pipeline so far: the stages above, nearest first, and the sink. A node that streams puts itself
// in front of the tail; a node that must see all its input first ends a pipeline below itself as a sink and begins the tail's as a source. Pipelines
// are listed in the order in which they run: what a stage needs to be there (build sides, CTEs) is walked before its input.
#include "exec/operator.h"

typedef struct Tail Tail;
struct Tail {
  Operator *stage; // NULL: the end; then sink counts
  Operator *sink;  // NULL: the caller of execution_step
  const Tail *above;
  // Several pipelines may share what lies above this link (UNION ALL); only the last one ends it.
  bool shared;
  bool last;
};

static Status build(Execution *execution, const LogicalPlan *plan, const Tail *tail);
static Status build_explain(Execution *execution, const LogicalPlan *plan, const Tail *tail);

static Status emit(Execution *execution, Operator *source, const Tail *tail) {
  Pipeline pipeline = {.source = source, .last = true};
  uint32_t count = 0;
  for (const Tail *link = tail; link; link = link->above) count += link->stage != NULL;
  ARENA_NEW_ARRAY(execution->context.arena, execution->context.error, pipeline.stages, count);
  for (const Tail *link = tail; link; link = link->above) {
    if (link->stage) {
      pipeline.stages[pipeline.stage_count++] = link->stage;
    } else if (!link->above) {
      pipeline.sink = link->sink;
    }
    if (link->shared && !link->last && pipeline.last) {
      pipeline.last = false;
      pipeline.own_stages = pipeline.stage_count;
    }
  }
  if (pipeline.last) pipeline.own_stages = pipeline.stage_count;
  ARENA_PUSH(execution->context.arena, execution->context.error, &execution->pipelines, pipeline);
  return OK;
}

static Status build_sink(Execution *execution, const LogicalPlan *plan, Operator *sink) {
  Tail end = {.sink = sink};
  return build(execution, plan, &end);
}

static Status build_stage(Execution *execution, const LogicalPlan *child, Operator *stage, const Tail *tail) {
  Tail link = {.stage = stage, .above = tail};
  return build(execution, child, &link);
}

// Sees all its input, then is the source of what is above.
static Status build_breaker(Execution *execution, const LogicalPlan *child, Operator *op, const Tail *tail) {
  TRY(build_sink(execution, child, op));
  return emit(execution, op, tail);
}

// Several inputs one after another into the same tail.
static Status build_union(Execution *execution, const LogicalPlan *plan, const Tail *tail) {
  for (uint32_t i = 0; i < plan->child_count; i++) {
    Tail mark = {.above = tail, .shared = true, .last = i + 1 == plan->child_count};
    TRY(build(execution, plan->children[i], &mark));
  }
  return OK;
}

// A hash table answers joins with an equality, but not NOT IN over several conditions: there NULL may hide in any of them.
static bool hash_joinable(const LogicalPlan *plan) {
  if (plan->kind != LOGICAL_JOIN || plan->join.equal_count == 0) return false;
  bool several = plan->join.condition_count > 1 || plan->join.residual;
  return !(plan->join.join == JOIN_MARK && plan->join.null_aware && several);
}

static Status build_join(Execution *execution, const LogicalPlan *plan, const Tail *tail) {
  Operator *join;
  if (plan->kind == LOGICAL_POSITIONAL) {
    TRY(make_positional_join(execution, plan, &join));
  } else if (plan->kind == LOGICAL_JOIN && plan->join.join == JOIN_ASOF) {
    TRY(make_asof_join(execution, plan, &join));
  } else if (hash_joinable(plan)) {
    TRY(make_hash_join(execution, plan, &join));
  } else if (plan->kind == LOGICAL_JOIN && plan_is_range_join(&plan->join)) {
    TRY(make_range_join(execution, plan, &join));
  } else {
    TRY(make_nested_loop_join(execution, plan, &join));
  }
  TRY(build_sink(execution, plan->children[1], join));
  return build_stage(execution, plan->children[0], join, tail);
}

// The buffers of CTEs by id, so that scans find them.
struct CteBuffer {
  uint32_t id;
  bool recursive;
  Operator *buffer;
  CteBuffer *next;
};

static Status note_buffer(Execution *execution, uint32_t id, bool recursive, Operator *buffer) {
  CteBuffer *entry;
  ARENA_NEW(execution->context.arena, execution->context.error, entry);
  *entry = (CteBuffer){.id = id, .recursive = recursive, .buffer = buffer, .next = execution->cte_buffers};
  execution->cte_buffers = entry;
  return OK;
}

static Operator *find_buffer(const Execution *execution, uint32_t id, bool recursive) {
  for (const CteBuffer *entry = execution->cte_buffers; entry; entry = entry->next) {
    if (entry->id == id && entry->recursive == recursive) return entry->buffer;
  }
  return NULL;
}

static Status build_cte(Execution *execution, const LogicalPlan *plan, const Tail *tail) {
  Operator *buffer;
  TRY(make_row_buffer(execution, plan->children[0], &buffer));
  TRY(note_buffer(execution, plan->cte.id, false, buffer));
  TRY(build_sink(execution, plan->children[0], buffer));
  return build(execution, plan->children[1], tail);
}

static Status build_cte_scan(Execution *execution, const LogicalPlan *plan, const Tail *tail) {
  Operator *buffer = find_buffer(execution, plan->cte.id, plan->cte.recursive);
  Operator *scan;
  if (!buffer) return error_set(execution->context.error, ERROR_INTERNAL, -1, "a CTE is scanned that was not planned");
  TRY(make_row_buffer_scan(execution, plan, buffer, &scan));
  return emit(execution, scan, tail);
}

static uint32_t most_stages(const Execution *execution) {
  uint32_t most = 0;
  for (uint32_t i = 0; i < execution->pipelines.count; i++) {
    most = MAX_OF(most, execution->pipelines.items[i].stage_count);
  }
  return most;
}

// Room for what runs through the pipelines, when all are there.
static Status open_stages(Execution *execution) {
  uint32_t stages = most_stages(execution) + 1;
  ARENA_NEW_ARRAY(execution->context.arena, execution->context.error, execution->inputs, stages);
  ARENA_NEW_ARRAY(execution->context.arena, execution->context.error, execution->pending, stages);
  ARENA_NEW_ARRAY(execution->context.arena, execution->context.error, execution->taken, stages);
  for (uint32_t i = 0; i < execution->pipelines.count; i++) {
    Pipeline *pipeline = &execution->pipelines.items[i];
    ARENA_NEW_ARRAY(execution->context.arena, execution->context.error, pipeline->portions, pipeline->stage_count + 1);
  }
  if (!execution->context.disguise) return OK;
  ARENA_NEW_ARRAY(execution->context.arena, execution->context.error, execution->disguises, stages);
  execution->disguise_count = stages;
  return OK;
}

// Both parts become pipelines of an execution of their own that the operator runs while it is the source of their rows.
static Status build_recursive_cte(Execution *execution, const LogicalPlan *plan, const Tail *tail) {
  Operator *op;
  Execution *inner;
  TRY(execution_make_inner(execution, &inner));
  TRY(make_recursive_cte(execution, plan, inner, &op));
  TRY(note_buffer(inner, plan->cte.id, true, op));
  TRY(build_sink(inner, plan->children[0], op));
  uint32_t first = inner->pipelines.count;
  TRY(build_sink(inner, plan->children[1], op));
  Pipeline *last = &inner->pipelines.items[inner->pipelines.count - 1];
  last->repeat = op;
  last->repeat_from = first;
  TRY(open_stages(inner));
  return emit(execution, op, tail);
}

static Status build_set_operation(Execution *execution, const LogicalPlan *plan, const Tail *tail) {
  if (plan->set_operation.operation == SET_UNION && plan->set_operation.all) return build_union(execution, plan, tail);
  Operator *left;
  Operator *right;
  TRY(make_set_operation(execution, plan, &left, &right));
  if (plan->set_operation.operation == SET_UNION) {
    Tail end = {.sink = left};
    TRY(build_union(execution, plan, &end));
    return emit(execution, left, tail);
  }
  TRY(build_sink(execution, plan->children[1], right));
  return build_breaker(execution, plan->children[0], left, tail);
}

static Status build_limit(Execution *execution, const LogicalPlan *plan, const Tail *tail) {
  Operator *limit;
  TRY(make_limit(execution, plan, &limit));
  if (plan->child_count > 1) { // LIMIT (SELECT …)
    Operator *values;
    TRY(make_limit_values(execution, limit, &values));
    TRY(build_sink(execution, plan->children[1], values));
  }
  if (plan->limit.kind == LIMIT_PERCENT) return build_breaker(execution, plan->children[0], limit, tail);
  return build_stage(execution, plan->children[0], limit, tail);
}

typedef Status (*Maker)(Execution *execution, const LogicalPlan *plan, Operator **out);

static Status build_with(Execution *execution, const LogicalPlan *plan, const Tail *tail, Maker make, bool breaker) {
  Operator *op;
  TRY(make(execution, plan, &op));
  if (plan->child_count == 0) return emit(execution, op, tail);
  if (breaker) return build_breaker(execution, plan->children[0], op, tail);
  return build_stage(execution, plan->children[0], op, tail);
}

static Status build(Execution *execution, const LogicalPlan *plan, const Tail *tail) {
  switch ((LogicalKind)plan->kind) {
    case LOGICAL_DUMMY:
    case LOGICAL_EMPTY:
    case LOGICAL_VALUES:
      return build_with(execution, plan, tail, make_values, false);
    case LOGICAL_SCAN:
      return build_with(execution, plan, tail, make_scan, false);
    case LOGICAL_TABLE_FUNCTION:
      return build_with(execution, plan, tail, make_table_function_operator, false);
    case LOGICAL_PROJECT:
      return build_with(execution, plan, tail, make_project, false);
    case LOGICAL_FILTER:
      return build_with(execution, plan, tail, make_filter, false);
    case LOGICAL_AGGREGATE:
      return build_with(execution, plan, tail, make_aggregate_operator, true);
    case LOGICAL_DISTINCT:
      return build_with(execution, plan, tail, make_distinct, true);
    case LOGICAL_WINDOW:
      return build_with(execution, plan, tail, make_window, true);
    case LOGICAL_ORDER:
    case LOGICAL_TOP_N:
      return build_with(execution, plan, tail, make_sort, true);
    case LOGICAL_LIMIT:
      return build_limit(execution, plan, tail);
    case LOGICAL_JOIN:
    case LOGICAL_CROSS:
    case LOGICAL_POSITIONAL:
      return build_join(execution, plan, tail);
    case LOGICAL_SET_OPERATION:
      return build_set_operation(execution, plan, tail);
    case LOGICAL_CTE:
      return build_cte(execution, plan, tail);
    case LOGICAL_CTE_SCAN:
      return build_cte_scan(execution, plan, tail);
    case LOGICAL_RECURSIVE_CTE:
      return build_recursive_cte(execution, plan, tail);
    case LOGICAL_UNNEST:
      return build_with(execution, plan, tail, make_unnest, false);
    case LOGICAL_SAMPLE:
      return build_with(execution, plan, tail, make_sample, true);
    case LOGICAL_INSERT:
    case LOGICAL_CREATE_TABLE_AS:
      return build_with(execution, plan, tail, make_insert, true);
    case LOGICAL_UPDATE:
      return build_with(execution, plan, tail, make_update, true);
    case LOGICAL_DELETE:
      return build_with(execution, plan, tail, make_delete, true);
    case LOGICAL_MERGE:
      return build_with(execution, plan, tail, make_merge, true);
    case LOGICAL_COPY_TO:
      return build_with(execution, plan, tail, make_copy_to, true);
    case LOGICAL_EXPLAIN:
      return build_explain(execution, plan, tail);
    default:
      return build_with(execution, plan, tail, make_action, true);
  }
}

// EXPLAIN prints; EXPLAIN ANALYZE runs its plan to the end first.
static Status build_explain(Execution *execution, const LogicalPlan *plan, const Tail *tail) {
  Operator *op;
  TRY(make_explain(execution, plan, &op));
  if (plan->explain.analyze) return build_breaker(execution, plan->children[0], op, tail);
  return emit(execution, op, tail);
}

Status execution_open(const ExecutionContext *context, const LogicalPlan *root, Execution **out) {
  Execution *execution;
  *out = NULL;
  ARENA_NEW(context->arena, context->error, execution);
  *out = execution; // closed by the caller also when building fails
  execution->context = *context;
  arena_init(&execution->scratch, context->memory);
  execution->eval = (EvalContext){.error = context->error,
                                  .memory = context->memory,
                                  .facts = context->facts,
                                  .scratch = &execution->scratch,
                                  .disguise = context->disguise};
  Tail end = {.sink = NULL};
  TRY(build(execution, root, &end));
  return open_stages(execution);
}
