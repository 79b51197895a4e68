// SPDX-License-Identifier: MIT
//
// vector.h: types, vectors, chunks, values, and the kernels that need no SQL: copy, compare, hash, cast, sort keys, text.
// The one header of vector/.
//
// A vector is up to VECTOR_CAPACITY rows of one column in one of three forms:
//
//   flat        data[row]                     validity bit per row (NULL bitmap pointer: all rows valid)
//   constant    data[0] for every row         validity bit 0
//   dictionary  dictionary[selection[row]]    the dictionary is a flat vector (never constant, never a dictionary)
//
// LIST:   data is ListEntry[row]; children[0] holds the elements of all rows, any capacity; rows may share elements.
// MAP:    a LIST whose child is STRUCT(key, value). STRUCT: no data; children[i] has a row for each row (flat), or one
//         (constant). UNION: a STRUCT whose first child is the UTINYINT tag. ARRAY(n): no data; children[0] holds n elements a row.
//         Children may have any form: read them through views (vector_view of &base->children[i]).
//
// Lifetime. The arrays and strings behind a vector live in reference-counted Buffers. A chunk handed between operators is valid
// until its producer works again. Who needs it longer either copies it (vector_copy) or keeps it (vector_share).
#ifndef SMEW_VECTOR_H
#define SMEW_VECTOR_H

#include "base/base.h"

#define VECTOR_CAPACITY 2048

// ---------------------------------------------------------------------------------------------------------------------
// Types
// ---------------------------------------------------------------------------------------------------------------------

// The numbers are part of the file format: never change or reuse one.
typedef enum TypeId {
  TYPE_INVALID = 0,
  TYPE_NULL = 1,    // "NULL": the type of a bare NULL
  TYPE_UNKNOWN = 2, // "UNKNOWN": a parameter without a type yet
  TYPE_ANY = 3,     // only in function signatures
  TYPE_BOOLEAN = 10,
  TYPE_TINYINT = 11,
  TYPE_SMALLINT = 12,
  TYPE_INTEGER = 13,
  TYPE_BIGINT = 14,
  TYPE_HUGEINT = 15,
  TYPE_UTINYINT = 16,
  TYPE_USMALLINT = 17,
  TYPE_UINTEGER = 18,
  TYPE_UBIGINT = 19,
  TYPE_UHUGEINT = 20,
  TYPE_FLOAT = 21,
  TYPE_DOUBLE = 22,
  TYPE_DECIMAL = 23,
  TYPE_VARCHAR = 24,
  TYPE_BLOB = 25,
  TYPE_BIT = 26,
  TYPE_DATE = 27,
  TYPE_TIME = 28,
  TYPE_TIME_NS = 29,
  TYPE_TIME_TZ = 30,
  TYPE_TIMESTAMP_S = 31,
  TYPE_TIMESTAMP_MS = 32,
  TYPE_TIMESTAMP = 33,
  TYPE_TIMESTAMP_NS = 34,
  TYPE_TIMESTAMP_TZ = 35,
  TYPE_INTERVAL = 36,
  TYPE_UUID = 37,
  TYPE_ENUM = 38,
  TYPE_BIGNUM = 39,
  TYPE_LIST = 50,
  TYPE_ARRAY = 51,
  TYPE_STRUCT = 52,
  TYPE_MAP = 53,
  TYPE_UNION = 54,
  TYPE_LAMBDA = 60,          // only while binding
  TYPE_INTEGER_LITERAL = 61, // only while binding: an integer constant, fits any integer type that holds it
  TYPE_STRING_LITERAL = 62,  // only while binding: a string constant, casts implicitly to anything
} TypeId;

// How values lie in memory. Kernels are stamped over these only.
typedef enum Physical {
  PHYSICAL_NONE = 0, // STRUCT, ARRAY: the children only
  PHYSICAL_BOOL,     // uint8_t 0 or 1
  PHYSICAL_I8,
  PHYSICAL_I16,
  PHYSICAL_I32,
  PHYSICAL_I64,
  PHYSICAL_I128,
  PHYSICAL_U8,
  PHYSICAL_U16,
  PHYSICAL_U32,
  PHYSICAL_U64,
  PHYSICAL_U128,
  PHYSICAL_F32,
  PHYSICAL_F64,
  PHYSICAL_STRING,   // StringView
  PHYSICAL_INTERVAL, // Interval
  PHYSICAL_LIST,     // ListEntry
  PHYSICAL_COUNT
} Physical;

typedef struct TypeInfo TypeInfo;

// A value, 16 bytes; `info` is borrowed from an arena that lives as long as the type is used (see type_copy).
typedef struct Type {
  uint8_t id;    // TypeId
  uint8_t width; // DECIMAL: digits 1..38
  uint8_t scale; // DECIMAL: 0..width
  uint8_t reserved;
  uint32_t array_size;  // ARRAY: elements per row
  const TypeInfo *info; // LIST, ARRAY, MAP, STRUCT, UNION: children; ENUM: values; NULL otherwise
} Type;

struct TypeInfo {
  uint32_t count; // LIST, ARRAY: 1; MAP: 2 (key, value); STRUCT: fields; UNION: members (without the tag); ENUM: values
  const Type *types; // [count], NULL for ENUM
  const Str *names;  // STRUCT, UNION: field names; ENUM: values; NULL: unnamed struct (ROW)
  Str alias;         // name of a user type; empty otherwise
  Str collation;     // VARCHAR: how it is compared, "nocase.noaccent" (see plan/collate.c); no part of type_equal
  uint32_t depth;    // nested types below: 1 for INTEGER[]; never over TYPE_DEPTH_LIMIT (set by type_make_*)
};

#define TYPE_DEPTH_LIMIT 128

#define TYPE(name) ((Type){.id = TYPE_##name})
static inline Type type_decimal(uint32_t width, uint32_t scale) {
  return (Type){.id = TYPE_DECIMAL, .width = (uint8_t)width, .scale = (uint8_t)scale};
}
Status type_make_list(Arena *arena, Error *error, Type element, Type *out) MUST_USE;
Status type_make_array(Arena *arena, Error *error, Type element, uint32_t size, Type *out) MUST_USE;
Status type_make_map(Arena *arena, Error *error, Type key, Type value, Type *out) MUST_USE;
// names may be NULL (unnamed). Arrays are copied.
Status type_make_struct(Arena *arena, Error *error, const Type *types, const Str *names, uint32_t count,
                        Type *out) MUST_USE;
Status type_make_union(Arena *arena, Error *error, const Type *types, const Str *names, uint32_t count,
                       Type *out) MUST_USE;
Status type_make_enum(Arena *arena, Error *error, const Str *values, uint32_t count, Type *out) MUST_USE;
// The same type under the name of a user type (CREATE TYPE): printed by that name, equal only to the same name.
Status type_with_alias(Arena *arena, Error *error, Type type, Str alias, Type *out) MUST_USE;
Status type_copy(Arena *arena, Error *error, Type source, Type *out) MUST_USE; // deep, into another life
bool type_equal(Type a, Type b);
bool type_is_integral(Type type); // the ten integer types
bool type_is_numeric(Type type);  // integral, FLOAT, DOUBLE, DECIMAL, BIGNUM
bool type_is_nested(Type type);   // LIST, ARRAY, STRUCT, MAP, UNION
bool type_is_temporal(Type type);
bool type_is_string(Type type); // VARCHAR or a string literal
static inline Type type_child(Type type, uint32_t index) { return type.info->types[index]; }
// The element type of a LIST, ARRAY or MAP (MAP: a STRUCT(key, value) that shares the MAP's info).
Type type_element(Type type);
// The type of an integer constant in SQL text: it unifies with and casts implicitly to every integer type that holds the
// value. (width: bits of the magnitude; scale: 1 when negative.)
Type type_integer_literal(int128 value);
// Literal types become what they are without context: INTEGER, BIGINT, HUGEINT …, VARCHAR. Others stay; nested ones inside too.
Status type_normalize(Arena *arena, Error *error, Type type, Type *out) MUST_USE;
Physical type_physical(Type type); // DECIMAL by width: <=4 I16, <=9 I32, <=18 I64, else I128; ENUM: U8, U16, U32
uint32_t physical_size(Physical physical);    // bytes a value; 0 for PHYSICAL_NONE
const char *type_id_name(TypeId id);          // "INTEGER"
void type_print(TextBuilder *out, Type type); // DECIMAL(18,3), INTEGER[], STRUCT(a INTEGER, b VARCHAR), MAP(K, V)
// Names and aliases of types without arguments: int, int4, string, text, bool, real … false: unknown (a user type?).
bool type_from_name(Str name, Type *out);
// The type that both cast to implicitly (CASE, COALESCE, list elements, < and >); false: none, DuckDB raises a Binder Error.
// DuckDB's TryGetMaxLogicalType: INTEGER+BIGINT -> BIGINT, DECIMALs widen, INTEGER+DECIMAL; INTEGER+VARCHAR: none.
bool type_unify(Arena *arena, Type a, Type b, Type *out);
// As type_unify, and where there is none the "higher" of both (UNION and other set operations, VALUES): VARCHAR wins over
// numbers and dates, BLOB over VARCHAR, nested types over all. False only with UNIONs that do not fit. (ForceMaxLogicalType)
bool type_unify_force(Arena *arena, Type a, Type b, Type *out);
// What both sides of a comparison are cast to. Equality (=, <>, IN, IS DISTINCT FROM) between VARCHAR and another type takes
// the other type; < <= > >= only what unifies. False: "Cannot compare values of type …".
bool type_unify_compare(Arena *arena, Type a, Type b, bool equality, Type *out);
// DuckDB's implicit cast cost; -1: not implicit. 0: same type. Lower is better (function overload choice).
int64_t type_implicit_cost(Type from, Type to);
// Names as printed in types and SQL: quoted unless they read back bare.
bool identifier_needs_quotes(Str name);
void identifier_print(TextBuilder *out, Str name);
void text_append_quoted(TextBuilder *out, Str text, char quote); // the quote doubled inside
// Types as bytes in the database file (catalog records).
void type_serialize(TextBuilder *out, Type type);
Status type_deserialize(Arena *arena, Error *error, const uint8_t *bytes, size_t length, size_t *used,
                        Type *out) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// Values in memory
// ---------------------------------------------------------------------------------------------------------------------

#define STRING_INLINE_CAPACITY 12

// 16 bytes. Up to 12 bytes lie inline (the rest of `inlined` is zero); longer ones keep a 4-byte prefix and a pointer.
// Equality of two views can therefore be decided by their first 8 bytes most of the time.
typedef union StringView {
  struct {
    uint32_t length;
    char prefix[4];
    const char *pointer;
#if UINTPTR_MAX == UINT32_MAX
    uint32_t padding;
#endif
  };
  struct {
    uint32_t inline_length;
    char inlined[STRING_INLINE_CAPACITY];
  };
  uint64_t words[2];
} StringView;
_Static_assert(sizeof(StringView) == 16, "a string view is 16 bytes");

static inline const char *string_data(const StringView *view) {
  return view->length <= STRING_INLINE_CAPACITY ? view->inlined : view->pointer;
}
// Borrowed: an inlined string lives in the view itself, so the view must stay where it is.
static inline Str string_str(const StringView *view) { return (Str){string_data(view), view->length}; }
// Borrows `data` when it is longer than 12 bytes.
static inline StringView string_view(const char *data, size_t length) {
  StringView view;
  view.words[0] = view.words[1] = 0;
  view.length = (uint32_t)length;
  if (length <= STRING_INLINE_CAPACITY) {
    if (length) memcpy(view.inlined, data, length);
  } else {
    memcpy(view.prefix, data, 4);
    view.pointer = data;
  }
  return view;
}
static inline bool string_equal(const StringView *a, const StringView *b) {
  if (a->words[0] != b->words[0]) return false;
  if (a->length <= STRING_INLINE_CAPACITY) return a->words[1] == b->words[1];
  return memcmp(a->pointer, b->pointer, a->length) == 0;
}
int string_compare(const StringView *a, const StringView *b); // binary order: -1, 0, 1

typedef struct Interval {
  int32_t months;
  int32_t days;
  int64_t micros;
} Interval;
int interval_compare(Interval a, Interval b); // normalised (30 days a month, 24 h a day), as DuckDB
void interval_normalize(Interval interval, int64_t *months, int64_t *days, int64_t *micros);

// UUID: the 128 bits read as one big-endian number with the top bit flipped, so that int128 order is text order.
// BIT: byte 0 is the number of padding bits (0..7), set to one at the top of byte 1; bits follow from high to low.
// TIME_TZ: UTC micros (shifted to be positive) << 24 | (TIME_TZ_MAX_OFFSET - offset): integer order is DuckDB's order.
#define TIME_TZ_MAX_OFFSET 57599 // seconds east of UTC: 15:59:59
static inline int64_t time_tz_make(int64_t micros, int32_t offset_seconds) {
  int64_t utc = micros - offset_seconds * INT64_C(1000000) + TIME_TZ_MAX_OFFSET * INT64_C(1000000);
  return (int64_t)((uint64_t)utc << 24) | (TIME_TZ_MAX_OFFSET - offset_seconds);
}
static inline int32_t time_tz_offset(int64_t time) { return TIME_TZ_MAX_OFFSET - (int32_t)(time & 0xffffff); }
static inline int64_t time_tz_micros(int64_t time) { // local time of day
  return (time >> 24) - TIME_TZ_MAX_OFFSET * INT64_C(1000000) + time_tz_offset(time) * INT64_C(1000000);
}

typedef struct ListEntry {
  uint32_t offset; // into the child vector
  uint32_t length;
} ListEntry;

// ---------------------------------------------------------------------------------------------------------------------
// Buffers: reference-counted memory behind vectors. Not locked (one thread).
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Buffer Buffer;
struct Buffer {
  uint32_t references;
  Memory *memory;
  uint8_t *data;
  size_t capacity_bytes;
  size_t used_bytes; // string heaps: bytes handed out
  // NULL: made by buffer_create, freed whole. Otherwise called at zero: gives `owner` its pin back (buffer pool pages) and
  // disposes of the Buffer itself.
  void (*release)(Buffer *buffer);
  void *owner;
};
Buffer *buffer_create(Memory *memory, size_t capacity_bytes); // one reference; NULL: no memory
static inline void buffer_keep(Buffer *buffer) { buffer->references++; }
void buffer_drop(Buffer *buffer); // NULL is fine; frees at zero

// ---------------------------------------------------------------------------------------------------------------------
// Vectors
// ---------------------------------------------------------------------------------------------------------------------

typedef enum VectorForm { VECTOR_FLAT, VECTOR_CONSTANT, VECTOR_DICTIONARY } VectorForm;

typedef struct Vector Vector;
struct Vector {
  Type type;
  uint8_t form;              // VectorForm
  uint8_t physical;          // Physical; normally type_physical(type), a plan may choose a narrower one
  uint32_t capacity;         // rows that data and validity have room for (flat)
  void *data;                // flat, constant: values
  uint64_t *validity;        // bit set: not NULL; NULL pointer: no NULLs. Points to validity_words when writable
  const uint32_t *selection; // dictionary form
  Vector *dictionary;        // dictionary form: borrowed or owned_dictionary
  Vector *children;          // nested types; child_count of them
  uint32_t child_count;
  uint32_t child_rows; // LIST: rows used of children[0]
  bool borrows;        // points into memory that none of the buffers below keeps alive
  Memory *memory;
  // What keeps the above alive. Own storage is reused by vector_reset when nobody else holds it.
  Buffer *data_buffer;
  Buffer *validity_buffer;
  Buffer *selection_buffer;
  Buffer *heap;  // newest string heap of this vector's own strings
  Buffer **kept; // other buffers that views point into (older heaps, pages, shared)
  uint32_t kept_count;
  uint32_t kept_capacity;
  Vector *owned_dictionary; // dictionary form made by this vector itself
};

// An empty flat vector with room for `capacity` rows (children of nested types included). vector_free gives all back.
Status vector_init(Vector *vector, Memory *memory, Type type, uint32_t capacity, Error *error) MUST_USE;
void vector_free(Vector *vector);
// Back to an empty, writable, flat, all-valid vector; shared storage is replaced, own storage reused.
Status vector_reset(Vector *vector, Error *error) MUST_USE;
// Grows a flat vector (LIST children) to room for at least `capacity` rows, keeping what it has.
Status vector_reserve(Vector *vector, uint32_t capacity, Error *error) MUST_USE;

// dst becomes another view of src's rows; valid only as long as src is unchanged. Costs nothing, keeps nothing.
void vector_borrow(Vector *dst, const Vector *src);
// dst becomes a view of src's rows that stays valid on its own: it keeps the buffers. What src borrows is copied.
Status vector_share(Vector *dst, const Vector *src, uint32_t row_count, Error *error) MUST_USE;
// dst becomes rows selection[0..count) of src, by dictionary (composed when src is one; constant stays constant).
// The selection is borrowed unless composed.
Status vector_slice(Vector *dst, const Vector *src, const uint32_t *selection, uint32_t count, Error *error) MUST_USE;
// Rewrites as flat rows [0, count).
Status vector_flatten(Vector *vector, uint32_t count, Error *error) MUST_USE;
// Deep copy of src rows (selection NULL: rows from..from+count) to dst rows at dst_at.. ; dst is flat and writable.
Status vector_copy(Vector *dst, uint32_t dst_at, const Vector *src, const uint32_t *selection, uint32_t from,
                   uint32_t count, Error *error) MUST_USE;
// Makes it the constant NULL.
void vector_set_null_constant(Vector *vector);
void vector_set_constant(Vector *vector); // what is in row 0 now stands for all rows

// Room for a string in the vector's heap; NULL: no memory. Write the bytes, then string_view(pointer, length).
char *vector_string_room(Vector *vector, size_t length) MUST_USE;
Status vector_set_string(Vector *vector, uint32_t row, Str text, Error *error) MUST_USE; // copies
Status vector_keep_buffer(Vector *vector, Buffer *buffer, Error *error) MUST_USE;        // adds a reference
// Must be called by kernels that put string views of `source` (substrings, chosen strings) into the result uncopied.
Status vector_keep_strings(Vector *vector, const Vector *source, Error *error) MUST_USE;

// Takes room for `count` more elements of a LIST or MAP vector: rows *from .. of children[0] (which may be moved by growing).
Status vector_list_room(Vector *vector, uint32_t count, uint32_t *from, Error *error) MUST_USE;

// Validity of a flat or constant vector that is being written.
Status vector_need_validity(Vector *vector, Error *error) MUST_USE; // makes the bitmap (all valid) if there is none
static inline bool vector_row_valid(const Vector *vector, uint32_t row) { // flat or constant
  return !vector->validity || bit_get(vector->validity, vector->form == VECTOR_CONSTANT ? 0 : row);
}
// Marks a row NULL; for nested types (STRUCT, ARRAY, UNION) the children too. Makes the bitmap when there is none (may fail).
Status vector_set_null(Vector *vector, uint32_t row, Error *error) MUST_USE;

// One way to read every form: row i lies at view_row(&view, i) of data and validity. Row counts are the caller's.
typedef struct VectorView {
  const void *data;
  const uint64_t *validity;  // NULL: all valid
  const uint32_t *selection; // NULL: identity or constant
  uint32_t mask;             // 0: constant, ~0: identity
  const Vector *base;        // the flat or constant vector behind (for children)
} VectorView;
void vector_view(const Vector *vector, VectorView *view);
static inline uint32_t view_row(const VectorView *view, uint32_t row) {
  return view->selection ? view->selection[row] : row & view->mask;
}
static inline bool view_valid(const VectorView *view, uint32_t at) { // `at` from view_row
  return !view->validity || bit_get(view->validity, at);
}

// Debug: checks all invariants of the vector over its rows (strings' zero padding and prefix, UTF-8, list ranges).
void vector_verify(const Vector *vector, uint32_t row_count);

// For tests: rows 0..row_count of `source` in another form, copied: as a constant (where they are equal, else *shown is `source` itself) or as a
// dictionary. *disguise, at first NULL, keeps the storage for the next time, when what was shown before is overwritten.
typedef struct Disguise Disguise;
Status disguise_vector(Disguise **disguise, Memory *memory, VectorForm form, const Vector *source, uint32_t row_count,
                       const Vector **shown, Error *error) MUST_USE;
void disguise_free(Disguise *disguise); // NULL is fine

// ---------------------------------------------------------------------------------------------------------------------
// Chunks
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Chunk {
  Vector *columns; // [column_count], owned
  uint32_t column_count;
  uint32_t row_count; // <= VECTOR_CAPACITY
  Memory *memory;
} Chunk;

Status chunk_init(Chunk *chunk, Memory *memory, const Type *types, uint32_t column_count, Error *error) MUST_USE;
void chunk_free(Chunk *chunk);
Status chunk_reset(Chunk *chunk, Error *error) MUST_USE; // row_count 0, vectors reset
void chunk_borrow(Chunk *dst, const Chunk *src);         // all columns
Status chunk_slice(Chunk *dst, const Chunk *src, const uint32_t *selection, uint32_t count, Error *error) MUST_USE;
// Appends rows (deep) to a flat chunk; the room must be there.
Status chunk_append(Chunk *dst, const Chunk *src, const uint32_t *selection, uint32_t from, uint32_t count,
                    Error *error) MUST_USE;
Status chunk_flatten(Chunk *chunk, Error *error) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// Value: one value outside a vector (constants, parameters, settings, statistics, results of row access)
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Value Value;
struct Value {
  Type type;
  bool is_null;
  union {
    bool boolean;
    int64_t i64;  // TINYINT..BIGINT, DATE, TIME, TIMESTAMP*: sign-extended
    uint64_t u64; // UTINYINT..UBIGINT, ENUM index
    int128 i128;  // HUGEINT; DECIMAL of every width; UUID
    uint128 u128; // UHUGEINT
    float f32;
    double f64;
    Interval interval;
    Str text; // VARCHAR, BLOB, BIT: borrowed from the arena that made the value
    struct {
      Value *
          items; // LIST, ARRAY: elements; STRUCT: fields; MAP: key, value, key, value …; UNION: tag index in u64 of [0], member in [1]
      uint32_t count;
    } nested;
  };
};

static inline Value value_null(Type type) { return (Value){.type = type, .is_null = true}; }
static inline Value value_i64(Type type, int64_t number) { return (Value){.type = type, .i64 = number}; }
static inline Value value_boolean(bool truth) { return (Value){.type = TYPE(BOOLEAN), .boolean = truth}; }
static inline Value value_f64(double number) { return (Value){.type = TYPE(DOUBLE), .f64 = number}; }
static inline Value value_text(Str text) { return (Value){.type = TYPE(VARCHAR), .text = text}; }
Status value_copy(Arena *arena, Error *error, Value source, Value *out) MUST_USE;
int value_compare(const Value *a, const Value *b); // same type, both not NULL; DuckDB's order (NaN greatest)
bool value_equal(const Value *a, const Value *b);  // IS NOT DISTINCT FROM
// A row of a vector as a Value (text copied into the arena).
Status vector_get_value(const Vector *vector, uint32_t row, Arena *arena, Value *out, Error *error) MUST_USE;
Status vector_set_value(Vector *vector, uint32_t row, const Value *value, Error *error) MUST_USE;
Status vector_fill_value(Vector *vector, const Value *value, Error *error) MUST_USE; // becomes a constant vector
// DuckDB's printed form (what CAST(x AS VARCHAR) gives). SQL form: quoted and typed so that it reads back.
void value_print(TextBuilder *out, const Value *value);
void value_print_sql(TextBuilder *out, const Value *value);
Status value_cast(Arena *arena, const Value *value, Type type, Value *out, Error *error) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// Kernels
// ---------------------------------------------------------------------------------------------------------------------

typedef enum CompareOp {
  COMPARE_EQUAL,
  COMPARE_NOT_EQUAL,
  COMPARE_LESS,
  COMPARE_LESS_EQUAL,
  COMPARE_GREATER,
  COMPARE_GREATER_EQUAL,
  COMPARE_DISTINCT,     // IS DISTINCT FROM: never NULL
  COMPARE_NOT_DISTINCT, // IS NOT DISTINCT FROM
} CompareOp;
CompareOp compare_op_swap(CompareOp op);   // a op b == b swap(op) a
CompareOp compare_op_negate(CompareOp op); // NOT (a op b)

// Both sides have the same type. `result` is BOOLEAN.
Status vector_compare(CompareOp op, const Vector *left, const Vector *right, uint32_t row_count, Vector *result,
                      Error *error) MUST_USE;
// Of the rows selection[0..count) (NULL: 0..count) keeps those where the comparison is true; NULL is not true.
// `out` may be the same array as `selection`. Returns how many.
uint32_t vector_compare_select(CompareOp op, const Vector *left, const Vector *right, const uint32_t *selection,
                               uint32_t count, uint32_t *out);
// Of the rows where a BOOLEAN vector is true.
uint32_t vector_true_select(const Vector *vector, const uint32_t *selection, uint32_t count, uint32_t *out);
// Two single rows, any type (nested too). NULLs equal each other and sort last among elements, as in DuckDB's nested order.
int vector_compare_rows(const Vector *a, uint32_t a_row, const Vector *b, uint32_t b_row);
// hashes[i] of row i (equal values of one type hash alike in every form; -0.0 = 0.0, all NaNs alike; NULL has its own).
// combine: mixes into what is there (second and later key columns).
void vector_hash(const Vector *vector, uint32_t row_count, uint64_t *hashes, bool combine);

// A time zone by its name, as the host knows it. No name (or no host): UTC.
typedef struct TimeZone {
  struct Host *host;
  Str name;
} TimeZone;
// Seconds east of UTC; false: no such zone.
bool zone_offset(TimeZone zone, int64_t utc_micros, int32_t *seconds);
// +HH, +HH:MM, +HH:MM:SS; returns the bytes, at most 9.
size_t zone_offset_write(char *out, int32_t offset_seconds);
// An instant as the clock of the zone shows it, and back; infinite ones stay. What a clock shows twice is the later instant, what it
// never shows is read with the offset before the gap.
bool zone_to_local(TimeZone zone, int64_t utc, int64_t *local);
bool zone_to_utc(TimeZone zone, int64_t local, int64_t *utc);

// Casts. `strict` false: TRY_CAST, failing rows become NULL. The error text is DuckDB's:
// Conversion Error: Could not convert string 'x' to INT32.
typedef struct CastContext {
  Memory *memory;
  Error *error;
  bool try_cast;
  int32_t position;  // for the error, -1
  Str source_column; // a cast of a bare column: errors end with " when casting from source column x"; else empty
  TimeZone zone;     // the session's
} CastContext;
bool cast_possible(Type from, Type to); // an explicit cast exists
Status vector_cast(const CastContext *context, const Vector *source, uint32_t row_count, Vector *result) MUST_USE;
// The text form used by casts to VARCHAR, appended (also by shells and CSV writers). Row must be flat/constant/dictionary.
// NULL prints as NULL. Instants are shown as in `zone`.
void vector_print_row(TextBuilder *out, const Vector *vector, uint32_t row, TimeZone zone);
// Parsers shared by casts and CSV. False: not such a text. DuckDB's accepted forms.
bool text_to_date(Str text, int32_t *days);
bool text_to_time(Str text, int64_t *micros);
bool text_to_timestamp(Str text, int64_t *micros);
bool text_to_bool(Str text, bool *value);
bool text_to_decimal(Str text, uint32_t width, uint32_t scale, int128 *value);

// Sort keys (normalised keys): bytes whose memcmp order is the ORDER BY order of the columns. Also B+tree keys.
typedef struct SortSpec {
  bool descending;
  bool nulls_first;
} SortSpec;
// Appends the key bytes of one row of one column. Strings are escaped and terminated so that keys concatenate.
void sort_key_append(TextBuilder *out, const Vector *vector, uint32_t row, SortSpec spec);
// Size in bytes when fixed for the type (NULL byte included), 0 when it varies.
uint32_t sort_key_fixed_size(Type type);
// Writes fixed-size keys of rows selection[0..count) (NULL: 0..count) of one column, `stride` bytes apart.
void sort_key_write_fixed(const Vector *vector, const uint32_t *selection, uint32_t count, SortSpec spec, uint8_t *out,
                          size_t stride);

#endif
