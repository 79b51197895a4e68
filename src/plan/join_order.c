// SPDX-License-Identifier: MIT
//
// join_order.c: the order of inner joins: dynamic programming over sets of relations up to DP_RELATIONS, greedy above.
//
// Cost is C_out, the sum of the rows of all intermediate results (Moerkotte and Neumann, "Analysis of Two Existing and One New Dynamic Programming Algorithm
// for the Generation of Optimal Bushy Join Trees", 2006), plus the rows that are put into hash tables. A condition is applied where all its relations
// meet first. Cross products are only made when nothing connects the parts.
#include "plan/optimize.h"

#define DP_RELATIONS 10
#define RELATION_LIMIT 40 // that are ordered (greedily in time n^4)

typedef uint64_t RelationSet;

typedef struct Edge {
  Expr *expr;
  RelationSet relations;
  bool equality;    // compares one set of relations with another
  RelationSet left; // of an equality: the relations of its sides
  RelationSet right;
  double share;
} Edge;

typedef struct JoinTree {
  RelationSet set;
  double rows;
  double cost;
  const struct JoinTree *left; // NULL: a relation
  const struct JoinTree *right;
  uint32_t relation;
} JoinTree;

typedef struct JoinGraph {
  Planner *planner;
  PlanList *relations;
  Edge *edges;
  uint32_t edge_count;
} JoinGraph;

static RelationSet bit_of(uint32_t relation) { return (RelationSet)1 << relation; }

// ---------------------------------------------------------------------------------------------------------------------
// The graph
// ---------------------------------------------------------------------------------------------------------------------

typedef struct SetSearch {
  const PlanList *relations;
  RelationSet set;
} SetSearch;

static Status note_relation(void *context, Expr *column) {
  SetSearch *search = context;
  for (uint32_t r = 0; r < search->relations->count; r++) {
    if (plan_find_column(search->relations->items[r], column->column.table, column->column.column, NULL)) {
      search->set |= bit_of(r);
      return OK;
    }
  }
  return OK;
}

static Status relations_of(const JoinGraph *graph, Expr *expr, RelationSet *set) {
  SetSearch search = {graph->relations, 0};
  TRY(expr_visit_columns(expr, note_relation, &search));
  *set = search.set;
  return OK;
}

static double side_distinct(const JoinGraph *graph, Expr *expr, RelationSet set) {
  double distinct = 1;
  for (uint32_t r = 0; r < graph->relations->count; r++) {
    if (set & bit_of(r)) distinct = MAX_OF(distinct, estimate_distinct(graph->relations->items[r], expr));
  }
  return distinct;
}

static Status make_edges(JoinGraph *graph, ExprList *conjuncts) {
  Planner *planner = graph->planner;
  ARENA_NEW_ARRAY(planner->arena, planner->error, graph->edges, conjuncts->count);
  for (uint32_t i = 0; i < conjuncts->count; i++) {
    Edge *edge = &graph->edges[graph->edge_count++];
    edge->expr = conjuncts->items[i];
    TRY(relations_of(graph, edge->expr, &edge->relations));
    edge->share = 0.3;
    if (edge->expr->kind != EXPR_COMPARE) continue;
    TRY(relations_of(graph, edge->expr->children[0], &edge->left));
    TRY(relations_of(graph, edge->expr->children[1], &edge->right));
    bool equal = edge->expr->compare == COMPARE_EQUAL || edge->expr->compare == COMPARE_NOT_DISTINCT;
    edge->equality = equal && edge->left && edge->right && !(edge->left & edge->right);
    if (edge->equality) {
      edge->share = 1 / MAX_OF(side_distinct(graph, edge->expr->children[0], edge->left),
                               side_distinct(graph, edge->expr->children[1], edge->right));
    }
  }
  return OK;
}

// The share of pairs that pass the conditions which become usable when the sets meet; connected: there is an equality among them. Several equalities between
// the same sets count as the strongest alone: keys of several columns are rarely independent.
static double meeting_share(const JoinGraph *graph, RelationSet left, RelationSet right, bool *connected) {
  RelationSet both = left | right;
  double strongest = 1;
  double others = 1;
  *connected = false;
  for (uint32_t i = 0; i < graph->edge_count; i++) {
    const Edge *edge = &graph->edges[i];
    bool usable = (edge->relations & both) == edge->relations;
    if (!usable || (edge->relations & left) == edge->relations || (edge->relations & right) == edge->relations)
      continue;
    bool splits = edge->equality && (((edge->left & left) == edge->left && (edge->right & right) == edge->right) ||
                                     ((edge->left & right) == edge->left && (edge->right & left) == edge->right));
    if (splits) {
      *connected = true;
      if (edge->share < strongest) {
        others *= strongest < 1 ? MAX_OF(strongest, 0.5) : 1;
        strongest = edge->share;
      } else {
        others *= MAX_OF(edge->share, 0.5);
      }
    } else {
      others *= edge->share;
    }
  }
  return strongest * others;
}

static JoinTree join_trees(const JoinGraph *graph, const JoinTree *left, const JoinTree *right, bool *connected) {
  double share = meeting_share(graph, left->set, right->set, connected);
  JoinTree tree = {.set = left->set | right->set};
  bool swap = left->rows < right->rows; // the smaller side is built: on the right
  tree.left = swap ? right : left;
  tree.right = swap ? left : right;
  tree.rows = left->rows * right->rows * share;
  tree.cost = left->cost + right->cost + tree.rows + tree.right->rows;
  if (!*connected) tree.cost += left->rows * right->rows;
  return tree;
}

// ---------------------------------------------------------------------------------------------------------------------
// Dynamic programming
// ---------------------------------------------------------------------------------------------------------------------

static Status best_by_sets(JoinGraph *graph, const JoinTree *leaves, const JoinTree **out) {
  Planner *planner = graph->planner;
  uint32_t count = graph->relations->count;
  RelationSet all = bit_of(count) - 1;
  JoinTree *best;
  ARENA_NEW_ARRAY(planner->arena, planner->error, best, (size_t)all + 1);
  for (uint32_t r = 0; r < count; r++) best[bit_of(r)] = leaves[r];
  for (RelationSet set = 1; set <= all; set++) {
    if ((set & (set - 1)) == 0) continue;
    bool have_connected = false;
    // Each split once: the part with the lowest relation is the left one.
    RelationSet lowest = set & (~set + 1);
    for (RelationSet left = (set - 1) & set; left; left = (left - 1) & set) {
      if (!(left & lowest)) continue;
      bool connected;
      const JoinTree *a = &best[left];
      const JoinTree *b = &best[set & ~left];
      JoinTree tree = join_trees(graph, a, b, &connected);
      bool first = best[set].set == 0;
      if (first || (connected && !have_connected) || (connected == have_connected && tree.cost < best[set].cost)) {
        best[set] = tree;
        have_connected |= connected;
      }
    }
  }
  *out = &best[all];
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Greedy: join the two trees whose result is smallest, until one is left
// ---------------------------------------------------------------------------------------------------------------------

static Status best_greedily(JoinGraph *graph, const JoinTree *leaves, const JoinTree **out) {
  Planner *planner = graph->planner;
  uint32_t count = graph->relations->count;
  const JoinTree **trees;
  ARENA_NEW_ARRAY(planner->arena, planner->error, trees, count);
  for (uint32_t r = 0; r < count; r++) trees[r] = &leaves[r];
  while (count > 1) {
    JoinTree best = {0};
    bool best_connected = false;
    uint32_t best_a = 0, best_b = 1;
    for (uint32_t a = 0; a < count; a++) {
      for (uint32_t b = a + 1; b < count; b++) {
        bool connected;
        JoinTree tree = join_trees(graph, trees[a], trees[b], &connected);
        bool better = connected == best_connected ? tree.rows < best.rows : connected;
        if (!best.set || better) {
          best = tree;
          best_connected = connected;
          best_a = a;
          best_b = b;
        }
      }
    }
    JoinTree *joined;
    ARENA_NEW(planner->arena, planner->error, joined);
    *joined = best;
    trees[best_a] = joined;
    trees[best_b] = trees[--count];
  }
  *out = trees[0];
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Trees to plans
// ---------------------------------------------------------------------------------------------------------------------

static Status build_tree(JoinGraph *graph, const JoinTree *tree, bool *used, LogicalPlan **out) {
  Planner *planner = graph->planner;
  if (!tree->left) {
    *out = graph->relations->items[tree->relation];
    return OK;
  }
  LogicalPlan *left;
  LogicalPlan *right;
  TRY(build_tree(graph, tree->left, used, &left));
  TRY(build_tree(graph, tree->right, used, &right));
  TRY(plan_make_join(planner, JOIN_INNER, left, right, out));
  LogicalPlan *join = *out;
  for (uint32_t i = 0; i < graph->edge_count; i++) {
    if (used[i] || (graph->edges[i].relations & tree->set) != graph->edges[i].relations) continue;
    used[i] = true;
    TRY(plan_join_add_condition(planner, join, graph->edges[i].expr));
  }
  if (!join->join.condition_count && !join->join.residual) join->kind = LOGICAL_CROSS;
  join->row_estimate = tree->rows;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Too many relations: along the equalities, in their order, until few enough are left
// ---------------------------------------------------------------------------------------------------------------------

// The relation that has all columns of the expression; the number of relations: none.
static uint32_t home_of(const PlanList *relations, Expr *expr) {
  uint32_t r = 0;
  while (r < relations->count && !(expr_has_columns(expr) && expr_within_plan(expr, relations->items[r]))) r++;
  return r;
}

static Status join_some(Planner *planner, PlanList *relations, ExprList *conjuncts) {
  uint32_t left = 0;
  for (uint32_t i = 0; i < conjuncts->count; i++) {
    Expr *expr = conjuncts->items[i];
    conjuncts->items[left++] = expr;
    if (relations->count <= RELATION_LIMIT || expr->kind != EXPR_COMPARE || expr->compare != COMPARE_EQUAL) continue;
    uint32_t a = home_of(relations, expr->children[0]), b = home_of(relations, expr->children[1]);
    if (a == b || MAX_OF(a, b) == relations->count) continue;
    TRY(plan_make_join(planner, JOIN_INNER, relations->items[a], relations->items[b], &relations->items[a]));
    TRY(plan_join_add_condition(planner, relations->items[a], expr));
    estimate_tree(relations->items[a]);
    relations->items[b] = relations->items[--relations->count];
    left--;
  }
  conjuncts->count = left;
  return OK;
}

static Status join_as_written(Planner *planner, PlanList *relations, ExprList *conjuncts, LogicalPlan **out) {
  LogicalPlan *plan = relations->items[0];
  for (uint32_t r = 1; r < relations->count; r++) TRY(plan_make_cross(planner, plan, relations->items[r], &plan));
  Expr *condition = join_conjuncts(planner, conjuncts->items, conjuncts->count);
  if (conjuncts->count && !condition) return error_no_memory(planner->error);
  return plan_make_filter(planner, plan, condition, out);
}

Status order_joins(Planner *planner, PlanList *relations, ExprList *conjuncts, LogicalPlan **out) {
  JoinGraph graph = {.planner = planner, .relations = relations};
  JoinTree *leaves;
  const JoinTree *tree = NULL;
  bool *used;
  for (uint32_t r = 0; r < relations->count; r++) estimate_tree(relations->items[r]);
  if (relations->count > RELATION_LIMIT) TRY(join_some(planner, relations, conjuncts));
  if (relations->count > RELATION_LIMIT) return join_as_written(planner, relations, conjuncts, out);
  TRY(make_edges(&graph, conjuncts));
  ARENA_NEW_ARRAY(planner->arena, planner->error, leaves, relations->count);
  for (uint32_t r = 0; r < relations->count; r++) {
    leaves[r] = (JoinTree){.set = bit_of(r), .rows = MAX_OF(relations->items[r]->row_estimate, 1.0), .relation = r};
  }
  if (relations->count <= DP_RELATIONS) {
    TRY(best_by_sets(&graph, leaves, &tree));
  } else {
    TRY(best_greedily(&graph, leaves, &tree));
  }
  ARENA_NEW_ARRAY(planner->arena, planner->error, used, graph.edge_count);
  TRY(build_tree(&graph, tree, used, out));
  // What reads no relation of the region (an outer column, a constant that could not be folded) stays above.
  ExprList rest = {0};
  for (uint32_t i = 0; i < graph.edge_count; i++) {
    if (!used[i]) ARENA_PUSH(planner->arena, planner->error, &rest, graph.edges[i].expr);
  }
  if (!rest.count) return OK;
  Expr *condition;
  NEW_OR_FAIL(planner, condition, join_conjuncts(planner, rest.items, rest.count));
  return plan_make_filter(planner, *out, condition, out);
}
