// SPDX-License-Identifier: MIT
//
// type_unify.c: which type two types meet in, and what an implicit cast costs. DuckDB 1.5's rules: TryGetMaxLogicalType,
// ForceMaxLogicalType, CastRules::ImplicitCast. The costs are only compared, their size means nothing.
#include "vector/vector.h"

#define COST_STRING_LITERAL 20
#define COST_STRING_LITERAL_VARCHAR 1
#define COST_INTEGER_LITERAL_BONUS 90

Type type_integer_literal(int128 value) {
  bool negative = value < 0;
  uint128 magnitude = negative ? ~(uint128)value : (uint128)value;
  uint32_t bits = 0;
  while (magnitude) {
    bits++;
    magnitude >>= 1;
  }
  return (Type){.id = TYPE_INTEGER_LITERAL, .width = (uint8_t)bits, .scale = negative};
}

static Type literal_natural_type(Type literal) {
  if (literal.width < 32) return TYPE(INTEGER);
  return literal.width < 64 ? TYPE(BIGINT) : TYPE(HUGEINT);
}

static bool literal_fits(Type literal, Type to) {
  switch (to.id) {
    case TYPE_FLOAT:
    case TYPE_DOUBLE:
      return true;
    case TYPE_TINYINT:
      return literal.width < 8;
    case TYPE_SMALLINT:
      return literal.width < 16;
    case TYPE_INTEGER:
      return literal.width < 32;
    case TYPE_BIGINT:
      return literal.width < 64;
    case TYPE_HUGEINT:
      return literal.width < 128;
    case TYPE_UTINYINT:
      return !literal.scale && literal.width <= 8;
    case TYPE_USMALLINT:
      return !literal.scale && literal.width <= 16;
    case TYPE_UINTEGER:
      return !literal.scale && literal.width <= 32;
    case TYPE_UBIGINT:
      return !literal.scale && literal.width <= 64;
    case TYPE_UHUGEINT:
      return !literal.scale;
    default:
      return false;
  }
}

static bool has_literal(Type type) {
  if (type.id == TYPE_INTEGER_LITERAL || type.id == TYPE_STRING_LITERAL) return true;
  if (!type_is_nested(type) || !type.info) return false;
  for (uint32_t i = 0; i < type.info->count; i++) {
    if (has_literal(type.info->types[i])) return true;
  }
  return false;
}

Status type_normalize(Arena *arena, Error *error, Type type, Type *out) {
  *out = type;
  if (type.id == TYPE_INTEGER_LITERAL) {
    *out = literal_natural_type(type);
  } else if (type.id == TYPE_STRING_LITERAL) {
    *out = TYPE(VARCHAR);
  } else if (has_literal(type)) {
    TypeInfo *info;
    Type *types;
    ARENA_NEW(arena, error, info);
    ARENA_NEW_ARRAY(arena, error, types, type.info->count);
    for (uint32_t i = 0; i < type.info->count; i++) TRY(type_normalize(arena, error, type.info->types[i], &types[i]));
    *info = *type.info;
    info->types = types;
    out->info = info;
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Implicit casts
// ---------------------------------------------------------------------------------------------------------------------

static int64_t target_cost(Type to) {
  switch (to.id) {
    case TYPE_BIGINT:
      return 101;
    case TYPE_INTEGER:
      return 102;
    case TYPE_HUGEINT:
      return 103;
    case TYPE_DOUBLE:
      return 104;
    case TYPE_DECIMAL:
      return 105;
    case TYPE_TIMESTAMP_NS:
      return 119;
    case TYPE_TIMESTAMP:
      return 120;
    case TYPE_TIMESTAMP_MS:
      return 121;
    case TYPE_TIMESTAMP_S:
      return 122;
    case TYPE_TIMESTAMP_TZ:
      return 123;
    case TYPE_VARCHAR:
      return 149;
    case TYPE_LIST:
    case TYPE_ARRAY:
    case TYPE_STRUCT:
    case TYPE_MAP:
    case TYPE_UNION:
      return 160;
    case TYPE_ANY:
      return 5;
    default:
      return 110;
  }
}

static bool scalar_casts_implicitly(TypeId from, TypeId to) {
  bool to_real = to == TYPE_FLOAT || to == TYPE_DOUBLE;
  bool to_any_number = to_real || to == TYPE_DECIMAL || to == TYPE_BIGNUM;
  switch (from) {
    case TYPE_TINYINT:
    case TYPE_SMALLINT:
    case TYPE_INTEGER:
    case TYPE_BIGINT:
    case TYPE_HUGEINT:
      return (to > from && to <= TYPE_HUGEINT) || to_any_number;
    case TYPE_UTINYINT:
      return (to > from && to <= TYPE_UHUGEINT) || (to >= TYPE_SMALLINT && to <= TYPE_HUGEINT) || to_any_number;
    case TYPE_USMALLINT:
      return (to > from && to <= TYPE_UHUGEINT) || (to >= TYPE_INTEGER && to <= TYPE_HUGEINT) || to_any_number;
    case TYPE_UINTEGER:
      return (to > from && to <= TYPE_UHUGEINT) || to == TYPE_BIGINT || to == TYPE_HUGEINT || to_any_number;
    case TYPE_UBIGINT:
      return to == TYPE_UHUGEINT || to == TYPE_HUGEINT || to_any_number;
    case TYPE_UHUGEINT:
      return to_any_number;
    case TYPE_FLOAT:
      return to == TYPE_DOUBLE || to == TYPE_BIGNUM;
    case TYPE_DECIMAL:
      return to_real;
    case TYPE_BIGNUM:
      return to == TYPE_DOUBLE;
    case TYPE_DATE:
      return to >= TYPE_TIMESTAMP_S && to <= TYPE_TIMESTAMP_TZ;
    case TYPE_TIMESTAMP_S:
      return to == TYPE_TIMESTAMP_MS || to == TYPE_TIMESTAMP || to == TYPE_TIMESTAMP_NS;
    case TYPE_TIMESTAMP_MS:
      return to == TYPE_TIMESTAMP || to == TYPE_TIMESTAMP_NS;
    case TYPE_TIMESTAMP:
      return to == TYPE_TIMESTAMP_NS || to == TYPE_TIMESTAMP_TZ;
    case TYPE_TIMESTAMP_NS:
      return to == TYPE_TIMESTAMP;
    case TYPE_ENUM:
      return to == TYPE_VARCHAR;
    default:
      return false;
  }
}

// A declared type that no value can have: it has to be filled in before anything can be cast to it.
static bool type_is_open(Type type) {
  if (type.id == TYPE_ANY || (type.id == TYPE_DECIMAL && !type.width)) return true;
  if (!type_is_nested(type)) return type.id == TYPE_ENUM && !type.info;
  if (!type.info) return true;
  for (uint32_t i = 0; i < type.info->count; i++) {
    if (type_is_open(type.info->types[i])) return true;
  }
  return false;
}

// The field of `to` that field i of `from` goes to: by name when both are named, else by place; count: none.
static uint32_t struct_target_field(Type from, Type to, uint32_t i) {
  if (!from.info->names || !to.info->names) return i;
  for (uint32_t k = 0; k < to.info->count; k++) {
    if (str_equal_nocase(from.info->names[i], to.info->names[k])) return k;
  }
  return to.info->count;
}

static int64_t struct_cost(Type from, Type to) {
  bool named = from.info->names && to.info->names;
  if (!named && from.info->count != to.info->count) return -1;
  if (from.info->count > to.info->count) return -1;
  int64_t cost = -1;
  for (uint32_t i = 0; i < from.info->count; i++) {
    uint32_t target = struct_target_field(from, to, i);
    if (target == to.info->count) return -1;
    int64_t child = type_implicit_cost(from.info->types[i], to.info->types[target]);
    if (child < 0) return -1;
    cost = MAX_OF(cost, child);
  }
  return MAX_OF(cost, 0) + (from.info->count < to.info->count);
}

static int64_t nested_cost(Type from, Type to) {
  if (!to.info) return from.id == to.id ? target_cost(to) : -1; // a declared LIST of anything
  if (from.id == TYPE_LIST && to.id == TYPE_LIST) {
    // One less: INTEGER[] -> VARCHAR[] is preferred over INTEGER[] -> VARCHAR.
    int64_t cost = type_implicit_cost(type_child(from, 0), type_child(to, 0));
    return cost >= 1 ? cost - 1 : cost;
  }
  if (from.id == TYPE_ARRAY && (to.id == TYPE_ARRAY || to.id == TYPE_LIST)) {
    if (to.id == TYPE_ARRAY && to.array_size && from.array_size != to.array_size) return -1;
    int64_t cost = type_implicit_cost(type_child(from, 0), type_child(to, 0));
    if (to.id == TYPE_LIST) return cost < 0 ? cost : cost + 1;
    return cost >= 1 ? cost - 1 : cost;
  }
  if (from.id == TYPE_LIST && to.id == TYPE_ARRAY) {
    int64_t cost = type_implicit_cost(type_child(from, 0), type_child(to, 0));
    return cost < 0 ? cost : cost * 2;
  }
  if (from.id == TYPE_STRUCT && to.id == TYPE_STRUCT) return struct_cost(from, to);
  if (from.id == TYPE_MAP && to.id == TYPE_MAP) {
    int64_t key = type_implicit_cost(type_child(from, 0), type_child(to, 0));
    int64_t value = type_implicit_cost(type_child(from, 1), type_child(to, 1));
    return key < 0 || value < 0 ? -1 : MAX_OF(key, value);
  }
  return -1;
}

static int64_t union_member_cost(Type from, Type to) {
  int64_t best = -1;
  for (uint32_t i = 0; to.info && i < to.info->count; i++) {
    int64_t cost = type_implicit_cost(from, to.info->types[i]);
    if (cost >= 0 && (best < 0 || cost < best)) best = cost;
  }
  return best;
}

int64_t type_implicit_cost(Type from, Type to) {
  if (type_equal(from, to)) return 0;
  if (to.id == TYPE_ANY || from.id == TYPE_NULL || from.id == TYPE_UNKNOWN) return target_cost(to);
  if (from.id == TYPE_STRING_LITERAL) {
    if (type_is_open(to)) return -1;
    return to.id == TYPE_VARCHAR ? COST_STRING_LITERAL_VARCHAR : COST_STRING_LITERAL;
  }
  if (from.id == TYPE_INTEGER_LITERAL) {
    if (literal_fits(from, to)) return target_cost(to) - COST_INTEGER_LITERAL_BONUS;
    return type_implicit_cost(literal_natural_type(from), to);
  }
  if (to.id == TYPE_UNION && from.id != TYPE_UNION) return union_member_cost(from, to);
  if (from.id == to.id && !type_is_nested(from) && from.id != TYPE_DECIMAL && from.id != TYPE_ENUM) return 0;
  if (type_is_nested(from) && type_is_nested(to)) return nested_cost(from, to);
  if (from.id == TYPE_DECIMAL && to.id == TYPE_DECIMAL) return to.width ? -1 : 0;
  return scalar_casts_implicitly(from.id, to.id) ? target_cost(to) : -1;
}

// ---------------------------------------------------------------------------------------------------------------------
// Meeting types
// ---------------------------------------------------------------------------------------------------------------------

static bool unify(Arena *arena, Type a, Type b, bool force, Type *out);

// Digits before and after the point that hold every value of a number type.
static bool decimal_properties(Type type, uint32_t *width, uint32_t *scale) {
  *scale = 0;
  switch (type.id) {
    case TYPE_INTEGER_LITERAL:
      return decimal_properties(literal_natural_type(type), width, scale);
    case TYPE_NULL:
    case TYPE_BOOLEAN:
      *width = type.id == TYPE_BOOLEAN;
      return true;
    case TYPE_TINYINT:
    case TYPE_UTINYINT:
      *width = 3;
      return true;
    case TYPE_SMALLINT:
    case TYPE_USMALLINT:
      *width = 5;
      return true;
    case TYPE_INTEGER:
    case TYPE_UINTEGER:
      *width = 10;
      return true;
    case TYPE_BIGINT:
      *width = 19;
      return true;
    case TYPE_UBIGINT:
      *width = 20;
      return true;
    case TYPE_HUGEINT:
    case TYPE_UHUGEINT:
      *width = 38;
      return true;
    case TYPE_DECIMAL:
      *width = type.width;
      *scale = type.scale;
      return true;
    default:
      return false;
  }
}

// The decimal, wide enough for the other number too. A width over 38 is cut: casts of values beyond it fail later.
static Type widen_decimal(Type decimal, Type other) {
  uint32_t width, scale;
  if (!decimal_properties(other, &width, &scale)) return decimal;
  if (width <= (uint32_t)(decimal.width - decimal.scale)) return decimal;
  return type_decimal(MIN_OF(width + decimal.scale, 38u), decimal.scale);
}

static Type unify_decimals(Type a, Type b) {
  uint32_t before = MAX_OF(a.width - a.scale, b.width - b.scale);
  uint32_t scale = MAX_OF(a.scale, b.scale);
  if (before + scale > 38) scale = 38 - before;
  return type_decimal(before + scale, scale);
}

// Signed against unsigned: the next signed type that holds both.
static Type unify_signs(Type a, Type b) {
  if (a.id > b.id) return unify_signs(b, a);
  if (b.id == TYPE_UHUGEINT && a.id == TYPE_HUGEINT) return TYPE(DOUBLE);
  if (a.id == TYPE_BIGINT || b.id == TYPE_UBIGINT) return TYPE(HUGEINT);
  if (a.id == TYPE_INTEGER || b.id == TYPE_UINTEGER) return TYPE(BIGINT);
  if (a.id == TYPE_SMALLINT || b.id == TYPE_USMALLINT) return TYPE(INTEGER);
  if (a.id == TYPE_TINYINT || b.id == TYPE_UTINYINT) return TYPE(SMALLINT);
  return TYPE(DOUBLE);
}

static bool unify_structs(Arena *arena, Type a, Type b, bool force, Type *out) {
  if (!a.info || !b.info) return false;
  bool by_name = a.info->names && b.info->names;
  if (!by_name && a.info->count != b.info->count) return false;
  uint32_t capacity = a.info->count + b.info->count;
  Type *types = arena_allocate(arena, sizeof(Type) * (capacity + 1));
  Str *names = arena_allocate(arena, sizeof(Str) * (capacity + 1));
  if (!types || !names) return false;
  uint32_t count = a.info->count;
  const Str *source_names = a.info->names ? a.info->names : b.info->names;
  for (uint32_t i = 0; i < count; i++) {
    types[i] = a.info->types[i];
    if (source_names) names[i] = source_names[i];
  }
  for (uint32_t i = 0; i < b.info->count; i++) {
    uint32_t target = struct_target_field(b, a, i);
    if (target < a.info->count) {
      if (!unify(arena, types[target], b.info->types[i], force, &types[target])) return false;
    } else {
      types[count] = b.info->types[i];
      names[count++] = b.info->names[i];
    }
  }
  return type_make_struct(arena, NULL, types, source_names ? names : NULL, count, out) == OK;
}

static bool unify_equal_ids(Arena *arena, Type a, Type b, bool force, Type *out) {
  Type first, second;
  switch (a.id) {
    case TYPE_STRING_LITERAL:
      *out = TYPE(VARCHAR);
      return true;
    case TYPE_INTEGER_LITERAL:
      return unify(arena, literal_natural_type(a), literal_natural_type(b), force, out);
    case TYPE_ENUM:
      *out = type_equal(a, b) ? a : TYPE(VARCHAR);
      return true;
    case TYPE_DECIMAL:
      *out = unify_decimals(a, b);
      return true;
    case TYPE_LIST:
      if (!unify(arena, type_child(a, 0), type_child(b, 0), force, &first)) return false;
      return type_make_list(arena, NULL, first, out) == OK;
    case TYPE_ARRAY:
      if (!unify(arena, type_child(a, 0), type_child(b, 0), force, &first)) return false;
      return type_make_array(arena, NULL, first, MAX_OF(a.array_size, b.array_size), out) == OK;
    case TYPE_MAP:
      if (!unify(arena, type_child(a, 0), type_child(b, 0), force, &first)) return false;
      if (!unify(arena, type_child(a, 1), type_child(b, 1), force, &second)) return false;
      return type_make_map(arena, NULL, first, second, out) == OK;
    case TYPE_STRUCT:
      return unify_structs(arena, a, b, force, out);
    case TYPE_UNION:
      *out = b.info->count > a.info->count ? b : a;
      return force || type_equal(a, b);
    case TYPE_VARCHAR:
      *out = type_equal(a, b) ? a : TYPE(VARCHAR);
      return true;
    default:
      *out = a;
      return true;
  }
}

// Which type set operations take when nothing casts implicitly; the higher wins, the first of equals.
static int force_rank(Type type) {
  switch (type.id) {
    case TYPE_BOOLEAN:
      return 10;
    case TYPE_DECIMAL:
      return 20;
    case TYPE_FLOAT:
      return 21;
    case TYPE_DOUBLE:
      return 22;
    case TYPE_TIME:
    case TYPE_TIME_TZ:
      return 50;
    case TYPE_TIME_NS:
      return 51;
    case TYPE_DATE:
      return 60;
    case TYPE_TIMESTAMP_S:
      return 61;
    case TYPE_TIMESTAMP_MS:
      return 62;
    case TYPE_TIMESTAMP:
      return 63;
    case TYPE_TIMESTAMP_NS:
      return 64;
    case TYPE_TIMESTAMP_TZ:
      return 65;
    case TYPE_INTERVAL:
      return 70;
    case TYPE_VARCHAR:
      return 80;
    case TYPE_BIT:
      return 90;
    case TYPE_BLOB:
      return 91;
    case TYPE_UUID:
      return 92;
    case TYPE_BIGNUM:
      return 93;
    case TYPE_STRUCT:
      return 100;
    case TYPE_LIST:
      return 110;
    case TYPE_ARRAY:
      return 111;
    case TYPE_MAP:
      return 112;
    default:
      return type_is_integral(type) ? 15 : 0;
  }
}

static bool takes_other_type(Type type) {
  return type.id == TYPE_NULL || type.id == TYPE_UNKNOWN || type.id == TYPE_STRING_LITERAL;
}

static bool unify_unequal_ids(Arena *arena, Type a, Type b, bool force, Type *out) {
  // An ENUM meets a literal as text: the literal need not be one of its values.
  if ((a.id == TYPE_ENUM && b.id == TYPE_STRING_LITERAL) || (a.id == TYPE_STRING_LITERAL && b.id == TYPE_ENUM)) {
    *out = TYPE(VARCHAR);
    return true;
  }
  if (takes_other_type(a) || takes_other_type(b)) {
    bool first_gives_way = a.id == TYPE_NULL || (a.id == TYPE_UNKNOWN && b.id != TYPE_NULL) ||
                           (a.id == TYPE_STRING_LITERAL && b.id != TYPE_NULL && b.id != TYPE_UNKNOWN);
    return type_normalize(arena, NULL, first_gives_way ? b : a, out) == OK;
  }
  if (a.id == TYPE_ENUM) return unify(arena, TYPE(VARCHAR), b, force, out);
  if (b.id == TYPE_ENUM) return unify(arena, a, TYPE(VARCHAR), force, out);
  int64_t to_b = type_implicit_cost(a, b);
  int64_t to_a = type_implicit_cost(b, a);
  if (to_b >= 0 && (to_b < to_a || to_a < 0)) {
    *out = b.id == TYPE_DECIMAL ? widen_decimal(b, a) : b;
    return true;
  }
  if (to_a >= 0 && (to_a < to_b || to_b < 0)) {
    *out = a.id == TYPE_DECIMAL ? widen_decimal(a, b) : a;
    return true;
  }
  if (a.id == TYPE_INTEGER_LITERAL) return unify(arena, literal_natural_type(a), b, force, out);
  if (b.id == TYPE_INTEGER_LITERAL) return unify(arena, a, literal_natural_type(b), force, out);
  if (type_is_integral(a) && type_is_integral(b)) {
    *out = unify_signs(a, b);
    return true;
  }
  if (a.id == TYPE_BOOLEAN && type_is_integral(b)) {
    *out = b;
    return true;
  }
  if (b.id == TYPE_BOOLEAN && type_is_integral(a)) {
    *out = a;
    return true;
  }
  bool lists = (a.id == TYPE_LIST && b.id == TYPE_ARRAY) || (a.id == TYPE_ARRAY && b.id == TYPE_LIST);
  if (lists) {
    Type element;
    if (!unify(arena, type_child(a, 0), type_child(b, 0), force, &element)) return false;
    return type_make_list(arena, NULL, element, out) == OK;
  }
  if (!force) return false;
  if (a.id == TYPE_UNION || b.id == TYPE_UNION) {
    *out = a.id == TYPE_UNION ? a : b;
    return true;
  }
  *out = force_rank(b) > force_rank(a) ? b : a;
  return true;
}

static bool unify(Arena *arena, Type a, Type b, bool force, Type *out) {
  if (a.id == b.id) return unify_equal_ids(arena, a, b, force, out);
  return unify_unequal_ids(arena, a, b, force, out);
}

bool type_unify(Arena *arena, Type a, Type b, Type *out) { return unify(arena, a, b, false, out); }

bool type_unify_force(Arena *arena, Type a, Type b, Type *out) { return unify(arena, a, b, true, out); }

bool type_unify_compare(Arena *arena, Type a, Type b, bool equality, Type *out) {
  if (type_equal(a, b)) return type_normalize(arena, NULL, a, out) == OK;
  if (unify(arena, a, b, false, out)) return true;
  if (!equality) return false;
  // Text is read as the other type: number = 'text' column compares numbers.
  bool text_left = a.id == TYPE_VARCHAR || a.id == TYPE_ENUM;
  bool text_right = b.id == TYPE_VARCHAR || b.id == TYPE_ENUM;
  if (text_left != text_right) {
    *out = text_left ? b : a;
    return type_normalize(arena, NULL, *out, out) == OK;
  }
  return unify(arena, a, b, true, out);
}
